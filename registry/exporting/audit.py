"""Exports a bundle for auditors: the log or some streams of it, the rules, a page to read, and the program to check."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import cast
from uuid import UUID

from domain.calendar import civil_day
from domain.facts import Fact
from domain.rulebook import Rulebooks
from eventlog import verify
from eventlog.bundle import BundleFile, Covered, about, write_all, write_some, writing
from eventlog.entry import Entry
from eventlog.live import Reader
from eventlog.log import Log
from eventlog.mapping import EventMapping
from registry.exporting.timeline import begin, end, timeline
from registry.rulebooks import HERE
from registry.shelf import Loaded

MOST_TIMELINES = 500
"""How many paths the page shows: one with more could not be opened."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is exported. `streams` empty means the whole log; `words` say it to people; `held` are sizes to cut at."""

    words: str
    streams: Collection[UUID] = ()
    paths: Sequence[UUID] = ()
    held: Collection[int] = ()


@dataclass(frozen=True, slots=True)
class House:
    """Where it is exported from: the log, how facts are written in it, the rules, and the signer's folder."""

    log: Log
    reader: Reader
    mapping: EventMapping
    rulebooks: Rulebooks
    policy: Path | None
    origin: str
    folder: Path


async def export(house: House, chosen: Chosen, out: Path, now: datetime) -> Covered:
    """Write a bundle. It is there when it is whole. Raises OSError, LogError, and TileMissing without the signer's tiles."""
    with writing(out, now) as file:
        if chosen.streams:
            covered = await write_some(file, house.reader, house.folder, streams=chosen.streams, held=chosen.held)
        else:
            covered = await write_all(file, house.reader, house.folder)
        await _page(file, house, chosen, covered, now)
        for name, data in _papers(house, chosen, covered):
            file.add(name, data)
        said = {
            "made_at": now.isoformat(timespec="seconds"),
            "covers": chosen.words,
            "rulebooks": house.rulebooks.digest,
            "timelines": min(len(chosen.paths), MOST_TIMELINES),
        }
        file.add("bundle.json", json.dumps(about(covered, house.origin, said), ensure_ascii=False, indent=1).encode())
    return covered


def _papers(house: House, chosen: Chosen, covered: Covered) -> Iterator[tuple[str, bytes]]:
    """The program, what to do with it, and the rulebooks in the order that their digest covers."""
    program = Path(verify.__file__).read_bytes()
    yield "verify.py", program
    yield "README.txt", _readme(house.origin, chosen, covered, sha256(program).hexdigest()).encode()
    files = sorted(HERE.glob("cpc-*.yaml"))
    files += [*([house.policy] if house.policy else []), HERE / "workdays.yaml"]
    for file in files:
        yield f"rulebooks/{house.rulebooks.digest}/{file.name}", file.read_bytes()


async def _page(file: BundleFile, house: House, chosen: Chosen, covered: Covered, now: datetime) -> None:
    day = civil_day(now)
    shown = chosen.paths[:MOST_TIMELINES]
    more = f"，此页只列前 {len(shown)} 条 (the first {len(shown)} are shown)" if len(shown) < len(chosen.paths) else ""
    said = {
        "日志 Log": house.origin,
        "范围 Covers": chosen.words,
        "历程 Paths": f"{len(chosen.paths)}{more}",
        "条目 Entries": f"{covered.entries:,}，全日志 of {covered.size:,}",
        "已封存 Sealed": f"{covered.sealed:,}",
        "导出时间 Made": now.isoformat(timespec="seconds"),
        "规则册 Rulebooks": house.rulebooks.digest,
    }
    with file.open("timeline.html") as page:
        for part in begin("发展历程时间线", said):
            page.write(part.encode())
        for path_id in shown:
            entries = [entry for entry in await house.log.stream(path_id) if entry.position <= covered.size]
            if entries:
                loaded = Loaded(entries, tuple(_fact(house.mapping, entry) for entry in entries))
                page.write(timeline(house.rulebooks, loaded, day, covered.sealed).encode())
        page.write(end().encode())


def _fact(mapping: EventMapping, entry: Entry) -> Fact:
    return cast("Fact", mapping.to_event(entry))


def _readme(origin: str, chosen: Chosen, covered: Covered, program: str) -> str:
    return f"""阶梯事件日志审计包 · A bundle of the event log of Jieti

日志 log:     {origin}
范围 covers:  {chosen.words}
条目 entries: {covered.entries} / {covered.size}, 已封存 sealed {covered.sealed}

核对 · To check it (Python 3.11 or newer, nothing else):

    python verify.py BUNDLE.jieti --key KEY --held CHECKPOINT

请从别处取得 verify.py 与公钥（勿只用包内的），并出示您保存过的检查点。
Take verify.py and the key from somewhere else than this file, and show the checkpoints you kept.
verify.py SHA-256: {program}

timeline.html 供阅读 is for reading; entries/, payloads/ 是原文 are the log itself; rulebooks/ 是规则 are the rules.
格式 The format: docs/log-format.md.
"""
