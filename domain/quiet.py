"""When a school reminds, and when it leaves people in peace: the time of day, quiet days and hours, exams, vacations."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from domain.calendar import DAY, SATURDAY, SHANGHAI, Workdays, civil_day, moment_on

BUSY_MINUTES = (0, 30)
"""The minutes of an hour at which nothing is sent: then every gateway is busy, and some refuse."""


SEND_AT = time(9, 7)
"""Where a school says nothing else, reminders go out in the morning."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """Named days on which nobody is reminded, the first and the last among them: weeks of exams, a vacation."""

    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Reminding:
    """How a school reminds: at which time of day, on which rungs where an obligation names none, and when it does not.

    `remind` are days before and after the due day, `remind_workdays` working days. A snooze lasts `snooze_days` at most.
    Saturdays and Sundays may be quiet, and `holidays`, the weekdays off by the calendar of the State Council; a weekend
    day on which people work (调休) is not quiet. `quiet` are further days, in their order; `after` is the time of day
    from which on nothing is sent before the next morning.
    """

    send_at: time = SEND_AT
    remind: tuple[int, ...] = (-30, -7, -1, 0, 3, 7)
    remind_workdays: tuple[int, ...] = ()
    snooze_days: int = 14
    weekends: bool = False
    holidays: bool = False
    after: time | None = None
    quiet: tuple[Quiet, ...] = ()

    def on(self, day: date) -> datetime:
        """The moment (UTC) of a day at which its reminders go out."""
        return moment_on(day, self.send_at)

    def sends_on(self, day: date, workdays: Workdays) -> bool:
        """Tell whether reminders go out on a day at all."""
        if any(one.start <= day <= one.end for one in self.quiet):
            return False
        if workdays.is_workday(day):
            return True
        return not (self.weekends if day.weekday() >= SATURDAY else self.holidays)

    def next_day(self, day: date, workdays: Workdays) -> date:
        """The first day from this one on on which reminders go out. A policy that leaves none is not read."""
        while not self.sends_on(day, workdays):
            day += DAY
        return day

    def last_day(self, day: date, workdays: Workdays) -> date:
        """The last day up to this one on which reminders go out."""
        while not self.sends_on(day, workdays):
            day -= DAY
        return day

    def settled(self, day: date, due_on: date, begins_on: date, workdays: Workdays) -> date:
        """The day on which a rung that falls on `day` is told.

        On a quiet day nothing is sent: the rung moves to the next day that is not quiet. Where that would bring it from
        before the due day, or from the due day itself, to behind it, it is told on the last day before instead that is
        not quiet, so that it still helps; but not on one on which nothing was owed yet. Nothing else is ever sent early.
        """
        later = self.next_day(day, workdays)
        if day <= due_on < later:
            earlier = self.last_day(day, workdays)
            return earlier if earlier >= begins_on else later
        return later

    def open_at(self, moment: datetime, workdays: Workdays) -> datetime:
        """The moment from this one on at which something overdue may be told: now, or on the next morning of sending.

        What is quiet, a day or the hours `after` a time, is so until then.
        """
        day, at = civil_day(moment), moment.astimezone(SHANGHAI).time()
        begun = day if at >= self.send_at else day - DAY
        if self.sends_on(begun, workdays) and self.sends_on(day, workdays) and not self._over(at):
            return moment
        return self.on(self.next_day(begun + DAY, workdays))

    def _over(self, at: time) -> bool:
        """Tell whether a time of day lies between the time after which it is quiet and that of sending."""
        if self.after is None:
            return False
        if self.after > self.send_at:
            return at >= self.after or at < self.send_at
        return self.after <= at < self.send_at


def shifted(workdays: Workdays, day: date, count: int) -> date:
    """The working day that lies so many working days after a day, or before it; for none, the day itself."""
    if count > 0:
        return workdays.nth(day + DAY, count)
    return workdays.nth_back(day - DAY, -count) if count else day


LONGEST = timedelta(days=100)
"""No quiet time lasts longer: whoever owes something would hear nothing for a whole summer and more."""
