"""Who brings an order, over HTTP: its customer fetches it, a carrier takes it, or it is brought after all."""

from typing import Any

import pytest

from dispatch.domain import commands as c
from dispatch.domain.fulfilment import KEEPS_MS
from tests.support.web import House, eventually, order_body
from tests.support.zones import NOON_MS

HOUR_MS = 3_600_000
DHL = {"carrier": "DHL", "tracking_number": "00340", "tracking_url": "https://dhl.example/00340"}
FAR = {"address": "Far Street 1, Elsewhere", "lat": 52.5, "lon": 13.4, "name": "Eve"}


async def asked(h: House, **more: Any) -> Any:
    return await h.http.post("/v1/orders", json=order_body(**more), headers=h.headers("integrator", "shop"))


async def placed(h: House, **more: Any) -> dict[str, Any]:
    answer = await asked(h, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def done(h: House, order: dict[str, Any], step: str, role: str = "depot", **body: Any) -> Any:
    path = f"/v1/orders/{order['id']}{step}"
    return await h.http.post(path, json=body, headers=h.headers(role, "shop" if role == "integrator" else "ann"))


async def page(h: House, order: dict[str, Any]) -> dict[str, Any]:
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return dict((await h.http.get(f"/v1/track/{order['track_token']}")).json())


async def shown(h: House, order: dict[str, Any]) -> dict[str, Any]:
    return dict((await h.http.get(f"/v1/orders/{order['id']}", headers=h.headers())).json())


async def test_an_order_is_fetched_at_its_depot_with_the_code_of_its_page(h: House) -> None:
    """The customer reads where, until when and with which code; the depot hands it out for it."""
    order = await placed(h, mode="self_pickup", depot_id="d1", dropoff={"name": "Ada", "phone": "138 0013 8000"})
    assert (order["status"], order["depot_id"]) == ("at_depot", "d1") and "address_check" not in order
    mine = await page(h, order)
    assert mine["order"]["mode"] == "self_pickup" and mine["order"]["address"] == "Depot d1, Market 1"
    assert mine["order"]["collect_by_ms"] == order["promise_at_ms"] + KEEPS_MS and len(mine["pin"]) == 4
    assert (await done(h, order, ":hand-out", code="0000" if mine["pin"] != "0000" else "1111")).status_code == 409
    answer = await done(h, order, ":hand-out", code=mine["pin"])
    assert answer.status_code == 200 and answer.json()["status"] == "delivered", answer.text
    assert (await done(h, order, ":hand-out", code=mine["pin"])).status_code == 200, "a second time changes nothing"
    over = await shown(h, order)
    assert (over["status"], over["proofs"][0]["kind"]) == ("collected", "pin")
    assert over["timeline"][-1] == {"status": "collected", "at_ms": NOON_MS}
    assert (await page(h, order)).get("pin", "") == ""


async def test_it_is_fetched_at_the_nearest_depot_that_has_it_where_none_is_named(h: House) -> None:
    """By where the customer is; without either there is nothing to go by."""
    near = order_body()["dropoff"]
    order = await placed(h, mode="self_pickup", dropoff=near)
    assert order["depot_id"] == "d1"
    answer = await asked(h, mode="self_pickup", dropoff={"name": "Ada"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/depot_id")
    far = await placed(h, mode="self_pickup", dropoff=FAR)
    refused = await done(h, far, ":change-mode", "dispatcher", mode="delivery", reason="called")
    assert refused.json()["code"] == "no_door", "nobody rides there"


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"dropoff": {"name": "Ada"}}, "bad_field", "/dropoff/address"),
        ({"dropoff": {"name": "Ada"}, "mode": "carrier"}, "bad_field", "/dropoff/address"),
        ({"mode": "leader_pickup"}, "point_needed", "/point_id"),
        ({"mode": "carrier", "direction": "return"}, "mode_of_returns", "/mode"),
        ({"mode": "self_pickup", "leave_at_door": True}, "not_brought", "/leave_at_door"),
        ({"mode": "carrier", "payment": {"state": "cash", "due_minor": 5}}, "bad_payment", "/payment/due_minor"),
        ({"mode": "drone"}, "bad_field", "/mode"),
    ],
)
async def test_what_does_not_go_together_is_told_by_its_field(
    h: House, body: dict[str, Any], code: str, pointer: str
) -> None:
    """So that a form can show it there."""
    answer = await asked(h, **body)
    wrong = answer.json()
    assert (answer.status_code, wrong["code"], wrong["errors"][0]["pointer"]) == (422, code, pointer), wrong


