"""Who may use a way, in which direction and how fast."""

import pytest

from dispatch.domain.vehicle import Profile
from dispatch.roads.access import CLASS_KMH, FOOT_KMH, limit_kmh, passable, way_speeds
from dispatch.roads.build import NOBODY
from dispatch.roads.network import PROFILES


def speeds(**tags: str) -> dict[Profile, tuple[float, float]]:
    """km/h along and against a way for each profile; `__` stands for a colon in a key."""
    forward, backward = way_speeds({key.replace("__", ":"): value for key, value in tags.items()})
    return dict(zip(PROFILES, zip(forward, backward, strict=True), strict=True))


def test_everybody_uses_a_residential_street_both_ways() -> None:
    """An untagged residential street is open to all, and faster vehicles are faster."""
    kmh = speeds(highway="residential")
    assert all(along == against > 0 for along, against in kmh.values())
    order = [Profile.FOOT, Profile.BIKE, Profile.EBIKE, Profile.VAN, Profile.CAR, Profile.MOTORBIKE]
    assert sorted(order, key=lambda profile: kmh[profile]) == order


@pytest.mark.parametrize("value", ["yes", "true", "1"])
def test_oneway_binds_wheels_but_not_feet(value: str) -> None:
    """Against a one-way street only people on foot go."""
    kmh = speeds(highway="residential", oneway=value)
    assert [profile for profile in PROFILES if kmh[profile][1] > 0] == [Profile.FOOT]


def test_oneway_minus_one_runs_against_the_drawing() -> None:
    """`oneway=-1` means the direction opposite to the way's nodes."""
    along, against = speeds(highway="residential", oneway="-1")[Profile.CAR]
    assert along == 0 < against


@pytest.mark.parametrize(
    "tags", [{"oneway__bicycle": "no"}, {"cycleway": "opposite_lane"}, {"cycleway__left__oneway": "no"}]
)
def test_bicycles_may_be_let_in_against_a_oneway(tags: dict[str, str]) -> None:
    """Each of the usual taggings of contraflow cycling opens the other direction to bicycles alone."""
    kmh = speeds(highway="residential", oneway="yes", **tags)
    assert kmh[Profile.BIKE][1] > 0
    assert kmh[Profile.EBIKE][1] > 0
    assert kmh[Profile.CAR][1] == 0


def test_roundabouts_and_motorways_are_oneway_without_saying_so() -> None:
    """The wiki implies `oneway=yes` for both."""
    assert speeds(highway="primary", junction="roundabout")[Profile.CAR][1] == 0
    assert speeds(highway="motorway")[Profile.CAR] == (pytest.approx(80), 0)
    assert speeds(highway="motorway")[Profile.BIKE] == (0, 0)


def test_the_most_specific_access_key_decides() -> None:
    """`access=no` with `bicycle=yes` opens a way to bicycles only; `motor_vehicle=no` closes it to motors only."""
    only_bikes = speeds(highway="service", access="no", bicycle="yes")
    assert {profile for profile in PROFILES if only_bikes[profile][0]} == {Profile.BIKE, Profile.EBIKE}
    no_motors = speeds(highway="residential", motor_vehicle="no")
    assert {profile for profile in PROFILES if no_motors[profile][0]} == {Profile.FOOT, Profile.BIKE, Profile.EBIKE}
    assert speeds(highway="residential", access="destination")[Profile.VAN][0] > 0


def test_general_access_does_not_bring_cars_onto_a_footway() -> None:
    """`access=yes` on a footway changes nothing for cars and bicycles; their own keys do."""
    assert speeds(highway="footway", access="yes")[Profile.CAR] == (0, 0)
    assert speeds(highway="footway", access="yes")[Profile.BIKE] == (0, 0)
    assert speeds(highway="footway", bicycle="yes")[Profile.BIKE][0] > 0
    assert speeds(highway="footway", motor_vehicle="yes")[Profile.CAR][0] > 0
    assert speeds(highway="footway")[Profile.FOOT][0] == FOOT_KMH


def test_limits_slow_motors_and_surfaces_slow_bicycles() -> None:
    """A posted limit below the class's speed counts; cobbles cost a bicycle a third."""
    assert speeds(highway="primary", maxspeed="30")[Profile.CAR][0] == pytest.approx(24)
    assert speeds(highway="primary", maxspeed="120")[Profile.CAR] == speeds(highway="primary")[Profile.CAR]
    assert speeds(highway="primary", maxspeed="20 mph")[Profile.MOTORBIKE][0] <= 32.2
    smooth, rough = (
        speeds(highway="residential", surface=surface)[Profile.BIKE][0] for surface in ("asphalt", "cobblestone")
    )
    assert rough == pytest.approx(0.7 * smooth)


def test_pushed_bicycles_walk() -> None:
    """`bicycle=dismount` leaves a walking pace, and stairs are for feet."""
    assert speeds(highway="footway", bicycle="dismount")[Profile.BIKE][0] == 4.0
    assert speeds(highway="steps")[Profile.BIKE] == (0, 0)


def test_ways_that_are_no_street_open_to_nobody() -> None:
    """Construction sites, squares drawn as areas and private drives are not part of the network."""
    assert way_speeds({"highway": "construction"}) == (NOBODY, NOBODY)
    assert way_speeds({"highway": "pedestrian", "area": "yes"}) == (NOBODY, NOBODY)
    assert way_speeds({"highway": "service", "access": "private"}) == (NOBODY, NOBODY)
    assert "proposed" not in CLASS_KMH


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50),
        ("30 mph", 48.28),
        ("FI:urban", 50),
        ("walk", 7),
        ("40;30", 40),
        ("none", None),
        ("signals", None),
        ("", None),
    ],
)
def test_limits_are_read_in_every_usual_spelling(text: str, kmh: float | None) -> None:
    """Numbers, miles, zones and lists are understood; anything else is no limit."""
    assert limit_kmh(text) == (None if kmh is None else pytest.approx(kmh, abs=0.01))


def test_barriers_stop_whom_they_are_built_for() -> None:
    """A bollard stops motors, a stile every wheel, a gate only those whom its access tags name."""
    assert passable({"barrier": "bollard"}) == (True, True, True, False, False, False)
    assert passable({"barrier": "stile"}) == (True, False, False, False, False, False)
    assert all(passable({"barrier": "gate"}))
    assert passable({"barrier": "gate", "access": "private", "foot": "yes"}) == (True, *[False] * 5)
