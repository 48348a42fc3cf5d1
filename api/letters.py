"""Letters: what would be sent of a path now, in every form, to whoever may read the path."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import BASE, Json
from api.house import InHouse, Reader, opening_of
from api.paths import loaded_for, names
from api.requests import wrong
from domain.correcting import as_corrected
from domain.reading import home_of
from domain.words import Text
from registry.calendars import days_ahead
from registry.letters import Letter, compose, item_of
from registry.letters.preview import next_reminder

router = APIRouter(prefix=BASE, tags=["letters"])


@dataclass(frozen=True, slots=True)
class LetterPreview:
    """A letter that nobody was sent, with what it is about; null where nothing is owed. `texts` names the set of texts."""

    path_id: UUID
    texts: str
    obligations: Sequence[str]
    letter: Letter | None


@router.get("/letters/preview", response_model=LetterPreview, operation_id="preview_letter")
async def preview_letter(
    path_id: UUID,
    house: InHouse,
    actor: Reader,
    obligation: Annotated[
        str | None, Query(max_length=80, description="Only this one; all that is owed if left out")
    ] = None,
    language: Literal["zh", "en"] = "zh",
) -> Response:
    """Preview the letter about what is owed on a path: as it would read today, the name as you may see it. Nothing is sent."""
    loaded = await loaded_for(path_id, house, actor)
    ahead = [one for one in days_ahead(house.desk, loaded, house.clock()) if obligation in (None, one.obligation.id)]
    if obligation and not ahead:
        raise wrong(
            "obligation", f"{obligation!r} is not owed on this path now; GET {BASE}/paths/{path_id}/next lists what is"
        )
    opening = opening_of(as_corrected(loaded.facts))
    (name,) = await names(house, actor, path_id, opening.name) if ahead else (None,)
    home = home_of(loaded.facts)
    unit = await house.desk.unit(home, house.today, house.clock())
    items = [
        item_of(
            one.obligation,
            next_reminder(one.obligation, one.reminders),
            path_id,
            Text(unit.name, unit.name_en) if unit else Text(home, home),
            name,
            loaded.head.version,
        )
        for one in ahead
    ]
    letter = compose(house.letters, language, None, house.today, items, house.links) if items else None
    return Json(LetterPreview(path_id, house.letters.name, [one.obligation.id for one in ahead], letter))
