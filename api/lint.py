"""Checking a spreadsheet that is not in Jieti: it is read, judged and answered, in a process apart, and nothing is kept."""

import re
from email.message import Message
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.answers import BASE
from api.clocks import Day
from api.house import AnyActor, InHouse
from api.problems import Problem
from api.requests import wrong
from registry.importing.workbooks import NoTable
from registry.linting.apart import TookTooLong, Want, lint_apart
from registry.linting.page import policy
from registry.linting.report import Report
from registry.linting.template import template


class UnreadableFile(Problem, name="unreadable-file", status=422):
    """The file cannot be read as a table of persons.
    The detail says why and what to do; GET /v1/lint/template gives a workbook to start from.
    """


class NotASpreadsheet(Problem, name="not-a-spreadsheet", status=415):
    """The body is declared as something that is no spreadsheet.
    Send the file itself as `application/octet-stream`, or in a form as `curl -F file=@FILE` does.
    """


class CheckTooLong(Problem, name="check-too-long", status=422):
    """The file needs more time or memory than one check may take.
    Part it into several files and check them one by one.
    """


class NotAcceptable(Problem, name="not-acceptable", status=406):
    """The answer cannot be given in the form that Accept asks for.
    The detail names the forms there are.
    """


JSON, HTML = "application/json", "text/html"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMS: dict[str, Want] = {JSON: "json", HTML: "html", XLSX: "xlsx"}
router = APIRouter(prefix=BASE, tags=["lint"])

FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself, or a form with one file. What it is, is found out from what it holds.",
        "content": {
            XLSX: FILE,
            "application/vnd.ms-excel": FILE,
            "text/csv": FILE,
            "application/octet-stream": FILE,
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
            },
        },
    }
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "All that was found, in the form that Accept asks for", "content": {HTML: {}, XLSX: FILE}}
}


@router.post("/lint", response_model=Report, responses=ANSWERS, operation_id="lint_file", openapi_extra=BODY)
async def lint_file(
    request: Request,
    house: InHouse,
    _actor: AnyActor,
    day: Annotated[Day | None, Query(description="Judge on this day; today if left out")] = None,
) -> Response:
    """Check a dossier, or a branch's spreadsheet, that is not in Jieti. Nothing is stored.

    Answers with the findings by person, cell and rule: as JSON, as a page (`Accept: text/html`), or as the same workbook
    with its cells marked (`Accept` of xlsx).
    """
    form = _form(request.headers.get("accept", "*/*"))
    name, data = await _file(request)
    try:
        async with house.checks:
            answer = await lint_apart(data, house.desk.rulebooks, day or house.today, FORMS[form], name=name)
    except NoTable as error:
        raise UnreadableFile(str(error)) from None
    except TookTooLong as error:
        raise CheckTooLong(str(error)) from None
    headers = {"Content-Security-Policy": policy()} if form == HTML else {}
    if form == XLSX:
        headers["Content-Disposition"] = _attached(f"{name.rpartition('.')[0] or 'checked'}-检查结果.xlsx")
    return Response(answer, media_type=form, headers=headers)


@router.get(
    "/lint/template", operation_id="lint_template", response_class=Response, responses={200: {"content": {XLSX: FILE}}}
)
async def lint_template(_actor: AnyActor) -> Response:
    """Give an empty workbook to fill in and check: a branch's sheet, a list of members, the sheet of one dossier."""
    return Response(template(), media_type=XLSX, headers={"Content-Disposition": _attached("jieti-检查模板.xlsx")})


def _attached(name: str) -> str:
    return f"attachment; filename=\"checked.xlsx\"; filename*=UTF-8''{quote(name)}"


def _form(accept: str) -> str:
    """The form that is asked for most. Raises NotAcceptable where there is none of ours."""
    wanted: list[tuple[float, int, str]] = []
    for n, part in enumerate(accept.split(",")):
        kind, _, more = part.partition(";")
        found = re.search(r"\bq=([01](?:\.[0-9]{0,3})?)", more)
        quality = float(found[1]) if found else 1.0
        for form in FORMS:
            if quality and kind.strip().lower() in (form, f"{form.partition('/')[0]}/*", "*/*"):
                wanted.append((-quality, n, form))
                break
    if not wanted:
        raise NotAcceptable(f"there are {', '.join(FORMS)}, and not {accept[:100]!r}")
    return min(wanted)[2]


async def _file(request: Request) -> tuple[str, bytes]:
    """The name and the bytes of the file. Raises NotASpreadsheet, WrongShape."""
    said = _header("content-type", request.headers.get("content-type", ""))
    kind = said.get_content_type() if said["content-type"] else ""
    data = await request.body()
    if kind == JSON:
        raise NotASpreadsheet(f"the body is declared as {kind!r}")
    if kind != "multipart/form-data":
        name = _header("content-disposition", request.headers.get("content-disposition", "")).get_filename() or ""
        return unquote(name), data
    boundary = said.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise wrong("body", "a form with a boundary, as browsers and `curl -F` send it")
    for head, content in _parts(data, boundary.encode("latin-1", "replace")):
        name = _header("content-disposition", head).get_filename() or ""
        if name:
            return name, content
    raise wrong("file", "a form with one file in it; none was there")


def _parts(data: bytes, boundary: bytes) -> list[tuple[str, bytes]]:
    """The parts of a form (RFC 7578), each with its Content-Disposition."""
    found = []
    for part in (b"\r\n" + data).split(b"\r\n--" + boundary)[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        line = re.search(rb"(?im)^content-disposition:\s*(.*?)\s*$", head)
        if line:
            found.append((line[1].decode("utf-8", "replace"), content))
    return found


def _header(name: str, value: str) -> Message:
    message = Message()
    if value:
        message[name] = value.replace("\r", " ").replace("\n", " ")
    return message
