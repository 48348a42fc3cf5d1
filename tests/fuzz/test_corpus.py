"""What the fuzzer has found, run again: true examples, and a small corpus of bytes that each went another way."""

from pathlib import Path

import pytest

from tests.fuzz.targets import PARTS, TARGETS, bases, seeds

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


def test_every_part_of_a_bundle_is_tried() -> None:
    """What a bundle has and the fuzzer does not write anew would never be tried."""
    assert {name for base in bases() for name in base} == {name for _, name in PARTS.values()}
