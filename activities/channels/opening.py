"""Opening the channels that the channel file names, and closing them again."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from activities.channels.base import Channel, Console


@asynccontextmanager
async def open_channels(file: Path | None, clock: Callable[[], datetime]) -> AsyncIterator[Mapping[str, Channel]]:
    """All channels by their names, the one to be tried first in front; the console where there is no channel file.

    The clock (aware UTC) dates mails and signatures. Raises RulebookError, with the line, for a file that cannot be used.
    """
    del clock
    if file is None:
        console = Console()
        yield {console.name: console}
