"""Measures for Prometheus: the causes by their names, who is behind, how long answers take; and nothing about a person."""

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from api.measures import GAUGES, REQUESTS
from domain.causes import CAUSES
from runtime.clock import now
from tests.api.conftest import Town, talk
from views.troubles import Round, Trouble, Troubles

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


async def measured(town: Town) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """The samples by name and labels."""
    response = await town.http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    found: dict[str, dict[tuple[tuple[str, str], ...], float]] = {}
    for family in text_string_to_metric_families(response.text):
        for one in family.samples:
            found.setdefault(one.name, {})[tuple(sorted(one.labels.items()))] = one.value
    return found


async def test_every_cause_has_its_count(town: Town) -> None:
    """Those that hold by how many there are, all others as nothing: an alert needs no absent series."""
    troubles, views = Troubles(town.app.state.house.views), town.app.state.house.views
    await town.opened(days_ago=90)
    await views.wait_for(await town.school.desk.log.size(), 10)
    await troubles.save([Trouble("no-worker", "paths", "没有", "no worker")], Round(now(), 7, 0.1))
    found = await measured(town)
    stuck = {dict(labels)["cause"]: value for labels, value in found["jieti_stuck"].items()}
    assert stuck.keys() == CAUSES.keys()
    assert (stuck["no-worker"], stuck["signer-refuses"]) == (1, 0)
    assert stuck["overdue"] >= 1
    assert {dict(labels)["outcome"] for labels in found["jieti_reminders"]} == {"sent", "refused", "unknown"}
    assert found["jieti_database_up"][()] == 1
    assert found["jieti_views_lag_entries"][()] == 0
    assert found["jieti_log_entries"][()] == await town.school.desk.log.size()
    assert 0 <= found["jieti_watch_age_seconds"][()] < 60
    await troubles.save([], Round(now(), 7, 0.1))
    again = (await measured(town))["jieti_stuck"]
    assert {dict(labels)["cause"]: value for labels, value in again.items()}["no-worker"] == 0


async def test_requests_are_told_by_route_and_never_by_address(town: Town) -> None:
    """A path's id, a student number, whatever stands in an address: none becomes a label, and there are few labels."""
    address = await town.opened()
    await town.secretary.get(address)
    await town.secretary.post(f"{address}/facts/applicant-talk-held", talk())
    await town.secretary.get("/v1/nothing/at/all")
    response = await town.http.get("/metrics")
    assert address.rpartition("/")[2] not in response.text
    assert "nothing/at" not in response.text
    routes = {dict(labels)["route"] for labels in (await measured(town))[f"{REQUESTS}_seconds_count"]}
    assert {"/v1/paths/{path_id}", "/v1/paths", "/v1/paths/{path_id}/facts/{topic}", "none"} <= routes


def test_the_alerts_of_the_documentation_ask_for_what_there_is() -> None:
    """Each name and each cause in the examples exists: an alert on a name that is not there never fires."""
    text = OPERATIONS.read_text(encoding="utf-8").partition("## Measures and alerts")[2]
    names = set(re.findall(r"\bjieti_\w+", text))
    there = set(GAUGES) | {f"{REQUESTS}_seconds{part}" for part in ("_bucket", "_count", "_sum")}
    assert names >= set(GAUGES), "each is listed"
    assert names <= there
    asked = {cause for group in re.findall(r'cause=~?"([a-z|-]+)"', text) for cause in group.split("|")}
    assert asked
    assert asked <= CAUSES.keys()
