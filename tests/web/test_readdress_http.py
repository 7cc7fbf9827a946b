"""An order that goes elsewhere is fetched at the depot that it would be fetched at if it was placed now."""

from typing import Any, Final

import httpx

from dispatch.domain import stock_commands as s
from dispatch.domain.geo import Point
from dispatch.domain.order import HoldState
from dispatch.domain.shelf import Sku
from tests.support.web import DEPOT, House

FAR: Final = Point(DEPOT.lat + 0.01, DEPOT.lon + 0.01)
"""Where the second depot is."""
CHARGER: Final = [{"name": "Charger", "sku": "charger"}]


async def readdress(h: House, order_id: str, to: Point = FAR, headers: Any = None, **more: Any) -> httpx.Response:
    body = {"lat": to.lat, "lon": to.lon, "address": "Street 9", "reason": "called", **more}
    return await h.http.post(f"/v1/orders/{order_id}:readdress", json=body, headers=headers or h.headers())


async def depot_after(h: House, placed: Any, to: Point = FAR) -> tuple[str, tuple[str, ...]]:
    """Where the order is fetched once it goes elsewhere, and where else it could be."""
    answer = await readdress(h, placed["id"], to)
    assert (answer.status_code, answer.json()["status"]) == (200, "dispatchable"), answer.text
    found = h.hub.replica.state.orders[placed["id"]]
    return found.depot_id, found.depot_options


async def stocked(h: House, **pieces: int) -> None:
    await h.depot("d2", FAR)
    await h.do(s.RegisterSkus((Sku("charger", "Charger"),)))
    for depot_id, quantity in pieces.items():
        await h.do(s.ReceiveStock(depot_id, (s.StockLine("charger", quantity),)))


async def test_the_nearest_depot_is_chosen_again(h: House) -> None:
    """There and back; one that its shop has named stays, and so does a choice that it has named."""
    await h.depot("d2", FAR)
    placed = await h.order(place=DEPOT)
    assert placed["depot_id"] == "d1"
    assert await depot_after(h, placed) == ("d2", ())
    assert await depot_after(h, placed, DEPOT) == ("d1", ())
    assert await depot_after(h, await h.order(place=DEPOT, depot_id="d1")) == ("d1", ())
    assert await depot_after(h, await h.order(place=DEPOT, depot_options=["d1", "d2"])) == ("d1", ("d2",))


async def test_an_order_that_was_held_for_its_address_starts_at_the_right_depot(h: House) -> None:
    """It had been given one by a guess."""
    await h.depot("d2", FAR)
    body = {"dropoff": {"address": "12 Nowhere Road"}}
    placed = (await h.http.post("/v1/orders", json=body, headers=h.headers())).json()
    assert (placed["status"], placed["depot_id"]) == ("held", "d1")
    assert await depot_after(h, placed) == ("d2", ())


async def test_only_depots_that_have_the_goods(h: House) -> None:
    """The nearer one has none, so the order stays where its own are: the last one is promised to it, and can be had."""
    await stocked(h, d1=1)
    placed = await h.order(place=DEPOT, lines=CHARGER)
    assert await depot_after(h, placed) == ("d1", ())


async def test_its_goods_are_promised_at_the_nearer_one(h: House) -> None:
    """And those that it had been promised are free again; the planner may still take them."""
    await stocked(h, d1=1, d2=4)
    placed = await h.order(place=DEPOT, lines=CHARGER)
    assert placed["depot_id"] == "d1"
    assert await depot_after(h, placed) == ("d2", ("d1",))
    shelves = h.hub.replica.state.shelves
    assert (shelves["d1/charger"].reserved, shelves["d2/charger"].reserved) == (0, 1)
    hold = h.hub.replica.state.orders[placed["id"]].stock
    assert hold and (hold.depot_id, hold.state) == ("d2", HoldState.RESERVED)


async def test_a_key_for_some_depots_sends_no_order_to_another(h: House) -> None:
    """As it places none there: nothing happens."""
    await h.depot("d2", FAR)
    token = h.token("integrator", "shop", depots=("d1",))
    headers = {"Authorization": f"Bearer {token}"}
    placed = (await h.http.post("/v1/orders", json={"dropoff": _door(DEPOT)}, headers=headers)).json()
    answer = await readdress(h, placed["id"], headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "depot_not_allowed")
    found = h.hub.replica.state.orders[placed["id"]]
    assert (found.depot_id, found.dropoff.address) == ("d1", "Street 1")


def _door(place: Point) -> dict[str, Any]:
    return {"lat": place.lat, "lon": place.lon, "address": "Street 1"}
