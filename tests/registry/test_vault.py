"""One secret: pseudonyms that tell nothing, digests of requests, values sealed to their person."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.vault import SealBroken, Vault

VAULT = Vault(b"a secret of thirty-two bytes. yes")
SUBJECT, OTHER = UUID(int=1), UUID(int=2)


@given(st.text())
def test_a_sealed_value_opens_for_its_subject(value: str) -> None:
    """Whatever was sealed comes back, and its text stands nowhere in the seal."""
    assert VAULT.open(SUBJECT, VAULT.seal(SUBJECT, "identity", value)) == value


def test_a_seal_cannot_be_moved_to_another_person() -> None:
    """A value copied to another subject, to another group, or opened with another secret does not open."""
    sealed = VAULT.seal(SUBJECT, "identity", "林晓雨")
    with pytest.raises(SealBroken):
        VAULT.open(OTHER, sealed)
    with pytest.raises(SealBroken):
        VAULT.open(SUBJECT, sealed.replace("identity", "contact"))
    with pytest.raises(SealBroken):
        Vault(b"another secret of thirty-two byte").open(SUBJECT, sealed)


@pytest.mark.parametrize("text", ["", "林晓雨", "v1:identity", "v1:identity:!", "v2:identity:AAAA", "v1:identity:AAAA"])
def test_what_is_no_seal_is_told(text: str) -> None:
    """Damage never comes out as a value."""
    with pytest.raises(SealBroken):
        VAULT.open(SUBJECT, text)


def test_two_seals_of_one_value_differ() -> None:
    """Nobody can tell from the log that two people have the same name."""
    assert VAULT.seal(SUBJECT, "identity", "王芳") != VAULT.seal(SUBJECT, "identity", "王芳")


def test_a_person_is_the_same_however_the_number_is_spaced() -> None:
    """A pseudonym depends on the number and the secret alone."""
    assert VAULT.person(" 20230001") == VAULT.person("20230001") != VAULT.person("20230002")
    assert Vault(b"another secret of thirty-two byte").person("20230001") != VAULT.person("20230001")


def test_the_digest_of_a_request_does_not_depend_on_the_order_of_its_parts() -> None:
    """Equal requests have equal digests, other ones do not."""
    assert (
        VAULT.request({"a": 1, "b": "二"}) == VAULT.request({"b": "二", "a": 1}) != VAULT.request({"a": 2, "b": "二"})
    )


def test_a_short_secret_is_refused() -> None:
    """A secret that could be guessed is none."""
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
