"""Becomes a server that dies with its parent; a program of its own, run with nothing but the standard library.

`python -I -S launch.py PARENT SIGNAL UID GID PID_FILE COMMAND…`: takes on the account (UID -1: stays what it is), asks
the kernel to send SIGNAL when the parent ends (Linux; elsewhere the pid file lets the next start find it), writes the
pid file and becomes COMMAND. A program, not a hook between fork and exec: the parent has threads, and between fork and
exec of such a process no Python code may safely run.
"""

import ctypes
import json
import os
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1  # prctl(2)


def main(arguments: list[str]) -> None:
    """Never returns: it becomes the command, or ends."""
    parent, signal, uid, gid = (int(number) for number in arguments[:4])
    pid_file, command = Path(arguments[4]), arguments[5:]
    # Written before it is a server, and renamed into place: there is no moment at which one runs unrecorded.
    draft = pid_file.with_suffix(".new")
    draft.write_text(json.dumps({"pid": os.getpid(), "command": command}), encoding="utf-8")
    draft.replace(pid_file)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After the change of account, which would clear it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the parent ended before its server began")
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted; the command is the parent's own


if __name__ == "__main__":
    main(sys.argv[1:])
