"""Who may use a way, in which direction and how fast, from its OpenStreetMap tags.

Access follows the chains of keys of the OpenStreetMap wiki ("OSM tags for routing/Access restrictions"): the most
specific key decides. `destination`, `delivery` and `customers` are open: a courier is one. One-way rules: "Key:oneway".

Speeds are what a courier makes on the move between junctions, in km/h; signals, signs and turns are counted apart:
- motor vehicles: the class's usual town limit or the posted one, whichever is lower, times 0.8 (the factor that OSRM's
  car profile applies to posted limits); vans a tenth slower (their acceleration), motorbikes a tenth faster in slow
  streets (they pass queues) but never above the limit;
- bicycles 15, pedelecs 20 (measured means in Schleinitz et al., Safety Science 92, 2017: 15.3 and 17.4 km/h, couriers
  ride steadily, the motor's help ends at 25);
- on foot 4.8 (1.34 m/s: Bohannon, Age and Ageing 26, 1997, comfortable gait of adults).
"""

from collections.abc import Mapping

from dispatch.domain.vehicle import Profile
from dispatch.roads.build import NOBODY, Speeds
from dispatch.roads.network import PROFILES, RoadClass

Tags = Mapping[str, str]

URBAN_RATIO = 0.8
FOOT_KMH = 4.8
PUSHING_KMH = 4.0
CYCLING_KMH = {Profile.BIKE: 15.0, Profile.EBIKE: 20.0}
MOTOR = (Profile.MOTORBIKE, Profile.CAR, Profile.VAN)

CLASS_KMH: dict[str, float] = {
    "motorway": 100, "motorway_link": 60, "trunk": 80, "trunk_link": 50, "primary": 55, "primary_link": 45,
    "secondary": 50, "secondary_link": 40, "tertiary": 45, "tertiary_link": 35, "unclassified": 40, "road": 35,
    "residential": 30, "living_street": 15, "service": 18, "track": 12, "pedestrian": 8, "busway": 0,
    "cycleway": 0, "footway": 0, "path": 0, "bridleway": 0, "steps": 0, "trail": 0, "crossing": 0,
}  # fmt: skip
"""The classes that are read: a motor vehicle's km/h before `URBAN_RATIO`; 0 = closed to motors by default."""

_CLASSES = {
    "motorway": RoadClass.TRUNK, "trunk": RoadClass.TRUNK, "primary": RoadClass.PRIMARY,
    "secondary": RoadClass.SECONDARY, "tertiary": RoadClass.TERTIARY, "unclassified": RoadClass.RESIDENTIAL,
    "residential": RoadClass.RESIDENTIAL, "road": RoadClass.RESIDENTIAL, "living_street": RoadClass.RESIDENTIAL,
    "service": RoadClass.SERVICE, "track": RoadClass.SERVICE,
}  # fmt: skip

_BY_DEFAULT_CLOSED: dict[str, frozenset[str]] = {
    "foot": frozenset({"motorway", "motorway_link", "trunk_link", "busway"}),
    "bicycle": frozenset(
        {"motorway", "motorway_link", "trunk", "trunk_link", "footway", "steps", "bridleway", "busway", "crossing"}
    ),
    "motor": frozenset({"pedestrian"} | {kind for kind, kmh in CLASS_KMH.items() if not kmh}),
}
_CHAINS: dict[Profile, tuple[str, ...]] = {
    Profile.FOOT: ("foot", "access"),
    Profile.BIKE: ("bicycle", "vehicle", "access"),
    Profile.EBIKE: ("bicycle", "vehicle", "access"),
    Profile.MOTORBIKE: ("motorcycle", "motor_vehicle", "vehicle", "access"),
    Profile.CAR: ("motorcar", "motor_vehicle", "vehicle", "access"),
    Profile.VAN: ("goods", "motorcar", "motor_vehicle", "vehicle", "access"),
}
_NO = frozenset({"no", "private", "agricultural", "forestry", "use_sidepath", "military", "emergency", "residents"})
_ROUGH = {
    "cobblestone": 0.7, "unhewn_cobblestone": 0.6, "sett": 0.85, "gravel": 0.7, "fine_gravel": 0.85, "pebblestone": 0.7,
    "unpaved": 0.75, "ground": 0.7, "dirt": 0.65, "earth": 0.65, "grass": 0.55, "sand": 0.4, "mud": 0.4,
}  # fmt: skip
"""What a surface leaves of the speed of two wheels."""
_ROUGH_KMH = {
    "paving_stones": 60, "metal": 60, "bricks": 60, "sett": 40, "gravel": 40, "unpaved": 40, "ground": 40, "dirt": 40,
    "grass": 40, "pebblestone": 40, "cobblestone": 30, "clay": 30, "earth": 20, "stone": 20, "sand": 20, "mud": 10,
}  # fmt: skip
"""The fastest that motors go on a surface (the figures of OSRM's car profile)."""

_MOTOR_BARRIERS = frozenset({"bollard", "block", "cycle_barrier", "jersey_barrier", "chain", "bus_trap", "planter",
                             "motorcycle_barrier", "log", "debris", "wedge"})  # fmt: skip
