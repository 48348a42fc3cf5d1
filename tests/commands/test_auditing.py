"""Bundles and their check from the shell, on the running demo."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from commands.demonstration import EXAMPLE
from commands.leaving import Code
from tests.commands.conftest import Run

BRANCH = "qs-eng-ee-1"


@pytest.mark.parametrize("what", [(), ("--unit", BRANCH), ("--paths", EXAMPLE)], ids=["all", "unit", "path"])
def test_a_bundle_is_exported_and_verified(here: Run, tmp_path: Path, what: tuple[str, ...]) -> None:
    """The whole log, a unit, a dossier: each is verified with the key and a checkpoint that were kept before."""
    kept, out = tmp_path / "kept.txt", tmp_path / "out.jieti"
    kept.write_text(here("checkpoint").out, encoding="utf-8")
    done = here("export", "audit", *what, "--held", str(kept), "--out", str(out))
    assert done.code == 0, done.err
    with ZipFile(out) as bundle:
        names = bundle.namelist()
        page = bundle.read("timeline.html").decode()
        (tmp_path / "keys").write_bytes(bundle.read("keys"))
        entries = b"".join(bundle.read(name) for name in names if name.startswith("entries/"))
    assert {"bundle.json", "README.txt", "verify.py", "keys"} < set(names)
    assert any(name.endswith("cpc-2026.yaml") for name in names)
    assert "<section" in page
    # The sample school's people are recipients: theirs are streams of the log too, and sealed in what leaves the house.
    assert (b"\ntopic address-given" in entries) == (not what)
    assert b"@" not in entries
    checked = here("verify", str(out), "--held", str(kept), "--key", str(tmp_path / "keys"), "--all", "--jobs", "1")
    assert checked.code == 0, checked.out
    assert checked.out.startswith("VERIFIED\n")
    assert "1 checkpoints that were kept elsewhere" in checked.out
    assert ("this is a part of the log" in checked.out) == bool(what)


def test_the_live_log_is_verified(here: Run) -> None:
    """Without a bundle, as it stands in PostgreSQL; and a file and --live are not named together."""
    done = here("verify", "--live", "--all", "--jobs", "1")
    assert done.code == 0, done.out
    assert "VERIFIED" in done.out
    assert here("verify").code == Code.WRONG
    assert here("verify", "--live", "x.jieti").code == Code.WRONG


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (("--paths", "00000000-0000-0000-0000-000000000000"), "is no path of this log"),
        (("--paths", "299912345"), "no path has the student number"),
        (("--unit", "no-such-unit"), "there is no unit 'no-such-unit'"),
        (("--held", "/no/such/checkpoint"), "is not a checkpoint"),
    ],
)
def test_what_is_not_there_is_told(here: Run, tmp_path: Path, what: tuple[str, ...], words: str) -> None:
    """A path, a number, a unit, a checkpoint that does not exist: a sentence, and no file is left behind."""
    done = here("export", "audit", *what, "--out", str(tmp_path / "out.jieti"))
    assert done.code == Code.WRONG
    assert words in done.err
    assert list(tmp_path.iterdir()) == []
    assert here("export", "audit", "--out", str(tmp_path / "no" / "out.jieti")).code == Code.WRONG
