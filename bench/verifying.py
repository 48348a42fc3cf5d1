"""`python -m bench.verifying WHERE FOLDER JOBS KEY …`: verifies a bundle or a live log, and tells how long it took."""

import asyncio
import json
import resource
import sys
from pathlib import Path
from time import perf_counter

from eventlog.live import LiveLog
from eventlog.verify import Audit, Bundle, Source, key_of, trusted, verify


def main() -> None:
    """Verify once; anything that is found is an error."""
    where, folder, jobs, *keys = sys.argv[1:]
    listed = (Path(folder) / "keys").read_bytes()
    begun = perf_counter()
    live = where.startswith("postgres")
    source: Source = asyncio.run(LiveLog.of(where, None, Path(folder))) if live else Bundle(where)
    audit = Audit("bench.test/log", trusted([key_of(key) for key in keys], listed), [], [])
    lies = list(verify(source, audit, jobs=int(jobs)))
    took = perf_counter() - begun
    if lies or audit.sealed != audit.tree.size:
        raise SystemExit(str(lies))
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(one.ru_utime + one.ru_stime for one in spent)
    peak = max(_own_peak(), spent[1].ru_maxrss)
    print(json.dumps({"entries": audit.entries, "seconds": took, "cpu": cpu, "peak_kib": peak}))


def _own_peak() -> int:
    """The most memory this process ever had; what `getrusage` says of it counts the one that started it too."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    main()
