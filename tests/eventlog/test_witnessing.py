"""A witness: one history of a log is signed, every other is refused, and a restart forgets nothing."""

import base64
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eventlog.notes import SigningKey, checkpoint_body, note
from eventlog.tree import consistency, root
from eventlog.verify import COSIGNATURE, ED25519, EMPTY_ROOT, key_of, leaf, open_note
from eventlog.witnessing import MOST_REQUEST_BYTES, SIZE, Reply, Witness, request_of
from tests.eventlog.test_tree import MOST, tiles_of

ORIGIN = "log.example"
LOG = SigningKey(ORIGIN, ED25519, bytes(32))
WITNESS = SigningKey("witness.example/w1", COSIGNATURE, bytes([7]) * 32)
NOW = 1_800_000_000
LEAVES = [leaf(str(number).encode()) for number in range(MOST)]
TREE = tiles_of(LEAVES)
FORK = tiles_of([*LEAVES[:10], leaf(b"another"), *LEAVES[11:]])


def checkpoint(size: int, tiles: object = TREE, key: SigningKey = LOG, origin: str = ORIGIN) -> str:
    """A checkpoint of the log, or of its fork, signed."""
    body = checkpoint_body(origin, size, root(TREE if tiles is TREE else FORK, 0, size) if size else EMPTY_ROOT)
    return note(body, [key.line(body)])


def asking(old: int, new: int, key: SigningKey = LOG) -> bytes:
    """What an honest log sends."""
    return request_of(old, consistency(TREE, old, new), checkpoint(new, key=key))


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """Where the witness remembers."""
    return tmp_path / "seen"


@pytest.fixture
def witness(state: Path) -> Witness:
    """A witness that has cosigned the log at 20 entries."""
    one = Witness(WITNESS, [key_of(LOG.vkey)], state)
    assert one.add_checkpoint(asking(0, 20), NOW).status == 200
    return one


def test_what_continues_is_cosigned_with_the_moment(witness: Witness) -> None:
    """The answer is a line that verifies under the checkpoint, with the time of the witness; asked again it signs again."""
    for old, moment in ((20, NOW + 60), (50, NOW + 120)):
        reply = witness.add_checkpoint(asking(old, 50), moment)
        assert (reply.status, reply.body[-1]) == (200, "\n")
        [signature] = open_note((checkpoint(50) + reply.body).encode(), [key_of(WITNESS.vkey)])[1]
        assert signature.time == moment


def test_a_rollback_and_a_fork_are_refused(witness: Witness, state: Path) -> None:
    """An older checkpoint, another tree of the same size and a tree that is no continuation get no signature."""
    before = state.read_bytes()
    fork = request_of(20, consistency(FORK, 20, 30), checkpoint(30, FORK))
    same = request_of(20, [], checkpoint(20, FORK))
    again = request_of(0, [], checkpoint(30, FORK))
    assert witness.add_checkpoint(asking(10, 15), NOW) == Reply(409, "20\n", SIZE)
    assert witness.add_checkpoint(fork, NOW).status == 422
    assert witness.add_checkpoint(same, NOW) == Reply(409, "20\n", SIZE)
    assert witness.add_checkpoint(again, NOW) == Reply(409, "20\n", SIZE)
    assert state.read_bytes() == before


def test_a_restart_remembers(witness: Witness, state: Path) -> None:
    """Another process with the same state refuses what the first would refuse; a damaged state is not taken for an empty one."""
    del witness
    again = Witness(WITNESS, [key_of(LOG.vkey)], state)
    assert again.add_checkpoint(asking(0, 20), NOW) == Reply(409, "20\n", SIZE)
    assert again.add_checkpoint(asking(20, 21), NOW).status == 200
    for damaged in (b"", b"[]", b'{"log.example": {"size": 3}}', b'{"log.example": {"size": 3, "root": "x"}}'):
        state.write_bytes(damaged)
        with pytest.raises(ValueError, match="Put back a copy"):
            Witness(WITNESS, [key_of(LOG.vkey)], state)


