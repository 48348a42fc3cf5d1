"""Reads the texts of letters: the built-in set and a school's own, each text with the fields it may have and no others."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from string import Template

from domain.rulebook import Rulebooks
from domain.rulewords import bilingual
from domain.sources import titles_of
from domain.spot import Spot, read_spot
from domain.words import Text
from registry.letters.item import Language
from registry.rulebooks import HERE, text_of

BUILT_IN = "letters.yaml"

PARTS = ("letters", "texts", "calendar", "never_on_a_lock_screen")
"""What a file of texts may have; the built-in set has the first two, a school's own the first."""

FIELDS: Mapping[str, tuple[str, ...]] = {
    "subject": ("items", "due_day", "due_on"),
    "subject_late": ("items", "late_items", "due_day", "due_on"),
    "subject_told": ("items",),
    "greeting": ("name",),
    "greeting_plain": (),
    "opening": ("day", "items"),
    "heading": ("what", "items"),
    "due_ahead": ("due_on", "due_day", "days"),
    "due_today": ("due_on", "due_day"),
    "due_late": ("due_on", "due_day", "days"),
    "told": ("due_on", "due_day"),
    "for_whom": ("person", "unit"),
    "for_you": ("unit",),
    "for_unit": ("unit",),
    "path_number": ("number",),
    "why": ("why",),
    "rule": ("rule", "edition", "sources", "step"),
    "verify": (),
    "one_source": (),
    "provisional": (),
    "climbed": ("role",),
    "came_up": ("role",),
    "act": (),
    "rest": ("what", "items", "due_on", "due_day"),
    "all": (),
    "stop": (),
    "stop_do": (),
    "stop_record": (),
    "stop_snooze": (),
    "stop_address": (),
    "footer": (),
    "group_subject": ("items",),
    "group": ("items", "due_on", "due_day"),
    "group_late": ("items", "late_items", "due_on", "due_day"),
    "group_persons": ("persons",),
    "group_link": (),
    "calendar_name": (),
    "calendar_title": ("step",),
    "calendar_details": (),
}
"""Every text of a letter, with the fields that it may have."""

ON_LOCK_SCREENS = (
    "subject",
    "subject_late",
    "subject_told",
    "group_subject",
    "group",
    "group_late",
    "group_persons",
    "group_link",
    "calendar_name",
    "calendar_title",
    "calendar_details",
)
"""Texts that somebody else sees, in a group or on a phone: what stands there has none of the words that tell what it is about."""


STRANGE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""What ends a line, or turns the order of characters around."""


class FieldTemplate(Template):
    """A text with fields: the standard library's own templates, because nothing can be called or reached into in them."""

    idpattern = r"(?a:[a-z][a-z_]*)"
    flags = re.NOFLAG


@dataclass(frozen=True, slots=True)
class LetterTexts:
    """All texts of letters, the school's own in place of the built-in ones."""

    name: str
    texts: Mapping[str, Text]
    calendar: Mapping[str, Text]
    never: tuple[str, ...]
    titles: Mapping[str, Text] = field(default_factory=dict)
    """The titles of the editions, by what the ids of their articles begin with."""

    def say(self, name: str, language: Language, /, **fields: object) -> str:
        """Write a text in a language. Raises KeyError for a text or a field that there is none of."""
        text: str = getattr(self.texts[name], language)
        return FieldTemplate(text).substitute({key: str(value) for key, value in fields.items()})

    def title(self, obligation: str, step: str, language: Language) -> str:
        """What a calendar calls something owed: nothing that tells what it is about."""
        found = self.calendar.get(obligation)
        return getattr(found, language) if found else self.say("calendar_title", language, step=step)


def load_letters(school: str, rulebooks: Rulebooks, directory: Path = HERE) -> LetterTexts:
    """The built-in texts, with those of a school where it has its own. Raises RulebookError."""
    own = directory / f"letters-{school}.yaml"
    file = own if own.exists() else directory / BUILT_IN
    return check_letters(file.name, text_of(file), rulebooks, directory)


