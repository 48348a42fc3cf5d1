"""The page that shows the API's description, with a viewer that comes from a package: it works without the internet."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

DOCS = "/docs"
ASSETS = "/docs/viewer"
POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; "
    "script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
)
"""FastAPI writes the viewer's start into the page itself; nothing else of it is inline, and nothing is from outside."""

router = APIRouter()


@router.get(DOCS, include_in_schema=False)
async def show() -> HTMLResponse:
    """Show the description."""
    return get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Jieti 阶梯",
        swagger_js_url=f"{ASSETS}/swagger-ui-bundle.js",
        swagger_css_url=f"{ASSETS}/swagger-ui.css",
        swagger_favicon_url="data:,",
    )


def serve_viewer(app: FastAPI) -> None:
    """Serve the viewer's files."""
    app.mount(ASSETS, StaticFiles(directory=Path(str(files("fastapi_offline") / "static"))))
