"""What a mailroom has done, by itself on a log in memory: what is told, to whom, through which channel, what is recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from uuid import UUID

import pytest
from temporalio.testing import ActivityEnvironment

from activities.channels.base import Channel, Delivery
from activities.mailroom import AtOnce, Deliveries, NotYet
from domain.facts.reminding import ReminderSent
from domain.path import TOPICS
from domain.receipt import Reminder
from eventlog.log import LogUnavailable
from eventlog.mapping import EventMapping
from eventlog.memory import MemoryLog
from registry.desk import Desk, unit_stream
from registry.due import due
from registry.letters import Links, load_letters
from registry.record import record
from registry.rulebooks import HERE, load_rulebooks
from registry.vault import Vault
from runtime.clock import now
from tests.letterbox import ACCEPTED, LATER, REFUSED, LetterBox
from tests.school import BRANCH, School
from workflows.mailing import Delivered, DeliverInput, Envelope, Item

SECRETARY = "staff-1"


@dataclass
class Post:
    """A school with its letter boxes, and what was handed over to other recipients."""

    school: School
    boxes: Mapping[str, Channel]
    handed: list[Item] = field(default_factory=list)

    async def hand_over(self, items: Sequence[Item]) -> None:
        """Keep what goes to others."""
        self.handed.extend(items)

    async def deliver(self, envelope: Envelope, at: datetime) -> Delivered:
        """Deliver one letter."""
        texts = load_letters("sample", self.school.desk.rulebooks)
        made = Deliveries(self.school.desk, self.boxes, texts, Links("https://jieti.example"), self.hand_over)
        return await ActivityEnvironment().run(made.deliver, DeliverInput((envelope,), at))

    async def owed(self) -> tuple[UUID, Reminder, datetime]:
        """A path, its first reminder, and the moment at which that is due."""
        path_id = await self.school.open_in_log(self.school.student())
        wake = (await due(self.school.desk, await self.school.desk.load(path_id), now())).wake
        assert wake is not None
        (reminder,) = (await due(self.school.desk, await self.school.desk.load(path_id), wake)).send
        return path_id, reminder, wake

    async def sent(self, path_id: UUID) -> list[ReminderSent]:
        """What stands in the log as told."""
        facts = (await self.school.desk.load(path_id)).facts
        return [fact for fact in facts if isinstance(fact, ReminderSent)]


@pytest.fixture
async def mail() -> LetterBox:
    """The box that everybody has."""
    return LetterBox()


@pytest.fixture
async def post(mail: LetterBox) -> Post:
    """A school that keeps its log in memory, with a secretary who can be reached by mail."""
    books = load_rulebooks(HERE / "policy-sample.yaml")
    school = School(Desk(MemoryLog(), EventMapping(TOPICS), books, Vault(bytes(32))))
    await school.establish()
    await school.reachable(SECRETARY)
    return Post(school, {"mail": mail})


def enclosed(*items: Item) -> Envelope:
    """An envelope with items for the secretary."""
    return replace(Envelope.begun(items[0], items[0].at), items=items)


async def one(post: Post) -> tuple[Envelope, UUID, datetime]:
    """An envelope with one item, its path and its moment."""
    path_id, reminder, moment = await post.owed()
    item = Item(path_id, reminder.key, post.school.desk.vault.other(SECRETARY), moment)
    return enclosed(item), path_id, moment


async def test_a_letter_tells_all_its_items_and_each_is_recorded(post: Post, mail: LetterBox) -> None:
    """Two paths, one letter under the envelope's id; each path's fact says to whom, in which letter, and the verdict."""
    secretary = post.school.desk.vault.other(SECRETARY)
    owed = [await post.owed() for _ in range(2)]
    envelope = enclosed(*(Item(path_id, told.key, secretary, at) for path_id, told, at in owed))
    delivered = await post.deliver(envelope, owed[0][2])
    assert (delivered.told, delivered.later) == ((envelope.letter_id,), ())
    ((to, message),) = mail.kept
    assert (to, message.key) == (f"{SECRETARY}@example.com", str(envelope.letter_id))
    for path_id, told, _ in owed:
        assert str(path_id) in message.text
        (fact,) = await post.sent(path_id)
        assert (fact.obligation, fact.due_on, fact.rung_days) == (told.obligation, told.due_on, told.rung_days)
        assert (fact.recipient, fact.recipients, fact.letter) == (str(secretary), 1, str(envelope.letter_id))
        assert (fact.channel, fact.outcome, fact.code, fact.mode) == ("mail", "accepted", "250", "record")
        assert (await due(post.school.desk, await post.school.desk.load(path_id), owed[0][2])).send == ()


async def test_a_batch_that_is_done_again_tells_nothing_twice(post: Post, mail: LetterBox) -> None:
    """What an earlier attempt has recorded is neither told nor recorded once more; it was the letter of the day all the same."""
    envelope, path_id, moment = await one(post)
    await post.deliver(envelope, moment)
    again = await post.deliver(envelope, moment)
    assert (again.told, again.later) == ((envelope.letter_id,), ())
    assert mail.offered == 1
    assert len(await post.sent(path_id)) == 1


async def test_a_crash_between_sending_and_recording_repeats_the_letter_under_its_id(
    post: Post, mail: LetterBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The only thing that can happen twice is the mail, and it has the same id; in the log it stands once."""
    envelope, path_id, moment = await one(post)
    appended = post.school.desk.log.append

    async def lost(*_: object) -> None:
        """The log is gone before it is asked."""
        raise LogUnavailable("gone")

    monkeypatch.setattr(post.school.desk.log, "append", lost)
    with pytest.raises(LogUnavailable):
        await post.deliver(envelope, moment)
    monkeypatch.setattr(post.school.desk.log, "append", appended)
    await post.deliver(envelope, moment)
    assert [message.key for _, message in mail.kept] == [str(envelope.letter_id)] * 2
    assert len(await post.sent(path_id)) == 1