def check_letters(file: str, text: str, rulebooks: Rulebooks, directory: Path = HERE) -> LetterTexts:
    """Read a file of texts as an installation with these rulebooks would have them. Raises RulebookError."""
    known = obligations_of(rulebooks)
    base = None if file == BUILT_IN else read_letters(BUILT_IN, text_of(directory / BUILT_IN), known)
    return replace(read_letters(file, text, known, base), titles=titles_of(rulebooks.editions))


def obligations_of(rulebooks: Rulebooks) -> frozenset[str]:
    """Every obligation that may be told of."""
    jobs = rulebooks.policy.terms.jobs if rulebooks.policy.terms else ()
    duties = {duty.id for edition in rulebooks.editions for duty in rulebooks.duties_of(edition)}
    return frozenset(duties | {job.id for job in jobs})


def read_letters(file: str, text: str, known: Collection[str], base: LetterTexts | None = None) -> LetterTexts:
    """Read a file of texts; without a `base` it must have all of them, with one it replaces some.

    Raises RulebookError with the line of what is wrong: an unknown text, obligation or role, a field that the text does not
    have, a language that is missing, a word that may not stand on a lock screen, be it in a built-in text.
    """
    said = read_spot(file, text).map(PARTS, PARTS[:1] if base else PARTS[:2])
    never = base.never if base else ()
    if "never_on_a_lock_screen" in said:
        more = (one.text().lower() for one in said["never_on_a_lock_screen"].list())
        never = tuple(dict.fromkeys((*never, *more)))
    texts, calendar = _texts(said.get("texts"), never, base), _calendar(said.get("calendar"), known, never, base)
    if "never_on_a_lock_screen" in said:
        for name, seen in {**{one: texts[one] for one in ON_LOCK_SCREENS}, **calendar}.items():
            if word := _told(f"{seen.zh} {seen.en}", never):
                message = f"{word!r} stands in the built-in text {name}: say that one in other words in this file too"
                raise said["never_on_a_lock_screen"].wrong(message)
    return LetterTexts(said["letters"].text(), texts, calendar, never)


def _told(text: str, never: Collection[str]) -> str | None:
    """The first of these words that stands in a text."""
    return next((word for word in never if word in text.lower()), None)


def _texts(spot: Spot | None, never: Collection[str], base: LetterTexts | None) -> Mapping[str, Text]:
    found = dict(base.texts) if base else {}
    for name, one in (spot.map(tuple(FIELDS), () if base else tuple(FIELDS)) if spot else {}).items():
        found[name] = _text(one, FIELDS[name], never if name in ON_LOCK_SCREENS else ())
    return found


def _calendar(
    spot: Spot | None, known: Collection[str], never: Collection[str], base: LetterTexts | None
) -> Mapping[str, Text]:
    found = dict(base.calendar) if base else {}
    for name, one in (spot.map(sorted(known)) if spot else {}).items():
        found[name] = _text(one, (), never)
    return found


def _text(spot: Spot, fields: tuple[str, ...], never: Collection[str]) -> Text:
    """A text in both languages, with these fields and none of these words."""
    said = spot.map(("zh", "en"), ("zh", "en"))
    for one in said.values():
        if STRANGE.search(one.text()):
            raise one.wrong("a text of one line is expected here; where it begins with > or |, write >- instead")
        template = FieldTemplate(one.text())
        if not template.is_valid():
            raise one.wrong("a dollar sign begins a field, like ${items}; write $$ for the sign itself")
        for name in template.get_identifiers():
            if name not in fields:
                allowed = ", ".join(f"${{{field}}}" for field in fields) or "no fields"
                raise one.wrong(f"${{{name}}} is no field of this text; allowed here: {allowed}")
        if told := _told(one.text(), never):
            raise one.wrong(f"{told!r} may not stand here: whoever sees a locked phone reads it; choose neutral words")
    return bilingual(spot)
