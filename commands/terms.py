"""`jieti term`: what a unit owes and has done in a term, from the shell."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.markup import escape
from rich.table import Table

from commands.paths import AS, JSON, api_as, end
from commands.showing import OUT, show_findings, show_owed

app = typer.Typer()


@app.command()
def term(
    unit: Annotated[str, typer.Argument(help="The unit.")],
    name: Annotated[str | None, typer.Argument(metavar="TERM", help="The term; all are listed if left out.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="Judge on this day; today if left out.")] = None,
    persona: AS = None,
    *,
    below: Annotated[bool, typer.Option("--below", help="Sum up all units below, too.")] = False,
    as_json: JSON = False,
) -> None:
    """Show the terms of a unit, or one of them: what is owed in it, what counts, what was found."""
    api, address = api_as(persona), f"/v1/units/{quote(unit, safe='')}/terms"
    if name is None:
        end(api.get(address), show_terms, as_json=as_json)
    else:
        whole = api.get(f"{address}/{quote(name, safe='')}", as_of=on, below="true" if below else None)
        end(whole, show_term, as_json=as_json)


def show_terms(body: Mapping[str, Any]) -> None:
    """A line for each term, the last one first."""
    if not body["items"]:
        OUT.print(
            "no term has begun: the unit's clock begins them, where the school's policy keeps terms of such units"
        )
        return
    OUT.print(_table(body["items"], "term"))


def show_term(body: Mapping[str, Any]) -> None:
    """The report: the days of the term, its jobs, what counts, what is owed and what was found."""
    OUT.print(
        f"[bold]{escape(body['unit'])}  {escape(body['term'])}[/]  {body['state']}  — {body['day']}, "
        f"{escape(body['policy'])}, version {body['version']}\n"
        f"{body['first_on']} to {body['last_on']}, closed with its report by {body['closes_on']}\n"
    )
    jobs = Table(box=None, pad_edge=False)
    for column in ("job", "due", "state", "by"):
        jobs.add_column(column)
    for one in body["jobs"]:
        times = f" {one['done']}/{one['times']}" if one["times"] > 1 or not one["whole"] else ""
        span = f" ({one['span']})" if one["span"] != body["term"] else ""
        state = f"done {one['done_on']}" if one["done_on"] else one["state"]
        jobs.add_row(escape(f"{one['zh']} · {one['en']}{span}"), one["due_on"], f"{state}{times}", one["owed_by"])
    OUT.print(jobs)
    OUT.print()
    OUT.print(_counts(body["counts"]))
    for one in body["inspections"]:
        row = f", failures: {one['failures']}, in a row: {one['in_a_row']}" if one["failures"] else ""
        objection = f"{one['objection']}, may come until {one['objectable_until']}"
        OUT.print(
            f"inspected {one['on']} ({one['inspector']}, {one['criterion']}): {one['grade']}{row}; objection: {objection}"
        )
    show_owed(body["obligations"])
    show_findings(body["findings"])
    if body["below"]:
        _show_below(body["below"])


def _counts(counts: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("what counts")
    for column in ("held", "people"):
        table.add_column(column, justify="right")
    table.add_column("entries")
    for one in counts:
        entries = ", ".join(f"{fact['effective_on']} (position {fact['position']})" for fact in one.get("facts", ()))
        rests_on = entries or (f"units: {one['units']}" if "units" in one else "")
        table.add_row(escape(f"{one['zh']} · {one['en']}"), str(one["number"]), str(one["participants"]), rests_on)
    return table


def _show_below(below: Mapping[str, Any]) -> None:
    OUT.print(f"\n[bold]With all below[/]: units: {below['units']}, closed: {below['closed']}")
    OUT.print(_counts(below["counts"]))
    for job, units in below["not_done"].items():
        OUT.print(f"{escape(job)}: not done, units: {units}")
    OUT.print()
    OUT.print(_table(below["items"], "unit"))


def _table(items: Sequence[Mapping[str, Any]], lead: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in (lead, "state", "until", "next due", "not done", "held", "found"):
        table.add_column(column)
    for one in items:
        held = ", ".join(f"{name} {number}" for name, number in one["counts"].items() if number)
        table.add_row(
            escape(one[lead]),
            one["state"],
            one["last_on"],
            one["due_on"] or "",
            escape(", ".join(one["not_done"])),
            escape(held),
            escape(", ".join(one["rules"])),
        )
    return table
