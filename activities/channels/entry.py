"""An entry of the channel file, read key by key: what is wrong is said with its line, and never with a secret."""

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx2
import yaml

from activities.channels.reaching import Network, Web, believing
from domain.spot import RulebookError, Spot


@dataclass(frozen=True, slots=True)
class Around:
    """What all entries of a file share: where it lies, which networks inside may be asked, the clock."""

    home: Path
    allowed: Sequence[Network]
    clock: Callable[[], datetime]


class Entry:
    """One channel as it stands in the file."""

    def __init__(self, name: str, spot: Spot, around: Around) -> None:
        """Under its name. Raises RulebookError where it is no mapping with a `kind`."""
        self.name, self.around = name, around
        self._spot = spot
        self._spots = spot.map(required=("kind",))

    @property
    def kind(self) -> Spot:
        """Which kind of channel it is."""
        return self._spots["kind"]

    def keys(self, required: Sequence[str], more: Sequence[str] = ()) -> None:
        """Say which keys this kind has. Raises RulebookError for any other, and for one that lacks."""
        self._spot.map(allowed=["kind", *required, *more], required=required)

    def has(self, key: str) -> bool:
        """Whether a key is given."""
        return key in self._spots

    def wrong(self, key: str, message: str) -> RulebookError:
        """Say what is wrong with a key."""
        return self._spots.get(key, self._spot).wrong(message)

    def text(self, key: str, default: str = "") -> str:
        """A text of one line."""
        if key not in self._spots:
            return default
        text = self._spots[key].text().strip()
        if not text.isprintable():
            raise self.wrong(key, "a text of one line is expected here")
        return text

    def flag(self, key: str) -> bool:
        """True or false; false if it is not given."""
        return key in self._spots and self._spots[key].flag()

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        if key not in self._spots:
            return default
        number = self._spots[key].whole()
        if not least <= number <= most:
            raise self.wrong(key, f"a number from {least} to {most} is expected here")
        return number

    def one_of(self, key: str, allowed: Sequence[str]) -> str:
        """One of these words; the first if it is not given."""
        return self._spots[key].one_of(allowed, f"a {key}") if key in self._spots else allowed[0]

    def host(self, key: str) -> str:
        """The name or the address of a machine."""
        host = self.text(key)
        if not re.fullmatch(r"[\w.:-]+", host):
            raise self.wrong(key, "the name of a machine, like smtp.example.edu.cn, or its address is expected here")
        return host

    def ca(self) -> Path | None:
        """Certificates that are believed beside the system's, a PEM file; the path is from where the channel file lies."""
        if "ca" not in self._spots:
            return None
        path = self._file(self._spots["ca"])
        try:
            believing(path)
        except (OSError, ValueError):
            raise self.wrong("ca", f"{path} holds no certificates in PEM") from None
        return path

    def secrets(self, key: str) -> list[str]:
        """Secrets: each a text, or `{file: path}` of one that holds nothing else."""
        return [self._secret(one) for one in self._spots[key].list()] if key in self._spots else []

    def secret(self, key: str) -> str:
        """One secret; nothing if it is not given."""
        found = self.secrets(key)
        if len(found) > 1:
            raise self.wrong(key, "one secret is expected here")
        return found[0] if found else ""

    def url(self, key: str, default: str = "") -> str:
        """An address that one can ask: over TLS, or on this machine. It may be a secret and is not repeated."""
        if key not in self._spots:
            return default
        url = self.secret(key)
        try:
            parts = httpx2.URL(url)
        except (httpx2.InvalidURL, ValueError):
            raise self.wrong(key, "an address like https://example.edu.cn/hook is expected here") from None
        local = parts.scheme == "http" and _is_loopback(parts.host)
        if not (parts.scheme == "https" or local) or not parts.host:
            message = "an address that begins with https:// is expected here; http:// is for 127.0.0.1 alone"
            raise self.wrong(key, message)
        if parts.userinfo or parts.fragment or re.search(r"\s", url):
            raise self.wrong(key, "an address without a user, a fragment and spaces is expected here")
        return url

    def web(self) -> Web:
        """Connections of its own, with the certificates of `ca` beside the system's."""
        return Web(self.around.allowed, self.ca())

    def _secret(self, spot: Spot) -> str:
        if isinstance(spot.node, yaml.MappingNode):
            text = (
                self._file(spot.map(allowed=("file",), required=("file",))["file"]).read_text(encoding="utf-8").strip()
            )
        else:
            text = spot.text().strip()
        if not text or not text.isprintable():
            raise spot.wrong("a secret of one line is expected here, or `{file: path}` of a file that holds one")
        return text

    def _file(self, spot: Spot) -> Path:
        path = self.around.home / spot.text()
        if not path.is_file():
            raise spot.wrong(f"there is no file {path}")
        return path


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def network_of(spot: Spot) -> Network:
    """A network inside the house. Raises RulebookError for what is none."""
    try:
        return ipaddress.ip_network(spot.text().strip())
    except ValueError:
        raise spot.wrong(f"{spot.text()!r} is not a network; write 10.20.0.0/16 or 127.0.0.1") from None
