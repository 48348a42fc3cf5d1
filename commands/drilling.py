"""`jieti drill`: a cause is brought about in the running demo, so that an admin sees the board turn red, and practises."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import typer

from commands.calling import Api, told
from commands.demonstration import say
from commands.leaving import Code, Leave
from commands.showing import OUT
from commands.surroundings import settings_around, token_for
from domain.causes import CAUSES
from domain.facts.repairing import RepairApplied
from eventlog.entry import Entry
from runtime.breaking import Site, site
from runtime.drills import DRILLS, Drill
from runtime.running import where
from runtime.settings import Settings

app = typer.Typer()

IN_TIME_SECONDS = 60.0
"""Within this time a cause is on the board, and off it once it is repaired."""

LOOK_SECONDS = 0.5


@app.command()
def drill(
    cause: Annotated[str | None, typer.Argument(help="What to bring about; without it, the drills are listed.")] = None,
    seconds: Annotated[float | None, typer.Option(help="End by itself after so long; else with Ctrl-C.")] = None,
    *,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Bring it about, wait for the board, repair it, wait for green; all, if none is named."
        ),
    ] = False,
) -> None:
    """Bring a cause about in the running demo and end it again. Nowhere but in a demo."""
    if cause is None and not check:
        for one in DRILLS.values():
            OUT.print(f"{one.cause:22}  {one.happens.zh} · {one.happens.en}", markup=False)
        return
    if cause is not None and cause not in DRILLS:
        raise Leave(f"there is no drill {cause!r}; there are {', '.join(DRILLS)}", Code.WRONG)
    settings = demo_settings()
    if check:
        results = asyncio.run(all_drills(settings, [cause] if cause else list(DRILLS)))
        raise typer.Exit(0 if all(one.passed for one in results) else 1)
    asyncio.run(_practise(settings, DRILLS[cause or ""], seconds))


def demo_settings() -> Settings:
    """The settings of the demo that runs here. Raises Leave anywhere else: a drill breaks things, and has letters sent."""
    own = Settings.read()
    running = where(own.data_dir)
    embedded = own.database_url is None and own.temporal_address is None and own.keys_database_url is None
    ours = running is not None and all((own.data_dir / name / "lock").exists() for name in ("postgres", "temporal"))
    if not embedded or not ours or not (running and running.mails):
        raise Leave(
            "a drill is for a demo alone: start one with `jieti demo`, and name no servers and no channels in the settings",
            Code.REFUSED,
        )
    return settings_around()


async def _practise(settings: Settings, one: Drill, seconds: float | None) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    named = CAUSES[one.cause]
    OUT.print(f"[bold]演习 · drill {one.cause}[/]\n  {one.happens.zh} · {one.happens.en}")
    async with site(settings) as here, one.begin(here):
        OUT.print(f"  看板应在一分钟内显示 · within a minute the board shows: {named.zh} · {named.en}  (jieti stuck)")
        OUT.print(f"  处理 · what to do: {one.do.zh} · {one.do.en}")
        for path_id in here.hit:
            OUT.print(f"    jieti repair {path_id}")
        OUT.print("  Ctrl-C 结束演习 · ends the drill")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
    OUT.print("  演习结束 · the drill is over; what it broke is back")


@dataclass(frozen=True, slots=True)
class Result:
    """How a drill went: seconds until the cause was on the board, and until it was off it again; what was wrong, if anything."""

    cause: str
    found_s: float | None
    green_s: float | None
    wrong: str = ""

    @property
    def passed(self) -> bool:
        """In time both ways, and nothing lost or twice."""
        return not self.wrong


async def all_drills(settings: Settings, names: Collection[str], say: Callable[[str], None] = say) -> list[Result]:
    """Run drills one after another, and print the table."""
    api = Api(settings.api_url, token_for(settings, "admin"))
    say(f"{'cause':24}{'to the board':>14}{'to green':>12}")
    results = []
    for name in names:
        result = await _drilled(settings, api, DRILLS[name])
        shown = [f"{one:.1f} s" if one is not None else "–" for one in (result.found_s, result.green_s)]
        say(f"{name:24}{shown[0]:>14}{shown[1]:>12}   {result.wrong}")
        results.append(result)
    return results


async def _drilled(settings: Settings, api: Api, one: Drill) -> Result:
    found = green = None
    try:
        async with site(settings) as here:
            before = await _log(here)
            async with one.begin(here):
                found = await _seconds_until(lambda: _on_board(api, one.cause))
                begun = time.monotonic()
                if one.act:
                    await _repaired(api, here, one)
            await _seconds_until(lambda: _off_board(api, one.cause))
            green = time.monotonic() - begun
            wrong = _compared(before, await _log(here), here, one)
    except (TimeoutError, Leave) as error:
        return Result(one.cause, found, green, str(error) or "not within a minute")
    return Result(one.cause, found, green, wrong)


async def _seconds_until(true: Callable[[], Awaitable[bool]]) -> float:
    begun = time.monotonic()
    async with asyncio.timeout(IN_TIME_SECONDS):
        while not await true():
            await asyncio.sleep(LOOK_SECONDS)
    return time.monotonic() - begun


async def _on_board(api: Api, cause: str) -> bool:
    """Whether the board has the cause. While the API itself starts again, it has nothing."""
    with suppress(Leave):
        answer = await asyncio.to_thread(api.get, "/v1/stuck", cause=cause, limit=0)
        return answer.well and any(one["cause"] == cause for one in answer.body["groups"])
    return False


async def _off_board(api: Api, cause: str) -> bool:
    with suppress(Leave):
        answer = await asyncio.to_thread(api.get, "/v1/stuck", cause=cause, limit=0)
        return answer.well and not answer.body["groups"]
    return False


async def _repaired(api: Api, here: Site, one: Drill) -> None:
    """Repair each path that was hit through the API, with a reason. Raises Leave where it is refused."""
    for path_id in here.hit:
        address = f"/v1/paths/{path_id}/repairs"
        now = await asyncio.to_thread(api.get, address)
        asked = {"cause": one.cause, "act": one.act, "reason": f"drill: {one.happens.en}"}
        headers = {"Idempotency-Key": f"drill-{one.cause}-{now.headers['etag'][1:-1]}", "If-Match": now.headers["etag"]}
        answer = await asyncio.to_thread(api.ask, "POST", address, asked, headers)
        if not answer.well:
            raise Leave(told(answer), answer.code)


async def _log(here: Site) -> list[Entry]:
    """The whole log."""
    found: list[Entry] = []
    while more := await here.resources.desk.log.after(len(found)):
        found += more
    return found


def _compared(before: Sequence[Entry], after: Sequence[Entry], here: Site, one: Drill) -> str:
    """What is lost, twice, or not there that should be; nothing where all is well."""
    if [entry.digest for entry in after[: len(before)]] != [entry.digest for entry in before]:
        return "the log has lost entries"
    new = after[len(before) :]
    if here.wrong:
        return here.wrong
    repairs = Counter(entry.stream_id for entry in new if entry.topic == RepairApplied.TOPIC)
    if repairs != Counter(here.hit if one.act else ()):
        return f"repairs that stand: {dict(repairs)}"
    beside = Counter((entry.stream_id, entry.topic, entry.key) for entry in new)
    twice = [key for key, count in beside.items() if count > 1]
    return f"twice: {twice}" if twice else ""
