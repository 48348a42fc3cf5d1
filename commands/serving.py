"""`jieti api`, `worker`, `migrate` and `token`: the processes of a deployment, and who may speak to them."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from api.actors import ROLES, Actor
from commands.leaving import Code, Leave
from commands.surroundings import PERSONAS, settings_around, sign
from runtime.settings import Settings

app = typer.Typer()

LONGEST_DAYS = 366


@app.command()
def token(
    actor: Annotated[str | None, typer.Option(help="Who it names.")] = None,
    role: Annotated[str | None, typer.Option(help=f"In what capacity: {', '.join(ROLES)}.")] = None,
    unit: Annotated[str | None, typer.Option(help="Where, with everything below it: a unit's id.")] = None,
    days: Annotated[int, typer.Option(min=1, max=LONGEST_DAYS, help="How long it lasts.")] = 1,
    persona: Annotated[str | None, typer.Option("--as", help="Somebody of the sample school instead.")] = None,
) -> None:
    """Print a token that names an actor; whoever has it is believed to be them."""
    settings = settings_around()
    known = PERSONAS.get(persona or "")
    if persona and known is None:
        raise Leave(f"--as must be one of {', '.join(PERSONAS)}", Code.WRONG)
    given = next((one for one in ROLES if one == role), None)
    if known is None and not (actor and given and unit):
        raise Leave(f"--actor, --role and --unit are needed; roles are {', '.join(ROLES)}", Code.WRONG)
    whom = known or Actor(actor or "", given or "auditor", unit or "")
    try:
        print(sign(settings, whom, timedelta(days=days)))
    except ValueError as error:
        raise Leave(str(error), Code.WRONG) from None


@app.command()
def migrate() -> None:
    """Bring the database up to date, in the role that owns it (JIETI_DATABASE_ADMIN_URL)."""
    from runtime.resources import migrate_all

    try:
        asyncio.run(migrate_all(settings_around()))
    except OSError as error:
        raise Leave(f"PostgreSQL cannot be reached: {error}", Code.AWAY) from error
    print("the database is up to date")


@app.command()
def api() -> None:
    """Answer requests until told to stop."""
    import uvicorn

    settings = Settings.read()
    uvicorn.run(
        "api.main:app",
        factory=True,
        host=settings.api_host,
        port=settings.api_port,
        log_level=settings.log_level,
        access_log=False,
        timeout_graceful_shutdown=5,
    )


@app.command()
def worker() -> None:
    """Serve the workflows of paths and follow the log until told to stop."""
    from worker import main  # noqa: TID251 - a door that opens another

    main()
