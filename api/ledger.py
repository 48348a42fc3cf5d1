"""How a reminder is shown: to whom, of what, why, when, by which channel with which code; and how it is sent again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from api.actors import Actor
from api.answers import BASE, path_address
from api.house import House
from api.looking import Shown, listed, opening
from api.rights import who_may
from api.terms import term_address
from domain.calendar import civil_day
from domain.facts.reminding import ReminderAskedAgain
from domain.recipients import RecipientState
from domain.rulebook import Duty
from domain.termrules import Job
from registry.recipients import Reached, Resolved
from views.ledger import LedgerRow
from views.ledger import Shown as State


@dataclass(frozen=True, slots=True)
class ToWhom:
    """Somebody who was told, or would be. The name is there for those who deal with them.

    The role and the unit in which they would be are known of what is yet to be told; where somebody was told in the place of
    another, `passed_over` of the reminder says so.
    """

    recipient_id: UUID
    href: str
    name: str | None
    role: str | None = None
    unit: str | None = None
    channels: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The fact that has a reminder told once more: where it is posted, with what body beside a `reason`, by whom."""

    href: str
    topic: str
    body: Mapping[str, Any]
    needs: Sequence[str]
    roles: Sequence[str]


@dataclass(frozen=True, slots=True)
class ReminderShown:
    """A reminder that was told to somebody, or is to be told.

    `at` is when it was told, or when it is to be; `owed_by` the role it is told to, as the rule `sources` have it. `code` is
    the gateway's own answer, `letter` the id under which the letter went out (its Message-ID begins so), `version` the fact
    of the path or term that says so. `again` is there for what did not arrive and is still owed.
    """

    state: State
    at: datetime
    on: date
    path_id: UUID | None
    href: str
    name: str | None
    student_no: str | None
    unit: str
    term: str | None
    obligation: str
    step: str
    zh: str
    en: str
    edition: str | None
    sources: Sequence[str]
    confidence: str | None
    due_on: date
    rung_days: int
    workdays: bool
    kind: Literal["owed", "climbed"]
    climbs_to: str | None
    owed_by: str
    owed: bool
    to: Sequence[ToWhom]
    recipients: int
    passed_over: Sequence[str]
    channel: str | None
    code: str | None
    letter: str | None
    version: int | None
    times: int
    asked_again: bool
    again: SendAgain | None


async def shown_of(
    house: House, actor: Actor, rows: Sequence[LedgerRow], resolved: Sequence[Resolved] | None = None
) -> list[ReminderShown]:
    """Rows as an actor may see them; `resolved` says row by row who would be told. Raises KeysUnavailable."""
    found = resolved or [Resolved()] * len(rows)
    told = {row.row.recipient for row in rows if row.row.recipient}
    told |= {one.recipient_id for each in found for one in each.found}
    states = {one: await house.desk.recipient(one, house.today, house.clock()) for one in told}
    names = [text for row in rows for text in (row.name, row.student_no) if text]
    texts = [*names, *(state.name for state in states.values() if state)]
    shown = await opening(house.desk.vault, actor, texts)
    listed(len(rows))
    making = _Making(house, shown, states)
    return [making.shown(row, one) for row, one in zip(rows, found, strict=True)]


def why_of(house: House, row: LedgerRow) -> Duty | Job | None:
    """What a reminder rests on: of the rulebooks in force when it was told, or now. None for what they have no more."""
    day = house.today if row.row.state == "planned" else civil_day(row.row.at)
    books = house.desk.rulebooks
    terms = books.policy.terms
    known: Sequence[Duty | Job] = books.duties_of(books.on(day)) if row.term is None else terms.jobs if terms else ()
    return next((one for one in known if one.id == row.row.obligation), None)


@dataclass(frozen=True, slots=True)
class _Making:
    """What is at hand for a page of reminders."""

    house: House
    opener: Shown
    states: Mapping[UUID, RecipientState | None]

    def shown(self, row: LedgerRow, resolved: Resolved) -> ReminderShown:
        """One reminder."""
        # Longer than 40 lines: a reminder is told with all that is known of it, a line each.
        one, why, path = row.row, why_of(self.house, row), row.term is None
        name, student_no = (
            self.opener.value(one.stream_id, "identity", text or None) for text in (row.name, row.student_no)
        )
        state: State = "due" if one.state == "planned" and one.at <= self.house.clock() else one.state
        to = [self._to(one.recipient)] if one.recipient else [self._would(reached) for reached in resolved.found]
        return ReminderShown(
            state=state,
            at=one.at,
            on=civil_day(one.at),
            path_id=one.stream_id if path else None,
            href=path_address(one.stream_id) if path else term_address(row.unit, row.term or ""),
            name=name,
            student_no=student_no,
            unit=row.unit,
            term=row.term,
            obligation=one.obligation,
            step=one.step,
            zh=why.text.zh if why else one.obligation,
            en=why.text.en if why else one.obligation,
            edition=self._edition(row) if why else None,
            sources=why.sources if why else (),
            confidence=why.confidence if why else None,
            due_on=one.due_on,
            rung_days=one.rung_days,
            workdays=one.workdays,
            kind=one.kind,
            climbs_to=one.climbs_to or None,
            owed_by=one.owed_by,
            owed=row.owed,
            to=to,
            recipients=len(resolved.found) or one.recipients,
            passed_over=one.passed_over or resolved.passed_over,
            channel=one.channel,
            code=one.code,
            letter=one.letter,
            version=one.version,
            times=one.times,
            asked_again=one.asked_again,
            again=self._again(row),
        )

    def _edition(self, row: LedgerRow) -> str:
        books = self.house.desk.rulebooks
        day = self.house.today if row.row.state == "planned" else civil_day(row.row.at)
        return books.on(day).name if row.term is None else books.policy.name

    def _would(self, reached: Reached) -> ToWhom:
        known = self._to(reached.recipient_id)
        channels = sorted(reached.addresses)
        return ToWhom(known.recipient_id, known.href, known.name, reached.role, reached.unit, channels)

    def _to(self, recipient: UUID) -> ToWhom:
        state = self.states.get(recipient)
        name = self.opener.value(recipient, "contact", state.name) if state else None
        return ToWhom(recipient, f"{BASE}/recipients/{recipient}", name)

    def _again(self, row: LedgerRow) -> SendAgain | None:
        one = row.row
        if one.state not in ("refused", "unknown") or one.kind != "owed" or one.asked_again or not row.owed:
            return None
        topic = ReminderAskedAgain.TOPIC
        place = path_address(one.stream_id) if row.term is None else term_address(row.unit, row.term)
        body = {
            "effective_on": self.house.today,
            "obligation": one.obligation,
            "due_on": one.due_on,
            "rung_days": one.rung_days,
            "workdays": one.workdays,
        }
        return SendAgain(f"{place}/facts/{topic}", topic, body, ["reason"], who_may(topic))
