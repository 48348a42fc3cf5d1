"""The floor of evidence over HTTP: an endpoint that checks the body's shape and inserts a row, and knows no rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from hashlib import sha256
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
from fastapi import FastAPI, Header
from pydantic import BaseModel

from runtime.clock import now
from runtime.settings import Settings

TABLE = """
    create table if not exists bare (
        position bigserial primary key, stream_id uuid not null, version bigserial, topic text not null,
        recorded_at timestamptz not null, key text not null, request bytea not null, payload bytea not null,
        previous bytea not null, digest bytea not null, opens boolean not null default true,
        stamped_at timestamptz not null default clock_timestamp(),
        unique (stream_id, version), unique (stream_id, key)
    )
"""
INSERT = """
    insert into bare (stream_id, topic, recorded_at, key, request, payload, previous, digest)
    values ($1, $2, $3, $4, $5, $6, $5, $5) returning position
"""


class Activity(BaseModel):
    """The body, as the fact's class would have it."""

    effective_on: date
    activity: Literal["lecture", "activity", "social-work", "training", "volunteering"]
    hours: float
    by_unit: str | None = None


def app() -> FastAPI:
    """Make the application, on the database of the settings."""
    settings = Settings.read()

    @asynccontextmanager
    async def living(made: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(settings.database_url) as pool:
            await pool.execute(TABLE)
            made.state.pool = pool
            yield

    made = FastAPI(lifespan=living)

    @made.post("/paths/{path_id}/facts/{topic}", status_code=201)
    async def insert(
        path_id: UUID, topic: str, body: Activity, idempotency_key: Annotated[str, Header()]
    ) -> dict[str, int]:
        """Insert a row of the same columns, with the same indexes."""
        payload = body.model_dump_json().encode()
        digest = sha256(payload).digest()
        arguments = (path_id, topic, now(), idempotency_key, digest, payload)
        return {"position": await made.state.pool.fetchval(INSERT, *arguments)}

    return made
