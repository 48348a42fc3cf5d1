"""Texts that fit, and what the other side said without what it should not have said."""

from hypothesis import example, given
from hypothesis import strategies as st

from activities.channels.fitting import SIGN, fitted, said
from tests.activities.channels.conftest import LINK


@given(st.text(), st.sampled_from(["zh", "en"]), st.integers(300, 600), st.booleans())
@example("请于3月9日前办理。" * 30, "zh", 300, True)
@example(f"见 [{LINK}]({LINK}) 。" * 20, "zh", 400, True)
@example("👩‍👩‍👧‍👦" * 100, "en", 301, False)
def test_a_text_fits_and_keeps_its_link(text: str, language: str, limit: int, markdown: bool) -> None:
    """Whatever the text: not a byte too many, the link whole, and a sign exactly where something was left out."""
    text = text.encode(errors="ignore").decode()
    made = fitted(text, LINK, language, limit, markdown=markdown)
    assert len(made.encode()) <= limit
    assert LINK in made
    whole = made.startswith(text)
    assert whole or SIGN[language] in made
    if not whole:
        assert text.startswith(made.partition(SIGN[language])[0])


def test_what_fits_is_not_changed() -> None:
    """The link comes after the text once, and not where the text has it already."""
    assert fitted("办理", LINK, "zh", 300) == f"办理\n{LINK}"
    assert fitted(f"办理 {LINK}", LINK, "zh", 300) == f"办理 {LINK}"
    assert fitted("办理", "", "zh", 300) == "办理"


def test_no_half_link_is_left_behind() -> None:
    """A link that the cut goes through is taken away: a half one leads somewhere else."""
    for markdown in (f"办理 [半年考察]({LINK}/x)", f"办理 {LINK}/x"):
        text = markdown + "。" * 200
        for limit in range(190, 260):
            kept = fitted(text, LINK, "zh", limit, markdown=True).partition(SIGN["zh"])[0]
            assert kept in {"办理", markdown} or kept.startswith(markdown)


def test_what_the_other_side_said_is_one_line_without_addresses_and_secrets() -> None:
    """Replies of mail servers repeat addresses, those of gateways keys: neither belongs into the log."""
    reply = "550 5.1.1 <zhangsan@example.edu.cn>:\r\n no such user;\tkey=abc"
    assert said(reply, "abc") == "550 5.1.1 <…>: no such user; key=…"
    assert len(said("很" * 1000)) == 200
