"""The sample school: its units, its people and their names. All of it is invented."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

TODAY = date(2026, 11, 20)
"""The day on which the sample school was written down: nothing in it is later."""

SEED = 20261120

FOUNDED = date(2015, 9, 1)
UNIVERSITY, DEPARTMENT, INTERNS, LABOUR = "qs", "qs-org", "qs-med-intern", "qs-eng-labour"

UNITS: list[tuple[str, str, str, str, str | None, bool, date]] = [
    ("qs", "university-committee", "青山大学党委", "Qingshan University Committee", None, True, FOUNDED),
    ("qs-org", "organisation-department", "青山大学党委组织部", "Organisation Department", "qs", False, FOUNDED),
    ("qs-eng", "college-committee", "工程学院党委", "Committee of the College of Engineering", "qs", True, FOUNDED),
    ("qs-med", "college-committee", "医学院党委", "Committee of the College of Medicine", "qs", True, FOUNDED),
    ("qs-eng-ee", "general-branch", "电气工程系党总支", "General Branch of Electrical Engineering", "qs-eng", False, FOUNDED),
    ("qs-eng-me-1", "branch", "机械工程系学生第一党支部", "Mechanical Engineering Student Branch 1", "qs-eng", False, FOUNDED),
    ("qs-eng-me-2", "branch", "机械工程系学生第二党支部", "Mechanical Engineering Student Branch 2", "qs-eng", False, FOUNDED),
    ("qs-eng-ee-1", "branch", "电气工程系学生第一党支部", "Electrical Engineering Student Branch 1", "qs-eng-ee", False, FOUNDED),
    ("qs-eng-ee-2", "branch", "电气工程系学生第二党支部", "Electrical Engineering Student Branch 2", "qs-eng-ee", False, FOUNDED),
    ("qs-med-1", "branch", "临床医学系学生党支部", "Clinical Medicine Student Branch", "qs-med", False, FOUNDED),
    ("qs-med-2", "branch", "护理系学生党支部", "Nursing Student Branch", "qs-med", False, FOUNDED),
    ("qs-med-intern", "temporary-branch", "医学院实习临时党支部", "Temporary Branch of Medical Interns", "qs-med", False, date(2026, 7, 1)),
    ("qs-eng-labour", "functional-branch", "劳动实践功能型党支部", "Functional Branch for Labour Practice", "qs-eng", False, date(2023, 9, 1)),
]  # fmt: skip
"""Id, kind, both names, superior, approval authority, day of foundation."""

BRANCHES = ["qs-eng-me-1", "qs-eng-me-2", "qs-eng-ee-1", "qs-eng-ee-2", "qs-med-1", "qs-med-2"]
A_BRANCH = 40
COHORTS = [2022] * 3 + [2023] * 14 + [2024] * 12 + [2025] * 8 + [2026] * 3
"""When the forty of a branch came to the university, the oldest first."""

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
GIVEN = "子轩 雨桐 浩然 欣怡 宇航 梓涵 思远 佳宁 俊杰 若曦 明哲 诗涵 志远 语嫣 天翊 可欣 嘉树 静姝 博文 晓彤 泽宇 婉清 致远 映雪 云帆 沐阳 书瑶 景行 知夏 承志 清妍 立诚 念安 修远 采薇 弘毅 乐怡 思齐 一诺 安然 启明 亦凡 怀瑾 南星 舒窈 长风 予安 星河 望舒 青禾"


SECRETARIES_SINCE, BRANCHES_SINCE, VACANT_SINCE = date(2023, 9, 4), date(2025, 9, 15), date(2026, 10, 12)
ADDRESSES_SINCE = date(2026, 9, 1)
WITHOUT_ADDRESS, WITHOUT_SECRETARY = "m-qs-eng-ee-2-1", "qs-med-2"
"""Told on purpose: a branch secretary whom no letter reaches, so that their general branch is told; and a branch whose
secretary has gone and has no successor, so that the deputy is told."""


class Dice:
    """Chance with a seed: only `random()` is asked, which gives the same numbers in every version of Python."""

    def __init__(self, seed: str) -> None:
        """Begin a row of numbers."""
        self._random = Random(seed)  # noqa: S311 - fictional people, no secrets

    def between(self, least: int, most: int) -> int:
        """A whole number from `least` to `most`, both included."""
        return least + int(self._random.random() * (most - least + 1))

    def one_of(self, things: "list[str] | str") -> str:
        """One of these."""
        return things[self.between(0, len(things) - 1)]


@dataclass(frozen=True)
class Student:
    """Somebody who does not exist."""

    student_no: str
    name: str
    born_on: date
    leaves_on: date
    branch: str
    committee: str
    cohort: int
    number: int
    """Counts the students of the school from 0."""


@dataclass(frozen=True)
class Member:
    """A member of the staff, or of a branch, who does not exist either."""

    number: str
    name: str
    mail: str
    wecom: str
    language: str


def staff() -> list[tuple[str, str]]:
    """All numbers under which the sample's facts name somebody beside the students, with the unit they belong to."""
    branches = [unit for unit, kind, *_ in UNITS if kind.endswith("branch") and kind != "general-branch"]
    found = [(f"m-{unit}-{n}", unit) for unit in branches for n in range(1, 10 if unit in BRANCHES else 3)]
    found += [(f"c-{unit}-1", unit) for unit in BRANCHES]
    found += [(f"o-{unit}-{n}", unit) for unit in ("qs-eng", "qs-med") for n in (1, 2)]
    found += [(f"s-{unit}-1", unit) for unit in ("qs", "qs-eng", "qs-med", "qs-eng-ee")]
    return [*found, *((f"d-{DEPARTMENT}-{n}", DEPARTMENT) for n in (1, 2))]


