"""A directory of mails, one `.eml` file each, the newest few hundred; and what the mail server is to answer."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Literal

MOST_KEPT = 500
"""Older mails go: nobody reads a demo's mails of last month."""

NAME = re.compile(r"([0-9]{8})\.eml")
ANSWER = "answer"
"""The file that says what the mail server answers; without it, it takes everything."""

Answer = Literal["accept", "refuse", "later"]
ANSWERS: dict[Answer, str] = {
    "accept": "250 OK",
    "refuse": "550 5.1.1 this mailbox does not exist (the demo was told to refuse)",
    "later": "451 4.7.1 greylisted, try again later (the demo was told to put off)",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came, the `number`-th, at a moment (aware UTC)."""

    number: int
    came_at: datetime
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """What the library makes of it; whatever it is, this raises nothing."""
        return BytesParser(policy=policy.default).parsebytes(self.raw)


class Postbox:
    """The mails of a directory."""

    def __init__(self, home: Path, *, most_kept: int = MOST_KEPT) -> None:
        """Keep them there; what is there already stays."""
        self._mails, self._answer, self._most = home / "mails", home / ANSWER, most_kept
        self._mails.mkdir(parents=True, exist_ok=True, mode=0o700)

    def keep(self, raw: bytes) -> int:
        """Keep a mail, durably before anybody is told that it was taken; returns its number."""
        known = self.numbers()
        number = known[0] + 1 if known else 1
        draft = self._mails / "new"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path(number))
        for old in known[self._most - 1 :]:
            self._path(old).unlink(missing_ok=True)
        return number

    def numbers(self) -> list[int]:
        """The numbers of all mails, the newest first."""
        found = (NAME.fullmatch(one.name) for one in self._mails.iterdir())
        return sorted((int(one[1]) for one in found if one), reverse=True)

    def read(self, number: int) -> Mail | None:
        """One mail; None if it is not there, or not any more."""
        path = self._path(number)
        try:
            came = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            return Mail(number, came, path.read_bytes())
        except OSError:
            return None

    def newest(self, count: int) -> Sequence[Mail]:
        """The newest mails, the newest first."""
        found = (self.read(number) for number in self.numbers()[:count])
        return [one for one in found if one]

    @property
    def answer(self) -> Answer:
        """What the mail server answers just now."""
        try:
            said = self._answer.read_text(encoding="utf-8").strip()
        except OSError:
            return "accept"
        return next((one for one in ANSWERS if one == said), "accept")

    @answer.setter
    def answer(self, answer: Answer) -> None:
        self._answer.write_text(f"{answer}\n", encoding="utf-8")

    def _path(self, number: int) -> Path:
        return self._mails / f"{number:08}.eml"
