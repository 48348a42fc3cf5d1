"""What auditors are told beside the procedure: why history reads otherwise than it did."""

from domain.facts.base import Fact


class HistoryReinterpreted(Fact):
    """A decision's facts now mean another state than when it was made, and this is why (`reason`).

    `decision` is its version, `state` the digest that is made of it now. Needs a second person, as a correction does.
    """

    TOPIC = "history-reinterpreted"
    TITLE = "说明历史解读的变化"

    decision: int
    state: str
