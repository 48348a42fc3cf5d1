"""Reminders as people meet them in the demo: mails arrive, one that is refused is seen and sent again, all from the shell."""

import json
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any

from commands.calling import Api
from domain.calendar import civil_day
from runtime.clock import now
from runtime.postbox.keeping import Mail, Postbox
from tests.commands.conftest import Run
from tests.commands.demo import Demo
from tests.commands.test_demo import until

UNIT = "qs-told"


def mails(demo: Demo) -> Postbox:
    """The mails of the demo."""
    return Postbox(demo.home / "postbox")


def written(api: Api, address: str, body: dict[str, Any]) -> dict[str, Any]:
    """Record something that is not refused."""
    answer = api.ask("POST", address, body, {"Idempotency-Key": address[-90:]})
    assert answer.status == 201, answer.body
    found: dict[str, Any] = answer.body
    return found


def begun(demo: Demo) -> None:
    """Wait until the mails have come that a demo sends at its start."""
    until(lambda: len(mails(demo).numbers()) > 20, seconds=60)


def to(demo: Demo, address: str) -> list[Mail]:
    """The mails to somebody."""
    box = mails(demo)
    found = (box.read(number) for number in box.numbers())
    return [one for one in found if one and one.message["To"] == address]


def a_branch_with_a_secretary(api: Api) -> None:
    """A unit of its own that keeps no terms: its secretary has had no letter today, and is owed none but of the path."""
    day = "2026-01-05"
    unit = {
        "unit_id": UNIT,
        "unit_kind": "functional-branch",
        "name": "提醒支部",
        "name_en": "Told",
        "superior": "qs-eng",
    }
    written(api, "/v1/units", {**unit, "effective_on": day})
    known = written(api, "/v1/recipients", {"number": "s-told", "name": "白露", "effective_on": day})
    address = {"channel": "mail", "address": "s-told@staff.example", "effective_on": day}
    written(api, f"/v1/recipients/{known['path_id']}/facts/address-given", address)
    post = {"number": "s-told", "post": "branch-secretary", "effective_on": day}
    written(api, f"/v1/units/{UNIT}/facts/appointed", post)


def test_mails_of_the_sample_school_arrive_and_are_shown(demo: Demo, here: Run) -> None:
    """What is overdue there is told within a minute of the start: in the box, on its page, in the ledger."""
    begun(demo)
    assert demo.running.mails
    assert f"mails            {demo.running.mails}" in demo.said
    with urllib.request.urlopen(demo.running.mails) as answer:
        page = answer.read().decode()
    assert "件事项" in page
    assert "@staff.qingshan.example" in page

    def told() -> list[dict[str, Any]]:
        found = here("reminders", "list", "--state", "sent", "--limit", "200", "--json").out
        return list(json.loads(found)["items"])

    until(lambda: {bool(one["term"]) for one in told()} == {True, False}, seconds=60)
    assert {one["channel"] for one in told()} == {"mail"}


def test_what_the_mail_server_refused_is_seen_asked_for_again_and_arrives(demo: Demo, here: Run) -> None:
    """From the refusal's own row in the ledger; the second letter of the day goes out at once, for the first was none."""
    begun(demo)
    token = here("token", "--as", "department").out.strip()
    api = Api(demo.running.api, token)
    mails(demo).answer = "refuse"
    try:
        a_branch_with_a_secretary(api)
        said = {"name": "谷雨", "student_no": "202601999", "home_unit": UNIT, "born_on": "2006-03-04"}
        since = civil_day(now()) - timedelta(days=33)  # the talk is a day or two late: its own rung, told to one
        opening = {**said, "effective_on": since.isoformat(), "reason": "从纸质档案补录", "approved_by": "demo-admin"}
        path = f"/v1/paths/{written(api, '/v1/paths?mode=record', opening)['path_id']}"

        def refused() -> list[dict[str, Any]]:
            done = here("reminders", "list", "--state", "refused", "--unit", UNIT, "--json")
            return [one for one in json.loads(done.out)["items"] if one["href"] == path and one["again"]]

        until(lambda: bool(refused()), seconds=60)
    finally:
        mails(demo).answer = "accept"
    item = refused()[0]
    assert item["code"].startswith("550 5.1.1")
    assert ([one["name"] for one in item["to"]], item["passed_over"]) == (["白露"], [])
    shown = here("reminders", "list", "--state", "refused", "--unit", UNIT).out
    assert "谷雨" in shown
    assert "jieti record reminder-asked-again --path" in shown
    assert to(demo, "s-told@staff.example") == []
    written(api, item["again"]["href"], {**item["again"]["body"], "reason": "邮箱已恢复"})
    until(lambda: bool(to(demo, "s-told@staff.example")), seconds=60)

    def again() -> list[dict[str, Any]]:
        done = here("reminders", "list", "--state", "sent", "--unit", UNIT, "--json")
        return [one for one in json.loads(done.out)["items"] if one["href"] == path and one["times"] == 1]

    until(lambda: bool(again()), seconds=60)
    (sent,) = again()
    letters = [one.message["Message-ID"] for one in to(demo, "s-told@staff.example")]
    assert [sent["letter"] in one for one in letters].count(True) == 1
    assert refused() == []


def test_what_would_go_out_is_shown_with_who_would_hear_it(here: Run, tmp_path: Path) -> None:
    """A day of the sample school: a line for each, why, to whom; a day gone by is refused with what to ask instead."""
    items = json.loads(here("reminders", "list", "--state", "planned", "--json").out)["items"]
    done = here("reminders", "due", "--on", items[0]["on"], COLUMNS="300")
    assert done.code == 0, done.err
    assert "would go out if nothing came before; who hears it, as of" in done.out
    assert items[0]["obligation"] in done.out
    gone = here("reminders", "due", "--on", "2026-01-01")
    assert (gone.code, "/v1/reminders?to=2026-01-01" in gone.err) == (2, True)
    assert here("reminders", "list", "--state", "lost").code == 2
    assert not list(tmp_path.iterdir())
