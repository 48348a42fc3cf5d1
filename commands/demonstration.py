"""`jieti demo` and `jieti reset`: everything on this machine with the sample school, and how to be rid of it."""

import asyncio
import os
import shlex
import shutil
import signal
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from commands.leaving import Code, Leave
from commands.surroundings import PERSONAS, sign
from registry.adopting import Adopting, adopt, adopted, adoptions
from registry.desk import Desk
from registry.drafting import path_of
from registry.importing.check import check
from registry.importing.forms import Given
from registry.importing.plan import Clerk, plan
from registry.importing.save import save
from registry.importing.sheets import open_book
from registry.importing.tables import FORMS
from registry.rulebooks import CURRENT, texts_named
from registry.vault import Vault
from runtime import clock
from runtime.demo import run
from runtime.embedded import child
from runtime.keys import FILE as KEYS
from runtime.resources import Resources
from runtime.running import STATE, Running
from runtime.settings import Settings

app = typer.Typer()

UNIVERSITY = "qs"
"""The committee of the sample school."""

SAMPLE = Path(__file__).parents[1] / "sample" / "school.xlsx"
EXAMPLE = "202503036"
"""A student of the sample school who is an activist for less than a year."""

TOKEN_DAYS = 30
LOADING = "sample.loading"
OURS = ("api", "worker", "signer", "postbox", "sealed", "postgres", "temporal", KEYS, STATE, LOADING, "lock")
"""What the demo puts into its data directory."""


@app.command()
def demo() -> None:
    """Start everything on this machine with the sample school; Ctrl-C stops it, the data stay."""
    settings = Settings.read()
    asyncio.run(_demo(settings))


async def _demo(settings: Settings) -> None:
    stop = asyncio.Event()
    for sign_ in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign_, stop.set)
    marker = settings.data_dir / LOADING

    async def prepare(resources: Resources) -> None:
        # Never into somebody's own log: only into an empty one, or one that an interrupted start began to fill.
        if not marker.exists() and await resources.desk.log.size():
            return
        say("loading the sample school …")
        marker.touch()
        await load_sample(resources.desk)
        await adopt_sample(resources.desk, settings.school)
        marker.unlink()

    def ready(full: Settings, running: Running) -> None:
        for line in welcome(full, running):
            say(line)

    say(f"starting on {settings.data_dir} …")
    await run(settings, stop=stop, say=say, prepare=prepare, ready=ready)
    say("stopped; the data stay. `jieti demo` goes on with them, `jieti reset` removes them.")


def say(line: str) -> None:
    """Print at once: whoever watches through a pipe sees it too."""
    print(line, flush=True)


async def load_sample(desk: Desk, file: Path = SAMPLE) -> None:
    """Import the sample school as anybody imports a school. What stands already is left as it is."""
    book = open_book(file)
    for form in FORMS.values():
        clerk = Clerk("sample", "organisation-department", Given(constants={("", "approved_by"): "demo-department"}))
        reading = plan(book, form, clerk)
        found = await check(desk, reading, clock.now())
        if found.faults:
            raise Leave(f"{file.name} cannot be loaded: {found.faults[0]}", Code.WRONG)
        await save(desk, reading, found, clock.now())


async def adopt_sample(desk: Desk, school: str) -> None:
    """Have the committee of the sample school adopt the rulebooks it is judged by, if it has not."""
    texts = texts_named(CURRENT, school)
    if adopted(await adoptions(desk, [UNIVERSITY]), texts.digest):
        return
    person, second = PERSONAS["department"], PERSONAS["admin"]
    asked = Adopting(
        name=desk.rulebooks.policy.name,
        in_force_from=None,
        reason="the sample school begins with these rulebooks",
        approved_by=second.id,
        actor=person.id,
        capacity=person.role,
        key=texts.digest,
    )
    await adopt(desk, UNIVERSITY, texts, asked, clock.now())


def welcome(settings: Settings, running: Running) -> list[str]:
    """What is where, who one can be, and three things to try."""
    tokens = [(name, one, sign(settings, one, timedelta(days=TOKEN_DAYS))) for name, one in PERSONAS.items()]
    return [
        "",
        "Jieti 阶梯 is running: everything on this machine, with an invented school. Not for production.",
        "",
        f"  API              {running.api}/v1/paths",
        f"  its description  {running.api}/docs",
        f"  Temporal         {running.ui or running.temporal_address}",
        *(
            [f"  mails            {running.mails}   (every reminder that goes out; nobody else gets one)"]
            if running.mails
            else []
        ),
        f"  data             {running.data_dir}   (logs: api/log, worker/log, postgres/log, temporal/log, signer/log)",
        "",
        f"Tokens of people of the sample school, for {TOKEN_DAYS} days:",
        *(f"  {name:11}{one.role} of {one.unit}\n             {token}" for name, one, token in tokens),
        "",
        "Try, in another terminal:",
        *(f"  {line}" for line in to_try(settings, running)),
        "",
        "Ctrl-C stops everything.",
    ]


def to_try(settings: Settings, running: Running) -> list[str]:
    """How a path stands, a decision that the rules refuse, what the log holds of the path, and the sealed head of the log."""
    jieti, day = _called(Path(sys.executable).with_name("jieti")), clock.today()
    person = Vault(settings.identity_key or b"").person(EXAMPLE)
    refused = (
        f"curl -s -X POST {running.api}/v1/paths/{path_of(person, 1)}/facts/development-target-proposed"
        f" -H \"Authorization: Bearer $({jieti} token --as secretary)\" -H 'Idempotency-Key: try-1'"
        f" -H 'Content-Type: application/json' -d '{{\"effective_on\": \"{day}\"}}'"
    )
    return [
        f"{jieti} path {EXAMPLE}",
        refused,
        f"{jieti} history {EXAMPLE}",
        f"{jieti} checkpoint",
    ]


def _called(program: Path) -> str:
    """How the user calls a program from where they stand."""
    if shutil.which("jieti") == str(program.absolute()):
        return "jieti"
    near = os.path.relpath(program)
    return shlex.quote(near if not near.startswith("..") else str(program.absolute()))


@app.command()
def reset(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove the data directory with everything in it, after asking; not while the demo runs."""
    home = Settings.read().data_dir
    if not home.exists():
        raise Leave(f"there is nothing to remove: {home} does not exist", Code.DONE)
    with child.holding(home), ExitStack() as stack:
        for name in ("postgres", "temporal", "api", "worker", "signer", "postbox"):
            if (home / name).exists():
                stack.enter_context(child.holding(home / name))
        if not yes and not typer.confirm(f"Remove {home} with its log, its keys and all that was recorded?"):
            raise Leave("nothing was removed", Code.REFUSED)
        for name in OURS:
            path = home / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    others = sorted(one.name for one in home.iterdir())
    if others:
        print(f"removed; {home} stays, for it holds {', '.join(others)}")
    else:
        home.rmdir()
        print(f"removed {home}")
