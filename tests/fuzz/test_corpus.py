"""What the fuzzer has found, run again: true examples, and a small corpus of bytes that each went another way."""

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS, archived, bases, bundle, seeds

CORPUS = sorted(path for path in (Path(__file__).parent / "corpus").rglob("*") if path.is_file())


@pytest.mark.parametrize("target", TARGETS)
def test_true_examples_are_read(target: str) -> None:
    """Where the fuzzer begins there is nothing to find."""
    assert seeds()[target]
    for seed in seeds()[target]:
        TARGETS[target](seed)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: f"{path.parent.name}-{path.name[:8]}")
def test_bytes_that_were_found(path: Path) -> None:
    """None of them breaks a parser, and none is believed."""
    TARGETS[path.parent.name](path.read_bytes())


def test_the_target_reads_what_it_replaces() -> None:
    """The fuzzer's own measure is not blind: every part of a true bundle is put back in its place."""
    for kind, base in enumerate(bases()):
        for number, (name, data) in enumerate(base.items()):
            bundle(bytes([kind, number]) + data)
            assert archived({**base, name: data}) == archived(base)
