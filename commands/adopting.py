"""`jieti rulebook adopt` and `recover`: a set of rulebooks goes into the log with its text, and comes out again."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from commands.calling import Api, told
from commands.leaving import Code, Leave
from commands.showing import OUT
from commands.surroundings import settings_around, token_for
from registry.adopting import COMMITTEE, adopted, adoptions, texts_of
from registry.rulebooks import CURRENT, Texts, texts_named
from runtime.resources import open_resources
from runtime.settings import Settings

JSON = Annotated[bool, typer.Option("--json", help="Print what the API answered.")]


def adopt(
    name: Annotated[str, typer.Argument(help="The edition or policy that is new in the set.")],
    reason: Annotated[str, typer.Option(help="Why it is adopted: the decision, its number.")],
    approved_by: Annotated[str, typer.Option(help="The second person who agreed.")],
    unit: Annotated[str | None, typer.Option(help="The university's committee, where there are several.")] = None,
    since: Annotated[
        str | None, typer.Option("--in-force-from", help="The day that its file names; it cannot be another.")
    ] = None,
    persona: Annotated[str | None, typer.Option("--as", help="Ask as somebody of the sample school.")] = None,
    *,
    as_json: JSON = False,
) -> None:
    """Record that the university's committee adopts the set that the API judges by, with its whole text."""
    settings = settings_around()
    api = Api(settings.api_url, token_for(settings, persona))
    committee = unit or _committee(api)
    digest = _digest(settings, api)
    body = {"name": name, "reason": reason, "approved_by": approved_by, "by_unit": committee, "in_force_from": since}
    answer = api.ask("POST", "/v1/rulebooks/adoptions", body, {"Idempotency-Key": f"{name}-{digest[:32]}"})
    if not answer.well:
        raise Leave(told(answer), answer.code)
    if as_json:
        print(json.dumps(answer.body, ensure_ascii=False))
    else:
        OUT.print(f"adopted: {name}, set {digest}; position {answer.body['position']} of the log")


def recover(
    digest: Annotated[str, typer.Argument(help="The set, or the beginning of its digest.")],
    directory: Annotated[Path, typer.Argument(help="Where to write its files; none there is written over.")],
) -> None:
    """Take the files of a set out of the entry with which it was adopted."""
    settings = settings_around()

    async def found() -> Texts:
        async with open_resources(settings) as opened:
            committees = [one.unit_id for one in await opened.views.units() if one.kind == COMMITTEE]
            fact = adopted(await adoptions(opened.desk, committees), digest)
            if fact is None:
                raise Leave(f"no committee has adopted a set {digest}", Code.WRONG)
            return texts_of(fact)

    try:
        for path in asyncio.run(found()).write(directory):
            print(path)
    except FileExistsError as error:
        raise Leave(f"{error.filename} is there already; name an empty directory", Code.REFUSED) from None


def _committee(api: Api) -> str:
    answer = api.get("/v1/units")
    if not answer.well:
        raise Leave(told(answer), answer.code)
    found = [one["unit_id"] for one in answer.body["items"] if one["kind"] == COMMITTEE]
    if len(found) != 1:
        raise Leave(f"name the committee with --unit: {', '.join(found) or 'there is none'}", Code.WRONG)
    return str(found[0])


def _digest(settings: Settings, api: Api) -> str:
    """The set that the API judges by, which must be the one of these files: that is what somebody has read."""
    answer = api.get("/v1/rulebooks")
    if not answer.well:
        raise Leave(told(answer), answer.code)
    here = texts_named(CURRENT, settings.school).digest
    if answer.body["digest"] != here:
        raise Leave(
            f"the API judges by {answer.body['digest']}, these files are {here}: start it anew first", Code.REFUSED
        )
    return here
