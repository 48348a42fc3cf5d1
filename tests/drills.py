"""`python -m tests.drills [CAUSE …]`: all drills, on a demo of its own in a directory that is thrown away."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from commands.drilling import all_drills, demo_settings
from runtime.drills import DRILLS
from tests.commands.demo import Demo, environment


def main() -> None:
    """Start a demo, drill in it, stop it; ends with 1 if a cause is not found or repaired in time, or something is lost."""
    with tempfile.TemporaryDirectory(prefix="jieti-") as directory:
        demo = Demo(Path(directory) / "data")
        demo.home.mkdir()
        demo.start()
        try:
            os.environ.update(  # noqa: TID251 - the settings of this process are those of the demo
                {name: value for name, value in environment(demo.home).items() if name.startswith("JIETI_")}
            )
            results = asyncio.run(all_drills(demo_settings(), sys.argv[1:] or list(DRILLS)))
        finally:
            demo.stop()
    sys.exit(0 if all(one.passed for one in results) else 1)


if __name__ == "__main__":
    main()
