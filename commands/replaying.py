"""`jieti replay`, `jieti roll`, `jieti audit`: what was known when, what changed by which fact, what still stands."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from xlsxwriter.exceptions import FileCreateError

from commands.calling import Answer, Api, told
from commands.leaving import Code, Leave
from commands.replayed import audit_workbook, show_audit, show_difference, show_frame, show_roll
from commands.showing import OUT, show_path
from commands.surroundings import settings_around, token_for
from domain.calendar import moment_on

app = typer.Typer()

WHO = Annotated[str, typer.Argument(help="The path's id, or the student number.")]
UNIT = Annotated[str, typer.Argument(help="The unit; all below it are looked at too.")]
AS = Annotated[str | None, typer.Option("--as", help="Ask as somebody of the sample school: auditor, secretary …")]
JSON = Annotated[bool, typer.Option("--json", help="Print what the API answered.")]
AS_OF = Annotated[str | None, typer.Option("--as-of", help="What had happened by this day; today if left out.")]
KNOWN = Annotated[
    str | None,
    typer.Option(
        "--known",
        help="By what was recorded up to this moment (2026-03-02T16:00:00Z; a day is its end in Shanghai).",
    ),
]


@app.command()
def replay(
    who: WHO,
    as_of: AS_OF = None,
    known: KNOWN = None,
    to_as_of: Annotated[str | None, typer.Option("--to-as-of", help="Compare with another day.")] = None,
    to_known: Annotated[str | None, typer.Option("--to-known", help="Compare with what was known then.")] = None,
    by: Annotated[str | None, typer.Option("--by", help="Fact by fact, as they were `recorded` or `happened`.")] = None,
    persona: AS = None,
    *,
    step: Annotated[bool, typer.Option("--step", help="One fact at a time: Enter goes on, b back, q ends.")] = False,
    as_json: JSON = False,
) -> None:
    """Show a path as it stood on a day by what was known at a moment, compare two points, or go fact by fact."""
    api = _api(persona)
    path, clocks = f"/v1/paths/{api.path_id(who)}", {"as_of": _day(as_of), "known": _moment(known)}
    if to_as_of or to_known:
        to = {"to_as_of": _day(to_as_of), "to_known": _moment(to_known)}
        _show(_well(api.get(f"{path}/difference", **clocks, **to)), show_difference, as_json=as_json)
    elif by or step:
        whole = _well(api.get(f"{path}/replay", by=by or "recorded", **clocks))
        _show(whole, _walk if step else _run, as_json=as_json)
    else:
        _show(_well(api.get(path, **clocks)), show_path, as_json=as_json)


@app.command()
def roll(
    unit: UNIT,
    as_of: AS_OF = None,
    known: KNOWN = None,
    stage: Annotated[str | None, typer.Option("--stage", help="Only who stood at this stage.")] = None,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """List who stood where in a unit on a day, by what was known at a moment."""
    api = _api(persona)
    pages = list(_pages(api, api.get(f"/v1/units/{unit}/roll", as_of=_day(as_of), known=_moment(known), stage=stage)))
    _show({**pages[0], "items": _all(pages, "items"), "next": None}, show_roll, as_json=as_json)


@app.command()
def audit(
    first: Annotated[str, typer.Option("--from", help="The first day of the period, like 2026-01-01.")],
    last: Annotated[str, typer.Option("--to", help="The last day of the period.")],
    unit: Annotated[
        str | None, typer.Option("--unit", help="This unit and all below it; your own if left out.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--xlsx", help="Write a workbook too.", dir_okay=False)] = None,
    persona: AS = None,
    *,
    as_json: JSON = False,
) -> None:
    """List all findings of a period with rule, source and evidence, and judge every decision of it again.

    Ends with 1 where what was authorised is not what the facts say, or where they no longer mean what they meant.
    """
    api = _api(persona)
    asked = {"unit": unit, "from": _day(first), "to": _day(last)}
    pages = list(_pages(api, api.get("/v1/audit", **asked)))
    whole = {**pages[0], "paths": sum(page["paths"] for page in pages), "next": None}
    whole |= {name: _all(pages, name) for name in ("findings", "decisions")}
    if out:
        try:
            audit_workbook(out, whole)
        except (OSError, FileCreateError) as error:
            raise Leave(f"{out} cannot be written: {error}", Code.WRONG) from None
    _show(whole, show_audit, as_json=as_json)
    raise typer.Exit(0 if all(one["agrees"] for one in whole["decisions"]) else 1)


def _api(persona: str | None) -> Api:
    settings = settings_around()
    return Api(settings.api_url, token_for(settings, persona))


def _well(answer: Answer) -> Any:
    """The body of an answer. Raises Leave for a problem."""
    if not answer.well:
        raise Leave(told(answer), answer.code)
    return answer.body


def _pages(api: Api, answer: Answer) -> Iterator[Any]:
    """All pages of a list, from its first answer on."""
    while True:
        page = _well(answer)
        yield page
        if not page["next"]:
            return
        answer = api.get(page["next"])


def _all(pages: Sequence[Any], name: str) -> list[Any]:
    return [one for page in pages for one in page[name]]


def _show(body: Any, show: Callable[[Any], None], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        show(body)


def _run(body: Any) -> None:
    for frame in body["frames"]:
        show_frame(frame)


def _walk(body: Any) -> None:
    """One fact at a time, forth and back."""
    frames, at = body["frames"], 0
    while 0 <= at < len(frames):
        show_frame(frames[at])
        answer = OUT.input(f"{at + 1}/{len(frames)}: Enter, b, or the number of a fact; q ends > ").strip().lower()
        if answer == "q":
            return
        at = int(answer) - 1 if answer.isdecimal() else max(at - 1, 0) if answer == "b" else at + 1


def _day(given: str | None) -> str | None:
    try:
        return date.fromisoformat(given).isoformat() if given else None
    except ValueError:
        raise Leave(f"{given!r} is not a day like 2026-03-02", Code.WRONG) from None


def _moment(given: str | None) -> str | None:
    """A moment as the API takes it; a day means all that was recorded on it."""
    if not given:
        return None
    try:
        if len(given) == len("2026-03-02"):
            end = moment_on(date.fromisoformat(given) + timedelta(days=1), time()) - timedelta(microseconds=1)
            return end.isoformat()
        if datetime.fromisoformat(given).tzinfo:
            return datetime.fromisoformat(given).isoformat()
    except (ValueError, OverflowError):
        pass
    raise Leave(f"{given!r} is neither a day nor a moment with its zone, like 2026-03-02T16:00:00Z", Code.WRONG)
