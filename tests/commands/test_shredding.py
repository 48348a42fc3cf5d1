"""A person is shredded on a running system, and nothing that was ever said of them can be read anywhere any more."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from api.rights import EVERYTHING
from commands.calling import AWAY, Answer, Api
from commands.demonstration import EXAMPLE
from commands.leaving import Code
from commands.surroundings import PERSONAS, sign
from domain.calendar import civil_day
from eventlog.verify import leaf
from registry.drafting import asking
from registry.record import record
from registry.subjects import opened
from runtime.client import connect
from runtime.clock import now
from runtime.codec import ENCRYPTED
from runtime.keys import with_keys
from runtime.resources import open_resources
from runtime.settings import Settings
from tests.commands.conftest import Run
from tests.commands.demo import Demo

NAME, NUMBER = "纥干承基", "209907311"
TEXTS = ("因故补录甲子号卷宗", "亓官婉如", "乾元四年退出申请", "改名纥干承业")
MAIL = "hegan.chengji.7311@example.edu.cn"
RARE = (NAME, NUMBER, MAIL, *TEXTS)
"""What is planted: it stands nowhere else, in no sample and no word list."""


@dataclass
class Planted:
    """A person whose path was opened, filled and closed through the front door, and what readers were shown."""

    demo: Demo
    settings: Settings
    path_id: str = ""
    digests: Sequence[str] = ()
    last: Answer = field(default_factory=lambda: Answer(0, {}, None))
    keys: "count[int]" = field(default_factory=count)
    recipient: str = ""
    calendar: str = ""

    def api(self, persona: str) -> Api:
        """The API, asked as somebody of the sample school."""
        return Api(self.demo.running.api, sign(self.settings, PERSONAS[persona], timedelta(hours=1)))

    def send(self, persona: str, address: str, body: Mapping[str, object], **headers: str) -> int:
        """Send a request and tell its status."""
        given = {"Idempotency-Key": f"plant-{next(self.keys)}", **{n.replace("_", "-"): v for n, v in headers.items()}}
        deadline = time.monotonic() + 60
        while (
            answer := self.api(persona).ask("POST", address, body, given)
        ).status in AWAY:  # still asking, or starting
            assert time.monotonic() < deadline
            time.sleep(0.5)
        self.last = answer
        return answer.status


def settings_of(demo: Demo) -> Settings:
    """The settings of the processes of a demo."""
    running = demo.running
    return with_keys(
        Settings(
            data_dir=demo.home,
            database_url=running.database_url,
            keys_database_url=running.keys_database_url,
            temporal_address=running.temporal_address,
            wrapping_key=with_keys(Settings(data_dir=demo.home)).wrapping_key,
        )
    )


@pytest.fixture(scope="module")
def planted(demo: Demo) -> Planted:
    """Somebody who applies, is talked to, is corrected and withdraws: by decisions, evidence, batches and refusals."""
    plant = Planted(demo, settings_of(demo))
    day = (civil_day(now()) - timedelta(days=40)).isoformat()
    opening = {"effective_on": day, "name": NAME, "student_no": NUMBER, "home_unit": "qs-eng-ee-1"}
    opening |= {"born_on": "2005-06-18", "reason": TEXTS[0]}
    assert plant.send("secretary", "/v1/paths", opening) in {200, 201}
    plant.path_id = plant.last.body["path_id"]
    facts = f"/v1/paths/{plant.path_id}/facts"
    talk = {"effective_on": day, "held_by": TEXTS[1], "post": "secretary", "reason": TEXTS[0]}
    assert plant.send("secretary", f"{facts}/applicant-talk-held", talk) == 201
    item = {
        "path_id": plant.path_id,
        "topic": "thought-report-received",
        "said": {"effective_on": day, "reason": TEXTS[0]},
    }
    assert plant.send("secretary", "/v1/evidence", {"facts": [item]}) == 201
    refused = {"effective_on": day, "reason": TEXTS[2]}
    assert plant.send("secretary", f"{facts}/development-target-determined", refused) == 409
    correction = {"effective_on": day, "corrects": 1, "says": {"name": TEXTS[3]}, "reason": TEXTS[0]}
    assert plant.send("secretary", f"{facts}/fact-corrected", {**correction, "approved_by": "demo-superior"}) == 201
    known = {"effective_on": day, "number": NUMBER, "name": NAME}
    assert plant.send("secretary", "/v1/recipients", known) == 201
    plant.recipient = plant.last.body["path_id"]
    given = {"effective_on": day, "channel": "mail", "address": MAIL}
    assert plant.send("secretary", f"/v1/recipients/{plant.recipient}/facts/address-given", given) == 201
    followed = {"recipient_id": plant.recipient, "role": "applicant"}
    assert plant.send("secretary", "/v1/calendars", followed) == 201
    plant.calendar = plant.last.body["address"].removeprefix(demo.running.api)
    withdrawn = {"effective_on": day, "reason": TEXTS[2]}
    assert plant.send("secretary", f"{facts}/path-withdrawn", withdrawn, If_Match="*") in {200, 201}
    history = plant.api("secretary").get(f"/v1/paths/{plant.path_id}/history").body
    plant.digests = [fact["digest"] for fact in history["facts"]]
    assert TEXTS[2] in json.dumps(history, ensure_ascii=False)
    listed = plant.api("secretary").ask("GET", "/v1/paths", headers={"Student-No": NUMBER}).body["items"]
    assert [item["student_no"] for item in listed] == [NUMBER]
    return plant


def forms(text: str) -> list[bytes]:
    """How a text may stand in a file: as it is, and as JSON escapes it."""
    return [text.encode(), json.dumps(text)[1:-1].encode(), text.encode("utf-16-le")]


def readable_in(haystack: bytes) -> list[str]:
    """Which of the planted texts can be read in some bytes."""
    return [text for text in RARE if any(form in haystack for form in forms(text))]


def files_under(home: Path) -> Iterator[Path]:
    """All files of a data directory."""
    return (path for path in home.rglob("*") if path.is_file() and not path.is_symlink())


async def tables(dsn: str) -> bytes:
    """All rows of all tables of a database, as text; binary columns as they are."""
    connection = await asyncpg.connect(dsn)
    try:
        names = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables "
            "where schemaname not in ('pg_catalog', 'information_schema')"
        )
        parts = []
        for row in names:
            for one in await connection.fetch(f"select * from {row['name']}"):
                parts += [value if isinstance(value, bytes) else str(value).encode() for value in one.values()]
        return b"\n".join(parts)
    finally:
        await connection.close()


async def histories(client: Client, path_id: str) -> bytes:
    """Everything in Temporal about a path, decrypted with the keys that live on."""
    parts, codec = [], client.data_converter.payload_codec
    assert codec
    async for run in client.list_workflows(f"WorkflowId = 'path/{path_id}'"):
        history = await client.get_workflow_handle(run.id, run_id=run.run_id).fetch_history()
        for event in history.events:
            for payload in payloads(event):
                sealed = payload.metadata.get("encoding") == ENCRYPTED
                parts += [one.data for one in (await codec.decode([payload]) if sealed else [payload])]
    return b"\n".join(parts)


def payloads(message: Any) -> Iterator[Payload]:
    """All payloads in a message of Temporal's, however deep."""
    if not hasattr(message, "DESCRIPTOR"):
        return
    if isinstance(message, Payload):
        yield message
        return
    for _, value in message.ListFields():
        if hasattr(value, "DESCRIPTOR"):
            yield from payloads(value)
        elif hasattr(value, "values") and not isinstance(value, bytes | str):
            for one in value.values():
                yield from payloads(one)
        elif not isinstance(value, bytes | str | int | float | bool):
            for one in value:
                yield from payloads(one)


