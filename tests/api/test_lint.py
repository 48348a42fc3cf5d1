"""Checking a spreadsheet over HTTP: three forms of answer, anybody with a token, and nothing of it kept."""

import logging
from io import BytesIO
from pathlib import Path
from tempfile import gettempdir

import httpx2
import pytest
from openpyxl import Workbook, load_workbook

from api.lint import XLSX
from tests.api.conftest import Asker, Town

FORM = "multipart/form-data; boundary=xYz"


def workbook() -> bytes:
    """A sheet with one talk that came late."""
    book = Workbook()
    book.active.append(["姓名", "学号", "申请书日期", "派人谈话时间"])
    book.active.append(["林晓雨", "2023001", "2023-10-12", "2023-12-01"])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def counsellor(town: Town) -> Asker:
    """Somebody who may record hardly anything."""
    return town.actor("counsellor", "anywhere")


async def sent(asker: Asker, body: bytes, address: str = "/v1/lint", **headers: str) -> httpx2.Response:
    """Send a file."""
    return await asker.post(address, body, key=None, **{"Content-Type": "application/octet-stream", **headers})


async def test_a_file_is_checked_and_the_answer_names_the_cell(town: Town) -> None:
    """JSON unless something else is asked for; the day may be given."""
    response = await sent(counsellor(town), workbook(), "/v1/lint?day=2023-12-31")
    assert response.status_code == 200, response.text
    said = response.json()
    (found,) = said["remarks"]
    assert (found["rule"], found["person"], found["cells"][0]["cell"]) == ("TALK_1M", "2023001 林晓雨", "D2")
    assert (said["clean"], said["day"], said["counts"]) == (False, "2023-12-31", {"finding": 1})


async def test_a_form_with_a_file_is_taken_and_its_name_is_told(town: Town) -> None:
    """As `curl -F file=@…` sends it, whatever bytes the file holds."""
    head = '--xYz\r\nContent-Disposition: form-data; name="file"; filename="台账.xlsx"\r\nContent-Type: x/y\r\n\r\n'
    response = await sent(counsellor(town), head.encode() + workbook() + b"\r\n--xYz--\r\n", **{"Content-Type": FORM})
    assert response.status_code == 200, response.text
    assert response.json()["file"] == "台账.xlsx"
    empty = await sent(counsellor(town), b"--xYz--\r\n", **{"Content-Type": FORM})
    assert (empty.status_code, empty.json()["type"]) == (422, "/problems/wrong-shape")


async def test_the_page_and_the_marked_workbook(town: Town) -> None:
    """Accept chooses; the page may use its own style and nothing else."""
    html = await sent(counsellor(town), workbook(), Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert html.headers["content-type"].startswith("text/html")
    assert "style-src 'sha256-" in html.headers["content-security-policy"]
    assert "TALK_1M" in html.text
    marked = await sent(
        counsellor(town), workbook(), Accept=XLSX, **{"Content-Disposition": "attachment; filename=a.xlsx"}
    )
    assert marked.headers["content-type"] == XLSX
    assert "a-%E6%A3%80" in marked.headers["content-disposition"]
    assert load_workbook(BytesIO(marked.content)).active["D2"].comment
    other = await sent(counsellor(town), workbook(), Accept="image/png")
    assert (other.status_code, other.json()["type"]) == (406, "/problems/not-acceptable")


async def test_what_cannot_be_read_is_a_problem_with_a_remedy(town: Town) -> None:
    """A broken file, one that is none, JSON, a day that is none, and nobody asking."""
    asker = counsellor(town)
    broken = await sent(asker, b"PK\x03\x04" + bytes(99))
    assert (broken.status_code, broken.json()["type"]) == (422, "/problems/unreadable-file")
    assert "damaged" in broken.json()["detail"]
    assert (await sent(asker, b"")).json()["detail"] == "file is empty"
    assert (await sent(asker, b"{}", **{"Content-Type": "application/json"})).status_code == 415
    assert (await sent(asker, workbook(), "/v1/lint?day=soon")).status_code == 422
    assert (await sent(Asker(town.http), workbook())).status_code == 401


async def test_the_template_is_a_workbook(town: Town) -> None:
    """It opens, and has the sheet to fill in."""
    response = await counsellor(town).get("/v1/lint/template")
    assert response.status_code == 200
    assert "发展台账" in load_workbook(BytesIO(response.content)).sheetnames


async def test_nothing_of_a_check_is_kept(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in the log of facts, nor in what the process says of itself, nor in a file that stays."""
    before = (
        (await town.department.get("/v1/log?limit=1")).headers.get("log-position"),
        await town.app.state.house.desk.log.size(),
    )
    with caplog.at_level(logging.DEBUG):
        await sent(counsellor(town), workbook(), **{"Content-Disposition": "attachment; filename=geheim.xlsx"})
        await sent(counsellor(town), b"geheim", **{"Content-Disposition": "attachment; filename=geheim.xlsx"})
    assert await town.app.state.house.desk.log.size() == before[1]
    assert not {"geheim", "林晓雨", "2023001"} & set(caplog.text.replace("=", " ").replace("/", " ").split())
    assert "geheim" not in caplog.text
    assert not list(Path(gettempdir()).glob("jieti-lint-*"))
