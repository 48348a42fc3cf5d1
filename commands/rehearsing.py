"""`jieti rehearse`: tells a story on the real engine, years in a minute, and prints it line by line."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from activities.mailroom import at_once
from activities.paths import Paths
from commands.leaving import Code, Leave
from domain.story import read_story
from registry.desk import Desk
from registry.rulebooks import HERE
from runtime.rehearsal import Line, rehearse, words
from workflows.path import Path as PathWorkflow

app = typer.Typer()

STORY = HERE / "examples" / "lin-xiaoyu.yaml"


@app.command("rehearse")
def tell(
    story: Annotated[Path, typer.Argument(help="A story, like rulebooks/examples/lin-xiaoyu.yaml.")] = STORY,
) -> None:
    """Rehearse a story: the same servers, workflow and log, a database of its own, and years in a minute."""
    try:
        read = read_story(story.name, story.read_text(encoding="utf-8"))
    except OSError as error:
        raise Leave(f"{story} cannot be read: {error.strerror}", Code.WRONG) from None
    except UnicodeDecodeError as error:
        raise Leave(f"{story} is not UTF-8 at byte {error.start}", Code.WRONG) from None
    print("starting a PostgreSQL and a Temporal that can skip time …", flush=True)
    summary = asyncio.run(rehearse(read, show, workflow=PathWorkflow, activities=_activities))
    raise typer.Exit(Code.REFUSED if summary.astray else Code.DONE)


def _activities(desk: Desk) -> Paths:
    return Paths(desk, at_once(desk))


def show(line: Line) -> None:
    """Print a line of the story as it happens."""
    for text in words(line):
        print(text, flush=True)
