"""`jieti repair`: what a path is stuck for and what frees it, the repair itself, and repairs of a whole group as jobs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from secrets import token_hex
from typing import Annotated, Any

import typer

from commands.calling import Answer, Api
from commands.leaving import Code, Leave
from commands.paths import end
from commands.showing import ERR, OUT, at_school
from commands.surroundings import settings_around, token_for

app = typer.Typer()

JOBS = "/v1/repairs/jobs"
BEGUN = 202
"""A job has begun: that is the whole answer, and nothing that is asked for again."""


@app.command()
def repair(
    who: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATH]",
            help="The id of a path, or a student number; unit/ID, term/ID or mailroom/N for what is no path; `jobs` lists jobs.",
        ),
    ] = None,
    job: Annotated[str | None, typer.Argument(help="After `jobs`: the one to look at.")] = None,
    cause: Annotated[str | None, typer.Option(help="What is stuck; without PATH, of a whole group.")] = None,
    act: Annotated[str | None, typer.Option(help="What is to be done; without it, what can be done is shown.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the log for ever.")] = None,
    unit: Annotated[
        str | None, typer.Option(help="Of a group: this unit and all below it; your own if left out.")
    ] = None,
    said: Annotated[
        list[str] | None, typer.Option(help="What the act needs, name=value; values that are JSON are read as such.")
    ] = None,
    approved_by: Annotated[str | None, typer.Option(help="The second person, where a day may change.")] = None,
    reference: Annotated[str | None, typer.Option(help="The number of a document.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The Idempotency-Key; the same again repeats, and adds nothing.")
    ] = None,
    persona: Annotated[str | None, typer.Option("--as", help="Ask as somebody of the sample school.")] = None,
    *,
    preview: Annotated[bool, typer.Option("--preview", help="Only show what it would do.")] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Of a job: stop after what is under way.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Of a job: go on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    # Longer than 40 lines: the options are half of it, and each is a line of the command's help.
    """Free what is stuck: show what can be done, look at it before, do it with a reason; of one path or a whole group."""
    settings = settings_around()
    # What carries paths out is repaired by whoever runs the system.
    api = Api(settings.api_url, token_for(settings, persona or (None if settings.token else "admin")))
    if who == "jobs":
        _jobs(api, job, "cancel" if cancel else "resume" if resume else None, as_json=as_json)
    asked = {"cause": cause, "act": act, "reason": reason, "approved_by": approved_by, "reference": reference}
    body: dict[str, Any] = {name: value for name, value in asked.items() if value is not None}
    key = key or token_hex(16)
    if who is None:
        if not cause or not act or not reason:
            raise Leave(
                "name a PATH, or --cause, --act and --reason for a whole group (jieti stuck lists causes)", Code.WRONG
            )
        answer = api.ask("POST", JOBS, body | ({"unit": unit} if unit else {}), {"Idempotency-Key": key})
        if answer.status == BEGUN:
            answer = replace(answer, status=200)
        end(answer, show_job, as_json=as_json, key=key)
    address = _address(api, who or "")
    now = api.get(address)
    if act is None or not now.well:
        end(now, show_repairs, as_json=as_json)
    body |= {"cause": cause or _only_cause(now), "said": _said(said or [])}
    body.setdefault("reason", "")
    if preview:
        body["reason"] = body["reason"] or "–"
        end(api.ask("POST", f"{address}?preview=true", body), show_preview, as_json=as_json)
    headers = {"Idempotency-Key": key} | ({"If-Match": now.headers["etag"]} if "etag" in now.headers else {})
    end(api.ask("POST", address, body, headers), show_applied, as_json=as_json, key=key)


def _address(api: Api, who: str) -> str:
    """Where the repairs of a path are, or of a workflow that is no path's."""
    return f"/v1/repairs/workflows/{who}" if "/" in who else f"/v1/paths/{api.path_id(who)}/repairs"


def _jobs(api: Api, job: str | None, word: str | None, *, as_json: bool) -> None:
    """Show all jobs or one, or tell one to stop or to go on."""
    if job is None and word:
        raise Leave(
            f"name the job to {word}: jieti repair jobs JOB --{word} (jieti repair jobs lists them)", Code.WRONG
        )
    if job is None:
        end(api.get(JOBS), show_jobs, as_json=as_json)
    if word:
        end(api.ask("POST", f"{JOBS}/{job}/{word}"), show_job, as_json=as_json)
    end(api.get(f"{JOBS}/{job}"), show_job, as_json=as_json)


