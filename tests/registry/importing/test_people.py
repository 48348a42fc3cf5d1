"""Recipients and appointments by spreadsheet: what comes in, what a second sheet adds, and what is refused by its cell."""

from datetime import date

import pytest

from domain.recipients import recipient_on
from domain.units import holders_on
from registry.desk import Desk, unit_stream
from registry.keys.ring import name_of
from tests.registry.importing.conftest import Rows, Write
from tests.registry.importing.test_import import changed, checked, imported, planned, school

__all__ = ["school"]

PEOPLE: Rows = [
    ["学工号", "姓名", "语言", "邮箱", "企业微信", "登记日期"],
    ["t-1", "欧阳文", "中文", "ou@x.example", "ouyang", "2026-09-01"],
    ["t-2", "上官婉", "英文", None, None, "2026-09-01"],
]
POSTS: Rows = [
    ["任职党组织", "学工号", "职务", "任职日期", "免职日期", "免职原因"],
    ["b1", "t-1", "支部书记", "2024-09-01", "2025-09-01", "毕业"],
    ["学生第一党支部", "t-2", "支部书记", "2025-09-01", None, None],
    ["college", "t-3", "书记", "2023-09-01", None, None],
]
NAMES = {"units": {"学生第一党支部": "b1"}}


async def addresses(desk: Desk, number: str) -> dict[str, str | None]:
    """Where somebody is reached, opened."""
    one = desk.vault.other(number)
    state = recipient_on((await desk.load(one)).facts, date.max)
    assert state is not None
    return {channel: await desk.vault.open(one, text) for channel, text in state.addresses.items()}


async def test_people_come_in_with_their_addresses_and_a_later_sheet_adds_what_is_new(desk: Desk, xlsx: Write) -> None:
    """The same file adds nothing; another one adds the address that has changed, and refuses another's name."""
    path = xlsx({"收件人": PEOPLE})
    assert (await imported(desk, path, "recipients")).facts == 4
    assert await addresses(desk, "t-1") == {"mail": "ou@x.example", "wecom": "ouyang"}
    other = recipient_on((await desk.load(desk.vault.other("t-2"))).facts, date.max)
    assert other is not None
    assert other.language == "en"
    assert len((await imported(desk, path, "recipients")).present) == 2
    news = changed(changed(PEOPLE, 2, 4, "Ou@Y.example"), 2, 6, "2026-11-01")
    await imported(desk, xlsx({"收件人": news}, name="news.xlsx"), "recipients")
    assert await addresses(desk, "t-1") == {"mail": "Ou@y.example", "wecom": "ouyang"}
    assert len((await desk.load(desk.vault.other("t-1"))).facts) == 4
    (fault,) = await checked(desk, xlsx({"收件人": changed(news, 3, 2, "别人")}, name="c.xlsx"), "recipients")
    assert "row 3, column B “姓名”: this number is registered under another name" in fault


@pytest.mark.parametrize(
    ("row", "column", "value", "says"),
    [
        (2, 4, "欧阳文", "row 2, column D “邮箱”: a mail address like"),
        (2, 5, "@all", "row 2, column E “企业微信”: the id of one WeCom member"),
        (2, 3, "法文", "row 2, column C “语言”: “法文” is not one of: 中文 (zh), 英文 (en)"),
        (3, 1, "t-1", "row 3, column A “学工号”: t-1 stands in this file already"),
        (3, 1, None, "row 3, column A “学工号”: the cell is empty"),
        (3, 6, "2027-01-01", "row 3, column F “登记日期”: a fact cannot count from a day to come"),
    ],
)
async def test_every_bad_cell_of_people_is_named(  # noqa: PLR0917 - a cell, and what it says
    desk: Desk, xlsx: Write, row: int, column: int, value: str | None, says: str
) -> None:
    """Sheet, row and column, with what is expected there: before anything is saved."""
    faults = await checked(desk, xlsx({"收件人": changed(PEOPLE, row, column, value)}), "recipients")
    assert any(says in fault for fault in faults), faults


async def test_posts_come_in_in_their_order_once(school: Desk, xlsx: Write) -> None:
    """One follows the other; the same file adds nothing, and the units are named by id or by name."""
    path = xlsx({"任职": POSTS})
    assert (await imported(school, path, "appointments", **NAMES)).facts == 4
    facts = (await school.load(unit_stream("b1"))).facts
    held = {day: holders_on(facts, day) for day in (date(2025, 8, 31), date(2025, 9, 1))}
    told = {day: [name_of(one) for one in posts["branch-secretary"]] for day, posts in held.items()}
    assert told == {
        date(2025, 8, 31): [(school.vault.other("t-1"), "contact")],
        date(2025, 9, 1): [(school.vault.other("t-2"), "contact")],
    }
    assert len((await imported(school, path, "appointments", **NAMES)).present) == 3
    again = xlsx({"任职": [*POSTS, ["b2", "t-9", "支部书记", "2025-09-01"]]}, name="again.xlsx")
    faults = await checked(school, again, "appointments", **NAMES)
    assert len(faults) == 3
    assert all("stands at the unit already" in fault for fault in faults)


@pytest.mark.parametrize(
    ("row", "column", "value", "says"),
    [
        (2, 5, None, "row 3, column C “职务”: somebody holds the post branch-secretary since 2024-09-01"),
        (2, 1, "b9", "row 2, column A “任职党组织”: there is no unit 'b9': import the units first"),
        (4, 3, "支部书记", "row 4, column C “职务”: there is no branch-secretary at a college-committee"),
        (2, 6, "累了", "row 2, column F “免职原因”: “累了” is not one of"),
    ],
)
async def test_every_post_that_cannot_be_is_named(  # noqa: PLR0917 - a cell, and what it says
    school: Desk, xlsx: Write, row: int, column: int, value: str | None, says: str
) -> None:
    """What stands against it is told at its cell, as it is at the door."""
    faults = await checked(school, xlsx({"任职": changed(POSTS, row, column, value)}), "appointments", **NAMES)
    assert any(says in fault for fault in faults), faults


def test_each_sheet_of_a_workbook_is_one_table(xlsx: Write) -> None:
    """A workbook with both: each is found by its columns, and the other is said to be left alone."""
    path = xlsx({"收件人": PEOPLE, "任职": POSTS})
    for form, other in (("recipients", "任职"), ("appointments", "收件人")):
        assert set(planned(path, form).skipped) == {other}
