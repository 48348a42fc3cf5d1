"""`jieti release`: which build serves the paths, and how they move to another, forward or back."""

import asyncio
import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from temporalio.service import RPCError

from commands.leaving import Code, Leave
from commands.showing import OUT
from commands.surroundings import settings_around
from runtime.client import connect
from runtime.releasing import NoSuchBuild, Release, releases, serve_by
from runtime.settings import Settings

app = typer.Typer()


@app.command()
def release(
    build: Annotated[
        str | None, typer.Argument(help="The build that is to serve the paths; none: show all builds.")
    ] = None,
    percent: Annotated[
        float | None,
        typer.Option(min=0, max=100, help="Only this share of the tasks, to begin with; 0 takes it back."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the builds as JSON.")] = False,
) -> None:
    """Show the builds that workers have run, or have the paths served by one of them: a release, or its rolling back."""
    found = asyncio.run(_done(settings_around(), build, percent))
    if as_json:
        print(json.dumps([asdict(one) for one in found], default=str, indent=2))
        return
    for one in found:
        _show(one)
    if not found:
        OUT.print("no build is known: workers run without JIETI_BUILD_ID (docs/releases.md)")


def _show(one: Release) -> None:
    mark: Any = "● current" if one.current else f"◐ {one.ramp:g} %" if one.ramp else "○"
    OUT.print(f"{mark:10}  {one.build}  heard of since {one.heard_at:%Y-%m-%d %H:%M}Z  {one.workflows} workflows")


async def _done(settings: Settings, build: str | None, percent: float | None) -> list[Release]:
    try:
        client = await connect(settings)
        if build is not None:
            await serve_by(client, build, percent=percent)
        return list(await releases(client))
    except NoSuchBuild:
        raise Leave(
            f"Temporal has not heard of a build {build!r} that polls: start its worker first", Code.REFUSED
        ) from None
    except (RPCError, RuntimeError) as error:
        raise Leave(f"Temporal does not answer: {error}", Code.AWAY) from error
