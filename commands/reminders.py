"""`jieti reminders`: what was told and what came of it; what would go out on a day, to whom, and why."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from commands.paths import AS, JSON, api_as, end
from commands.showing import OUT, at_school

app = typer.Typer(help="See what was told, and what will be.", no_args_is_help=True)

UNIT = Annotated[str | None, typer.Option("--unit", help="This unit and all below it; your own if left out.")]
OBLIGATION = Annotated[str | None, typer.Option("--obligation", help="Only of this obligation.")]
LIMIT = Annotated[int, typer.Option(min=1, max=200, help="How many to list.")]
STYLES = {"refused": "bold red", "unknown": "bold", "due": "bold", "planned": "", "sent": ""}


@app.callback()
def reminders() -> None:
    """Make a group of the commands."""


@app.command()
def due(
    on: Annotated[str | None, typer.Option("--on", help="Today, or a day to come; today if left out.")] = None,
    unit: UNIT = None,
    obligation: OBLIGATION = None,
    limit: LIMIT = 100,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """Show what would go out on a day if nothing came before, and who would hear it as things stand now."""
    answer = api_as(persona).get("/v1/reminders/due", on=on, unit=unit, obligation=obligation, limit=limit)
    end(answer, _show_due, as_json=as_json)


@app.command(name="list")
def listing(
    state: Annotated[str | None, typer.Option(help="planned, due, sent, refused or unknown.")] = None,
    path: Annotated[str | None, typer.Option("--path", help="The path's id, or the student number.")] = None,
    unit: UNIT = None,
    recipient: Annotated[str | None, typer.Option(help="Only what this recipient was told: their id.")] = None,
    obligation: OBLIGATION = None,
    first: Annotated[str | None, typer.Option("--from", help="On this day or later.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="On this day or before.")] = None,
    limit: LIMIT = 50,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """List reminders: told ones with what the channel answered, and those to come. Of one path's days: jieti calendar."""
    api = api_as(persona)
    query = {"state": state, "unit": unit, "recipient": recipient, "obligation": obligation, "from": first, "to": last}
    answer = api.get("/v1/reminders", **query, path_id=api.path_id(path) if path else None, limit=limit)
    end(answer, _show_list, as_json=as_json)


def _show_due(body: Mapping[str, Any]) -> None:
    count = len(body["items"])
    OUT.print(
        f"[bold]{body['day']}[/]: {count}{' or more' if body['next'] else ''} would go out if nothing came before; "
        f"who hears it, as of {at_school(body['resolved_at'])}"
    )
    _show_items(body["items"])
    if body["next"]:
        OUT.print("\nthere are more: --limit, --unit and --obligation narrow the list")


def _show_list(body: Mapping[str, Any]) -> None:
    if not body["items"]:
        OUT.print("there is no such reminder")
    _show_items(body["items"])
    if body["next"]:
        OUT.print("\nthere are more: --limit, --state, --from and --to narrow the list")


def _show_items(items: Sequence[Mapping[str, Any]]) -> None:
    for one in items:
        whose = f"{one['name']} ({one['student_no']})" if one["name"] else one["path_id"] or f"term {one['term']}"
        OUT.print()
        lead = f"{at_school(one['at'])}  {one['state']:<8}{_channel(one)}"
        OUT.print(lead, style=STYLES[one["state"]], markup=False)
        OUT.print(f"  {one['step']} {one['zh']} · {one['en']}", markup=False)
        OUT.print(f"  {whose}  {one['unit']}  due {one['due_on']}{_rung(one)}", markup=False)
        OUT.print(f"  to {_to(one)}", markup=False)
        OUT.print(f"  why: {one['obligation']} [{', '.join(one['sources'])}] {one['edition'] or ''}", markup=False)
        if again := one["again"]:
            OUT.print(f"  send again: {_command(one, again)}", markup=False, soft_wrap=True)


def _channel(one: Mapping[str, Any]) -> str:
    """Through which channel, with which code, in which letter: nothing of what was not told yet."""
    parts = [f"through {one['channel']}" if one["channel"] else "", f"[{one['code']}]" if one["code"] else ""]
    return "  ".join(filter(None, (*parts, f"letter {one['letter']}" if one["letter"] else "")))


def _rung(one: Mapping[str, Any]) -> str:
    days = f", rung {one['rung_days']:+d}{' working days' if one['workdays'] else ''}"
    climbed = f", that it climbed{' to ' + one['climbs_to'] if one['climbs_to'] else ''}"
    again = f", asked for again {one['times']} ×" if one["times"] else ""
    return f"{days}{climbed if one['kind'] == 'climbed' else ''}{again}"


def _to(one: Mapping[str, Any]) -> str:
    """The role that owes it, and who that is or would be."""
    told = "; ".join(_who(each) for each in one["to"])
    passed = f" (passed over: {', '.join(one['passed_over'])})" if one["passed_over"] else ""
    return f"{one['owed_by']}{': ' + told if told else ''}{passed}"


def _who(one: Mapping[str, Any]) -> str:
    seat = f", {one['role']} of {one['unit']}" if one["role"] else ""
    through = f" by {' or '.join(one['channels'])}" if one["channels"] else ""
    return f"{one['name'] or one['recipient_id']}{seat}{through}"


def _command(one: Mapping[str, Any], again: Mapping[str, Any]) -> str:
    """The command that has it sent again; of a term, where that is asked for."""
    if not one["path_id"]:
        return f"POST {again['href']}"
    fields = " ".join(f"-f {name}={again['body'][name]}" for name in ("obligation", "due_on", "rung_days"))
    workdays = " -f workdays=true" if again["body"]["workdays"] else ""
    return f"jieti record {again['topic']} --path {one['path_id']} --on {again['body']['effective_on']} {fields}{workdays} --reason …"
