"""Picking and packing over HTTP: what leaves when, said to be packed in one go, and how it went."""

from typing import Any

import pytest

from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.web.bodies_waves import MAX_PREPARED
from tests.support.web import House, eventually
from tests.support.zones import MINUTE_MS
from tests.web.test_stock_http import call

LINES = [{"name": "Tea", "quantity": 2, "code": "400"}]


async def wave_of_two(h: House) -> list[str]:
    """Two orders that one courier is to fetch; their ids."""
    await h.courier()
    assert (await h.do(c.SetDuty("c1", Duty.AVAILABLE))).ok
    ids = [(await h.order(ref=f"R-{n}", lines=LINES))["id"] for n in (1, 2)]
    await h.plan("c1", *ids)
    await eventually(lambda: h.hub.replica.state.route("c1").stops)
    return ids


async def prepare(h: House, step: str, *ids: str, depot: str = "d1") -> list[Any]:
    told = await call(h, "POST", f"/v1/depots/{depot}/waves:prepare", {"step": step, "order_ids": list(ids)})
    return told["results"]


async def test_a_wave_is_listed_picked_and_packed(h: House) -> None:
    """With its courier, its due time and its pick list; each order is told its own result."""
    ids = await wave_of_two(h)
    told = await call(h, "GET", "/v1/depots/d1/waves")
    assert (told["depot_id"], told["packing_s"], told["now_ms"]) == ("d1", 300, h.clock.now_ms())
    (wave,) = told["waves"]
    assert (wave["courier"], wave["state"], wave["there"]) == ("Ada Byron", "open", False)
    assert wave["due_at_ms"] == wave["arrive_at_ms"] - 5 * MINUTE_MS
    (line,) = wave["lines"]
    assert line | {"order_ids": 2} == {"sku": "", "name": "Tea", "code": "400", "quantity": 4, "order_ids": 2}
    assert sorted(line["order_ids"]) == sorted(ids)
    assert {each["id"]: each["ref"] for each in wave["orders"]} == dict(zip(ids, ("R-1", "R-2"), strict=True))
    assert "Grace" not in str(told) and "Street 1" not in str(told)

    assert {each["status"] for each in await prepare(h, "picking", *ids)} == {200}
    results = await prepare(h, "packed", ids[0], "nobody")
    assert [(each["order_id"], each["status"]) for each in results] == [(ids[0], 200), ("nobody", 404)]
    assert results[1]["problem"]["code"] == "unknown_order"
    (wave,) = (await call(h, "GET", "/v1/depots/d1/waves"))["waves"]
    steps = {each["id"]: each["step"] for each in wave["orders"]}
    assert wave["state"] == "picking" and steps == dict(zip(ids, ("packed", "picking"), strict=True))
    await prepare(h, "packed", *ids)
    (wave,) = (await call(h, "GET", "/v1/depots/d1/waves"))["waves"]
    assert wave["state"] == "packed"


async def test_an_order_of_another_depot_is_refused_by_itself(h: House) -> None:
    """And a depot that there is not is unknown."""
    ids = await wave_of_two(h)
    await h.depot("d2")
    (result,) = await prepare(h, "packed", ids[0], depot="d2")
    assert (result["status"], result["problem"]["code"]) == (422, "other_depot")
    for path in ("waves", "picking"):
        answer = await h.http.get(f"/v1/depots/nowhere/{path}", headers=h.headers("depot"))
        assert answer.status_code == 404 and answer.json()["code"] == "unknown_depot"


async def test_how_picking_went_is_told_by_day(h: House) -> None:
    """Packed four minutes before the courier: in time; the other was never said to be packed."""
    ids = await wave_of_two(h)
    await prepare(h, "picking", ids[0])
    h.clock.pass_ms(MINUTE_MS)
    await prepare(h, "packed", ids[0])
    h.clock.pass_ms(4 * MINUTE_MS)
    await h.progress("c1", c.StopAction.ARRIVED)
    await eventually(lambda: h.hub.replica.state.route("c1").stops[0].state == "arrived")
    await h.progress("c1", c.StopAction.COMPLETED)
    told = await call(h, "GET", "/v1/depots/d1/picking?days=2", role="support")
    both = {"orders": 2, "packed": 1, "in_time": 1, "share": 0.5}
    took = {"picking_p50_s": 60.0, "picking_p90_s": 60.0, "waited_s": 0.0}
    assert (told["goal"], told["total"]) == (0.95, both | took)
    assert [each["picking"] for each in told["days"]] == [told["total"]]
    h.clock.pass_ms(48 * 60 * MINUTE_MS)
    told = await call(h, "GET", "/v1/depots/d1/picking?days=1")
    assert told["days"] == [] and told["total"]["share"] is None


async def test_a_depot_says_how_long_before_a_courier_it_wants_to_be_ready(h: House) -> None:
    """What is left out stays as it is."""
    body = {"name": "Depot d1", "lat": 60.165, "lon": 24.935, "address": "Market 1"}
    headers = h.headers()
    for more, packing_s in (({"packing_s": 600}, 600), ({}, 600), ({"packing_s": 0}, 0)):
        answer = await h.http.put("/v1/depots/d1", json=body | more, headers=headers)
        assert answer.json()["packing_s"] == packing_s
    listed = await call(h, "GET", "/v1/depots")
    assert [each["packing_s"] for each in listed["depots"]] == [0]
    assert (await h.http.put("/v1/depots/d1", json=body | {"packing_s": 7_201}, headers=headers)).status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"step": "paid", "order_ids": ["a"]},
        {"step": "packed", "order_ids": []},
        {"step": "packed", "order_ids": [f"o{n}" for n in range(MAX_PREPARED + 1)]},
    ],
    ids=["paid", "nothing", "too many"],
)
async def test_only_what_a_depot_does_is_reported_here(h: House, body: dict[str, Any]) -> None:
    """Not that it was paid, not of nothing, and not of more than a depot has."""
    answer = await h.http.post("/v1/depots/d1/waves:prepare", json=body, headers=h.headers("depot"))
    assert answer.status_code == 422
