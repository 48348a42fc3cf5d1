"""How a command ends when it cannot do what was asked: one sentence, and a code that says of which kind it is."""

from enum import IntEnum


class Code(IntEnum):
    """The exit codes of `jieti`; docs/operations.md lists them."""

    DONE = 0
    REFUSED = 1
    """A rule, a bad cell or a failed check says no; nothing was written unless it was accepted."""

    WRONG = 2
    """The command, a setting or a file cannot be read as what it should be."""

    NOT_YOURS = 3
    """Whoever asks may not do this."""

    AWAY = 4
    """Something cannot be reached now, or has not answered: the same may be asked again."""


class Leave(Exception):
    """End the command with a sentence and a code."""

    def __init__(self, message: str, code: Code) -> None:
        """Take both."""
        super().__init__(message)
        self.code = code


def explained(error: Exception) -> Leave | None:
    """Say of an exception how the command ends; None for a defect of ours, which shows its traceback."""
    # Here and not above: a command that goes well need not wait for all of this to be imported.
    from domain.spot import RulebookError
    from eventlog.log import LogUnavailable
    from registry.importing.save import Interrupted
    from registry.importing.workbooks import NoTable
    from registry.keys.store import KeysUnavailable, Shredded
    from registry.shape import UnknownFact, WrongShape
    from runtime.embedded import ServerFailed
    from runtime.engine import EngineUnavailable
    from runtime.settings import SettingsError
    from views.store import ViewsUnavailable

    if isinstance(error, Leave):
        return error
    if isinstance(error, Interrupted):
        return Leave(f"{error.__cause__}. {error}", Code.AWAY)
    if isinstance(error, Shredded):
        return Leave(str(error), Code.REFUSED)
    if isinstance(error, SettingsError | RulebookError | NoTable | WrongShape | UnknownFact):
        return Leave(str(error), Code.WRONG)
    if isinstance(error, LogUnavailable | ViewsUnavailable | KeysUnavailable | EngineUnavailable | ServerFailed):
        return Leave(str(error), Code.AWAY)
    return None
