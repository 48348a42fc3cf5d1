"""A small school for the tests: a committee and a branch, and people who apply, with what they are asked in one place."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Literal
from uuid import UUID

from domain.calendar import civil_day
from domain.receipt import Asked
from registry.desk import Desk, unit_stream
from registry.drafting import asking, path_of
from registry.record import record
from runtime.clock import now

COMMITTEE, BRANCH = "college-1", "branch-1"


@dataclass
class School:
    """Asks the questions of a branch's secretary at a desk."""

    desk: Desk
    prefix: str = "s"
    _numbers: "count[int]" = field(default_factory=count)

    async def establish(self) -> None:
        """Set up the units; doing it twice adds nothing."""
        await self.set_up_unit(COMMITTEE, "college-committee", approves=True)
        await self.set_up_unit(BRANCH, "branch", superior=COMMITTEE)

    async def set_up_unit(self, unit_id: str, kind: str, **more: object) -> None:
        """Set up a unit, if it is not there."""
        said = {"effective_on": "2020-01-01", "unit_id": unit_id, "unit_kind": kind, "name": unit_id, **more}
        said |= {"name_en": unit_id}
        stream = unit_stream(unit_id)
        asked = asking(self.desk, stream, "unit-established", said, actor="test", capacity="admin", key="set-up")
        await record(self.desk, asked, now())

    async def reachable(
        self, number: str, *, post: str = "branch-secretary", unit: str = BRANCH, channel: str | None = "mail"
    ) -> UUID:
        """Somebody holds a post and is registered, with an address if there is a channel; tells which recipient it is."""
        recipient_id = self.desk.vault.other(number)
        await self.set_up(recipient_id, "recipient-registered", number=number, name=f"name of {number}")
        if channel:
            await self.set_up(recipient_id, "address-given", channel=channel, address=f"{number}@example.com")
        await self.set_up(unit_stream(unit), "appointed", number=number, post=post)
        return recipient_id

    async def set_up(self, stream_id: UUID, topic: str, *, effective_on: str = "2020-02-01", **said: object) -> None:
        """Record what an admin says of a unit or of a recipient, who was there long ago."""
        said = {"effective_on": effective_on, **said}
        key = f"{topic} {said}"
        asked = asking(self.desk, stream_id, topic, said, actor="test", capacity="admin", key=key, mode="record")
        outcome = await record(self.desk, asked, now())
        assert outcome.kind == "recorded", outcome

    def student(self) -> str:
        """A student number that nobody had before."""
        return f"{self.prefix}{next(self._numbers):06}"

    def path_of(self, student_no: str) -> UUID:
        """The id of a person's first path."""
        return path_of(self.desk.vault.person(student_no), 1)

    def opening(self, student_no: str, *, key: str = "open", name: str = "李雷", **changes: Any) -> Asked:
        """A person applies to the branch today."""
        said = {"effective_on": today(), "by_unit": BRANCH, "name": name, "student_no": student_no}
        said |= {"home_unit": BRANCH, "born_on": "2005-01-01"}
        return self.ask(self.path_of(student_no), "application-submitted", key, **{**said, **changes})

    def ask(
        self,
        path_id: UUID,
        topic: str,
        key: str,
        *,
        mode: Literal["authorise", "record"] = "authorise",
        version: int | None = None,
        **said: Any,
    ) -> Asked:
        """Ask for a fact that counts today unless it says otherwise."""
        return asking(
            self.desk,
            path_id,
            topic,
            {"effective_on": today(), **said},
            actor="secretary-1",
            capacity="branch-secretary",
            key=key,
            mode=mode,
            version=version,
        )

    def activist(self, path_id: UUID, key: str, **more: Any) -> Asked:
        """The branch committee determines an activist today: too early for whoever applied today."""
        return self.ask(path_id, "activist-determined", key, by_unit=BRANCH, decided_by="branch-committee", **more)

    def talk(self, path_id: UUID, key: str = "talk") -> Asked:
        """The talk with the applicant: evidence, which ends what is owed at first."""
        return self.ask(path_id, "applicant-talk-held", key, by_unit=BRANCH, held_by="secretary-1", post="secretary")

    def withdrawal(self, path_id: UUID, key: str = "withdraw") -> Asked:
        """The person withdraws: the path is closed."""
        return self.ask(path_id, "path-withdrawn", key, by_unit=BRANCH)

    async def open_in_log(self, student_no: str, moment: datetime | None = None) -> UUID:
        """Open a path as an import does: in the log alone."""
        return await self.recorded(self.opening(student_no), moment)

    async def recorded(self, asked: Asked, moment: datetime | None = None) -> UUID:
        """Have a question's fact recorded, and say of which path it is."""
        outcome = await record(self.desk, asked, moment or now())
        assert outcome.kind == "recorded", outcome
        return asked.path_id


def today() -> str:
    """The present day in Shanghai, as it stands in a body."""
    return civil_day(now()).isoformat()
