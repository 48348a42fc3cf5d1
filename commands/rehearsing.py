"""`jieti rehearse`: tells a story on the real engine, years in a minute, and prints it line by line."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from activities.paths import Paths
from commands.leaving import Code, Leave
from commands.showing import OUT
from domain.judgement import Finding
from domain.story import read_story
from registry.rulebooks import HERE
from runtime.rehearsal import Act, Begun, Ended, Line, Moved, NewEdition, Reminded, Summary, rehearse
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
    OUT.print("starting a PostgreSQL and a Temporal that can skip time …")
    summary = asyncio.run(rehearse(read, show, workflow=PathWorkflow, activities=Paths))
    raise typer.Exit(Code.REFUSED if summary.astray or not summary.ended else Code.DONE)


def show(line: Line) -> None:
    """Print a line of the story."""
    for text in words(line):
        OUT.print(text, markup=False, soft_wrap=True)


def words(line: Line) -> list[str]:  # noqa: PLR0911 - one answer for each kind of line
    """A line of the story as text."""
    match line:
        case Begun():
            return [f"{line.title.zh} · {line.title.en}", f"{line.units} units, ready after {line.seconds:.1f} s", ""]
        case Act():
            return _act(line)
        case Reminded():
            when = (
                f"{-line.rung_days} days before"
                if line.rung_days < 0
                else f"{line.rung_days} days after"
                if line.rung_days
                else "on"
            )
            return [
                f"{line.day}  ⏰ by its own timer: {line.owed_by} is reminded, {when} {line.due_on}: {line.text.zh} · {line.text.en}"
            ]
        case Moved():
            return [f"{line.day}  → {line.text.zh} · {line.text.en}"]
        case NewEdition():
            return [f"{line.day}  § {line.text.zh} · {line.text.en} is in force"]
        case Ended():
            moments = ", ".join(f"{name} {day}" for name, day in line.moments.items())
            return [f"{line.day}  ■ the path is {line.outcome}; its workflow has ended by itself ({moments})"]
        case Summary():
            return _summary(line)


def _act(line: Act) -> list[str]:
    mark = "✓" if line.verdict == "recorded" else "✗"
    by = f" — {line.by.zh}" if line.by.zh else ""
    astray = "  (the story told it otherwise!)" if line.astray else ""
    way = "asked of the workflow" if line.way == "transition" else "into the log"
    found = [one for one in line.findings if line.verdict == "recorded" or one.severity in ("block", "override")]
    said = "recorded" if line.verdict == "recorded" else f"{line.verdict}, nothing was written"
    return [f"{line.day}  {mark} {line.text.zh} · {line.text.en}{by}: {said} ({way}){astray}", *map(_finding, found)]


def _finding(one: Finding) -> str:
    earliest = f"; earliest {one.earliest}" if one.earliest else ""
    missing = f"; missing {', '.join(one.missing)}" if one.missing else ""
    return f"              {one.rule}: {one.zh} · {one.en} [{', '.join(one.sources)}, {one.edition}] {one.arithmetic}{earliest}{missing}"


def _summary(line: Summary) -> list[str]:
    acts = f"{line.facts} facts, {line.transitions} of them decisions of the workflow; {line.refusals} attempts refused"
    clock = f"{line.reminders} reminders sent, {line.wakes} timers fired, {line.astray} things astray"
    engine = f"{line.runs} runs of the workflow with {line.events} events"
    log = f"{line.verified} entries of the log verified; the path ends with {line.head[:16]}"
    return ["", acts, clock, f"{line.days / 365.25:.1f} years in {line.seconds:.0f} s; {engine}", log]
