"""Checks asked where the examples of the rules do not lead: what each answers is written down with the sentences."""

from collections.abc import Iterator
from typing import Any

from domain.calendar import Period
from domain.checks import CHECKS, Case, Shortfall, Topic, Window
from domain.reading import Reading, Ref, versions
from domain.story import Told
from tests.domain.given import course, facts_of, rulebooks, told

VERBS: dict[str, Any] = dict(CHECKS)
MONTH = Period(months=1)
EXTENDED, RESOLVED, VOTED = "approval-period-extended", "admission-resolution-adopted", "admission-vote-recorded"
PUT_OFF = told(EXTENDED, "2023-12-01", "college", until="2024-02-16")
RESOLUTION = course("admission-approved")
REPORT, PAUSED, RESUMED = "thought-report-received", "cultivation-paused", "cultivation-resumed"
VOTE: dict[str, Any] = {"due": 24, "present": 20, "yes": 18, "no": 1, "abstained": 1}


def case_of(lines: list[Told], **policy: bool) -> Case:
    """A path as a check sees it, read up to the day of its last fact."""
    edition, reading = rulebooks().editions[0], Reading()
    for fact in facts_of(lines):
        reading.today = fact.effective_on
        reading.add(fact)
    workdays = rulebooks().workdays
    return Case(reading, workdays, edition.capabilities, edition.stages, edition.stages_of, **policy)


def vote(**says: Any) -> Told:
    """A vote of the day of the resolution."""
    return told(VOTED, "2023-10-16", **{**VOTE, **says})


def asked() -> Iterator[tuple[Any, list[Told], Told]]:
    """A check, the path on which it is asked, and the fact that comes last."""
    approved = told("admission-approved", "2024-03-01", "college", probation_from="2023-10-16")
    for since in (RESOLVED, "probation-start"):
        for until in ("2024-02-16", "2024-01-16"):
            within = VERBS["within"](since=since, limit=Period(months=3), extended_by=Topic(EXTENDED))
            yield within, [*RESOLUTION, told(EXTENDED, "2023-10-01", until="2024-02-20"), PUT_OFF], approved
            yield within, [*RESOLUTION, told(EXTENDED, "2023-12-01", until=until)], approved
    yield VERBS["within"](since=RESOLVED, limit=MONTH, field="probation_from"), RESOLUTION, approved
    talk = told("pre-approval-talk-held", "2023-11-16", held_by="m-1")
    for of in (Topic("pre-approval-talk-held"), "standing", None):
        rests = VERBS["at_least"](since=RESOLVED, limit=MONTH, of=of, unless=(Ref(EXTENDED), Ref("dossier-filed")))
        for lines in (
            [*RESOLUTION],
            [*RESOLUTION, talk],
            [*RESOLUTION, told("pre-approval-talk-held", "2023-11-15", held_by="m-1")],
        ):
            yield rests, lines, told("oath-taken", "2023-11-10")
            yield rests, lines, told("oath-taken", "2023-11-16")
        yield rests, [*RESOLUTION, PUT_OFF], approved
    gap = VERBS["gap"](since="cultivation-start", limit=Period(months=3))
    lines = course("half-year-inspection-recorded", without=[REPORT])
    pause = [told(PAUSED, "2022-05-21", cause="leave"), told(RESUMED, "2022-06-21")]
    for before in (
        [],
        [told(REPORT, "2022-04-21")],
        [told(REPORT, "2022-01-21")],
        [told(REPORT, "2022-04-21"), *pause],
    ):
        for day in ("2022-07-21", "2022-08-21", "2022-09-22"):
            yield gap, [*lines, *before], told(REPORT, day)


