"""The paths of one cause: what a repair of a whole group is about."""

from datetime import date
from uuid import UUID

from eventlog.server import reaching
from views.listing import BELOW
from views.store import Views, ViewsUnavailable


async def paths_of(views: Views, cause: str, unit: str, day: date, limit: int) -> list[UUID]:
    """List the open paths at home in a unit or below it that are stuck for a cause on a day. Raises ViewsUnavailable.

    Restricted paths are none of a group's: each is for named roles by itself.
    """
    query = f"""
        select path_id from view.path p
         where outcome = '' and not restricted and unit in ({BELOW.format("$2")})
           and (exists (select from view.cause c where c.path_id = p.path_id and c.cause = $1
                           and c.from_on <= $3 and (c.to_on is null or c.to_on > $3))
             or exists (select from view.trouble t where t.path_id = p.path_id and t.cause = $1))
         order by path_id limit $4
    """  # noqa: S608 - our own names
    with reaching(ViewsUnavailable):
        rows = await views.pool.fetch(query, cause, unit, day, limit)
    return [UUID(bytes=row["path_id"].bytes) for row in rows]
