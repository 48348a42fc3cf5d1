"""`jieti stuck`: what is stuck and who frees it, by cause and one by one."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from commands.paths import AS, JSON, api_as, end
from commands.showing import OUT, at_school

app = typer.Typer()

STYLES = {"grave": "bold red", "stuck": "bold", "doubt": "dim"}


@app.command()
def stuck(
    unit: Annotated[str | None, typer.Option(help="This unit and all below it; your own if left out.")] = None,
    cause: Annotated[str | None, typer.Option(help="Only this cause, and each that is stuck for it.")] = None,
    older_than: Annotated[int, typer.Option(min=0, help="Stuck for so many days or more.")] = 0,
    frees: Annotated[
        str | None, typer.Option(help="What this role can free, or this recipient by their posts.")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, max=500, help="How many to list; 0 for the groups alone.")] = 20,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """Show what is stuck, why, and who frees it. Ends with 0 where nothing is, with 1 where something is."""
    answer = api_as(persona).get(
        "/v1/stuck", unit=unit, cause=cause, older_than_days=older_than, frees=frees, limit=limit
    )
    if not answer.well or not answer.body["stuck"]:
        end(answer, _show, as_json=as_json)
    if as_json:
        print(json.dumps(answer.body, ensure_ascii=False, indent=2))
    else:
        _show(answer.body)
    raise typer.Exit(1)


def _show(body: Mapping[str, Any]) -> None:
    """The sentence, the groups, then each."""
    OUT.print(f"{escape(body['zh'])}\n{escape(body['en'])}")
    if body["away"]:
        OUT.print(f"[bold red]Temporal could not be asked: {escape(body['away'])}[/]")
    if body["groups"]:
        OUT.print()
        OUT.print(_groups(body))
    for one in body["items"]:
        OUT.print()
        _show_item(one)
    if body["next"]:
        OUT.print("\nthere are more: --limit, --cause and --unit narrow the list")


def _groups(body: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("count", justify="right")
    for name in ("cause", "", "longest since", "freed by"):
        table.add_column(name)
    for one in body["groups"]:
        said = escape(f"{one['zh']} · {one['en']}")
        freed = ", ".join(one["frees"])
        table.add_row(
            str(one["count"]),
            one["cause"],
            said,
            at_school(one["oldest_at"])[:10],
            freed,
            style=STYLES[one["severity"]],
        )
    return table


def _show_item(one: Mapping[str, Any]) -> None:
    """One thing that is stuck, with what it rests on and what to do."""
    who = f"{one['name']} ({one['student_no']})" if one["name"] else one["path_id"] or one["workflow_id"] or ""
    where = "  ".join(filter(None, (one["cause"], who, one["unit"], one["step"])))
    OUT.print(f"[bold]{escape(where)}[/]")
    OUT.print(f"    {one['zh']}", markup=False)
    OUT.print(f"    {one['en']}", markup=False)
    told = one["last_reminder"]
    parts = [
        f"since {one['since'] or at_school(one['stuck_at'])}",
        f"freed by {one['frees']}",
        f"rests on version {', '.join(map(str, one['rests_on']))}" if one["rests_on"] else "",
        f"[{', '.join(one['sources'])}] {one['edition'] or ''}".strip() if one["sources"] else "",
        f"reminded {told['on']} through {told['channel']}: {told['outcome']}" if told else "",
        f"next: {one['next']['act'] or one['next']['en']}",
    ]
    OUT.print(f"    {'; '.join(filter(None, parts))}", markup=False)
