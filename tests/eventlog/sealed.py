"""A log that was sealed and witnessed, copied for each attack; and an auditor, who holds what was given to them."""

import asyncio
import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from eventlog.bundle import about, write_all, write_some, writing
from eventlog.entry import NOTHING, Append, Draft, Entry, entry_text, leaf
from eventlog.keyring import Keyring
from eventlog.live import LiveLog, reading
from eventlog.log import EMPTY, Head
from eventlog.memory import MemoryLog
from eventlog.notes import SigningKey
from eventlog.postgres import open_log
from eventlog.sealing import Sealer
from eventlog.tiles import TileFolder
from eventlog.tree import consistency
from eventlog.verify import (
    COSIGNATURE,
    ED25519,
    Audit,
    Bundle,
    Key,
    Lie,
    Receipt,
    key_of,
    open_note,
    parse_checkpoint,
    receipt_of,
    trusted,
    verify,
)
from eventlog.witnessing import Witness, request_of

ORIGIN = "jieti.test/log"
LOG_KEY = SigningKey(ORIGIN, ED25519, b"1" * 32)
WITNESS_KEYS = tuple(SigningKey(f"audit-{number}.test", COSIGNATURE, bytes([number]) * 32) for number in (2, 3))
BEGAN = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
SIZE, SEALED = 1100, (800, 1000)
STREAMS = 50
HOUR = 3600


def stream_of(position: int) -> UUID:
    """Which stream an entry belongs to: they take turns."""
    return UUID(int=1 + position % STREAMS)


def moment_of(position: int) -> datetime:
    """When an entry was recorded: one a second, and two hours of rest behind each checkpoint."""
    rests = sum(position > size for size in SEALED)
    return BEGAN + timedelta(seconds=position + rests * 2 * HOUR)


@dataclass
class World:
    """A log in a database, the signer's folder, what witnesses remember, and what was handed out while it was true."""

    dsn: str
    home: Path
    held: list[tuple[str, bytes]] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where the signer publishes."""
        return self.home / "sealed"

    def witnesses(self) -> list[Witness]:
        """The witnesses with all that they remember."""
        return [
            Witness(key, [key_of(LOG_KEY.vkey)], self.home / f"witness-{number}")
            for number, key in enumerate(WITNESS_KEYS)
        ]

    async def grow(self, positions: Iterable[int]) -> None:
        """Append an entry for each position, as the application does."""
        heads: dict[UUID, Head] = {}
        async with open_log(self.dsn, role="jieti_app") as log:
            for position in positions:
                stream = stream_of(position)
                head = heads.get(stream) or (await log.heads([stream])).get(stream, EMPTY)
                written = await log.append(append_of(position, head))
                last = written.entries[-1]
                heads[stream] = Head(last.version, last.digest)

    async def seal(self, at: datetime) -> str:
        """Let the signer seal what is there, and the witnesses cosign it."""
        vkeys = [key.vkey for key in WITNESS_KEYS]
        async with open_log(self.dsn, role="jieti_signer") as log:
            sealer = Sealer(
                log,
                origin=ORIGIN,
                keys=Keyring((LOG_KEY,)),
                state=self.home / "signer",
                folder=self.folder,
                witnesses=vkeys,
            )
            await sealer.begin(lambda _words: None)
            old, promise = sealer.promise.size, await sealer.seal()
        lines = self.ask_witnesses(promise.note, old, promise.size, at)
        assert None not in lines
        sealer.publish(promise.note + "".join(line or "" for line in lines))
        return promise.note

    def ask_witnesses(self, note: str, old: int, new: int, at: datetime) -> list[str | None]:
        """The cosignatures of those who believe that `note` continues what they saw; None of those who refuse."""
        proof = consistency(TileFolder(self.folder / "tile").at(new), old, new) if old <= new else []
        answers = [one.add_checkpoint(request_of(old, proof, note), int(at.timestamp())) for one in self.witnesses()]
        return [answer.body if answer.status == 200 else None for answer in answers]

    async def rows(self) -> list[Entry]:
        """Every entry as it stands."""
        async with open_log(self.dsn) as log:
            return list(await log.after(0, limit=10_000))

    async def overwrite(self, entries: Sequence[Entry]) -> None:
        """Put these in the place of all that was there, with the rights of a superuser."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(
                "alter table log.entry disable trigger all; alter table log.head disable trigger all"
            )
            await connection.execute("truncate log.entry")
            await connection.copy_records_to_table(
                "entry", schema_name="log", columns=COLUMNS, records=[record_of(entry) for entry in entries]
            )
            await connection.execute("update log.head set size = $1", max(entry.position for entry in entries))
            await connection.execute("alter table log.entry enable always trigger entry_stays")
        finally:
            await connection.close()

    async def as_superuser(self, statement: str, *arguments: object) -> None:
        """Run a statement with the rights of a superuser and the triggers put to sleep."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(
                "alter table log.entry disable trigger all; alter table log.head disable trigger all"
            )
            await connection.execute(statement, *arguments)
        finally:
            await connection.close()

    async def sign_anew(self, entries: Sequence[Entry], sizes: Sequence[int]) -> None:
        """With the stolen key of the log: make the signer's folder say that this was its history."""
        shutil.rmtree(self.folder)
        (self.home / "signer").unlink()
        for size in sizes:
            history = MemoryLog()
            history._entries = list(entries[:size])
            for entry in history._entries:
                history._streams.setdefault(entry.stream_id, []).append(entry)
            sealer = Sealer(
                history, origin=ORIGIN, keys=Keyring((LOG_KEY,)), state=self.home / "signer", folder=self.folder
            )
            await sealer.begin(lambda _words: None)
            await sealer.seal()

    async def bundle(self, streams: Sequence[UUID] = (), held: Sequence[int] = ()) -> Path:
        """Export the log, or some streams of it, as it stands now."""
        out = self.home / "out.jieti"
        async with reading(self.dsn, "jieti_reader") as reader:
            with writing(out, BEGAN) as file:
                if streams:
                    covered = await write_some(file, reader, self.folder, streams=streams, held=held)
                else:
                    covered = await write_all(file, reader, self.folder)
                file.add("bundle.json", json.dumps(about(covered, ORIGIN, {})).encode())
        return out

    async def found(self, *, held: bool = True, receipts: bool = True, keys: Sequence[Key] = ()) -> list[Lie]:
        """What an auditor finds in a bundle of the whole log; a look at the live log must find the same."""
        brought = list(keys) or [key_of(LOG_KEY.vkey)]
        bundle = Bundle(str(await self.bundle()))

        def audit() -> Audit:
            listed = bundle.read("keys")
            kept = self.held if held else []
            return Audit(ORIGIN, trusted(brought, listed), kept, self.receipts if receipts else [])

        by_bundle = audit()
        lies = list(verify(bundle, by_bundle, everything=True))
        live = await LiveLog.of(self.dsn, "jieti_reader", self.folder)
        by_look = audit()
        seen = await asyncio.to_thread(lambda: list(verify(live, by_look, everything=True)))
        assert seen == lies
        return lies


