"""`jieti import`: spreadsheets into the log; all that is wrong is said by sheet, row and column."""

import asyncio
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from api.actors import read_token
from commands.leaving import Code, Leave
from commands.showing import ERR, OUT
from commands.surroundings import settings_around
from registry.desk import Desk
from registry.importing.base import plain_name
from registry.importing.check import Checked, Progress, check
from registry.importing.forms import Given
from registry.importing.plan import Clerk, Plan, plan
from registry.importing.rows import fields_by_name, hints, topics_by_name
from registry.importing.save import save
from registry.importing.sheets import open_book
from registry.importing.tables import FORMS
from runtime.clock import now
from runtime.resources import open_resources
from runtime.settings import Settings

SHOWN = 50

app = typer.Typer(
    help="Bring spreadsheets into the log: units first, then a roster, dossiers, recipients, appointments.",
    no_args_is_help=True,
)

FILE = Annotated[Path, typer.Argument(help="xlsx, xls or csv (UTF-8 or GB18030).")]
DRY = Annotated[bool, typer.Option("--dry-run", help="Only check; nothing is saved.")]
ACCEPT = Annotated[bool, typer.Option("--accept-valid", help="Save the rows that pass although others do not.")]
SHEET = Annotated[str | None, typer.Option(help="Read this sheet only; else all visible ones that fit.")]
SET = Annotated[
    list[str] | None,
    typer.Option("--set", help="A value for empty cells: activist-determined.decided_by=支委会, or conclusion=合格."),
]
APPROVED = Annotated[str | None, typer.Option("--approved-by", help="The second person who approved this late entry.")]
ACTOR = Annotated[str | None, typer.Option(help="Who imports; if left out, whom JIETI_TOKEN names.")]
CAPACITY = Annotated[str, typer.Option(help="In what capacity.")]
ERRORS = Annotated[Path | None, typer.Option(help="Write all faults to this csv file.")]


TABLES = {
    "units": "One row a unit: committees, branches, groups.",
    "roster": "One row a student: who they are, and a column for the day of each fact. Opens their paths.",
    "dossiers": "One row a fact: the student number, what happened, the day, and the fields of that fact.",
    "recipients": "One row a person who can be reminded: number, name, and a column for the address of each channel.",
    "appointments": "One row an appointment: unit, number, post, from which day on, and until when if it has ended.",
}


def load(
    context: typer.Context,
    file: FILE,
    sheet: SHEET = None,
    given: SET = None,
    approved_by: APPROVED = None,
    actor: ACTOR = None,
    capacity: CAPACITY = "organisation-department",
    errors: ERRORS = None,
    *,
    dry_run: DRY = False,
    accept_valid: ACCEPT = False,
) -> None:
    """Check the whole file, say all that is wrong with it, and save what passed."""
    settings = settings_around()
    clerk = Clerk(actor or _actor(settings), capacity, _given(given or [], approved_by))

    async def run() -> Code:
        async with open_resources(settings) as resources:
            units = {unit.name: unit.unit_id for unit in await resources.views.units()}
            known = replace(clerk, given=replace(clerk.given, units=units))
            reading = plan(open_book(file), FORMS[str(context.info_name)], known, only=sheet)
            return await _load(resources.desk, reading, errors, dry_run=dry_run, accept_valid=accept_valid)

    raise typer.Exit(asyncio.run(run()))


for name, words in TABLES.items():
    app.command(name, help=words)(load)


async def _load(desk: Desk, reading: Plan, errors: Path | None, *, dry_run: bool, accept_valid: bool) -> Code:
    """Check, tell, save."""
    for sheet, why in reading.skipped.items():
        OUT.print(f"sheet {sheet!r} is left alone: {why}", markup=False)
    with _bar("checking", reading.size) as progress:
        found = await check(desk, reading, now(), progress)
    _tell(found, errors)
    if dry_run:
        OUT.print("nothing was saved: this was a dry run")
        return Code.REFUSED if found.faults else Code.DONE
    if found.faults and not accept_valid:
        OUT.print("nothing was saved; --accept-valid saves the rows that pass")
        return Code.REFUSED
    with _bar("saving", reading.size) as progress:
        saved = await save(desk, reading, found, now(), progress)
    OUT.print(f"saved: {saved.facts} facts of {saved.subjects} {reading.form.OF}s")
    return Code.REFUSED if found.faults else Code.DONE


def _tell(found: Checked, errors: Path | None) -> None:
    """Say what was found: counts, and the first faults; all of them go to the file, if one was asked for."""
    already = f", {len(found.present)} stand already from this very file" if found.present else ""
    OUT.print(f"{found.rows} rows: {found.good} can be saved ({found.facts} facts){already}, {len(found.bad)} cannot")
    for fault in found.faults[:SHOWN]:
        ERR.print(f"  {fault}", markup=False, soft_wrap=True)
    more = len(found.faults) - SHOWN + found.untold
    if more > 0:
        ERR.print(f"  … and {more} more{'' if errors else '; --errors FILE writes them all'}")
    if errors:
        with errors.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["sheet", "row", "column", "what is wrong"])
            writer.writerows([inert(one.sheet), one.row, inert(one.column), inert(one.message)] for one in found.faults)


def inert(text: str) -> str:
    """A text that no spreadsheet program takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@contextmanager
def _bar(words: str, rows: int) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task(words, total=rows)
        yield lambda done: bar.advance(task, done)


def _given(sets: list[str], approved_by: str | None) -> Given:
    """What the clerk says beside the file. Raises Leave for a value that belongs to no field."""
    constants = {("", "approved_by"): approved_by} if approved_by else {}
    for one in sets:
        where, equals, value = one.partition("=")
        fact, _, name = where.rpartition(".")
        topic = topics_by_name().get(plain_name(fact), "") if fact else ""
        field = fields_by_name().get(plain_name(name))
        if not equals or not field or bool(fact) != bool(topic) or (topic and field not in hints(topic)):
            raise Leave(f"--set {one!r}: a field, or a fact and its field, is expected before the =", Code.WRONG)
        constants[topic, field] = value
    return Given(constants=constants)


def _actor(settings: Settings) -> str:
    """Whom the token names. Raises Leave where nobody is named."""
    if settings.token and settings.token_key:
        return read_token(settings.token_key, settings.token)[0].id
    raise Leave("say who imports with --actor, or set JIETI_TOKEN", Code.WRONG)
