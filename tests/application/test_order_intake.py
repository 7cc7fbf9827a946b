"""Taking orders in: which depot, which times, and what is refused or held."""

from dataclasses import replace

import pytest

from dispatch.application.goods import Goods
from dispatch.application.orders import IntakePolicy, OrderLabel, OrderWish, Supply, take_in
from dispatch.domain.commands import CreateOrder
from dispatch.domain.depot import Depot
from dispatch.domain.errors import Conflict, DomainError, InvalidInput
from dispatch.domain.geo import Point
from dispatch.domain.order import Direction, Dropoff, Line, Order, ProofKind
from dispatch.domain.shelf import Lot, Shelf, Sku
from dispatch.domain.vehicle import Load, Profile
from tests.support.web import CITY_BOX, HOME, ISLAND, Beeline
from tests.support.zones import NOON_MS

POLICY = IntakePolicy(CITY_BOX)
NEAR, FAR = Depot("near", "Near", Point(60.169, 24.939)), Depot("far", "Far", Point(60.20, 24.99))
ON_ISLAND = Depot("island", "Island", ISLAND)
WISH = OrderWish(Dropoff(HOME, "Street 1"), Load(items=1))
LABEL = OrderLabel("o-1", "hash", "shop", NOON_MS)


async def taken(wish: OrderWish, *depots: Depot) -> CreateOrder:
    return await take_in(wish, LABEL, Supply({depot.id: depot for depot in depots}, Beeline()), POLICY)


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


async def test_a_courier_is_looked_for_when_a_later_window_comes_near() -> None:
    """Half an hour before it has to leave; at once where that is over, and whenever the shop says."""
    begins_ms = NOON_MS + 6 * 3_600_000
    order = (await taken(replace(WISH, earliest_at_ms=begins_ms), FAR, NEAR)).order
    ride_ms = round(Beeline().matrix_s(Profile.BIKE, [NEAR.place], [HOME])[0, 0] * 1000)
    assert order.commit_due_at_ms == pytest.approx(begins_ms - ride_ms - 60_000 - 30 * 60_000, abs=2)
    assert (order.earliest_at_ms, order.promise_at_ms) == (begins_ms, begins_ms + 45 * 60_000)
    soon = (await taken(replace(WISH, earliest_at_ms=NOON_MS + 20 * 60_000), NEAR)).order
    assert soon.commit_due_at_ms == 0
    said = (await taken(replace(WISH, earliest_at_ms=begins_ms, commit_due_at_ms=NOON_MS + 1), NEAR)).order
    assert said.commit_due_at_ms == NOON_MS + 1


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


MILK, WINE = Sku("milk", "Milk", unit=Load(1_000, 1_100, 1)), Sku("wine", "Wine", "", "", Load(1_400, 900), True, True)
GOODS = Goods(
    {"milk": MILK, "wine": WINE},
    {
        shelf.id: shelf
        for shelf in (
            *(Shelf("near", "milk", (Lot("", 1),)), Shelf("far", "milk", (Lot("", 5),))),
            *(Shelf("farther", "milk", (Lot("", 9),)), Shelf("far", "wine", (Lot("", 2),))),
        )
    },
)
FARTHER = Depot("farther", "Farther", Point(60.22, 25.02))


async def ordered(wish: OrderWish) -> Order:
    depots = {depot.id: depot for depot in (NEAR, FAR, FARTHER)}
    return (await take_in(wish, LABEL, Supply(depots, Beeline(), GOODS), POLICY)).order


async def test_the_depot_is_the_nearest_that_has_all_of_it() -> None:
    """With the next ones that do; a depot that the shop names is taken at its word, and the zone decides."""
    few = await ordered(replace(WISH, lines=(Line("Milk", 1, sku="milk"),)))
    assert (few.depot_id, few.depot_options) == ("near", ("far", "farther"))
    many = await ordered(replace(WISH, lines=(Line("Milk", 2, sku="milk"), Line("Milk", 1, sku="milk"))))
    assert (many.depot_id, many.depot_options) == ("far", ("farther",))
    both = await ordered(replace(WISH, lines=(Line("Milk", 1, sku="milk"), Line("Wine", 1, sku="wine"))))
    assert (both.depot_id, both.depot_options) == ("far", ())
    named = await ordered(replace(WISH, depot_id="near", lines=(Line("Milk", 2, sku="milk"),)))
    assert (named.depot_id, named.depot_options) == ("near", ())
    nowhere = await ordered(replace(WISH, lines=(Line("Milk", 99, sku="milk"),)))
    assert (nowhere.depot_id, nowhere.depot_options) == ("near", ())


async def test_goods_say_how_they_are_handled() -> None:
    """Weight, volume, pieces, care and age; what the shop weighs itself counts, and what nobody counts says nothing."""
    lines = (Line("Milk", 3, sku="milk"), Line("Wine", 2, sku="wine"), Line("A card"))
    order = await ordered(replace(WISH, lines=lines))
    assert (order.load, order.fragile, order.requires) == (Load(5_800, 5_100, 5), True, (ProofKind.AGE,))
    weighed = await ordered(replace(WISH, lines=lines, load=Load(9_000, 0, 2), requires=(ProofKind.AGE,)))
    assert (weighed.load, weighed.requires) == (Load(9_000, 0, 2), (ProofKind.AGE,))
    plain = await ordered(replace(WISH, lines=(Line("A card"),)))
    assert (plain.load, plain.fragile, plain.requires) == (WISH.load, False, ())
