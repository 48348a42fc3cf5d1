"""Drills: the board turns red and green again, in a demo and nowhere else."""

import re
from pathlib import Path

from tests.commands.conftest import Run


def test_a_drill_is_for_a_demo_alone(jieti: Run, tmp_path: Path) -> None:
    """Where no demo runs, and where a server is named in the settings, nothing is broken."""
    for told in ({}, {"JIETI_DATABASE_URL": "postgresql:///school"}):
        done = jieti("drill", "no-worker", **{**told, "JIETI_DATA_DIR": str(tmp_path)})
        assert done.code == 1
        assert "a drill is for a demo alone" in done.err
    assert jieti("drill", "earthquake", JIETI_DATA_DIR=str(tmp_path)).code == 2
    assert "workflow-gone" in jieti("drill", JIETI_DATA_DIR=str(tmp_path)).out


def test_what_a_drill_breaks_is_found_and_repaired(here: Run) -> None:
    """Workflows that were ended are on the board within a minute, and off it once they are repaired; nothing is lost."""
    done = here("drill", "workflow-gone", "--check")
    assert done.code == 0, done.out + done.err
    assert re.search(r"workflow-gone +\d+\.\d s +\d+\.\d s *$", done.out, re.MULTILINE), done.out


def test_an_admin_practises(here: Run) -> None:
    """The drill says what to do; the paths it hit can be looked at and repaired, and say for ever that they were."""
    said = here("drill", "workflow-gone", "--seconds", "0.1")
    assert said.code == 0, said.err
    paths = re.findall(r"jieti repair (\S+)", said.out)
    assert len(paths) == 3
    shown = here("repair", paths[0])
    assert "workflow-gone" in shown.out
    assert "● --act restart" in shown.out
    looked = here("repair", paths[0], "--act", "restart", "--preview")
    assert "would append repair-applied (修复)" in looked.out
    assert "nothing was done" in looked.out
    blank = here("repair", paths[0], "--act", "restart")
    assert (blank.code, "reason" in blank.err) == (2, True), blank.err
    for path in paths:
        mended = here("repair", path, "--act", "restart", "--reason", "a drill")
        assert mended.code == 0, mended.err
        assert "repaired: restart for workflow-gone" in mended.out
    assert re.search(r"经修复 \d 次 · repaired ", here("history", paths[0], "--as", "department").out)
    again = here("repair", paths[0], "--act", "restart", "--reason", "a drill")
    assert again.code == 1
    assert here("repair", "jobs").code == 0
    assert here("release").out.startswith("no build is known")
