"""One person of a workbook, judged by the rulebooks and by the linter's own rules; every finding in its cells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.checks.meetings import Ballot
from domain.facts import KINDS
from domain.judge import judge
from domain.judgement import Finding, Obligation
from domain.rulebook import Duty, Edition, Rule, Rulebooks
from domain.words import Text
from registry.importing.forms import OPENS
from registry.linting.dossier import Gathered, Paper, Person, Place
from registry.linting.headings import Headings
from registry.linting.report import Remark
from registry.linting.rules import PaperRule, paper_rules
from registry.linting.supposing import FILED, ON_THE_WAY, Supposed, suppose
from registry.linting.verbs import Around, Breach, named

TALLIES: Mapping[str, tuple[str, ...]] = {
    "quorum": ("due", "present"),
    "majority": ("due", "yes"),
    "defeat": ("due", "yes"),
    "tally": ("present", "yes", "no", "abstained"),
    "one-candidate": ("candidates",),
    "exclusions": ("excluded", "exclusions_agreed"),
}
"""Which numbers of a vote each question looks at."""

DAYS_OF_PERSON: Mapping[str, str] = {"born": "born_on", "leaves": "leaves_on"}
"""The moments that stand in a column of the person's own."""

BY_STAGE = frozenset({"DATE_ORDER", "STAGE", "PENDING"})
"""What cannot be said of somebody whose decisions are not all in the sheets."""

NO_COLUMN = ("表中没有所需的列", "the sheets have no column for what it needs")
NOT_SAID = ("表中没有写明所需的内容", "the sheets do not say what it looks at")
NO_RECORDING = ("未在本系统登记的材料没有登记时间", "what is not recorded in Jieti has no moment of recording")


