"""What is told, made to fit where it is told: cut by bytes with the link kept whole; said again without secrets."""

import re

SIGN = {"zh": "……（未完，全文见链接）", "en": "… (cut here: the link leads to the whole)"}

LONGEST_SAYING = 200
ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;:]+")
UNFINISHED = re.compile(r"(\[[^\[\]\n]*(\](\([^()\n]*)?)?|https?://[!-'*-~]*)$")
"""The beginning of a link, in Markdown or bare, at the end of a text that was cut."""


def fitted(text: str, link: str, language: str, limit: int, *, markdown: bool = False) -> str:
    """The text with its link, in at most `limit` bytes of UTF-8.

    A text that is too long ends, at a character's boundary, with a sign that says so, and then the link, which is never
    cut. A text that has its link is not given it twice. The limit must hold the sign and the link.
    """
    last = f"\n[{link}]({link})" if markdown and link else f"\n{link}" if link else ""
    whole = text if link in text else text + last
    if len(whole.encode()) <= limit:
        return whole
    ending = SIGN.get(language, SIGN["en"]) + last
    room = limit - len(ending.encode())
    kept = text.encode()[: max(room, 0)].decode(errors="ignore")
    return UNFINISHED.sub("", kept).rstrip() + ending


def said(text: str, *hidden: str) -> str:
    """What the other side said, as it may be recorded: one line, not long, no mail address, none of what is `hidden`."""
    for one in filter(None, hidden):
        text = text.replace(one, "…")
    return ADDRESS.sub("…", " ".join(text.split()))[:LONGEST_SAYING]
