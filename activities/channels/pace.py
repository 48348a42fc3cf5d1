"""How fast a gateway lets itself be asked: never more than so many in any stretch of so many seconds."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

PATIENCE_S = 2.0
"""So long a message waits for its turn here; if it would take longer, whoever sends it may do something else."""


class Pace:
    """Keeps one gateway's limits, each (count, seconds), in this process.

    A bucket that fills up again while it is used lets nearly twice its size through in its period. The gateways count
    what came in the last minute, and so does this.
    """

    def __init__(self, *limits: tuple[int, float], monotonic: Callable[[], float] = time.monotonic) -> None:
        """With these limits."""
        self._limits, self._monotonic = limits, monotonic
        self._turns: deque[float] = deque(maxlen=max((count for count, _ in limits), default=1))
        self._held_until = float("-inf")

    def wait_s(self) -> float:
        """How long the next one has to wait."""
        now = self._monotonic()
        free = [self._turns[-count] + seconds for count, seconds in self._limits if len(self._turns) >= count]
        return max(now, self._held_until, *free, *list(self._turns)[-1:]) - now

    async def turn(self, patience_s: float = PATIENCE_S) -> float:
        """Wait for a turn and return 0; or, where that takes longer than the patience, return how many seconds."""
        wait = self.wait_s()
        if wait > patience_s:
            return wait
        self._turns.append(self._monotonic() + wait)
        if wait > 0:
            await asyncio.sleep(wait)
        return 0.0

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long: the gateway has said that it wants to be left alone."""
        self._held_until = max(self._held_until, self._monotonic() + seconds)

    @property
    def idle(self) -> bool:
        """Whether it has nothing to remember."""
        now = self._monotonic()
        longest = max((seconds for _, seconds in self._limits), default=0.0)
        return now >= self._held_until and (not self._turns or now - self._turns[-1] >= longest)
