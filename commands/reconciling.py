"""`jieti reconcile`: the log against Temporal and against the views; what is safe is put right, the rest is listed."""

import asyncio
import json
from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer
from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from commands.leaving import Code, Leave
from commands.showing import ERR, OUT
from commands.surroundings import settings_around
from runtime.client import connect
from runtime.schedules import BACK_HOURS
from runtime.settings import Settings
from workflows.reconciling import RECONCILE, ReconcileInput, Reconciliation

app = typer.Typer()


@app.command()
def reconcile(
    since: Annotated[
        datetime | None, typer.Option(help="Read Temporal's histories back to this moment (with its zone).")
    ] = None,
    *,
    whole: Annotated[bool, typer.Option("--all", help="Read all that Temporal still has, however long ago.")] = False,
    look: Annotated[bool, typer.Option("--dry-run", help="Only look; put nothing right.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Compare log, workflows and views, as every night. Ends with 1 where something is left for people to look at."""
    if since is not None and since.tzinfo is None:
        raise Leave("--since must say its zone, like 2026-03-02T16:00:00Z", Code.WRONG)
    hours = 0 if whole or since else BACK_HOURS
    asked = ReconcileInput(since=None if whole else since, hours=hours, repair=not look)
    found = asyncio.run(_round(settings_around(), asked))
    if as_json:
        print(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        _show(found)
    raise typer.Exit(1 if found.left else 0)


async def _round(settings: Settings, asked: ReconcileInput) -> Reconciliation:
    """Have a worker do it. Raises Leave where Temporal is away or the round failed."""
    try:
        client = await connect(settings)
        found: Reconciliation = await client.execute_workflow(
            RECONCILE,
            asked,
            id=f"{RECONCILE.lower()}-now",
            id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
            task_queue=settings.task_queue,
            result_type=Reconciliation,
        )
    except (RPCError, RuntimeError) as error:
        raise Leave(f"Temporal does not answer: {error}", Code.AWAY) from error
    except WorkflowFailureError as error:
        raise Leave(f"the round failed: {error.cause}", Code.AWAY) from error
    return found


def _show(found: Reconciliation) -> None:
    OUT.print(", ".join(f"{count} {name}" for name, count in found.looked_at.items()) + " compared")
    for one in found.disagreements:
        mark = "put right" if one.repaired else "[bold]LEFT[/]"
        OUT.print(f"{mark}  {one.kind}  path {one.path_id}")
        OUT.print(f"    {one.told}", markup=False)
    if not found.disagreements:
        OUT.print("log, workflows and views agree")
    elif found.left:
        ERR.print(f"{len(found.left)} of {len(found.disagreements)} are for people to look at")
