"""Seals the log: recomputes each leaf from the row, extends the tree, signs its head, and never signs two histories.

The order of writing is what makes a crash harmless. First the tiles: nobody asks for them before a checkpoint needs
them. Then the state, with the signed checkpoint in it: from here on the promise is given, and only what extends it will
ever be signed. Then the published files, which are copies of the state and are written again at the next start.
"""

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from eventlog import durable
from eventlog.entry import Entry
from eventlog.keyring import Keyring
from eventlog.log import EMPTY, Head, Log
from eventlog.notes import KeyTerm, checkpoint_body, keys_body, note, terms_of
from eventlog.tiles import Edge, Tile, TileFolder
from eventlog.tree import TileMissing, hash_at
from eventlog.verify import Forged, Key, Unreadable, key_of, keys_of, leaf, open_note, parse_checkpoint

PAGE = 1000
MOST_AT_ONCE = 100_000


class Refused(Exception):
    """What stands in the log is not an extension of what was signed: nothing more is sealed.

    `kind` is digest, chain, gap, shrunk, changed, rebuilt, origin or state; `position` is where.
    """

    def __init__(self, kind: str, position: int, says: str) -> None:
        """Say what was found, where."""
        super().__init__(f"{kind} at position {position}: {says}")
        self.kind = kind
        self.position = position
        self.says = says


@dataclass(frozen=True, slots=True)
class Promise:
    """What the signer has bound itself to: the last checkpoint with its own signatures, and the terms of its keys."""

    origin: str
    size: int
    root: bytes
    note: str
    terms: tuple[KeyTerm, ...]

    def text(self) -> bytes:
        """Write it for the state file."""
        said = {
            "origin": self.origin,
            "size": self.size,
            "root": self.root.hex(),
            "note": self.note,
            "keys": [asdict(term) for term in self.terms],
        }
        return json.dumps(said, indent=1, ensure_ascii=False).encode()

    @classmethod
    def read(cls, path: Path) -> "Promise | None":
        """Read a state file; None where there is none. Raises Refused for one that is damaged."""
        try:
            said = json.loads(path.read_bytes())
            terms = tuple(KeyTerm(**term) for term in said["keys"])
            return cls(said["origin"], said["size"], bytes.fromhex(said["root"]), said["note"], terms)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError) as error:
            raise Refused(
                "state",
                0,
                f"{path} cannot be read as the signer's state ({error}): put back a copy; without one, remove it",
            ) from None


