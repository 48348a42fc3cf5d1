"""Who may do what: tokens, roles, the line of units, and whose names are shown."""

from datetime import timedelta
from typing import get_args

import jwt
import pytest

from api.actors import Actor, BadToken, Role, make_token, read_token
from api.feeds import FEED
from api.rights import BY_ITSELF, EVIDENCE, MAY, OURS, TERM_EVIDENCE, who_may
from api.sealed import PUBLIC
from runtime.clock import now
from tests.api.conftest import TOKEN_KEY, Town, activist, talk
from tests.api.test_writing import day, problem
from tests.school import BRANCH, COMMITTEE


def test_every_kind_of_fact_has_somebody_who_records_it() -> None:
    """No kind is left to nobody, but what is recorded by itself."""
    assert {topic for topic in OURS if not who_may(topic)} == BY_ITSELF
    assert set(MAY) == set(get_args(Role))
    assert MAY["system"] <= EVIDENCE | TERM_EVIDENCE
    assert not MAY["auditor"]


def test_a_token_names_an_actor() -> None:
    """What was signed is read again; another key, another algorithm and a missing claim are refused."""
    actor = Actor("li", "organiser", BRANCH)
    token = make_token(TOKEN_KEY, actor, now(), timedelta(minutes=1))
    assert read_token(TOKEN_KEY, token)[0] == actor
    for wrong in (
        make_token(bytes(32), actor, now(), timedelta(minutes=1)),
        jwt.encode({"sub": "li", "role": "admin", "unit": BRANCH, "iss": "jieti", "exp": 9e9}, "", algorithm="none"),
        jwt.encode({"sub": "li", "role": "admin", "unit": BRANCH, "iss": "jieti"}, TOKEN_KEY, algorithm="HS256"),
        jwt.encode(
            {"sub": "li", "role": "king", "unit": BRANCH, "iss": "jieti", "exp": 9e9}, TOKEN_KEY, algorithm="HS256"
        ),
        "no.token.atall",
    ):
        with pytest.raises(BadToken):
            read_token(TOKEN_KEY, wrong)


@pytest.mark.parametrize("name", ["", "a:b", "two\nlines", "x" * 81])
def test_an_actor_is_one_short_line(name: str) -> None:
    """An actor's id stands in every key of theirs, parted by a colon."""
    with pytest.raises(ValueError, match="one line"):
        make_token(TOKEN_KEY, Actor(name, "organiser", BRANCH), now(), timedelta(minutes=1))


async def test_nobody_is_anonymous(town: Town) -> None:
    """Without a token, with another scheme, with one that is over: 401 on all but health, description and proofs."""
    described = (await town.http.get("/openapi.json")).json()
    for path, operations in described["paths"].items():
        for method in operations:
            response = await town.http.request(method.upper(), path.replace("{path_id}", "x"))
            if path in {*PUBLIC, FEED}:
                assert response.status_code in {404, 422}, path  # nothing is sealed here, no feed is open
            elif path.startswith("/v1"):
                problem(response, 401, "not-signed-in") if "{" not in path else None
                assert response.status_code in {401, 422}, path
    over = town.actor("branch-secretary", BRANCH, lasts=timedelta(seconds=-1))
    assert "ended" in problem(await over.get("/v1/paths"), 401, "not-signed-in")["detail"]
    basic = await town.http.get("/v1/paths", headers={"Authorization": "Basic YTpi"})
    problem(basic, 401, "not-signed-in")
    assert basic.headers["www-authenticate"] == "Bearer"


async def test_a_role_that_may_not_is_told_who_may(town: Town) -> None:
    """403 names the role that could do it."""
    path = await town.opened()
    refused = problem(
        await town.secretary.post(f"{path}/facts/activist-filed", {"effective_on": day(0)}), 403, "role-may-not"
    )
    assert refused["roles"] == ["superior-secretary", "organisation-department"]
    assert refused["role"] == "branch-secretary"
    others: list[Role] = ["counsellor", "organiser", "system", "auditor", "admin", "superior-secretary"]
    for asker in [town.actor(role, COMMITTEE) for role in others]:
        problem(await asker.post(f"{path}/facts/activist-determined", activist()), 403, "role-may-not")


