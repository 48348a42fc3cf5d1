"""What rests in Temporal: ciphertext, under keys that can be changed, and nothing that was altered or is not ours."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from domain.receipt import Alarm, Asked, Labels, Outcome, Receipt
from registry.shape import WrongShape
from runtime.codec import Unreadable, make_data_converter
from runtime.engine import Engine
from runtime.settings import PayloadKey, Settings, SettingsError
from tests.school import School
from workflows.contract import PublicText, workflow_id

OLD, NEW = PayloadKey("2026", b"o" * 32), PayloadKey("2027", b"n" * 32)
PATH_ID = UUID(int=7)


def told(*keys: PayloadKey) -> Settings:
    """Settings with these keys."""
    return Settings(payload_key=keys)


async def test_what_goes_in_comes_out() -> None:
    """The types that travel arrive as they left: ids, days, moments, tuples, public text."""
    converter = make_data_converter(told(NEW))
    alarm = Alarm(wake=datetime(2026, 9, 1, 1, 7, tzinfo=UTC), labels=Labels(waiting_for=("branch-secretary",)))
    receipt = Receipt(PATH_ID, "t", 1, 1, "d", "r", datetime(2026, 9, 1, tzinfo=UTC), (), alarm)
    asked = Asked(PATH_ID, "t", {"name": "李雷", "effective_on": "2026-09-01"}, "k", "r", "a", "c")
    values = [asked, Outcome("recorded", receipt), None, PublicText("公开")]
    payloads = await converter.encode(values)
    assert await converter.decode(payloads, [Asked, Outcome, type(None), str]) == values


async def test_only_public_text_is_readable() -> None:
    """Everything but what is marked public is ciphertext, and the same text never looks the same twice."""
    converter = make_data_converter(told(NEW))
    secret, again, public = await converter.encode(["李雷", "李雷", PublicText("李雷不在此")])
    assert "李雷".encode() not in secret.SerializeToString()
    assert secret.data != again.data
    assert secret.metadata["encryption-key-id"] == b"2027"
    assert public.data.decode() == '"李雷不在此"'


async def test_details_for_people_are_readable_and_queries_of_ours_are_not() -> None:
    """Temporal's own message with the details of a workflow passes; any other message does not."""
    converter = make_data_converter(told(NEW))
    shown, failure = await converter.encode([WorkflowMetadata(current_details="阶段"), Failure(message="secret")])
    assert json.loads(shown.data) == {"currentDetails": "阶段"}
    assert b"secret" not in failure.data
    assert await converter.decode([shown], [WorkflowMetadata]) == [WorkflowMetadata(current_details="阶段")]


async def test_failures_are_encrypted_too() -> None:
    """Neither the message of a failure nor its details nor its traceback can be read."""
    converter = make_data_converter(told(NEW))
    failure = Failure()
    await converter.encode_failure(ApplicationError("李雷 is too young", ["李雷"], type="T"), failure)
    assert "李雷".encode() not in failure.SerializeToString()
    decoded = await converter.decode_failure(failure)
    assert isinstance(decoded, ApplicationError)
    assert (decoded.message, decoded.details) == ("李雷 is too young", (["李雷"],))


async def test_a_key_is_changed_by_putting_the_new_one_in_front() -> None:
    """What the old key encrypted stays readable; what is written now names the new one."""
    (before,) = await make_data_converter(told(OLD)).encode(["kept"])
    both = make_data_converter(told(NEW, OLD))
    assert await both.decode([before]) == ["kept"]
    (after,) = await both.encode(["fresh"])
    assert await make_data_converter(told(NEW)).decode([after]) == ["fresh"]


async def test_what_cannot_be_trusted_is_refused_in_words() -> None:
    """A missing key, another key of the same name, an altered byte, a payload that is not ours: each says what it is."""
    (payload,) = await make_data_converter(told(OLD)).encode(["text"])
    altered = Payload(metadata=payload.metadata, data=payload.data[:-1] + bytes([payload.data[-1] ^ 1]))
    plain = Payload(metadata={"encoding": b"json/plain"}, data=b'"forged"')
    for keys, wrong, words in [
        ((NEW,), payload, "needs the key '2026'"),
        ((replace(NEW, key_id="2026"),), payload, "was altered, or that key is another"),
        ((OLD,), altered, "was altered"),
        ((OLD,), plain, "not encrypted but json/plain"),
    ]:
        with pytest.raises(Unreadable, match=words):
            await make_data_converter(told(*keys)).decode([wrong])


def test_without_a_key_there_is_no_converter() -> None:
    """A process without a key does not start writing plain text."""
    with pytest.raises(SettingsError, match="JIETI_PAYLOAD_KEY"):
        make_data_converter(told())


async def test_nothing_about_a_person_rests_in_temporal(engine: Engine, client: Client, school: School) -> None:
    """The raw history of a path, a refusal and a failure in it, has no name, no number and no date of birth."""
    student = school.student()
    asked = school.opening(student, name="诸葛孔明", born_on="2004-02-29")
    await engine.transition(asked)
    await engine.transition(school.activist(asked.path_id, "early"))
    with pytest.raises(WrongShape):
        await engine.transition(school.ask(asked.path_id, "path-withdrawn", "wrong", by_unit="诸葛孔明"))
    await engine.transition(school.withdrawal(asked.path_id))
    raw = (await client.get_workflow_handle(workflow_id(asked.path_id)).fetch_history()).events
    text = b"".join(event.SerializeToString() for event in raw)
    assert b"encryption-key-id" in text
    assert [one for one in ("诸葛孔明", student, "2004-02-29", "application-submitted") if one.encode() in text] == []
