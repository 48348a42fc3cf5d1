"""From what a use case says to what HTTP says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from api.grounds import FindingShown, grounded
from api.problems import AlreadyOpen, KeyReused, Problem, Stale, UnknownPath
from api.refusals import refusal
from domain.judgement import Confidence
from domain.receipt import Outcome, Receipt
from registry.desk import Desk

BASE = "/v1"
CALENDARS = f"{BASE}/calendars/"
SECRET = re.compile(r"(?<=calendars/).+|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{64}(?![A-Za-z0-9_-])", re.IGNORECASE)
"""What follows where calendars are read, however that was written; and what looks like the secret, wherever it stands."""


class Json(Response):
    """JSON of dataclasses, days, moments (RFC 3339, UTC) and ids."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write the content."""
        return orjson.dumps(content, default=_plain, option=orjson.OPT_UTC_Z)


def _plain(value: object) -> object:
    """A mapping that is no dict and a set, as JSON knows them."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(type(value))


@dataclass(frozen=True, slots=True)
class ReceiptShown:
    """What the recorder gets back: where the fact stands in the log for ever, and what was found.

    `position` counts the whole log, `version` the path; `digest` is what the log commits to (hex SHA-256); `proof` is
    the address of what will prove it to anybody, as soon as it is sealed.
    """

    path_id: UUID
    topic: str
    position: int
    version: int
    digest: str
    proof: str
    recorded_at: datetime
    findings: tuple[FindingShown, ...]
    repeated: bool


@dataclass(frozen=True, slots=True)
class VerdictShown:
    """What would become of a fact if it were recorded now. Nothing was stored; `problem` is what would be answered.

    `confidence` says how well the least known of the rules that were asked is known, whether they were broken or not.
    """

    allowed: bool
    confidence: Confidence
    findings: tuple[FindingShown, ...]
    version: int
    problem: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class StillAsking:
    """The decision was handed over and is not made yet. GET `answer`, or send the same request again."""

    path_id: UUID
    topic: str
    answer: str


def path_address(path_id: UUID) -> str:
    """Where a path is read."""
    return f"{BASE}/paths/{path_id}"


def unsaid(address: str) -> str:
    """An address as it may stand in a line of the server's log: without the secret that some have."""
    return SECRET.sub("…", address)


def etag(version: int) -> str:
    """The strong ETag of a version."""
    return f'"{version}"'


def recorded(receipt: Receipt, address: str, findings: tuple[FindingShown, ...]) -> Response:
    """The answer to a fact that stands: 201, or 200 with the first receipt when it stood already."""
    headers = {
        "Location": f"{address}/facts/{receipt.version}",
        "ETag": etag(receipt.version),
        "Log-Position": str(receipt.position),
    }
    if receipt.repeated:
        headers["Idempotency-Replayed"] = "true"
    return Json(shown(receipt, findings), 200 if receipt.repeated else 201, headers)


def shown(receipt: Receipt, findings: tuple[FindingShown, ...]) -> ReceiptShown:
    """What of a receipt its recorder is told; the alarm is the workflow's."""
    return ReceiptShown(
        path_id=receipt.path_id,
        topic=receipt.topic,
        position=receipt.position,
        version=receipt.version,
        digest=receipt.digest,
        proof=f"{BASE}/entries/{receipt.position}/proof",
        recorded_at=receipt.recorded_at,
        findings=findings,
        repeated=receipt.repeated,
    )


def problem_of(outcome: Outcome, path_id: UUID, address: str, findings: tuple[FindingShown, ...]) -> Problem:
    """The problem that an outcome other than `recorded` is."""
    match outcome.kind:
        case "refused":
            return refusal(findings, address)
        case "already-open":
            return AlreadyOpen(f"{address} is open already", path=address, headers={"Location": address})
        case "stale":
            now = f"it is at version {outcome.version} now"
            return Stale(now, version=outcome.version, headers={"ETag": etag(outcome.version)})
        case "key-reused":
            return KeyReused("this Idempotency-Key was used here for another request")
        case "unknown-path":
            return UnknownPath(f"there is no path {path_id}", paths=[path_id])
        case "recorded":
            message = "a fact that stands is no problem"
            raise ValueError(message)


async def answer(desk: Desk, outcome: Outcome, path_id: UUID, address: str) -> Response:
    """Answer an outcome: a receipt, or the problem it is (raised)."""
    findings = await grounded(desk, path_id, outcome.receipt.findings if outcome.receipt else outcome.findings)
    if outcome.kind == "recorded" and outcome.receipt:
        return recorded(outcome.receipt, address, findings)
    raise problem_of(outcome, path_id, address, findings)


async def verdict(desk: Desk, request: Request, outcome: Outcome, path_id: UUID, address: str) -> Response:
    """Answer a dry run. What the rules say is no failure of it; anything else is, as it would be without `dry_run`."""
    findings = await grounded(desk, path_id, outcome.receipt.findings if outcome.receipt else outcome.findings)
    if outcome.kind not in ("recorded", "refused"):
        raise problem_of(outcome, path_id, address, findings)
    problem = None
    if outcome.kind == "refused":
        problem = refusal(findings, address).body(request.url.path, request.state.request_id)
    version = outcome.version if outcome.kind == "refused" else outcome.version - 1
    return Json(VerdictShown(outcome.kind == "recorded", outcome.confidence, findings, version, problem))
