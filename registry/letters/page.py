"""The HTML form of a letter: one column, styles in the elements (mail readers drop sheets), dark where the reader is dark."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from registry.letters.compose import Act, Draft, Said

FONT = "-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif"
INK, FAINT, LINE, LATE, BACK, LINK = "#1c1e21", "#5a6068", "#d9dce1", "#b3261e", "#ffffff", "#0b57a4"

DARK = """
@media (prefers-color-scheme: dark) {
  .back { background: #17191c !important } .ink { color: #e8eaed !important } .faint { color: #a9b0b8 !important }
  .line { border-color: #3a3f46 !important } .late { color: #ff8a80 !important } .late-line { border-color: #ff8a80 !important }
  .link { color: #8ab4f8 !important } .button { background: #8ab4f8 !important; color: #17191c !important }
}
"""
"""For readers that know it; all others show the letter in the colours of its elements."""

PAGE = """<!doctype html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{subject}</title>
<style>{dark}</style>
</head>
<body class="back ink" style="margin:0;padding:0;background:{back};color:{ink};font:16px/1.6 {font}">
<div style="max-width:640px;margin:0 auto;padding:20px 16px 32px;font-variant-numeric:tabular-nums">
{parts}
</div>
</body>
</html>
"""


def html_of(draft: "Draft") -> str:
    """The letter as a page of HTML; whatever came from outside is escaped."""
    parts = [_p(draft.greeting, "margin:0 0 8px")] if draft.greeting else []
    parts.append(_p(draft.opening, "margin:0 0 8px"))
    parts += [_act(draft, act) for act in draft.acts]
    if draft.rest:
        rows = "".join(f"<li>{escape(line)}</li>" for line in draft.rest)
        parts.append(f'<ul style="margin:24px 0 0;padding:0 0 0 20px">{rows}</ul>')
    parts.append(f'<p style="margin:24px 0 0">{_link(draft.all[1], draft.all[0])}</p>')
    parts.append(_stop(draft))
    return PAGE.format(
        lang="zh-Hans" if draft.language == "zh" else "en",
        subject=escape(draft.subject),
        dark=DARK,
        back=BACK,
        ink=INK,
        font=FONT,
        parts="\n".join(part for part in parts if part),
    )


def _p(text: str, style: str, kind: str = "ink", colour: str = INK) -> str:
    return f'<p class="{kind}" style="{style};color:{colour}">{escape(text)}</p>'


def _link(address: str, label: str) -> str:
    return f'<a class="link" href="{escape(address)}" style="color:{LINK}">{escape(label)}</a>'


def _act(draft: "Draft", act: "Act") -> str:
    heading = f'<h2 class="ink" style="margin:28px 0 8px;font-size:18px;line-height:1.4;color:{INK}">{escape(act.heading)}</h2>'
    return "\n".join([heading, *(_item(draft, said) for said in act.items)])


def _item(draft: "Draft", said: "Said") -> str:
    edge, colour, line = ("late", LATE, "late-line") if said.late else ("ink", INK, "line")
    rows = [f'<p class="{edge}" style="margin:0;font-weight:600;color:{colour}">{escape(said.when)}</p>']
    rows += [_p(one, "margin:4px 0 0") for one in said.lines[:1]]
    rows += [_p(one, "margin:4px 0 0;font-size:14px", "faint", FAINT) for one in said.lines[1:]]
    rows += [_p(one, "margin:4px 0 0;font-size:14px;font-weight:600", "faint", FAINT) for one in said.cautions]
    button = "display:inline-block;padding:8px 20px;border-radius:6px;text-decoration:none;font-weight:600"
    rows.append(
        f'<p style="margin:12px 0 0"><a class="button" href="{escape(said.link)}" '
        f'style="{button};background:{LINK};color:{BACK}">{escape(draft.act)}</a></p>'
    )
    edges = f"border-left:4px solid {LATE if said.late else LINE}"
    return f'<div class="{line}" style="margin:0 0 16px;padding:4px 0 4px 12px;{edges}">\n{"".join(rows)}\n</div>'


def _stop(draft: "Draft") -> str:
    if not draft.stop[0]:
        return ""
    rows = "".join(f"<li>{escape(line)}</li>" for line in draft.stop[1])
    return (
        f'<div class="line faint" style="margin:28px 0 0;padding:16px 0 0;border-top:1px solid {LINE};font-size:14px;'
        f'color:{FAINT}">\n<p style="margin:0 0 4px;font-weight:600">{escape(draft.stop[0])}</p>'
        f'<ul style="margin:0;padding:0 0 0 20px">{rows}</ul>\n<p style="margin:12px 0 0">{escape(draft.footer)}</p>\n</div>'
    )