def _only_cause(now: Answer) -> str:
    causes: list[str] = [one["cause"] for one in now.body["causes"]]
    if len(set(causes)) != 1:
        named = (
            f"it is stuck for {', '.join(causes)}: say which with --cause" if causes else "it is stuck for nothing now"
        )
        raise Leave(named, Code.REFUSED)
    return causes[0]


def _said(given: Sequence[str]) -> Mapping[str, Any]:
    said: dict[str, Any] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals:
            raise Leave(f"--said {one!r}: name=value is expected", Code.WRONG)
        try:
            said[name] = json.loads(value)
        except ValueError:
            said[name] = value
    return said


def show_repairs(body: Mapping[str, Any]) -> None:
    """What a path is stuck for, and what can be done about it; what cannot, with the reason."""
    workflow = body["workflow"]
    state = f"away: {workflow['away']}" if workflow["away"] else workflow["status"]
    what = body.get("workflow_id") or f"path {body['path_id']}"
    OUT.print(f"{what}, version {body['version']}, repaired {body['repaired']} ×; workflow {state}")
    if not body["causes"]:
        OUT.print("没有卡住 · it is not stuck")
    for one in body.get("repairs", ()):
        OUT.print(
            f"  {at_school(one['at'])}  {one['act']} for {one['cause']} by {one['actor']}: {one['reason'] or '–'}",
            markup=False,
        )
    for one in body["causes"]:
        OUT.print(f"\n[bold]{one['zh']} · {one['en']}[/]  ({one['cause']})")
        OUT.print(f"  {one['told_zh']}\n  {one['told_en']}", markup=False)
        if one["by_hand_en"]:
            OUT.print(f"  by hand: {one['by_hand_zh']} · {one['by_hand_en']}", markup=False)
        for act in one["acts"]:
            _show_act(act)


def _show_act(act: Mapping[str, Any]) -> None:
    if not act["legal"]:
        OUT.print(f"  [dim]– {act['act']}: {act['why_zh']} · {act['why_en']}[/]")
        return
    who = "" if act["yours"] else f"  (by {', '.join(act['roles'])})"
    second = "  (with --approved-by)" if act["second_person"] else ""
    OUT.print(f"  ● --act {act['act']}  {act['zh']} · {act['en']}{second}{who}")
    for choice in act["choices"][:5]:
        OUT.print("      --said " + " --said ".join(f"{name}={value}" for name, value in choice.items()), markup=False)


def show_preview(body: Mapping[str, Any]) -> None:
    """What a repair would do."""
    OUT.print(f"{body['does_zh']}\n{body['does_en']}", markup=False)
    for one in body["entries"]:
        OUT.print(f"  would append {one['topic']} ({one['title']}), version {one['version']}")
    for one in body["timers"]:
        OUT.print(f"  timer {one['what']}: {one['at']}")
    for one in body["told"]:
        OUT.print(f"  tells {one['owed_by']}: {one['zh']} · {one['en']}, due {one['due_on']}", markup=False)
    OUT.print("nothing was done")


def show_applied(body: Mapping[str, Any]) -> None:
    """A repair that stands now."""
    again = " (it was done already)" if body["repeated"] else ""
    where = "its log" if "workflow_id" in body else "the path"
    OUT.print(f"repaired{again}: {body['act']} for {body['cause']} is version {body['version']} of {where}")
    OUT.print(f"  before: {body['before']}\n  after:  {body['after']}", markup=False)


def show_job(body: Mapping[str, Any]) -> None:
    """How far a job is, and which paths it has left."""
    done = body["repaired"] + body["left"]
    OUT.print(
        f"job {body['job']}  {body['state']}  {body['act']} for {body['cause']} in {body['unit']}: "
        f"{done} of {body['paths']} paths, {body['left']} left"
    )
    for one in body["listed"]:
        ERR.print(f"  left {one['path_id']}: {one['why']}", markup=False)


def show_jobs(body: Mapping[str, Any]) -> None:
    """The last jobs."""
    for one in body["items"]:
        show_job({**one, "listed": ()})
    if not body["items"]:
        OUT.print("no jobs")
