"""What a delivery costs, over HTTP: the zone's rule, and the quote of an order, of which nothing is kept."""

from typing import Any

import httpx
import pytest

from dispatch.domain.fee_rule import FIRST_FEES
from tests.support.web import DEPOT, HOME, ISLAND, House, order_body
from tests.support.zones import MINUTE_MS, NOON_MS

RULE = {
    "base_minor": 600, "per_km_minor": 200, "free_weight_g": 1_000, "per_kg_minor": 100,
    "tier_pct": [100, 150, 200, 300], "currency": "EUR",
}  # fmt: skip


async def quoted(h: House, body: Any, role: str = "integrator") -> httpx.Response:
    return await h.http.post("/v1/orders:quote", json=body, headers=h.headers(role, "shop"))


async def put(h: House, role: str = "admin", **more: Any) -> httpx.Response:
    return await h.http.put("/v1/fees", json={**RULE, **more}, headers=h.headers(role))


async def stocked(h: House, pieces: int) -> None:
    await h.http.put("/v1/skus/milk", json={"name": "Milk", "unit": {"weight_g": 1_030}}, headers=h.headers())
    line = {"sku": "milk", "quantity": pieces}
    answer = await h.http.post("/v1/stock:receive", json={"depot_id": "d1", "lines": [line]}, headers=h.headers())
    assert answer.status_code == 200


async def test_the_rule_is_read_and_set(h: House) -> None:
    """Shops read it, admins change it; the same again is no change, and an older picture is told the newest version."""
    first = (await h.http.get("/v1/fees", headers=h.headers("integrator"))).json()
    assert (first["version"], first["base_minor"], first["currency"]) == (0, FIRST_FEES.base_minor, "CNY")
    for _ in range(2):
        changed = await put(h, expected_version=0, reason="rain")
        assert changed.status_code == 200 and changed.json() == {**RULE, "version": 1, "zone": "default"}
    stale = await put(h, expected_version=0, base_minor=700)
    assert (stale.status_code, stale.json()["code"], stale.json()["current_version"]) == (409, "stale_fees", 1)
    assert (await put(h, role="dispatcher")).status_code == 403
    h.bus.deaf = True
    assert (await put(h, base_minor=800)).status_code == 202


@pytest.mark.parametrize("wrong", [{"base_minor": -1}, {"tier_pct": [100]}, {"currency": "yuan"}])
async def test_a_rule_has_bounds(h: House, wrong: dict[str, Any]) -> None:
    """422 with the field."""
    answer = await put(h, **wrong)
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"].startswith(f"/{next(iter(wrong))}")


async def test_a_quote_says_what_an_order_would_cost_and_when_it_would_come(h: House) -> None:
    """The parts of the fee, the promise of an order that is placed now, the arrival; and nothing is kept."""
    await put(h)
    await stocked(h, 5)
    body = order_body(lines=[{"name": "Milk", "quantity": 3, "sku": "milk"}], tier=1)
    answer = await quoted(h, body)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    way_minor = round(200 * told["distance_m"] / 1000)
    parts = {"base_minor": 600, "distance_minor": way_minor, "weight_minor": 300}
    assert parts.items() <= told["fee"].items() and told["fee"]["currency"] == "EUR"
    assert told["fee"]["total_minor"] == (sum(parts.values()) * 150 + 50) // 100
    assert (told["status"], told["depot_id"], told["in_stock"]) == ("dispatchable", "d1", True)
    assert NOON_MS < told["eta_at_ms"] < told["eta_late_at_ms"]
    assert not h.hub.replica.state.orders and h.hub.replica.state.shelves["d1/milk"].reserved == 0
    placed = await h.http.post("/v1/orders", json=body, headers=h.headers("integrator", "shop"))
    assert placed.json()["promise_at_ms"] == told["promise_at_ms"] == NOON_MS + 45 * MINUTE_MS


async def test_a_quote_says_what_is_missing(h: House) -> None:
    """It would be held, or refused where that is asked for."""
    await stocked(h, 1)
    lines = [{"name": "Milk", "quantity": 3, "sku": "milk"}]
    told = (await quoted(h, order_body(lines=lines))).json()
    assert (told["status"], told["reason"], told["in_stock"]) == ("held", "stock", False)
    assert told["missing"] == [{"sku": "milk", "missing": 2}] and told["fee"]["total_minor"] > 0
    unpaid = (await quoted(h, order_body(lines=lines, payment={"state": "unpaid"}))).json()
    assert (unpaid["reason"], unpaid["in_stock"]) == ("payment", False)
    refused = await quoted(h, order_body(lines=lines, if_short="refuse"))
    assert (refused.status_code, refused.json()["code"]) == (409, "out_of_stock")


async def test_where_no_way_leads_there_is_no_fee(h: House) -> None:
    """And no arrival; an address that nobody knows is told with what it may be."""
    told = (await quoted(h, order_body(ISLAND))).json()
    assert (told["status"], told["reason"]) == ("held", "address") and not {"fee", "eta_at_ms"} & told.keys()
    unknown = (await quoted(h, {"dropoff": {"address": "behind the old mill"}})).json()
    assert unknown["reason"] == "address" and unknown["address_check"]["verdict"] == "not_found"


async def test_a_later_window_is_an_arrival_in_it(h: House) -> None:
    """Nobody comes before it begins."""
    begins_ms = NOON_MS + 180 * MINUTE_MS
    told = (await quoted(h, order_body(earliest_at_ms=begins_ms))).json()
    assert told["eta_at_ms"] == begins_ms and told["promise_at_ms"] == begins_ms + 45 * MINUTE_MS


async def test_a_quote_is_refused_as_an_order_would_be(h: House) -> None:
    """By its field."""
    told = (await quoted(h, order_body(lines=[{"name": "Moon", "sku": "moon"}]))).json()
    assert told["errors"][0]["pointer"] == "/lines/0/sku"
    late = (await quoted(h, order_body(promise_at_ms=NOON_MS - 1))).json()
    assert late["errors"][0]["pointer"] == "/promise_at_ms"


async def test_the_nearest_depot_is_quoted(h: House) -> None:
    """As the order would get it."""
    await h.depot("d2", HOME)
    assert (await quoted(h, order_body(HOME))).json()["depot_id"] == "d2"
    assert (await quoted(h, order_body(DEPOT))).json()["depot_id"] == "d1"
