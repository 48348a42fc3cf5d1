"""What proves the log: the checkpoint, the tiles of the tree, and proofs. No token is asked for: witnesses, auditors and
whoever holds a receipt check us with it. It is hashes alone; the texts of entries are for those who may read the log.
"""

import asyncio
import base64
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from api.answers import BASE, Json
from api.house import House, InHouse, Reader, actor_of, refuse_unless_concerned
from api.problems import NotFound, NotSealedYet
from api.requests import wrong
from api.tail import refuse_unless_log_reader
from eventlog.published import NotSealed
from eventlog.tiles import parse_number_path, parse_tile_path, width_at
from eventlog.tree import TILE_WIDTH

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
PRIVATE = {"Cache-Control": "private, max-age=31536000, immutable"}
SHORTLY = {"Cache-Control": "public, max-age=2"}
MOST = 2**62
RETRY_AFTER_SECONDS = 10

PUBLIC = {
    *(f"{BASE}/log/{part}" for part in ("checkpoint", "keys", "tile/{tile}", "proof/inclusion", "proof/consistency")),
    f"{BASE}/entries/{{position}}/proof",
}
"""What is answered to anybody: it holds hashes, sizes and signatures, and not a word of any entry."""

Position = Annotated[int, Path(ge=1, le=MOST, description="The entry's position in the log, from 1")]

router = APIRouter(prefix=BASE, tags=["log"])


class Proof(BaseModel):
    """Hashes in the order of RFC 6962, each in base64, and what they are about."""

    proof: Sequence[str]


class InclusionProof(Proof):
    """Leads from entry `position` (leaf number `position - 1`) to the root of the checkpoint of `size` entries."""

    position: int
    size: int


class ConsistencyProof(Proof):
    """Shows that the log of `from` entries is the beginning of the log of `to` entries."""

    from_size: int = Field(alias="from")
    to_size: int = Field(alias="to")


@router.get("/log/checkpoint", operation_id="read_checkpoint", response_class=PlainTextResponse)
async def read_checkpoint(house: InHouse) -> Response:
    """The latest checkpoint: a signed note (C2SP tlog-checkpoint) with the log's signature and those of witnesses."""
    return _text(await asyncio.to_thread(house.sealed.note))


@router.get("/log/keys", operation_id="read_log_keys", response_class=PlainTextResponse)
async def read_keys(house: InHouse) -> Response:
    """The log's public keys, each with the sizes it has signed from and up to; signed by those in use."""
    return _text(await asyncio.to_thread(house.sealed.keys))


@router.get(
    "/log/tile/{tile:path}",
    operation_id="read_tile",
    responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_tile(tile: str, request: Request, house: InHouse) -> Response:
    """A tile of the tree (C2SP tlog-tiles): `0/x001/234`, `0/x001/235.p/17`; or `entries/…`, with a token, the texts."""
    section, _, number = tile.partition("/")
    if section == "entries":
        return await _entries(request, house, number)
    place = parse_tile_path(tile)
    data = await asyncio.to_thread(house.sealed.tile, *place) if place else None
    if data is None:
        raise NotFound("the tree has no such tile: its width follows from the size in the checkpoint")
    return Response(data, media_type="application/octet-stream", headers=FOREVER)


async def _entries(request: Request, house: House, path: str) -> Response:
    """The texts of up to 256 entries, each behind its length in two bytes."""
    refuse_unless_log_reader(actor_of(request))
    place = parse_number_path(path)
    sealed = (await asyncio.to_thread(house.sealed.checkpoint)).size
    if place is None or place[1] > width_at(sealed, 0, place[0]):
        raise NotFound("there is no such bundle of entries: its width follows from the size in the checkpoint")
    number, width = place
    entries = await house.desk.log.after(number * TILE_WIDTH, limit=width)
    bundle = b"".join(len(entry.text).to_bytes(2) + entry.text for entry in entries)
    return Response(bundle, media_type="application/octet-stream", headers=PRIVATE)


@router.get("/log/proof/inclusion", response_model=InclusionProof, operation_id="prove_inclusion")
async def prove_inclusion(
    house: InHouse,
    position: Annotated[int, Query(ge=1, le=MOST)],
    size: Annotated[int | None, Query(ge=1, le=MOST, description="The checkpoint's size; the latest")] = None,
) -> Response:
    """That an entry stands in the log of a checkpoint: hashes alone. `/v1/entries/{position}/proof` has them as a receipt."""
    size = size or (await asyncio.to_thread(house.sealed.checkpoint)).size
    if position > size and (sealed := (await asyncio.to_thread(house.sealed.checkpoint)).size) >= position:
        raise wrong("size", f"a log of {size} entries has no entry {position}; {sealed} are sealed")
    proof = await asyncio.to_thread(house.sealed.inclusion, position, size)
    return Json({"position": position, "size": size, "proof": _written(proof)}, headers=SHORTLY)


@router.get("/log/proof/consistency", response_model=ConsistencyProof, operation_id="prove_consistency")
async def prove_consistency(
    house: InHouse,
    old: Annotated[int, Query(alias="from", ge=0, le=MOST, description="The size of the older checkpoint")],
    new: Annotated[int | None, Query(alias="to", ge=0, le=MOST, description="Of the newer; the latest")] = None,
) -> Response:
    """That the log of an older checkpoint is the beginning of the log of a newer one."""
    new = (await asyncio.to_thread(house.sealed.checkpoint)).size if new is None else new
    if old > new and old <= (await asyncio.to_thread(house.sealed.checkpoint)).size:
        raise wrong("from", f"the older log is the smaller one: {old} is larger than {new}")
    proof = await asyncio.to_thread(house.sealed.consistency, old, new)
    return Json({"from": old, "to": new, "proof": _written(proof)}, headers=SHORTLY)


@router.get("/entries/{position}/proof", operation_id="prove_entry", response_class=PlainTextResponse)
async def prove_entry(position: Position, house: InHouse) -> Response:
    """The receipt of an entry (C2SP tlog-proof): with the digest that its recorder was given, it proves the entry offline."""
    return _text((await asyncio.to_thread(house.sealed.receipt, position)).encode())


@router.get("/paths/{path_id}/facts/{version}/proof", operation_id="prove_fact", response_class=PlainTextResponse)
async def prove_fact(
    path_id: UUID, version: Annotated[int, Path(ge=1, le=MOST)], house: InHouse, actor: Reader
) -> Response:
    """The receipt of a fact of a path, with the text of its entry inside: it stands alone."""
    loaded = await house.load(path_id)
    await refuse_unless_concerned(house, actor, loaded.facts)
    if version > len(loaded.entries):
        raise NotFound(f"the path has come to version {len(loaded.entries)}, and there is no {version}")
    entry = loaded.entries[version - 1]
    return _text((await asyncio.to_thread(house.sealed.receipt, entry.position, entry.text)).encode())


def not_sealed(error: NotSealed) -> NotSealedYet:
    """Say as a problem that there is no checkpoint yet."""
    return NotSealedYet(str(error), sealed=error.size, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _text(raw: bytes) -> Response:
    return PlainTextResponse(raw, headers=SHORTLY)


def _written(hashes: Sequence[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]