def of_votes() -> Iterator[tuple[Any, list[Told], Told]]:
    """Ballots: with and without the vote they rest on, with written opinions that count and that do not."""
    resolution = told(RESOLVED, "2023-10-16")
    for lines in ([*course(VOTED)], [*course(VOTED), vote()], [*course(VOTED), told(VOTED, "2023-10-15", **VOTE)]):
        yield VERBS["ballot"](asks="majority", vote=Ref(VOTED)), lines, resolution
    yield VERBS["ballot"](asks="majority", vote=Ref(VOTED, holds={"yes": 3})), [*course(VOTED), vote()], resolution
    for says in (
        {"written": 5, "yes": 10},
        {"written": 3, "no": 7, "invalid": 2},
        {"written": 2, "yes": 14, "no": 2, "present": 14},
        {"excluded": 5, "excluded_for": ["bedridden", "in-custody"], "due": 20, "yes": 9},
        {"excluded": 5, "excluded_for": ["bedridden", "in-custody"], "due": 20, "present": 18, "no": 9},
        {"written": 4, "present": 21},
        {"written": 4, "present": 20, "no": 3, "invalid": 3},
    ):
        for asks in ("quorum", "majority", "defeat", "tally", "exclusions"):
            for written in ("count", "policy"):
                yield VERBS["ballot"](asks=asks, written=written), course(VOTED), vote(**says)


def of_fields() -> Iterator[tuple[Any, list[Told], Told]]:
    """What facts say of themselves and of each other, and who may act."""
    lines = course("activist-determined")
    talk = told("applicant-talk-held", "2021-11-01", held_by="m-1", post="secretary")
    yield VERBS["holds"](fields={"held_by": "m-2", "post": "other"}), lines, talk
    yield VERBS["agrees"](field="held_by", of=Topic("oath-taken"), its="place"), lines, talk
    decided = {"decided_by": "branch-committee"}
    for by, kind in (
        ("branch", "dance"),
        (None, "dance"),
        ("temporary", "determine-activist"),
        (None, "determine-activist"),
    ):
        yield VERBS["capability"](may=kind, home=True), lines, told("activist-determined", "2022-03-14", by, **decided)
    yield (
        VERBS["capability"](may="determine-activist", home=True),
        lines,
        told("activist-determined", "2022-03-14", **decided),
    )
    yield VERBS["settled"](opened=Ref("applicant-talk-held"), closed=Ref("oath-taken")), lines, talk
    for most in (0, 1, 2):
        yield VERBS["at_most"](of=Ref("applicant-talk-held"), most=most), lines, talk
    for after in (None, "application-submitted", "applicant-talk-held", "oath-taken"):
        facts = (Ref("applicant-talk-held"), Ref("oath-taken"))
        yield VERBS["present"](facts=facts, unless=(Ref("application-form-issued"),), after=after), lines, talk
        yield VERBS["present"](facts=facts[1:], unless=facts[:1], after=after), lines, talk


def of_notices() -> Iterator[tuple[Any, list[Told], Told]]:
    """Notices that were put up too early, closed too soon, with effect, at another point, or beyond the calendar."""

    def notice(opened: str, closed: str, *, point: str = "activist", affects: bool = False) -> list[Told]:
        begun = told("public-notice-opened", opened, point="activist")
        return [begun, told("public-notice-closed", closed, point=point, affects=affects)]

    paths: tuple[list[Told], ...] = (
        *([], notice("2026-03-02", "2026-03-06")[:1], notice("2026-03-02", "2026-03-06")),
        *(notice("2026-03-02", "2026-03-05"), notice("2026-03-02", "2026-03-06", affects=True)),
        *(notice("2026-03-02", "2026-03-06", point="conversion"), notice("2026-03-02", "2026-03-06")[::-1]),
        *(notice("2026-12-28", "2027-01-04"), notice("2026-12-28", "2026-12-30"), notice("2026-12-28", "2027-01-01")),
        *(notice("2026-12-30", "2027-01-01"), notice("2026-12-30", "2027-01-01")[:1]),
    )
    for after in (None, "oath-taken"):
        check = VERBS["notice"](point="activist", workdays=5, after=after)
        for lines in paths:
            for oath in ("2026-03-02", "2026-03-03") if after else ("2026-03-02",):
                path = [told("oath-taken", oath), *lines]
                yield check, path, told("activist-determined", "2027-01-05", decided_by="assembly")
            yield check, lines[:1], told("public-notice-closed", "2026-03-05", point="activist", affects=False)
            yield check, lines[:1], told("public-notice-closed", "2027-01-05", point="activist", affects=True)


