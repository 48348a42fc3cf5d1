"""Drills: the board turns red and green again, in a demo and nowhere else."""

import re
from pathlib import Path

from commands.calling import Api
from tests.commands.conftest import Run
from tests.commands.demo import Demo
from tests.commands.test_demo import until


def test_a_drill_is_for_a_demo_alone(jieti: Run, tmp_path: Path) -> None:
    """Where no demo runs, and where a server is named in the settings, nothing is broken."""
    for told in ({}, {"JIETI_DATABASE_URL": "postgresql:///school"}):
        done = jieti("drill", "no-worker", **{**told, "JIETI_DATA_DIR": str(tmp_path)})
        assert done.code == 1
        assert "a drill is for a demo alone" in done.err
    assert jieti("drill", "earthquake", JIETI_DATA_DIR=str(tmp_path)).code == 2
    assert "workflow-gone" in jieti("drill", JIETI_DATA_DIR=str(tmp_path)).out


def test_an_admin_practises(demo: Demo, here: Run) -> None:
    """Within a minute the board shows what the drill hit; each is repaired, says so for ever, and the board is green again."""
    said = here("drill", "workflow-gone", "--seconds", "0.1")
    assert said.code == 0, said.err
    paths = re.findall(r"jieti repair (\S+)", said.out)
    assert len(paths) == 3
    api = Api(demo.running.api, here("token", "--as", "admin").out.strip())
    until(lambda: bool(api.get("/v1/stuck", cause="workflow-gone").body["items"]), 60)
    shown = here("repair", paths[0])
    assert "workflow-gone" in shown.out
    assert "● --act restart" in shown.out
    gone = ("--cause", "workflow-gone")  # whoever is overdue in the sample school may be hit as well
    looked = here("repair", paths[0], *gone, "--act", "restart", "--preview")
    assert "would append repair-applied (修复)" in looked.out
    assert "nothing was done" in looked.out
    blank = here("repair", paths[0], *gone, "--act", "restart")
    assert (blank.code, "reason" in blank.err) == (2, True), blank.err
    for path in paths[:2]:
        mended = here("repair", path, *gone, "--act", "restart", "--reason", "a drill")
        assert mended.code == 0, mended.err
        assert "repaired: restart for workflow-gone" in mended.out
    group = here("repair", *gone, "--act", "restart", "--reason", "a drill")
    begun = re.match(r"job (\w+) ", group.out)
    assert (group.code, bool(begun)) == (0, True), group.err
    assert here("repair", "jobs", "--cancel").code == 2
    job = ("repair", "jobs", begun[1] if begun else "")
    until(lambda: "  done  restart for workflow-gone" in here(*job).out, 60)
    assert here(*job, "--cancel").code == 1
    assert re.search(r"经修复 \d 次 · repaired ", here("history", paths[0], "--as", "department").out)
    until(lambda: not api.get("/v1/stuck", cause="workflow-gone").body["items"], 60)
    again = here("repair", paths[0], "--act", "restart", "--reason", "a drill")
    assert again.code == 1
    assert here("repair", "jobs").code == 0
    assert here("release").out.startswith("no build is known")
