"""Which way each parameter of a check is stricter: what a school may change in a national rule, and how far.

A comparison answers True when the new value asks at least as much as the old one, whatever the facts; False when it
asks less; None when neither can be said of every case.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from itertools import product
from typing import Any, cast

from domain.calendar import Period
from domain.checks.base import Check

Comparison = Callable[[Any, Any], bool | None]

CYCLE = range(2000, 2400)
"""The calendar repeats after four hundred years."""

MONTH_ENDS = (28, 29, 30, 31)
"""From the first to the 28th the same month and length give the same days; only month ends are clamped."""


@cache
def shorter(new: Period, old: Period) -> bool | None:
    """Compare two lengths counted from the same day: never longer, never shorter, or one or the other by the day."""
    if (new.years, new.months, new.days) == (old.years, old.months, old.days):
        return True
    months = 12 * (new.years - old.years) + new.months - old.months
    days = new.days - old.days
    if months <= 0 and days <= 0:
        return True
    if months >= 0 and days >= 0:
        return False
    differ = {(new.after(day) - old.after(day)).days for day in _starts()}
    if max(differ) <= 0:
        return True
    return False if min(differ) >= 0 else None


@cache
def _starts() -> tuple[date, ...]:
    """All days that can make a difference to where months end."""
    found: list[date] = []
    for year, month, day in product(CYCLE, range(1, 13), MONTH_ENDS):
        try:
            found.append(date(year, month, day))
        except ValueError:
            continue
    return tuple(found)


def longer(new: Period, old: Period) -> bool | None:
    """Compare two lengths where the longer one asks more."""
    return shorter(old, new)


def fewer(new: float, old: float) -> bool:
    """Compare two numbers where the smaller one asks more."""
    return new <= old


def more(new: float, old: float) -> bool:
    """Compare two numbers where the greater one asks more."""
    return new >= old


def each_more(new: Mapping[str, float], old: Mapping[str, float]) -> bool | None:
    """Compare numbers of which any one is enough: an alternative more would ask less, and one less asks more."""
    if not new.keys() <= old.keys():
        return False
    if not new:
        return None
    return all(new[name] >= old[name] for name in new)


def all_and(new: tuple[Any, ...] | Mapping[str, Any], old: tuple[Any, ...] | Mapping[str, Any]) -> bool:
    """Compare what must all be there: the new asks for all of the old."""
    if isinstance(new, Mapping) and isinstance(old, Mapping):
        return old.items() <= new.items()
    return all(one in new for one in old)


def only(new: tuple[Any, ...], old: tuple[Any, ...]) -> bool:
    """Compare what excuses: the new excuses nothing that the old does not."""
    return all(one in old for one in new)


STRICTER: Mapping[str, Mapping[str, Comparison]] = {
    "within": {"limit": shorter},
    "at_least": {"limit": longer, "unless": only},
    "gap": {"limit": shorter},
    "margin": {"limit": longer, "unless": only},
    "recorded_within": {"days": fewer},
    "present": {"facts": all_and, "unless": only},
    "active": {"least": more, "most": fewer},
    "unbroken": {"limit": shorter},
    "at_most": {"most": fewer},
    "holds": {"fields": all_and},
    "stated": {"fields": all_and},
    "covers": {"all_of": all_and},
    "between": {"least": more, "most": fewer},
    "any_enough": {"numbers": each_more, "unless": only},
    "notice": {"workdays": more},
}
"""By check and parameter. What stands not here cannot be made stricter by changing it, and a policy leaves it alone."""


MEASURES = (shorter, longer, fewer, more, each_more)
"""What compares lengths and numbers: two rules that differ only there speak of the same thing."""


def asks_less(new: Check, old: Check) -> bool:
    """Tell whether two rules would speak of the same thing and the new one ask less of it: a shorter notice, say.

    From when facts count (`after`) makes no other thing of it.
    """
    if type(new) is not type(old):
        return False
    known = STRICTER.get(new.NAME, {})
    answers: list[bool | None] = []
    for name in (item.name for item in fields(cast("Any", new))):
        was, now = getattr(old, name), getattr(new, name)
        if known.get(name) in MEASURES:
            answers.append(known[name](now, was))
        elif was != now and name != "after":
            return False
    return False in answers
