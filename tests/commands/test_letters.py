"""Texts of letters checked and letters seen from the shell; what lies ahead of a path, on the running demo."""

from pathlib import Path

from icalendar import Calendar

from commands.demonstration import EXAMPLE
from commands.leaving import Code
from tests.commands.conftest import Run


def test_a_file_that_is_wrong_is_told_with_its_line(here: Run, tmp_path: Path) -> None:
    """All files are checked; the one that is wrong is named with line and what is allowed, and the command fails."""
    own = tmp_path / "letters-own.yaml"
    own.write_text("letters: own\ntexts:\n  greeting: {zh: '${nam}：', en: Hello}\n", encoding="utf-8")
    done = here("letters", "check", str(own))
    assert (done.code, done.out.strip()) == (
        Code.REFUSED,
        "letters-own.yaml:3: ${nam} is no field of this text; allowed here: ${name}",
    )
    well = here("letters", "check")
    assert well.code == Code.DONE
    assert {"letters.yaml: letters built-in", "letters-sample.yaml: letters sample"} <= {
        line.partition(",")[0] for line in well.out.splitlines()
    }


def test_a_sample_is_shown_in_every_form(here: Run, tmp_path: Path) -> None:
    """With the texts that are to be tried, as text and as a page; a form or a language that there is not is told."""
    own, page = tmp_path / "letters-own.yaml", tmp_path / "letter.html"
    own.write_text("letters: own\ntexts:\n  footer: {zh: 再见, en: Good-bye}\n", encoding="utf-8")
    done = here("letters", "preview", "--sample", "--texts", str(own), "--language", "en", "--html", str(page))
    assert done.code == Code.DONE
    assert "Good-bye" in done.out
    assert "Good-bye" in page.read_text(encoding="utf-8")
    assert "Please sign in" in here("letters", "preview", "--sample", "--form", "group", "--language", "en").out
    for wrong in (["--form", "fax"], ["--language", "fr"], ["--path", EXAMPLE]):
        assert here("letters", "preview", "--sample", *wrong).code == Code.WRONG


def test_what_would_be_sent_about_a_path(here: Run) -> None:
    """Of the example student, as it would read now; an obligation that is not owed is told."""
    done = here("letters", "preview", "--path", EXAMPLE, "--as", "secretary")
    assert done.code == Code.DONE
    assert "对象：" in done.out
    assert here("letters", "preview", "--path", EXAMPLE, "--obligation", "talk").code == Code.WRONG


def test_what_lies_ahead_of_a_path(here: Run, tmp_path: Path) -> None:
    """Each due day with its rule and the reminders to come; as a file it is a calendar."""
    done = here("calendar", EXAMPLE, "--as", "secretary")
    assert done.code == Code.DONE
    assert "half-year" in done.out or "半年考察" in done.out
    assert "09:07" in done.out
    file = tmp_path / "path.ics"
    assert here("calendar", EXAMPLE, "--ics", str(file), "--language", "en").code == Code.DONE
    assert Calendar.from_ical(file.read_bytes()).walk("VEVENT")
