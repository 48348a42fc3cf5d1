"""The report as a page: Chinese with English beside, by itself in one file, fit to be printed; it runs no script."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from registry.linting.dossier import Place
from registry.linting.report import Remark, Report
from registry.linting.rules import WEIGHTS, Weight

HERE = Path(__file__).parent

WEIGHED: dict[Weight, tuple[str, str]] = {
    "block": ("不符合", "breach"),
    "override": ("须经同意", "needs consent"),
    "finding": ("问题", "finding"),
    "unread": ("未能读取", "not read"),
    "warn": ("请核对", "look at it"),
    "note": ("说明", "note"),
}
"""What each severity is called."""

DOUBT = {"verify": ("规则待核实", "the rule is to be verified"), "one-source": ("仅一处来源", "one source only")}


@cache
def style() -> str:
    """The page's style sheet."""
    return (HERE / "page.css").read_text(encoding="utf-8")


def policy() -> str:
    """The Content-Security-Policy under which the page looks as it should: its own style, and nothing else."""
    digest = b64encode(sha256(style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"


def page(report: Report) -> str:
    """Write the report as HTML."""
    parts = [_head(report), _rules(report), *_persons(report), _sheets(report), _unchecked(report)]
    skeleton = Template((HERE / "page.html").read_text(encoding="utf-8"))
    return skeleton.substitute(title=escape(f"材料检查 · {report.file}"), style=style(), body="\n".join(parts))


def source_of(remark: Remark) -> str:
    """Where a rule comes from: edition and sources, and whether that is sure."""
    edition = f"{remark.edition} " if remark.edition else ""
    return f"{edition}{', '.join(remark.sources)}".strip()


def where(places: Sequence[Place], most: int = 6) -> str:
    """Cells, the wrong one first."""
    found = [f"{one.sheet}!{one.cell}" if one.cell else one.sheet for one in places[:most]]
    return ", ".join([*found, *(["…"] if len(places) > most else [])])


def _both(zh: str, en: str) -> str:
    return f'{escape(zh)}<span class="en" lang="en">{escape(en)}</span>'


def _head(report: Report) -> str:
    said = [
        ("文件 File", f"{escape(report.file)} <small>SHA-256 {escape(report.digest[:16])}…</small>"),
        ("检查日 As of", escape(report.day.isoformat())),
        ("规则 Rules", escape(f"{', '.join(report.editions)} · {report.policy} · {report.rulebooks[:16]}…")),
        ("人数 Persons", str(report.persons)),
    ]
    for weight, (zh, en) in WEIGHED.items():
        if report.counts.get(weight):
            said.append((f"{zh} {en}", f"<b class={weight}>{report.counts[weight]}</b>"))
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in said)
    clean = f'<p class="clean">{_both("没有发现问题。", "Nothing was found.")}</p>' if report.clean else ""
    more = (
        f"<p>{_both(f'另有 {report.more} 条未列出。', f'{report.more} more are not listed.')}</p>"
        if report.more
        else ""
    )
    kept = _both("本次检查不保存任何内容。", "Nothing of this check is kept.")
    return f"<h1>发展党员材料检查 <small>Check of dossiers</small></h1><dl>{listed}</dl>{clean}{more}<p><small>{kept}</small></p>"


def _rules(report: Report) -> str:
    if not report.remarks:
        return ""
    count = Counter(one.rule for one in report.remarks)
    first = {one.rule: one for one in reversed(report.remarks)}
    rows = [
        [
            f"<code>{escape(rule)}</code>",
            _both(first[rule].zh, first[rule].en),
            escape(source_of(first[rule])),
            _weight(first[rule]),
            str(number),
        ]
        for rule, number in sorted(count.items(), key=lambda one: (WEIGHTS.index(first[one[0]].severity), -one[1]))
    ]
    return "<h2>按规则 <small>By rule</small></h2>" + _table(
        ("规则 Rule", "内容 Text", "依据 Source", "程度 Severity", "次 No."), rows, ("", "", "", "", "n")
    )


def _persons(report: Report) -> Iterable[str]:
    for person, remarks in report.by_person().items():
        title = escape(person) if person else "表格 <small>The sheets</small>"
        rows = [
            [
                escape(where(one.cells)),
                f"<code>{escape(one.rule)}</code><br>{_weight(one)}",
                f"{_both(one.zh, one.en)}<small>{escape(source_of(one))}{_doubt(one)}</small>",
                _both(one.why_zh, one.why_en),
            ]
            for one in remarks
        ]
        head = ("单元格 Cell", "规则 Rule", "规定 What it asks", "说明 Why")
        yield f"<h2>{title}</h2>" + _table(head, rows, ("cell", "", "", ""))


def _weight(remark: Remark) -> str:
    zh, en = WEIGHED[remark.severity]
    return f'<b class="{remark.severity}">{zh}</b> <small>{en}</small>'


def _doubt(remark: Remark) -> str:
    words = [DOUBT[remark.confidence]] if remark.confidence in DOUBT else []
    words += [("日历未覆盖，暂定", "provisional: beyond the calendar")] if remark.provisional else []
    return "".join(f" · {zh} ({en})" for zh, en in words)


def _sheets(report: Report) -> str:
    parts = ["<h2>各表如何读取 <small>How the sheets were read</small></h2>"]
    for sheet in report.sheets:
        hidden = "（隐藏 hidden）" if sheet.hidden else ""
        parts.append(f"<h3>{escape(sheet.name)}{hidden} <small>{escape(sheet.form)}</small></h3>")
        if sheet.columns:
            rows = [
                [
                    escape(one.column),
                    escape(one.heading),
                    escape(one.reads + ("（按位置 by its place）" if one.by_place else "")),
                ]
                for one in sheet.columns
            ]
            parts.append(_table(("列 Column", "列名 Heading", "理解为 Taken for"), rows, ("cell", "", "")))
    return "".join(parts)


def _unchecked(report: Report) -> str:
    if not report.unchecked:
        return ""
    rows = [[f"<code>{escape(one.rule)}</code>", str(one.persons), _both(one.zh, one.en)] for one in report.unchecked]
    return "<h2>未作判断的规则 <small>Rules that were not judged</small></h2>" + _table(
        ("规则 Rule", "人数 Persons", "原因 Why"), rows, ("", "n", "")
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], classes: Sequence[str]) -> str:
    top = "".join(f"<th>{name}</th>" for name in head)
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="{kind}">{cell}</td>' if kind else f"<td>{cell}</td>"
            for cell, kind in zip(row, classes, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
