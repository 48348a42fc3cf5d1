"""The pace: in no stretch of a gateway's period more than it allows."""

import time

from hypothesis import given
from hypothesis import strategies as st

from activities.channels.pace import Pace
from tests.activities.channels.conftest import Watch


@given(st.lists(st.floats(0, 30), max_size=120))
async def test_no_minute_has_more_than_its_limit(pauses: list[float]) -> None:
    """However they come: nobody's turn is within sixty seconds of the sixteenth before."""
    watch = Watch()
    pace, turns = Pace((15, 60.0), (4, 1.0), monotonic=watch), []
    for pause in pauses:
        watch.seconds += pause
        if not await pace.turn(patience_s=0):
            turns.append(watch.seconds)
    assert all(later - first >= 60 for first, later in zip(turns, turns[15:], strict=False))
    assert all(later - first >= 1 for first, later in zip(turns, turns[4:], strict=False))
    assert len(turns) >= min(len(pauses), 4)


async def test_a_short_wait_is_waited() -> None:
    """Where it is a moment, whoever sends need not come back."""
    pace, begun = Pace((1, 0.05)), time.monotonic()
    assert [await pace.turn() for _ in range(3)] == [0.0, 0.0, 0.0]
    assert time.monotonic() - begun >= 0.1


async def test_who_is_held_waits_until_the_end() -> None:
    """A shorter hold does not shorten a longer one; afterwards there is nothing to remember."""
    watch = Watch()
    pace = Pace((15, 60.0), monotonic=watch)
    pace.hold(600)
    pace.hold(10)
    assert await pace.turn() == 600
    assert not pace.idle
    watch.seconds = 600
    assert await pace.turn() == 0
    watch.seconds = 660
    assert pace.idle
