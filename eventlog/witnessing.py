"""What a witness does: remembers how far it has seen each log come, and signs nothing that is not a continuation.

C2SP tlog-witness, `add-checkpoint`, without the HTTP around it. A witness knows no entry, no database and no person.
"""

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from eventlog import durable
from eventlog.notes import SigningKey
from eventlog.tree import check_consistency
from eventlog.verify import (
    EMPTY_ROOT,
    Checkpoint,
    Forged,
    Key,
    Unreadable,
    open_note,
    parse_checkpoint,
)

MOST_PROOF_LINES = 63
MOST_REQUEST_BYTES = 256 * 1024
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, as HTTP says it."""

    status: int
    body: str
    kind: str = TEXT


class Witness:
    """Looks at checkpoints of the logs it knows, one after another, and remembers on the disk what it has signed."""

    def __init__(self, key: SigningKey, logs: Sequence[Key], state: Path) -> None:
        """Sign with `key` for the logs whose keys these are: a log's keys have its origin as their name.

        Raises ValueError for a state that cannot be read: whoever forgets what he signed is no witness.
        """
        self._key = key
        self._logs = logs
        self._state = state
        self._turn = Lock()
        self._seen = _read(state)

    def add_checkpoint(self, request: bytes, at: int) -> Reply:
        """Answer a request of a log. `at` is the moment in seconds since 1970."""
        try:
            old, proof, submitted = _parse(request)
            body = open_note(submitted, ())[0]
            checkpoint = parse_checkpoint(body)
            keys = [key for key in self._logs if key.name == checkpoint.origin]
            if not keys:
                return Reply(404, f"{checkpoint.origin} is no log that is known here\n")
            try:
                signed = open_note(submitted, keys)[1]
            except Forged as error:
                return Reply(403, f"{error}\n")
            if not signed:
                return Reply(403, "no signature is by a key that is known here\n")
            if old > checkpoint.size:
                return Reply(400, f"the old size {old} is larger than the checkpoint's, {checkpoint.size}\n")
        except Unreadable as error:
            return Reply(400, f"{error}\n")
        with self._turn:
            return self._continue(old, proof, checkpoint, body, at)

    def _continue(self, old: int, proof: list[bytes], new: Checkpoint, body: str, at: int) -> Reply:
        """Check against what was seen, remember, and only then sign."""
        # A first checkpoint continues the empty log, which is a beginning of every other.
        seen = self._seen.get(new.origin, Checkpoint(new.origin, 0, EMPTY_ROOT))
        if old != seen.size or (old == new.size and seen.root != new.root):
            return Reply(409, f"{seen.size}\n", SIZE)
        if not check_consistency(old, seen.root, new.size, new.root, proof):
            return Reply(422, f"the proof does not show that the log of {old} entries is the beginning of this one\n")
        if seen != new:
            after = {**self._seen, new.origin: new}
            durable.write(self._state, _text(after), mode=0o600)
            self._seen = after
        return Reply(200, self._key.line(body, at))


def request_of(old: int, proof: Sequence[bytes], checkpoint: str) -> bytes:
    """What a log sends to a witness."""
    lines = "".join(f"{base64.b64encode(step).decode()}\n" for step in proof)
    return f"old {old}\n{lines}\n{checkpoint}".encode()


def _parse(request: bytes) -> tuple[int, list[bytes], bytes]:
    if len(request) > MOST_REQUEST_BYTES:
        raise Unreadable(f"a request has at most {MOST_REQUEST_BYTES} bytes")
    head, gap, submitted = request.partition(b"\n\n")
    try:
        first, *lines = head.decode("ascii").split("\n")
        proof = [base64.b64decode(line, validate=True) for line in lines]
    except (UnicodeDecodeError, binascii.Error):
        raise Unreadable("the lines of the proof are not base64") from None
    found = _OLD.fullmatch(first)
    if not gap or found is None:
        raise Unreadable("a request begins with a line like `old 1200`, and a blank line parts it from the checkpoint")
    if len(proof) > MOST_PROOF_LINES or any(len(step) != 32 for step in proof):  # noqa: PLR2004 - SHA-256
        raise Unreadable(f"a proof is at most {MOST_PROOF_LINES} hashes of 32 bytes")
    return int(found[1]), proof, submitted


def _text(seen: dict[str, Checkpoint]) -> bytes:
    said = {origin: {"size": one.size, "root": one.root.hex()} for origin, one in seen.items()}
    return json.dumps(said, indent=1, ensure_ascii=False).encode()


def _read(state: Path) -> dict[str, Checkpoint]:
    try:
        said = json.loads(state.read_bytes())
        return {origin: Checkpoint(origin, one["size"], bytes.fromhex(one["root"])) for origin, one in said.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{state} cannot be read as what this witness has signed: {error}. Put back a copy.") from None