def of_sums() -> Iterator[tuple[Any, list[Told], Told]]:
    """What several facts say together, from a day on, and numbers of which one is enough."""
    out = ("bedridden", "in-custody")
    votes = [vote(excluded=1, excluded_for=[one]) for one in out]
    late = told("admission-approved", "2023-11-20", "college", probation_from="2023-10-16")
    for oath in ("2023-10-15", "2023-10-16", "2023-10-17"):
        for after in (None, "oath-taken"):
            covers = VERBS["covers"](field="excluded_for", all_of=out, of=Topic(VOTED), after=after)
            for lines in (votes, votes[:1], []):
                yield covers, [*lines, told("oath-taken", oath)], late
    for numbers in ({"written": 1}, {"written": 3, "due": 30}):
        enough = VERBS["any_enough"](of=Topic(VOTED), numbers=numbers, unless=(Ref("oath-taken"),))
        for lines in ([], votes, [*votes, told("oath-taken", "2023-10-17")]):
            yield enough, lines, late
    yield VERBS["in_stage"](), votes, told("applicant-talk-held", "2023-11-20", held_by="m-1", post="secretary")
    applied = course("application-received")
    for limit in (MONTH, Period()):
        twice = [PUT_OFF, told(EXTENDED, "2023-12-05", "college", until="2024-03-16")]
        within = VERBS["within"](
            since=RESOLVED, limit=Period(limit.years, 2 * limit.months), extended_by=Topic(EXTENDED)
        )
        yield within, [*RESOLUTION, *twice], told("oath-taken", "2024-04-01")
        yield VERBS["margin"](until="leaves", limit=limit), applied, told("oath-taken", "2025-06-30")
    both = (Ref("oath-taken"), Ref("dossier-filed"))
    yield VERBS["present"](facts=both), applied, told("application-received", "2021-10-12")
    late = VERBS["present"](facts=both, unless=(Ref("application-submitted"),), after="applicant-talk-held")
    yield late, course("activist-determined"), told("application-received", "2022-10-12")
    contact = Ref("cultivation-contact-assigned")
    two = VERBS["active"](begun=contact, ended=Topic("cultivation-contact-ended"), by="contact_id", least=2, most=2)
    yield two, course("thought-report-received"), told("oath-taken", "2022-10-12")
    silent = told("activist-removed", "2021-10-12")
    yield VERBS["stated"](fields=("reason", "approved_by")), applied, silent
    yield (
        VERBS["capability"](may="determine-activist", home=True),
        applied,
        told("application-received", "2021-10-12", "temporary"),
    )


def corners() -> Iterator[str]:
    """What every check answers: before the fact comes, when it has come, and where a policy counts what is written."""
    for check, lines, last in (*asked(), *of_votes(), *of_fields(), *of_notices(), *of_sums()):
        path, fact = [*lines, last], facts_of([*lines, last])[-1]
        answers = [_said(check.window(case_of(lines))), _said(check.test(fact, case_of(path)))]
        answers.append(_said(check.test(fact, case_of(path, written_opinions=True))))
        yield "\n    ".join((f"{check.NAME} {last.topic} {last.day}", *dict.fromkeys(answers)))


def _said(one: Window | Shortfall | None) -> str:
    if one is None or one == Window():
        return "–"
    days = " ".join(str(day or "–") for day in (one.start, one.earliest, one.latest))
    signs = one.arithmetic if isinstance(one, Shortfall) else ""
    why = f"{one.why.zh} | {one.why.en}" if one.why else ""
    rests = f"{versions(one.rests_on)} {one.missing}{' ?' * one.provisional}"
    return " ".join(filter(None, (days, rests, signs, why)))
