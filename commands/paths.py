"""`jieti path`, `jieti history`, `jieti record`, `jieti ask`: what the API does, from the shell."""

import json
from collections.abc import Callable
from datetime import date
from secrets import token_hex
from typing import Annotated, Any

import typer

from commands.calling import Answer, Api
from commands.leaving import Code, Leave
from commands.showing import show_history, show_path, show_problem, show_receipt, show_verdict
from commands.surroundings import settings_around, token_for

app = typer.Typer()

WHO = Annotated[str, typer.Argument(help="The path's id, or the student number.")]
AS = Annotated[str | None, typer.Option("--as", help="Ask as somebody of the sample school: secretary, auditor …")]
JSON = Annotated[bool, typer.Option("--json", help="Print what the API answered.")]
TOPIC = Annotated[
    str, typer.Argument(help="What happened: a topic (half-year-inspection-recorded) or its title (半年考察).")
]
PATH = Annotated[str, typer.Option("--path", help="The path's id, or the student number.")]
ON = Annotated[str, typer.Option("--on", help="The day on which it counts, like 2026-11-20.")]
FIELD = Annotated[
    list[str] | None, typer.Option("--field", "-f", help="A field: conclusion=qualified. As often as needed.")
]
MODE = Annotated[str, typer.Option("--mode", help="authorise: may it be done? record: it has happened already.")]
REASON = Annotated[
    str | None, typer.Option("--reason", help="Why it was not asked for before; needed with --mode record.")
]


@app.command()
def path(
    who: WHO,
    on: Annotated[str | None, typer.Option("--on", help="Judge on this day; today if left out.")] = None,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """Show how a path stands: stage, steps with their days, what is missing, findings, what is owed."""
    api = api_as(persona)
    end(api.get(f"/v1/paths/{api.path_id(who)}", on=on), show_path, as_json=as_json)


@app.command()
def history(who: WHO, persona: AS = None, *, as_json: JSON = False) -> None:
    """Show all facts of a path in the order of their recording, with what proves them."""
    api = api_as(persona)
    end(api.get(f"/v1/paths/{api.path_id(who)}/history"), show_history, as_json=as_json)


@app.command()
def record(
    topic: TOPIC,
    path: PATH,
    on: ON,
    field: FIELD = None,
    mode: MODE = "authorise",
    reason: REASON = None,
    version: Annotated[int | None, typer.Option(help="The version of the path on which this was decided.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The Idempotency-Key; the same again repeats, and adds nothing.")
    ] = None,
    persona: AS = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only ask what would become of it.")] = False,
    as_json: JSON = False,
) -> None:
    """Record a fact on a path, or ask for a decision about it."""
    api = api_as(persona)
    kind, said = _said(topic, on, field or [], reason)
    key = key or token_hex(16)
    headers = {"Idempotency-Key": key} | ({"If-Match": f'"{version}"'} if version is not None else {})
    query = f"?mode={mode}" + ("&dry_run=true" if dry_run else "")
    answer = api.ask("POST", f"/v1/paths/{api.path_id(path)}/facts/{kind}{query}", said, headers)
    end(answer, show_verdict if dry_run else show_receipt, as_json=as_json, key=key)


@app.command()
def ask(
    topic: TOPIC,
    path: PATH,
    on: ON,
    field: FIELD = None,
    mode: MODE = "authorise",
    reason: REASON = None,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """Ask what would become of a fact, with the rules and the earliest day; nothing is stored."""
    record(topic, path, on, field, mode, reason, persona=persona, dry_run=True, as_json=as_json)


def api_as(persona: str | None) -> Api:
    """The API, asked as a persona of the sample school or with the token of the settings. Raises Leave."""
    settings = settings_around()
    return Api(settings.api_url, token_for(settings, persona))


def _said(topic: str, on: str, given: list[str], reason: str | None) -> tuple[str, dict[str, Any]]:
    """Turn what was typed into a topic and the fields of its fact, by the words that spreadsheets know too."""
    # Only here: reading a path need not wait for these.
    from domain.facts import KINDS
    from registry.importing.cells import BadCell, plain_name, reader
    from registry.importing.rows import fields_by_name, hints, topics_by_name

    kind = topics_by_name().get(plain_name(topic))
    if kind is None or KINDS[kind].SUBJECT != "path":
        raise Leave(f"there is no kind of fact {topic!r}; GET /v1/catalogue/facts lists them", Code.WRONG)
    typed = {"effective_on": on, **({"reason": reason} if reason else {})}
    for one in given:
        name, equals, value = one.partition("=")
        field = fields_by_name().get(plain_name(name))
        if not equals or field is None or field not in hints(kind):
            raise Leave(f"--field {one!r}: {kind} has the fields {', '.join(hints(kind))}", Code.WRONG)
        typed[field] = value
    said: dict[str, Any] = {}
    for name, value in typed.items():
        try:
            said[name] = reader(hints(kind)[name])(value)
        except BadCell as error:
            raise Leave(f"{name}: {error}", Code.WRONG) from None
    return kind, {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}


def end(answer: Answer, show: Callable[[Any], None], *, as_json: bool, key: str = "") -> None:
    """Print an answer and end with its code."""
    if as_json:
        print(json.dumps(answer.body, ensure_ascii=False, indent=2))
    elif answer.well:
        show(answer.body)
    else:
        show_problem(answer, key)
    refused = isinstance(answer.body, dict) and answer.body.get("allowed") is False
    raise typer.Exit(1 if refused else answer.code)
