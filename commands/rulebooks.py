"""`jieti rulebook check`: reads rulebook files as the project does, and says at which line one is wrong."""

from pathlib import Path
from typing import Annotated

import typer

from commands.leaving import Code, Leave
from domain.policyfile import read_policy
from domain.rulefile import read_edition, read_workdays
from domain.spot import RulebookError, read_spot
from registry.rulebooks import HERE, load_rulebooks

app = typer.Typer(help="Work on the rules.", no_args_is_help=True)


@app.callback()
def rules() -> None:
    """Make a group of the one command."""


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Editions, policies, workdays; all of the project's if left out.")
    ] = None,
) -> None:
    """Read rulebook files; the first mistake is told with file, line and what is allowed."""
    wrong = 0
    for file in files or sorted(HERE.glob("*.yaml")):
        try:
            print(f"{file.name}: {_summary(file)}")
        except RulebookError as error:
            wrong += 1
            print(error)
    if not files:
        load_rulebooks(HERE / "policy-sample.yaml")
    raise typer.Exit(Code.REFUSED if wrong else Code.DONE)


def _summary(file: Path) -> str:
    """What a file holds. Raises RulebookError."""
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Leave(f"there is no file {file}", Code.WRONG) from None
    except UnicodeDecodeError as error:
        raise RulebookError(f"{file.name}: not UTF-8 at byte {error.start}; save the file as UTF-8") from None
    parts = read_spot(file.name, text).map()
    if "edition" in parts:
        one = read_edition(file.name, text)
        counts = f"{len(one.steps)} steps, {len(one.rules)} rules, {len(one.duties)} obligations"
        return f"edition {one.name}, in force from {one.in_force_from}: {counts}"
    if "policy" in parts:
        editions = load_rulebooks(None).editions
        policy = read_policy(file.name, text, editions)
        beside = f"beside those of {editions[-1].name}"
        return f"policy {policy.name}: {len(policy.rules)} rules, {len(policy.duties)} obligations {beside}"
    days = read_workdays(file.name, text)
    return f"working days of {', '.join(map(str, sorted(days.off)))}"
