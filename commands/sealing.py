"""`jieti signer`, `witness`, `checkpoint` and `proof`: sealing the log, and what anybody can take away to check it."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from commands.calling import Answer, Api, told
from commands.leaving import Code, Leave
from commands.surroundings import settings_around
from eventlog.verify import COSIGNATURE, Key, Unreadable, key_of
from runtime import clock

app = typer.Typer()

NOT_SEALED = "/problems/not-sealed"


@app.command()
def signer(
    retire: Annotated[str | None, typer.Option(help="Take the key with this id out of use, and end.")] = None,
    *,
    new_key: Annotated[bool, typer.Option("--new-key", help="Make a key, print its public line, and end.")] = False,
    leaked: Annotated[bool, typer.Option("--leaked", help="With --retire: others may have the key.")] = False,
    keys: Annotated[
        bool, typer.Option("--keys", help="Print the public lines of the keys that sign, and end.")
    ] = False,
) -> None:
    """Seal the log until told to stop. Ends with 1 where the log is no extension of what was signed before."""
    from eventlog.keyring import retire_key
    from runtime.signer import new_key as make_key
    from runtime.signer import read_keys

    settings = settings_around()
    with _plainly():
        if new_key:
            print(make_key(settings).vkey)
        elif retire:
            gone = retire_key(settings.signing_keys, retire, leaked=leaked)
            print(f"{gone.vkey}\nsigns no more{': the list of keys says that others may have it' if leaked else ''}")
        elif leaked:
            raise Leave("--leaked belongs to --retire", Code.WRONG)
        elif keys:
            print("\n".join(key.vkey for key in read_keys(settings).keys))
        else:
            asyncio.run(_seal())


async def _seal() -> None:
    from eventlog.sealing import Refused
    from runtime.signer import run

    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    try:
        await run(settings_around(), stop=stop, say=_say)
    except Refused as refusal:
        says = f"SEALING HAS STOPPED. {refusal}. Nothing was signed. docs/sealing.md says what to do."
        raise Leave(says, Code.REFUSED) from refusal


def _say(line: str) -> None:
    print(line, flush=True)


@app.command()
def witness(
    key: Annotated[Path, typer.Option(help="The file of the witness's private key.")],
    listen: Annotated[str, typer.Option(help="Where to answer, host:port.")] = "127.0.0.1:8400",
    state: Annotated[Path | None, typer.Option(help="The file that remembers what was signed; beside the key.")] = None,
    log: Annotated[list[str] | None, typer.Option(help="The public line of a log's key. As often as needed.")] = None,
    new_key: Annotated[str | None, typer.Option(help="Make a key under this name, print its public line, end.")] = None,
) -> None:
    """Cosign the checkpoints of logs that only ever grow (C2SP tlog-witness). Needs no database and knows no entry."""
    from eventlog.keyring import add_key

    with _plainly():
        if new_key:
            if key.exists():
                raise Leave(
                    f"{key} exists: a witness has one key. Choose another file for another witness.", Code.WRONG
                )
            print(add_key(key, new_key, COSIGNATURE).vkey)
            return
        if not log:
            raise Leave(
                "--log is needed: the public line of each log's key, as `jieti signer --keys` prints it", Code.WRONG
            )
        host, _, port = listen.rpartition(":")
        if not host or not port.isdecimal():
            raise Leave(f"--listen is host:port, like 127.0.0.1:8400, not {listen!r}", Code.WRONG)
        _witness(host.strip("[]"), int(port), key, state or key.with_suffix(".seen"), [key_of(one) for one in log])


def _witness(host: str, port: int, key: Path, state: Path, logs: list[Key]) -> None:
    """Answer until told to stop."""
    from eventlog import durable
    from eventlog.keyring import Keyring
    from eventlog.witnessing import Witness
    from runtime.witness import witnessing

    ring = Keyring.read(key)
    if [one.kind for one in ring.keys] != [COSIGNATURE]:
        raise Leave(f"{key} must hold one key, made by `jieti witness --new-key`", Code.WRONG)
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # they are waited for below, and no thread is interrupted
    with durable.alone(state), witnessing(host, port, Witness(ring.keys[0], logs, state), clock.now) as address:
        _say(f"{ring.keys[0].vkey}\nwitnesses at {address}")
        signal.sigwait(ends)


@app.command()
def checkpoint(
    *, keys: Annotated[bool, typer.Option("--keys", help="The log's keys instead, signed.")] = False
) -> None:
    """Print the latest checkpoint of the log: keep it, and no later log can deny what it covers."""
    _print(_api().ask("GET", "/v1/log/keys" if keys else "/v1/log/checkpoint"))


@app.command()
def proof(
    position: Annotated[int | None, typer.Argument(min=1, help="An entry's position in the log.")] = None,
    since: Annotated[int | None, typer.Option("--from", min=0, help="The size of an older checkpoint.")] = None,
    upto: Annotated[int | None, typer.Option("--to", min=0, help="The size of a newer one; the latest.")] = None,
) -> None:
    """Print the proof that an entry stands in the log, or that an older log is the beginning of a newer one."""
    if (position is None) == (since is None):
        raise Leave("either a position, or --from and --to with the sizes of two checkpoints", Code.WRONG)
    if position is not None:
        _print(_api().ask("GET", f"/v1/entries/{position}/proof"))
        return
    answer = _api().get("/v1/log/proof/consistency", **{"from": since, "to": upto})
    if answer.well:
        body = answer.body
        answer = Answer(
            200, {}, "".join(f"{line}\n" for line in (f"from {body['from']}", f"to {body['to']}", *body["proof"]))
        )
    _print(answer)


def _api() -> Api:
    return Api(settings_around().api_url, "")


def _print(answer: Answer) -> None:
    if not answer.well:
        waits = isinstance(answer.body, dict) and answer.body.get("type") == NOT_SEALED
        raise Leave(told(answer), Code.AWAY if waits else answer.code)
    print(answer.body, end="")


@contextmanager
def _plainly() -> Iterator[None]:
    """Say in a sentence what is wrong with a file, a key or an address."""
    from eventlog.durable import InUse
    from eventlog.log import LogError
    from eventlog.notes import BadKey

    try:
        yield
    except (BadKey, Unreadable, ValueError) as error:
        raise Leave(str(error), Code.WRONG) from None
    except FileNotFoundError as error:
        raise Leave(f"{error.filename} is not there", Code.WRONG) from None
    except (InUse, LogError) as error:
        raise Leave(str(error), Code.AWAY) from None
