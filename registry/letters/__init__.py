"""Letters: what a recipient is told of what is owed, in their language and in every form a channel needs."""

from registry.letters.compose import compose, compose_for_group
from registry.letters.item import Letter, LetterItem, Links, item_of
from registry.letters.reading import LetterTexts, check_letters, load_letters, read_letters

__all__ = [
    "Letter",
    "LetterItem",
    "LetterTexts",
    "Links",
    "check_letters",
    "compose",
    "compose_for_group",
    "item_of",
    "load_letters",
    "read_letters",
]