class Sealer:
    """Extends what one key has promised over one log. Everything is checked again when it is made."""

    def __init__(
        self, log: Log, *, origin: str, keys: Keyring, state: Path, folder: Path, witnesses: Sequence[str] = ()
    ) -> None:
        """Read the promise from `state`, publish below `folder`, naming the witnesses; `begin` comes next. Refused."""
        self.folder = folder
        self._witnesses = witnesses
        self._log = log
        self._origin = origin
        self.keys = keys
        self._state = state
        self._tiles = TileFolder(folder / "tile")
        self._heads: dict[UUID, Head] = {}
        self.promise = self._last_promise()
        self._edge = Edge()
        self._filled: list[Tile] = []

    def _last_promise(self) -> Promise:
        """The largest of what the state holds and of what was published with our signature: neither may be undone."""
        kept = Promise.read(self._state) or Promise(self._origin, 0, b"", "", ())
        if kept.origin != self._origin:
            raise Refused("origin", kept.size, f"{self._state} is of the log {kept.origin}, not of {self._origin}")
        ours = [key_of(vkey) for vkey in {key.vkey for key in self.keys.keys} | {term.vkey for term in kept.terms}]
        with suppress(Forged, Unreadable):
            published = _published(self.folder, "checkpoint")
            body, signatures = open_note(published.encode(), ours)
            origin, size, root = parse_checkpoint(body)
            if signatures and origin == self._origin and (size > kept.size or not kept.note):
                return Promise(origin, size, root, published, self._published_terms(ours) or kept.terms)
        return kept

    def _published_terms(self, ours: Sequence[Key]) -> tuple[KeyTerm, ...]:
        """The terms in the list of keys that was published with our signature: a key that leaked is not forgotten."""
        with suppress(Forged, Unreadable):
            listed = _published(self.folder, "keys").encode()
            if open_note(listed, ours)[1]:
                return terms_of(keys_of(listed))
        return ()

    async def begin(self, say: Callable[[str], None]) -> None:
        """Find the tiles that the promise is about, or make them again from the log; publish. Raises Refused."""
        try:
            self._edge = self._tiles.edge(self.promise.size)
            sound = self._edge.root() == self.promise.root and self._tiles.whole(self.promise.size)
            damaged = self.promise.note and not sound
        except TileMissing:
            damaged = True
        if damaged:
            say(f"the tiles up to {self.promise.size} are not those that were signed: they are made again from the log")
            self._edge, self._heads = Edge(), {}
            await self._extend(self.promise.size)
            if self._edge.root() != self.promise.root:
                says = "the log as it stands does not give the root that was signed: something before this was altered"
                raise Refused("rebuilt", self.promise.size, says)
            durable.write_all(self._files(self._edge.partial()))
        if self.promise.note:
            self._publish(self.promise)

    async def look(self) -> int:
        """How many entries wait to be sealed, after a look whether the end of what was sealed stands.

        Raises Refused, and TileMissing where somebody has taken the tiles away: `begin` makes them again.
        """
        sealed, size = self.promise.size, await self._log.size()
        if size < sealed:
            raise Refused("shrunk", size + 1, f"{sealed} entries were sealed, and the log now ends with {size}")
        if sealed:
            last = await self._log.after(sealed - 1, limit=1)
            held = hash_at(self._tiles.at(sealed), 0, sealed - 1)
            if [(entry.position, leaf(entry.text)) for entry in last] != [(sealed, held)]:
                raise Refused("changed", sealed, "the last entry that was sealed is now another one")
        return size - sealed

    @property
    def keys_changed(self) -> bool:
        """Whether the keys are not those of the last checkpoint."""
        active = {term.vkey for term in self.promise.terms if term.until is None}
        leaked = {term.vkey for term in self.promise.terms if term.leaked}
        known = {term.vkey for term in self.promise.terms}  # one that has never signed leaked nothing of this log
        return active != {key.vkey for key in self.keys.keys} or leaked != self.keys.leaked & known

    async def seal(self) -> Promise:
        """Extend the tree over what the log holds now, and sign it. Raises Refused, and then signs nothing.

        At most MOST_AT_ONCE entries are taken: a long log is sealed step by step, and no step is done twice.
        """
        await self._extend(min(await self._log.size(), self.promise.size + MOST_AT_ONCE))
        partial = self._edge.partial()
        durable.write_all(self._files(partial))
        body = checkpoint_body(self._origin, self._edge.size, self._edge.root())
        signed = note(body, [key.line(body) for key in self.keys.keys])
        terms = self._terms(self._edge.size)
        promise = Promise(self._origin, self._edge.size, self._edge.root(), signed, terms)
        durable.write(self._state, promise.text(), mode=0o600)
        self.promise = promise
        self._publish(promise)
        for tile in self._filled:
            self._tiles.forget_partial(tile)
        self._filled.clear()
        return promise

    def publish(self, cosigned: str) -> None:
        """Publish the present checkpoint again, with the lines of witnesses under our own."""
        data = cosigned.encode()
        durable.write(self.folder / "checkpoints" / str(self.promise.size), data)
        durable.write(self.folder / "checkpoint", data)

    def _publish(self, promise: Promise) -> None:
        """Publish keys and checkpoint; what witnesses have put under the same text before stays under it."""
        body = keys_body(self._origin, promise.terms, self._witnesses)
        durable.write(self.folder / "keys", note(body, [key.line(body) for key in self.keys.keys]).encode())
        there, _, lines = _published(self.folder, "checkpoint").partition("\n\n")
        same = there == promise.note.partition("\n\n")[0]
        others = [line for line in lines.splitlines(keepends=True) if not line.startswith(f"— {self._origin} ")]
        self.publish(promise.note + "".join(others if same else ()))

    def _terms(self, size: int) -> tuple[KeyTerm, ...]:
        """The terms of all keys ever, the newest last: one that no longer signs ended with the last checkpoint."""
        active = {key.vkey for key in self.keys.keys}
        ended = [
            KeyTerm(
                term.vkey,
                term.since,
                self.promise.size if term.until is None and term.vkey not in active else term.until,
                term.vkey in self.keys.leaked,
            )
            for term in self.promise.terms
        ]
        known = {term.vkey for term in ended if term.until is None}
        return (*ended, *(KeyTerm(key.vkey, size) for key in self.keys.keys if key.vkey not in known))

    async def _extend(self, size: int) -> None:
        """Take the entries up to `size` into the tree, and write the tiles that they fill."""
        async for page in self._pages(size):
            filled = []
            for entry in page:
                await self._refuse_unless_next(entry)
                filled += self._edge.add(entry.digest)
            durable.write_all(self._files(filled))
            self._filled += [tile for tile, _ in filled]

    async def _pages(self, size: int) -> AsyncIterator[Sequence[Entry]]:
        while self._edge.size < size:
            page = await self._log.after(self._edge.size, limit=min(PAGE, size - self._edge.size))
            if not page:
                raise Refused(
                    "gap", self._edge.size + 1, f"the log says that it has {size} entries, and this is missing"
                )
            yield page

    async def _refuse_unless_next(self, entry: Entry) -> None:
        """Believe nothing that the row says of itself: its digest is made anew from all that it covers."""
        position = self._edge.size + 1
        if entry.position != position:
            raise Refused("gap", position, f"the next entry in the log has position {entry.position}")
        if leaf(entry.text) != entry.digest:
            raise Refused("digest", position, "the row does not have the digest that stands with it")
        head = self._heads.get(entry.stream_id) or await self._head_before(entry)
        if (head.version + 1, head.digest) != (entry.version, entry.previous):
            raise Refused("chain", position, f"version {entry.version} of {entry.stream_id} does not follow its stream")
        self._heads[entry.stream_id] = Head(entry.version, entry.digest)

    async def _head_before(self, entry: Entry) -> Head:
        """The head of a stream that was not met since the start."""
        before = await self._log.stream(entry.stream_id, since=entry.version - 1, upto=entry.version - 1)
        return Head(before[0].version, leaf(before[0].text)) if before else EMPTY

    def _files(self, tiles: Sequence[tuple[Tile, bytes]]) -> dict[Path, bytes]:
        return {self._tiles.where(tile, data): data for tile, data in tiles}


def _published(folder: Path, name: str) -> str:
    """What is published under a name; empty where there is nothing."""
    try:
        return (folder / name).read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return ""
