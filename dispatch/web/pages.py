"""Static files: the built pages, their hashed assets, and the base map.

Assets carry a hash in their name and never change, so they may be kept for ever; the pages themselves are asked for
again each time. The pages' Content-Security-Policy allows this server's own files and nothing else.
"""

import re
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from dispatch.web.services import Services

MEDIA_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
    ".map": "application/json",
}
"""Named here because a machine's own list may lack `.mjs`, and a module worker of the wrong type does not start."""

FOR_EVER: Final = "public, max-age=31536000, immutable"
_ASSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?|\[[0-9a-fA-F:]+\](:\d{1,5})?")


def content_policy(host: str) -> str:
    """The pages' policy. Sockets are named beside 'self' for browsers whose 'self' does not cover them."""
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        f"connect-src 'self'{sockets}; worker-src 'self'; manifest-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def page_routes(services: Services) -> list[Route]:
    """`/t/{token}`, `/console`, `/assets/...` and `/maps/{id}.pmtiles`."""
    static, city = services.static_dir, services.city

    async def page(request: Request, name: str) -> Response:
        file = static / name
        if not file.is_file():
            raise HTTPException(404, "The pages are not built; run `make setup`.")
        headers = {
            "Content-Security-Policy": content_policy(request.headers.get("host", "")),
            "Cache-Control": "no-cache",
        }
        return FileResponse(file, headers=headers, media_type=_media_type(file))

    async def track(request: Request) -> Response:
        return await page(request, "track.html")

    async def console(request: Request) -> Response:
        return await page(request, "console.html")

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        file = static / "assets" / name
        if not _ASSET.fullmatch(name) or not file.is_file():
            raise HTTPException(404)
        return FileResponse(file, headers={"Cache-Control": FOR_EVER}, media_type=_media_type(file))

    async def basemap(request: Request) -> Response:
        if city.basemap is None or request.path_params["id"] != city.id:
            raise HTTPException(404)
        headers = {"Cache-Control": FOR_EVER}
        return FileResponse(city.basemap, headers=headers, media_type="application/vnd.pmtiles")

    return [
        Route("/t/{token}", track, name="track"),
        Route("/console", console, name="console"),
        Route("/assets/{name}", asset, name="asset"),
        Route("/maps/{id}.pmtiles", basemap, name="basemap"),
    ]


def _media_type(file: Path) -> str:
    return MEDIA_TYPES.get(file.suffix, "application/octet-stream")
