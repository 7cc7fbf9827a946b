"""What a shopper's phone has to fetch: little before the answer, and not too much in all."""

import re

import pytest

from deploy.setup import STATIC

KIB = 1024
BEFORE_THE_MAP_KIB = 60
WITH_THE_MAP_KIB = 520


def test_the_shoppers_page_is_light() -> None:
    """As the network sees it: the page, and all that it loads before the map; then with the map and its worker."""
    page = STATIC / "track.html"
    if not page.is_file():
        pytest.fail("the pages are not built; run `make setup`")
    named = set(re.findall(r'(?:src|href)="/(assets/[^"]+)"', page.read_text(encoding="utf-8")))
    first_bytes = packed_bytes("track.html") + sum(map(packed_bytes, named))
    assert first_bytes <= BEFORE_THE_MAP_KIB * KIB
    later = {
        f"assets/{file.name}" for name in ("dispatch_map", "maplibre-gl-worker") for file in STATIC.rglob(f"{name}-*js")
    }
    assert len(later) == 2 and not later & named
    assert first_bytes + sum(map(packed_bytes, later)) <= WITH_THE_MAP_KIB * KIB


def packed_bytes(name: str) -> int:
    """A file's size on its way to a browser."""
    packed = STATIC / f"{name}.gz"
    return (packed if packed.is_file() else STATIC / name).stat().st_size
