"""`python -m tests.fuzz.run TARGET SECONDS [FOLDER]`: lets a coverage-guided fuzzer look for bytes that break a parser.

What it learns is kept in FOLDER (`build/fuzz/corpus` where none is named); what breaks something is written beside it.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["eventlog.verify", "zipfile", "json", "base64"]):
    from tests.fuzz.targets import TARGETS, seeds

HERE = Path(__file__).parent / "corpus"
MOST_BYTES = 8192


def main() -> None:
    """Fuzz one target for a while."""
    target, seconds = sys.argv[1], int(sys.argv[2])
    folder = Path(sys.argv[3] if len(sys.argv) > 3 else "build/fuzz/corpus") / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()[target]):
        (folder / f"seed-{number:02}").write_bytes(seed)
    options = [
        sys.argv[0],
        str(folder),
        *([str(HERE / target)] if (HERE / target).is_dir() else []),
        f"-max_total_time={seconds}",
        f"-max_len={MOST_BYTES}",
        "-len_control=0",
        f"-artifact_prefix={folder.parent}/{target}-",
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-print_final_stats=1",
    ]
    atheris.Setup(options, TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
