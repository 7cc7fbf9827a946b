"""Addresses and shops where the source has none, and how an address is written."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence, Set

import numpy as np

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.city import Address, Shop
from dispatch.roads.network import PROFILES, FloatArray, Network
from dispatch.roads.polyline import point_fractions

_NUMBER_FIRST = frozenset(
    {"", "US", "GB", "IE", "FR", "CA", "AU", "NZ", "LU", "MC", "IN", "SG", "ZA", "PH", "MY", "TH"}
)
"""Countries that write the house number before the street (Universal Postal Union, "Postal addressing systems")."""

_RESIDENTIAL_KMH = 26.0
"""A named street on which a car makes no more than this is one that people live in."""

_HOUSE_SPACING_M = 24.0
_HOUSE_SETBACK_DEG = 9e-5
_MAX_MADE_UP = 20_000
_MAX_SHOPS = 60


def slug(name: str) -> str:
    """Small ASCII letters, digits and hyphens, fit for a folder's name; `city` when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "city"


def address_text(street: str, house_number: str, country: str) -> str:
    """The address as people of the country write it; `country` is ISO 3166-1 alpha-2 or empty."""
    parts = (house_number, street) if country in _NUMBER_FIRST else (street, house_number)
    return " ".join(part for part in parts if part)


def enough_addresses(addresses: Sequence[Address], network: Network) -> bool:
    """Whether the source is addressed at all: at least one address to two of its named streets."""
    return len(addresses) * 2 >= len(network.names) - 1 and len(addresses) > 0


def made_up_addresses(network: Network, country: str, but_not_in: Set[str]) -> list[Address]:
    """House numbers along residential streets, odd on the left and even on the right, at most 20,000."""
    car_kmh = network.speed_kmh[PROFILES.index(Profile.CAR)].reshape(-1, 2).max(axis=1)
    lived_in = (car_kmh > 0) & (car_kmh <= _RESIDENTIAL_KMH)
    segments = np.flatnonzero(lived_in & (network.name > 0) & (network.length_m >= _HOUSE_SPACING_M))
    if not len(segments):
        segments = np.flatnonzero((car_kmh > 0) & (network.length_m >= _HOUSE_SPACING_M))
    spacing_m = max(_HOUSE_SPACING_M, 2 * float(network.length_m[segments].sum()) / _MAX_MADE_UP)
    fractions = point_fractions(network)
    last_number: Counter[str] = Counter()
    made = []
    for segment in segments[np.argsort(network.name[segments], kind="stable")]:
        street = network.street(2 * int(segment)) or "Unnamed street"
        if street in but_not_in:
            continue
        houses = int(network.length_m[segment] / spacing_m)
        for place_left, place_right in _along(network, fractions, int(segment), houses):
            for side, place in ((1, place_left), (2, place_right)):
                number = str(last_number[street] + side)
                made.append(Address(address_text(street, number, country), street, number, place))
            last_number[street] += 2
    return made


def main_street_shops(network: Network) -> list[Shop]:
    """Depots for a source without shops: places spread over the streets where cars are fastest, motorways aside."""
    car_kmh = network.speed_kmh[PROFILES.index(Profile.CAR)].reshape(-1, 2).max(axis=1)
    on_foot = network.is_open(Profile.FOOT).reshape(-1, 2).any(axis=1)
    main = np.flatnonzero((car_kmh > _RESIDENTIAL_KMH) & on_foot & (network.name > 0))
    if not len(main):
        main = np.flatnonzero(car_kmh > 0)
    wanted = int(np.clip(len(main) // 40, 1, _MAX_SHOPS))
    chosen = main[np.linspace(0, len(main) - 1, wanted).astype(int)]
    nodes = network.start[chosen]
    spots = zip(network.node_lat[nodes].tolist(), network.node_lon[nodes].tolist(), chosen.tolist(), strict=True)
    return [
        Shop(
            f"Depot {number} {network.street(2 * segment)}".strip(),
            "depot",
            Point(lat, lon),
            network.street(2 * segment),
        )
        for number, (lat, lon, segment) in enumerate(spots, start=1)
    ]


def _along(network: Network, fractions: FloatArray, segment: int, houses: int) -> Iterable[tuple[Point, Point]]:
    """Pairs of doors to the left and right of evenly spaced points on a segment."""
    points = slice(network.point_offset[segment], network.point_offset[segment + 1])
    lat, lon, at = network.point_lat[points], network.point_lon[points], fractions[points]
    squeeze = float(np.cos(np.radians(lat[0])))
    wanted = (np.arange(houses) + 0.5) / max(houses, 1)
    here = np.stack([np.interp(wanted, at, lat), np.interp(wanted, at, lon)], axis=1)
    ahead = np.array([lat[-1] - lat[0], (lon[-1] - lon[0]) * squeeze])
    north, east = ahead / max(float(np.hypot(*ahead)), 1e-12) * _HOUSE_SETBACK_DEG
    for y, x in here.tolist():
        yield Point(y + east, x - north / squeeze), Point(y - east, x + north / squeeze)
