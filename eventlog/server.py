"""How PostgreSQL is reached: one way for the log, the views, the keys and whatever else stands in a table of ours."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager

import asyncpg

from eventlog.log import LogError, LogUnavailable

CONNECT_SECONDS = 5.0

AWAY = (
    OSError,  # TimeoutError too
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,
)
"""What says that the server is away, going, coming or another's: the same request may succeed later."""


@contextmanager
def reaching(unavailable: Callable[[str], Exception]) -> Iterator[None]:
    """Say in a room's own words that the server cannot be reached now."""
    try:
        yield
    except AWAY as error:
        raise unavailable(f"PostgreSQL: {error or type(error).__name__}") from error


@contextmanager
def reaching_log() -> Iterator[None]:
    """Say in the log's words what went wrong with the server: LogUnavailable, or LogError for what it refuses."""
    try:
        with reaching(LogUnavailable):
            yield
    except asyncpg.PostgresError as error:
        raise LogError(str(error)) from error


class Server:
    """A database, and the role in which it is spoken to. `settings` are the server's own, for each connection."""

    def __init__(self, dsn: str, role: str | None, unavailable: Callable[[str], Exception], **settings: str) -> None:
        """Take where it is, and what is raised while it cannot be reached."""
        self._dsn, self._unavailable = dsn, unavailable
        # A compiled plan (jit) costs more than any of our statements.
        self._settings: Mapping[str, str] = {
            "jit": "off",
            "timezone": "UTC",
            **settings,
            **({"role": role} if role else {}),
        }

    async def connect(self, name: str) -> asyncpg.Connection:
        """Open a connection that the server's lists show under `name`."""
        with reaching(self._unavailable):
            return await asyncpg.connect(
                self._dsn, timeout=CONNECT_SECONDS, server_settings={**self._settings, "application_name": name}
            )

    async def pool(
        self,
        name: str,
        most: int,
        *,
        query_seconds: float | None = None,
        reset: Callable[[object], Awaitable[None]] | None = None,
    ) -> asyncpg.Pool:
        """Open a pool of at most so many connections, each of which is reset when it is given back."""
        with reaching(self._unavailable):
            return await asyncpg.create_pool(
                self._dsn,
                min_size=1,
                max_size=most,
                timeout=CONNECT_SECONDS,
                command_timeout=query_seconds,
                reset=reset,
                server_settings={**self._settings, "application_name": name},
            )
