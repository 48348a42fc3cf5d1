"""How answers of the API look on a terminal: tables for what stands, a sentence with its rule for what is refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from commands.calling import Answer

OUT, ERR = Console(highlight=False), Console(stderr=True, highlight=False)
MARKS = {"done": "●", "open": "○", "ahead": "·"}


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """A table without frames, that fits where it is printed."""
    made = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        made.add_column(column, overflow="fold")
    for row in rows:
        made.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    return made


def show_path(body: Mapping[str, Any]) -> None:
    """A judgement: where the path stands, its steps, what was found and what is owed."""
    known = body["judgement"]
    who = f"{body['name']} ({body['student_no']})" if body["name"] else f"path {body['path_id']}"
    state = known["outcome"] or known["stage"]
    waiting = f", {known['pending']} waits for approval" if known["pending"] else ""
    OUT.print(
        f"[bold]{who}[/]  {known['home_unit']}  {state}{waiting}  — {known['day']}, {known['edition']}, version {known['version']}"
    )
    OUT.print(f"path {body['path_id']}\n")
    open_now = [step for step in known["steps"] if step["state"] != "ahead"]
    rows = [
        (
            MARKS[one["state"]],
            one["id"],
            one["zh"],
            one["done_on"],
            one["earliest"],
            one["latest"],
            _lacking(one),
            one["acts"] if one["state"] == "open" else "",
        )
        for one in open_now
    ]
    OUT.print(table("Steps", ("", "step", "", "done", "earliest", "latest", "missing", "who acts"), rows))
    _show_findings(known["findings"])
    _show_owed(known["obligations"])


def _show_findings(findings: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        (one["on"], one["topic"], one["rule"], one["zh"], one["arithmetic"], ", ".join(one["sources"]))
        for one in findings
    ]
    if rows:
        OUT.print(table("\nFindings", ("day", "fact", "rule", "", "arithmetic", "source"), rows))


def _show_owed(obligations: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        ("overdue" if one["overdue"] else "", one["due_on"], one["zh"], one["owed_by"], ", ".join(one["sources"]))
        for one in obligations
    ]
    if rows:
        OUT.print(table("\nOwed", ("", "by", "what", "by whom", "source"), rows))


def _lacking(step: Mapping[str, Any]) -> str:
    return ", ".join(step["missing"]) if step["state"] == "open" else ""


def show_history(body: Mapping[str, Any]) -> None:
    """All facts: when it happened, when it was recorded, by whom, and the digest that proves it."""
    rows = [
        (
            one["version"],
            one["effective_on"],
            one["title"],
            _fields(one["fields"]),
            one["recorded_at"][:16],
            f"{one['recorded_by']} ({one['capacity']})",
            one["mode"],
            one["digest"][:12],
        )
        for one in body["facts"]
    ]
    columns = ("", "day", "fact", "", "recorded", "by", "mode", "digest")
    OUT.print(table(f"path {body['path_id']}, version {body['version']}", columns, rows))


def _fields(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_plain(value)}" for name, value in fields.items() if value not in (None, "", []))


def _plain(value: object) -> str:
    return "/".join(map(str, value)) if isinstance(value, list) else str(value)


def show_receipt(body: Mapping[str, Any]) -> None:
    """A fact that stands now."""
    again = " (it stood already)" if body["repeated"] else ""
    OUT.print(
        f"recorded: {body['topic']} is version {body['version']} of the path, position {body['position']} of the log{again}"
    )
    OUT.print(f"digest {body['digest']}")
    _findings(body["findings"])


def show_verdict(body: Mapping[str, Any]) -> None:
    """What would become of a fact."""
    if body["allowed"]:
        OUT.print("allowed: it would be recorded; nothing was stored")
        _findings(body["findings"])
    else:
        OUT.print("refused: nothing would be recorded")
        _refusal(body["problem"])


def show_problem(answer: Answer, key: str) -> None:
    """A problem: its sentence, the rules behind it, and what can be done."""
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status == 202:  # noqa: PLR2004 - handed over, not answered yet
        ERR.print(f"handed over, and not answered yet; ask again with --key {key}")
        return
    ERR.print(f"[bold]{body.get('title', 'the API refused')}[/]: {body.get('detail', answer.status)}")
    if body.get("roles"):
        ERR.print(f"it may be done by: {', '.join(body['roles'])}")
    if "findings" in body:
        _refusal(body, ERR)
    if answer.status == 503:  # noqa: PLR2004 - unavailable
        ERR.print(f"the same may be asked again with --key {key}" if key else "the same may be asked again")


def _refusal(body: Mapping[str, Any], out: Console = OUT) -> None:
    if body.get("earliest"):
        out.print(f"earliest day: [bold]{body['earliest']}[/]")
    _findings([one for one in body["findings"] if one["severity"] in ("block", "override")], out)


def _findings(findings: Sequence[Mapping[str, Any]], out: Console = OUT) -> None:
    for one in findings:
        source = f"{', '.join(one['sources'])}, {one['edition']}"
        source += "" if one["confidence"] == "sure" else f", {one['confidence']}"
        out.print(f"  {one['rule']}  {one['zh']} · {one['en']}  \\[{source}]")
        more = [
            f"{one['arithmetic']}" if one["arithmetic"] else "",
            f"missing: {', '.join(one['missing'])}" if one["missing"] else "",
        ]
        for line in filter(None, more):
            out.print(f"      {line}", markup=False)
