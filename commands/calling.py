"""Asks the API: what the shell does has the rights, the checks and the traces of any other request."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from commands.leaving import Code, Leave

SECONDS = 30.0
AWAY = (202, 503)
NOT_YOURS = (401, 403)


@dataclass(frozen=True)
class Answer:
    """What came back; `body` is what the JSON says, or the text where it is plain text."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def well(self) -> bool:
        """Whether it is what was asked for, and no problem."""
        return self.status < 400 and self.status not in AWAY  # noqa: PLR2004 - where HTTP's errors begin

    @property
    def code(self) -> Code:
        """How the command ends with it."""
        if self.well:
            return Code.DONE
        if self.status in AWAY or self.status >= 500:  # noqa: PLR2004 - where HTTP's own faults begin
            return Code.AWAY
        if self.status in NOT_YOURS:
            return Code.NOT_YOURS
        return Code.REFUSED if self.status in (409, 412, 428) else Code.WRONG


class Api:
    """The API at an address, asked in the name of whom a token names."""

    def __init__(self, address: str | None, token: str) -> None:
        """Take both. Raises Leave where no address is known."""
        if not address:
            raise Leave("no demo runs here: start one with `jieti demo`, or set JIETI_API_URL", Code.AWAY)
        parts = urlsplit(address)
        self.address = address
        self._prefix = parts.path.rstrip("/")
        self._connect = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._netloc = parts.netloc
        self._token = token

    def ask(self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Send one request. Raises Leave if nobody answers."""
        sent = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json", **(headers or {})}
        connection = self._connect(self._netloc, timeout=SECONDS)
        try:
            connection.request(
                method,
                self._prefix + path,
                None if body is None else json.dumps(body, ensure_ascii=False).encode(),
                sent,
            )
            answer = connection.getresponse()
            raw = answer.read()
            told = json.loads(raw or b"null") if answer.headers.get_content_subtype().endswith("json") else raw.decode()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, told)
        except (OSError, HTTPException, ValueError) as error:
            raise Leave(f"{self.address} does not answer: {error}", Code.AWAY) from error
        finally:
            connection.close()

    def get(self, path: str, **query: object) -> Answer:
        """Read; what is None is not asked about, and a list is asked as often as it has members."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.ask("GET", f"{path}?{urlencode(given, doseq=True)}" if given else path)

    def path_id(self, who: str) -> str:
        """The id of a path, from itself or from a student number. Raises Leave for somebody whom the list has not."""
        try:
            return str(UUID(who))
        except ValueError:
            pass
        if not who.isascii() or not who.isprintable():
            raise Leave(f"{who!r} is neither the id of a path nor a student number", Code.WRONG)
        answer = self.ask("GET", "/v1/paths", headers={"Student-No": who})
        if not answer.well:
            raise Leave(told(answer), answer.code)
        if not answer.body["items"]:
            raise Leave(f"no path of yours has the student number {who!r}", Code.WRONG)
        return str(max(answer.body["items"], key=lambda item: (item["opened_on"], item["position"]))["path_id"])


def told(answer: Answer) -> str:
    """A problem in a sentence."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return f"{body.get('title', 'the API refused')}: {body.get('detail', answer.status)}"
