"""What rests in Temporal is encrypted: AES-256-GCM under keys of our own, named in every payload."""

from collections.abc import Sequence
from secrets import token_bytes
from threading import Lock
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
    PayloadCodec,
)

from runtime.settings import PayloadKey, Settings, SettingsError
from workflows.contract import PublicText

ENCRYPTED = b"binary/encrypted"
KEY_ID = "encryption-key-id"
PUBLIC = "public"
NONCE_BYTES = 12
NONCES = 256
SHOWN_TYPES = frozenset({b"temporal.api.sdk.v1.WorkflowMetadata"})
"""Messages of Temporal's own that its UI asks a workflow for; of ours, only the current details stand in them."""


class Unreadable(Exception):
    """A payload that cannot be decrypted: it is not ours, its key is not among those of the settings, or it was altered."""


class EncryptingCodec(PayloadCodec):
    """Encrypts every payload that is not marked public, with the first key; decrypts with whichever key is named."""

    def __init__(self, keys: Sequence[PayloadKey]) -> None:
        """Take the keys. Raises SettingsError if there are none: nothing readable may rest in Temporal."""
        if not keys:
            raise SettingsError("JIETI_PAYLOAD_KEY must be set: nothing readable may rest in Temporal.")
        self._ciphers = {each.key_id: AESGCM(each.key) for each in keys}
        self._newest = keys[0].key_id
        self._random: list[bytes] = []
        self._lock = Lock()

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt payloads, each with its own metadata inside."""
        return [payload if _public(payload) else self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt payloads. Raises Unreadable."""
        return [payload if _public(payload) else self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        nonce, key_id = self._nonce(), self._newest.encode()
        sealed = self._ciphers[self._newest].encrypt(nonce, payload.SerializeToString(), key_id)
        return Payload(metadata={"encoding": ENCRYPTED, KEY_ID: key_id}, data=nonce + sealed)

    def _nonce(self) -> bytes:
        """Twelve random bytes. Asked of the system one by one they would cost a switch of threads each."""
        with self._lock:
            if not self._random:
                drawn = token_bytes(NONCES * NONCE_BYTES)
                self._random = [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]
            return self._random.pop()

    def _decrypt(self, payload: Payload) -> Payload:
        encoding = payload.metadata.get("encoding", b"").decode(errors="replace")
        if encoding != ENCRYPTED.decode():
            raise Unreadable(f"a payload in Temporal is not encrypted but {encoding or 'of no encoding'}")
        key_id = payload.metadata.get(KEY_ID, b"").decode(errors="replace")
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise Unreadable(f"a payload in Temporal needs the key {key_id!r}, which JIETI_PAYLOAD_KEY does not have")
        try:
            opened = cipher.decrypt(payload.data[:NONCE_BYTES], payload.data[NONCE_BYTES:], key_id.encode())
        except InvalidTag:
            raise Unreadable(
                f"a payload in Temporal under the key {key_id!r} was altered, or that key is another"
            ) from None
        return Payload.FromString(opened)


def _public(payload: Payload) -> bool:
    return PUBLIC in payload.metadata or payload.metadata.get("messageType") in SHOWN_TYPES


class _Json(PydanticJSONPlainPayloadConverter):
    """JSON of whatever pydantic knows; public text carries the mark that spares it from encryption."""

    def to_payload(self, value: Any) -> Payload | None:
        """Turn a value into a payload."""
        if not isinstance(value, PublicText):
            return super().to_payload(value)
        payload = super().to_payload(str(value))
        if payload is not None:
            payload.metadata[PUBLIC] = b"true"
        return payload


_JSON = _Json()
"""One for all: every running workflow has a converter of its own, and reading the types of a payload takes long."""


class _Payloads(CompositePayloadConverter):
    """Temporal's default converters, with JSON as pydantic writes and reads it."""

    def __init__(self) -> None:
        """Put the JSON converter in the place of the default one."""
        usual = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_JSON if isinstance(each, JSONPlainPayloadConverter) else each for each in usual))


def make_data_converter(settings: Settings) -> DataConverter:
    """Make the one converter that client, worker, replay and tests share. Raises SettingsError without a key."""
    return DataConverter(
        payload_converter_class=_Payloads,
        payload_codec=EncryptingCodec(settings.payload_key),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
