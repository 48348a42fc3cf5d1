"""The settings of a process: the only reader of the environment, and the list of what may be set."""
# Longer than 300 lines: all that may be set is listed in one place.

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Self

from eventlog.verify import key_of

PREFIX = "JIETI_"
KEY_BYTES = 32
LAST_PORT = 65_535
LONGEST_SEAL_SECONDS, MOST_SEAL_ENTRIES = 3_600, 1_000_000
MOST_GIVE_UP_DAYS = 90
SMALLEST_BODY_BYTES, LARGEST_BODY_BYTES = 1_024, 1_073_741_824
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class SettingsError(Exception):
    """Settings that cannot be used: a sentence a line for each, with its name and what is allowed, never a secret."""


@dataclass(frozen=True)
class PayloadKey:
    """A key for AES-256-GCM and the id that payloads name it by."""

    key_id: str
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class WitnessAt:
    """A witness that is asked to cosign: where, and the public key that its signatures are checked with."""

    url: str
    vkey: str


# --- what a value must look like: each takes the text and says in its ValueError what is allowed ------------------


def _path(text: str) -> Path:
    return Path(text).expanduser().absolute()


def _file(text: str) -> Path:
    if not _path(text).is_file():
        raise ValueError("the path of a file that exists")
    return _path(text)


