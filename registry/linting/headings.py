"""What the heading of a column means: by the wordings in `headings.yaml`, and where several fit, by its place."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from domain.facts import KINDS
from domain.words import Text
from registry.importing.forms import RosterForm
from registry.linting.dossier import DAY

FILE = Path(__file__).parent / "headings.yaml"
SPAN = "span"
"""The field of a column that holds two days: from one to another."""

NOTICE = "public-notice-opened"
NUMERALS = "一二三四五六七八九十"
NUMBERED = re.compile(rf"第([{NUMERALS}]|[0-9]{{1,2}})(?:次|篇|份|名|位|个|期|季度)?|([{NUMERALS}]|[0-9]{{1,2}})$")
SUFFIX = re.compile(r"(?:会议记录|登记表|记录|材料|报告|综合|情况|决议|批复|结业证书|证书|表)+$")
PREFIX = re.compile(r"^(?:与|同|(?:党|团)?(?:支部委员会|支委会|支部|总支|委))(?:讨论|研究)?")
"""What a paper is called beyond what it is about: its sort, and whose it is."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a column is for: a kind of paper, which one of several, and a field of it; `order` is its place in a sheet."""

    kind: str
    field: str = DAY
    nth: int = 1
    point: str = ""
    until: str = ""
    order: int = 0
    many: bool = False

    @property
    def kept(self) -> Sequence[str]:
        """For what such a column has a place, as a missing fact is named."""
        kinds = (self.kind, self.until) if self.field == SPAN else (self.kind,)
        return [f"{one}[point={self.point}]" if self.point else one for one in kinds]

    @property
    def paper(self) -> tuple[str, str, int]:
        """The same for all columns of one paper."""
        return self.kind, self.point, self.nth


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the file."""

    kind: str
    names: Sequence[str] = ()
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    from_: Sequence[str] = ()
    to: Sequence[str] = ()
    span: Sequence[str] = ()
    until: str = ""
    point: str = ""
    title: Text | None = None
    many: bool = False
    whole: bool = False

    def meanings(self, order: int) -> Iterator[tuple[str, Meaning]]:
        """All headings with what they mean."""
        base = Meaning(self.kind, point=self.point, until=self.until, order=order, many=self.many)
        for name in (*self.names, *self.from_):
            yield name, base
        for name in self.to:
            yield name, replace(base, kind=self.until)
        for name in self.span:
            yield name, replace(base, field=SPAN)
        for one, names in self.fields.items():
            for name in names:
                yield name, replace(base, field=one)


@dataclass(frozen=True, slots=True)
class Headings:
    """The file, ready to be asked."""

    identity: Mapping[str, str]
    entries: Sequence[Entry]
    meanings: Mapping[str, Sequence[Meaning]]
    members: Mapping[str, str]
    papers: Mapping[str, str]
    units: Mapping[str, str]
    ignored: frozenset[str]
    titles: Mapping[str, Text]
    orders: Mapping[str, int]

    @property
    def whole(self) -> frozenset[str]:
        """What a complete dossier has one of, as missing facts are named."""
        return frozenset(kept for one in self.entries if one.whole for kept in Meaning(one.kind, point=one.point).kept)

    def title(self, kind: str) -> Text:
        """A kind as reports call it."""
        return self.titles.get(kind) or Text(KINDS[kind].TITLE, kind)

    def named_in(self, said: str) -> set[str]:
        """The kinds of which a paper might be one that is called by no known name: those whose names stand in its own,
        but in a longer one that stands there too."""
        text = wordings(said)[0]
        found = [one for one in self.meanings if len(one) > 1 and one in text]
        longest = [one for one in found if not any(one != other and one in other for other in found)]
        return {kind for one in longest for each in self.meanings[one] for kind in (each.kind, each.until) if kind}

    def find(
        self, heading: str, *, left: int = -1, used: frozenset[Meaning] = frozenset()
    ) -> tuple[Meaning | None, bool]:
        """What a heading means, and whether its place had to tell: the first meaning that follows `left`,
        else the last one before."""
        for name in wordings(heading):
            for one, nth, cut in _readings(name):
                known = self.meanings.get(one, ())
                # The report on a notice is not the notice.
                found = [replace(each, nth=nth or each.nth) for each in known if not cut or each.kind != NOTICE]
                if found:
                    return self._choose(found, nth, left, used), len(found) > 1
        address = RosterForm().address(heading)
        if address and address[0] in KINDS:
            kind, nth, name = address
            return Meaning(kind, name, nth, order=self.orders.get(kind, 0)), False
        return None, False

    @staticmethod
    def _choose(found: Sequence[Meaning], nth: int, left: int, used: frozenset[Meaning]) -> Meaning | None:
        free = [one for one in found if one not in used] or [one for one in found if one.many and not nth]
        chosen = next((one for one in free if one.order >= left), free[-1] if free else None)
        while chosen in used and chosen is not None:
            chosen = replace(chosen, nth=chosen.nth + 1)
        return chosen

    def near(self, heading: str) -> str:
        """The known heading that looks most like one that means nothing."""
        known = {**dict.fromkeys(self.meanings), **dict.fromkeys(self.identity)}
        found = get_close_matches(wordings(heading)[-1], list(known), 1, 0.5)
        return found[0] if found else ""


def wordings(heading: str) -> Sequence[str]:
    """A heading as it is compared: whole, and without what stands in brackets."""
    text = unicodedata.normalize("NFKC", heading).replace("○", "〇")
    bare = re.sub(r"[(\[【<{][^)\]】>}]*[)\]】>}]", "", text)
    found = [_plain(text), _plain(bare)]
    return list(dict.fromkeys(one for one in found if one)) or [""]


def _plain(text: str) -> str:
    name = re.sub(r"[\W_]+", "", text).casefold()
    shorter = re.sub(r"(?:年月日|的?日期|的?时间|日$)+$", "", name)
    return shorter or name


def _readings(name: str) -> Iterator[tuple[str, int, bool]]:
    """A name as it stands, then without what it says of its sort, then of whose it is; each without its number too, and
    with whether its sort was cut off."""
    shorter = SUFFIX.sub("", name)
    for one in dict.fromkeys((name, shorter, PREFIX.sub("", name), PREFIX.sub("", shorter))):
        for text, nth in ((one, 0), *_numbered(one)):
            yield text, nth, not name.endswith(one)


def _numbered(name: str) -> Iterator[tuple[str, int]]:
    """A name without its number, and the number."""
    for found in NUMBERED.finditer(name):
        digits = found[1] or found[2]
        nth = int(digits) if digits.isdecimal() else NUMERALS.index(digits) + 1
        rest = _plain(name[: found.start()] + name[found.end() :])
        if rest and 0 < nth:
            yield rest, nth


@cache
def headings() -> Headings:
    """Read the file, once."""
    said: Any = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    entries = tuple(_entry(one) for one in said["columns"])
    meanings: dict[str, list[Meaning]] = {}
    orders: dict[str, int] = {}
    titles = {one.kind: one.title for one in entries if one.title}
    for order, entry in enumerate(entries):
        orders.setdefault(entry.kind, order)
        if entry.until:
            orders.setdefault(entry.until, order)
        for name, meaning in entry.meanings(order):
            known = meanings.setdefault(_plain(name), [])
            if meaning not in known:
                known.append(meaning)
    titles["probation-ends"] = Text("预备期止", "end of probation")
    return Headings(
        identity=_reversed(said["identity"]),
        entries=entries,
        meanings=meanings,
        members=_reversed(said["members"]),
        papers=_reversed(said["papers"]),
        units=said["units"],
        ignored=frozenset(_plain(name) for name in said["ignored"]),
        titles=titles,
        orders=orders,
    )


def _entry(said: dict[str, Any]) -> Entry:
    given = {
        ("from_" if name == "from" else name): value for name, value in said.items() if name not in ("with", "title")
    }
    title = Text(**said["title"]) if "title" in said else None
    return Entry(**given, title=title, point=said.get("with", {}).get("point", ""))


def _reversed(said: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {_plain(name): one for one, names in said.items() for name in names}