async def request_long_ago(planted: Planted) -> None:
    """Ask for the destruction as it would have been asked a cooling period ago: no test can wait that long."""
    moment = now() - timedelta(days=31)
    said = {
        "effective_on": civil_day(moment),
        "basis": "consent-withdrawn",
        "approved_by": "demo-admin",
        "reason": TEXTS[0],
    }
    who, role = "demo-department", "organisation-department"
    async with open_resources(planted.settings) as resources:
        path_id, topic = UUID(planted.path_id), "shredding-requested"
        asked = asking(resources.desk, path_id, topic, said, actor=who, capacity=role, key="request", mode="record")
        assert (await record(resources.desk, asked, moment)).kind == "recorded"


async def everything(planted: Planted) -> bytes:
    """All that is kept of the running system: both databases row by row, every file on disk, what Temporal holds."""
    rows = [await tables(dsn) for dsn in (planted.settings.database_url, planted.settings.keys_database_url) if dsn]
    told = await histories(await connect(planted.settings), planted.path_id)
    assert planted.path_id.encode() in told  # what is searched is there
    files = [path.read_bytes() for path in files_under(planted.demo.home)]
    assert any(planted.path_id.encode() in one for one in files)
    return b"\n".join([*rows, told, *files, planted.demo.said.encode()])


