"""Attacks on a live log, each carried out with the rights it needs, and the checks that catch it or do not.

docs/auditing.md tells the same in plain words; a test here that finds nothing is a limit that is told there.
"""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from eventlog.entry import entry_text, leaf
from eventlog.log import Head
from eventlog.postgres import open_log
from eventlog.sealing import Refused
from eventlog.verify import Audit, Bundle, Lie, key_of, trusted, verify
from runtime.embedded.database import Postgres
from tests.eventlog.sealed import (
    LOG_KEY,
    ORIGIN,
    SEALED,
    SIZE,
    WITNESS_KEYS,
    World,
    append_of,
    chained,
    copy_of,
    make_world,
    moment_of,
    stream_of,
)

FORGED = b'{"said":"something else"}'
TEMPLATE = "sealed_world"
NUMBERS = count(1)


@pytest.fixture(scope="module")
async def first_world(
    database_server: Postgres, migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """The world before any attack."""
    administrator = await asyncpg.connect(database_server.dsn(database="postgres"))
    await administrator.execute(f'create database "{TEMPLATE}" template "{migrated_template}" strategy file_copy')
    yield await make_world(database_server.dsn(database=TEMPLATE), tmp_path_factory.mktemp("world"))
    await administrator.execute(f'drop database "{TEMPLATE}" with (force)')
    await administrator.close()


@pytest.fixture
async def world(first_world: World, database_server: Postgres, tmp_path: Path) -> AsyncIterator[World]:
    """A copy of the world, to be attacked."""
    name = f"attacked_{next(NUMBERS)}"
    administrator = await asyncpg.connect(database_server.dsn(database="postgres"))
    await administrator.execute(f'create database "{name}" template "{TEMPLATE}" strategy file_copy')
    yield copy_of(first_world, database_server.dsn(database=name), tmp_path / "world")
    await administrator.execute(f'drop database "{name}" with (force)')
    await administrator.close()


def kinds(lies: list[Lie]) -> set[str]:
    """Which checks have found something; of what was held and of receipts, which one."""
    return {lie.place if lie.kind in {"held", "receipt"} else lie.kind for lie in lies}


HELD = {f"held {size}" for size in SEALED}


async def test_an_honest_log_is_verified(world: World) -> None:
    """Nothing is found where nothing was done, with everything that the auditor holds and both witnesses asked for."""
    keys = [key_of(key.vkey) for key in (LOG_KEY, *WITNESS_KEYS)]
    assert await world.found(keys=keys) == []


async def test_a_payload_is_edited(world: World) -> None:
    """The row no longer has the digest that stands with it, and the roots are others."""
    await world.as_superuser("update log.entry set payload = $1 where position = 500", FORGED)
    lies = await world.found()
    assert kinds(lies) == {"row", "root", "receipt 500"} | HELD
    assert Lie("row", "position 500", "what the entry says is not what its digest was made of") in lies


async def test_a_payload_and_its_digest_are_edited(world: World) -> None:
    """The next entry of the stream still names the old digest."""
    rows = await world.rows()
    forged = replace(rows[499], payload=FORGED)
    forged = replace(forged, digest=leaf(entry_text(forged)))
    await world.overwrite([*rows[:499], forged, *rows[500:]])
    lies = await world.found()
    assert kinds(lies) == {"chain", "root", "receipt 500"} | HELD
    assert [lie.place for lie in lies if lie.kind == "chain"] == ["position 550"]


async def test_a_payload_is_edited_and_the_stream_is_chained_anew(world: World) -> None:
    """The chain fits, and the signed roots do not; the first one that does not is named."""
    rows = await world.rows()
    await world.overwrite(chained([*rows[:899], replace(rows[899], payload=FORGED), *rows[900:]]))
    lies = await world.found()
    assert kinds(lies) == {"root", "held 1000", "receipt 900", f"receipt {SIZE}"}
    assert "behind position 800" in next(lie.words for lie in lies if lie.kind == "root")


async def test_a_row_is_deleted(world: World) -> None:
    """A position is missing, and a version of a stream."""
    await world.as_superuser("delete from log.entry where position = 500")
    lies = await world.found()
    assert kinds(lies) == {"chain", "gap", "root", "receipt 500"} | HELD
    assert ("gap", "position 500") in {(lie.kind, lie.place) for lie in lies}


async def test_a_row_is_deleted_and_all_is_renumbered(world: World) -> None:
    """No position is missing and every chain fits; the roots do not, and later entries stand too early."""
    rows = await world.rows()
    await world.overwrite(chained([*rows[:499], *rows[500:]]))
    found = kinds(await world.found())
    assert found == {"root", "time", "receipt 500", "receipt 900", f"receipt {SIZE}"} | HELD


async def test_a_whole_stream_is_deleted(world: World) -> None:
    """Nothing in any chain tells of it: the roots do, and the time, for later entries have moved under the witness."""
    rows = await world.rows()
    await world.overwrite(chained([row for row in rows if row.stream_id != stream_of(7)]))
    found = kinds(await world.found())
    assert {"root", "time"} | HELD <= found
    assert not found & {"chain", "gap", "row"}


async def test_two_entries_of_different_streams_change_places(world: World) -> None:
    """Only the roots tell of the order between streams."""
    rows = await world.rows()
    swapped = [*rows[:599], rows[600], rows[599], *rows[601:]]
    await world.overwrite([replace(row, position=at) for at, row in enumerate(swapped, 1)])
    assert kinds(await world.found()) == {"root"} | HELD


async def test_the_tail_is_cut_off_below_a_checkpoint(world: World) -> None:
    """The log is shorter than what was signed."""
    await world.as_superuser("delete from log.entry where position > 900")
    lies = await world.found()
    assert kinds(lies) == {"root", "held 1000", f"receipt {SIZE}"}
    assert "shorter" in next(lie.words for lie in lies if lie.kind == "root")


async def test_the_tail_that_is_not_sealed_is_cut_off(world: World) -> None:
    """A receipt alone tells of it; without one nothing does."""
    await world.as_superuser("delete from log.entry where position > 1000")
    assert kinds(await world.found()) == {f"receipt {SIZE}"}
    assert await world.found(receipts=False) == []


async def test_a_backdated_entry_is_put_into_the_middle(world: World) -> None:
    """Its moment fits its neighbours, every chain fits: the roots do not."""
    rows = await world.rows()
    false = replace(rows[499], payload=FORGED, key="secretary:late")
    await world.overwrite(chained([*rows[:500], false, *rows[500:]]))
    found = kinds(await world.found(receipts=False))
    assert found == {"root"} | HELD


async def test_a_backdated_entry_is_appended(world: World) -> None:
    """Everything fits but its moment: a witness saw the log long after it, without the entry."""
    async with open_log(world.dsn, role="jieti_app") as log:
        stream = UUID(int=4711)
        late = replace(append_of(1, Head(0, bytes(32))), stream_id=stream, recorded_at=moment_of(3))
        await log.append(late)
    lies = await world.found()
    assert kinds(lies) == {"time"}
    assert lies[0].place == f"position {SIZE + 1}"


async def test_an_entry_comes_from_the_future(world: World) -> None:
    """What a witness saw cannot have been recorded later."""
    async with open_log(world.dsn, role="jieti_app") as log:
        late = replace(
            append_of(1, Head(0, bytes(32))), stream_id=UUID(int=4711), recorded_at=moment_of(SIZE) + timedelta(days=9)
        )
        await log.append(late)
    await world.seal(moment_of(SIZE) + timedelta(seconds=60))
    lies = await world.found()
    assert [(lie.kind, lie.place) for lie in lies] == [("time", f"position {SIZE + 1}")]


async def rewritten(world: World) -> list[str | None]:
    """Rewrite the history from entry 500 on, sign it with the stolen key, and ask the witnesses for their word."""
    rows = await world.rows()
    false = chained([*rows[:499], replace(rows[499], payload=FORGED), *rows[500:]])
    await world.overwrite(false)
    await world.sign_anew(false, [*SEALED, SIZE])
    note = (world.folder / "checkpoint").read_text(encoding="utf-8")
    return world.ask_witnesses(note, SEALED[-1], SIZE, moment_of(SIZE))


async def test_all_is_rewritten_with_the_stolen_key(world: World) -> None:
    """Every signature fits. Who held a checkpoint sees it, no witness cosigns it, and who asks for a witness sees that."""
    assert await rewritten(world) == [None, None]
    assert kinds(await world.found(receipts=False)) == HELD
    with_witness = [key_of(LOG_KEY.vkey), key_of(WITNESS_KEYS[0].vkey)]
    assert kinds(await world.found(held=False, receipts=False, keys=with_witness)) == {"witness"}
    assert await world.found(held=False, receipts=False) == []  # whoever holds nothing and asks nobody sees nothing


async def test_what_no_checkpoint_covers_is_rewritten(world: World) -> None:
    """Nothing tells of it, but the receipt of whoever wrote the entry."""
    rows = await world.rows()
    await world.overwrite(chained([*rows[: SIZE - 1], replace(rows[SIZE - 1], payload=FORGED)]))
    assert kinds(await world.found()) == {f"receipt {SIZE}"}
    assert await world.found(receipts=False) == []


async def rewind(world: World) -> None:
    """Put back the database and the signer's folder as they were at 800 entries."""
    await world.as_superuser("delete from log.entry where position > 800")
    (world.folder / "checkpoints" / "1000").unlink()
    shutil.copy(world.folder / "checkpoints" / "800", world.folder / "checkpoint")


async def test_an_old_backup_is_shown(world: World) -> None:
    """It is a true log, of an earlier day: the newer checkpoint that somebody holds tells, and receipts."""
    await rewind(world)
    assert kinds(await world.found()) == {"held 1000", "receipt 900", f"receipt {SIZE}"}
    assert await world.found(held=False, receipts=False) == []
    old = (world.folder / "checkpoint").read_text(encoding="utf-8")
    assert world.ask_witnesses(old, SEALED[-1], SEALED[0], moment_of(SIZE)) == [None, None]


async def test_another_history_grows_from_an_old_backup(world: World) -> None:
    """With the stolen key it is signed; whoever holds what came after 800 sees it, and no witness cosigns it."""
    rows = await world.rows()
    false = chained([*rows[:800], *(replace(row, payload=FORGED) for row in rows[800:])])
    await world.overwrite(false)
    await world.sign_anew(false, [*SEALED, SIZE])
    assert kinds(await world.found()) == {"held 1000", "receipt 900", f"receipt {SIZE}"}
    note = (world.folder / "checkpoint").read_text(encoding="utf-8")
    assert world.ask_witnesses(note, SEALED[-1], SIZE, moment_of(SIZE)) == [None, None]


async def test_two_auditors_are_shown_two_logs(world: World) -> None:
    """Two trees of one size, signed with one key: the checkpoint of one shows the other to be another log."""
    theirs = (world.folder / "checkpoints" / "1000").read_bytes()
    await rewritten(world)
    world.held = [("of another auditor", theirs)]
    assert kinds(await world.found(receipts=False)) == {"of another auditor"}


async def test_a_false_entry_comes_through_the_front_door(world: World) -> None:
    """No check of a log can tell that what was written is not true: it is sealed like everything else."""
    await world.grow([SIZE + 1])
    await world.seal(moment_of(SIZE + 1) + timedelta(seconds=5))
    assert await world.found() == []


async def test_an_entry_is_never_written(world: World) -> None:
    """No check of a log can tell of what never came into it."""
    await world.grow(range(SIZE + 2, SIZE + 10))  # one position's fact was kept back
    await world.seal(moment_of(SIZE + 10))
    assert await world.found() == []


async def test_the_signer_does_not_sign_what_was_altered(world: World) -> None:
    """Whoever alters what is sealed stops the signer as soon as it starts anew or looks at the end."""
    await world.as_superuser("update log.entry set payload = $1 where position = 1000", FORGED)
    with pytest.raises(Refused):
        await world.seal(moment_of(SIZE))


async def of_a_part(world: World, stream: UUID, held: bool = True) -> set[str]:
    """What an auditor finds who asks for one stream alone."""
    bundle = Bundle(str(await world.bundle([stream], [size for size in SEALED if held])))
    audit = Audit(ORIGIN, trusted([key_of(LOG_KEY.vkey)], bundle.read("keys")), world.held, [])
    return kinds(list(verify(bundle, audit, everything=True)))


async def test_a_part_of_the_log_is_verified(world: World) -> None:
    """One stream with the tree around it agrees with every checkpoint; what stands between comes from the signer's tiles."""
    assert await of_a_part(world, stream_of(7)) == set()


async def test_a_part_of_the_log_shows_what_was_done_to_it(world: World) -> None:
    """An edit in the stream, an entry gone from it, the end cut off: found in the part as in the whole."""
    await world.as_superuser("update log.entry set payload = $1 where position = 507", FORGED)
    assert await of_a_part(world, stream_of(7)) == {"row", "root"} | HELD
    assert await of_a_part(world, stream_of(8)) == set()  # it says nothing of other streams
    await world.as_superuser("delete from log.entry where position = 508")
    assert await of_a_part(world, stream_of(8)) == {"chain"}
    await world.as_superuser("delete from log.entry where position > 900")
    assert await of_a_part(world, stream_of(9)) == {"root", "held 1000"}
