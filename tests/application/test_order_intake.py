"""Taking orders in: which depot, which times, and what is refused or held."""

from dataclasses import replace

import pytest

from dispatch.application.orders import IntakePolicy, OrderLabel, OrderWish, take_in
from dispatch.domain.commands import CreateOrder
from dispatch.domain.depot import Depot
from dispatch.domain.errors import Conflict, DomainError, InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.order import Direction, Dropoff
from dispatch.domain.vehicle import Load
from tests.support.web import CITY_BOX, HOME, ISLAND, Beeline
from tests.support.zones import NOON_MS

POLICY = IntakePolicy(CITY_BOX)
NEAR, FAR = Depot("near", "Near", Point(60.169, 24.939)), Depot("far", "Far", Point(60.20, 24.99))
ON_ISLAND = Depot("island", "Island", ISLAND)
WISH = OrderWish(Dropoff(HOME, "Street 1"), Load(items=1))
LABEL = OrderLabel("o-1", "hash", "shop", NOON_MS)


async def taken(wish: OrderWish, *depots: Depot) -> CreateOrder:
    return await take_in(wish, LABEL, {depot.id: depot for depot in depots}, Beeline(), POLICY)


async def test_the_nearest_depot_by_road_and_the_usual_times() -> None:
    """What the shop leaves open is chosen: depot, ready at once, forty-five minutes."""
    command = await taken(WISH, FAR, NEAR)
    order = command.order
    assert (order.depot_id, command.hold) == ("near", "")
    assert (order.ready_at_ms, order.promise_at_ms) == (NOON_MS, NOON_MS + 45 * 60_000)
    assert (order.service_pickup_s, order.service_dropoff_s) == (60, 90)
    assert (order.id, order.track_hash, order.placed_by) == ("o-1", "hash", "shop")


async def test_what_the_shop_says_counts() -> None:
    """A named depot and named times are taken as they are, zero included."""
    wish = replace(WISH, depot_id="far", ready_at_ms=NOON_MS + 5, promise_at_ms=NOON_MS + 9, service_pickup_s=0)
    order = (await taken(wish, FAR, NEAR)).order
    assert (order.depot_id, order.ready_at_ms, order.promise_at_ms) == ("far", NOON_MS + 5, NOON_MS + 9)
    assert order.service_pickup_s == 0


async def test_a_late_start_moves_the_promise() -> None:
    """The promise counts from when the goods are ready."""
    order = (await taken(replace(WISH, ready_at_ms=NOON_MS + 600_000), NEAR)).order
    assert order.promise_at_ms == NOON_MS + 600_000 + 45 * 60_000


async def test_an_address_without_a_road_is_held() -> None:
    """The order is not refused: a person looks at its address. Its depot is the nearest as the crow flies."""
    command = await taken(replace(WISH, dropoff=Dropoff(ISLAND, "Island")), FAR, NEAR)
    assert command.hold == "address" and command.order.depot_id in {"near", "far"}


async def test_a_depot_without_a_road_is_passed_over() -> None:
    """One depot off the roads does not spoil the others; named, it means a held order."""
    assert (await taken(WISH, ON_ISLAND, FAR)).order.depot_id == "far"
    assert (await taken(replace(WISH, depot_id="island"), ON_ISLAND)).hold == "address"


async def test_further_depots_that_have_the_goods() -> None:
    """Each once and without the order's own; where only they are named, the nearest of them comes first."""
    wish = replace(WISH, depot_id="far", depot_options=("near", "far", "near"))
    order = (await taken(wish, FAR, NEAR)).order
    assert (order.depot_id, order.depot_options) == ("far", ("near",))
    order = (await taken(replace(wish, depot_id=None, depot_options=("far",)), FAR, NEAR)).order
    assert (order.depot_id, order.depot_options) == ("far", ())
    order = (await taken(replace(wish, depot_id=None), FAR, NEAR)).order
    assert (order.depot_id, order.depot_options) == ("near", ("far",))
    order = (await taken(replace(wish, direction=Direction.RETURN), FAR, NEAR)).order
    assert order.depot_options == ()


async def test_what_the_courier_must_know_is_kept() -> None:
    """Skills sorted and once, fragile goods, the longest ride and the tier."""
    wish = replace(WISH, skills=("wine", "age_check", "wine"), fragile=True, max_ride_s=900, tier=2)
    order = (await taken(wish, NEAR)).order
    assert (order.skills, order.fragile, order.max_ride_s, order.tier) == (("age_check", "wine"), True, 900, 2)


@pytest.mark.parametrize(
    ("wish", "depots", "error", "code"),
    [
        (
            replace(WISH, dropoff=Dropoff(Point(48.1, 11.6), "Munich")),
            (NEAR,),
            InvalidInput,
            "coordinates_outside_city",
        ),
        (replace(WISH, depot_id="none"), (NEAR,), InvalidInput, "unknown_depot"),
        (replace(WISH, depot_options=("none",)), (NEAR,), InvalidInput, "unknown_depot"),
        (WISH, (), Conflict, "no_depot"),
    ],
)
async def test_refusals(wish: OrderWish, depots: tuple[Depot, ...], error: type[DomainError], code: str) -> None:
    """What can never be served is refused at once, with a code."""
    with pytest.raises(error) as refused:
        await taken(wish, *depots)
    assert refused.value.code == code
