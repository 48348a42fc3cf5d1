"""At the door: what is said about persons is sealed before it travels or is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from secrets import token_bytes
from typing import Any
from uuid import UUID

from domain.facts import Fact
from domain.facts.application import ApplicationSubmitted
from domain.path import Recipient
from domain.receipt import Asked
from registry.desk import Desk
from registry.keys.ring import KEY_BYTES, KeyName, Ring
from registry.shape import kind_of, sealed_fields
from registry.vault import OTHERS, Vault, own_subject

Pieces = list[tuple[str, str, KeyName]]
"""Field, text and the name of its key."""


async def sealed(desk: Desk, asked: Sequence[Asked], *, keep: bool = True) -> list[Asked]:
    """Seal what these questions say about persons; what is sealed already stays as it is.

    Keys that do not exist yet are made, in one call for all. With `keep` false (a dry run) nothing is stored: what has
    no key yet is sealed under one that is thrown away. Raises Shredded, KeysUnavailable.
    """
    pieces = [[] if one.sealed else list(_pieces(desk.vault, one)) for one in asked]
    names = list({name for some in pieces for _, _, name in some})
    keys: dict[KeyName, bytes] = {}
    if names:
        keys = await (desk.vault.keys.make(names) if keep else desk.vault.keys.fetch(names))
        keys |= {name: token_bytes(KEY_BYTES) for name in names if name not in keys}
    ring = Ring(keys)
    return [_with(desk.vault, ring, one, some) for one, some in zip(asked, pieces, strict=True)]


def _pieces(vault: Vault, asked: Asked) -> Iterator[tuple[str, str, KeyName]]:
    said = asked.said
    for name, group in sealed_fields(kind_of(asked.topic)).items():
        value = said.get(name)
        if value is not None:
            for text in texts_of(value):
                yield name, text, _key(vault, kind_of(asked.topic), asked.path_id, group, text)


def _key(vault: Vault, kind: type[Fact], stream_id: UUID, group: str, text: str) -> KeyName:
    if kind.SUBJECT == Recipient.NAME:
        return own_subject(stream_id), group
    return (vault.other(text) if group == OTHERS else stream_id, group)


def _with(vault: Vault, ring: Ring, asked: Asked, pieces: Pieces) -> Asked:
    if not pieces:
        return asked
    said: dict[str, Any] = dict(asked.said)
    kind = kind_of(asked.topic)
    person_id = vault.person(said["student_no"]) if issubclass(kind, ApplicationSubmitted) else None
    for name, text, (subject, group) in pieces:
        opaque = ring.seal(subject, group, text, alike=_alike(kind, group))
        many = not isinstance(asked.said[name], str)
        said[name] = [*_done(said, asked.said, name), opaque] if many else opaque
    # Whoever has the secret could try names until the digest fits: after the key is gone, nobody can.
    request = ring.mark(*pieces[0][2], asked.request)
    return replace(asked, said=said, request=request, sealed=True, person_id=person_id)


def _alike(kind: type[Fact], group: str) -> bool:
    """Whether it can be seen that two facts name the same person; what recipients say of themselves is not compared."""
    return group == OTHERS and kind.SUBJECT != Recipient.NAME


async def sealed_value(vault: Vault, kind: type[Fact], stream_id: UUID, group: str, value: Any) -> Any:
    """Seal one value of a fact that stands in a stream: a text, or several."""
    texts = texts_of(value)
    names = [_key(vault, kind, stream_id, group, text) for text in texts]
    ring = Ring(await vault.keys.make(names))
    alike = _alike(kind, group)
    done = tuple(ring.seal(*name, text, alike=alike) for name, text in zip(names, texts, strict=True))
    return done[0] if isinstance(value, str) else done


async def opened_value(vault: Vault, stream_id: UUID, value: Any) -> Any:
    """Open one value that stands in a stream: a text, or several; what has no key any more is None."""
    if value is None:
        return None
    opener = await vault.opener(texts_of(value))
    opened = tuple(opener.open(stream_id, text) for text in texts_of(value))
    return opened[0] if isinstance(value, str) else opened


def texts_of(value: Any) -> Sequence[str]:
    """The texts of a sealed field: one, or several."""
    return (value,) if isinstance(value, str) else tuple(value)


def _done(said: Mapping[str, Any], plain: Mapping[str, Any], name: str) -> Sequence[str]:
    """The elements of a list that are sealed already."""
    return () if said[name] is plain[name] else said[name]
