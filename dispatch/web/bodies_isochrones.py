"""Isochrones as GeoJSON (RFC 7946)."""

from collections.abc import Sequence
from typing import Literal

from dispatch.web.bodies import Shown


class MultiPolygon(Shown, kw_only=True):
    """Polygons: each an outer ring, anticlockwise, and its holes, of [longitude, latitude]."""

    type: Literal["MultiPolygon"] = "MultiPolygon"
    coordinates: Sequence[Sequence[Sequence[tuple[float, float]]]]


class IsochroneProperties(Shown, kw_only=True):
    """Within how many seconds, and how large the area is."""

    limit_s: int
    area_m2: int


class IsochroneFeature(Shown, kw_only=True):
    """The area around the streets that are reached within a time."""

    type: Literal["Feature"] = "Feature"
    geometry: MultiPolygon
    properties: IsochroneProperties


class Isochrones(Shown, kw_only=True):
    """An area for each limit, the shortest first; each holds the one before it."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[IsochroneFeature]
