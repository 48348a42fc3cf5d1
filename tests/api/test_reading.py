"""Reading through the API: a path judged whole, lists that follow, history, next steps, the log and its stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256

import httpx2
import uvicorn

from eventlog.entry import leaf
from tests.api.conftest import Town, activist, talk
from tests.api.test_writing import day, problem
from tests.school import BRANCH, COMMITTEE


async def test_a_path_is_judged_whole(town: Town) -> None:
    """Stage, steps with who acts and what is missing, findings and obligations, with rule and source."""
    path = await town.opened(days_ago=40)
    shown = (await town.secretary.get(path)).json()
    judged = shown["judgement"]
    assert (judged["stage"], judged["day"], judged["version"]) == ("applicant", day(0), 1)
    step = next(one for one in judged["steps"] if one["id"] == "S02")
    assert (step["state"], step["facts"], step["acts"]) == ("open", ["applicant-talk-held"], "branch-secretary")
    assert step["latest"] < day(0)
    assert step["sources"]
    assert [one["overdue"] for one in judged["obligations"]] == [True]


async def test_a_past_judgement_can_be_made_again(town: Town) -> None:
    """Judged on an earlier day or at an earlier version, a path reads as it did then."""
    path = await town.opened(days_ago=40)
    early = (await town.secretary.get(f"{path}?on={day(39)}")).json()["judgement"]
    assert [one["overdue"] for one in early["obligations"]] == [False]
    await town.secretary.post(f"{path}/facts/applicant-talk-held", talk())
    await town.secretary.post(f"{path}/facts/activist-determined?mode=record", activist(reason="paper"))
    assert (await town.secretary.get(path)).json()["judgement"]["stage"] == "activist"
    first = await town.secretary.get(f"{path}?upto=1")
    assert (first.headers["etag"], first.json()["judgement"]["stage"]) == ('"1"', "applicant")


async def test_history_tells_what_proves_it(town: Town) -> None:
    """Both dates, who and in what capacity, and the digests that chain the facts."""
    path = await town.opened(days_ago=3)
    await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(effective_on=day(1)))
    history = (await town.secretary.get(f"{path}/history")).json()
    opening, held = history["facts"]
    assert held["previous"] == opening["digest"]
    assert (held["effective_on"], held["title"], held["fields"]) == (
        day(1),
        "党组织派人谈话",
        {"held_by": "chen", "post": "secretary"},
    )
    assert held["recorded_at"].endswith("Z")
    assert opening["fields"]["student_no"].startswith("a")
    fact = await town.secretary.get(f"{path}/facts/2")
    assert fact.json() == held
    problem(await town.secretary.get(f"{path}/facts/3"), 404, "not-found")


async def test_an_answer_can_be_asked_for_again(town: Town) -> None:
    """Whoever was told to ask again finds by their key what was recorded, and others do not."""
    path = await town.opened()
    await town.secretary.post(f"{path}/facts/applicant-talk-held", talk(), key="talk-7")
    found = await town.secretary.get(f"{path}/answers/talk-7")
    assert found.json()["topic"] == "applicant-talk-held"
    problem(await town.secretary.get(f"{path}/answers/other"), 404, "not-found")
    problem(await town.committee.get(f"{path}/answers/talk-7"), 404, "not-found")


async def test_next_says_what_can_be_done_and_by_whom(town: Town) -> None:
    """Open steps only, each with the address to record it and the roles that may."""
    path = await town.opened()
    told = (await town.secretary.get(f"{path}/next")).json()
    assert all(one["step"]["state"] == "open" for one in told["steps"])
    way = next(way for one in told["steps"] for way in one["ways"] if way["topic"] == "applicant-talk-held")
    assert way["href"] == f"{path}/facts/applicant-talk-held"
    assert way["yours"]
    assert "branch-secretary" in way["roles"]
    assert told["obligations"][0]["due_on"]
    auditor = (await town.actor("auditor", COMMITTEE).get(f"{path}/next")).json()
    assert not any(way["yours"] for one in auditor["steps"] for way in one["ways"])


async def test_a_list_shows_ones_own_write(town: Town) -> None:
    """With the Log-Position of a write the list has it; with one that never comes it says so after two seconds."""
    path = await town.opened(days_ago=77)
    done = await town.secretary.post(f"{path}/facts/applicant-talk-held", talk())
    position = done.headers["log-position"]
    listed = await town.secretary.get("/v1/paths?limit=500&finding=TALK_1M", **{"Log-Position": position})
    assert not listed.json()["stale"]
    assert int(listed.headers["log-position"]) >= int(position)
    (row,) = [one for one in listed.json()["items"] if one["href"] == path]
    assert (row["name"], row["version"], row["opened_on"], row["unit"]) == ("林晓", 2, day(77), BRANCH)
    assert "TALK_1M" in row["findings"]
    waited = await town.secretary.get("/v1/paths", **{"Log-Position": "999999999"})
    assert waited.json()["stale"]
    problem(await town.secretary.get("/v1/paths", **{"Log-Position": "soon"}), 400, "bad-header")


async def test_a_list_is_narrowed(town: Town) -> None:
    """By unit with all below, stage, due day, finding and whether the path is open."""
    path = await town.opened(days_ago=50)
    done = await town.secretary.post(f"{path}/facts/path-withdrawn", {"effective_on": day(0)}, If_Match='"1"')
    position = {"Log-Position": done.headers["log-position"]}

    async def listed(query: str) -> list[str]:
        answer = await town.committee.get(f"/v1/paths?limit=500&{query}", **position)
        return [one["href"] for one in answer.json()["items"]]

    assert path in await listed("state=closed")
    assert path in await listed(f"unit={BRANCH}")
    assert path in await listed("")
    assert path not in await listed("state=open")
    assert path not in await listed("finding=NO_SUCH_RULE")
    assert path not in await listed("stage=probationary")
    overdue = await town.opened(days_ago=50)
    last = (await town.secretary.get(overdue)).headers["log-position"]
    position["Log-Position"] = last
    assert overdue in await listed(f"due_before={day(0)}&sort=due")
    assert overdue not in await listed(f"due_before={day(40)}")
    problem(await town.committee.get("/v1/paths?due_before=soon"), 422, "wrong-shape")
    problem(await town.committee.get("/v1/paths?limit=0"), 422, "wrong-shape")


async def test_a_person_is_found_by_the_student_number(town: Town) -> None:
    """The number goes in a header; those to whom persons are pseudonyms may not look one up."""
    number = town.school.student()
    path = await town.opened(student_no=number)
    last = {"Log-Position": (await town.secretary.get(path)).headers["log-position"]}
    found = await town.secretary.get("/v1/paths", **last, **{"Student-No": number})
    assert [one["href"] for one in found.json()["items"]] == [path]
    nobody = await town.secretary.get("/v1/paths", **{"Student-No": "nobody"})
    assert nobody.json()["items"] == []
    auditor = town.actor("auditor", COMMITTEE)
    problem(await auditor.get("/v1/paths", **{"Student-No": number}), 403, "role-may-not")


async def test_pages_of_a_list_hold_each_path_once(town: Town) -> None:
    """Following `next` from page to page gives all paths, each once, in both orders; a foreign cursor is refused."""
    paths = [await town.opened(days_ago=days_ago) for days_ago in (7, 7, 7, 8, 9)]
    position = (await town.secretary.get(paths[-1])).headers["log-position"]
    for sort in ("opened", "due"):
        whole = await town.secretary.get(f"/v1/paths?limit=500&sort={sort}", **{"Log-Position": position})
        wanted = [one["href"] for one in whole.json()["items"]]
        seen: list[str] = []
        address: str | None = f"/v1/paths?limit=3&sort={sort}"
        while address:
            page = await town.secretary.get(address)
            seen += [one["href"] for one in page.json()["items"]]
            address = page.json()["next"]
            assert (f'<{address}>; rel="next"' == page.headers.get("link")) is bool(address)
        assert seen == wanted
        assert len(seen) == len(set(seen)) >= 5
    cursor = (await town.secretary.get("/v1/paths?limit=1")).json()["next"].partition("cursor=")[2]
    problem(await town.secretary.get(f"/v1/paths?sort=due&cursor={cursor}"), 400, "bad-cursor")
    for broken in (cursor[:-3], "%00", "WzFd", "bnVsbA"):
        problem(await town.secretary.get(f"/v1/paths?cursor={broken}"), 400, "bad-cursor")


async def test_the_log_is_read_from_a_position_on(town: Town) -> None:
    """Page after page without a gap; each entry holds all that its digest covers."""
    await town.opened()
    after, seen = 0, []
    while True:
        page = (await town.department.get(f"/v1/log?after={after}&limit=7")).json()
        if not page["items"]:
            break
        seen += page["items"]
        after = page["after"]
    assert [one["position"] for one in seen] == list(range(1, page["size"] + 1))
    one = seen[-1]
    text = (
        f"jieti-entry/v1\nstream {one['stream_id']}\nversion {one['version']}\ntopic {one['topic']}\n"
        f"recorded {one['recorded_at']}\nkey {one['key']}\nrequest {one['request']}\nprevious {one['previous']}\n"
        f"payload {sha256(one['payload'].encode()).hexdigest()}\n"
    )
    assert leaf(text.encode()).hex() == one["digest"]


@asynccontextmanager
async def served(town: Town) -> AsyncIterator[str]:
    """The application behind a real server on a free port."""
    config = uvicorn.Config(town.app, port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serving


async def test_the_log_is_followed_as_it_grows(town: Town) -> None:
    """Server-sent events: what was there, what comes, and after a break what followed the last one seen."""
    async with served(town) as address, httpx2.AsyncClient(base_url=address, headers=town.department.headers) as http:

        async def events(count: int, **headers: str) -> list[dict[str, str]]:
            found: list[dict[str, str]] = []
            async with http.stream("GET", "/v1/log/stream", headers=headers) as stream:
                assert stream.headers["content-type"].startswith("text/event-stream")
                async for line in stream.aiter_lines():
                    name, _, value = line.partition(": ")
                    if name == "data":
                        found.append({"data": value})
                    elif name == "id":
                        found[-1]["id"] = value
                        if len(found) == count:
                            break
            return found

        first = await events(2)
        assert [one["id"] for one in first] == ["1", "2"]
        size = int((await town.department.get("/v1/log?limit=1")).json()["size"])
        waiting = asyncio.create_task(events(1, **{"Last-Event-ID": str(size)}))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        path = await town.opened()
        (new,) = await waiting
        assert new["id"] == str(size + 1)
        assert json.loads(new["data"])["stream_id"] == path.rpartition("/")[2]
        refused = await http.get("/v1/log/stream", headers={"Last-Event-ID": "last"})
        problem(refused, 400, "bad-header")
