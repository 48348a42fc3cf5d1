"""`jieti recipients`: who holds which post, and who cannot be told."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from commands.paths import AS, JSON, api_as, end
from commands.showing import OUT
from domain.words import word

app = typer.Typer()

WHYS = {
    "unregistered": "未登记 · not registered",
    "left": "已离校 · has left",
    "no-address": "无联系方式 · no address",
    "shredded": "信息已销毁 · data destroyed",
}
"""Why somebody is not told anything, as the list says it."""


@app.command()
def recipients(
    unit: Annotated[
        str | None, typer.Option("--unit", help="This unit and everything below it; your own if left out.")
    ] = None,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """List who holds which post and where they are reached; and the posts through which nobody is."""
    end(api_as(persona).get("/v1/recipients", unit=unit), show_recipients, as_json=as_json)


def show_recipients(body: Mapping[str, Any]) -> None:
    """A line for each who holds a post, vacant posts below."""
    table = Table("unit", "post", "number", "name", "channels", "", box=None, pad_edge=False)
    for one in body["items"]:
        why = f"[yellow]{WHYS[one['why']]}[/]" if one["why"] else ""
        post = word(one["post"]) if one["post"] else ""
        who = (escape(one["number"] or "–"), escape(one["name"] or "–"))
        table.add_row(one["unit"], post, *who, ", ".join(one["channels"]), why)
    for one in body["vacant"]:
        table.add_row(one["unit"], word(one["post"]), "–", "–", "", "[yellow]空缺 · vacant[/]")
    OUT.print(table)
