"""What makes the courier's page an app: its routes and their headers, and how much a phone has to load first."""

import gzip
import json
import re
from pathlib import Path

import pytest

from deploy.setup import STATIC
from tests.support.web import house

FIRST_LOAD_KIB = 250
SHELL = "self.SHELL="
PLAIN_NAMES = {
    "/courier": "text/html; charset=utf-8",
    "/courier-sw.js": "text/javascript; charset=utf-8",
    "/courier.webmanifest": "application/manifest+json",
}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A build with nothing in its files."""
    (tmp_path / "courier-icons").mkdir()
    for name in ("console.html", "courier.html", "courier-sw.js", "courier.webmanifest", "courier-icons/192.png"):
        (tmp_path / name).write_text("{}")
    return tmp_path


@pytest.mark.parametrize(("url", "media_type"), PLAIN_NAMES.items())
async def test_what_has_a_plain_name_is_asked_for_again(built: Path, url: str, media_type: str) -> None:
    """A phone must not stay on an old build: each is asked for anew, has its type and the pages' strict policy."""
    async with house(static_dir=built) as h:
        answer = await h.http.get(url)
        assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
        assert answer.headers["cache-control"] == "no-cache"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        for part in ("script-src 'self';", "worker-src 'self';", "manifest-src 'self';", "img-src 'self' data: blob:;"):
            assert part in policy
        again = await h.http.get(url, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_only_the_courier_may_ask_the_phone_for_things(built: Path) -> None:
    """Place, camera and a lit screen on this page, for this page alone; no microphone; no other page gets any."""
    async with house(static_dir=built) as h:
        may = (await h.http.get("/courier")).headers["permissions-policy"]
        for allowed in ("geolocation=(self)", "camera=(self)", "screen-wake-lock=(self)", "microphone=()"):
            assert allowed in may
        elsewhere = (await h.http.get("/console")).headers.get("permissions-policy", "")
        assert "(self)" not in elsewhere


async def test_icons(built: Path) -> None:
    """Kept for a day; there is no way out of their folder."""
    async with house(static_dir=built) as h:
        icon = await h.http.get("/courier-icons/192.png")
        assert (icon.headers["content-type"], icon.headers["cache-control"]) == ("image/png", "public, max-age=86400")
        for url in (
            "/courier-icons/none.png",
            "/courier-icons/..%2fcourier.html",
            "/courier-icons/%2e%2e/courier.html",
        ):
            assert (await h.http.get(url)).status_code == 404


# --- the real build ------------------------------------------------------------------------------------------------


@pytest.fixture
def page() -> str:
    """The courier's page as it was built."""
    file = STATIC / "courier.html"
    if not file.is_file():
        pytest.fail("the pages are not built; run `make setup`")
    return file.read_text(encoding="utf-8")


def loaded_first(page: str) -> set[str]:
    """The files that a browser loads before it can show the app: what the page names, and what that imports."""
    found = set(re.findall(r'(?:src|href)="/(assets/[\w.-]+)"', page))
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        if name.endswith(".js"):
            text = (STATIC / name).read_text(encoding="utf-8")
            more = {f"assets/{each}" for each in re.findall(r'(?:\bfrom|\bimport)"\./([\w.-]+\.js)"', text)} - found
            found |= more
            waiting += more
    return found


def test_the_first_load_is_small(page: str) -> None:
    """Page, scripts and styles, as they go over the wire; the map comes afterwards, and is in none of them."""
    files = loaded_first(page)
    assert {Path(name).suffix for name in files} == {".js", ".css"}
    assert not [name for name in files if "map" in name]
    kib = sum(len(gzip.compress((STATIC / name).read_bytes(), 6)) for name in (*files, "courier.html")) / 1024
    assert 20 < kib <= FIRST_LOAD_KIB


def test_the_worker_keeps_everything_that_the_app_needs(page: str) -> None:
    """The list in front of the worker names the page, what it loads first, the map and the icons, all of this build."""
    worker = (STATIC / "courier-sw.js").read_text(encoding="utf-8")
    shell, _ = json.JSONDecoder().raw_decode(worker, worker.index(SHELL) + len(SHELL))
    kept = set(shell["files"])
    assert {f"/{name}" for name in loaded_first(page)} | {"/courier", "/courier.webmanifest"} <= kept
    assert any("dispatch_map" in name for name in kept) and any("maplibre-gl-worker" in name for name in kept)
    manifest = json.loads((STATIC / "courier.webmanifest").read_text(encoding="utf-8"))
    assert {icon["src"] for icon in manifest["icons"]} <= kept
    assert all((STATIC / name.lstrip("/")).is_file() for name in kept - {"/courier"})
    assert re.fullmatch("[0-9a-f]{10}", shell["version"])
