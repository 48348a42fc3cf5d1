"""Adoption stands in the log with the whole text of what was adopted, and is refused where it would mean nothing."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.calendar import civil_day
from domain.rulefile import read_rulebooks
from domain.spot import RulebookError
from registry.adopting import Adopting, adopt, adopted, adoptions, texts_of
from registry.desk import Desk, unit_stream
from registry.drafting import asking
from registry.record import record
from registry.rulebooks import CURRENT, HERE, Texts, texts_named, unpacked
from registry.shape import WrongShape
from tests.registry.lin import NOW

TEXTS = texts_named(CURRENT, "sample")


@pytest.fixture
async def university(desk: Desk) -> str:
    """A university's committee."""
    said = {
        "effective_on": "2020-01-01",
        "unit_id": "u",
        "unit_kind": "university-committee",
        "name": "u",
        "name_en": "u",
    }
    asked = asking(desk, unit_stream("u"), "unit-established", said, actor="admin", capacity="admin", key="u")
    assert (await record(desk, asked, NOW)).kind == "recorded"
    return "u"


def wish(**changes: Any) -> Adopting:
    """What is asked, unless it is changed."""
    asked = Adopting("sample", None, "决定〔2026〕12号", "second", "first", "organisation-department", "k")
    return replace(asked, **changes)


async def test_what_was_adopted_can_be_read_again(desk: Desk, university: str, tmp_path: Path) -> None:
    """From the entry alone come the very files, byte for byte, and the set with the same digest that judges again."""
    outcome = await adopt(desk, university, TEXTS, wish(), NOW)
    assert outcome.kind == "recorded"
    fact = adopted(await adoptions(desk, [university]), desk.rulebooks.digest[:12])
    assert fact is not None
    assert (fact.name, fact.digest, fact.approved_by) == ("sample", TEXTS.digest, "second")
    found = texts_of(fact)
    assert found == TEXTS
    assert found.read().digest == desk.rulebooks.digest
    names = {path.name for path in found.write(tmp_path / "then")}
    assert names == {"cpc-2014.yaml", "cpc-2026.yaml", "policy-sample.yaml", "workdays.yaml"}
    assert all((tmp_path / "then" / name).read_bytes() == (HERE / name).read_bytes() for name in names)
    with pytest.raises(FileExistsError):
        found.write(tmp_path / "then")


async def test_asked_twice_it_stands_once(desk: Desk, university: str) -> None:
    """The same request again gets the first receipt."""
    one, two = [await adopt(desk, university, TEXTS, wish(), NOW) for _ in range(2)]
    assert one.receipt
    assert two.receipt
    assert two.receipt.repeated
    assert len(await adoptions(desk, [university])) == 1


async def test_a_book_is_in_force_from_the_day_that_its_file_names(desk: Desk, university: str) -> None:
    """An edition's day is in its file; a policy that names none is adopted from today."""
    await adopt(desk, university, TEXTS, wish(name="cpc-2026", in_force_from=date(2026, 5, 11)), NOW)
    await adopt(desk, university, TEXTS, wish(key="k2"), NOW)
    found = await adoptions(desk, [university])
    assert [one.in_force_from for one in found] == [date(2026, 5, 11), civil_day(NOW)]


@pytest.mark.parametrize(
    ("unit", "changes", "message"),
    [
        ("u", {"in_force_from": date(2027, 1, 1)}, "the file of 'sample' names no day"),
        ("u", {"name": "cpc-2026", "in_force_from": date(2027, 1, 1)}, "names 2026-05-11, and that is what binds"),
        ("branch-1", {}, "a university-committee adopts rulebooks, and 'branch-1' is none"),
        ("nowhere", {}, "'nowhere' is none"),
        ("u", {"name": "cpc-2031"}, "'cpc-2031' is not in this set; there are cpc-2014, cpc-2026, sample"),
        ("u", {"approved_by": "first"}, "nobody agrees with themselves"),
        ("u", {"approved_by": ""}, "name the second person"),
        ("u", {"reason": " "}, "say why it is adopted"),
    ],
)
async def test_adoption_that_means_nothing_is_refused(
    desk: Desk, university: str, unit: str, changes: dict[str, Any], message: str
) -> None:
    """Another kind of unit, a name that is not in the set, no reason, no second person: nothing is written."""
    with pytest.raises(WrongShape, match=message):
        await adopt(desk, unit, TEXTS, wish(**changes), NOW)
    assert not await adoptions(desk, [university])


async def test_only_the_set_that_is_running_is_adopted(desk: Desk, university: str) -> None:
    """Files that were changed since the process has read them are not what it judges by."""
    assert TEXTS.policy
    other = replace(TEXTS, policy=(TEXTS.policy[0], TEXTS.policy[1] + "\n# a remark\n"))
    with pytest.raises(WrongShape, match="start it anew first"):
        await adopt(desk, university, other, wish(), NOW)


async def test_a_set_that_nobody_adopted_is_known_as_such(desk: Desk, university: str) -> None:
    """Neither another digest nor none at all is taken for an adopted one."""
    await adopt(desk, university, TEXTS, wish(), NOW)
    found = await adoptions(desk, [university])
    assert adopted(found, "0" * 64) is None
    assert adopted(found, "") is None
    assert adopted([], TEXTS.digest) is None


async def test_files_that_are_not_what_the_digest_names_are_told(desk: Desk, university: str) -> None:
    """An entry whose files were exchanged gives nothing that could be taken for the adopted set."""
    await adopt(desk, university, TEXTS, wish(), NOW)
    (fact,) = await adoptions(desk, [university])
    other = Texts(TEXTS.editions, None, TEXTS.workdays)
    vars(fact)["files"] = other.packed()
    with pytest.raises(RulebookError, match="are not the set"):
        texts_of(fact)


@pytest.mark.parametrize("lines", [(), ("%%%",), ("AAAA",), TEXTS.packed()[:-1], ("eJyrVkpKLFKyUkpUqgUAGTAEBA==",)])
def test_what_is_no_packed_set_is_told(lines: tuple[str, ...]) -> None:
    """Nothing, no base64, nothing deflated, a set cut off, JSON that is something else."""
    with pytest.raises(RulebookError, match="packed rulebooks"):
        unpacked(lines)


def test_sets_are_found_by_their_names(tmp_path: Path) -> None:
    """`current`, an edition alone, a policy's file, a directory with its only policy or the school's."""
    editions = {"cpc-2014.yaml", "cpc-2026.yaml"}
    assert set(TEXTS.editions) == editions
    alone = texts_named("cpc-2014", "sample")
    assert set(alone.editions) == {"cpc-2014.yaml"}
    assert read_rulebooks(alone.editions, alone.policy, alone.workdays).policy.name == "sample"
    own = tmp_path / "policy-mine.yaml"
    own.write_text("policy: mine\ntitle: {zh: 甲, en: a}\n", encoding="utf-8")
    for name in (str(own), str(tmp_path)):
        found = texts_named(name, "sample")
        assert found.read().policy.name == "mine"
        assert set(found.editions) == editions
    (tmp_path / "policy-other.yaml").write_text("policy: other\ntitle: {zh: 甲, en: a}\n", encoding="utf-8")
    assert texts_named(str(tmp_path), "other").read().policy.name == "other"
    with pytest.raises(RulebookError, match="several policies and none of 'sample'"):
        texts_named(str(tmp_path), "sample")
    with pytest.raises(RulebookError, match="'nothing' is no directory of rulebooks"):
        texts_named("nothing", "sample")
