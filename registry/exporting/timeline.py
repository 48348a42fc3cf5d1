"""The page of a bundle that people read: what happened on each path, when it was recorded, and what was found in it.

It stands by itself in one file, opens offline and runs no script. Sealed values stay sealed, and persons are known by
their pseudonyms.
"""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from domain.calendar import SHANGHAI
from domain.facts import Fact, said
from domain.judge import judge
from domain.judgement import Finding, Judgement
from domain.personal import SEALED
from domain.rulebook import Rulebooks
from domain.words import of_field, of_kind, of_value
from eventlog.entry import Entry
from registry.linting.page import style as look
from registry.shape import sealed_fields
from registry.shelf import Loaded

HEAD = (
    "日期 Day",
    "记录时间 Recorded (Shanghai)",
    "总序·序号 Position · version",
    "事实 Fact",
    "内容 What it says",
    "问题 Findings",
)
SAYS_NOTHING: tuple[object, ...] = (None, False, (), "")


@cache
def _style() -> str:
    own = Path(__file__).with_name("timeline.css").read_text(encoding="utf-8")
    return look() + own


def begin(title: str, said_of_it: Mapping[str, str]) -> Iterator[str]:
    """The top of the page: what the bundle covers, line by line."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    yield (
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_style()}</style>\n</head>\n<body>\n"
        f"<h1>{escape(title)} <small>Timelines</small></h1>\n"
        f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in said_of_it.items())}</dl>\n"
        '<p class="aside">本页便于阅读，本身不是证据；证据是同一文件中的条目与检查点，用 verify.py 核对。'
        '<span class="en" lang="en">This page is for reading and proves nothing. What proves something are the entries '
        "and checkpoints in the same bundle: check them with verify.py.</span></p>\n"
    )


def end() -> str:
    """The foot of the page."""
    return "</body>\n</html>\n"


def timeline(rulebooks: Rulebooks, loaded: Loaded, day: date, sealed: int) -> str:
    """One path as a table: each fact with what was found in it, by all that is known on `day`.

    `sealed` is how many entries of the log a checkpoint covers: what came later says so.
    """
    known = judge(rulebooks, loaded.facts, day)
    found: dict[int, list[Finding]] = defaultdict(list)
    for finding in known.findings:
        found[finding.version].append(finding)
    rows = [
        _row(entry, fact, found[entry.version], sealed)
        for entry, fact in sorted(
            zip(loaded.entries, loaded.facts, strict=True), key=lambda pair: (pair[1].effective_on, pair[0].version)
        )
    ]
    path_id = loaded.entries[0].stream_id
    top = "".join(f"<th>{name}</th>" for name in HEAD)
    return (
        f'<section id="{path_id}">\n<h2>发展历程 <small>Path</small> <code>{path_id}</code></h2>\n'
        f"<dl>{''.join(f'<dt>{name}</dt><dd>{text}</dd>' for name, text in _stands(known, len(rows)))}</dl>\n"
        f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(rows)}</tbody></table>\n{_owed(known)}</section>\n"
    )


def _stands(known: Judgement, facts: int) -> Iterator[tuple[str, str]]:
    yield "党支部 Home unit", f"<code>{escape(known.home_unit)}</code>"
    stage = of_value(known.stage)
    yield f"{known.day.isoformat()} 所处阶段 Stage then", f"{escape(stage.zh)} <small>{escape(stage.en)}</small>"
    if known.outcome:
        outcome = of_value(known.outcome)
        yield "结果 Outcome", f"{escape(outcome.zh)} <small>{escape(outcome.en)}</small>"
    yield "事实 Facts", str(facts)
    yield "问题 Findings", str(len(known.findings))


def _row(entry: Entry, fact: Fact, findings: Sequence[Finding], sealed: int) -> str:
    recorded = entry.recorded_at.astimezone(SHANGHAI)
    open_end = "" if entry.position <= sealed else "<small>尚未封存 not sealed yet</small>"
    cells = [
        fact.effective_on.isoformat(),
        f"{recorded:%Y-%m-%d %H:%M:%S}<small>{escape(fact.recorded_by)}, {escape(fact.capacity)}</small>",
        f"{entry.position} · {entry.version}{open_end}",
        _both(fact.TITLE or fact.TOPIC, of_kind(fact.TOPIC).en.strip("“”")),
        _says(fact),
        "".join(_finding(one) for one in findings),
    ]
    late = ' class="wrong"' if findings else ""
    return f"<tr{late}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>\n"


def _finding(finding: Finding) -> str:
    edition = f"{finding.edition} {', '.join(finding.sources)}".strip()
    why = _both(finding.why_zh, finding.why_en) if finding.why_zh else escape(finding.arithmetic)
    return (
        f'<p><b class="{finding.severity}"><code>{escape(finding.rule)}</code></b> '
        f"{_both(finding.zh, finding.en)}{why}"
        f"<small>{escape(edition)}</small></p>"
    )


def _says(fact: Fact) -> str:
    """What the author said: field by field; of what is sealed only that it is."""
    hidden = sealed_fields(type(fact))
    lines = []
    for item in said(type(fact)):
        value = getattr(fact, item.name)
        if item.name == "effective_on" or value in SAYS_NOTHING:
            continue
        name = of_field(item.name)
        shown = "<i>密封 sealed</i>" if item.name in hidden else escape(_plain(value))
        lines.append(f"<dt>{escape(name.zh)}<small>{escape(name.en)}</small></dt><dd>{shown}</dd>")
    return f"<dl>{''.join(lines)}</dl>" if lines else ""


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "；".join(_plain(one) for one in value)
    if isinstance(value, Mapping):  # what a correction puts in the place of fields
        hidden = SEALED["path"]
        return "；".join(f"{name}: {'密封 sealed' if name in hidden else _plain(one)}" for name, one in value.items())
    text = of_value(value)
    return str(value) if text.zh in {value, text.en} else f"{text.zh} {text.en}"


def _owed(known: Judgement) -> str:
    owed = [one for one in known.obligations if not one.tells]
    if not owed:
        return ""
    lines = "".join(
        f"<li>{one.due_on.isoformat()}{' <b class=block>逾期 overdue</b>' if one.overdue else ''} "
        f"{_both(one.zh, one.en)}</li>"
        for one in owed
    )
    return f"<h3>待办事项 <small>Owed</small></h3><ul>{lines}</ul>\n"


def _both(zh: str, en: str) -> str:
    return f'{escape(zh)}<span class="en" lang="en">{escape(en)}</span>'
