"""Pseudonyms that tell nothing, digests of requests, values sealed to their person and opened as long as there is a key."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.keys.ring import KEY_BYTES, NoKey, Ring, SealBroken, name_of
from registry.keys.store import Shredded
from registry.vault import Vault

SECRET = b"a secret of thirty-two bytes. yes"
SUBJECT, OTHER = UUID(int=1), UUID(int=2)
RING = Ring({(SUBJECT, "identity"): bytes(KEY_BYTES), (SUBJECT, "text"): bytes(reversed(range(KEY_BYTES)))})
OLD = "v1:identity:AAECAwQFBgcICQoLgQCTKD4Gb0AE8wasPN6PpxSG-8a1o2RLtA=="
"""林晓雨 as it was sealed for SUBJECT under SECRET, before keys were stored."""


@given(st.text())
def test_a_sealed_value_opens(value: str) -> None:
    """Whatever was sealed comes back, and says by itself whose it is and of which group."""
    sealed = RING.seal(SUBJECT, "identity", value)
    assert RING.open(sealed) == value
    assert name_of(sealed) == (SUBJECT, "identity")


async def test_a_seal_cannot_be_moved_to_another_person() -> None:
    """A value copied into another's stream, to another group, or said to be another's does not open."""
    vault = Vault(SECRET)
    ring = Ring(await vault.keys.make([(SUBJECT, "identity"), (OTHER, "identity"), (SUBJECT, "text")]))
    sealed = ring.seal(SUBJECT, "identity", "林晓雨")
    for altered in (
        sealed.replace("identity", "text"),
        sealed.replace(SUBJECT.hex, OTHER.hex),
        f"{sealed[:-6]}AAAA==",
    ):
        with pytest.raises(SealBroken):
            ring.open(altered)
    with pytest.raises(SealBroken):
        await vault.open(OTHER, sealed)
    assert await vault.open(SUBJECT, sealed) == "林晓雨"


async def test_a_value_that_names_somebody_else_opens_where_it_stands() -> None:
    """A contact is another subject than the person of the path: the key is the contact's own."""
    vault = Vault(SECRET)
    whom = vault.other("m-1")
    ring = Ring(await vault.keys.make([(whom, "contact")]))
    assert await vault.open(SUBJECT, ring.seal(whom, "contact", "m-1", alike=True)) == "m-1"


async def test_what_was_sealed_before_there_were_stored_keys_still_opens() -> None:
    """A value under the old scheme is opened with the secret alone, for its own person."""
    assert await Vault(SECRET).open(SUBJECT, OLD) == "林晓雨"
    with pytest.raises(SealBroken):
        await Vault(SECRET).open(OTHER, OLD)


@pytest.mark.parametrize("text", ["", "林晓雨", "v1:identity", "v1:identity:!", "v2:identity:AAAA", "v1:identity:AAAA"])
async def test_what_is_no_seal_is_told(text: str) -> None:
    """Damage never comes out as a value."""
    with pytest.raises(SealBroken):
        await Vault(SECRET).open(SUBJECT, text)


def test_two_seals_of_one_value_differ_unless_they_name_a_person() -> None:
    """Nobody can tell that two people have the same name; that two facts name the same contact can be told."""
    assert RING.seal(SUBJECT, "identity", "王芳") != RING.seal(SUBJECT, "identity", "王芳")
    assert RING.seal(SUBJECT, "text", "m-1", alike=True) == RING.seal(SUBJECT, "text", "m-1", alike=True)
    assert RING.seal(SUBJECT, "text", "m-1", alike=True) != RING.seal(SUBJECT, "text", "m-2", alike=True)


async def test_a_destroyed_key_is_gone_for_ever() -> None:
    """What it sealed is not opened, no new key is made for that subject, and another's is not touched."""
    vault = Vault(SECRET)
    ring = Ring(await vault.keys.make([(SUBJECT, "identity"), (OTHER, "identity")]))
    mine, theirs = ring.seal(SUBJECT, "identity", "李雷"), ring.seal(OTHER, "identity", "韩梅梅")
    moment = datetime(2027, 1, 1, tzinfo=UTC)
    assert await vault.keys.destroy(SUBJECT, moment) == 1
    assert await vault.keys.destroy(SUBJECT, moment) == 0
    assert await vault.open(SUBJECT, mine) is None
    assert await vault.open(OTHER, theirs) == "韩梅梅"
    with pytest.raises(Shredded):
        await vault.keys.make([(SUBJECT, "text")])


def test_without_its_key_nothing_is_sealed_or_marked() -> None:
    """A ring has the keys that it was given, and no others."""
    for act in (RING.seal, RING.mark):
        with pytest.raises(NoKey):
            act(OTHER, "identity", "x")


def test_a_person_is_the_same_however_the_number_is_spaced() -> None:
    """A pseudonym depends on the number and the secret alone, and a contact's is never a student's."""
    vault = Vault(SECRET)
    assert vault.person(" 20230001") == vault.person("20230001") != vault.person("20230002")
    assert Vault(b"another secret of thirty-two byte").person("20230001") != vault.person("20230001")
    assert vault.other("20230001") != vault.person("20230001")


def test_the_digest_of_a_request_does_not_depend_on_the_order_of_its_parts() -> None:
    """Equal requests have equal digests, other ones do not."""
    vault = Vault(SECRET)
    assert (
        vault.request({"a": 1, "b": "二"}) == vault.request({"b": "二", "a": 1}) != vault.request({"a": 2, "b": "二"})
    )


def test_a_short_secret_is_refused() -> None:
    """A secret that could be guessed is none."""
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
