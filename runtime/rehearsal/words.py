"""A line of a rehearsal in words, Chinese and English, for whoever shows it as text."""

from collections.abc import Iterator, Sequence
from datetime import date

from domain.judgement import Finding
from domain.words import Text
from runtime.rehearsal.lines import Act, Begun, Ended, Line, Moved, NewEdition, Reminded, Summary

INDENT = " " * 14
"""What stands under a line begins where its words begin: behind the day and the mark."""

DAYS_OF_A_SEMESTER = 365.25 / 2


def words(line: Line) -> list[str]:
    """Say a line of the story in one or more lines of text."""
    return list(_words(line))


def _words(line: Line) -> Iterator[str]:
    match line:
        case Begun():
            yield _both(line.title)
            yield f"  {line.units} units; ready in {line.seconds:.1f} s; database, namespace and actor: {line.name!r}"
        case Act():
            yield from _act(line)
        case Reminded():
            yield _on(line.day, "⏰", f"提醒 · reminder to {line.owed_by}: {_both(line.text)}")
            yield f"{INDENT}due {line.due_on}, {_rung(line.rung_days)}"
        case Moved():
            yield _on(line.day, "▶", f"阶段 · stage: {_both(line.text)}")
        case NewEdition():
            yield _on(line.day, "§", f"新规则施行 · {line.edition} is in force: {_both(line.text)}")
        case Ended():
            since = line.moments.get("standing-from")
            standing = f", 党龄自 · standing from {since}" if since else ""
            yield _on(line.day, "■", f"{_both(line.stage)}{standing}; {line.outcome}, the workflow has ended")
        case Summary():
            yield from _summary(line)


def _act(act: Act) -> Iterator[str]:
    recorded = act.verdict == "recorded"
    by = f" — {_both(act.by)}" if act.by.zh else ""
    where = f"{act.way}, version {act.version}" if recorded else f"{act.way}, {act.verdict}, nothing written"
    yield _on(act.day, "✓" if recorded else "✗", f"{_both(act.text)}{by} [{where}]")
    yield from _findings(act.findings)
    if act.astray:
        yield f"{INDENT}!! the story tells this otherwise"


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    for one in findings:
        earliest = f"; 最早 · earliest {one.earliest}" if one.earliest else ""
        missing = f"; 缺 · missing {', '.join(one.missing)}" if one.missing else ""
        sources = ", ".join(one.sources)
        yield f"{INDENT}{one.severity} {one.rule} ({one.edition}, {sources}): {one.arithmetic}{earliest}{missing}"
        yield f"{INDENT}  {one.zh} · {one.en}"


def _summary(line: Summary) -> Iterator[str]:
    semesters = line.days / DAYS_OF_A_SEMESTER
    end = "has ended by itself" if line.ended else "has not ended"
    yield f"{line.facts} facts: {line.transitions} transitions, {line.reminders} reminders, the rest evidence"
    yield f"{line.refusals} refusals, {line.astray} of all acts otherwise than the story tells"
    yield f"{line.wakes} wakes by its own timers; {line.runs} runs, {line.events} events; the workflow {end}"
    yield f"{line.verified} entries verified, every digest and chain made anew; the path's head is {line.head[:16]}…"
    yield f"{semesters:.1f} semesters in {line.seconds:.1f} s"


def _on(day: date, mark: str, text: str) -> str:
    return f"{day}  {mark} {text}"


def _both(text: Text) -> str:
    return f"{text.zh} · {text.en}"


def _rung(days: int) -> str:
    if not days:
        return "today"
    return f"in {-days} days" if days < 0 else f"{days} days ago"
