"""A city on disk: one folder with `city.json`, an .npy file for each array of the network, and `basemap.pmtiles`.

A folder appears whole or not at all. It is read back only by the format that wrote it; anything else is made again.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import mkdtemp
from time import time
from typing import Any

import numpy as np

from dispatch.domain.errors import NotFound
from dispatch.domain.geo import Box, Point
from dispatch.roads.addresses import address_text
from dispatch.roads.basemap import write_basemap
from dispatch.roads.city import Address, City, Shop
from dispatch.roads.network import Network

FORMAT = 3
"""To be raised whenever the files change their meaning."""

BASEMAP = "basemap.pmtiles"
_SCRATCH_AGE_S = 3600.0
_ABOUT = ("id", "name", "attribution", "country", "notes", "source_hash")


def save_city(city: City, folder: Path) -> None:
    """Write the city and its base map; replaces what the folder held. Raises `BasemapFailed`, `OSError`."""
    with _whole_folder(folder) as fresh:
        write_basemap(city, fresh / BASEMAP)
        for name, values in city.network.arrays().items():
            np.save(fresh / f"{name}.npy", values)
        (fresh / "city.json").write_text(json.dumps(_described(city), ensure_ascii=False), encoding="utf-8")


def load_city(folder: Path) -> City:
    """Read a city back; its arrays stay in the files and are mapped into memory.

    Raises `NotFound("no_city")` when the folder holds no city of this format.
    """
    try:
        described = json.loads((folder / "city.json").read_text(encoding="utf-8"))
        if described["format"] != FORMAT:
            raise NotFound("no_city", f"The city '{folder.name}' was stored by another version; import it again.")
        # As plain arrays over the mapped files: indexing a memmap object itself is several times slower.
        arrays = {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in Network.array_names()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotFound("no_city", f"There is no stored city '{folder.name}'; import or generate it first.") from error
    return _restored(described, Network.from_arrays(arrays, tuple(described["street_names"]), described["drives_left"]))


def _described(city: City) -> dict[str, Any]:
    streets = {street: index for index, street in enumerate(dict.fromkeys(each.street for each in city.addresses))}
    return {
        "format": FORMAT,
        **{key: getattr(city, key) for key in _ABOUT},
        "box": asdict(city.box),
        "street_names": city.network.names,
        "drives_left": city.network.drives_left,
        "address_streets": list(streets),
        "addresses": [[streets[a.street], a.house_number, *_numbers(a.place, a.entrance)] for a in city.addresses],
        "shops": [[shop.name, shop.kind, shop.address, shop.place.lat, shop.place.lon] for shop in city.shops],
    }


def _restored(described: dict[str, Any], network: Network) -> City:
    streets, country = described["address_streets"], described["country"]
    about = {key: described[key] for key in _ABOUT} | {"notes": tuple(described["notes"])}
    return City(
        **about,
        box=Box(**described["box"]),
        network=network,
        addresses=tuple(
            Address(address_text(streets[street], number, country), streets[street], number, *_points(numbers))
            for street, number, *numbers in described["addresses"]
        ),
        shops=tuple(Shop(name, kind, Point(lat, lon), address) for name, kind, address, lat, lon in described["shops"]),
    )


def _numbers(*places: Point | None) -> list[float]:
    return [degrees for place in places if place for degrees in (place.lat, place.lon)]


def _points(numbers: list[float]) -> list[Point]:
    return list(map(Point, numbers[::2], numbers[1::2]))


@contextmanager
def _whole_folder(target: Path) -> Iterator[Path]:
    """A new folder that takes the target's place when the block succeeds and vanishes when it fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_left_behind(target)
    work = Path(mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    fresh, old = work / "fresh", work / "old"
    fresh.mkdir()
    try:
        yield fresh
        if target.exists():
            target.rename(old)
        fresh.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _clear_left_behind(target: Path) -> None:
    """Remove the scratch of a process that was killed; an hour is longer than any import takes."""
    for scratch in target.parent.glob(f".{target.name}-*"):
        if scratch.stat().st_mtime < time() - _SCRATCH_AGE_S:
            shutil.rmtree(scratch, ignore_errors=True)
