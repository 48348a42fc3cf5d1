"""What a process works with: the log, the views, the rulebooks and the vault, opened together."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from domain.path import TOPICS
from eventlog.mapping import EventMapping
from eventlog.migrations import migrate
from eventlog.postgres import open_log
from registry.desk import Desk
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from runtime.settings import Settings, SettingsError
from views.store import Views, migrate_views, open_views

COLLECT = (50_000, 20, 50)
"""How often Python looks for cycles, which hardly any of our objects form: its own measure (700, 10, 10), made for small
programs, has it go through all facts in memory so often that a batch of evidence takes half as long again."""

ROLE = "jieti_app"
"""May append and read, whatever more the login that takes it on could do."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What the use cases need, and the views beside it."""

    desk: Desk
    views: Views


@asynccontextmanager
async def open_resources(settings: Settings) -> AsyncIterator[Resources]:
    """Open everything for a migrated database.

    Raises SettingsError, RulebookError, LogUnavailable and ViewsUnavailable when it cannot be opened now.
    """
    dsn = _dsn(settings)
    if settings.identity_key is None:
        raise SettingsError("JIETI_IDENTITY_KEY must be set: names are sealed with it.")
    rulebooks = load_rulebooks(_policy(settings.school))
    vault = Vault(settings.identity_key)
    gc.set_threshold(*COLLECT)
    async with open_log(dsn, role=ROLE) as log, open_views(dsn, role=ROLE) as views:
        yield Resources(Desk(log, EventMapping(TOPICS), rulebooks, vault), views)


async def migrate_all(settings: Settings) -> None:
    """Bring the database up to date, in the role that owns it. May be done by several processes at once."""
    connection = await asyncpg.connect(settings.database_admin_url or _dsn(settings))
    try:
        await migrate(connection)
        await migrate_views(connection)
    finally:
        await connection.close()


async def create_database(server: str, name: str) -> None:
    """Create a database that belongs to nobody else; `server` is an address on the same server, in a role that may."""
    connection = await asyncpg.connect(server)
    try:
        quoted = await connection.fetchval("select quote_ident($1)", name)
        await connection.execute(f"create database {quoted}")
    finally:
        await connection.close()


def _dsn(settings: Settings) -> str:
    if settings.database_url is None:
        raise SettingsError("JIETI_DATABASE_URL must be set; `jieti demo` starts a PostgreSQL and says where it is.")
    return settings.database_url


def _policy(school: str) -> Path:
    path = HERE / f"policy-{school}.yaml"
    if not path.exists():
        raise SettingsError(f"JIETI_SCHOOL must name a policy in rulebooks/, and there is no {path.name}.")
    return path
