"""The life of an invented student on the path: facts day by day, mostly by the rules, here and there not."""

from datetime import date, timedelta
from typing import Any

from domain.calendar import add_months
from sample.school import BRANCHES, TODAY
from sample.telling import Fact, Over, Teller

EDITION_2026 = date(2026, 5, 11)


class Life(Teller):
    """One student, told until today or until the path ends."""

    def tell(self) -> list[Fact]:
        """All facts, in the order of their days."""
        try:
            self._apply()
            self._become_activist()
            self._become_target()
            self._be_admitted()
            self._convert()
        except Over:
            pass
        if self.filed > date.min:
            self._report()
        return sorted(self.facts, key=lambda fact: fact.day)

    # --- the five stages --------------------------------------------------------------------------------------

    def _apply(self) -> None:
        student, dice = self.student, self.dice
        day = self.on_workday(
            date(student.cohort, 10, 8)
            + timedelta(days=dice.between(0, 40) if student.cohort == TODAY.year else dice.between(0, 210))
        )
        if self.mishap == "under-age":
            day = self.on_workday(date(student.cohort, 10, 12))
        born = add_months(day, -18 * 12) + timedelta(days=3) if self.mishap == "under-age" else student.born_on
        self.say(
            day,
            "application-submitted",
            None,
            student_no=student.student_no,
            name=student.name,
            home_unit=self.branch,
            born_on=born,
            leaves_on=student.leaves_on,
        )
        received = self.say(self.after(day, 0, 3), "application-received")
        if self.mishap == "no-talk":
            raise Over
        late = self.mishap == "late-talk"
        talk = self.on_workday(add_months(received, 1) + timedelta(days=9)) if late else self.after(received, 5, 24)
        posts = ["secretary", "deputy-secretary", "organisation-commissioner"]
        self.talked = self.say(
            talk, "applicant-talk-held", held_by=f"m-{self.branch}-{dice.between(1, 3)}", post=dice.one_of(posts)
        )

    def _become_activist(self) -> None:
        dice = self.dice
        day = self.after(self.talked, 100, 190)
        due = dice.between(24, 36)
        present = due - dice.between(0, 4)
        self.say(day, "league-recommendation-recorded", due=due, present=present, yes=present - dice.between(1, 6))
        closed = self.notice(day + timedelta(days=dice.between(3, 9)), "activist")
        if self.mishap == "withdrew":
            self.say(self.after(closed, 2, 9), "path-withdrawn", None)
            raise Over
        decided = self.say(self.after(closed, 2, 8), "activist-determined", decided_by="branch-committee")
        filed = self.after(decided, 3, 10)
        if self.mishap == "returned":
            self.say(filed, "activist-returned", "committee", reason="推优材料缺少团支部大会记录")
            filed = self.after(filed, 7, 12)
        self.start = self.filed = self.say(filed, "activist-filed", "committee")
        self._contacts(filed)
        if self.mishap == "removed":
            self._cultivate(self.start, add_months(self.start, 7))
            self.until = self.on_workday(add_months(self.start, 7))
            self.say(self.until, "activist-removed", reason="本人长期不参加培养活动")
            raise Over
        if self.mishap == "leave":
            self._leave()

    def _contacts(self, day: date) -> None:
        mentors = [f"m-{self.branch}-{n}" for n in range(4, 10)]
        first = self.dice.between(0, 5)
        self.contacts = [mentors[first], mentors[(first + 1) % 6]]
        alone = self.mishap == "contact-gone"
        for order, contact in zip(("first", "second"), self.contacts[: 1 if alone else 2], strict=False):
            full = not (self.mishap == "no-full-member" and order == "second")
            self.say(day, "cultivation-contact-assigned", contact_id=contact, order=order, full_member=full)
        if alone:
            gone = self.on_workday(add_months(day, 5))
            self.aside(gone, "cultivation-contact-ended", contact_id=self.contacts[0], cause="graduated")
            new = self.on_workday(gone + timedelta(days=49))
            self.aside(
                new, "cultivation-contact-assigned", contact_id=self.contacts[1], order="first", full_member=True
            )

    def _leave(self) -> None:
        begun = self.on_workday(add_months(self.start, 4))
        ended = self.on_workday(add_months(begun, 6))
        self.aside(begun, "cultivation-paused", cause="leave")
        self.aside(ended, "cultivation-resumed")
        self.paused = ended
        self.start += ended - begun

    def _cultivate(self, since: date, until: date) -> None:
        """Inspections, training and some service, from one day to another."""
        dice = self.dice
        day, n = since, 0
        while (day := self.on_workday(add_months(day, 6) - timedelta(days=dice.between(4, 14)))) <= until:
            n += 1
            left_out = self.mishap == "missed-inspection" and n == 1
            if day > self.paused and not left_out:
                good = dice.one_of(["qualified"] * 7 + ["basically-qualified"])
                self.aside(day, "half-year-inspection-recorded", conclusion=good)
        trained = self.on_workday(add_months(since, 3) + timedelta(days=dice.between(0, 60)))
        self.aside(trained, "activist-training-completed", "committee", hours=16, score=dice.between(72, 98))
        for n in range(dice.between(1, 3)):
            day = self.on_workday(since + timedelta(days=30 + 70 * n + dice.between(0, 30)))
            if day <= until:
                kind = dice.one_of(["lecture", "activity", "social-work", "volunteering"])
                self.aside(day, "cultivation-activity-recorded", activity=kind, hours=dice.between(2, 8))

    def _report(self) -> None:
        """A thought report every quarter, all the way; now and then one is missing."""
        day = self.filed
        while (day := self.on_workday(add_months(day, 3) - timedelta(days=self.dice.between(6, 12)))) < self.until:
            if self.dice.between(1, 30) > 1:
                self.aside(day, "thought-report-received")

    def _become_target(self) -> None:
        year = add_months(self.start, 12)
        early = self.mishap == "early-target"
        day = self.on_workday(add_months(self.start, 11)) if early else self.after(year, 4, 60)
        if self.mishap == "another-major":
            self._move()
        self._cultivate(self.start, min(day, TODAY))
        self.say(day, "opinions-heard", heard=["party-group", "contacts", "members", "masses"])
        self.say(day, "development-target-proposed")
        opens = self.after(day, 1, 3)
        if opens + timedelta(days=20) >= EDITION_2026:
            opens = self.say(max(opens, self.on_workday(EDITION_2026)), "superior-consent-given", "committee")
            opens += timedelta(days=1)
        closed = self.notice(opens, "development-target")
        self.say(closed, "development-target-filed", "committee")
        self.target = self.say(closed, "development-target-determined")

    def _move(self) -> None:
        """Another major: the new branch goes on with the cultivation."""
        old = self.branch
        day = self.on_workday(add_months(self.start, 5))
        new = BRANCHES[BRANCHES.index(old) ^ 1]
        self.aside(day, "unit-change-reported", to_unit=new)
        self.aside(self.after(day, 6, 9), "cultivation-material-sent", to_unit=new)
        taken = self.after(day, 14, 18)
        for contact in self.contacts:
            self.aside(taken, "cultivation-contact-ended", contact_id=contact, cause="transferred")
        if taken <= TODAY:
            self.branch = new
            self.aside(taken, "cultivation-material-accepted")
            self.aside(taken, "cultivation-continued", home_unit=new)
            for order in ("first", "second"):
                contact = f"m-{new}-{4 if order == 'first' else 5}"
                self.aside(taken, "cultivation-contact-assigned", contact_id=contact, order=order, full_member=True)

    def _be_admitted(self) -> None:
        dice, target = self.dice, self.target
        self.say(
            self.after(target, 5, 12),
            "introducers-confirmed",
            introducers=[f"m-{self.branch}-4", f"m-{self.branch}-5"],
            full_members=True,
        )
        self.say(self.after(target, 18, 35), "target-training-completed", "committee", days=3, hours=24)
        self.say(
            self.after(target, 36, 55), "political-review-concluded", result="pass", letters_sent=2, letters_returned=2
        )
        reviewed = self.say(self.after(target, 70, 130), "branch-committee-review-passed")
        sent = self.say(self.after(reviewed, 2, 5), "pre-review-requested")
        passed = self.say(self.after(sent, 8, 20), "pre-review-passed", "committee")
        serial = f"{passed.year}{self.student.number + 1:04}"
        self.say(passed, "application-form-issued", "committee", serial_no=serial)
        if self.mishap == "form-spoiled":
            spoiled = self.say(self.after(passed, 2, 4), "application-form-spoiled", serial_no=serial)
            self.say(
                spoiled,
                "application-form-issued",
                "committee",
                serial_no=f"{passed.year}{self.student.number + 5001:04}",
            )
        self.say(self.after(passed, 5, 8), "application-form-completed", None)
        closed = self.notice(passed + timedelta(days=10), "admission")
        self.assembly = self._assembly(self.after(closed, 1, 4))
        self.say(
            self.after(self.assembly, 12, 25),
            "pre-approval-talk-held",
            "committee",
            held_by=f"o-{self.committee}-{dice.between(1, 2)}",
        )
        late = self.mishap == "late-approval"
        approved = self.on_workday(add_months(self.assembly, 4)) if late else self.after(self.assembly, 35, 75)
        self.approved = self.say(approved, "admission-approved", "committee", probation_from=self.assembly)
        self.aside(self.after(approved, 5, 12), "admission-filed", "department")
        self.aside(self.after(approved, 4, 9), "assigned-to-party-group", group=str(dice.between(1, 3)))
        self.aside(self.after(approved, 10, 25), "oath-taken", "committee")

    def _assembly(self, day: date) -> date:
        dice = self.dice
        due = dice.between(16, 28)
        if self.mishap == "no-quorum":
            few = due // 2
            self.say(day, "admission-vote-recorded", due=due, present=few, yes=few, no=0, abstained=0)
            self.say(day, "assembly-held-invalid", cause="no-quorum")
            day = self.on_workday(day + timedelta(days=7))
        present = due - dice.between(0, 4)
        if self.mishap == "voted-down":
            yes = due // 2
            self.say(day, "admission-vote-recorded", due=due, present=present, yes=yes, no=present - yes, abstained=0)
            self.say(day, "admission-resolution-rejected")
            raise Over
        no = dice.between(0, 2)
        self.say(day, "admission-vote-recorded", due=due, present=present, yes=present - no, no=no, abstained=0)
        return self.say(day, "admission-resolution-adopted")

    def _convert(self) -> None:
        end = add_months(self.assembly, 12)
        for months in (6, 11):
            day = self.on_workday(add_months(self.assembly, months) + timedelta(days=self.dice.between(0, 6)))
            self.aside(day, "probation-inspection-recorded", conclusion="qualified")
        self.say(self.after(end, -12, -4), "conversion-application-submitted", None)
        if self.mishap == "not-discussed":
            raise Over
        if self.mishap == "extended":
            resolved = self._resolve(self.after(end, 2, 8), "extend", extension_months=6)
            self.say(self.after(resolved, 20, 50), "extension-approved", "committee")
            end = add_months(end, 6)
            self.say(self.after(end, -12, -4), "conversion-application-submitted", None)
        reviewed = self.say(self.after(end, 0, 2), "conversion-reviewed")
        closed = self.notice(reviewed + timedelta(days=1), "conversion")
        resolved = self._resolve(self.after(closed, 1, 4), "convert")
        self.until = approved = self.after(resolved, 15, 45)
        self.say(approved, "conversion-approved", "committee", standing_from=end)
        documents = [
            "application",
            "application-form",
            "political-review",
            "conversion-application",
            "cultivation-inspection",
        ]
        self.say(self.after(approved, 3, 10), "dossier-filed", documents=documents, custodian="学生档案室")

    def _resolve(self, day: date, outcome: str, **values: Any) -> date:
        due = self.dice.between(18, 28)
        present = due - self.dice.between(0, 3)
        if outcome == "extend":
            self.say(day, "conversion-reviewed")
        self.say(
            day,
            "conversion-vote-recorded",
            due=due,
            present=present,
            yes=present - 1,
            no=1,
            abstained=0,
            proposal=outcome,
        )
        return self.say(day, "conversion-resolved", outcome=outcome, **values)
