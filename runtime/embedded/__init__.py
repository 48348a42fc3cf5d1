"""PostgreSQL and Temporal started from their packages, each in a directory of its own that stays between runs.

Both are ours alone while the context is open, and end with it. If this process is killed they end by themselves
(Linux) or are ended by the next start, which finds their pid file; either way nothing that was acknowledged is lost:
PostgreSQL writes ahead and syncs, Temporal's SQLite file does the same. Open both from a thread that outlives them.
Not for production: there, settings name real servers.
"""

from runtime.embedded.child import ServerFailed
from runtime.embedded.database import Postgres, postgres
from runtime.embedded.dev_server import Temporal, temporal, temporal_program

__all__ = ["Postgres", "ServerFailed", "Temporal", "postgres", "temporal", "temporal_program"]
