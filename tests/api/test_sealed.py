"""Proofs through the API: whoever has a receipt checks it with hashes alone, and nobody is shown more than hashes."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import make_app
from eventlog.keyring import Keyring
from eventlog.notes import SigningKey
from eventlog.published import Status, say_status
from eventlog.sealing import Sealer
from eventlog.tiles import tile_path
from eventlog.tree import check_consistency
from eventlog.verify import (
    ED25519,
    Checkpoint,
    check_inclusion,
    key_of,
    leaf,
    open_note,
    parse_checkpoint,
)
from runtime.clock import now
from runtime.resources import Resources
from runtime.settings import Settings
from tests.api.conftest import Asker, DirectEngine, Town, talk
from tests.school import School

KEY = SigningKey("jieti.local/log", ED25519, bytes(32))


@dataclass
class SealedTown:
    """The application with a folder that a signer publishes in, and somebody without a token."""

    town: Town
    folder: Path
    sealer: Sealer

    @property
    def anybody(self) -> Asker:
        """Somebody without a token."""
        return Asker(self.town.http)

    async def seal(self) -> int:
        """Have the signer seal what is new; returns the size."""
        await self.sealer.begin(lambda _: None)
        return (await self.sealer.seal()).size


@pytest.fixture
async def place(
    tmp_path: Path, api_settings: Settings, api_resources: Resources, api_school: School
) -> AsyncIterator[SealedTown]:
    """A town whose signer has not begun."""
    settings = replace(api_settings, seal_dir=tmp_path / "sealed")
    log = api_resources.desk.log
    keys = Keyring((KEY,))
    sealer = Sealer(log, origin=KEY.name, keys=keys, state=tmp_path / "state", folder=settings.published)
    app = make_app(settings, api_resources, DirectEngine(api_resources.desk), now)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://jieti.test") as http:
        yield SealedTown(Town(app, api_school, http), settings.published, sealer)


def read_proof(text: str) -> tuple[list[str], list[bytes], Checkpoint]:
    """Take a receipt apart: its first lines, its hashes, and the checkpoint, whose signature is checked."""
    head, _, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    said = [line for line in lines if " " in line or line.startswith("c2sp")]
    body, signatures = open_note(checkpoint.encode(), [key_of(KEY.vkey)])
    assert signatures
    return said, [base64.b64decode(line) for line in lines[len(said) :]], parse_checkpoint(body)


async def test_before_anything_is_sealed_it_is_said_so(place: SealedTown) -> None:
    """Without a signer there is a problem with a remedy and a time to ask again; nobody misses the signer."""
    for address in ("log/checkpoint", "log/keys", "log/tile/0/000", "entries/1/proof", "log/proof/consistency?from=1"):
        answer = await place.anybody.get(f"/v1/{address}")
        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/not-sealed")
        assert answer.headers["retry-after"] == "10"
        assert answer.json()["sealed"] == 0
    sealing = (await place.anybody.get("/ready")).json()["sealing"]
    assert (sealing["ready"], sealing["size"]) == (True, 0)
    assert "no signer" in sealing["error"]


async def test_a_receipt_is_proved_with_hashes_alone(place: SealedTown) -> None:
    """The answer to a recorded fact says where its proof will be; when it is sealed, digest and proof suffice, offline."""
    await place.seal()
    address = await place.town.opened()
    receipt = (await place.town.secretary.post(f"{address}/facts/applicant-talk-held", talk())).json()
    early = await place.anybody.get(receipt["proof"])
    assert (early.status_code, early.json()["type"]) == (404, "/problems/not-sealed")
    size = await place.seal()
    assert early.json()["sealed"] < receipt["position"] <= size
    proof = await place.anybody.get(receipt["proof"])
    assert proof.headers["content-type"] == "text/plain; charset=utf-8"
    said, hashes, checkpoint = read_proof(proof.text)
    assert said == ["c2sp.org/tlog-proof@v1", f"index {receipt['position'] - 1}"]
    digest = bytes.fromhex(receipt["digest"])
    assert check_inclusion(receipt["position"] - 1, checkpoint.size, digest, hashes, checkpoint.root)
    whole = await place.town.secretary.get(f"{address}/facts/{receipt['version']}/proof")
    extra = base64.b64decode(read_proof(whole.text)[0][1].removeprefix("extra "))
    assert leaf(extra) == digest
    assert (await place.anybody.get(f"{address}/facts/1/proof")).status_code == 401
    assert (await place.town.secretary.get(f"{address}/facts/99/proof")).status_code == 404


async def test_an_older_checkpoint_is_proved_to_be_the_beginning(place: SealedTown) -> None:
    """Two checkpoints kept by anybody are joined by a proof; sizes that make no sense are told."""
    await place.town.opened()
    old = await place.seal()
    before = await place.anybody.get("/v1/log/checkpoint")
    await place.town.opened()
    new = await place.seal()
    after = await place.anybody.get("/v1/log/checkpoint")
    first, second = (parse_checkpoint(open_note(one.content, ())[0]) for one in (before, after))
    assert (first.size, second.size) == (old, new)
    answer = await place.anybody.get(f"/v1/log/proof/consistency?from={old}&to={new}")
    hashes = [base64.b64decode(line) for line in answer.json()["proof"]]
    assert check_consistency(old, first.root, new, second.root, hashes)
    assert (await place.anybody.get(f"/v1/log/proof/consistency?from={old}")).json() == answer.json()
    inclusion = (await place.anybody.get(f"/v1/log/proof/inclusion?position={old}&size={old}")).json()
    assert (inclusion["position"], inclusion["size"]) == (old, old)
    for query, status in (
        *((f"consistency?from={new}&to={old}", 422), (f"consistency?from={old}&to={new + 1}", 404)),
        *((f"inclusion?position={new}&size={old}", 422), (f"inclusion?position={new + 1}", 404)),
        *(("consistency?from=-1", 422), ("consistency", 422), ("inclusion?position=0", 422)),
    ):
        assert (await place.anybody.get(f"/v1/log/proof/{query}")).status_code == status, query


async def test_tiles_are_served_for_ever_and_texts_only_to_readers(place: SealedTown) -> None:
    """Tiles of the sealed size, in the layout of the specification; a bundle of texts hashes to its tile."""
    await place.town.opened()
    size = await place.seal()
    number, width = divmod(size, 256)
    last = tile_path(0, number, width) if width else tile_path(0, number - 1)
    tile = await place.anybody.get(f"/v1/log/tile/{last}")
    assert tile.headers["content-type"] == "application/octet-stream"
    assert "immutable" in tile.headers["cache-control"]
    assert len(tile.content) == 32 * (width or 256)
    bundle = last.partition("/")[2]
    assert (await place.anybody.get(f"/v1/log/tile/entries/{bundle}")).status_code == 401
    assert (await place.town.secretary.get(f"/v1/log/tile/entries/{bundle}")).status_code == 403
    texts = (await place.town.department.get(f"/v1/log/tile/entries/{bundle}")).content
    leaves = b""
    while texts:
        length = int.from_bytes(texts[:2])
        leaves, texts = leaves + leaf(texts[2 : 2 + length]), texts[2 + length :]
    assert leaves == tile.content
    for wrong in ("0/999", "1/999", "0/1", f"0/000.p/{256}", "entries", "%2e%2e/checkpoint", "0/%2e%2e/%2e%2e/state"):
        assert (await place.town.department.get(f"/v1/log/tile/{wrong}")).status_code == 404, wrong
    assert (await place.town.department.get("/v1/log/tile/entries/999")).status_code == 404


async def test_a_damaged_tile_is_a_fault_and_makes_no_proof(place: SealedTown) -> None:
    """Whoever asks is not given a proof that proves nothing: 503, with what puts it right; and then the proof."""
    await place.town.opened()
    size = await place.seal()
    tiles = [path for path in (place.folder / "tile").rglob("*") if path.is_file()]
    for tile in tiles:
        tile.write_bytes(bytes(len(tile.read_bytes())))
    for address in (f"entries/{size}/proof", f"log/proof/inclusion?position={size}", "log/proof/consistency?from=1"):
        answer = await place.anybody.get(f"/v1/{address}")
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable"), address
        assert "started again" in answer.json()["detail"]
    await place.seal()
    assert (await place.anybody.get(f"/v1/entries/{size}/proof")).status_code == 200


async def test_the_keys_are_listed_and_signed(place: SealedTown) -> None:
    """The list of keys is a note of the log itself."""
    size = await place.seal()
    body, signatures = open_note((await place.anybody.get("/v1/log/keys")).content, [key_of(KEY.vkey)])
    assert body == f"jieti-keys/v1\norigin {KEY.name}\nlog {KEY.vkey} since {size} until -\n"
    assert len(signatures) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ({"refused": "digest at position 3: …"}, "sealing has stopped"),
        ({"seen_at": now() - timedelta(minutes=5)}, "has said nothing since"),
        ({"error": "PostgreSQL: away"}, "PostgreSQL: away"),
    ],
)
async def test_a_signer_that_stopped_is_a_fault(place: SealedTown, status: dict[str, Any], error: str) -> None:
    """What the signer will not sign, or that it is away, is said by /ready with 503; when it seals again, all is well."""
    size = await place.seal()
    fine = Status(KEY.name, size, size, now(), now(), "", "", ())
    say_status(place.folder, replace(fine, **status))
    answer = await place.anybody.get("/ready")
    assert answer.status_code == 503
    assert error in answer.json()["sealing"]["error"]
    say_status(place.folder, fine)
    answer = await place.anybody.get("/ready")
    assert (answer.status_code, answer.json()["sealing"]["size"]) == (200, size)
