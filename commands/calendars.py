"""`jieti calendar`: what lies ahead of a path, day by day, with the reminders to come; or as a file for a calendar."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from commands.calling import told
from commands.leaving import Leave
from commands.paths import AS, JSON, WHO, api_as, end
from commands.showing import OUT
from domain.calendar import SHANGHAI

app = typer.Typer()


@app.command()
def calendar(
    who: WHO,
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE", help="Write it as a file for a calendar.")
    ] = None,
    language: Annotated[str, typer.Option(help="Of the titles in that file: zh or en.")] = "zh",
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """Show what lies ahead of a path: every due day with its rule, and who is reminded of it when."""
    api = api_as(persona)
    path_id = api.path_id(who)
    if ics is None:
        end(api.get(f"/v1/paths/{path_id}/calendar"), show_calendar, as_json=as_json)
        return
    answer = api.get(f"/v1/paths/{path_id}/calendar.ics", language=language)
    if not answer.well:
        raise Leave(told(answer), answer.code)
    ics.write_text(answer.body, encoding="utf-8", newline="")
    print(ics)


def show_calendar(body: Mapping[str, Any]) -> None:
    """The days in their order, under each the reminders to come."""
    if not body["days"]:
        OUT.print("nothing is owed on this path now")
    for one in body["days"]:
        owed = one["obligation"]
        late = " [red]overdue[/]" if owed["overdue"] else " (told, not owed)" if owed["tells"] else ""
        sources = ", ".join(owed["sources"])
        OUT.print(f"[bold]{owed['due_on']}[/]{late}  {owed['step']} {owed['zh']} · {owed['en']}  \\[{sources}]")
        OUT.print(f"  {owed['why_zh']} {owed['why_en']}", markup=False)
        for plan in one["reminders"]:
            at = datetime.fromisoformat(plan["moment"]).astimezone(SHANGHAI)
            said = plan["reminder"]
            climbed = f", that it climbed to {said['to']}" if said["kind"] == "climbed" else ""
            OUT.print(
                f"  {at:%Y-%m-%d %H:%M}  {plan['state']:<5}  {said['owed_by']}{climbed}", markup=False, highlight=False
            )
