"""The ledger of reminders in the views: what is planned, what was told and came of it, what was asked for again."""

from uuid import UUID

from domain.receipt import Reminder
from registry.desk import Desk
from registry.drafting import asking
from registry.due import due
from registry.record import record
from runtime.clock import now
from tests.school import BRANCH, COMMITTEE, today
from tests.views.conftest import Yard
from views.ledger import LedgerRow, Sought, ledger


async def found(yard: Yard, **narrowed: object) -> list[LedgerRow]:
    """What the ledger has, once the views have followed."""
    await yard.caught_up()
    return await ledger(yard.views, Sought(now(), COMMITTEE, **narrowed))  # type: ignore[arg-type]  # each is narrowed as it is named


async def told(desk: Desk, path_id: UUID, outcome: str, **more: object) -> Reminder:
    """Record that what is due on a path was told; returns which reminder that was."""
    alarm = await due(desk, await desk.load(path_id), now())
    reminder = alarm.send[0]
    said = {
        "effective_on": today(),
        "obligation": reminder.obligation,
        "step": reminder.step,
        "owed_by": reminder.owed_by,
        "due_on": reminder.due_on,
        "rung_days": reminder.rung_days,
        "kind": reminder.kind,
        "channel": "mail",
        "outcome": outcome,
        **more,
    }
    asked = asking(
        desk, path_id, "reminder-sent", said, actor="jieti", capacity="system", key=reminder.key, mode="record"
    )
    assert (await record(desk, asked, now())).kind == "recorded"
    return reminder


async def test_what_is_planned_is_due_once_its_moment_has_come(yard: Yard) -> None:
    """A new path has its rungs ahead, in their order; one whose talk is overdue has a reminder that is due."""
    fresh, late = await yard.opened(), await yard.opened(days_ago=40)
    ahead = await found(yard, stream_id=fresh)
    assert [one.row.at for one in ahead] == sorted(one.row.at for one in ahead)
    assert {(one.row.state, one.row.obligation, one.unit, one.owed) for one in ahead} == {
        ("planned", "talk", BRANCH, True)
    }
    assert await found(yard, stream_id=fresh, state="due") == []
    assert [one.row.stream_id for one in await found(yard, state="due")] == [late] * len(await found(yard, state="due"))
    assert len(await found(yard, stream_id=late, state="due")) > 0


async def test_a_refused_reminder_is_asked_for_again_and_both_stay(yard: Yard) -> None:
    """The refusal stays in the ledger with its code; what it becomes is planned anew under its own number."""
    path_id = await yard.opened(days_ago=40)
    recipient = str(yard.desk.vault.other("t1"))
    reminder = await told(
        yard.desk, path_id, "refused", code="550 no such mailbox", recipient=recipient, letter="letter-1"
    )
    (row,) = await found(yard, state="refused")
    assert (row.row.code, row.row.letter, str(row.row.recipient), row.row.asked_again, row.owed) == (
        "550 no such mailbox",
        "letter-1",
        recipient,
        False,
        True,
    )
    assert [one.row.key for one in await found(yard, recipient=UUID(recipient))] == [row.row.key]
    again = {
        "effective_on": today(),
        "obligation": reminder.obligation,
        "due_on": reminder.due_on,
        "rung_days": reminder.rung_days,
        "reason": "the address was wrong",
    }
    asked = asking(
        yard.desk, path_id, "reminder-asked-again", again, actor="wang", capacity="branch-secretary", key="1"
    )
    assert (await record(yard.desk, asked, now())).kind == "recorded"
    (row,) = await found(yard, state="refused")
    assert row.row.asked_again
    planned = await found(yard, state="due")
    assert [(one.row.times, one.row.rung_days) for one in planned if one.row.kind == "owed" and one.row.times] == [
        (1, reminder.rung_days)
    ]
    await told(yard.desk, path_id, "accepted", recipient=recipient)
    (sent,) = await found(yard, state="sent")
    assert (sent.row.times, sent.row.asked_again) == (1, False)


async def test_what_was_met_is_planned_no_more_and_what_was_told_stays(yard: Yard) -> None:
    """A talk that was held leaves of its reminders those that went out, and they are owed no longer."""
    path_id = await yard.opened(days_ago=40)
    await told(yard.desk, path_id, "accepted")
    await record(yard.desk, yard.school.talk(path_id), now())
    left = [one for one in await found(yard, stream_id=path_id) if one.row.obligation == "talk"]
    assert [(one.row.state, one.owed) for one in left] == [("sent", False)]


async def test_it_is_narrowed_by_days_and_goes_page_by_page_both_ways(yard: Yard) -> None:
    """Behind the place of the last row comes the next, whichever way; a unit beside it has nothing."""
    for days in (0, 1, 2):
        await yard.opened(days_ago=days)
    whole = await found(yard)
    for newest in (False, True):
        sought, paged = Sought(now(), COMMITTEE, newest=newest), list[LedgerRow]()
        while page := await ledger(yard.views, sought, after=paged[-1].place if paged else None, limit=2):
            paged += page
        assert paged == (whole[::-1] if newest else whole)
    middle = whole[len(whole) // 2].row.at
    assert [one for one in whole if one.row.at >= middle] == await found(yard, since=middle)
    assert [one for one in whole if one.row.at < middle] == await found(yard, before=middle)
    assert await ledger(yard.views, Sought(now(), "elsewhere")) == []


async def test_emptied_views_have_no_ledger_and_following_makes_the_same(yard: Yard) -> None:
    """Nothing stands there alone: all of it is made from the log."""
    await yard.opened(days_ago=3)
    before = await found(yard)
    await yard.views.empty()
    assert await ledger(yard.views, Sought(now(), COMMITTEE)) == []
    assert await found(yard) == before
