"""Which role may do what: a table over the kinds of facts. For whom, is a matter of the tree of units."""

from collections.abc import Mapping

from api.actors import ROLES, Actor, Role
from domain.facts import KINDS, Opening, Transition
from domain.path import Path, Term, Unit

COMMITTEE = frozenset(
    {
        "activist-filed",
        "activist-returned",
        "superior-consent-given",
        "development-target-filed",
        "training-waiver-granted",
        "departure-consented",
        "pre-review-passed",
        "pre-review-returned",
        "application-form-issued",
        "pre-approval-talk-held",
        "approval-period-extended",
        "admission-approved",
        "admission-not-approved",
        "conversion-approved",
        "conversion-returned",
        "extension-approved",
        "cancellation-approved",
        "recognition-refused",
        "abroad-retention-approved",
        "disciplinary-matter-opened",
        "disciplinary-matter-closed",
        "membership-stopped",
        "procedure-defect-decided",
        "recognition-review-closed",
        "recognition-review-opened",
    }
)
"""What the superior committee does, and no branch."""

DEPARTMENT = frozenset({"admission-filed", "history-reinterpreted", "probation-start-corrected"})
"""What only the organisation department does."""

BY_ITSELF = frozenset(
    {
        "group-told",
        "calendar-opened",
        "calendar-closed",
        "reminder-sent",
        "repair-applied",
        "rulebook-adopted",
        "person-shredded",
        "recipient-shredded",
        "other-shredding-requested",
        "other-shredding-withdrawn",
        "other-shredded",
        "term-opened",
        "term-cut-short",
        "term-closed",
    }
)
"""What nobody records by hand."""

PERSONAL = frozenset({"person-restricted", "restriction-lifted", "shredding-requested", "shredding-withdrawn"})
"""What becomes of the data of a person: for the organisation department, one by one."""

CORRECTIONS = frozenset({"fact-corrected", "fact-retracted"})
"""What says that an entry is wrong: for whoever may record the entry, one by one."""

RECEIVING = frozenset(
    {
        "cultivation-material-accepted",
        "cultivation-continued",
        "cultivation-restarted",
        "entry-material-verified",
        "recognition-refused",
        "transfer-accepted",
        "transfer-rejected",
    }
)
"""What the unit does to which a person goes, while another is still their home."""

REMINDING = frozenset({"reminder-snoozed", "reminder-asked-again"})
"""What is said of reminders: for who owes what they tell of, and for whoever stands above them."""

APPOINTING = frozenset({"appointed", "appointment-ended"})
"""Who holds which post: for those who answer for the units, and for the committee above a unit."""

OWN_ADDRESS = frozenset({"recipient-registered", "address-given", "address-withdrawn"})
"""What a person says themselves of how they are reached."""

OWN_REMINDERS = frozenset({"reminder-snoozed"})
"""What a person says of what they owe on their own path."""

RECIPIENT = OWN_ADDRESS | {"recipient-left", "recipient-returned"}
"""What is said of those who can be reminded: for the units at which they hold a post, or whose students they are."""

OURS = {topic: kind for topic, kind in KINDS.items() if kind.__module__.startswith("domain.facts.")}
"""The kinds that are the project's own; a test may have made others."""

PATH = frozenset(topic for topic, kind in OURS.items() if kind.SUBJECT == Path.NAME)
UNIT = frozenset(topic for topic, kind in OURS.items() if kind.SUBJECT == Unit.NAME)
TERM = frozenset(topic for topic, kind in OURS.items() if kind.stands_in(Term.NAME)) - BY_ITSELF
TERM_EVIDENCE = frozenset({"activity-held", "term-job-done", "dorm-inspection-recorded", "dorm-objection-raised"})
DORM_DECISIONS = frozenset({"dorm-objection-decided", "dorm-consequence-decided"})
"""What people decide of an inspection, and no other system."""