def _database(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("an address like postgresql://user:password@host:5432/jieti")
    return text


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or re.search(r"[\s/]", host) or not port.isdecimal() or not 0 < int(port) <= LAST_PORT:
        raise ValueError("host:port, like temporal.example:7233")
    return text


def _web(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", text):
        raise ValueError("an address like https://jieti.example")
    return text


def _name(text: str) -> str:
    if not NAME.fullmatch(text):
        raise ValueError("up to 100 letters, digits, dots, dashes and underscores")
    return text


def _host(text: str) -> str:
    if re.search(r"[\s/]", text):
        raise ValueError("a host name or an IP address, like 127.0.0.1")
    return text


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise ValueError("a number from 0 (any free port) to 65535")
    return int(text)


def _size(text: str) -> int:
    if not text.isdecimal() or not SMALLEST_BODY_BYTES <= int(text) <= LARGEST_BODY_BYTES:
        raise ValueError(f"a number of bytes from {SMALLEST_BODY_BYTES} to {LARGEST_BODY_BYTES}")
    return int(text)


def _switch(text: str) -> bool:
    if text.lower() not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        raise ValueError("true or false")
    return text.lower() in {"1", "true", "yes", "on"}


def _level(text: str) -> str:
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("debug, info, warning or error")
    return text.lower()


def _key(text: str) -> bytes:
    try:
        key = bytes.fromhex(text) if re.fullmatch(r"[0-9a-fA-F]{64}", text) else base64.b64decode(text, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("32 random bytes in hex or base64, like the output of `openssl rand -hex 32`")
    return key


def _text(text: str) -> str:
    return text


def _origin(text: str) -> str:
    if not text.isprintable() or re.search(r"[\s+]", text) or "://" in text:
        raise ValueError("a name without spaces and plus signs, like jieti.example/log")
    return text


def _seconds(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LONGEST_SEAL_SECONDS:
        raise ValueError(f"a number of seconds from 1 to {LONGEST_SEAL_SECONDS}")
    return int(text)


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MOST_GIVE_UP_DAYS:
        raise ValueError(f"a number of days from 1 to {MOST_GIVE_UP_DAYS}")
    return int(text)


def _entries(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= MOST_SEAL_ENTRIES:
        raise ValueError(f"a number of entries from 1 to {MOST_SEAL_ENTRIES}")
    return int(text)


def _witnesses(text: str) -> tuple[WitnessAt, ...]:
    witnesses = []
    for part in text.split(","):
        url, _, vkey = part.strip().partition(" ")
        try:
            witnesses.append(WitnessAt(_web(url).rstrip("/"), key_of(vkey).name and vkey.strip()))
        except ValueError:
            raise ValueError("one or more of `https://witness.example name+id+key`, parted by commas") from None
    return tuple(witnesses)


def _payload_keys(text: str) -> tuple[PayloadKey, ...]:
    keys: dict[str, PayloadKey] = {}
    for part in text.split(","):
        key_id, colon, key = part.strip().partition(":")
        if not colon or not NAME.fullmatch(key_id) or key_id in keys:
            raise ValueError("one or more of id:key, parted by commas, every id once")
        keys[key_id] = PayloadKey(key_id, _key(key))
    return tuple(keys.values())


def _setting(meaning: str, parse: Callable[[str], object], default: object = None, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"meaning": meaning, "parse": parse})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a process was told. The environment's name of a field is JIETI_ and the field in capitals."""

    data_dir: Path = _setting(
        "Where the embedded servers and the keys made for them are kept",
        _path,
        Path(__file__).resolve().parent.parent / ".jieti",
    )
    school: str = _setting("Which school's policy in rulebooks/ adds to the national edition", _name, "sample")
    database_url: str | None = _setting(
        "PostgreSQL to use, in the role that may append and read; if not set, one is started", _database, secret=True
    )
    database_admin_url: str | None = _setting(
        "The same PostgreSQL in the role that owns the schema, for migrations alone", _database, secret=True
    )
    temporal_address: str | None = _setting("Temporal to use; if not set, one is started", _address)
    temporal_namespace: str = _setting("Temporal's namespace", _name, "default")
    temporal_tls: bool = _setting("Whether Temporal is reached through TLS", _switch, default=False)
    temporal_tls_ca: Path | None = _setting("Certificates that Temporal's is checked against, a PEM file", _file)
    temporal_tls_cert: Path | None = _setting("Our certificate for Temporal, a PEM file", _file)
    temporal_tls_key: Path | None = _setting("The private key of our certificate, a PEM file", _file)
    temporal_api_key: str | None = _setting("Temporal's API key", _text, secret=True)
    payload_key: tuple[PayloadKey, ...] = _setting(
        "Keys of what rests in Temporal, id:key,id:key with 32 bytes each; the first encrypts, all decrypt",
        _payload_keys,
        (),
        secret=True,
    )
    token_key: bytes | None = _setting("The key that signs actors' tokens, 32 bytes", _key, secret=True)
    identity_key: bytes | None = _setting(
        "The secret of pseudonyms and sealed names, 32 bytes; whoever loses it loses the names", _key, secret=True
    )
    keys_database_url: str | None = _setting(
        "PostgreSQL for the keys of sealed values, another database than the log's, in the role that may use them; if not "
        "set, they are kept beside the log",
        _database,
        secret=True,
    )
    keys_database_admin_url: str | None = _setting(
        "The same PostgreSQL in the role that owns the keys, for migrations alone", _database, secret=True
    )
    wrapping_key: tuple[PayloadKey, ...] = _setting(
        "Keys that wrap the keys of sealed values, id:key,id:key with 32 bytes each; the first wraps, all unwrap",
        _payload_keys,
        (),
        secret=True,
    )
    task_queue: str = _setting("Temporal's task queue that our workers ask", _name, "paths")
    build_id: str | None = _setting("The build that a worker says it runs, where several run side by side", _name)
    metrics_address: str | None = _setting(
        "Where this worker tells what Temporal's library measures, host:port, for Prometheus", _address
    )
    api_host: str = _setting("Where the API listens", _host, "127.0.0.1")
    api_port: int = _setting("The port the API listens on; 0 for any", _port, 8080)
    public_url: str | None = _setting(
        "Where people reach this installation: links of letters and calendars begin with it; if not set, where the API listens",
        _web,
    )
    gather_seconds: int = _setting(
        "How many seconds a letter waits for more to tell, after the last that came for it", _seconds, 10
    )
    give_up_days: int = _setting(
        "How many days a letter is tried whose channel cannot take it, before it is recorded as refused", _days, 7
    )
    api_url: str | None = _setting("Where commands find the API; if not set, where the demo runs", _web)
    token: str | None = _setting("The token that commands ask the API with", _text, secret=True)
    max_body_bytes: int = _setting("The largest request the API reads, in bytes", _size, 16_777_216)
    origin: str = _setting("The name of the log: it stands in every checkpoint", _origin, "jieti.local/log")
    seal_dir: Path | None = _setting(
        "Where the signer publishes and the API reads; `sealed` in the data directory", _path
    )
    signer_key_file: Path | None = _setting("The signer's private keys; `signer/key` in the data directory", _path)
    signer_state: Path | None = _setting("What the signer has signed; `signer/state` in the data directory", _path)
    seal_seconds: int = _setting("How many seconds an entry may wait to be sealed", _seconds, 60)
    seal_entries: int = _setting("How many entries may wait to be sealed", _entries, 100)
    witnesses: tuple[WitnessAt, ...] = _setting("Witnesses that the signer asks, `url key` each", _witnesses, ())
    channels_file: Path | None = _setting(
        "Which channels letters leave by, a YAML file (docs/reminders.md); if not set, they are lines of the worker's log",
        _file,
    )
    log_level: str = _setting("What the process says of itself: debug, info, warning or error", _level, "info")

    @property
    def reached_at(self) -> str:
        """With what the links of letters and calendars begin, without a slash at its end."""
        return (self.public_url or f"http://{self.api_host}:{self.api_port}").rstrip("/")

    @property
    def published(self) -> Path:
        """Where the signer publishes."""
        return self.seal_dir or self.data_dir / "sealed"

    @property
    def signing_keys(self) -> Path:
        """The file of the signer's keys."""
        return self.signer_key_file or self.data_dir / "signer" / "key"

    @property
    def signed(self) -> Path:
        """The file of what the signer has signed."""
        return self.signer_state or self.data_dir / "signer" / "state"

    @classmethod
    def read(cls, environ: Mapping[str, str] | None = None) -> Self:
        """The settings in `environ`, at first the process's own. SettingsError names all that is wrong with them."""
        given = os.environ if environ is None else environ
        known = {_variable(each): each for each in fields(cls)}
        problems = [_unknown(name, known) for name in sorted(given) if name.startswith(PREFIX) and name not in known]
        values: dict[str, Any] = {}
        for name, each in known.items():
            if text := given.get(name, "").strip():  # set to nothing is not set: that is how compose files leave out
                try:
                    values[each.name] = each.metadata["parse"](text)
                except ValueError as error:
                    problems.append(f"{name} must be {error}{'' if not each.repr else f', not {text!r}'}.")
        if not problems:
            settings = cls(**values)
            problems = settings._contradictions()
            if not problems:
                return settings
        raise SettingsError("\n".join(problems))

    @classmethod
    def described(cls) -> list[tuple[str, str, str]]:
        """Name, meaning and default of every setting, for the documentation."""
        return [(_variable(each), each.metadata["meaning"], _default(each)) for each in fields(cls)]

    def _contradictions(self) -> list[str]:
        """What each value allows and all together do not."""
        tls_files = [self.temporal_tls_ca, self.temporal_tls_cert, self.temporal_tls_key]
        wrong = {
            "JIETI_DATABASE_ADMIN_URL is for the server of JIETI_DATABASE_URL, which is not set.": (
                self.database_admin_url and not self.database_url
            ),
            "JIETI_KEYS_DATABASE_ADMIN_URL is for the server of JIETI_KEYS_DATABASE_URL, which is not set.": (
                self.keys_database_admin_url and not self.keys_database_url
            ),
            "JIETI_WRAPPING_KEY must be set where JIETI_KEYS_DATABASE_URL is: no key may lie there unwrapped.": (
                self.keys_database_url and not self.wrapping_key
            ),
            "JIETI_TEMPORAL_TLS_CERT and JIETI_TEMPORAL_TLS_KEY belong together: set both or neither.": (
                bool(self.temporal_tls_cert) != bool(self.temporal_tls_key)
            ),
            "JIETI_TEMPORAL_TLS must be true where a certificate or an API key is set.": (
                not self.temporal_tls and (any(tls_files) or self.temporal_api_key)
            ),
            "JIETI_PAYLOAD_KEY must be set where JIETI_TEMPORAL_ADDRESS is: nothing readable may rest there.": (
                self.temporal_address and not self.payload_key
            ),
        }
        return [sentence for sentence, applies in wrong.items() if applies]


def _variable(each: Field[Any]) -> str:
    return PREFIX + each.name.upper()


def _unknown(name: str, known: Mapping[str, object]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0)
    return f"{name} is not a setting; the nearest is {near[0]}."


def _default(each: Field[Any]) -> str:
    if each.name == "data_dir":
        return "`.jieti` in the checkout"
    return "not set" if each.default in {None, ()} else str(each.default).lower()
