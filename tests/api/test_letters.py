"""Letters over HTTP: what would be sent is seen by whoever may read the path, and the pages that links lead to name nobody."""

from uuid import UUID

import pytest

from tests.api.conftest import Town, talk
from tests.school import COMMITTEE


async def test_the_letter_about_a_path_is_seen_before_it_is_sent(town: Town) -> None:
    """It reads as it would go out today, with the person's name for those who see it and a number for those who do not."""
    path = await town.opened(days_ago=3)
    path_id = path.rpartition("/")[2]
    address = f"/v1/letters/preview?path_id={path_id}"
    body = (await town.secretary.get(address)).json()
    assert body["obligations"] == ["talk"]
    letter = body["letter"]
    assert letter["link"].endswith(f"/paths/{path_id}/steps/S02")
    assert letter["link"] in letter["text"]
    assert "林晓" in letter["text"]
    assert "林晓" not in letter["subject"] + letter["calendar"]
    blind = (await town.actor("auditor", COMMITTEE).get(f"{address}&language=en&obligation=talk")).json()["letter"][
        "text"
    ]
    assert "林晓" not in blind
    assert f"path no. {path_id[:8]}" in blind


async def test_a_letter_about_nothing_is_none(town: Town) -> None:
    """Where nothing is owed there is no letter; an obligation that is not owed is told with where the owed ones stand."""
    path = await town.opened(days_ago=3)
    address = f"/v1/letters/preview?path_id={path.rpartition('/')[2]}"
    assert (await town.secretary.post(f"{path}/facts/applicant-talk-held", talk())).status_code == 201
    assert (await town.secretary.get(address)).json()["letter"] is None
    refused = await town.secretary.get(f"{address}&obligation=talk")
    assert (refused.status_code, "not owed on this path now" in refused.text) == (422, True)


async def test_a_preview_is_for_those_whom_the_path_concerns(town: Town) -> None:
    """Another branch sees no letter about it, and a person none at all."""
    path_id = (await town.opened()).rpartition("/")[2]
    for asker in (town.actor("branch-secretary", "elsewhere"), town.actor("person", path_id)):
        assert (await asker.get(f"/v1/letters/preview?path_id={path_id}")).status_code == 403


@pytest.mark.parametrize("path_id", [None, UUID(int=5)])
async def test_the_page_of_an_act_says_what_to_do_and_names_nobody(town: Town, path_id: UUID | None) -> None:
    """Without a token: the step, its rules and the facts that take it; the same for a path that there is not."""
    wanted = path_id or (await town.opened()).rpartition("/")[2]
    page = await town.http.get(f"/paths/{wanted}/steps/S02")
    assert page.status_code == 200
    for said in ("applicant-talk-held", "R26-7", "第七条", "派", str(wanted), "reminder-snoozed"):
        assert said in page.text
    assert "林晓" not in page.text
    assert "script" not in page.headers["content-security-policy"]


async def test_pages_for_what_there_is_not_are_refused(town: Town) -> None:
    """An unknown step or job of a term is a problem document; what is typed comes back as characters."""
    for address in (f"/paths/{UUID(int=1)}/steps/S99", f"/terms/{UUID(int=1)}/jobs/nothing", "/paths/x/steps/S02"):
        refused = await town.http.get(address)
        assert refused.status_code in (404, 422), address
        assert refused.headers["content-type"] == "application/problem+json"


async def test_the_pages_of_terms_and_of_all_reminders(town: Town) -> None:
    """What a unit owes in a term has its page; so has how all that is owed is read, followed and stopped."""
    job = await town.http.get(f"/terms/{UUID(int=1)}/jobs/term-plan")
    assert (job.status_code, "term-job-done" in job.text) == (200, True)
    everything = await town.http.get("/reminders")
    assert (everything.status_code, "/v1/calendars" in everything.text) == (200, True)