@dataclass(slots=True)
class Judging:
    """What judging needs at hand, and what it could not judge: rule and why, with the persons."""

    gathered: Gathered
    rulebooks: Rulebooks
    words: Headings
    around: Around
    unchecked: dict[tuple[str, tuple[str, str]], set[str]] = field(default_factory=dict)

    def remarks(self, person: Person) -> Iterator[Remark]:
        """All that is wrong with a person's papers."""
        supposed = suppose(person, self.gathered, self.words)
        if supposed.facts:
            judged = judge(self.rulebooks, supposed.facts, self.around.day, steps=False)
            for finding in judged.findings:
                if self._judged(finding, person, supposed):
                    yield self._finding(finding, person, supposed)
            edition = self.rulebooks.on(self.around.day)
            for owed in judged.obligations:
                if owed.overdue and not owed.tells and self._could_stand(owed, edition, person, supposed):
                    yield self._owed(owed, edition, person)
        for rule in paper_rules().values():
            for breach in rule.verb.breaches(person, self.around) if rule.verb else ():
                yield _breach(rule, breach, person)

    # --- what cannot be judged --------------------------------------------------------------------------------------

    def _judged(self, finding: Finding, person: Person, supposed: Supposed) -> bool:
        """Whether a finding rests on what the sheets say; if not, its rule was not asked of this person."""
        rule = self._rule(finding)
        involved = [supposed.papers[one] for one in {finding.version, *finding.rests_on} if one in supposed.papers]
        lacking = [one for one in self._needed(rule, finding) if not self._has_place(one, person)]
        if lacking or not all(self._certain(paper, rule, finding, supposed) for paper in involved):
            return self._leave(person, finding.rule, NO_COLUMN)
        if finding.rule in BY_STAGE and (supposed.assumes_decisions or not self._stages_known(finding, person)):
            return self._leave(person, finding.rule, NO_COLUMN)
        if rule and self._unsaid(rule, finding, involved, supposed):
            return self._leave(person, finding.rule, NOT_SAID)
        return True

    @staticmethod
    def _needed(rule: Rule | None, finding: Finding) -> set[str]:
        """What the sheets must have a place for before it can be said to be missing: not a leave that is given beside
        the procedure; but where one paper is as good as the other, both."""
        instead = {str(ref) for ref in getattr(rule.check, "unless", ())} if rule else set()
        alike = rule is not None and rule.check.NAME == "present"
        return {*finding.missing, *instead} if alike else set(finding.missing) - instead

    @staticmethod
    def _certain(paper: Paper, rule: Rule | None, finding: Finding, supposed: Supposed) -> bool:
        """Whether a finding stands although it rests on this paper: one that was assumed stands on the day that is best
        for a waiting time, so that a time that is too short even then is too short."""
        if not paper.assumed:
            return True
        if paper.kind == OPENS and _of_person(rule):
            return True  # only the day of birth or of leaving is taken from it, which stands in a column of its own
        if finding.earliest is None:
            return False
        waits = rule is not None and rule.check.NAME == "at_least" and getattr(rule.check, "of", None) is None
        return waits and (paper.kind == FILED or paper is supposed.papers.get(finding.version))

    def _stages_known(self, finding: Finding, person: Person) -> bool:
        """Whether the decisions that lead to the stage of a fact have a place in the sheets, and can be read there."""
        here = self.words.orders.get(finding.topic, 0)
        before = {kind for kind in ON_THE_WAY[1:] if self.words.orders[kind] < here}
        return before <= person.kept and not person.unread.intersection(ON_THE_WAY)

    def _leave(self, person: Person, rule: str, why: tuple[str, str]) -> bool:
        self.unchecked.setdefault((rule, why), set()).add(f"{person.place} {person.called}")
        return False

    @staticmethod
    def _has_place(missing: str, person: Person) -> bool:
        """Whether a fact that is missing could have stood in the sheets, and be read there."""
        topic = missing.partition("[")[0]
        if topic not in KINDS:
            return True
        if topic in person.unread:
            return False
        return topic in person.kept or missing in person.kept

    def _rule(self, finding: Finding) -> Rule | None:
        edition = next((one for one in self.rulebooks.editions if one.name == finding.edition), None)
        rules = self.rulebooks.rules_on(edition, finding.topic) if edition else ()
        return next((one for one in rules if one.id == finding.rule), None)

    @staticmethod
    def _unsaid(rule: Rule, finding: Finding, involved: list[Paper], supposed: Supposed) -> bool:
        check = rule.check
        own = supposed.papers.get(finding.version)
        if check.NAME == "capability":
            return own is not None and "by_unit" in own.unsaid
        if isinstance(check, Ballot):
            votes = [paper for paper in involved if "vote" in paper.kind]
            return any(paper.unsaid.intersection(TALLIES.get(check.asks, ())) for paper in votes)
        reads = [(topic, name.partition("=")[0]) for _, topic, name in check.reads(rule.on)]
        others = [paper for paper in supposed.papers.values() if paper.kind != finding.topic]
        return any(
            paper.kind == topic and name in paper.unsaid for paper in [*involved, *others] for topic, name in reads
        )

    def _could_stand(self, owed: Obligation, edition: Edition, person: Person, supposed: Supposed) -> bool:
        duty = _duty(owed, edition, self.rulebooks)
        topics = {ref.topic for ref in duty.until} if duty else set()
        if not topics & person.kept or topics & person.unread:
            return self._leave(person, _name(owed), NO_COLUMN) if topics else False
        assumed = {version for version, paper in supposed.papers.items() if paper.assumed}
        known = not supposed.assumes_decisions and not assumed.intersection(owed.rests_on)
        return known or self._leave(person, _name(owed), NO_COLUMN)

    # --- in words ---------------------------------------------------------------------------------------------------

    def _finding(self, finding: Finding, person: Person, supposed: Supposed) -> Remark:
        rule = self._rule(finding)
        more = _besides(finding, person, supposed)
        return Remark(
            rule=finding.rule,
            severity=finding.severity,
            zh=finding.zh,
            en=finding.en,
            why_zh=(finding.why_zh or finding.arithmetic) + more.zh,
            why_en=(finding.why_en or finding.arithmetic) + more.en,
            cells=self._cells(finding, rule, person, supposed),
            **_who(person),
            kind=finding.topic,
            edition=finding.edition,
            sources=finding.sources,
            confidence=finding.confidence,
            arithmetic=finding.arithmetic,
            on=finding.on,
            earliest=finding.earliest,
            latest=finding.latest,
            missing=finding.missing,
            provisional=finding.provisional,
        )

    @staticmethod
    def _cells(finding: Finding, rule: Rule | None, person: Person, supposed: Supposed) -> tuple[Place, ...]:
        """The cell of the fact or of the field that is wrong, then those it rests on, and where what is missing would be."""
        found: list[Place | None] = []
        own = supposed.papers.get(finding.version)
        if rule and isinstance(rule.check, Ballot):
            for version in (finding.version, *finding.rests_on):
                vote = supposed.papers.get(version)
                if vote and "vote" in vote.kind:
                    found += [vote.places.get(name) for name in TALLIES.get(rule.check.asks, ())]
        elif rule and own:
            found += [
                own.places.get(name.partition("=")[0])
                for _, topic, name in rule.check.reads(rule.on)
                if topic == own.kind
            ]
        found.append(own.place() if own else None)
        found += [person.places.get(name) for name in _of_person(rule)]
        found += [paper.place() for one in finding.rests_on if (paper := supposed.papers.get(one))]
        for missing in finding.missing:
            topic = missing.partition("[")[0]
            there = person.last(topic)
            found.append(person.empty.get(topic) or (there.place() if there else None))
        known = tuple(dict.fromkeys(place for place in found if place))
        return known or (person.place,)

    def _owed(self, owed: Obligation, edition: Edition, person: Person) -> Remark:
        duty = _duty(owed, edition, self.rulebooks)
        topics = [ref.topic for ref in duty.until] if duty else []
        cells = [person.empty[topic] for topic in topics if topic in person.empty]
        zh = owed.why_zh or f"自 {owed.since} 起，应于 {owed.due_on} 前完成，至 {self.around.day} 未见"
        en = owed.why_en or f"due by {owed.due_on} (since {owed.since}), and not there on {self.around.day}"
        return Remark(
            rule=_name(owed),
            severity="finding",
            zh=f"逾期未办：{owed.zh}",
            en=f"Overdue: {owed.en}",
            why_zh=zh,
            why_en=en,
            cells=tuple(cells) or (person.place,),
            **_who(person),
            kind=topics[0] if topics else "",
            edition=owed.edition,
            sources=owed.sources,
            confidence=owed.confidence,
            arithmetic=f"{owed.due_on} < {self.around.day}",
            on=owed.since,
            latest=owed.due_on,
        )


