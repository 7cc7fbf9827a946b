"""Which OpenStreetMap tags the base map draws, and in which of its layers (`basemap` documents the schema)."""

from collections.abc import Mapping

Tags = Mapping[str, str]
Properties = dict[str, str | int | float | bool]

ROAD_KIND: dict[str, str] = {
    "motorway": "motorway", "motorway_link": "motorway", "trunk": "motorway", "trunk_link": "motorway",
    "primary": "major", "primary_link": "major", "secondary": "major", "secondary_link": "major",
    "tertiary": "medium", "tertiary_link": "medium",
    "residential": "minor", "unclassified": "minor", "living_street": "minor", "road": "minor", "busway": "minor",
    "service": "service",
    "pedestrian": "path", "footway": "path", "cycleway": "path", "path": "path", "steps": "path", "track": "path",
    "bridleway": "path", "trail": "path", "crossing": "path",
}  # fmt: skip
_LANDUSE: dict[str, dict[str, str]] = {
    "leisure": {"park": "park", "garden": "park", "common": "park", "dog_park": "park", "playground": "park",
                "golf_course": "park", "nature_reserve": "park", "pitch": "pitch", "stadium": "pitch"},
    "landuse": {"grass": "grass", "meadow": "grass", "village_green": "park", "recreation_ground": "park",
                "forest": "wood", "cemetery": "grass", "residential": "residential", "commercial": "commercial",
                "retail": "commercial", "industrial": "industrial", "railway": "industrial"},
    "natural": {"wood": "wood", "scrub": "grass", "heath": "grass", "grassland": "grass", "beach": "sand",
                "sand": "sand"},
    "amenity": {"school": "campus", "university": "campus", "college": "campus", "hospital": "campus"},
}  # fmt: skip
_WATER = {("natural", "water"), ("waterway", "riverbank"), ("waterway", "dock"), ("landuse", "basin"),
          ("landuse", "reservoir"), ("natural", "bay")}  # fmt: skip
_DISTRICTS = frozenset({"suburb", "quarter", "neighbourhood", "borough", "town", "village", "hamlet"})
_LABELS = {"place": "square", "leisure": "park", "railway": "station"}
_STREAMS = {"river": "river", "canal": "river", "stream": "stream"}

DEPOT_SHOPS: tuple[str, ...] = (
    "mall", "supermarket", "department_store", "alcohol", "wine", "beverages", "convenience", "mobile_phone",
    "electronics", "greengrocer", "deli", "bakery", "chemist", "florist", "books",
)  # fmt: skip
"""Shops that goods may be sent from, the likeliest first."""

STOREY_M = 3.2
DEFAULT_HEIGHT_M = 9.0


def is_depot_shop(tags: Tags) -> bool:
    """Whether goods may be sent from here; a shop without a name would mean nothing to a courier."""
    return tags.get("shop", "") in DEPOT_SHOPS and bool(tags.get("name"))


def line_feature(tags: Tags) -> tuple[str, Properties] | None:
    """The layer and properties of a way that is drawn as a line."""
    if (kind := ROAD_KIND.get(tags.get("highway", ""))) and tags.get("area") != "yes":
        tunnel_or_bridge = {key: 1 for key in ("bridge", "tunnel") if tags.get(key, "no") != "no"}
        return "roads", {"kind": kind, **_names(tags), "oneway": int(tags.get("oneway") == "yes"), **tunnel_or_bridge}
    if tags.get("railway") in {"rail", "light_rail", "tram"} and tags.get("tunnel", "no") == "no":
        return "roads", {"kind": "rail"}
    if (kind := _STREAMS.get(tags.get("waterway", ""))) and tags.get("tunnel", "no") == "no":
        return "water", {"kind": kind, **_names(tags)}
    return None


def area_feature(tags: Tags) -> tuple[str, Properties] | None:
    """The layer and properties of a polygon."""
    if tags.get("building", "no") != "no":
        return "buildings", {"height": building_height_m(tags)}
    if any(tags.get(key) == value for key, value in _WATER):
        return "water", {"kind": "lake", **_names(tags)}
    for key, kinds in _LANDUSE.items():
        if (kind := kinds.get(tags.get(key, ""))) is not None:
            return "landuse", {"kind": kind, **_names(tags)}
    if tags.get("highway") in {"pedestrian", "footway"} and tags.get("area") == "yes":
        return "landuse", {"kind": "pedestrian"}
    return None


def label_feature(tags: Tags) -> Properties | None:
    """The properties of a label in the layer `places`."""
    if not tags.get("name"):
        return None
    if tags.get("place") in _DISTRICTS:
        return {"kind": "district", **_names(tags)}
    for key, kind in _LABELS.items():
        if tags.get(key) == kind:
            return {"kind": kind, **_names(tags)}
    return {"kind": "shop", "shop": tags["shop"], **_names(tags)} if is_depot_shop(tags) else None


def building_height_m(tags: Tags) -> float:
    """The tagged height, or that of the tagged storeys, or `DEFAULT_HEIGHT_M`."""
    for text, unit_m in ((tags.get("height", ""), 1.0), (tags.get("building:levels", ""), STOREY_M)):
        try:
            return round(min(max(float(text.removesuffix("m").strip()) * unit_m, 2.0), 500.0), 1)
        except ValueError:
            continue
    return DEFAULT_HEIGHT_M


def _names(tags: Tags) -> Properties:
    return {key.replace(":", "_"): tags[key] for key in ("name", "name:en", "name:zh") if tags.get(key)}
