"""A city: its street network, its addresses, its shops, and what a base map shows of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dispatch.domain.geo import Box, Point
from dispatch.roads.network import Network

Progress = Callable[[str, float], None]
"""Told what is being done and the share of the whole that is done, 0 to 1."""


def no_progress(_step: str, _done_ratio: float) -> None:
    """A `Progress` that nobody watches."""


@dataclass(frozen=True, slots=True)
class Address:
    """A door: `text` is how a person writes it, in the country's order."""

    text: str
    street: str
    house_number: str
    place: Point
    entrance: Point | None = None
    """Where one goes in, if the map says so."""


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that can serve as a depot; `kind` is OpenStreetMap's shop value (supermarket, alcohol, mall, ...)."""

    name: str
    kind: str
    place: Point
    address: str


@dataclass(frozen=True, slots=True)
class Feature:
    """Something that the base map draws: a shapely geometry in (lon, lat); layers and properties are in `basemap`."""

    layer: str
    geometry: Any
    properties: Mapping[str, str | int | float | bool] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class City:
    """Everything that the server knows of a city. `features` is drawing material and empty once loaded from a cache."""

    id: str
    """A slug: small letters, digits and hyphens; also the folder's name."""
    name: str
    box: Box
    network: Network
    addresses: tuple[Address, ...]
    shops: tuple[Shop, ...]
    attribution: str
    """To be shown wherever the map is shown; empty for a generated city."""
    country: str
    """ISO 3166-1 alpha-2, or empty when the source does not say."""
    notes: tuple[str, ...]
    """Sentences on what was made up or left out."""
    source_hash: str
    """Changes with the source and with the way it is read."""
    features: tuple[Feature, ...] = field(default=(), repr=False)