async def test_what_is_met_told_or_closed_meanwhile_is_left_out(post: Post, mail: LetterBox) -> None:
    """A letter that has nothing to tell any more is not sent, and does not count as the letter of the day."""
    envelope, path_id, moment = await one(post)
    await record(post.school.desk, post.school.talk(path_id), moment)
    delivered = await post.deliver(envelope, moment)
    assert (delivered.told, delivered.later, mail.offered) == ((), (), 0)


async def test_what_is_no_longer_for_this_recipient_goes_to_the_next(post: Post, mail: LetterBox) -> None:
    """The secretary has left: the reminder is handed over to the deputy, and nothing is told in between."""
    envelope, path_id, moment = await one(post)
    deputy = await post.school.reachable("staff-2", post="deputy-secretary")
    await post.school.set_up(envelope.recipient_id, "recipient-left")
    delivered = await post.deliver(envelope, moment)
    assert (delivered.told, mail.offered) == ((), 0)
    assert post.handed == [Item(path_id, envelope.items[0].reminder, deputy, moment)]


async def test_nobody_is_left_to_hear_it(post: Post, mail: LetterBox) -> None:
    """The only one has gone while the letter waited: that is recorded, as it is when nobody was there at first."""
    envelope, path_id, moment = await one(post)
    ended = {"number": SECRETARY, "post": "branch-secretary", "cause": "graduated"}
    await post.school.set_up(unit_stream(BRANCH), "appointment-ended", effective_on="2026-11-01", **ended)
    await post.deliver(envelope, moment)
    (fact,) = await post.sent(path_id)
    assert (fact.outcome, fact.code, mail.offered) == ("refused", "nobody-to-tell", 0)


async def test_who_was_told_is_enough_when_the_other_has_gone(post: Post, mail: LetterBox) -> None:
    """Of two deputies one is told, and the other leaves: nobody is told twice, it is recorded, and no longer due."""
    envelope, path_id, moment = await one(post)
    first, second = [await post.school.reachable(one, post="deputy-secretary") for one in ("staff-2", "staff-3")]
    await post.school.set_up(envelope.recipient_id, "recipient-left")
    told, waits = (enclosed(replace(envelope.items[0], recipient_id=one)) for one in (first, second))
    await post.deliver(told, moment)
    assert len((await due(post.school.desk, await post.school.desk.load(path_id), moment)).send) == 1
    await post.school.set_up(second, "recipient-left")
    await post.deliver(waits, moment)
    assert [(one.recipient, one.code) for one in await post.sent(path_id)] == [
        (str(first), "250"),
        (None, "nobody-else"),
    ]
    assert (await due(post.school.desk, await post.school.desk.load(path_id), moment)).send == ()
    assert (post.handed, mail.offered) == ([], 1)


