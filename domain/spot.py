"""A place in a YAML file: every value is read through it, so that every error can name file and line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

import yaml


class RulebookError(Exception):
    """A rulebook file cannot be used as it stands; the message names the file, the line and what is allowed."""


LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The fast reader where PyYAML was built with it: a rulebook of a thousand lines takes a tenth of the time."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of a file, with where it stands."""

    file: str
    node: yaml.Node

    def wrong(self, message: str) -> RulebookError:
        """Say what is wrong at this spot."""
        return RulebookError(f"{self.file}:{self.node.start_mark.line + 1}: {message}")

    def text(self) -> str:
        """The spot as a string."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            raise self.wrong("a text is expected here")
        return str(self.node.value)

    def one_of(self, allowed: Sequence[str] | Mapping[str, Any], what: str) -> str:
        """The spot as one of these words."""
        value = self.text()
        if value not in allowed:
            near = get_close_matches(value, allowed, 3, 0.5) or sorted(allowed)[:12]
            raise self.wrong(f"{value!r} is not {what}; allowed here, for instance: {', '.join(near)}")
        return value

    def number(self) -> float:
        """The spot as a number."""
        value = self.text()
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
            raise self.wrong(f"{value!r} is not a number")
        return float(value)

    def whole(self) -> int:
        """The spot as a whole number."""
        value = self.number()
        if value != int(value):
            raise self.wrong(f"{self.text()!r} is not a whole number")
        return int(value)

    def flag(self) -> bool:
        """The spot as true or false."""
        return self.one_of(("true", "false"), "true or false") == "true"

    def year(self, name: str) -> int:
        """The key under which the spot stands, as a year."""
        if not re.fullmatch(r"[12][0-9]{3}", name):
            raise self.wrong(f"{name!r} is not a year")
        return int(name)

    def day(self, year: int | None = None) -> date:
        """The spot as a civil day, of a year if one is given."""
        try:
            day = date.fromisoformat(self.text())
        except ValueError:
            raise self.wrong(f"{self.text()!r} is not a day; write 2026-05-11") from None
        if year is not None and day.year != year:
            raise self.wrong(f"{day} is not a day of {year}")
        return day

    def value(self) -> Any:
        """The spot as YAML itself reads it: what a fact's field is compared with."""
        return yaml.safe_load(yaml.serialize(self.node))

    def list(self) -> Iterator["Spot"]:
        """The spots of a list; a single word counts as a list of one."""
        if isinstance(self.node, yaml.SequenceNode):
            return (Spot(self.file, node) for node in self.node.value)
        return iter((self,))

    def map(self, allowed: Sequence[str] = (), required: Sequence[str] = ()) -> dict[str, "Spot"]:
        """The spots of a mapping by their keys, none beside `allowed`, none of `required` missing."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong(f"a mapping is expected here, with {', '.join(allowed) or 'names'}")
        found: dict[str, Spot] = {}
        for key, value in self.node.value:
            name = str(key.value)
            if name in found:
                raise Spot(self.file, key).wrong(f"{name!r} stands here twice")
            if allowed and name not in allowed:
                raise Spot(self.file, key).wrong(f"{name!r} is unknown here; allowed: {', '.join(allowed)}")
            found[name] = Spot(self.file, value)
        lacking = [name for name in required if name not in found]
        if lacking:
            raise self.wrong(f"{', '.join(lacking)} must be given here")
        return found


def read_spot(file: str, text: str) -> Spot:
    """Read a whole file as one spot. Raises RulebookError where it is not YAML."""
    strange = yaml.reader.Reader.NON_PRINTABLE.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        message = f"{file}:{line}: this is not YAML: the character U+{ord(strange.group()):04X} may not stand here"
        raise RulebookError(message)
    try:
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        message = f"{file}:{line}: this is not YAML: {error.problem}"
        raise RulebookError(message) from None
    if node is None:
        message = f"{file}:1: the file is empty"
        raise RulebookError(message)
    return Spot(file, node)
