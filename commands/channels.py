"""`jieti channels`: reads the channel file, tries every channel, and says what would happen; sends only where told to."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from activities.channels.base import Configured, Delivery, Message
from activities.channels.opening import WEEKDAYS, Group, open_channels, read_groups
from commands.leaving import Code, Leave
from commands.showing import OUT
from commands.surroundings import settings_around
from runtime import clock

app = typer.Typer(help="Work on the channels that letters leave by.", no_args_is_help=True)

MARKS = {"accepted": "ok", "refused": "REFUSED", "unknown": "unknown", "later": "NOT NOW"}
TRIAL = "这是阶梯的一条试发消息，无需处理。 · This is a trial message of Jieti; nothing is to be done."


@app.callback()
def channels() -> None:
    """Make a group of the commands."""


@app.command()
def check(
    file: Annotated[
        Path | None, typer.Argument(help="The channel file; that of JIETI_CHANNELS_FILE if left out.")
    ] = None,
    send_to: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=ADDRESS", help="Send a trial message there; NAME alone for a group. May be repeated."
        ),
    ] = None,
) -> None:
    """Read the channel file and try to reach every channel; nothing is sent but what --send-to says.

    Ends with 2 where the file cannot be used, 4 where a channel cannot be reached now, 1 where one refuses.
    """
    asked = dict(_addressed(one) for one in send_to or [])
    chosen = file or settings_around().channels_file
    answers = asyncio.run(_checked(chosen, asked))
    outcomes = {one.outcome for one in answers}
    if "refused" in outcomes:
        raise typer.Exit(Code.REFUSED)
    raise typer.Exit(Code.AWAY if "later" in outcomes else Code.DONE)


def _addressed(text: str) -> tuple[str, str]:
    name, _, address = text.partition("=")
    return name, address


async def _checked(file: Path | None, asked: Mapping[str, str]) -> Sequence[Delivery]:
    """Try each channel and show what came of it. Raises RulebookError, Leave."""
    found: list[Delivery] = []
    async with open_channels(file, clock.now) as opened:
        _known(asked, opened)
        _show_order(opened, read_groups(file, opened))
        for name, channel in opened.items():
            found.append(await channel.check())
            _show(name, found[-1])
        for name, address in asked.items():
            found.append(await opened[name].send(address, _trial(group=opened[name].group)))
            _show(f"{name}: sent", found[-1])
    return found


def _known(asked: Mapping[str, str], opened: Mapping[str, Configured]) -> None:
    """Raises Leave for a channel that the file has not, or that lacks an address."""
    for name, address in asked.items():
        if name not in opened:
            raise Leave(f"there is no channel {name!r}; there are {', '.join(opened)}", Code.WRONG)
        if not address and not opened[name].group:
            raise Leave(f"{name} reaches one person: write --send-to {name}=ADDRESS", Code.WRONG)


def _show_order(opened: Mapping[str, Configured], told: Sequence[Group]) -> None:
    """In which order a person's addresses are tried, and what groups read."""
    one = [name for name, channel in opened.items() if not channel.group]
    groups = [name for name, channel in opened.items() if channel.group]
    OUT.print(f"one person is written to by the first of: {', '.join(one) or 'nothing'}", markup=False, soft_wrap=True)
    for group in told:
        days = ", ".join(WEEKDAYS[day] for day in sorted(group.days))
        OUT.print(
            f"{group.channel} is told how much waits at {group.unit} and below it: {days}", markup=False, soft_wrap=True
        )
    if left := [name for name in groups if name not in {group.channel for group in told}]:
        OUT.print(f"told nothing, for no unit has them under `groups`: {', '.join(left)}", markup=False, soft_wrap=True)


def _show(what: str, delivery: Delivery) -> None:
    code = f" [{delivery.code}]" if delivery.code else ""
    wait = f" (again in {delivery.retry_after_s:.0f} s)" if delivery.retry_after_s else ""
    OUT.print(f"{MARKS[delivery.outcome]:8} {what}{code} {delivery.detail}{wait}", markup=False, soft_wrap=True)


def _trial(*, group: bool) -> Message:
    """The trial message; each is a new one."""
    key = f"trial-{clock.now():%Y%m%dT%H%M%S%f}"
    subject = "阶梯试发消息 · Jieti, a trial message"
    return Message(key, subject, markdown=TRIAL, group=True) if group else Message(key, subject, text=TRIAL)
