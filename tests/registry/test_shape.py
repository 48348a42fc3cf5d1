"""The shape of what an author says, made from the fact's class."""

import pytest

from domain.facts import KINDS
from registry.shape import UnknownFact, WrongShape, fit, plain, sealed_fields, shape


@pytest.mark.parametrize("topic", KINDS)
def test_every_kind_has_a_shape(topic: str) -> None:
    """No kind of fact is left without a body, and none asks its author for what the recorder stamps."""
    properties = shape(topic).model_json_schema()["properties"]
    assert "effective_on" in properties
    assert not {"recorded_by", "capacity", "timestamp", "originator_id", "by_authority", "person_id"} & set(properties)


def test_a_fact_takes_no_field_it_does_not_have() -> None:
    """What has no place is refused, not dropped."""
    with pytest.raises(WrongShape) as caught:
        fit("thought-report-received", {"effective_on": "2026-04-01", "text": "what I think"})
    assert [name for name, _ in caught.value.faults] == ["text"]


def test_every_fault_is_told_at_once() -> None:
    """Somebody who fills in a form wants to hear all of it."""
    with pytest.raises(WrongShape) as caught:
        fit("admission-vote-recorded", {"effective_on": "soon", "due": -1, "present": 3})
    assert {name for name, _ in caught.value.faults} == {"effective_on", "due", "yes", "no", "abstained"}


@pytest.mark.parametrize("reason", ["two\nlines", "a\x00zero", "", "x" * 501])
def test_a_text_is_one_line(reason: str) -> None:
    """What would break a log line, a header or a form is refused wherever a text may stand."""
    for said in ({"reason": reason}, {"introducers": ["m-1", reason]}):
        values = {"effective_on": "2026-04-01", "introducers": ["m-1", "m-2"], "full_members": True, **said}
        with pytest.raises(WrongShape):
            fit("introducers-confirmed", values)


def test_equal_meanings_have_one_plain_form() -> None:
    """A request's digest must not depend on how a date or a number was written."""
    one = plain("activist-training-completed", {"effective_on": "2026-04-01", "hours": 16})
    other = plain("activist-training-completed", fit("activist-training-completed", {"hours": "16.0", **one}))
    assert one == other


def test_no_ballot_can_say_who_voted_how() -> None:
    """A vote has tallies and nothing else (secret ballot)."""
    fields = set(shape("admission-vote-recorded").model_fields)
    assert fields == {
        *("effective_on", "by_unit", "reason", "approved_by"),
        *("due", "present", "written", "yes", "no", "abstained", "invalid", "candidates"),
        *("excluded", "exclusions_agreed", "excluded_for", "excluded_consents", "secret"),
        *("candidate_withdrew", "remote"),
    }


def test_an_unknown_topic_is_told() -> None:
    """The catalogue is closed."""
    with pytest.raises(UnknownFact):
        fit("thoughts-noted", {})


def test_names_and_numbers_of_persons_are_sealed() -> None:
    """What identifies a person is marked where the fact is written."""
    identity = {"name": "identity", "student_no": "identity"}
    assert sealed_fields(KINDS["application-submitted"]) == {**identity, "reason": "text"}
    assert sealed_fields(KINDS["cultivation-contact-assigned"]) == {"contact_id": "contact", "reason": "text"}
    assert sealed_fields(KINDS["unit-established"]) == {"reason": "text"}