async def test_a_carrier_takes_it_anywhere(h: House) -> None:
    """Outside the city, without a place: nobody of ours rides there, so nothing is held."""
    order = await placed(h, mode="carrier", dropoff=FAR)
    assert order["status"] == "at_depot"
    without_place = {"address": "9 Nowhere Road", "name": "Eve"}
    other = await placed(h, mode="carrier", dropoff=without_place)
    assert other["status"] == "at_depot" and (await shown(h, other))["address"] == "9 Nowhere Road"
    taken = await done(h, order, ":hand-to-carrier", **DHL)
    assert (taken.status_code, taken.json()["status"]) == (200, "with_carrier")
    wrong = await done(h, order, ":hand-to-carrier", **DHL | {"tracking_url": "javascript:alert(1)"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/tracking_url")
    moved = await done(h, order, "/carrier-report", "integrator", state="in_transit", note="at the hub")
    assert moved.status_code == 200
    for view, note in (((await page(h, order))["order"], ""), (await shown(h, order), "at the hub")):
        shipment = view["shipment"]
        assert (shipment["carrier"], shipment["tracking_number"], shipment["state"]) == ("DHL", "00340", "in_transit")
        assert shipment.get("note", "") == note, "what it said is for staff"
    end = await done(h, order, "/carrier-report", "integrator", state="delivered")
    assert end.json()["status"] == "delivered"
    assert (await done(h, order, "/carrier-report", "integrator", state="returned")).json()[
        "code"
    ] == "not_with_carrier"


async def test_staff_change_who_brings_it_while_a_courier_is_on_the_way(h: House) -> None:
    """The courier's route is another one, and the order has a code now; brought after all, it gets a new promise."""
    order = await placed(h)
    await h.plan("c1", order["id"])
    answer = await done(h, order, ":change-mode", "dispatcher", mode="self_pickup", reason="called")
    assert answer.json()["status"] == "at_depot", answer.text
    assert h.hub.replica.state.route("c1").stops == () and (await page(h, order))["pin"]
    h.clock.pass_ms(2 * HOUR_MS)
    answer = await done(h, order, ":change-mode", "dispatcher", mode="delivery", reason="called again")
    now = await shown(h, order)
    assert (now["status"], now.get("mode", "delivery")) == ("dispatchable", "delivery")
    assert now["promise_at_ms"] > h.clock.now_ms() and "pin" not in await page(h, order)


async def test_a_customer_fetches_it_themselves_and_thinks_better_of_it(h: House) -> None:
    """By the link of their page, which shows what they may."""
    order = await placed(h)
    before = (await page(h, order))["order"]
    assert "pickup" in before["may"]
    path = f"/v1/track/{order['track_token']}/mode"
    answer = await h.http.post(path, json={"mode": "self_pickup"}, headers={"Idempotency-Key": "k1"})
    assert (answer.status_code, answer.json()["status"]) == (201, "at_depot"), answer.text
    after = (await page(h, order))["order"]
    assert "bring" in after["may"] and "pickup" not in after["may"] and after["mode"] == "self_pickup"
    again = await h.http.post(path, json={"mode": "self_pickup"}, headers={"Idempotency-Key": "k1"})
    assert again.json() == answer.json(), "the same request once more has the same answer"
    stale = await h.http.post(path, json={"mode": "delivery", "seen_version": 0})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_order")
    assert stale.json()["current_version"] == after["wish_version"]
    back = await h.http.post(path, json={"mode": "delivery"})
    assert back.json()["status"] == "dispatchable"


async def test_only_those_who_may_hand_it_out(h: House) -> None:
    """A shop's program hands out its own with their codes, support nothing, and nobody somebody else's."""
    order = await placed(h, mode="self_pickup", depot_id="d1")
    assert (await done(h, order, ":hand-out", "support")).status_code == 403
    assert (await done(h, order, ":hand-out", "integrator")).json()["code"] == "code_needed"
    other = await h.http.post(
        f"/v1/orders/{order['id']}:hand-to-carrier", json=DHL, headers=h.headers("integrator", "other")
    )
    assert other.json()["code"] == "unknown_order"
    pin = (await page(h, order))["pin"]
    assert (await done(h, order, ":hand-out", "integrator", code=pin)).json()["status"] == "delivered"


async def test_a_zone_that_does_not_answer(h: House) -> None:
    """202: it is done in a moment."""
    order = await placed(h, mode="carrier")
    h.bus.deaf = True
    assert (await done(h, order, ":hand-to-carrier", **DHL)).status_code == 202


async def test_what_it_costs(h: House) -> None:
    """Who fetches it pays no delivery; what a carrier asks is not ours to say."""
    for mode, fee in (("self_pickup", 0), ("carrier", None)):
        answer = await h.http.post(
            "/v1/orders:quote", json=order_body(mode=mode, depot_id="d1"), headers=h.headers("integrator", "shop")
        )
        quoted = answer.json()
        assert (quoted["status"], (quoted.get("fee") or {}).get("total_minor")) == ("at_depot", fee), quoted
        assert "eta_at_ms" not in quoted


async def test_nobody_is_looked_for_and_the_depot_has_it_on_its_list(h: House) -> None:
    """The list says that its customer fetches it."""
    order = await placed(h, mode="self_pickup", depot_id="d1")
    answer = await h.http.get("/v1/depots/d1/waves", headers=h.headers("depot", "ann"))
    (wave,) = answer.json()["waves"]
    assert [(each["id"], each["mode"]) for each in wave["orders"]] == [(order["id"], "self_pickup")]
    await h.do(c.PassTime())
    assert (await shown(h, order))["status"] == "at_depot"
