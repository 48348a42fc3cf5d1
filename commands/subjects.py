"""`jieti subject` and `jieti access`: a person's own data, restricted, shredded, checked; and who has looked at them."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Any

import typer

from commands.calling import Answer, Api, told
from commands.leaving import Code, Leave
from commands.showing import OUT, show_problem
from commands.surroundings import settings_around, token_for
from runtime import clock

app = typer.Typer()
subject = typer.Typer(help="A person's own data: exported, restricted, shredded, checked.", no_args_is_help=True)
access = typer.Typer(help="Who has looked at whose data.", no_args_is_help=True)
app.add_typer(subject, name="subject")
app.add_typer(access, name="access")

WHO = Annotated[str, typer.Argument(help="A student number (all paths of the person), or the id of one path.")]
AS = Annotated[str | None, typer.Option("--as", help="Ask as somebody of the sample school: department, auditor …")]
REASON = Annotated[str | None, typer.Option("--reason", help="Why; it is sealed like all free text.")]
OTHER = Annotated[bool, typer.Option("--other", help="WHO is a contact, introducer … as facts name them.")]
DATA_PROTECTION = {"Purpose": "data-protection"}


def _api(persona: str | None) -> Api:
    settings = settings_around()
    return Api(settings.api_url, token_for(settings, persona))


def _paths(api: Api, who: str) -> Sequence[str]:
    """All paths of a person, or the one that is named."""
    if not who.isascii() or len(who) == 36:  # noqa: PLR2004 - the length of an id
        return [api.path_id(who)]
    answer = api.ask("GET", "/v1/paths", headers={"Student-No": who, **DATA_PROTECTION})
    if not answer.well:
        raise Leave(told(answer), answer.code)
    if not answer.body["items"]:
        raise Leave(f"no path of yours has the student number {who!r}", Code.WRONG)
    return [item["path_id"] for item in answer.body["items"]]


def _well(answer: Answer) -> Any:
    if not answer.well:
        show_problem(answer, "")
        raise typer.Exit(answer.code)
    return answer.body


@subject.command()
def export(
    who: WHO,
    out: Annotated[Path | None, typer.Option("--out", help="Where to put the files; here if left out.")] = None,
    persona: AS = None,
) -> None:
    """Write all that is stored about a person, readable: PATH.json and PATH.html, with who has looked at it."""
    api, folder = _api(persona), out or Path()
    folder.mkdir(parents=True, exist_ok=True)
    for path_id in _paths(api, who):
        body = _well(api.ask("GET", f"/v1/paths/{path_id}/personal", headers=DATA_PROTECTION))
        page = _well(api.ask("GET", f"/v1/paths/{path_id}/personal?format=html", headers=DATA_PROTECTION))
        data = folder / f"{path_id}.json"
        _private(data, json.dumps(body, ensure_ascii=False, indent=2) + "\n")
        _private(data.with_suffix(".html"), page)
        OUT.print(
            f"{data} and {data.with_suffix('.html').name}: {len(body['facts'])} facts, {len(body['looks'])} looks"
        )


def _private(file: Path, text: str) -> None:
    """Write a file that its owner alone can read."""
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text, encoding="utf-8")


@subject.command()
def restrict(
    who: WHO,
    reason: REASON = None,
    persona: AS = None,
    *,
    lift: Annotated[bool, typer.Option("--lift", help="The data may be used again.")] = False,
) -> None:
    """Stop all use of a person's data but storage and protection (PIPL art. 47); only named roles still see them."""
    _record(_api(persona), who, "restriction-lifted" if lift else "person-restricted", {"reason": reason})