def test_nothing_is_signed_that_was_not_remembered(state: Path) -> None:
    """When the state cannot be written, no signature leaves the witness."""
    one = Witness(WITNESS, [key_of(LOG.vkey)], state)
    state.mkdir()  # a folder in the place of the file
    with pytest.raises(OSError, match="irectory"):
        one.add_checkpoint(asking(0, 20), NOW)


def test_requests_at_the_same_moment_have_an_order(witness: Witness, state: Path) -> None:
    """Of many different continuations at once, one is signed for each size that was remembered: never two for one."""
    with ThreadPoolExecutor(16) as many:
        replies = list(many.map(lambda size: witness.add_checkpoint(asking(20, size), NOW), range(21, MOST)))
    assert [reply.status for reply in replies].count(200) == 1
    assert {reply.status for reply in replies} == {200, 409}
    signed = 21 + [reply.status for reply in replies].index(200)
    assert json.loads(state.read_text())[ORIGIN]["size"] == signed


def test_who_is_not_known_is_told_so(witness: Witness) -> None:
    """Another origin is 404; a known origin without a signature of its key, or with a wrong one, is 403."""
    stranger = SigningKey(ORIGIN, ED25519, bytes([9]) * 32)
    assert witness.add_checkpoint(request_of(0, [], checkpoint(20, origin="other.example")), NOW).status == 404
    assert witness.add_checkpoint(asking(20, 30, key=stranger), NOW).status == 403
    signed = checkpoint(30)
    moved = signed.partition("\n\n")[2]
    forged = request_of(20, consistency(TREE, 20, 31), checkpoint(31).partition("\n\n")[0] + "\n\n" + moved)
    assert witness.add_checkpoint(forged, NOW).status == 403


HASH = base64.b64encode(bytes(32)).decode()
BAD: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "no old size": lambda good: good.replace(b"old 20\n", b""),
    "a leading zero": lambda good: good.replace(b"old 20\n", b"old 020\n"),
    "a negative size": lambda good: good.replace(b"old 20\n", b"old -1\n"),
    "no empty line": lambda good: good.replace(b"\n\n", b"\n"),
    "no signatures": lambda good: good.rpartition(b"\n\n")[0],
    "not base64": lambda good: good.replace(b"old 20\n", b"old 20\n!!!\n"),
    "a short hash": lambda good: good.replace(b"old 20\n", b"old 20\nAAAA\n"),
    "64 hashes": lambda good: good.replace(b"old 20\n", b"old 20\n" + f"{HASH}\n".encode() * 64),
    "not UTF-8": lambda good: good + b"\xff",
    "no checkpoint": lambda _: b"old 20\n\nhello\n\n" + LOG.line("hello\n").encode(),
    "an older checkpoint than it says": lambda _: request_of(40, [], checkpoint(30)),
    "too long": lambda good: good + b" " * MOST_REQUEST_BYTES,
}


@pytest.mark.parametrize("how", BAD)
def test_what_is_no_request_is_refused(witness: Witness, how: str) -> None:
    """Each malformed request is 400 with a sentence, and changes nothing."""
    reply = witness.add_checkpoint(BAD[how](asking(20, 30)), NOW)
    assert reply.status == 400
    assert len(reply.body) > 10
    assert witness.add_checkpoint(asking(20, 30), NOW).status == 200


def test_a_proof_that_is_not_needed_is_refused(state: Path) -> None:
    """The first checkpoint has no proof, and an empty log has the empty root."""
    one = Witness(WITNESS, [key_of(LOG.vkey)], state)
    assert one.add_checkpoint(request_of(0, [bytes(32)], checkpoint(20)), NOW).status == 422
    body = checkpoint_body(ORIGIN, 0, bytes(32))
    assert one.add_checkpoint(request_of(0, [], note(body, [LOG.line(body)])), NOW) == Reply(409, "0\n", SIZE)
    assert one.add_checkpoint(request_of(0, [], checkpoint(0)), NOW).status == 200
    assert one.add_checkpoint(request_of(0, [], checkpoint(20)), NOW).status == 200
