"""How a replay, a comparison, a roll and an audit look on a terminal, and an audit in a workbook."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from rich.table import Table
from rich.text import Text

from commands.showing import OUT

STATES = {
    "same": "",
    "none": "",
    "explained": "reads otherwise than it did, as explained",
    "other-rules": "reads otherwise under today's rulebooks",
    "differs": "READS OTHERWISE THAN WHEN IT WAS MADE",
}


def show_frame(frame: Mapping[str, Any]) -> None:
    """A fact and what it changed."""
    stage = frame["outcome"] or frame["stage"]
    OUT.print(
        f"\n[bold]{frame['version']:>3}  {frame['effective_on']}[/]  {frame['title']} · {frame['topic']}  → {stage}"
        f"   (position {frame['position']}, recorded {frame['recorded_at'][:16]} by {frame['recorded_by']})"
    )
    if STATES[frame["state"]]:
        OUT.print(f"     {STATES[frame['state']]}", style="bold")
    _changes(frame["changed"])


def show_difference(body: Mapping[str, Any]) -> None:
    """Two points of a path, and what the second says otherwise."""
    for name in ("before", "after"):
        point = body[name]
        known = point["known"] or "now"
        OUT.print(f"{name}: as of {point['as_of']}, as known {known}: version {point['version']}")
    if not body["differences"]:
        OUT.print("the path says the same at both points")
    _changes(body["differences"])


def _changes(changes: Sequence[Mapping[str, Any]]) -> None:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for one in changes:
        name = f"{one['what']} {one['name']}".strip()
        words = ("    ", name, one["before"] or "–", "→", one["after"] or "–")
        grid.add_row(*map(Text, words))  # what stands in brackets is no markup
    OUT.print(grid)


def show_roll(body: Mapping[str, Any]) -> None:
    """Who stood where, and how many at each stage."""
    OUT.print(f"{body['unit']} on {body['as_of']}, as known {body['known'] or 'now'}: {len(body['items'])} paths")
    counts = Counter(one["outcome"] or one["stage"] for one in body["items"])
    OUT.print(", ".join(f"{stage} {count}" for stage, count in sorted(counts.items())))
    table = Table("path", "who", "unit", "stage", "pending", "version", box=None, pad_edge=False)
    for one in body["items"]:
        who = f"{one['name']} ({one['student_no']})" if one["name"] else "–"
        table.add_row(
            one["path_id"], who, one["unit"], one["outcome"] or one["stage"], one["pending"] or "–", str(one["version"])
        )
    OUT.print(table)


def show_audit(body: Mapping[str, Any]) -> None:
    """The counts by rule, the decisions against which something speaks, and every finding."""
    OUT.print(f"[bold]{body['unit']}[/], {body['first']} to {body['last']}: {body['paths']} paths looked at")
    OUT.print(f"{len(body['findings'])} findings, {len(body['decisions'])} decisions judged again")
    against = [one for one in body["decisions"] if not one["agrees"]]
    for one in against:
        OUT.print(f"\n[bold]{one['on']}  {one['title']} · {one['topic']}[/]  path {one['path_id']}, {one['position']}")
        if one["digest"] == "differs":
            OUT.print(f"    {STATES['differs']}")
        for when in ("then", "now"):
            for finding in one[when]:
                told = f"{finding['rule']}  {finding['en']}  {finding['arithmetic']}"
                OUT.print(f"    by what is known {when}: {told}", markup=False)
    if not against:
        OUT.print("every decision stands: nothing that was authorised is refused by the facts")
    table = Table("day", "rule", "severity", "path", "evidence", "arithmetic", "source", box=None, pad_edge=False)
    for row in _rows(body["findings"]):
        names = ("day", "rule", "severity", "path", "evidence", "why", "source")
        table.add_row(*(Text(str(row[name])) for name in names))
    OUT.print(table)


def _rows(findings: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "day": one["finding"]["on"],
            "rule": one["finding"]["rule"],
            "severity": one["finding"]["severity"],
            "path": one["path_id"],
            "evidence": " ".join(map(str, one["evidence"])),
            "why": one["finding"]["arithmetic"],
            "source": f"{', '.join(one['finding']['sources'])}; {one['finding']['edition']}",
            "规则": one["finding"]["zh"],
            "text": one["finding"]["en"],
            "说明": one["finding"]["why_zh"],
            "explained": one["finding"]["why_en"],
        }
        for one in findings
    ]


def audit_workbook(path: Path, body: Mapping[str, Any]) -> None:
    """Write an audit as a workbook: a sheet of findings, a sheet of decisions. Raises OSError, FileCreateError."""
    decisions = [
        {name: one[name] for name in ("on", "topic", "title", "path_id", "position", "mode", "edition", "stage_before")}
        | {"stage_after": one["stage_after"], "digest": one["digest"], "agrees": "yes" if one["agrees"] else "NO"}
        | {when: ", ".join(finding["rule"] for finding in one[when]) for when in ("then", "now")}
        for one in body["decisions"]
    ]
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True})
        for name, rows in (("findings", _rows(body["findings"])), ("decisions", decisions)):
            sheet = book.add_worksheet(name)
            for column, title in enumerate(rows[0] if rows else ("none",)):
                sheet.write_string(0, column, title, bold)
            for line, row in enumerate(rows, 1):
                for column, value in enumerate(row.values()):
                    sheet.write(line, column, value)
            sheet.freeze_panes(1, 0)