def members() -> list[Member]:
    """The staff with their addresses; now and then one reads English, or is reached in WeCom as well."""
    found = []
    for number, _ in staff():
        dice = Dice(f"{SEED}/staff/{number}")
        found.append(
            Member(
                number=number,
                name=dice.one_of(SURNAMES) + dice.one_of(GIVEN.split()),
                mail="" if number == WITHOUT_ADDRESS else f"{number}@staff.qingshan.example",
                wecom=number if dice.between(1, 4) == 1 else "",
                language="en" if dice.between(1, 12) == 1 else "zh",
            )
        )
    return [replace(one, wecom="") if one.number == WITHOUT_ADDRESS else one for one in found]


def posts() -> list[tuple[str, str, str, date, date | None, str]]:
    """Who holds which post: unit, number, post, from which day on, until when and why."""
    found: list[tuple[str, str, str, date, date | None, str]] = [
        (unit, f"s-{unit}-1", "secretary", SECRETARIES_SINCE, None, "")
        for unit in ("qs", "qs-eng", "qs-med", "qs-eng-ee")
    ]
    found += [
        (unit, f"o-{unit}-{n}", "organiser", SECRETARIES_SINCE, None, "")
        for unit in ("qs-eng", "qs-med")
        for n in (1, 2)
    ]
    found += [(DEPARTMENT, f"d-{DEPARTMENT}-{n}", "department-staff", SECRETARIES_SINCE, None, "") for n in (1, 2)]
    found.append(
        (BRANCHES[0], f"m-{BRANCHES[0]}-9", "branch-secretary", SECRETARIES_SINCE, BRANCHES_SINCE, "transferred")
    )
    for unit in BRANCHES:
        gone = (VACANT_SINCE, "graduated") if unit == WITHOUT_SECRETARY else (None, "")
        found.append((unit, f"m-{unit}-1", "branch-secretary", BRANCHES_SINCE, *gone))
        if not WITHOUT_ADDRESS.startswith(f"m-{unit}-"):
            found.append((unit, f"m-{unit}-2", "deputy-secretary", BRANCHES_SINCE, None, ""))
        found.append((unit, f"m-{unit}-3", "committee-member", BRANCHES_SINCE, None, ""))
        found.append((unit, f"c-{unit}-1", "counsellor", BRANCHES_SINCE, None, ""))
    for unit in (INTERNS, LABOUR):
        found.append((unit, f"m-{unit}-1", "branch-secretary", date(2026, 9, 7), None, ""))
    return found


def students() -> list[Student]:
    """All 240, each under another name."""
    found: list[Student] = []
    taken: set[str] = set()
    for b, branch in enumerate(BRANCHES):
        for n, cohort in enumerate(COHORTS):
            dice = Dice(f"{SEED}/person/{branch}/{n}")
            name = dice.one_of(SURNAMES) + dice.one_of(GIVEN.split())
            while name in taken:
                name = dice.one_of(SURNAMES) + dice.one_of(GIVEN.split())
            taken.add(name)
            years = 5 if branch == "qs-med-1" else 4
            found.append(
                Student(
                    student_no=f"{cohort}{b + 1:02}{n + 1:03}",
                    name=name,
                    born_on=date(cohort - 19, dice.between(1, 12), dice.between(1, 28)),
                    leaves_on=date(cohort + years, 6, 25),
                    branch=branch,
                    committee="qs-eng" if branch.startswith("qs-eng") else "qs-med",
                    cohort=cohort,
                    number=len(found),
                )
            )
    return found
