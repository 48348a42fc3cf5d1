"""The pages that the types of problems are addresses of."""

from html import escape

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from api.problems import BASE, PROBLEMS, NotFound, Problem

router = APIRouter(tags=["problems"])

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<h1>{title}</h1>
<p><code>{status}</code> · <code>{base}{name}</code></p>
<p>{remedy}</p>
<p>Members beside RFC 9457's own: {members}</p>
</html>
"""


@router.get(BASE + "{name}", operation_id="explain_problem", response_class=HTMLResponse)
async def explain(name: str) -> Response:
    """What a problem means and what to do about it."""
    if name not in PROBLEMS:
        message = f"there is no problem {name!r}"
        raise NotFound(message)
    return HTMLResponse(_page(PROBLEMS[name]))


def _page(problem: type[Problem]) -> str:
    members = ", ".join(f"<code>{member}</code>" for member in problem.members()) or "none"
    return _PAGE.format(
        title=escape(problem.title()),
        status=problem.STATUS,
        base=BASE,
        name=problem.NAME,
        remedy=escape(problem.remedy()),
        members=members,
    )
