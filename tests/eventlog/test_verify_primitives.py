"""The checking primitives against published vectors: trees, proofs, signatures, notes and checkpoints."""

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from eventlog import verify
from eventlog.entry import leaf as written_leaf
from eventlog.tree import check_consistency
from eventlog.verify import (
    EMPTY_ROOT,
    Forged,
    Frontier,
    Unreadable,
    check_inclusion,
    ed25519_by_hand,
    key_of,
    leaf,
    node,
    open_note,
    parse_checkpoint,
    root_of,
    subtree,
)

# The eight leaves, the roots and the proofs that the Certificate Transparency implementations are tested with.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSIONS = [  # (leaf from 1, size, proof)
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (3, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        2,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CT_CONSISTENCIES = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
# The example of the C2SP specification of signed notes, and the key that its authors publish with it.
OGNUNO = (
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n"
).encode()
# RFC 8032, section 7.1: (public key, message, signature).
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << (size - 1).bit_length() - 1


def tree(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 section 2.1 defines it, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    cut = split(len(leaves))
    return node(tree(leaves[:cut]), tree(leaves[cut:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """The inclusion proof as RFC 6962 section 2.1.1 defines it."""
    if len(leaves) == 1:
        return []
    cut = split(len(leaves))
    if index < cut:
        return [*path(index, leaves[:cut]), tree(leaves[cut:])]
    return [*path(index - cut, leaves[cut:]), tree(leaves[:cut])]


def growth(old: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """The consistency proof as RFC 6962 section 2.1.2 defines it."""
    if old == len(leaves):
        return [] if whole else [tree(leaves)]
    cut = split(len(leaves))
    if old <= cut:
        return [*growth(old, leaves[:cut], whole), tree(leaves[cut:])]
    return [*growth(old - cut, leaves[cut:], False), tree(leaves[:cut])]


def test_roots_are_those_of_certificate_transparency() -> None:
    """Leaf by leaf and all at once, the roots are the published ones."""
    frontier = Frontier()
    for size, (text, root) in enumerate(zip(CT_LEAVES, CT_ROOTS, strict=True), 1):
        frontier.add(leaf(text))
        assert frontier.root().hex() == root
        at_once = Frontier()
        at_once.extend([leaf(text) for text in CT_LEAVES[:size]])
        assert (at_once.root().hex(), at_once.size) == (root, size)
    assert Frontier().root() == EMPTY_ROOT == sha256(b"").digest()
    assert leaf(b"\x10") == written_leaf(b"\x10")


@pytest.mark.parametrize(("number", "size", "proof"), CT_INCLUSIONS)
def test_published_inclusion_proofs(number: int, size: int, proof: list[str]) -> None:
    """A published proof is accepted, for its own leaf and place and no other."""
    steps = [bytes.fromhex(step) for step in proof]
    root, digest = bytes.fromhex(CT_ROOTS[size - 1]), leaf(CT_LEAVES[number - 1])
    assert check_inclusion(number - 1, size, digest, steps, root)
    assert not check_inclusion(number - 1, size, leaf(b"another"), steps, root)
    assert not check_inclusion(number, size, digest, steps, root)
    assert not check_inclusion(number - 1, size, digest, [*steps, root], root)


@pytest.mark.parametrize(("old", "new", "proof"), CT_CONSISTENCIES)
def test_published_consistency_proofs(old: int, new: int, proof: list[str]) -> None:
    """A published proof is accepted, and not for another old root."""
    steps = [bytes.fromhex(step) for step in proof]
    roots = [bytes.fromhex(CT_ROOTS[size - 1]) for size in (old, new)]
    assert check_consistency(old, roots[0], new, roots[1], steps)
    assert not check_consistency(old, EMPTY_ROOT, new, roots[1], steps)
    assert not check_consistency(old, roots[0], new, roots[1], [*steps, EMPTY_ROOT])


def test_every_proof_up_to_33_leaves() -> None:
    """Every proof that the RFC's own definitions make is accepted; shortened or altered it is not."""
    leaves = [leaf(bytes([number])) for number in range(33)]
    for size in range(1, len(leaves) + 1):
        root = tree(leaves[:size])
        for place in range(size):
            proof = path(place, leaves[:size])
            assert check_inclusion(place, size, leaves[place], proof, root)
            assert not check_inclusion(place, size, leaves[place], proof[:-1], root) or not proof
            assert not any(
                check_inclusion(place, size, leaves[place], [*proof[:at], bytes(32), *proof[at + 1 :]], root)
                for at in range(len(proof))
            )
            old = tree(leaves[: place + 1])
            growing = growth(place + 1, leaves[:size])
            assert check_consistency(place + 1, old, size, root, growing)
            assert not check_consistency(place + 1, bytes(32), size, root, growing)
            assert not check_consistency(place + 1, old, size, bytes(32), growing)


def test_the_empty_tree_begins_every_tree() -> None:
    """The consistency with a tree of size zero needs no proof, but the empty tree has one root only."""
    assert check_consistency(0, EMPTY_ROOT, 8, bytes.fromhex(CT_ROOTS[7]), [])
    assert not check_consistency(0, bytes(32), 8, bytes.fromhex(CT_ROOTS[7]), [])
    assert not check_consistency(8, bytes(32), 7, bytes(32), [])
    assert not check_inclusion(0, 0, bytes(32), [], EMPTY_ROOT)


@given(st.lists(st.integers(0, 70), min_size=1, max_size=6))
def test_a_frontier_takes_leaves_in_any_portion(portions: list[int]) -> None:
    """However the leaves are cut into portions, the root is the same."""
    leaves = [leaf(str(number).encode()) for number in range(sum(portions))]
    frontier, start = Frontier(), 0
    for portion in portions:
        frontier.extend(leaves[start : start + portion])
        start += portion
    assert frontier.root() == tree(leaves)


def test_a_frontier_takes_subtrees_only_where_they_stand() -> None:
    """A full subtree may stand for its leaves where its size divides the position, and nowhere else."""
    leaves = [leaf(str(number).encode()) for number in range(11)]
    frontier = Frontier()
    frontier.add(subtree(leaves[:8]), 3)
    frontier.add(subtree(leaves[8:10]), 1)
    frontier.add(leaves[10])
    assert frontier.root() == tree(leaves) == root_of(frontier.peaks)
    with pytest.raises(ValueError, match="cannot stand behind leaf 11"):
        frontier.add(leaves[0], 1)


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_arithmetic_knows_the_vectors_of_the_rfc(public: str, message: str, signature: str) -> None:
    """Ed25519 by hand accepts the RFC's signatures and nothing that differs in one bit."""
    key, text, signed = (bytes.fromhex(part) for part in (public, message, signature))
    assert ed25519_by_hand(key, text, signed)
    assert not ed25519_by_hand(key, text + b"\x00", signed)
    for at in (0, 31, 32, 63):
        assert not ed25519_by_hand(key, text, signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :])


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=64), st.binary(min_size=64, max_size=64))
@settings(max_examples=25)
def test_the_arithmetic_and_the_library_agree(seed: bytes, message: bytes, noise: bytes) -> None:
    """What is accepted does not depend on whether a library is installed."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes_raw()
    for signature in (private.sign(message), noise):
        assert ed25519_by_hand(public, message, signature) == verify.ed25519(public, message, signature)
    assert ed25519_by_hand(noise[:32], message, noise) == verify.ed25519(noise[:32], message, noise)


def vkey(name: str, private: Ed25519PrivateKey, kind: int = verify.ED25519) -> str:
    """The verifier key of a private key."""
    content = bytes([kind]) + private.public_key().public_bytes_raw()
    mark = sha256(name.encode() + b"\n" + content).digest()[:4]
    return f"{name}+{mark.hex()}+{base64.b64encode(content).decode()}"


def signature_line(name: str, private: Ed25519PrivateKey, body: str, time: int | None = None) -> str:
    """A line that signs the body; with a time it is a witness's."""
    kind = verify.ED25519 if time is None else verify.COSIGNATURE
    stamp = b"" if time is None else time.to_bytes(8, "big")
    said = b"" if time is None else f"cosignature/v1\ntime {time}\n".encode()
    content = key_of(vkey(name, private, kind)).mark + stamp + private.sign(said + body.encode())
    return f"— {name} {base64.b64encode(content).decode()}\n"


LOG, WITNESS = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
BODY = f"jieti.test/log\n8\n{base64.b64encode(bytes.fromhex(CT_ROOTS[7])).decode()}\n"


def test_the_specification_s_note_is_read() -> None:
    """The example of the specification is a note, with an empty line in its text, and of nobody we know."""
    text, signatures = open_note(OGNUNO, [key_of(vkey("quasimodo.example/salvatore", LOG))])
    assert text.startswith("Ognuno")
    assert text.endswith("ed è subito sera.\n")
    assert signatures == []


def test_a_signed_and_witnessed_checkpoint() -> None:
    """Log and witness are told by their keys, the witness with its time; a stranger's line is passed over."""
    log, witness = key_of(vkey("jieti.test/log", LOG)), key_of(vkey("audit.test/w", WITNESS, verify.COSIGNATURE))
    lines = [
        signature_line("jieti.test/log", LOG, BODY),
        signature_line("audit.test/w", WITNESS, BODY, 1_790_000_000),
        signature_line("stranger.test", WITNESS, BODY),
    ]
    body, signatures = open_note((BODY + "\n" + "".join(lines)).encode(), [log, witness])
    assert parse_checkpoint(body) == ("jieti.test/log", 8, bytes.fromhex(CT_ROOTS[7]))
    assert signatures == [(log, None), (witness, 1_790_000_000)]


def test_a_false_signature_in_a_known_name_refuses_the_note() -> None:
    """The known key's mark over another text is not passed over but told."""
    false = signature_line("jieti.test/log", LOG, BODY.replace("\n8\n", "\n9\n"))
    with pytest.raises(Forged, match=r"in the name of 'jieti\.test/log'"):
        open_note((BODY + "\n" + false).encode(), [key_of(vkey("jieti.test/log", LOG))])


@pytest.mark.parametrize(
    ("note", "why"),
    [
        (b"", "not a signed note"),
        (b"text\n", "not a signed note"),
        (b"text\n\n\xe2\x80\x94 name c2ln", "not a signed note"),
        (b"text\x07\n\n\xe2\x80\x94 name c2ln\n", "not a signed note"),
        (b"text\n\nno dash\n", "not a signature line"),
        (b"text\n\n\xe2\x80\x94 name c2lnn\n", "not base64"),
        (b"\xff\n\n\xe2\x80\x94 name c2ln\n", "UTF-8"),
        (b"x" * (verify.MOST_NOTE_BYTES + 1), "too many"),
    ],
)
def test_what_is_no_note_says_so(note: bytes, why: str) -> None:
    """Each way of not being a note has its sentence."""
    with pytest.raises(Unreadable, match=why):
        open_note(note, [])


@pytest.mark.parametrize(
    "body", ["", "log\n", "log\n08\nAAAA\n", "log\n-1\nAAAA\n", "log\n8\nAAAA\n", "log\n8\n\nAAAA\n", "\n8\nAAAA\n"]
)
def test_what_is_no_checkpoint_says_so(body: str) -> None:
    """A size with a zero in front, a short root, an empty line: none of them is a checkpoint."""
    with pytest.raises(Unreadable):
        parse_checkpoint(body)


@pytest.mark.parametrize(
    "line",
    ["", "name", "name+00000000+AQ==", vkey("a", LOG)[1:], vkey("a", LOG).replace("a+", "b+", 1), "na me+0+AA=="],
)
def test_what_is_no_key_says_so(line: str) -> None:
    """A verifier key whose mark does not fit its name and content is not taken."""
    with pytest.raises(Unreadable):
        key_of(line)