def _of_person(rule: Rule | None) -> list[str]:
    """The columns of the person's own from whose days a rule counts."""
    ends = [getattr(rule.check, name, None) for name in ("since", "until")] if rule else []
    return [DAYS_OF_PERSON[one] for one in ends if isinstance(one, str) and one in DAYS_OF_PERSON]


def _besides(finding: Finding, person: Person, supposed: Supposed) -> Text:
    """What the reader of the sheet must know beside the rule's own sentence: that what is missing stands there with a
    later day, or that a day is none that anybody wrote."""
    own = supposed.papers.get(finding.version)
    if own and own.assumed:
        kind = named(own.kind)
        zh = f"表中没有{kind.zh}的日期，按最晚可能的 {own.day} 计。"
        return Text(zh, f" The sheets have no day for {kind.en}; {own.day}, the last it can have been, is taken.")
    topics = {one for one in finding.missing if "[" not in one}
    late = next(
        (one for topic in sorted(topics) for one in person.all(topic) if one.day and one.day > finding.on), None
    )
    if late is None:
        return Text("", "")
    kind = named(late.kind)
    return Text(
        f"表中{kind.zh}写的是 {late.day}，在此之后。", f" In the sheet {kind.en} is dated {late.day}, after this."
    )


def _name(owed: Obligation) -> str:
    """What is owed and late, as a rule."""
    return f"OWED_{owed.id.replace('-', '_').upper()}"


def _duty(owed: Obligation, edition: Edition, rulebooks: Rulebooks) -> Duty | None:
    return next((one for one in (*edition.duties, *rulebooks.policy.duties) if one.id == owed.id), None)


def _who(person: Person) -> dict[str, Any]:
    return {"student_no": person.student_no, "name": person.name, "person": person.called}


def _breach(rule: PaperRule, breach: Breach, person: Person) -> Remark:
    return Remark(
        rule=rule.id,
        severity=rule.severity,
        zh=rule.text.zh,
        en=rule.text.en,
        why_zh=breach.why.zh,
        why_en=breach.why.en,
        cells=breach.cells or (person.place,),
        **_who(person),
        kind=breach.kind,
        sources=rule.sources,
        confidence=rule.confidence,
        arithmetic=breach.arithmetic,
        on=breach.on,
    )
