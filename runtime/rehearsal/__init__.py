"""A rehearsal: a story told on the real engine with skipped time, years in a minute.

The same servers, workflow, activities, log and follower as in earnest, and nothing in their place. Evidence goes
straight into the log at the path's own moment, decisions are asked of its workflow, and between the facts the
workflow's clock is moved on, so that its own timers fire and its reminders are sent and recorded by themselves.

It happens in a directory that is thrown away, with keys that are thrown away. Whoever should see its log all the same
knows it: the database is called `rehearsal`, and every fact but the reminders was recorded by `rehearsal`.
"""

from runtime.rehearsal.counting import LogBroken
from runtime.rehearsal.lines import Act, Begun, Ended, Line, Moved, NewEdition, Reminded, Summary
from runtime.rehearsal.telling import rehearse
from runtime.rehearsal.words import words

__all__ = [
    "Act",
    "Begun",
    "Ended",
    "Line",
    "LogBroken",
    "Moved",
    "NewEdition",
    "Reminded",
    "Summary",
    "rehearse",
    "words",
]
