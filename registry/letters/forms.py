"""The forms of a letter in characters: plain text for everybody, Markdown for messengers."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.letters.compose import Draft, Said

FULL_WIDTH = str.maketrans("*_[]`<>#@\\~|", "＊＿［］｀＜＞＃＠＼～｜")
"""What would be markup in a messenger, or a mention of somebody: none of them has one way to escape."""

COLONS = {"zh": "：", "en": ": "}


def text_of(draft: "Draft") -> str:
    """The letter as plain text."""
    lines = [draft.greeting, "", draft.opening] if draft.greeting else [draft.opening]
    number, colon = 0, COLONS[draft.language]
    for act in draft.acts:
        lines += ["", f"■ {act.heading}"]
        for said in act.items:
            number += 1
            lines += ["", f"{number}. {said.when}", *(f"   {line}" for line in (*said.lines, *said.cautions))]
            lines.append(f"   {draft.act}{colon}{said.link}")
    if draft.rest:
        lines += ["", *(f"■ {line}" for line in draft.rest)]
    lines += ["", f"{draft.all[0]}{colon}{draft.all[1]}"]
    if draft.stop[0]:
        lines += ["", draft.stop[0], *(f"- {line}" for line in draft.stop[1])]
    if draft.footer:
        lines += ["", draft.footer]
    return "\n".join(lines) + "\n"


def markdown_of(draft: "Draft") -> str:
    """The letter in the little Markdown that messengers know: bold, quotes, links. How to stop it stands behind the link."""
    parts = [_plain(draft.greeting), _plain(draft.opening)] if draft.greeting else [_plain(draft.opening)]
    for act in draft.acts:
        parts += [f"**{_plain(act.heading)}**", *(_quoted(draft, said) for said in act.items)]
    if draft.rest:
        parts.append("\n".join(_plain(line) for line in draft.rest))
    parts.append(f"[{_plain(draft.all[0])}]({draft.all[1]})")
    return "\n\n".join(parts) + "\n"


def _quoted(draft: "Draft", said: "Said") -> str:
    when = f"**{_plain(said.when)}**" if said.late else _plain(said.when)
    lines = [f"{when} [{_plain(draft.act)}]({said.link})", *map(_plain, (*said.lines, *said.cautions))]
    return "\n".join(f"> {line}" for line in lines)


def _plain(text: str) -> str:
    return text.translate(FULL_WIDTH)
