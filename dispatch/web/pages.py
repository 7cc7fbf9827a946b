"""Static files: the built pages, their hashed assets, and the base map.

Assets carry a hash in their name and never change, so they may be kept for ever; the pages themselves are asked for
again each time. The pages' Content-Security-Policy allows this server's own files and nothing else.

The build writes a `.gz` beside each file that it makes smaller. So compression is paid for once, on the machine that
builds, and not at each request or start; the wheel carries the result; and to the server it is a file like any other.
The base map has none: PMTiles compresses its own tiles, and its readers ask for ranges.
"""

import hashlib
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

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
FOR_A_DAY: Final = "public, max-age=86400"
COURIER_MAY: Final = "geolocation=(self), camera=(self), screen-wake-lock=(self), microphone=(), payment=()"
"""What the courier's page may ask the phone for; the other pages may ask for none of it."""
_REFUSED = re.compile(r"q=0(\.0*)?")
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
    """The pages, what makes the courier's page an app (`/courier-sw.js`, ...), `/assets/...`, `/maps/{id}.pmtiles`."""
    return [*_pages(services), *_files(services)]


def _pages(services: Services) -> list[Route]:
    """What has a plain name, and so is asked for again each time."""
    built = BuiltFiles(directory=services.static_dir, check_dir=False)

    async def page(request: Request, name: str) -> Response:
        try:
            response = await built.get_response(name, request.scope)
        except HTTPException:
            raise HTTPException(404, "The pages are not built; run `make setup`.") from None
        # Also on a 304: what it says replaces what the browser has kept.
        response.headers["Content-Security-Policy"] = content_policy(request.headers.get("host", ""))
        response.headers["Cache-Control"] = "no-cache"
        return response

    async def track(request: Request) -> Response:
        return await page(request, "track.html")

    async def lookup(request: Request) -> Response:
        return await page(request, "lookup.html")

    async def leader(request: Request) -> Response:
        return await page(request, "leader.html")

    async def distributor(request: Request) -> Response:
        return await page(request, "distributor.html")

    async def track_worker(request: Request) -> Response:
        return await page(request, "track-sw.js")

    async def console(request: Request) -> Response:
        return await page(request, "console.html")

    async def courier(request: Request) -> Response:
        response = await page(request, "courier.html")
        response.headers["Permissions-Policy"] = COURIER_MAY
        return response

    async def courier_worker(request: Request) -> Response:
        # A worker obeys the policy that comes with its script: this one fetches the app's files, and nothing else.
        return await page(request, "courier-sw.js")

    async def courier_manifest(request: Request) -> Response:
        return await page(request, "courier.webmanifest")

    return [
        Route("/t", lookup, name="lookup"),
        Route("/t/{token}", track, name="track"),
        Route("/p/{token}", leader, name="leader"),
        Route("/d", distributor, name="distributor"),
        Route("/track-sw.js", track_worker, name="track_worker"),
        Route("/console", console, name="console"),
        Route("/courier", courier, name="courier"),
        Route("/courier-sw.js", courier_worker, name="courier_worker"),
        Route("/courier.webmanifest", courier_manifest, name="courier_manifest"),
    ]


def _files(services: Services) -> list[Route]:
    """What may be kept: hashed assets and the base map for ever, the app's icons for a day."""
    city = services.city
    assets = BuiltFiles(directory=services.static_dir / "assets", check_dir=False)
    icons = BuiltFiles(directory=services.static_dir / "courier-icons", check_dir=False)

    async def asset(request: Request) -> Response:
        response = await assets.get_response(request.path_params["name"], request.scope)
        response.headers["Cache-Control"] = FOR_EVER
        return response

    async def courier_icon(request: Request) -> Response:
        response = await icons.get_response(request.path_params["name"], request.scope)
        response.headers["Cache-Control"] = FOR_A_DAY
        return response

    async def basemap(request: Request) -> Response:
        if city.basemap is None or request.path_params["id"] != city.id:
            raise HTTPException(404)
        headers = {"Cache-Control": FOR_EVER}
        return FileResponse(city.basemap, headers=headers, media_type="application/vnd.pmtiles")

    return [
        Route("/courier-icons/{name}", courier_icon, name="courier_icon"),
        Route("/assets/{name}", asset, name="asset"),
        Route("/maps/{id}.pmtiles", basemap, name="basemap"),
    ]


class BuiltFiles(StaticFiles):
    """The files of the build, in their compressed form for whoever takes that. Paths cannot lead out of the folder."""

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        """See `StaticFiles`: the file, or 304 when the caller has it already."""
        asked, file = Headers(scope=scope), Path(full_path)
        headers, packed = {"Vary": "Accept-Encoding"}, file.with_name(f"{file.name}.gz")
        media_type = MEDIA_TYPES.get(file.suffix, "application/octet-stream")
        if takes_gzip(asked.get("accept-encoding", "")) and packed.is_file():
            file, stat_result = packed, packed.stat()
            headers["Content-Encoding"] = "gzip"
        headers["ETag"] = _digest(file, stat_result.st_mtime_ns, stat_result.st_size)
        response = FileResponse(file, status_code, headers, media_type, stat_result=stat_result)
        if self.is_not_modified(response.headers, asked):
            return NotModifiedResponse(response.headers)
        return response


def takes_gzip(accepted: str) -> bool:
    """Whether an `Accept-Encoding` header names gzip, and not to refuse it (`q=0`)."""
    codings = (coding.replace(" ", "").lower().partition(";") for coding in accepted.split(","))
    return any(name == "gzip" and not _REFUSED.fullmatch(quality) for name, _, quality in codings)


@lru_cache(256)
def _digest(file: Path, _mtime_ns: int, _size: int) -> str:
    """An ETag of what is in the file. Its time and size alone would not do: reproducible builds give all files the
    same time, and a page whose assets changed their hashes has the same length.
    """
    return f'"{hashlib.sha256(file.read_bytes()).hexdigest()[:32]}"'