COLUMNS = [
    "position",
    "stream_id",
    "version",
    "topic",
    "recorded_at",
    "key",
    "request",
    "payload",
    "previous",
    "digest",
    "opens",
]


def record_of(entry: Entry) -> tuple[Any, ...]:
    """A row as COPY takes it."""
    return (
        entry.position,
        entry.stream_id,
        entry.version,
        entry.topic,
        entry.recorded_at,
        entry.key,
        entry.request,
        entry.payload,
        entry.previous,
        entry.digest,
        True,
    )


def append_of(position: int, head: Head, payload: bytes = b"") -> Append:
    """What is asked for at a position."""
    text = payload or f'{{"said":"fact {position}"}}'.encode()
    key = f"secretary:{position}"
    request = sha256(text).digest()
    draft = Draft("thing-happened", text)
    return Append(stream_of(position), head.version, head.digest, key, request, moment_of(position), [draft])


def chained(entries: Sequence[Entry]) -> list[Entry]:
    """Renumber entries and chain them anew, so that positions, versions, links and digests all fit."""
    heads: dict[UUID, Head] = {}
    found = []
    for position, entry in enumerate(entries, 1):
        head = heads.get(entry.stream_id, Head(0, NOTHING))
        linked = replace(entry, position=position, version=head.version + 1, previous=head.digest)
        linked = replace(linked, digest=leaf(entry_text(linked)))
        heads[entry.stream_id] = Head(linked.version, linked.digest)
        found.append(linked)
    return found


async def make_world(dsn: str, home: Path) -> World:
    """Grow a log to 1,100 entries, sealed and witnessed at 800 and 1,000; hand out checkpoints and receipts."""
    world = World(dsn, home)
    begin = 1
    for size in SEALED:
        await world.grow(range(begin, size + 1))
        await world.seal(moment_of(size) + timedelta(seconds=30))
        world.held.append((f"held {size}", (world.folder / "checkpoints" / str(size)).read_bytes()))
        begin = size + 1
    await world.grow(range(begin, SIZE + 1))
    for entry in await world.rows():
        if entry.position in {500, 900, SIZE}:
            answer = json.dumps({"position": entry.position, "digest": entry.digest.hex()}).encode()
            world.receipts.append(receipt_of(f"receipt {entry.position}", answer))
    return world


def copy_of(world: World, dsn: str, home: Path) -> World:
    """The same world, with a database and a folder of its own."""
    shutil.copytree(world.home, home, dirs_exist_ok=True)
    return World(dsn, home, world.held, world.receipts)


def size_of(note: bytes) -> int:
    """The size that a checkpoint names."""
    return parse_checkpoint(open_note(note, ())[0]).size
