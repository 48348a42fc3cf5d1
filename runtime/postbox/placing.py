"""Where the demo's mail server stands: its ports, its directory, and the channel file that leads to it."""

import sys
from dataclasses import dataclass
from pathlib import Path

from runtime.ports import free

POSTBOX = "postbox"
"""Its name, and its place in the data directory."""

HOST, PAGE_PORT = "127.0.0.1", 8025
"""Where it listens, and the port of its page if that is free."""

CHANNELS = """\
# Written anew by each start of the demo: every letter goes to its own mail server. JIETI_CHANNELS_FILE names another file.
channels:
  mail: {{kind: mail, host: 127.0.0.1, port: {port}, tls: none, from: 阶梯 <jieti@qingshan.example>}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where it stands: the channel file that names it, the address of its page, and the command that serves both."""

    channels_file: Path
    page: str
    command: list[str]


def place_postbox(data_dir: Path) -> Place:
    """Choose ports for a mail server, and write a channel file with it alone. Raises ServerFailed."""
    home = data_dir / POSTBOX
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    smtp, page = free(HOST, 0), free(HOST, PAGE_PORT)
    file = home / "channels.yaml"
    file.write_text(CHANNELS.format(port=smtp), encoding="utf-8")
    command = [sys.executable, "-m", "runtime.postbox", str(home), str(smtp), str(page)]
    return Place(file, f"http://{HOST}:{page}/", command)
