# ruff: noqa: INP001 - a script beside its data, run and not imported
"""Writes workdays.yaml from the package chinesecalendar: which weekdays were off and which weekend days were worked.

A new year is announced by the State Council each autumn. To add it, raise chinesecalendar in requirements.lock and run

    .venv/bin/python rulebooks/make_workdays.py

or write the year into workdays.yaml by hand, as the others stand there, from the announcement.
"""

from collections import defaultdict
from datetime import date
from importlib.metadata import version
from pathlib import Path

from chinese_calendar import constants

HEAD = """\
# Working days in China: for each year the weekdays that were off and the weekend days that were worked (调休).
# Made by rulebooks/make_workdays.py from the package chinesecalendar {version} (MIT licence, Lirian Su and
# contributors), which follows the announcements of the State Council. Beyond these years an answer is provisional.
"""
SATURDAY = 5


def table(days: dict[date, str], *, weekend: bool) -> dict[int, list[date]]:
    """Group by year the days that fall on weekends, or on weekdays."""
    found: dict[int, list[date]] = defaultdict(list)
    for day in sorted(days):
        if (day.weekday() >= SATURDAY) == weekend:
            found[day.year].append(day)
    return found


def write(to: Path) -> None:
    """Write the table."""
    off, worked = table(constants.holidays, weekend=False), table(constants.workdays, weekend=True)
    lines = [HEAD.format(version=version("chinesecalendar"))]
    for year in sorted(off):
        lines.append(f"{year}:\n  off: [{', '.join(map(str, off[year]))}]")
        lines.append(f"  worked: [{', '.join(map(str, worked[year]))}]")
    to.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).with_name("workdays.yaml"))
