"""`plan`: every act that remains on a path, its first and its last day, and what stands in the way."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby

from domain.facts.base import Fact
from domain.judge import judge, weigh
from domain.judgement import Judgement
from domain.planning.answer import PASSED, Act, Because, Goal, Plan, Recurring, because_of
from domain.planning.latest import Last, last_days, spare_days
from domain.planning.links import Link, Links
from domain.planning.search import Placed
from domain.planning.supposing import Want
from domain.planning.walking import Assumed, Walk, walk
from domain.rulebook import Rulebooks
from domain.units import UnitState
from domain.words import Text

COMPLETED = "completed"
COMPLETE = Text("材料归档，全程结束", "The dossier is filed, the path is complete")


def plan(
    rulebooks: Rulebooks,
    facts: Sequence[Fact],
    day: date,
    *,
    by: date | None = None,
    assumed: Assumed | None = None,
    line: Sequence[UnitState] = (),
) -> Plan:
    """Plan what remains of a path from a day on (Asia/Shanghai); facts that count after it are not looked at.

    `by` is the last day for the end: the expected leaving day if left out and known. `assumed` gives days to acts, by the
    names that judgements use for what is missing. `line` are the home branch and the units above it; without them every
    act is supposed to be done by a unit that may do it. Raises Refused where the judge would not allow what is assumed,
    and UnknownName.
    """
    found = walk(rulebooks, facts, day, assumed=assumed or {}, line=line)
    known, wanted = found.known, by or _leaves(found)
    reader = Links(found.search)
    links = list(reader.links())
    end = reader.acts[-1] if reader.acts and not found.unreached and not known.outcome else None
    spare = spare_days(reader.acts, links, end) if end else {}
    late = max(0, (end.day - wanted).days) if end and wanted else 0
    acts = list(_acts(reader, links, spare, wanted))
    return Plan(
        day=day,
        version=known.version,
        digest=rulebooks.digest,
        edition=rulebooks.on(day).name,
        stage=known.stage,
        outcome=known.outcome,
        by=wanted,
        by_from="asked" if by else "leaves" if wanted else "",
        end=end.day if end else None,
        feasible=_feasible(found, end, wanted),
        late_days=late,
        provisional=any(one.provisional for one in acts),
        goals=list(_goals(rulebooks, found, end, wanted)),
        acts=acts,
        recurring=list(_recurring(found, rulebooks)),
        obstacles=[
            *_obstacles(rulebooks, found),
            *([PASSED] if late and wanted and wanted < day else ()),
            *(_slow(links, spare, day) if late else ()),
        ],
        unreached=found.unreached,
    )


def _acts(reader: Links, links: Sequence[Link], spare: Mapping[Placed, int], by: date | None) -> Iterator[Act]:
    """All acts in the order of their first days."""
    last = last_days(reader.acts, links, list(reader.limits()), by)
    doubtful = _doubtful(reader.acts, links)
    for one in sorted(reader.acts, key=lambda one: one.day):
        yield replace(
            _act(reader.search.rulebooks, one, last.get(one)),
            because=_waiting(one, links, reader.search.day),
            due_on=reader.due(one),
            critical=spare.get(one, 1) <= 0,
            provisional=one in doubtful,
        )


def _leaves(found: Walk) -> date | None:
    """The day on which the person is expected to leave, as it stands or as it was assumed."""
    facts = found.search.facts
    upto = max((fact.effective_on for fact in facts), default=found.search.day)
    return judge(found.rulebooks, facts, upto, find=False, steps=False).moments.get("leaves")


def _feasible(found: Walk, end: Placed | None, by: date | None) -> bool | None:
    if found.known.outcome:
        return found.known.outcome == COMPLETED
    if end is None or any(one.exception for one in found.search.placed):
        return False
    return None if by is None else end.day <= by


def _act(rulebooks: Rulebooks, placed: Placed, last: Last | None) -> Act:
    """An act as it is told, but for what the other acts make of it."""
    step, fact = placed.step, placed.fact
    return Act(
        name=placed.name,
        topic=placed.want.topic,
        zh=fact.TITLE,
        en=placed.name.replace("-", " "),
        step=step.id if step else "",
        acts=step.acts if step else "",
        by_unit=fact.by_unit or "",
        edition=rulebooks.on(placed.day).name,
        transition=placed.want.transition,
        earliest=placed.day,
        because=placed.because,
        latest=last.day if last else None,
        latest_edition=rulebooks.on(last.day).name if last else "",
        latest_because=last.because if last else None,
        slack_days=(last.day - placed.day).days if last else None,
        due_on=None,
        critical=False,
        provisional=placed.provisional,
        exception=placed.exception,
        assumed=placed.because.kind == "assumed",
        findings=placed.findings,
    )


def _waiting(placed: Placed, links: Sequence[Link], day: date) -> Because:
    """Why an act comes no earlier, with how many days the rule itself keeps it waiting behind what comes before it."""
    if placed.because.kind != "rule":
        return placed.because
    ahead = [link.of for link in links if link.ahead and link.by is placed and link.of.because.kind != "with"]
    before = max((one.day for one in ahead), default=day)
    return replace(placed.because, days=(placed.day - max(before, day)).days)


def _slow(links: Sequence[Link], spare: Mapping[Placed, int], day: date) -> Iterator[Because]:
    """The rules that put off the end: each keeps its act waiting for longer than the act could."""
    for one in sorted(spare, key=lambda one: one.day):
        because = _waiting(one, links, day)
        if because.days > spare[one]:
            yield because


def _doubtful(acts: Sequence[Placed], links: Sequence[Link]) -> frozenset[Placed]:
    """The acts whose day rests on a table that does not reach so far, themselves or through what comes before them."""
    found = {one for one in acts if one.provisional}
    ahead = [link for link in links if link.ahead]
    while more := {link.by for link in ahead if link.of in found} - found:
        found |= more
    return frozenset(found)


def _goals(rulebooks: Rulebooks, found: Walk, end: Placed | None, by: date | None) -> Iterator[Goal]:
    """The stages ahead and the end."""
    if found.known.outcome:
        return
    edition = rulebooks.on(found.search.day)
    at = edition.order[found.known.stage]
    for stage, text in edition.stages.items():
        if edition.order[stage] > at:
            yield _goal(stage, text, found.reached.get(stage), by)
    yield _goal(COMPLETED, COMPLETE, end, by)


def _goal(stage: str, text: Text, placed: Placed | None, by: date | None) -> Goal:
    day = placed.day if placed else None
    return Goal(stage, text.zh, text.en, day, None if by is None else day is not None and day <= by)


def _recurring(found: Walk, rulebooks: Rulebooks) -> Iterator[Recurring]:
    """What falls due again and again, each obligation once with all its days."""
    falling = sorted((one for one in found.search.placed if one.duty), key=lambda one: (one.name, one.day))
    for name, group in groupby(falling, key=lambda one: one.name):
        first, *more = group
        duty = first.duty
        assert duty is not None  # noqa: S101 - chosen by it
        days = tuple(dict.fromkeys(one.day for one in (first, *more)))
        zh, en, edition = duty.text.zh, duty.text.en, rulebooks.on(first.day).name
        yield Recurring(duty.id, name, duty.step, zh, en, duty.owed_by, edition, duty.sources, days)


def _obstacles(rulebooks: Rulebooks, found: Walk) -> Iterator[Because]:
    """What makes the end impossible as things stand, or possible as a favour only."""
    known: Judgement = found.known
    if known.outcome:
        if known.outcome != COMPLETED:
            decision = found.search.supposing.fact(Want("dossier-filed"), known.day, known.version + 1, {})
            yield from (because_of(one) for one in weigh(rulebooks, found.search.facts, decision).findings[:1])
        return
    yield from found.obstacles
    for need in found.search.needs:
        if need.first.exception:
            late = (need.finding.on - need.finding.latest).days if need.finding.latest else 0
            yield replace(because_of(need.finding), days=late)
