"""The rulebooks as files: read from their directory, from one beside it, or packed into a text for the log."""

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import compress, decompressobj
from zlib import error as ZlibError  # noqa: N812 - an exception, which the library writes small

from domain.rulebook import Rulebooks
from domain.rulefile import digest_of, read_edition, read_rulebooks
from domain.spot import RulebookError, read_spot

HERE = Path(__file__).parent.parent / "rulebooks"
"""The editions that come with the project."""

CURRENT = "current"
"""The name of the set that this installation works with."""

LINE_CHARACTERS = 76
MOST_BYTES = 4 << 20
"""How large a set may be when it is unpacked."""


@dataclass(frozen=True, slots=True)
class Texts:
    """A set of rulebooks as its files say it: names and texts. It is read anew wherever it goes, and kept in the log."""

    editions: Mapping[str, str]
    policy: tuple[str, str] | None
    workdays: tuple[str, str]

    @property
    def digest(self) -> str:
        """What names this very set."""
        return digest_of(self.editions, self.policy, self.workdays)

    def read(self) -> Rulebooks:
        """Read the set. Raises RulebookError."""
        return read_rulebooks(self.editions, self.policy, self.workdays)

    def packed(self) -> tuple[str, ...]:
        """The set as lines of base64: JSON, deflated."""
        whole = {"editions": dict(sorted(self.editions.items())), "policy": self.policy, "workdays": self.workdays}
        text = b64encode(compress(json.dumps(whole, ensure_ascii=False).encode(), 9)).decode()
        return tuple(text[start : start + LINE_CHARACTERS] for start in range(0, len(text), LINE_CHARACTERS))

    def write(self, directory: Path) -> list[Path]:
        """Write the files into a directory, which is made. Raises FileExistsError rather than write over one."""
        directory.mkdir(parents=True, exist_ok=True)
        files = [*self.editions.items(), *([self.policy] if self.policy else []), self.workdays]
        for name, text in files:
            with (directory / Path(name).name).open("x", encoding="utf-8", newline="") as file:
                file.write(text)
        return [directory / Path(name).name for name, _ in files]


def unpacked(lines: Sequence[str]) -> Texts:
    """Read what `Texts.packed` wrote. Raises RulebookError for anything else."""
    try:
        whole = decompressobj()
        text = whole.decompress(b64decode("".join(lines), validate=True), MOST_BYTES)
        if whole.unconsumed_tail or not whole.eof:
            raise RulebookError("the packed rulebooks are too large, or cut off")
        said = json.loads(text)
        policy = (str(said["policy"][0]), str(said["policy"][1])) if said["policy"] else None
        editions = {str(name): str(one) for name, one in said["editions"].items()}
        return Texts(editions, policy, (str(said["workdays"][0]), str(said["workdays"][1])))
    except (Base64Error, ZlibError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RulebookError(f"these are no packed rulebooks: {error}") from None


def load_rulebooks(policy: Path | None, directory: Path = HERE) -> Rulebooks:
    """Read all editions (`cpc-*.yaml`), the calendar and one school's policy. Raises RulebookError."""
    return texts_in(directory, policy).read()


def texts_in(directory: Path, policy: Path | None) -> Texts:
    """The files of a directory with a policy; what it lacks of editions and calendar is the project's own.

    Raises RulebookError.
    """
    found = sorted(directory.glob("cpc-*.yaml")) or sorted(HERE.glob("cpc-*.yaml"))
    workdays = directory / "workdays.yaml"
    workdays = workdays if workdays.exists() or directory == HERE else HERE / "workdays.yaml"
    school = (policy.name, text_of(policy)) if policy else None
    return Texts({path.name: text_of(path) for path in found}, school, (workdays.name, text_of(workdays)))


def texts_named(name: str, school: str) -> Texts:
    """The set that somebody means: `current`, an edition's name, a policy's file, or a directory.

    `school` names the policy of this installation. An edition is taken alone, as if it had always been in force. A
    directory's policy is the school's, or the only one there. Raises RulebookError.
    """
    own = HERE / f"policy-{school}.yaml"
    current = texts_in(HERE, own if own.exists() else None)
    if name == CURRENT:
        return current
    for file, text in current.editions.items():
        if read_edition(file, text).name == name:
            return replace(current, editions={file: text})
    path = Path(name)
    if path.is_dir():
        return texts_in(path, _policy_in(path, school))
    if path.is_file() and "policy" in read_spot(path.name, text_of(path)).map():
        return replace(current, policy=(path.name, text_of(path)))
    raise RulebookError(
        f"{name!r} is no directory of rulebooks, no policy's file and no edition; `current` is this set"
    )


def _policy_in(directory: Path, school: str) -> Path | None:
    found = sorted(directory.glob("policy-*.yaml"))
    own = [path for path in found if path.name == f"policy-{school}.yaml"]
    if len(found) > 1 and not own:
        names = ", ".join(path.name for path in found)
        raise RulebookError(f"{directory} has several policies and none of {school!r}: {names}; name the file you mean")
    return next(iter(own or found), None)


def text_of(path: Path) -> str:
    """The text of a file. Raises RulebookError."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        message = f"{path.name}: there is no such file in {path.parent}"
    except UnicodeDecodeError as error:
        message = f"{path.name}: not UTF-8 at byte {error.start}; save the file as UTF-8"
    raise RulebookError(message)
