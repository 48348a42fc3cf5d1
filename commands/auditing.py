"""`jieti export audit` and `jieti verify`: a bundle for those who check, and the check."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from commands.leaving import Code, Leave
from commands.surroundings import settings_around
from eventlog import verify as checking
from eventlog.verify import Unreadable
from runtime import clock
from runtime.settings import Settings

if TYPE_CHECKING:
    from eventlog.log import Log
    from registry.exporting.audit import Chosen
    from views.store import Views

app = typer.Typer()
exports = typer.Typer(no_args_is_help=True, help="Write what leaves the house.")
app.add_typer(exports, name="export")

READER = "jieti_reader"
PAGE = 1000

HELD = Annotated[list[Path] | None, typer.Option("--held", help="A checkpoint you kept; several times for several.")]


@exports.command("audit")
def export_audit(
    out: Annotated[Path, typer.Option("--out", help="Where the bundle is written.", dir_okay=False)],
    unit: Annotated[
        list[str] | None, typer.Option("--unit", help="All paths that were ever at home in this unit or below it.")
    ] = None,
    paths: Annotated[
        list[str] | None, typer.Option("--paths", help="A path by its id or student number; several with commas.")
    ] = None,
    held: HELD = None,
) -> None:
    """Write a bundle for auditors: the whole log, or some units, or some dossiers, with all that it takes to check it."""
    who = [one.strip() for one in ",".join(paths or []).split(",") if one.strip()]
    if not out.resolve().parent.is_dir():
        raise Leave(f"there is no folder {out.parent}", Code.WRONG)
    try:
        asyncio.run(_export(settings_around(), unit or [], who, held or [], out))
    except OSError as error:
        raise Leave(f"{out} cannot be written: {error}", Code.WRONG) from error


async def _export(settings: Settings, units: list[str], who: list[str], held: list[Path], out: Path) -> None:
    from domain.path import TOPICS
    from eventlog.live import reading
    from eventlog.mapping import EventMapping
    from eventlog.postgres import open_log
    from eventlog.tree import TileMissing
    from registry.exporting.audit import House, export
    from registry.rulebooks import load_rulebooks
    from runtime.resources import log_address, policy_file
    from views.store import open_views

    dsn = log_address(settings)
    policy = policy_file(settings.school)
    async with AsyncExitStack() as stack:
        views = await stack.enter_async_context(open_views(dsn, role=READER))
        log = await stack.enter_async_context(open_log(dsn, role=READER))
        reader = await stack.enter_async_context(reading(dsn, READER))
        house = House(
            log, reader, EventMapping(TOPICS), load_rulebooks(policy), policy, settings.origin, settings.published
        )
        chosen = await _chosen(settings, views, log, units, who)
        try:
            covered = await export(house, replace(chosen, held=[_size(file) for file in held]), out, clock.now())
        except TileMissing as error:
            raise Leave(f"the signer's folder {settings.published} is not whole: {error}", Code.AWAY) from error
    print(f"{out}: {covered.entries:,} of {covered.size:,} entries, {covered.checkpoints:,} checkpoints")
    if covered.size < covered.sealed:
        print(f"the log is SHORTER than its last checkpoint, which seals {covered.sealed:,} entries", file=sys.stderr)
    if not covered.checkpoints:
        print(
            "nothing is sealed: no signer has been at work, and nothing in this bundle can be proved", file=sys.stderr
        )
    elif covered.unsealed:
        print(f"{covered.unsealed:,} of these entries are not sealed yet: export again in a minute", file=sys.stderr)


async def _chosen(settings: Settings, views: "Views", log: "Log", units: list[str], who: list[str]) -> "Chosen":
    """What was named, found; raises Leave for what is not there."""
    from registry.desk import unit_stream
    from registry.exporting.audit import Chosen

    paths: dict[UUID, None] = {}
    streams: dict[UUID, None] = {}
    for unit in units:
        below = await views.units(unit)
        if not below:
            raise Leave(f"there is no unit {unit!r}", Code.WRONG)
        streams |= dict.fromkeys(unit_stream(one.unit_id) for one in below)
        paths |= dict.fromkeys(await _every(partial(views.once_of, unit)))
    for one in who:
        paths[await _path(settings, views, one)] = None
    heads = await log.heads(list(paths))
    if missing := [path_id for path_id in paths if not heads[path_id].version]:
        raise Leave(f"{missing[0]} is no path of this log", Code.WRONG)
    if not units and not who:
        every = await _every(views.path_ids)
        return Chosen("全部日志 the whole log", (), every)
    if not paths:
        raise Leave(f"no path was ever at home in {', '.join(units)}: nothing to export", Code.WRONG)
    named = [*(f"党组织 unit {unit}" for unit in units), *([f"{len(who)} 条历程 paths"] if who else [])]
    return Chosen("; ".join(named), [*streams, *paths], list(paths))


async def _every(page: Callable[..., Awaitable[list[UUID]]]) -> list[UUID]:
    found: list[UUID] = []
    while some := await page(after=found[-1] if found else UUID(int=0), limit=PAGE):
        found += some
    return found


async def _path(settings: Settings, views: "Views", who: str) -> UUID:
    """A path by its id, or the last one of a student number."""
    from registry.vault import Vault
    from views.listing import Wanted

    try:
        return UUID(who)
    except ValueError:
        pass
    if settings.identity_key is None:
        raise Leave(f"{who!r} is no path's id, and student numbers need JIETI_IDENTITY_KEY", Code.WRONG)
    rows = await views.paths(Wanted(person_id=Vault(settings.identity_key).person(who)))
    if not rows:
        raise Leave(f"no path has the student number {who!r}", Code.WRONG)
    return rows[-1].path_id


def _size(file: Path) -> int:
    try:
        return checking.parse_checkpoint(checking.open_note(file.read_bytes(), ())[0]).size
    except (OSError, Unreadable) as error:
        raise Leave(f"{file} is not a checkpoint: {error}", Code.WRONG) from error


@app.command()
def verify(
    file: Annotated[Path | None, typer.Argument(help="The bundle; left out with --live.")] = None,
    held: HELD = None,
    receipt: Annotated[list[Path] | None, typer.Option(help="A receipt, or a proof (tlog-proof).")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A key you trust, or a file of keys.")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="In how many processes.")] = os.cpu_count() or 1,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Tell all that is wrong, not the first thing only.")
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="Check the log in PostgreSQL instead of a bundle.")] = False,
) -> None:
    """Check a bundle, or the live log: exit code 0 if nothing is wrong, 1 if something is, 2 if it cannot be read."""
    if live == (file is not None):
        raise Leave("name a bundle, or say --live for the log in PostgreSQL", Code.WRONG)
    given = [f"--jobs={jobs}", *(["--all"] if everything else [])]
    for name, values in (("held", held), ("receipt", receipt), ("key", key)):
        given += [f"--{name}={value}" for value in values or []]
    raise typer.Exit(_live(given) if live else checking.main([*given, str(file)]))


def _live(given: list[str]) -> int:
    from eventlog.live import LiveLog
    from runtime.resources import log_address

    settings = settings_around()
    log = asyncio.run(LiveLog.of(log_address(settings), READER, settings.published))
    keys = settings.published / "keys"
    return checking.main([*given, "the live log"], (log, settings.origin, keys.read_bytes() if keys.exists() else b""))
