"""The log in memory and the log in PostgreSQL answer every sequence of requests alike."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from eventlog.entry import NOTHING, Append, Draft, Entry
from eventlog.log import Head, LogError, Written
from eventlog.memory import MemoryLog
from eventlog.postgres import PostgresLog, open_log
from tests.contracts.log import assert_sound

STREAMS = st.integers(0, 4)
KEYS = st.sampled_from(["a", "b", "c", "钥匙"])
PAYLOADS = st.lists(st.binary(max_size=20), min_size=1, max_size=3)
LINES = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants them without a zone


class LogsInStep(RuleBasedStateMachine):
    """Asks both the same, and compares what they say. Positions begin where PostgreSQL's log was."""

    portal: BlockingPortal
    postgres: PostgresLog
    examples = 0

    @initialize()
    def begin(self) -> None:
        """Take streams that no earlier example used."""
        LogsInStep.examples += 1
        self.memory = MemoryLog()
        self.start = self.portal.call(self.postgres.size)

    def id_of(self, number: int) -> UUID:
        """The stream of this example with a small number."""
        return UUID(int=LogsInStep.examples * 100 + number)

    def head(self, number: int, kind: str) -> Head:
        """A head to follow: the true one, an earlier one, or one that never was."""
        entries = self.portal.call(self.memory.stream, self.id_of(number))
        heads = [Head(0, NOTHING), *(Head(entry.version, entry.digest) for entry in entries)]
        if kind == "invented":
            return Head(len(entries) + 1, sha256(b"invented").digest())
        return heads[-1] if kind == "true" else heads[len(heads) // 2]

    def both(self, ask: Callable[[Any], Any]) -> None:
        """Ask both logs; they answer alike, or fail alike."""
        answers = []
        for log, start in ((self.memory, 0), (self.postgres, self.start)):
            try:
                answers.append(plain(self.portal.call(ask, log), start))
            except LogError as error:
                answers.append((type(error), str(error)))
        assert answers[0] == answers[1]

    def asked(self, *, number: int, kind: str, key: str, payloads: list[bytes], topic: str, moment: datetime) -> Append:
        """Put a request together."""
        head = self.head(number, kind)
        drafts = [Draft(topic, payload) for payload in payloads]
        request = sha256(b"|".join(payloads)).digest()
        return Append(self.id_of(number), head.version, head.digest, key, request, moment, drafts)

    @rule(
        number=STREAMS,
        kind=st.sampled_from(["true", "true", "true", "earlier", "invented"]),
        key=KEYS | LINES,
        payloads=PAYLOADS,
        topic=LINES,
        moment=MOMENTS,
    )
    def append(self, **how: Any) -> None:
        """Ask for one append."""
        append = self.asked(**how)
        self.both(lambda log: log.append(append))

    @rule(
        numbers=st.lists(STREAMS, unique=True, max_size=4),
        kind=st.sampled_from(["true", "true", "earlier", "invented"]),
        odd=st.integers(0, 3),
        key=KEYS | LINES,
        payloads=PAYLOADS,
    )
    def append_all(self, numbers: list[int], kind: str, odd: int, key: str, payloads: list[bytes]) -> None:
        """Ask for several at once, one of which may be wrong."""
        moment = datetime(2026, 9, 1, tzinfo=UTC) + timedelta(microseconds=odd)
        appends = [
            self.asked(
                number=number,
                kind=kind if place == odd else "true",
                key=key,
                payloads=payloads,
                topic="topic",
                moment=moment,
            )
            for place, number in enumerate(numbers)
        ]
        self.both(lambda log: log.append_all(appends))

    @precondition(lambda self: self.portal.call(self.memory.size))
    @rule(number=STREAMS, since=st.integers(0, 5), upto=st.none() | st.integers(0, 5))
    def read(self, number: int, since: int, upto: int | None) -> None:
        """Read in every way."""
        ids = [self.id_of(number), self.id_of(0), self.id_of(99)]
        self.both(lambda log: log.stream(ids[0], since=since, upto=upto))
        self.both(lambda log: log.streams(ids))
        self.both(lambda log: log.heads(ids))

    def teardown(self) -> None:
        """At the end the whole log is the same, entry for entry, and sound."""
        if not hasattr(self, "start"):
            return
        memory = self.portal.call(lambda: self.memory.after(0, limit=10_000))
        postgres = self.portal.call(lambda: self.postgres.after(self.start, limit=10_000))
        assert plain(postgres, self.start) == plain(memory, 0)
        assert_sound(memory)


def plain(answer: object, start: int) -> object:
    """Make an answer comparable: positions from `start`, sequences as tuples."""
    match answer:
        case Entry():
            return (answer.position - start, answer.text, answer.payload, answer.digest, answer.recorded_at)
        case Written():
            return (answer.repeated, plain(answer.entries, start))
        case dict():
            return {key: plain(value, start) for key, value in answer.items()}
        case Sequence():
            return tuple(plain(each, start) for each in answer)
        case _:
            return answer


def test_both_logs_answer_alike(database: str) -> None:
    """Whatever is asked in whatever order, the twin and the real log say the same."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(open_log(database)) as log:
        LogsInStep.portal, LogsInStep.postgres = portal, log
        run_state_machine_as_test(LogsInStep, settings=settings(deadline=None, max_examples=40, stateful_step_count=20))