_WHEEL_BARRIERS = frozenset({"stile", "turnstile", "full-height_turnstile", "kissing_gate", "fence", "wall", "hedge"})
_COUNTRY_LIMITS_KMH = {"urban": 50.0, "rural": 80.0, "living_street": 20.0, "motorway": 120.0, "walk": 7.0}


def way_speeds(tags: Tags) -> tuple[Speeds, Speeds]:
    """km/h for each of `PROFILES`, along the way as drawn and against it; all zero when nobody may use it."""
    kind = tags.get("highway", "")
    if kind not in CLASS_KMH or tags.get("area") == "yes":
        return NOBODY, NOBODY
    speed = [_speed_kmh(profile, kind, tags) for profile in PROFILES]
    ways = [_directions(profile, tags) for profile in PROFILES]
    forward = tuple(kmh if along else 0.0 for kmh, (along, _) in zip(speed, ways, strict=True))
    backward = tuple(kmh if against else 0.0 for kmh, (_, against) in zip(speed, ways, strict=True))
    return forward, backward


def road_class(tags: Tags) -> RoadClass:
    """How much the way is made for traffic."""
    return _CLASSES.get(tags.get("highway", "").removesuffix("_link"), RoadClass.PATH)


def passable(barrier_tags: Tags) -> tuple[bool, ...]:
    """Who of `PROFILES` gets past a barrier node (a gate is open unless its access tags say otherwise)."""
    barrier = barrier_tags.get("barrier", "")
    stops_wheels, stops_motors = barrier in _WHEEL_BARRIERS, barrier in _WHEEL_BARRIERS | _MOTOR_BARRIERS
    defaults = {
        profile: profile is Profile.FOOT or not (stops_motors if profile in MOTOR else stops_wheels)
        for profile in PROFILES
    }
    return tuple(_allowed(profile, barrier_tags, defaults[profile]) for profile in PROFILES)


def limit_kmh(text: str) -> float | None:
    """The posted limit that a `maxspeed` value names, or None when it names none."""
    first = text.split(";", maxsplit=1)[0].strip()
    number, _, unit = first.partition(" ")
    try:
        return float(number) * (1.609344 if unit == "mph" else 1.0)
    except ValueError:
        return _COUNTRY_LIMITS_KMH.get(first.rpartition(":")[2])


def _allowed(profile: Profile, tags: Tags, default: bool) -> bool:
    for key in _CHAINS[profile]:
        if key in tags:
            return tags[key] not in _NO
    return default


def _speed_kmh(profile: Profile, kind: str, tags: Tags) -> float:
    family = "foot" if profile is Profile.FOOT else "motor" if profile in MOTOR else "bicycle"
    if not _allowed(profile, _own_keys(family, kind, tags), default=kind not in _BY_DEFAULT_CLOSED[family]):
        return 0.0
    if family == "foot":
        return FOOT_KMH * (0.6 if kind == "steps" else 1.0)
    if family == "motor":
        return _motor_kmh(profile, kind, tags)
    return _cycling_kmh(profile, kind, tags)


def _own_keys(family: str, kind: str, tags: Tags) -> Tags:
    """On a way that a family may not use by default, a general `access=yes` does not let it in; its own key does."""
    if kind in _BY_DEFAULT_CLOSED[family] and "access" in tags and tags["access"] not in _NO:
        return {key: value for key, value in tags.items() if key != "access"}
    return tags


def _motor_kmh(profile: Profile, kind: str, tags: Tags) -> float:
    usual = CLASS_KMH[kind] or 8.0
    limit = min(limit_kmh(tags.get("maxspeed", "")) or usual, _ROUGH_KMH.get(tags.get("surface", ""), usual))
    if profile is Profile.VAN:
        return min(usual, limit) * URBAN_RATIO * 0.9
    if profile is Profile.MOTORBIKE and usual <= 50:
        return min(usual * URBAN_RATIO * 1.1, limit)
    return min(usual, limit) * URBAN_RATIO


def _cycling_kmh(profile: Profile, kind: str, tags: Tags) -> float:
    if tags.get("bicycle") == "dismount" or kind == "steps":
        return PUSHING_KMH
    kmh = CYCLING_KMH[profile] * _ROUGH.get(tags.get("surface", ""), 1.0)
    return min(kmh, {"pedestrian": 8.0, "footway": 10.0, "path": 12.0, "track": 12.0, "trail": 10.0}.get(kind, kmh))


def _directions(profile: Profile, tags: Tags) -> tuple[bool, bool]:
    """Whether a profile may go along the way as drawn, and against it."""
    if profile is Profile.FOOT:
        return True, True
    oneway = tags.get("oneway", "")
    if not oneway and (tags.get("junction") in {"roundabout", "circular"} or tags["highway"].startswith("motorway")):
        oneway = "yes"
    if profile in CYCLING_KMH:
        oneway = tags.get("oneway:bicycle", "no" if _contraflow(tags) else oneway)
    elif profile is Profile.MOTORBIKE:
        oneway = tags.get("oneway:motorcycle", oneway)
    return oneway not in {"-1", "reverse"}, oneway not in {"yes", "true", "1"}


def _contraflow(tags: Tags) -> bool:
    if any(tags.get(f"cycleway{side}:oneway") == "no" for side in (":left", ":right", ":both")):
        return True
    return any(tags.get(f"cycleway{side}", "").startswith("opposite") for side in ("", ":left", ":right", ":both"))
