"""Door: the `jieti` command. Which module a command lives in stands here; only the one that is asked for is imported."""

import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

COMMANDS = {
    "demo": "commands.demonstration",
    "reset": "commands.demonstration",
    "path": "commands.paths",
    "history": "commands.paths",
    "ask": "commands.paths",
    "record": "commands.paths",
    "replay": "commands.replaying",
    "roll": "commands.replaying",
    "audit": "commands.replaying",
    "reconcile": "commands.reconciling",
    "recipients": "commands.recipients",
    "reminders": "commands.reminders",
    "channels": "commands.channels",
    "letters": "commands.letters",
    "calendar": "commands.calendars",
    "stuck": "commands.stuck",
    "repair": "commands.repairing",
    "release": "commands.releasing",
    "drill": "commands.drilling",
    "plan": "commands.planning",
    "forecast": "commands.planning",
    "term": "commands.terms",
    "import": "commands.loading",
    "lint": "commands.linting",
    "subject": "commands.subjects",
    "access": "commands.subjects",
    "rehearse": "commands.rehearsing",
    "rulebook": "commands.rulebooks",
    "export": "commands.auditing",
    "verify": "commands.auditing",
    "token": "commands.serving",
    "migrate": "commands.serving",
    "api": "commands.serving",
    "worker": "commands.serving",
    "signer": "commands.sealing",
    "witness": "commands.sealing",
    "checkpoint": "commands.sealing",
    "proof": "commands.sealing",
}


class Lazy(TyperGroup):
    """Imports the module of a command when the command is asked for, or when all are listed."""

    def list_commands(self, _context: Any) -> list[str]:
        """All commands, in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, _context: Any, name: str) -> Any:
        """The command, from its module."""
        if name not in COMMANDS:
            return None
        found = get_group(import_module(COMMANDS[name]).app)
        found.name = name
        return found.commands.get(name, found)


app = typer.Typer(
    cls=Lazy,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Jieti 阶梯: a path from applicant to full member, with an audit trail nobody can alter.\n\n"
    "Exit codes: 0 done, 1 refused by a rule or a bad cell, 2 wrong usage, 3 not yours to do, 4 not reachable now.",
)


@app.callback()
def door() -> None:
    """Stand before all commands."""


def main() -> None:
    """Run a command; what goes wrong is one sentence and an exit code, never a traceback, unless it is a defect."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        from commands.leaving import explained  # noqa: PLC0415 - whoever does well need not wait for it

        leave = explained(error)
        if leave is None:
            raise
        print(f"jieti: {leave}", file=sys.stderr)
        sys.exit(int(leave.code))


if __name__ == "__main__":
    main()
