"""The worker's door: what it says when it cannot begin."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_a_worker_without_settings_says_which() -> None:
    """A sentence that names the setting, no traceback, and a code that a supervisor understands."""
    done = subprocess.run(
        [sys.executable, "worker.py"], cwd=ROOT, env={"PATH": "/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("JIETI_TEMPORAL_ADDRESS must be set")
    assert "Traceback" not in done.stderr
