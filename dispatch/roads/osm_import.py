"""A city from an OpenStreetMap extract."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import shapely

from dispatch.domain.errors import InvalidInput
from dispatch.domain.geo import Box, Point
from dispatch.roads.access import road_class, way_speeds
from dispatch.roads.addresses import address_text, enough_addresses, made_up_addresses, main_street_shops, slug
from dispatch.roads.build import NOBODY, Speeds, Street, build_network
from dispatch.roads.city import Address, City, Feature, Progress, Shop, no_progress
from dispatch.roads.clip import Place, crossing, sea
from dispatch.roads.entrances import EntranceFinder
from dispatch.roads.osm_features import DEPOT_SHOPS
from dispatch.roads.osm_reading import RawDoor, RawWay, Reading, read_extract

ATTRIBUTION = "© OpenStreetMap contributors (ODbL)"
_FEWEST_SHOPS = 3
READER_MARK = "-reader3"
"""Ends every source hash; to be changed whenever the same extract would give another city."""


DRIVES_LEFT = frozenset({
    "AU", "BD", "BN", "BT", "CY", "FJ", "GB", "GY", "HK", "ID", "IE", "IM", "IN", "JE", "JM", "JP", "KE", "LK", "LS",
    "MO", "MT", "MU", "MW", "MY", "MZ", "NA", "NP", "NZ", "PG", "PK", "SC", "SG", "SR", "SZ", "TH", "TL", "TT", "TZ",
    "UG", "ZA", "ZM", "ZW",
})  # fmt: skip
"""ISO 3166 codes of countries and regions that drive on the left."""


def import_osm(path: Path, box: Box | None = None, name: str = "", progress: Progress = no_progress) -> City:
    """The city in an extract, clipped to the box (by default the one that the extract's header names).

    Raises `InvalidInput`: "bad_extract" (unreadable), "outside" (the box and the extract do not overlap), "no_roads".
    """
    progress("reading the extract", 0.0)
    identity, asked_name = source_hash(path, box), name or _stem(path)
    reading = read_extract(path)
    box = _chosen_box(reading, box)
    progress("building the street network", 0.4)
    places: dict[int, Place] = {}
    streets = [street for way in reading.ways for street in _streets(way, reading, box, places)]
    country = reading.countries.most_common(1)[0][0] if reading.countries else ""
    network = build_network(streets, places, reading.signs, reading.restrictions, drives_left=country in DRIVES_LEFT)
    progress("addresses, shops and the map", 0.7)
    addresses, notes = _addresses(reading, EntranceFinder(reading.buildings, network), box, country), []
    if not enough_addresses(addresses, network):
        addresses += made_up_addresses(network, country, {address.street for address in addresses})
        notes.append("The extract has few or no addresses; house numbers along its residential streets are made up.")
    shops = _shops(reading.doors, box, country)
    if len(shops) < _FEWEST_SHOPS:
        shops += main_street_shops(network)
        notes.append("The extract has few or no shops; places on its main streets serve as depots.")
    return City(
        id=slug(asked_name), name=asked_name, box=box, network=network, addresses=tuple(addresses), shops=tuple(shops),
        attribution=ATTRIBUTION, country=country, notes=tuple(notes), source_hash=identity,
        features=tuple(_features(reading, box)),
    )  # fmt: skip


def city_id(path: Path, name: str = "") -> str:
    """The id of the city that this extract gives under this name (by default the file's)."""
    return slug(name or _stem(path))


def source_hash(path: Path, box: Box | None) -> str:
    """Changes with the extract's bytes, the box asked for and this reader. Raises `InvalidInput("bad_extract")`."""
    try:
        digest = hashlib.sha256(path.read_bytes())
    except OSError as error:
        raise InvalidInput("bad_extract", f"{path} cannot be read; give the path of an .osm.pbf extract.") from error
    digest.update(repr(box).encode())
    return digest.hexdigest() + READER_MARK


def _stem(path: Path) -> str:
    return path.name.split(".")[0].replace("-", " ").replace("_", " ").title()


def _chosen_box(reading: Reading, box: Box | None) -> Box:
    """The box asked for, else the header's, else the one around all highways."""
    around = np.array([place for way in reading.ways for place in way.places]).reshape(-1, 2)
    if not len(around):
        raise InvalidInput("no_roads", "The extract has no roads at all; use one that covers a town.")
    if box is None and reading.box is not None:
        return reading.box
    (south, west), (north, east) = around.min(axis=0).tolist(), around.max(axis=0).tolist()
    if box is None:
        return Box(south, west, north, east)
    if box.south >= north or box.north <= south or box.west >= east or box.east <= west:
        raise InvalidInput(
            "outside",
            f"The box lies outside the extract, which covers {south:.4f},{west:.4f},{north:.4f},{east:.4f} (S,W,N,E).",
        )
    return box


def _streets(way: RawWay, reading: Reading, box: Box, places: dict[int, Place]) -> Iterable[Street]:
    """The parts of a way inside the box, cut before barriers; their places are added to `places`."""
    forward, backward = way_speeds(way.tags)
    if forward == NOBODY and backward == NOBODY:
        return
    whole = Street(way.nodes, way.tags.get("name", ""), forward, backward, road_class(way.tags), way.id)
    for part in _inside(way, box, places):
        street = replace(whole, nodes=part)
        if reading.barriers.keys().isdisjoint(part):
            yield street
        else:
            yield from _cut_at_barriers(street, reading.barriers)


def _inside(way: RawWay, box: Box, places: dict[int, Place]) -> Iterable[tuple[int, ...]]:
    """Node ids of each part inside the box. Where a way leaves it, a new node (a negative id) stands on the edge.

    A stretch with both ends outside is left out, even if it clips a corner of the box.
    """
    part: list[int] = []
    fresh = count(min(-1, -len(places) - 1), -1)
    within = [box.south <= lat <= box.north and box.west <= lon <= box.east for lat, lon in way.places]
    for index, (node, place) in enumerate(zip(way.nodes, way.places, strict=True)):
        if within[index]:
            if index and not within[index - 1]:
                part.append(_on_edge(place, way.places[index - 1], box, places, next(fresh)))
            places[node] = place
            part.append(node)
        elif part:
            part.append(_on_edge(way.places[index - 1], place, box, places, next(fresh)))
            yield tuple(part)
            part = []
    if len(part) > 1:
        yield tuple(part)


def _on_edge(inside: Place, outside: Place, box: Box, places: dict[int, Place], node: int) -> int:
    places[node] = crossing(inside, outside, box)
    return node


def _cut_at_barriers(street: Street, barriers: dict[int, tuple[bool, ...]]) -> Iterable[Street]:
    """The last stretch before a barrier is closed to those whom it stops; the rest of the street stays open."""
    nodes = street.nodes
    closed = {max(index, 1): barriers[node] for index, node in enumerate(nodes) if node in barriers}
    begin = 0
    for index, who in sorted(closed.items()):
        if index - 1 > begin:
            yield replace(street, nodes=nodes[begin:index])
        forward, backward = _only(who, street.forward_kmh), _only(who, street.backward_kmh)
        yield replace(street, nodes=nodes[index - 1 : index + 1], forward_kmh=forward, backward_kmh=backward)
        begin = index
    if begin < len(nodes) - 1:
        yield replace(street, nodes=nodes[begin:])


def _only(who: Sequence[bool], speeds: Speeds) -> Speeds:
    return tuple(kmh if passes else 0.0 for passes, kmh in zip(who, speeds, strict=True))


def _addresses(reading: Reading, entrances: EntranceFinder, box: Box, country: str) -> list[Address]:
    """One address for each street and house number, where it was first seen."""
    found: dict[str, Address] = {}
    for door in reading.doors:
        street = door.tags.get("addr:street") or door.tags.get("addr:place") or ""
        number = door.tags.get("addr:housenumber", "")
        if not (street and number):
            continue
        place, text = _place(door), address_text(street, number, country)
        if text not in found and box.contains(place):
            found[text] = Address(text, street, number, place, entrances.entrance(door.geometry, street, number))
    return sorted(found.values(), key=lambda address: (address.street, len(address.house_number), address.text))


def _shops(doors: Sequence[RawDoor], box: Box, country: str) -> list[Shop]:
    """Named shops that goods may be sent from, the likeliest depots first."""
    found = []
    for door in doors:
        kind, place = door.tags.get("shop", ""), _place(door)
        if kind in DEPOT_SHOPS and door.tags.get("name") and box.contains(place):
            street, number = door.tags.get("addr:street", ""), door.tags.get("addr:housenumber", "")
            found.append(Shop(door.tags["name"], kind, place, address_text(street, number, country)))
    return sorted(found, key=lambda shop: (DEPOT_SHOPS.index(shop.kind), shop.name, shop.address))


def _place(door: RawDoor) -> Point:
    centre = door.geometry.centroid
    return Point(centre.y, centre.x)


def _features(reading: Reading, box: Box) -> Iterable[Feature]:
    """What the base map draws, cut to the box."""
    for water in sea(reading.coastlines, box):
        yield Feature("water", water, {"kind": "sea"})
    shapes = np.array([feature.geometry for feature in reading.features], dtype=object)
    cut = shapely.clip_by_rect(shapes, box.west, box.south, box.east, box.north)
    for feature, geometry in zip(reading.features, cut, strict=True):
        if not geometry.is_empty:
            yield Feature(feature.layer, geometry, feature.properties)