async def test_a_channel_that_answers_later_keeps_the_letter(post: Post, mail: LetterBox) -> None:
    """Nothing is recorded; the mailroom is told from when on it may come again. After a week it is given up, and seen; it was not the letter of the day."""
    mail.answers = [replace(LATER, retry_after_s=90.0)]
    envelope, path_id, moment = await one(post)
    delivered = await post.deliver(envelope, moment)
    (later,) = delivered.later
    assert (later.letter_id, later.not_before, later.tried) == (
        envelope.letter_id,
        moment + timedelta(seconds=90),
        True,
    )
    assert await post.sent(path_id) == []
    waiting = replace(envelope, since=moment - timedelta(days=7), tries=30)
    given_up = await post.deliver(waiting, moment)
    assert (given_up.told, given_up.later) == ((), ())
    (fact,) = await post.sent(path_id)
    assert (fact.outcome, fact.code, fact.channel) == ("refused", "gave-up", "mail")


async def test_the_next_channel_is_tried_when_one_refuses(post: Post, mail: LetterBox) -> None:
    """In the order of the channels, those on which the recipient has an address; the last answer is recorded."""
    wecom = LetterBox("wecom")
    post.boxes = {"robot": LetterBox("robot", group=True), "mail": mail, "wecom": wecom}
    mail.answers = [REFUSED]
    recipient = post.school.desk.vault.other(SECRETARY)
    await post.school.set_up(recipient, "address-given", channel="wecom", address=SECRETARY)
    envelope, path_id, moment = await one(post)
    await post.deliver(envelope, moment)
    (fact,) = await post.sent(path_id)
    assert (fact.channel, fact.outcome, mail.offered, len(wecom.kept)) == ("wecom", "accepted", 1, 1)


async def test_an_address_that_no_channel_serves_is_a_refused_reminder(post: Post) -> None:
    """Whoever looks at the ledger sees that this recipient cannot be reached as things are set up."""
    post.boxes = {"wecom": LetterBox("wecom")}
    envelope, path_id, moment = await one(post)
    await post.deliver(envelope, moment)
    (fact,) = await post.sent(path_id)
    assert (fact.channel, fact.outcome, fact.code) == ("none", "refused", "no-channel")


async def test_a_verdict_that_is_not_known_is_recorded_so(post: Post, mail: LetterBox) -> None:
    """Unknown is final: it is not sent again by itself."""
    mail.answers = [Delivery("unknown", code="no-answer")]
    envelope, path_id, moment = await one(post)
    assert (await post.deliver(envelope, moment)).told == (envelope.letter_id,)
    (fact,) = await post.sent(path_id)
    assert (fact.outcome, fact.code) == ("unknown", "no-answer")


async def test_a_letter_that_is_broken_does_not_keep_the_others_waiting(post: Post, mail: LetterBox) -> None:
    """An error of ours in one letter leaves it with the mailroom; the batch does not fail for it."""

    async def broken() -> None:
        """What no channel should do."""
        raise ZeroDivisionError

    mail.before = broken
    envelope, path_id, moment = await one(post)
    delivered = await post.deliver(envelope, moment)
    assert [later.letter_id for later in delivered.later] == [envelope.letter_id]
    assert await post.sent(path_id) == []


async def test_nothing_is_sent_in_quiet_times(post: Post, mail: LetterBox) -> None:
    """At night a letter waits for the morning, and that does not count as a try."""
    books = post.school.desk.rulebooks
    hours = replace(books.policy.reminding, after=time(22))
    quiet = replace(books, policy=replace(books.policy, reminding=hours))
    post.school.desk = replace(post.school.desk, rulebooks=quiet)
    envelope, _, moment = await one(post)
    night = moment + timedelta(hours=14)  # 23:07
    (later,) = (await post.deliver(envelope, night)).later
    assert (later.tried, mail.offered) == (False, 0)
    assert later.not_before == moment + timedelta(days=1)
    assert (await post.deliver(envelope, later.not_before)).told == (envelope.letter_id,)


async def test_at_once_delivers_in_place_or_says_that_it_could_not(post: Post, mail: LetterBox) -> None:
    """For rehearsals: when it returns, the reminder is told and recorded; a channel that puts off is an error."""
    path_id, reminder, moment = await post.owed()
    item = Item(path_id, reminder.key, post.school.desk.vault.other(SECRETARY), moment)
    desk = post.school.desk
    hand_over = AtOnce(desk, post.boxes, load_letters("sample", desk.rulebooks), Links("https://jieti.example"))
    mail.answers = [LATER, ACCEPTED]
    with pytest.raises(NotYet):
        await hand_over([item])
    await hand_over([item])
    assert [fact.outcome for fact in await post.sent(path_id)] == ["accepted"]