async def test_an_administrator_enters_what_happened_and_allows_nothing(town: Town) -> None:
    """From the papers of a branch an administrator may record, with a reason, and never authorise."""
    path = await town.opened(days_ago=5)
    admin = town.actor("admin", COMMITTEE)
    body = activist(reason="from the branch's book", by_unit=BRANCH)
    assert (await admin.post(f"{path}/facts/activist-determined?mode=record", body)).status_code == 201


async def test_a_unit_acts_for_its_own_paths(town: Town) -> None:
    """Another branch neither reads nor records; the superior does both, and nobody acts in another unit's name."""
    path = await town.opened()
    stranger = town.actor("branch-secretary", "branch-2")
    problem(await stranger.get(path), 403, "not-your-unit")
    problem(await stranger.get(f"{path}/history"), 403, "not-your-unit")
    problem(await stranger.post(f"{path}/facts/applicant-talk-held", talk()), 403, "not-your-unit")
    problem(await stranger.post("/v1/paths", town.application()), 403, "not-your-unit")
    problem(await stranger.get(f"/v1/paths?unit={BRANCH}"), 403, "not-your-unit")
    assert (await town.committee.get(path)).status_code == 200
    problem(
        await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(by_unit=COMMITTEE)), 403, "not-your-unit"
    )


async def test_the_receiving_unit_takes_a_person_in(town: Town) -> None:
    """Where the person goes, the new unit reads the path and records that it receives them, and nothing else."""
    admin = town.actor("admin", COMMITTEE)
    said = {"effective_on": day(300), "unit_id": "branch-2", "unit_kind": "branch", "name": "二支部", "name_en": "Two"}
    await admin.post("/v1/units", {**said, "superior": COMMITTEE}, key="branch-2")
    path = await town.opened(days_ago=50)
    newcomer = town.actor("branch-secretary", "branch-2")
    problem(await newcomer.get(path), 403, "not-your-unit")
    sent = {"effective_on": day(3), "to_unit": "branch-2"}
    assert (await town.secretary.post(f"{path}/facts/cultivation-material-sent", sent)).status_code == 201
    assert (await newcomer.get(path)).status_code == 200
    problem(await newcomer.post(f"{path}/facts/applicant-talk-held", talk()), 403, "not-your-unit")
    took = await newcomer.post(f"{path}/facts/cultivation-material-accepted", {"effective_on": day(2)})
    assert took.status_code == 201
    goes_on = {"effective_on": day(1), "home_unit": "branch-2", "reason": "moved with the class"}
    moved = await newcomer.post(f"{path}/facts/cultivation-continued?mode=record", goes_on)
    assert moved.status_code == 201, moved.text
    assert (await newcomer.get(path)).json()["judgement"]["home_unit"] in {BRANCH, "branch-2"}


async def test_names_are_shown_to_those_who_deal_with_the_person(town: Town) -> None:
    """The branch sees whose path it is, an auditor and an administrator see the pseudonym; the log has it sealed."""
    path = await town.opened()
    for asker, name in ((town.secretary, "林晓"), (town.actor("auditor", COMMITTEE), None)):
        shown = (await asker.get(path)).json()
        assert shown["name"] == name
        assert shown["person_id"]
        opening = (await asker.get(f"{path}/history")).json()["facts"][0]
        assert opening["fields"]["name"] == name
        assert "v1:" not in json_of(opening)
    assert "林晓" not in (await town.department.get("/v1/log?limit=1000")).text
    system = town.actor("system", COMMITTEE)
    problem(await system.get(path), 403, "role-may-not")
    assert (await system.post(f"{path}/facts/thought-report-received", {"effective_on": day(0)})).status_code == 201
    problem(await town.secretary.get("/v1/log"), 403, "role-may-not")


def json_of(value: object) -> str:
    """A value as text."""
    return repr(value)
