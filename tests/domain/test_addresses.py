"""What an address of each channel looks like, in the form in which it is kept."""

from typing import get_args

import pytest

from domain.addresses import address
from domain.facts.recipients import ChannelName


@pytest.mark.parametrize(
    ("channel", "text", "kept"),
    [
        ("mail", " Lin.Xiao+jieti@Example.EDU.cn ", "Lin.Xiao+jieti@example.edu.cn"),
        ("mail", "a@b.co", "a@b.co"),
        ("mail", f"{'a' * 64}@b.example", f"{'a' * 64}@b.example"),
        ("wecom", "ZhangSan_01@qs", "ZhangSan_01@qs"),
        ("wecom", "1" * 64, "1" * 64),
        ("sms", "+86 138-0013-8000", "+8613800138000"),
        ("portal", "20230001", "20230001"),
        ("dingtalk", "manager4220", "manager4220"),
        ("feishu", "ou_7d8a6e6df7621556ce0d21922b676706", "ou_7d8a6e6df7621556ce0d21922b676706"),
    ],
)
def test_what_is_one_is_kept_in_one_form(channel: ChannelName, text: str, kept: str) -> None:
    """Spaces around it go, the domain of a mail address is written small, a number loses what only parts it."""
    assert address(channel, text) == kept


@pytest.mark.parametrize(
    ("channel", "text"),
    [
        ("mail", f"{'a' * 65}@b.example"),
        ("mail", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 10}.example"),
        ("mail", "a@[10.0.0.1]"),
        ("mail", "a@10.0.0.1"),
        ("mail", "a@b.example\nBcc: c@d.example"),
        ("mail", '"a b"@c.example'),
        ("mail", "a@b..example"),
        ("mail", "a@"),
        ("wecom", "_zhang"),
        ("wecom", "@all"),
        ("wecom", "a|b"),
        ("wecom", "1" * 65),
        ("sms", "1234"),
        ("sms", "+86138001380001234567"),
        ("portal", "two words"),
        ("portal", "x" * 201),
        ("feishu", "https://open.feishu.cn/hook"),
        ("portal", ""),
    ],
)
def test_what_is_none_is_refused(channel: ChannelName, text: str) -> None:
    """Too long, several, a network address, a line more, a group, a URL: with a phrase that says what is expected."""
    with pytest.raises(ValueError, match=r"a mail address|one WeCom member|a telephone number|word"):
        address(channel, text)


def test_every_channel_has_its_shape() -> None:
    """No address of any channel is taken unseen."""
    for channel in get_args(ChannelName):
        with pytest.raises(ValueError, match=r"^(a|one|the) "):
            address(channel, "a b://\n")
