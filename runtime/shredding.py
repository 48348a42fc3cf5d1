"""Once a day: the keys whose destruction was requested and has cooled long enough are destroyed, and keys are counted."""

import asyncio
import logging
from datetime import datetime

from domain.calendar import civil_day
from eventlog.log import LogUnavailable
from registry.keys.store import KeysUnavailable
from registry.subjects import NotDue, missing_keys, shred
from runtime.clock import now
from runtime.resources import Resources
from views.listing import Wanted
from views.store import ViewsUnavailable

LOG = logging.getLogger("jieti.keys")

DAY_SECONDS = 24 * 3600.0
AGAIN_SECONDS = 60.0
PAGE = 200


async def shred_when_due(resources: Resources) -> None:
    """Look at the start and once a day, for ever; what cannot be reached is tried again."""
    while True:
        try:
            await shred_due(resources, now())
            await tell_missing(resources)
        except (LogUnavailable, KeysUnavailable, ViewsUnavailable) as error:
            LOG.warning("cannot look after the keys just now: %s", error)
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            await asyncio.sleep(DAY_SECONDS)


async def shred_due(resources: Resources, moment: datetime) -> int:
    """Carry out every request whose day has come, and tell how many."""
    rows = await resources.views.paths(Wanted(shred_by=civil_day(moment)), limit=PAGE)
    done = 0
    for row in rows:
        try:
            found = await shred(resources.desk, row.path_id, moment)
        except NotDue:  # withdrawn a moment ago: the view has not followed yet
            continue
        done += 1
        LOG.info("the keys of %s were destroyed, as entry %d says: %d keys", row.path_id, found.position, found.keys)
    return done


async def tell_missing(resources: Resources) -> int:
    """Say as an error which keys are gone without a fact that says why, and finish what was interrupted."""
    found = await missing_keys(resources.desk)
    for one in found:
        if one.kind == "lost":
            LOG.error("a key is missing and nothing says why: %s of %s, entry %d", one.group, one.subject, one.position)
        else:
            await resources.desk.vault.keys.destroy(one.subject, now())
    return sum(one.kind == "lost" for one in found)
