"""Notes, keys and receipts are those of the published specifications, byte for byte."""

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from eventlog.notes import BadKey, KeyTerm, SigningKey, checkpoint_body, cosigned, keys_body, note, receipt
from eventlog.tree import check_consistency, consistency, inclusion, root
from eventlog.verify import (
    COSIGNATURE,
    ED25519,
    Forged,
    check_inclusion,
    key_of,
    leaf,
    open_note,
    parse_checkpoint,
)
from tests.eventlog.test_tree import tiles_of

VECTORS = Path(__file__).parent / "vectors"


def sections(name: str) -> dict[str, str]:
    """A file of vectors: texts under headings like `== name`; before the first one stands where they are from."""
    parts = re.split(r"^== (.+)\n", (VECTORS / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_the_tree_of_the_well_known_eight_leaves() -> None:
    """The heads and proofs that implementations of RFC 6962 check themselves with are ours too."""
    given = sections("rfc6962.txt")
    leaves = [leaf(bytes.fromhex(line.strip("-"))) for line in given["leaves"].split()]
    tiles = tiles_of(leaves)
    heads = [bytes.fromhex(line) for line in given["heads"].split()]
    assert [root(tiles, 0, size) for size in range(1, 9)] == heads
    for line in given["inclusion"].splitlines():
        index, size, *proof = line.split()
        path = [bytes.fromhex(one) for one in proof]
        assert inclusion(tiles, int(index), int(size)) == path
        assert check_inclusion(int(index), int(size), leaves[int(index)], path, heads[int(size) - 1])
    for line in given["consistency"].splitlines():
        old, new, *proof = line.split()
        path = [bytes.fromhex(one) for one in proof]
        assert consistency(tiles, int(old), int(new)) == path
        assert check_consistency(int(old), heads[int(old) - 1], int(new), heads[int(new) - 1], path)


def test_a_published_private_key_gives_the_published_keys_and_signature() -> None:
    """The reference implementation's key, read, written and signed with: Ed25519 leaves no choice."""
    given = sections("signed-note.txt")
    key = SigningKey.read(given["private"])
    assert (key.vkey, key.private, key.kind) == (given["public"].strip(), given["private"].strip(), ED25519)
    assert note(given["text"], [key.line(given["text"])]) == given["note"]


@pytest.mark.parametrize("name", ["signed-note.txt", "signed-note-other.txt"])
def test_a_published_note_is_opened(name: str) -> None:
    """A note that others have signed verifies with its key, and does not when a letter is changed."""
    given = sections(name)
    key = key_of(given["public"])
    body, signatures = open_note(given["note"].encode(), [key])
    assert [one.key for one in signatures] == [key]
    with pytest.raises(Forged):
        open_note(("?" + given["note"][1:]).encode(), [key])
    assert body == given.get("text", body)


def test_a_published_checkpoint_with_its_cosignature_is_read() -> None:
    """The example of C2SP tlog-checkpoint and tlog-cosignature: origin, size, root, and who has signed when."""
    given = sections("checkpoint.txt")
    body, _ = open_note(given["cosigned"].encode(), ())
    origin, size, top = parse_checkpoint(body)
    assert (origin, size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint_body(origin, size, top) == body == given["checkpoint"].partition("\n\n")[0] + "\n"
    assert cosigned(body, 1679315147) == given["message"].encode()
    line = given["cosigned"].splitlines()[-1]
    assert int.from_bytes(base64.b64decode(line.split()[-1])[4:12]) == 1679315147


def test_a_checkpoint_of_a_public_log_and_its_public_witnesses_is_verified() -> None:
    """Real signatures by others' programs: the log's, and two witnesses' with their moment; other lines are passed over."""
    given = sections("cosigned.txt")
    keys = [key_of(line) for line in (given["log"] + given["witnesses"]).split()]
    body, signatures = open_note(given["note"].encode(), keys)
    assert parse_checkpoint(body).size == 1432088532
    assert [(one.key, one.time) for one in signatures] == [
        (keys[0], None),
        (keys[1], 1779573024),
        (keys[2], 1779573024),
    ]
    with pytest.raises(Forged):
        open_note(given["note"].replace("1432088532", "1432088533").encode(), keys)


def test_a_receipt_is_written_as_the_specification_writes_it() -> None:
    """C2SP tlog-proof: header, extra data where there is any, index, hashes, empty line, checkpoint as it stands."""
    given = sections("tlog-proof.txt")
    first, second = (base64.b64decode(line) for line in given["hashes"].split())
    assert receipt(5, [first, second], "test checkpoint\n") == given["plain"]
    assert receipt(10, [first], "checkpoint data\n", b"extra information") == given["extra"]
    assert receipt(0, [], "checkpoint\n") == given["single"]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl gives a second opinion where it is there")
@pytest.mark.parametrize("kind", [ED25519, COSIGNATURE])
def test_openssl_agrees(kind: int, tmp_path: Path) -> None:
    """What we sign, another program verifies with the public key out of the vkey; and refuses another text."""
    key = SigningKey("log.example", kind, bytes(range(32)))
    body, at = checkpoint_body("log.example", 7, bytes(32)), 1_800_000_000
    content = base64.b64decode(key.line(body, at).split()[-1])
    public = key_of(key.vkey).public
    (tmp_path / "key.der").write_bytes(bytes.fromhex("302a300506032b6570032100") + public)  # RFC 8410
    (tmp_path / "signature").write_bytes(content[-64:])
    message = cosigned(body, at) if kind == COSIGNATURE else body.encode()
    for said, code in ((message, 0), (message + b"x", 1)):
        (tmp_path / "message").write_bytes(said)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", "key.der", "-rawin"]
        asked = [*command, "-in", "message", "-sigfile", "signature"]
        assert subprocess.run(asked, cwd=tmp_path, capture_output=True, check=False).returncode == code


def test_a_cosignature_says_when() -> None:
    """A witness's line carries its moment, and the moment is signed."""
    key = SigningKey("witness.example/w1", COSIGNATURE, bytes(32))
    body = checkpoint_body("log.example", 0, bytes(32))
    [signature] = open_note(note(body, [key.line(body, 1_800_000_000)]).encode(), [key_of(key.vkey)])[1]
    assert signature.time == 1_800_000_000
    content = bytearray(base64.b64decode(key.line(body, 1_800_000_000).split()[-1]))
    content[11] ^= 1
    forged = f"— {key.name} {base64.b64encode(content).decode()}\n"
    with pytest.raises(Forged):
        open_note(note(body, [forged]).encode(), [key_of(key.vkey)])


@pytest.mark.parametrize(
    "text",
    [
        *("", "PRIVATE+KEY+", "PRIVATE+KEY+a+b", "PRIVATE+KEY+PeterNeumann+c74f20a3+", "hello"),
        "PRIVATE+KEY+PeterNeumann+c74f20a4+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",  # another id
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFa",  # another key
        "PRIVATE+KEY+PeterNeumann+c74f20a3+A4EKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",  # another kind
        "PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz",
    ],
)
def test_a_damaged_private_key_is_refused_without_showing_it(text: str) -> None:
    """No key is guessed from a damaged line, and no message holds what might be a secret."""
    with pytest.raises(BadKey) as refused:
        SigningKey.read(text)
    assert "EKFALVFGyNhPJEMzD1QIDr" not in str(refused.value)
    assert "EKFALVFGyNhPJEMzD1QIDr" not in repr(SigningKey("a", ED25519, bytes(32)))


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u3000b"])
def test_a_name_that_would_break_its_line_is_refused(name: str) -> None:
    """Key names are non-empty and hold no spaces and no plus sign."""
    with pytest.raises(BadKey):
        SigningKey(name, ED25519, bytes(32))


def test_the_list_of_keys_says_since_when_and_until_when() -> None:
    """A line a key; one that others may have says so."""
    terms = [KeyTerm("a+1+x", 0, 9, leaked=True), KeyTerm("a+2+y", 5)]
    assert keys_body("a", terms, ["w+3+z"]) == (
        "jieti-keys/v1\norigin a\nlog a+1+x since 0 until 9 leaked\nlog a+2+y since 5 until -\nwitness w+3+z\n"
    )
