"""The texts of letters as a file: what is wrong is told at its line with what is allowed, before anything is sent."""

import pytest

from domain.spot import RulebookError
from registry.letters import check_letters, load_letters, read_letters
from registry.letters.reading import BUILT_IN, FIELDS, obligations_of
from registry.rulebooks import HERE, load_rulebooks, text_of
from tests.registry.letters.golden import RULEBOOKS, texts


def read(text: str) -> None:
    """Read a school's file."""
    check_letters("letters-x.yaml", text, RULEBOOKS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "letters: x\ntexts:\n  footer: {zh: '${nam}', en: x}\n",
            r":3: \$\{nam\} is no field of this text; .* no fields",
        ),
        (
            "letters: x\ntexts:\n  why: {zh: '${whom}', en: x}\n",
            r":3: \$\{whom\} is no field .*allowed here: \$\{why\}",
        ),
        ("letters: x\ntexts:\n  why:\n    zh: x\n    en: '$ 5'\n", r":5: a dollar sign begins a field"),
        ("letters: x\ntexts:\n  why: {zh: '${why.__class__}', en: x}\n", r":3: a dollar sign begins a field"),
        ("letters: x\ntexts:\n  why: {zh: x}\n", r":3: en must be given here"),
        ("letters: x\ntexts:\n  farewell: {zh: x, en: x}\n", r":3: 'farewell' is unknown here; allowed: subject,"),
        ("letters: x\ncalendar:\n  talks: {zh: x, en: x}\n", r":3: 'talks' is unknown here; allowed: .*talk"),
        ("letters: x\ncalendar:\n  talk: {zh: 入党谈话, en: x}\n", r":3: '党' may not stand here"),
        ("letters: x\ntexts:\n  subject: {zh: x, en: Party work}\n", r":3: 'party' may not stand here"),
        ("letters: x\ntexts:\n  subject: {zh: '${name}', en: x}\n", r":3: \$\{name\} is no field"),
        ("letters: x\ncalendar:\n  talk: {zh: '${person}', en: x}\n", r":3: \$\{person\} is no field"),
        (
            "letters: x\nnever_on_a_lock_screen: [材料]\ntexts:\n  subject: {zh: 材料, en: x}\n",
            r":4: '材料' may not stand",
        ),
        (
            "letters: x\nnever_on_a_lock_screen: [Meeting]\n",
            r":2: 'meeting' stands in the built-in text conversion-disc",
        ),
        ('letters: x\ntexts:\n  subject: {zh: "a\\nBcc: b", en: x}\n', r":3: a text of one line is expected here"),
        ('letters: x\ncalendar:\n  talk: {zh: x, en: "a\\rURL:b"}\n', r":3: a text of one line"),
        ('letters: x\ntexts:\n  footer: {zh: "\\u202Ea", en: x}\n', r":3: a text of one line"),
        ("letters: x\ntexts:\n  footer:\n    en: x\n    zh: >\n      一行\n", r":5: .*write >- instead"),
        ("texts: {}\n", r":1: letters must be given here"),
        ("letters: x\nroles: {}\n", r":2: 'roles' is unknown here"),
        ("letters: x\ntexts: [a]\n", r":2: a mapping is expected here"),
        ("letters: x\ntexts:\n  why: {zh: a, en: b}\n  why: {zh: a, en: b}\n", r":4: 'why' stands here twice"),
    ],
)
def test_what_is_wrong_is_told_at_its_line(text: str, told: str) -> None:
    """Unknown fields, texts and obligations, missing languages, words for no locked phone: each with what to do."""
    with pytest.raises(RulebookError, match=r"letters-x\.yaml" + told):
        read(text)


def test_a_school_replaces_single_texts() -> None:
    """What a school does not say stays as it is built in."""
    own = check_letters("letters-x.yaml", "letters: x\ntexts:\n  footer: {zh: 再见 $$, en: Bye}\n", RULEBOOKS)
    built_in = check_letters(BUILT_IN, text_of(HERE / BUILT_IN), RULEBOOKS)
    assert own.say("footer", "zh") == "再见 $"
    assert {name for name in FIELDS if own.texts[name] != built_in.texts[name]} == {"footer"}
    assert own.calendar == built_in.calendar


def test_the_built_in_set_is_whole() -> None:
    """A set that stands alone must have every text."""
    with pytest.raises(RulebookError, match=r"letters\.yaml:2: .*subject_late.* must be given here"):
        read_letters(BUILT_IN, "letters: x\ntexts: {subject: {zh: x, en: x}}\n", ())


def test_the_built_in_set_serves_a_school_without_a_policy() -> None:
    """It names no obligation that only some school has."""
    assert load_letters("nowhere", load_rulebooks(None)).name == "built-in"


def test_every_obligation_has_a_title_of_its_own_in_calendars() -> None:
    """Nothing that the sample school can owe is called by its number alone."""
    assert obligations_of(RULEBOOKS) - set(texts().calendar) == set()


def test_what_has_no_title_has_its_step() -> None:
    """An obligation that a policy adds and no text names is shown by its step, which tells nothing."""
    assert texts().title("something-new", "S09", "en") == "To do S09"
