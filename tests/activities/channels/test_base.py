"""The port: which messages there can be, and what is shown of one."""

import pytest

from tests.activities.channels.conftest import counts, letter


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"key": ""}, "needs a key"),
        ({"text": ""}, "says something"),
        ({"link": "https://jieti.example.edu.cn/" + "x" * 1_000}, "shown whole"),
    ],
)
def test_a_message_that_no_channel_could_carry_is_not_made(wrong: dict[str, str], message: str) -> None:
    """Without a key it could not be repeated, without a text nobody would be told, and a link is never cut."""
    with pytest.raises(ValueError, match=message):
        letter(**wrong)


def test_a_message_is_not_shown_with_what_it_says() -> None:
    """Whatever logs it shows its key, and nobody's name."""
    shown = repr([letter("letter-1", subject="张三", text="张三"), counts("group-1")])
    assert "letter-1" in shown
    assert "张三" not in shown
