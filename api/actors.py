"""Who asks: an actor with a role and a unit, named by a signed token."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

import jwt

Role = Literal[
    "branch-secretary",
    "counsellor",
    "organiser",
    "superior-secretary",
    "organisation-department",
    "system",
    "auditor",
    "admin",
    "person",
]
"""In what capacity somebody acts; `rights` says what each may do. A *person* reads what is stored about themselves: their
unit is the id of their path."""

ROLES: tuple[Role, ...] = get_args(Role)
ISSUER = "jieti"
ALGORITHM = "HS256"
MOST_ID_CHARACTERS = 80
"""An actor's id stands in every idempotency key, and a key is one line of 200 characters."""


class BadToken(Exception):
    """The token is not ours, is over, or does not say what it must."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts: `unit` is where, and everything below it."""

    id: str
    role: Role
    unit: str


def make_token(key: bytes, actor: Actor, now: datetime, lasts: timedelta) -> str:
    """Sign a token (JWT, HS256) that names an actor from `now` on. Raises ValueError for an actor nobody could be."""
    if not actor.id.isprintable() or not 0 < len(actor.id) <= MOST_ID_CHARACTERS or ":" in actor.id:
        message = f"an actor's id is one line of 1 to {MOST_ID_CHARACTERS} printable characters without a colon"
        raise ValueError(message)
    if actor.role not in ROLES:
        message = f"{actor.role!r} is no role; there are {', '.join(ROLES)}"
        raise ValueError(message)
    claims = {"iss": ISSUER, "sub": actor.id, "role": actor.role, "unit": actor.unit, "iat": now, "exp": now + lasts}
    return jwt.encode(claims, key, algorithm=ALGORITHM)


def read_token(key: bytes, token: str) -> tuple[Actor, datetime]:
    """Tell whom a token names, and until when; whoever asks compares that with the clock. Raises BadToken."""
    wanted: Any = {"require": ["exp", "sub", "role", "unit"], "verify_exp": False, "verify_iat": False}
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM], issuer=ISSUER, options=wanted)
        over = datetime.fromtimestamp(int(claims["exp"]), UTC)
    except (jwt.InvalidTokenError, ValueError, OverflowError, OSError) as error:
        raise BadToken(str(error)) from None
    role, unit = claims["role"], claims["unit"]
    if role not in ROLES or not isinstance(unit, str):
        message = "it names no role or no unit"
        raise BadToken(message)
    return Actor(claims["sub"], role, unit), over