EVIDENCE = frozenset(topic for topic in PATH if not issubclass(KINDS[topic], Transition)) - BY_ITSELF - PERSONAL
OPENINGS = frozenset(topic for topic, kind in OURS.items() if issubclass(kind, Opening))
BRANCH = PATH - COMMITTEE - DEPARTMENT - BY_ITSELF - PERSONAL

MAY: Mapping[Role, frozenset[str]] = {
    "branch-secretary": BRANCH | TERM_EVIDENCE | DORM_DECISIONS | RECIPIENT,
    "organiser": (BRANCH & EVIDENCE) - CORRECTIONS - {"reminder-asked-again"}
    | {"pre-approval-talk-held"}
    | TERM_EVIDENCE
    | RECIPIENT,
    "counsellor": frozenset(
        {
            "birth-date-corrected",
            "cultivation-activity-recorded",
            "departure-expected",
            "league-recommendation-recorded",
            "opinions-heard",
            "thought-report-received",
            "unit-change-reported",
        }
    ),
    "superior-secretary": COMMITTEE | (BRANCH & EVIDENCE) | TERM_EVIDENCE | DORM_DECISIONS | APPOINTING | RECIPIENT,
    "organisation-department": COMMITTEE
    | DEPARTMENT
    | PERSONAL
    | (BRANCH & EVIDENCE)
    | (UNIT - BY_ITSELF)
    | TERM_EVIDENCE
    | DORM_DECISIONS
    | RECIPIENT,
    "system": (BRANCH & EVIDENCE) - CORRECTIONS - REMINDING | TERM_EVIDENCE,
    "auditor": frozenset(),
    "person": OWN_ADDRESS | OWN_REMINDERS,
    "admin": (UNIT - BY_ITSELF) | {"reminder-asked-again"} | RECIPIENT,
}
"""Who may say that something may be done, or that it happened."""

ENTERS: frozenset[Role] = frozenset({"admin", "organisation-department"})
"""Who may, beside that, enter anything that has happened already (`mode=record`), from the papers of a branch."""

READS: frozenset[Role] = frozenset(ROLES) - {"system", "person"}
"""Who may read paths and lists of them."""

SEES_NAMES: frozenset[Role] = READS - {"admin", "auditor"}
"""Who sees whose path it is: those who deal with the person. Others see pseudonyms."""

READS_LOG: frozenset[Role] = frozenset({"admin", "auditor", "organisation-department"})
"""Who may read the log itself, which knows no units."""

EVERYTHING = frozenset({"identity", "contact", "text", "special"})
SEES: Mapping[Role, frozenset[str]] = {
    **{role: EVERYTHING if role in SEES_NAMES else frozenset() for role in ROLES},
    "auditor": frozenset({"text"}),
    "person": EVERYTHING,
}
"""Which groups of sealed values are opened for whom. An auditor reads reasons, of persons whose names are not shown."""

SEES_RESTRICTED: frozenset[Role] = frozenset({"organisation-department", "auditor", "admin"})
"""Who still sees the data of a person that are restricted: those who answer for the restriction, and who check them."""

REPAIRS: frozenset[Role] = frozenset({"admin"})
"""Who repairs what carries the work out. What is a fact of the procedure is repaired by whoever may record that fact."""

SEES_DEFECTS: frozenset[Role] = REPAIRS | {"auditor"}
"""Who is told what a program says of its own failure; others are told that there is one, and who mends it."""

DATA_PROTECTION: frozenset[Role] = frozenset({"organisation-department", "admin"})
"""Who deals with requests of persons about their data, and with what is due."""

ACTS: frozenset[Role] = SEES_NAMES
"""Whose acts are by default those of their own unit."""


def may_record(actor: Actor, topic: str, mode: str) -> bool:
    """Tell whether an actor's role may record a kind of fact."""
    if topic in MAY[actor.role]:
        return True
    return mode == "record" and actor.role in ENTERS and topic not in BY_ITSELF | PERSONAL


def who_may(topic: str) -> list[Role]:
    """List the roles that may record a kind of fact."""
    return [role for role in ROLES if topic in MAY[role]]
