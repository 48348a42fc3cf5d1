"""`jieti plan` and `jieti forecast`: what could happen when, from the shell."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from commands.paths import AS, JSON, WHO, api_as, end
from commands.showing import OUT

app = typer.Typer()

REASONS = {"today": "today", "assumed": "assumed", "by": "to be in time"}
TITLES = {
    "activist": "activist",
    "development-target": "target",
    "probationary-member": "admitted",
    "full-member": "converted",
}
"""What a forecast's columns are called, by stage."""


@app.command()
def plan(
    who: WHO,
    by: Annotated[
        str | None, typer.Option("--by", help="The day by which the end is wanted; the leaving day if left out.")
    ] = None,
    day: Annotated[str | None, typer.Option("--day", help="Stand on this day; today if left out.")] = None,
    assume: Annotated[
        list[str] | None, typer.Option("--if", help="What if an act happens on a day: oath-taken=2027-03-12.")
    ] = None,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """Plan what remains of a path: the first and last day of every act, and what binds it."""
    api = api_as(persona)
    end(
        api.get(f"/v1/paths/{api.path_id(who)}/plan", by=by, day=day, assume=assume or None), show_plan, as_json=as_json
    )


@app.command()
def forecast(
    unit: Annotated[str, typer.Argument(help="The unit; everything below it is counted too.")],
    months: Annotated[int, typer.Option("--months", help="Calendar months, this one included.")] = 12,
    day: Annotated[str | None, typer.Option("--day", help="Stand on this day; today if left out.")] = None,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """Forecast who can first become development target, probationary and full member in which month."""
    api = api_as(persona)
    end(api.get(f"/v1/units/{unit}/forecast", months=months, day=day), show_forecast, as_json=as_json)


def show_plan(body: Mapping[str, Any]) -> None:
    """What remains, act by act; those that cannot wait are marked."""
    wanted = f", wanted by {body['by']}" if body["by"] else ""
    OUT.print(f"[bold]{body['outcome'] or body['stage']}[/] on {body['day']}, version {body['version']}{wanted}")
    OUT.print(_verdict(body))
    for goal in body["goals"]:
        late = "" if goal["in_time"] is not False else "  too late" if goal["earliest"] else ""
        OUT.print(f"  {goal['earliest'] or 'not reached':<12} {goal['zh']} · {goal['en']}{late}")
    for one in body["obstacles"]:
        waits = f", {one['days']} days" if one["days"] else ""
        rule = f"{one['rule']}{waits}: " if one["rule"] else ""
        OUT.print(f"  [red]![/] {rule}{one['zh']} · {one['en']}  {_source(one)}")
    if body["acts"]:
        OUT.print(_acts(body["acts"]))
        OUT.print(
            "* a day's delay delays the end · ? beyond the known calendar of working days · † under a later edition"
        )
    _words(body["acts"])
    for one in body["recurring"]:
        OUT.print(f"{one['step']} {one['zh']} · {one['en']}: {', '.join(one['due_on'])}")


def _words(acts: Sequence[Mapping[str, Any]]) -> None:
    """What binds the acts that cannot wait, in the words of its rule: once for each rule."""
    told: set[str] = set()
    for one in acts:
        why = one["because"]
        if one["critical"] and why["why_zh"] and why["rule"] not in told:
            told.add(why["rule"])
            OUT.print(f"  {one['step']} {escape(one['zh'])}：{escape(why['why_zh'])} {escape(why['why_en'])}")


def _verdict(body: Mapping[str, Any]) -> str:
    if body["outcome"]:
        return "the path is closed"
    unless = "; days marked ? may move" if body["provisional"] else ""
    if body["end"] is None:
        return f"the end cannot be reached as things stand: {', '.join(body['unreached'])} remain{unless}"
    if body["late_days"]:
        return f"complete on {body['end']} at the earliest, {body['late_days']} days too late{unless}"
    favour = ", by a favour that nobody can count on" if body["feasible"] is False else ""
    return f"complete on {body['end']} at the earliest{favour}{unless}"


def _acts(acts: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("", "step", "act", "earliest", "latest"):
        table.add_column(name, no_wrap=name != "act")
    table.add_column("slack", justify="right")
    table.add_column("bound by")
    for one in acts:
        mark = "*" if one["critical"] else " "
        later = "†" if one["latest_edition"] not in ("", one["edition"]) else ""
        table.add_row(
            mark,
            one["step"],
            escape(f"{one['zh']} · {one['name']}") + (" (a favour)" if one["exception"] else ""),
            one["earliest"] + ("?" if one["provisional"] else ""),
            (one["latest"] or "") + later,
            "" if one["slack_days"] is None else str(one["slack_days"]),
            _bound(one),
            style="bold" if one["critical"] else None,
        )
    return table


def _bound(act: Mapping[str, Any]) -> str:
    """What keeps an act from coming earlier, and what of the rules it breaks all the same."""
    why = act["because"]
    parts = [REASONS.get(why["kind"]) or why["rule"] or "order"]
    if why["waits_for"]:
        parts.append(("with " if why["kind"] == "with" else "after ") + why["waits_for"])
    elif why["arithmetic"]:
        parts.append(why["arithmetic"])
    if act["findings"]:
        parts.append("finds " + ", ".join(one["rule"] for one in act["findings"]))
    return escape("  ".join(parts))


def _source(one: Mapping[str, Any]) -> str:
    return f"\\[{', '.join(one['sources'])}]" if one["sources"] else ""


def show_forecast(body: Mapping[str, Any]) -> None:
    """Counts by month, then the paths."""
    OUT.print(f"[bold]{body['unit']}[/] and below on {body['day']}: {body['paths']} open paths, until {body['upto']}")
    counts = Table(box=None, pad_edge=False)
    counts.add_column("month")
    for title in TITLES.values():
        counts.add_column(title, justify="right")
    for one in body["months"]:
        counts.add_row(one["month"], *(str(one["counts"][stage] or "·") for stage in TITLES))
    OUT.print(counts)
    paths = Table(box=None, pad_edge=False)
    for title in ("from", "stage", "who", "unit", "because"):
        paths.add_column(title)
    for one in body["ripe"]:
        who = f"{one['name']} ({one['student_no']})" if one["name"] else one["path_id"]
        doubt = ("?" if one["provisional"] else "") + (" by a favour" if one["exception"] else "")
        why = one["because"]
        paths.add_row(f"{one['on']}{doubt}", TITLES[one["stage"]], escape(who), one["unit"], why["rule"] or why["en"])
    OUT.print(paths)
