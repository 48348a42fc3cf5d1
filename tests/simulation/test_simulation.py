"""Years of a small school, with everything going wrong that can: what is told is what was due, once, and nothing is lost."""

import logging

import pytest

from tests.simulation.ledger import Broken, hold

SEEDS = 14
"""About a second each, and enough to see a hand-over left out (3) and a rung that waits for one who left (13)."""


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_years_hold(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    """None early, none after it was met, none twice, none lost once the channel takes letters: whatever the seed does."""
    caplog.set_level(logging.ERROR)
    try:
        assert await hold(seed) >= 0
    except Broken as error:
        pytest.fail(f"seed {seed}: {error}")
