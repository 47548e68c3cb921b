"""The page `/`: a few static files, served as they are, under a policy that lets nothing else in.

The page is an ordinary client of /v1 and builds what it shows as text, never as markup. Its links are relative, so that
it works under any root path.
"""

from pathlib import Path
from typing import Final

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse

router = APIRouter(include_in_schema=False)

FOLDER: Final = Path(__file__).parent
ASSETS: Final = {
    "app.css": "text/css",
    "app.js": "text/javascript",
    "documents.js": "text/javascript",
    "reading.js": "text/javascript",
    "service.js": "text/javascript",
    "sheets.js": "text/javascript",
    "theme.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""All that can be asked for, and its type: a system's own table of types may be wrong."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)


@router.get("/")
async def page() -> FileResponse:
    """The page; the policy holds for all it loads."""
    return FileResponse(FOLDER / "index.html", media_type="text/html", headers={"Content-Security-Policy": POLICY})


@router.get("/page/{name}")
async def asset(name: str) -> FileResponse:
    """One of its files."""
    if name not in ASSETS:
        raise HTTPException(404, "the page has no file of this name")
    return FileResponse(FOLDER / name, media_type=ASSETS[name])
