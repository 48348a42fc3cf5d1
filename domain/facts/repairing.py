"""What was done to free a path that was stuck: repaired once stays visible for ever."""

from dataclasses import field

from domain.facts.base import Fact, optional


class RepairApplied(Fact):
    """Somebody freed the path, or what works for it, of a cause for which it was stuck.

    `cause` and `act` are names of `domain.causes` and `domain.repairs`; `before` and `after` say how it stood, without
    a word about the person. Where the act changed a date, `approved_by` is the second person who agreed. `reference`
    is the number of a document, if there is one. `workflow` names the one that was repaired where it is not a path's: what
    was done to the clock of a unit or a term stands in its stream, and to a mailroom in that of the uppermost unit.
    """

    TOPIC = "repair-applied"
    ALSO = ("term", "unit")
    TITLE = "修复"

    cause: str
    act: str
    before: str
    after: str
    reference: str | None = optional()
    workflow: str | None = optional()
    reason: str = field(kw_only=True)
