"""Areas and who knows them; what couriers can do and orders ask for; shifts, breaks and further depots."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain.area import Area
from dispatch.domain.areas import AreaMap
from dispatch.domain.courier import Break
from dispatch.domain.errors import Conflict, InvalidInput, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.order import ProofKind
from dispatch.domain.skills import AGE_CHECK, FRAGILE, needed_skills, skills_of
from tests.support.zones import ask, courier, order, zone


def square(area_id: str, south: float, west: float, side: float) -> Area:
    """An area with four corners."""
    north, east = south + side, west + side
    return Area(
        area_id, area_id, tuple(Point(*at) for at in ((south, west), (south, east), (north, east), (north, west)))
    )


CITY, MALL = square("city", 60.0, 24.0, 1.0), square("mall", 60.4, 24.4, 0.1)


def test_a_place_is_in_the_smallest_area_around_it() -> None:
    """The mall lies in the city; its border belongs to it; far away there is no area."""
    known = AreaMap([CITY, MALL])
    places = [Point(60.45, 24.45), Point(60.4, 24.4), Point(60.1, 24.1), Point(10, 10)]
    assert known.areas_of(places) == ["mall", "mall", "city", ""]
    assert known.area_of(Point(60.45, 24.45)) == "mall"


def test_without_areas_no_place_is_in_one() -> None:
    """Nor is there anything to say about no places."""
    assert AreaMap([]).areas_of([Point(60, 24)]) == [""]
    assert AreaMap([CITY]).areas_of([]) == []


def test_an_area_is_kept_with_an_open_ring() -> None:
    """Drawn back to where it began or not, it is the same; a second registration changes it."""
    state = zone()
    ask(state, c.RegisterArea(replace(CITY, ring=(*CITY.ring, CITY.ring[0]))))
    assert state.areas == {"city": CITY}
    ask(state, c.RegisterArea(replace(MALL, id="city")))
    assert state.areas["city"].ring == MALL.ring and ("area", "city") in state.dirty


@pytest.mark.parametrize(
    "ring",
    [
        (),
        CITY.ring[:2],
        (CITY.ring[0], CITY.ring[2], CITY.ring[1], CITY.ring[3]),
        (Point(0, 0), Point(0, 1), Point(0, 2)),
        tuple(Point(n / 1_000, n % 2) for n in range(1_002)),
    ],
)
def test_a_ring_that_encloses_nothing_clear_is_refused(ring: tuple[Point, ...]) -> None:
    """Nothing, a line, a bow tie, a flat ring, and one with more corners than anybody draws."""
    with pytest.raises(InvalidInput) as refused:
        ask(zone(), c.RegisterArea(Area("a", "A", ring)))
    assert refused.value.code == "bad_ring"


def test_a_home_area_must_be_known() -> None:
    """A name that is spelled wrong would otherwise cost every order of that courier."""
    state, local = zone(), replace(courier("c9"), home_areas=("city",))
    with pytest.raises(InvalidInput) as refused:
        ask(state, c.RegisterCourier(local))
    assert refused.value.code == "unknown_area"
    ask(state, c.RegisterArea(CITY))
    ask(state, c.RegisterCourier(local))
    assert state.couriers["c9"].home_areas == ("city",)


@pytest.mark.parametrize(
    ("breaks", "good"),
    [
        ((Break(10, 20), Break(20, 30)), True),
        ((Break(20, 20),), False),
        ((Break(20, 10),), False),
        ((Break(20, 30), Break(25, 40)), False),
    ],
)
def test_breaks_follow_each_other(breaks: tuple[Break, ...], good: bool) -> None:
    """Each has a length; they do not overlap."""
    state = zone()
    if good:
        ask(state, c.RegisterCourier(replace(courier("c9"), breaks=breaks)))
        assert state.couriers["c9"].breaks == breaks
        return
    with pytest.raises(InvalidInput) as refused:
        ask(state, c.RegisterCourier(replace(courier("c9"), breaks=breaks)))
    assert refused.value.code == "bad_break"


def test_age_and_glass_ask_for_a_skill_that_somebody_has() -> None:
    """Where no courier carries the skill, everybody may; a skill that the shop names is needed in any case."""
    wine = replace(order("o1"), requires=(ProofKind.AGE,), fragile=True, skills=("wine",))
    assert needed_skills(wine, skills_of([courier("c1")])) == ("wine",)
    known = skills_of([replace(courier("c1"), skills=(AGE_CHECK,)), replace(courier("c2"), skills=(FRAGILE,))])
    assert needed_skills(wine, known) == ("age_check", "fragile", "wine")
    assert needed_skills(order("o2"), known) == ()


def test_every_depot_that_has_the_goods_must_be_known() -> None:
    """The order's own and the further ones."""
    state = zone()
    with pytest.raises(NotFound):
        ask(state, c.CreateOrder(replace(order("o1"), depot_options=("d2", "moon"))))
    ask(state, c.CreateOrder(replace(order("o1"), depot_options=("d2",))))
    assert state.orders["o1"].depot_options == ("d2",)


def test_a_phone_number_signs_in_one_courier_only() -> None:
    """The second courier with it is refused; the first may be registered again."""
    state = zone()
    for courier_id in ("c8", "c8"):
        ask(state, c.RegisterCourier(replace(courier(courier_id), phone="+358401")))
    with pytest.raises(Conflict) as refused:
        ask(state, c.RegisterCourier(replace(courier("c9"), phone="+358401")))
    assert refused.value.code == "phone_taken"
