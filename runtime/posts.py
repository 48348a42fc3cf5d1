"""Units where something may have to be done, and nobody is appointed who could be told of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from domain.calendar import civil_day
from domain.words import of_value
from registry.desk import Desk
from registry.recipients import NEEDED, Why, unreachable
from views.rows import UnitRow
from views.store import Views
from views.troubles import Trouble, Troubles

EVERY = timedelta(seconds=30)
"""How often all units are gone through, at most."""

WHY: Mapping[Why, tuple[str, str]] = {
    "vacant": ("无人任职", "nobody holds the post"),
    "unregistered": ("任职者未登记为收件人", "whoever holds it is not registered as a recipient"),
    "left": ("任职者已离校", "whoever holds it has left"),
    "no-address": ("任职者没有收件地址", "whoever holds it has no address"),
    "shredded": ("任职者的数据已销毁", "the data of whoever holds it were destroyed"),
}


class Posts:
    """Goes through the units whose paths are open, and those above them."""

    def __init__(self, desk: Desk, views: Views, troubles: Troubles) -> None:
        """Look at these."""
        self._desk, self._views, self._troubles = desk, views, troubles
        self._seen: tuple[datetime, int] | None = None
        self._found: list[Trouble] = []

    async def amiss(self, moment: datetime) -> list[Trouble]:
        """Say which posts reach nobody; looked for anew when the log has grown. Raises ViewsUnavailable, LogError."""
        size = await self._desk.log.size()
        if self._seen is None or (size != self._seen[1] and moment - self._seen[0] >= EVERY):
            self._found = [one for unit in await self._concerned() for one in await self._of(unit, moment)]
            self._seen = moment, size
        return self._found

    async def _concerned(self) -> list[UnitRow]:
        """The units of open paths with all above them."""
        units = {row.unit_id: row for row in await self._views.units()}
        concerned: dict[str, UnitRow] = {}
        for home in await self._troubles.open_homes():
            unit: str | None = home
            while unit in units and unit not in concerned:
                concerned[unit] = units[unit]
                unit = units[unit].superior
        return list(concerned.values())

    async def _of(self, unit: UnitRow, moment: datetime) -> list[Trouble]:
        """The posts that must not stay vacant, and that reach nobody."""
        held = await self._desk.holders(unit.unit_id, civil_day(moment), moment)
        gaps = await unreachable(self._desk, unit.unit_id, moment)
        found = []
        for post in NEEDED.get(unit.kind, ()):
            whys = [gap.why for gap in gaps if gap.post == post]
            if whys and len(whys) >= len(held.get(post, ())):
                zh, en = WHY[whys[0]]
                said = f"{unit.name}：{of_value(post).zh}{zh}", f"{unit.name_en}, {of_value(post).en}: {en}"
                found.append(Trouble("nobody-appointed", f"{unit.unit_id}/{post}", *said, unit=unit.unit_id))
        return found
