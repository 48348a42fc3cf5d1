"""`jieti rulebook diff`: what two sets say otherwise, and whom it touches; people appear by their pseudonyms only."""

import csv
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import asdict
from datetime import date
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table

from commands.demonstration import load_sample
from commands.loading import inert
from commands.showing import ERR, OUT
from domain.path import TOPICS
from domain.rulebook import Rulebooks
from domain.rulechange import Change, changes
from domain.rulesaid import inline
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from eventlog.postgres import open_log
from registry.comparing import Comparison, Part, Totals, Touched, compare, compare_here, spans
from registry.desk import Desk
from registry.rulebooks import Texts
from registry.vault import Vault
from runtime.resources import ROLE
from runtime.settings import Settings, SettingsError

SHOWN = 20
"""So many paths are printed; --csv and --json have all of them."""


class Log(StrEnum):
    """Whose paths are judged under both sets."""

    HERE = "here"
    SAMPLE = "sample"


async def differ(
    settings: Settings, sets: tuple[Texts, Texts], against: Log | None, day: date, table: Path | None, *, as_json: bool
) -> None:
    """Print what differs. Raises RulebookError, SettingsError, LogUnavailable."""
    before, after = (one.read() for one in sets)
    found = list(changes(before, after))
    for one in found:
        print(json.dumps({"change": asdict(one)}, ensure_ascii=False, default=str)) if as_json else _show_change(one)
    if not found and not as_json:
        OUT.print("both sets say the same")
    if against is None:
        return
    totals, first = Totals(), list[Touched]()
    with ExitStack() as stack:
        writer = None
        if table:
            file = stack.enter_context(table.open("w", encoding="utf-8-sig", newline=""))
            writer = csv.writer(file)
            writer.writerow(["path", "person", "unit", "stage", "what", "name", "before", "after"])
        async with _parts(settings, sets, (before, after), against, day) as parts:
            async for part in parts:
                totals.add(part)
                first += part.touched[: SHOWN - len(first)]
                if writer:
                    writer.writerows(row for one in part.touched for row in _rows(one))
                if as_json:
                    for path in part.touched:
                        print(json.dumps({"path": asdict(path)}, ensure_ascii=False, default=str))
    if as_json:
        print(json.dumps({"totals": _totals(totals)}, ensure_ascii=False))
    else:
        _show_totals(totals, day)
        _show_paths(first, totals.touched)


@asynccontextmanager
async def _parts(
    settings: Settings, sets: tuple[Texts, Texts], books: tuple[Rulebooks, Rulebooks], against: Log, day: date
) -> AsyncIterator[AsyncIterator[Part]]:
    """The parts of a log, compared, with a bar on standard error that follows them."""
    if against is Log.SAMPLE:
        log, mapping = MemoryLog(), EventMapping(TOPICS)
        await load_sample(Desk(log, mapping, books[0], Vault(bytes(32))))
        size = await log.size()
        parts = compare_here(log, Comparison(*books, day, mapping))
    else:
        if settings.database_url is None:
            raise SettingsError("JIETI_DATABASE_URL must be set, or a demo run here; --against sample needs neither.")
        opener = partial(open_log, settings.database_url, role=ROLE, readers=1)
        async with opener() as here:
            size = await here.size()
        parts = compare(opener, size, sets, day)
    columns = (TextColumn("judging under both sets"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=ERR, transient=True) as bar:
        task = bar.add_task("", total=sum(1 for _ in spans(size)))

        async def told() -> AsyncGenerator[Part, None]:
            async for part in parts:
                bar.advance(task)
                yield part

        async with aclosing(told()) as following:
            yield following


def _rows(one: Touched) -> Iterator[list[Any]]:
    for item in one.differences:
        who = [str(one.path_id), str(one.person_id), one.unit, one.stage]
        yield [*who, item.what, item.name, inert(item.before), inert(item.after)]


def _totals(totals: Totals) -> dict[str, Any]:
    by_name = [{"what": what, "name": name, "paths": count} for (what, name), count in totals.by_name.most_common()]
    counts = {"paths": totals.paths, "facts": totals.facts, "touched": totals.touched}
    return counts | {"by_unit": dict(totals.by_unit.most_common()), "by_name": by_name}


def _show_change(one: Change) -> None:
    where = f"{one.book}  {one.id}".rstrip()
    if one.before is None:
        OUT.print(f"+ {where}  {one.name}: {inline(one.after)}", markup=False)
    elif one.after is None:
        OUT.print(f"- {where}  {one.name}: {inline(one.before)}", markup=False)
    else:
        OUT.print(f"~ {where}  {one.name}: {inline(one.before)} → {inline(one.after)}", markup=False, soft_wrap=True)


def _show_totals(totals: Totals, day: date) -> None:
    OUT.print(f"\n{totals.touched:,} of {totals.paths:,} paths are judged otherwise on {day} ({totals.facts:,} facts)")
    _show_counts(("unit",), [((unit,), count) for unit, count in totals.by_unit.most_common()])
    _show_counts(("what differs", ""), totals.by_name.most_common())


def _show_counts(titles: Sequence[str], counts: Sequence[tuple[tuple[str, ...], int]]) -> None:
    table = Table(*titles, "paths", box=None, padding=(0, 2, 0, 0))
    for names, count in counts:
        table.add_row(*names, f"{count:,}")
    if counts:
        OUT.print(table)


def _show_paths(first: list[Touched], touched: int) -> None:
    for one in first:
        OUT.print(
            f"\npath {one.path_id}  person {one.person_id}  {one.unit}  {one.stage}", markup=False, soft_wrap=True
        )
        for item in one.differences:
            OUT.print(
                f"  {item.what} {item.name}: {item.before or '–'} → {item.after or '–'}", markup=False, soft_wrap=True
            )
    if touched > len(first):
        OUT.print(f"\n… and {touched - len(first):,} more; --csv FILE or --json has them all")
