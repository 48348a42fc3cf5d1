"""What the clock of a stream records by itself: terms that begin and end, and whatever else comes with a day."""

from datetime import datetime

from domain.receipt import Outcome
from registry.desk import Desk
from registry.drafting import asking
from registry.due import BY_ITSELF, due
from registry.record import record
from registry.shelf import Loaded

CAPACITY = "system"


async def act(desk: Desk, loaded: Loaded, now: datetime) -> list[Outcome]:
    """Record every act that a stream's clock owes at a moment (aware UTC), in order; a second time adds nothing.

    What has moved meanwhile is `stale` and is not recorded: whoever asks again is told what is due then. Raises what
    `record` raises.
    """
    outcomes = []
    for one in (await due(desk, loaded, now)).acts:
        asked = asking(
            desk,
            one.stream_id,
            one.topic,
            one.said,
            actor=BY_ITSELF,
            capacity=CAPACITY,
            key=one.key,
            mode="record",
            version=one.version,
        )
        outcomes.append(await record(desk, asked, now))
    return outcomes
