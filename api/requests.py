"""Reading what a request says: its body, its headers, its switches. Each mistake is a problem with a remedy."""

import re
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import orjson
from starlette.requests import Request

from api.problems import BadHeader, MalformedBody, UnknownPath, UnsupportedMediaType, WrongShape

MOST_KEY_CHARACTERS = 100
ETAG = re.compile(r'"(0|[1-9][0-9]{0,8})"')

Mode = Literal["authorise", "record"]


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises UnsupportedMediaType, MalformedBody, WrongShape; BodyTooLarge on its way."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaType(f"the body is declared as {kind!r}")
    raw = await request.body()
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise MalformedBody(_where(raw, error)) from None
    if not isinstance(value, dict):
        raise wrong("body", "one JSON object is expected")
    return value


def _where(raw: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        raw.decode()
    except UnicodeDecodeError as wrong_at:
        return f"the body is not UTF-8 at byte {wrong_at.start}"
    return (
        f"the body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})" if raw else "there is no body"
    )


def wrong(field: str, expected: str) -> WrongShape:
    """A problem with one field."""
    return WrongShape(f"{field}: {expected}", faults=[{"field": field, "expected": expected}])


def aware(field: str, moment: datetime) -> datetime:
    """A moment that says in which zone it is meant. Raises WrongShape for one that does not."""
    if moment.tzinfo is None:
        raise wrong(field, "a moment with its zone, like 2026-03-02T16:00:00Z or 2026-03-03T00:00:00%2B08:00")
    return moment


def path_id_of(request: Request) -> UUID:
    """The path in the address. Raises UnknownPath for what is no id."""
    return path_id(request.path_params["path_id"])


def path_id(text: str) -> UUID:
    """An id of a path. Raises UnknownPath for what is none."""
    try:
        return UUID(text)
    except ValueError:
        raise UnknownPath(f"{text!r} is not the id of a path", paths=[text]) from None


def idempotency_key(request: Request) -> str | None:
    """The key of the request, with or without the quotes of the draft (draft-ietf-httpapi-idempotency-key-header-07)."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not key or len(key) > MOST_KEY_CHARACTERS or not key.isascii() or not key.isprintable():
        message = f"Idempotency-Key must be 1 to {MOST_KEY_CHARACTERS} printable ASCII characters"
        raise BadHeader(message)
    return key


def required_key(request: Request) -> str:
    """The key of a request that writes. Raises BadHeader when it is missing."""
    key = idempotency_key(request)
    if key is None:
        message = (
            "Idempotency-Key is missing: send one of your own making, for instance a UUID, and the same one again "
            "whenever you repeat this request"
        )
        raise BadHeader(message)
    return key


def version_seen(request: Request) -> int | None:
    """The version in If-Match. Raises BadHeader for anything but one strong ETag or `*`, which asks for no version."""
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    found = ETAG.fullmatch(given.strip())
    if found is None:
        message = f'If-Match must be the ETag of the path as it was read, like "17", not {given!r}'
        raise BadHeader(message)
    return int(found[1])


def position_wanted(request: Request) -> int | None:
    """The position in Log-Position, that a list must have come to. Raises BadHeader."""
    given = request.headers.get("log-position")
    if given is None:
        return None
    if not given.isascii() or not given.isdecimal() or len(given) > 18:  # noqa: PLR2004 - what fits the log's positions
        message = f"Log-Position must be the number that an earlier answer gave, not {given!r}"
        raise BadHeader(message)
    return int(given)


def switch(request: Request, name: str) -> bool:
    """A switch in the address: absent or false, or true."""
    given = request.query_params.get(name, "false").lower()
    if given not in {"true", "false", "1", "0", ""}:
        raise wrong(name, "true or false")
    return given in {"true", "1", ""}


def mode_of(request: Request) -> Mode:
    """Whether leave is asked for, or told what has happened. Raises WrongShape."""
    given = request.query_params.get("mode", "authorise")
    if given == "authorise":
        return "authorise"
    if given == "record":
        return "record"
    raise wrong("mode", "authorise, or record for what has happened already")