@subject.command()
def shred(
    who: WHO,
    basis: Annotated[
        str | None, typer.Option(help="purpose-met, consent-withdrawn, period-over, unlawful or service-ended.")
    ] = None,
    approved_by: Annotated[str | None, typer.Option(help="The second person, who agrees.")] = None,
    reason: REASON = None,
    persona: AS = None,
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Do not destroy them after all.")] = False,
    finish: Annotated[
        bool, typer.Option("--finish", help="Carry it out, now that the cooling period is over.")
    ] = False,
    other: OTHER = False,
) -> None:
    """Request that the keys of a person's data be destroyed; after the cooling period it is done, and cannot be undone."""
    api = _api(persona)
    if not (withdraw or finish or (basis and approved_by)):
        raise Leave("--basis and --approved-by are needed: why, and who agrees", Code.WRONG)
    said = {"basis": basis, "approved_by": approved_by, "reason": reason}
    if other:
        act = "finish" if finish else "withdraw" if withdraw else "request"
        _tell(api, f"/v1/personal/others/{act}", {**({} if finish else _today()), "whom": who, **_given(said, act)})
    elif finish:
        for path_id in _paths(api, who):
            done = _well(api.ask("POST", f"/v1/paths/{path_id}/shredding", {}))
            OUT.print(f"path {path_id}: {done['keys']} keys destroyed, as entry {done['position']} of the log says")
    elif withdraw:
        _record(api, who, "shredding-withdrawn", {"reason": reason})
    else:
        _record(api, who, "shredding-requested", said)


def _given(said: dict[str, Any], act: str) -> dict[str, Any]:
    known = {"request": ("basis", "approved_by", "reason"), "withdraw": ("reason",), "finish": ()}[act]
    return {name: said[name] for name in known if said[name] is not None}


def _today() -> dict[str, str]:
    return {"effective_on": clock.today().isoformat()}


def _record(api: Api, who: str, topic: str, said: dict[str, Any]) -> None:
    body = {**_today(), **{name: value for name, value in said.items() if value is not None}}
    for path_id in _paths(api, who):
        _tell(api, f"/v1/paths/{path_id}/facts/{topic}", body)


def _tell(api: Api, address: str, body: dict[str, Any]) -> None:
    answer = _well(api.ask("POST", address, body, {"Idempotency-Key": token_hex(16)}))
    OUT.print(f"{address.removeprefix('/v1/')}: done, position {answer['position']} of the log")


@subject.command()
def due(
    on: Annotated[str | None, typer.Option("--on", help="On this day; today if left out.")] = None, persona: AS = None
) -> None:
    """List whose data need no longer be kept. Nothing is destroyed by itself: people decide."""
    body = _well(_api(persona).get("/v1/personal/due", on=on))
    for one in body["items"]:
        asked = f"  (requested, from {one['requested_for']} on)" if one["requested_for"] else ""
        OUT.print(f"{one['due_on']}  {one['path_id']}  {one['unit']}  {one['ended']}  {one['zh']} · {one['en']}{asked}")
    OUT.print(f"{len(body['items'])} due on {body['day']}")


@subject.command()
def check(persona: AS = None) -> None:
    """Compare all sealed values of the log with the key store: a key that is gone without a reason is an alarm."""
    body = _well(_api(persona).get("/v1/personal/keys"))
    for one in body["missing"]:
        OUT.print(f"{one['kind']}  {one['group']} of {one['subject']}, first in entry {one['position']}")
    OUT.print(
        "every key is there that should be" if body["well"] else f"{len(body['missing'])} are not as the log says"
    )
    raise typer.Exit(Code.DONE if body["well"] else Code.REFUSED)


@subject.command()
def rewrap() -> None:
    """Wrap all keys anew under the first key of JIETI_WRAPPING_KEY; afterwards the older ones can be dropped."""
    from runtime.resources import open_key_store

    async def run() -> int:
        async with open_key_store(settings_around()) as keys:
            return await keys.rewrap()

    OUT.print(f"{asyncio.run(run())} keys wrapped anew")


@access.command()
def show(who: WHO, persona: AS = None) -> None:
    """Show who has looked at a person's data, the last first."""
    api = _api(persona)
    for path_id in _paths(api, who):
        for one in _well(api.ask("GET", f"/v1/paths/{path_id}/access", headers=DATA_PROTECTION))["looks"]:
            shown = ", ".join(one["opened"]) or "nothing sealed"
            OUT.print(f"{one['at'][:19]}  {one['actor']} ({one['role']}, {one['unit']})  {one['route']}  "
                      f"for {one['purpose']}: {shown}")  # fmt: skip


@access.command()
def prune() -> None:
    """Remove who looked more than three years ago, in the role that owns the table (JIETI_DATABASE_ADMIN_URL)."""
    from runtime.resources import prune_looks

    OUT.print(f"{asyncio.run(prune_looks(settings_around()))} looks removed")
