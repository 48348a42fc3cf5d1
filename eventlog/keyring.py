"""The file of a signer's or a witness's private keys: made, added to, and taken from."""

from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes

from eventlog import durable
from eventlog.notes import SEED_BYTES, BadKey, SigningKey

LEAKED = "leaked "
HEADER = (
    "# Private keys, one a line: whoever can read this file can sign in this name. `jieti signer --help` changes it.\n"
)


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys that sign, the oldest first, and the public keys of those that others may have."""

    keys: tuple[SigningKey, ...]
    leaked: frozenset[str] = frozenset()

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """Read a file of keys. Raises BadKey, naming the line, and FileNotFoundError."""
        keys: list[SigningKey] = []
        leaked: set[str] = set()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.startswith(LEAKED):
                leaked.add(line.removeprefix(LEAKED).strip())
            elif line.strip() and not line.startswith("#"):
                try:
                    keys.append(SigningKey.read(line))
                except BadKey as error:
                    raise BadKey(f"{path}, line {number}: {error}") from None
        return cls(tuple(keys), frozenset(leaked))

    def write(self, path: Path) -> None:
        """Write the file for its owner alone."""
        lines = [*(f"{key.private}\n" for key in self.keys), *(f"{LEAKED}{vkey}\n" for vkey in sorted(self.leaked))]
        durable.write(path, (HEADER + "".join(lines)).encode(), mode=0o600)


def add_key(path: Path, name: str, kind: int) -> SigningKey:
    """Make a key and put it behind those that the file has; the file is made if there is none. Raises BadKey."""
    ring = Keyring.read(path) if path.exists() else Keyring(())
    key = SigningKey(name, kind, token_bytes(SEED_BYTES))
    Keyring((*ring.keys, key), ring.leaked).write(path)
    return key


def retire_key(path: Path, which: str, *, leaked: bool) -> SigningKey:
    """Take a key out of the file, by its id or its public line. Raises BadKey where it is not there, or the only one."""
    ring = Keyring.read(path)
    found = [key for key in ring.keys if which in (key.key_id.hex(), key.vkey)]
    if not found:
        ids = ", ".join(key.key_id.hex() for key in ring.keys)
        raise BadKey(f"{path} has no key {which}; it has {ids}")
    if len(ring.keys) == 1:
        raise BadKey(f"{which} is the only key in {path}: make another first, with --new-key")
    kept = tuple(key for key in ring.keys if key not in found)
    Keyring(kept, ring.leaked | ({found[0].vkey} if leaked else frozenset())).write(path)
    return found[0]
