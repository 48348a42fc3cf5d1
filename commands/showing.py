"""How answers of the API look on a terminal: a line for what stands, a sentence with its rule for what is refused."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from commands.calling import Answer
from domain.calendar import SHANGHAI

OUT, ERR = Console(highlight=False), Console(stderr=True, highlight=False)
MARKS = {"done": "●", "open": "○", "ahead": "·"}


def show_path(body: Mapping[str, Any]) -> None:
    """A judgement: where the path stands, its steps, what was found and what is owed."""
    known = body["judgement"]
    who = f"{body['name']} ({body['student_no']})" if body["name"] else f"path {body['path_id']}"
    state = known["outcome"] or known["stage"] or "not begun"
    waiting = f", {known['pending']} waits for approval" if known["pending"] else ""
    OUT.print(
        f"[bold]{escape(who)}[/]  {known['home_unit']}  {state}{waiting}  — {known['day']}, {known['edition']}, version {known['version']}"
    )
    OUT.print(f"path {body['path_id']}{_repaired(body)}")
    OUT.print(f"beside the stage: {', '.join(known['conditions'])}\n" if known["conditions"] else "")
    for one in known["steps"]:
        if one["state"] != "ahead":
            _show_step(one)
    show_findings(known["findings"])
    show_owed(known["obligations"])


def _repaired(body: Mapping[str, Any]) -> str:
    """That a path was repaired stays visible for ever."""
    times = body["repaired"]
    return f"  —  经修复 {times} 次 · repaired {'once' if times == 1 else f'{times} times'}" if times else ""


def _show_step(step: Mapping[str, Any]) -> None:
    """A step on a line; what is still open about it below."""
    lead, title = f"{MARKS[step['state']]} {step['id']}", f"{step['zh']} · {step['en']}"
    if step["state"] == "done":
        _line(lead, f"{title}  {step['done_on']}")
        return
    days = [f"{word} {step[name]}" for word, name in (("from", "earliest"), ("until", "latest")) if step[name]]
    _line(lead, "  ".join((title, *days, *_doubts(step))))
    _line(" " * len(lead), f"by {step['acts']}")
    if step["missing"]:
        _line(" " * len(lead), f"missing: {', '.join(step['missing'])}")
    _show_why(step, " " * len(lead))


def _show_why(one: Mapping[str, Any], lead: str) -> None:
    """The arithmetic as a sentence in each language, and the facts that were counted with."""
    for sentence in filter(None, (one["why_zh"], one["why_en"])):
        _line(lead, sentence)
    if one["rests_on"]:
        _line(lead, f"rests on: {_grounds(one['rests_on'])}")


def _grounds(facts: Sequence[Mapping[str, Any]]) -> str:
    """Facts by their version, and their position where they stand in the log."""
    return ", ".join(
        f"{one['kind']} {one['effective_on']} (version {one['version']}, "
        f"{'not recorded' if one['position'] is None else 'position {}'.format(one['position'])})"
        for one in facts
    )


def _doubts(one: Mapping[str, Any]) -> Sequence[str]:
    """What is to be known of an answer before it is relied on: a rule that is not sure, a calendar that ends too soon."""
    unsure = () if one["confidence"] == "sure" else (f"({one['confidence']})",)
    return (*unsure, "(provisional)") if one["provisional"] else unsure


def show_findings(findings: Sequence[Mapping[str, Any]]) -> None:
    """What was done against the rules, each with its source and its arithmetic."""
    if findings:
        OUT.print("\n[bold]Findings[/]")
    for one in findings:
        source = f"[{', '.join((*one['sources'], one['edition']))}]"
        _line(one["on"], "  ".join((one["rule"], f"{one['zh']} · {one['en']}", source, *_doubts(one))))
        _line(" " * len(one["on"]), f"{one['topic']}: {one['arithmetic']}")
        _show_why(one, " " * len(one["on"]))


def show_owed(obligations: Sequence[Mapping[str, Any]]) -> None:
    """What is owed, each with its day, its source and who owes it."""
    if obligations:
        OUT.print("\n[bold]Owed[/]")
    for one in obligations:
        late = "overdue: " if one["overdue"] else ""
        source = f"[{', '.join(one['sources'])}], by {one['owed_by']}"
        _line(one["due_on"], "  ".join((f"{late}{one['zh']} · {one['en']}", source, *_doubts(one))))
        _show_why(one, " " * len(one["due_on"]))


def at_school(moment: str) -> str:
    """A moment by the clock of the school."""
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def show_history(body: Mapping[str, Any]) -> None:
    """All facts: when it happened, when it was recorded, by whom, and the digest that proves it."""
    OUT.print(f"path {body['path_id']}, version {body['version']}{_repaired(body)}\n")
    for one in body["facts"]:
        lead = f"{one['version']:>3}  {one['effective_on']}"
        _line(lead, f"{one['title']} · {one['topic']}  {_fields(one['fields'])}")
        if one["retracted_by"]:
            _line(" " * len(lead), f"retracted by version {one['retracted_by']}: it never happened")
        elif one["corrected_by"]:
            versions = ", ".join(map(str, one["corrected_by"]))
            _line(" " * len(lead), f"corrected by version {versions}; now {_fields(one['now'])}")
        if one["reason"]:
            _line(" " * len(lead), f"理由 · because: {one['reason']}")
        second = f", approved by {one['approved_by']}" if one["approved_by"] else ""
        by = f"{one['recorded_by']} ({one['capacity']}, {one['mode']}){second}"
        _line(" " * len(lead), f"recorded {one['recorded_at'][:16]} by {by}, digest {one['digest'][:16]}")


def _line(lead: str, text: str) -> None:
    """A line that goes on under its own beginning where the terminal ends."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_row(Text(lead), Text(text))
    OUT.print(grid)


def _fields(fields: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_plain(value)}" for name, value in fields.items() if value not in (None, "", []))


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return f"{{{_fields(value)}}}"
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
        unsure = "" if body["confidence"] == "sure" else f" (by rules of which one is only {body['confidence']})"
        OUT.print(f"allowed: it would be recorded; nothing was stored{unsure}", markup=False)
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
        source = ", ".join((*one["sources"], one["edition"], *(mark.strip("()") for mark in _doubts(one))))
        out.print(f"  {one['rule']}  {one['zh']} · {one['en']}  \\[{source}]")
        more = [
            one["arithmetic"],
            one["why_zh"],
            one["why_en"],
            f"missing: {', '.join(one['missing'])}" if one["missing"] else "",
            f"rests on: {_grounds(one['rests_on'])}",
        ]
        for line in filter(None, more):
            out.print(f"      {line}", markup=False)
