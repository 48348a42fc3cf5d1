"""Groups are told how much waits at their unit: counts and a link, on their days, once, and never a name."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.channels.opening import Group, read_channels, read_groups
from activities.groups import Groups, NotTaken
from domain.calendar import civil_day
from domain.facts.units import GroupTold
from domain.spot import RulebookError
from registry.desk import unit_stream
from registry.letters import Links, load_letters
from runtime.clock import now, today
from runtime.resources import Resources
from tests.engine import followed
from tests.letterbox import ACCEPTED, LATER, LetterBox
from tests.school import BRANCH, COMMITTEE, School
from workflows.groups import TellGroupsInput

EVERY_DAY = frozenset(range(7))


def telling(resources: Resources, box: LetterBox, group: Group) -> Groups:
    """The round for one group."""
    desk = resources.desk
    texts = load_letters("sample", desk.rulebooks)
    return Groups(desk, resources.views, {box.name: box}, [group], texts=texts, links=Links("https://jieti.example"))


async def told(resources: Resources, unit: str, channel: str) -> list[GroupTold]:
    """What stands in the log as told to a group."""
    facts = (await resources.desk.load(unit_stream(unit))).facts
    return [fact for fact in facts if isinstance(fact, GroupTold) and fact.channel == channel]


async def overdue(resources: Resources, school: School) -> str:
    """Somebody of the branch whose talk is long overdue; returns their name."""
    number = school.student()
    long_ago = (today() - timedelta(days=60)).isoformat()
    asked = school.opening(number, effective_on=long_ago, name="林晓雨")
    await school.recorded(replace(asked, mode="record"))
    await followed(resources)
    return "林晓雨"


async def test_a_group_is_told_counts_and_a_link_once_a_day(resources: Resources, school: School) -> None:
    """The college's group hears of its branches; a second round the same day says nothing, and nobody is named."""
    name = await overdue(resources, school)
    box = LetterBox("college-robot", group=True)
    groups = telling(resources, box, Group(box.name, COMMITTEE, EVERY_DAY, "zh"))
    for _ in range(2):
        await ActivityEnvironment().run(groups.tell_groups, TellGroupsInput(now()))
    ((to, message),) = box.kept
    (fact,) = await told(resources, COMMITTEE, box.name)
    assert (to, message.group, message.text, message.html) == ("", True, "", "")
    assert f"{fact.items} 件" in message.markdown
    assert name not in message.markdown + message.subject
    assert (fact.outcome, fact.code, fact.late_items >= 1) == ("accepted", "250", True)


async def test_on_another_day_nobody_is_told(resources: Resources, school: School) -> None:
    """A group is told on its own days of the week alone."""
    await overdue(resources, school)
    box = LetterBox("sunday-robot", group=True)
    another = frozenset({(civil_day(now()).weekday() + 3) % 7})
    groups = telling(resources, box, Group(box.name, BRANCH, another, "zh"))
    await ActivityEnvironment().run(groups.tell_groups, TellGroupsInput(now()))
    assert box.offered == 0


async def test_what_a_channel_cannot_take_is_tried_again_under_the_same_key(
    resources: Resources, school: School
) -> None:
    """The first round fails, so that Temporal comes again; the second tells it, and it stands once."""
    await overdue(resources, school)
    box = LetterBox("slow-robot", group=True, answers=[LATER, ACCEPTED])
    groups = telling(resources, box, Group(box.name, BRANCH, EVERY_DAY, "en"))
    with pytest.raises(NotTaken, match="slow-robot"):
        await ActivityEnvironment().run(groups.tell_groups, TellGroupsInput(now()))
    assert await told(resources, BRANCH, box.name) == []
    await ActivityEnvironment().run(groups.tell_groups, TellGroupsInput(now()))
    assert [fact.outcome for fact in await told(resources, BRANCH, box.name)] == ["accepted"]
    assert box.kept[0][1].key == f"group/slow-robot/{today()}"


FILE = """
channels:
  robot: {{kind: wecom-robot, url: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k'}}
  console: {{kind: console}}
groups:
  - {entry}
"""


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{channel: robots, unit: qs}", "a channel of this file"),
        ("{channel: console, unit: qs}", "reaches one person"),
        ("{channel: robot}", "unit"),
        ("{channel: robot, unit: qs, on: [mondays]}", "a day of the week"),
        ("{channel: robot, unit: qs}\n  - {channel: robot, unit: qs-eng}", "told of one unit"),
    ],
)
async def test_a_group_that_cannot_be_told_is_refused_at_its_line(tmp_path: Path, entry: str, said: str) -> None:
    """Each mistake is told with its line."""
    file = tmp_path / "channels.yaml"
    file.write_text(FILE.format(entry=entry), encoding="utf-8")
    channels = read_channels(file, now)
    with pytest.raises(RulebookError, match=said) as refused:
        read_groups(file, channels)
    assert "channels.yaml:" in str(refused.value)
