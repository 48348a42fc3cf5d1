"""The watch: one look after another at all that carries paths out, so that nothing is stuck without somebody seeing it."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime

from temporalio.client import Client
from temporalio.service import RPCError

from eventlog.log import LogError
from eventlog.published import Published
from registry.desk import Desk
from runtime.engine import EngineUnavailable
from runtime.parts import Behind, LastRound, unserved
from runtime.posts import Posts
from runtime.settings import Settings
from runtime.suspects import Absent, asked, named
from views.store import Views, ViewsUnavailable
from views.troubles import Round, Trouble, Troubles

LOG = logging.getLogger("jieti.watch")

EVERY_SECONDS = 15.0
"""How long from one look to the next."""

OWN = frozenset({"views-behind", "signer-behind", "signer-refuses", "nobody-appointed"})
"""What can be told while Temporal is away: the rest stands as it was seen last."""


class Watch:
    """Looks, and remembers from one look to the next what a single look cannot tell."""

    def __init__(
        self, client: Client, desk: Desk, views: Views, settings: Settings, clock: Callable[[], datetime]
    ) -> None:
        """Take what is looked at."""
        self._client, self._log, self._views, self._clock = client, desk.log, views, clock
        self._queue = settings.task_queue
        self._troubles = Troubles(views)
        self._behind = Behind(desk.log, views, Published(settings.published), seal_seconds=settings.seal_seconds)
        self._posts = Posts(desk, views, self._troubles)
        self._absent = Absent(client, self._troubles)
        self._round = LastRound(client)

    async def keep(self, every_seconds: float = EVERY_SECONDS) -> None:
        """Look again and again, as the one who keeps the watch or waiting to become it. Ends only when cancelled."""
        while True:
            try:
                async with self._troubles.watching() as chosen:
                    while chosen:
                        await self.look()
                        await asyncio.sleep(every_seconds)
            except (ViewsUnavailable, LogError) as error:
                LOG.warning("cannot look just now: %s", error)
            except Exception:
                LOG.exception("the watch has a defect; it goes on")
            await asyncio.sleep(every_seconds)

    async def look(self) -> Round:
        """Look once and write down what was found. Raises ViewsUnavailable, LogError."""
        moment, begun = self._clock(), time.monotonic()
        found = await self._behind.amiss(moment) + await self._posts.amiss(moment)
        known = await self._troubles.known()
        away = ""
        try:
            found += await self._temporal(moment)
        except (EngineUnavailable, RPCError) as error:
            away = str(error)
            found += [one for one in known.values() if one.cause not in OWN | {"engine-away"}]
            found.append(Trouble("engine-away", "Temporal", f"Temporal 没有应答：{away}", f"no answer: {away}"))
        look = Round(moment, await self._troubles.open_paths(), time.monotonic() - begun, away)
        await self._troubles.save(found, look)
        return look

    async def _temporal(self, moment: datetime) -> list[Trouble]:
        """All that only Temporal can tell. Raises EngineUnavailable, RPCError, ViewsUnavailable, LogError."""
        nobody = await unserved(self._client, self._queue, moment)
        suspects = await named(self._client, self._troubles, moment, served=not nobody)
        settled = (await self._views.bookmark()).position >= await self._log.size()
        known = {one.id for one in suspects}
        suspects += [
            one for one in await self._absent.suspects(settled=settled, at=time.monotonic()) if one.id not in known
        ]
        told, well = await asked(self._client, suspects, await self._troubles.known(), moment)
        self._absent.run_after_all(well)
        told = await self._without_ended(told)
        amiss = {one.workflow_id for one in told}
        if over := [one.id for one in suspects if one.id not in amiss]:
            await self._troubles.cleared(over)
        return nobody + await self._round.amiss() + told

    async def _without_ended(self, told: list[Trouble]) -> list[Trouble]:
        """Leave out workflows whose paths or streams have been closed while they were asked about."""
        gone = {one.about for one in told if one.cause == "workflow-gone"}
        if not gone:
            return told
        await self._views.wait_for(await self._log.size(), seconds=2)
        still = set(await self._troubles.kept(gone))
        return [one for one in told if one.cause != "workflow-gone" or one.about in still]
