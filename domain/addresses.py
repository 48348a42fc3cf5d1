"""What an address of each channel looks like: told where it is entered, and not when the first reminder is refused."""

import re
from collections.abc import Callable, Mapping

from domain.facts.recipients import ChannelName

LONGEST_MAIL, LONGEST_LOCAL = 254, 64
"""RFC 5321, 4.5.3.1: characters of a path without its brackets, and of the part before the @."""

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
LOCAL = re.compile(rf"{_ATOM}(\.{_ATOM})*")
DOMAIN = re.compile(rf"({_LABEL}\.)+(?![0-9]+$){_LABEL}")
WECOM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}")
"""A member's id: 1 to 64 letters, digits, and `_-@.` after the first. Source: developer.work.weixin.qq.com, 创建成员."""

PHONE = re.compile(r"\+?[0-9]{5,15}")
"""An international number with +, or a national one without. Source: ITU-T E.164, at most 15 digits."""

WORD = re.compile(r"[^\s\x00-\x1f\x7f]{1,200}")


def mail_address(text: str) -> str:
    """A mail address as it goes over the wire, its domain in ASCII. Raises ValueError, saying what is expected.

    Quoted local parts (RFC 5321, 4.1.2) are not taken: nobody has one, and they are how lines are smuggled in. Neither
    are addresses of numbered hosts (`a@[10.0.0.1]`, `a@10.0.0.1`).
    """
    local, _, domain = text.strip().rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode().lower() if domain else ""
    except UnicodeError:
        ascii_domain = ""
    if not LOCAL.fullmatch(local) or not DOMAIN.fullmatch(ascii_domain):
        raise ValueError("a mail address like somebody@example.edu.cn")
    if len(local) > LONGEST_LOCAL or len(local) + 1 + len(ascii_domain) > LONGEST_MAIL:
        raise ValueError(f"a mail address of at most {LONGEST_MAIL} characters, {LONGEST_LOCAL} of them before the @")
    return f"{local}@{ascii_domain}"


def _member(text: str) -> str:
    if not WECOM.fullmatch(text.strip()):
        message = "the id of one WeCom member (1 to 64 letters, digits or _-@. that begin with no sign)"
        raise ValueError(message)
    return text.strip()


def _phone(text: str) -> str:
    number = re.sub(r"[ ()-]", "", text)
    if not PHONE.fullmatch(number):
        raise ValueError("a telephone number of 5 to 15 digits, with + before that of a country")
    return number


def _word(text: str) -> str:
    if "://" in text:
        message = "the word by which that system knows the person (its URL stands in the channel file)"
        raise ValueError(message)
    if not WORD.fullmatch(text.strip()):
        raise ValueError("one word without spaces, of at most 200 characters,")
    return text.strip()


_OF: Mapping[ChannelName, Callable[[str], str]] = {
    "mail": mail_address,
    "wecom": _member,
    "dingtalk": _word,
    "feishu": _word,
    "sms": _phone,
    "portal": _word,
}


def address(channel: ChannelName, text: str) -> str:
    """An address of a channel in the form in which it is kept. Raises ValueError, saying what is expected."""
    return _OF[channel](text)