async def test_nothing_can_be_read_before_or_after(planted: Planted, here: Run, tmp_path: Path) -> None:
    """From the first request on, no table, file, log line or history holds a planted text; shredded, nobody opens one.

    The rest stays: every digest, the replay of the path, and the fact that says who agreed to it.
    """
    assert planted.api("secretary").ask("GET", planted.calendar).status == 200
    kept = await everything(planted)
    assert readable_in(kept) == []
    assert planted.calendar.rpartition("/")[2].removesuffix(".ics").encode() not in kept
    own = here("subject", "export", planted.path_id, "--out", str(tmp_path), "--as", "department")
    assert own.code == 0, own.err
    exported = (tmp_path / f"{planted.path_id}.json").read_bytes() + (tmp_path / f"{planted.path_id}.html").read_bytes()
    assert readable_in(exported) == list(RARE)  # the same search finds them all where they are shown

    early = here("subject", "shred", planted.path_id, "--finish", "--as", "department")
    assert (early.code, "nobody has asked" in early.err) == (1, True)
    await request_long_ago(planted)
    finish = ("subject", "shred", planted.path_id, "--finish", "--as", "department")
    first, again = here(*finish), here(*finish)
    assert (first.code, again.code) == (0, 0), first.err + again.err
    assert "0 keys" in again.out  # done again, it changes nothing

    assert readable_in(await everything(planted)) == []
    await nobody_opens(planted)
    assert planted.api("secretary").ask("GET", planted.calendar).status == 404
    found = planted.api("secretary").ask("GET", "/v1/paths", headers={"Student-No": NUMBER, "Log-Position": "1"})
    assert found.body["items"] == []
    check = here("subject", "check", "--as", "auditor")
    assert check.code == 0, check.out


async def nobody_opens(planted: Planted) -> None:
    """With every key that lives on, no value is opened; chain, digests and judgement are what they were."""
    async with open_resources(planted.settings) as resources:
        entries = await resources.desk.log.stream(UUID(planted.path_id))
        assert [entry.digest.hex() for entry in entries[: len(planted.digests)]] == list(planted.digests)
        assert all(leaf(entry.text) == entry.digest for entry in entries)
        loaded = resources.desk.loaded(entries)
        whole = await opened(resources.desk, loaded, EVERYTHING)
        shown = json.dumps([dict(one.fields) for one in whole], ensure_ascii=False, default=str)
        assert readable_in(shown.encode()) == [TEXTS[1]]  # who held the talk is somebody else, and has their own key
        assert loaded.facts[-1].TOPIC == "person-shredded"
        recipient = await resources.desk.load(UUID(planted.recipient))
        told = [dict(one.fields) for one in await opened(resources.desk, recipient, EVERYTHING)]
        assert readable_in(json.dumps(told, ensure_ascii=False, default=str).encode()) == []
        assert recipient.facts[-1].TOPIC == "recipient-shredded"
        assert loaded.facts[-1].approved_by == "demo-admin"
    auditor = planted.api("auditor").get(f"/v1/paths/{planted.path_id}")
    assert auditor.body["judgement"]["outcome"] == "withdrawn"


def test_the_commands_say_what_they_did(demo: Demo, here: Run) -> None:
    """Restricting, lifting, who looked, what is due: a line for each, and a second try is told why not."""
    path_id = json.loads(here("path", EXAMPLE, "--json").out)["path_id"]
    assert here("subject", "restrict", path_id, "--reason", "本人异议").code == 0
    assert here("path", path_id, "--as", "secretary").code == Code.NOT_YOURS
    twice = here("subject", "restrict", path_id, "--reason", "本人异议")
    assert (twice.code, "restricted already" in twice.err) == (Code.WRONG, True)
    assert here("subject", "restrict", path_id, "--lift").code == 0
    assert here("path", path_id, "--as", "secretary").code == 0
    looked = here("access", "show", path_id, "--as", "department").out
    assert "demo-secretary (branch-secretary, qs-eng-ee-1)  GET /v1/paths/{path_id}  for procedure: identity" in looked
    assert " due on " in here("subject", "due").out
    assert here("subject", "shred", path_id).code == Code.WRONG
    assert demo.process
