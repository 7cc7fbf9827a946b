"""What to do about stock, over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from dispatch.domain.demand import HOUR_MS
from tests.support.web import House
from tests.web.test_stock_http import buy, call, stocked


async def test_what_is_low_is_listed_with_its_count(h: House) -> None:
    """Since when, and how many are free of how many; a shelf that has enough again is not."""
    await stocked(h)
    assert await call(h, "GET", "/v1/stock/alerts") == {"alerts": [], "counts": {"low": 0, "spike": 0, "slow": 0}}
    await buy(h, 3)
    now_ms = h.clock.now_ms()
    told = await call(h, "GET", "/v1/stock/alerts?kind=low&depot=d1", role="finance")
    (alert,) = told["alerts"]
    assert told["counts"] == {"low": 1, "spike": 0, "slow": 0}
    assert now_ms - 60_000 <= alert.pop("since_ms") <= now_ms
    shelf = {"depot_id": "d1", "sku": "charger", "name": "Charger"}
    assert alert == {"kind": "low", **shelf, "pieces": 2, "low_at": 3, "usual": None, "cover_days": None}
    assert (await call(h, "GET", "/v1/stock/alerts?depot=d2"))["alerts"] == []
    await call(h, "POST", "/v1/stock:receive", {"depot_id": "d1", "lines": [{"sku": "charger", "quantity": 9}]})
    assert (await call(h, "GET", "/v1/stock/alerts"))["counts"]["low"] == 0


async def test_goods_that_lie_are_slow_and_limits_do_not_hide_counts(h: House) -> None:
    """With one day instead of fourteen, a shelf that is older than that."""
    await stocked(h)
    h.clock.pass_ms(25 * 3_600_000)
    told = await call(h, "GET", "/v1/stock/alerts?kind=slow&days=1&limit=0")
    assert told["counts"]["slow"] == 0  # expired meanwhile: a day is all that the lot had
    await call(h, "POST", "/v1/stock:receive", {"depot_id": "d1", "lines": [{"sku": "charger", "quantity": 9}]})
    told = await call(h, "GET", "/v1/stock/alerts?kind=slow&days=1")
    assert [(each["pieces"], each["cover_days"]) for each in told["alerts"]] == [(9, None)]


@pytest.mark.parametrize("query", ["kind=odd", "days=1000", "limit=9999"])
async def test_bad_questions_are_refused(h: House, query: str) -> None:
    """With the parameter's name."""
    answer = await h.http.get(f"/v1/stock/alerts?{query}", headers=h.headers("depot"))
    assert answer.status_code == 422 and answer.json()["code"] == "bad_parameter"


async def test_news_of_stock_are_for_those_who_may_see_it(h: House) -> None:
    """An integrator's webhook may ask for them; a group leader's may not, nor when it is changed."""

    async def make(role: str, events: list[str]) -> Any:
        body = {"url": "https://erp.example/hook", "events": events}
        return await h.http.post("/v1/webhooks", json=body, headers=h.headers(role, "a1"))

    made = await make("integrator", ["stock.low"])
    assert made.status_code == 201 and made.json()["webhook"]["events"] == ["stock.low"]
    refused = await make("group_leader", ["order.held", "stock.low"])
    assert refused.status_code == 403 and refused.json()["code"] == "role_not_allowed"
    made = (await make("group_leader", [])).json()["webhook"]
    body = {"url": made["url"], "events": ["stock.low"]}
    changed = await h.http.put(f"/v1/webhooks/{made['id']}", json=body, headers=h.headers("group_leader", "a1"))
    assert changed.status_code == 403


async def busy(h: House, *, days: int = 4) -> None:
    """Two depots: four of the twenty chargers of the first are ordered each day, of the thirty of the other none."""
    await h.depot("d2")
    await call(h, "PUT", "/v1/skus/charger", {"name": "Charger"})
    for depot_id, pieces in (("d1", 20), ("d2", 30)):
        lines = [{"sku": "charger", "quantity": pieces}]
        await call(h, "POST", "/v1/stock:receive", {"depot_id": depot_id, "lines": lines})
    for _ in range(days):
        assert (await buy(h, 4, depot_id="d1")).status_code == 201
        h.clock.pass_ms(24 * HOUR_MS)


async def test_what_to_order_and_to_move_is_advised(h: House) -> None:
    """The other depot has enough for what is missing; of what it lacks itself nothing is said, for nobody wants it."""
    await busy(h)
    told = await call(h, "GET", "/v1/stock/advice?service=50&days=3", role="finance")
    (move,) = told["transfers"]
    assert (told["days"], told["lead_h"], told["service_percent"], told["demand_percent"]) == (3, 24, 50, 100)
    # Four a day for three days and one of waiting, less the four that are free.
    assert move == {"sku": "charger", "name": "Charger", "from_depot_id": "d2", "to_depot_id": "d1", "quantity": 12}
    assert told["orders"] == [] and told["unknown"] == 0
    told = await call(h, "GET", "/v1/stock/advice?service=50&days=28&demand=200&depot=d1&sku=charger")
    (order,) = told["orders"]
    assert [each["quantity"] for each in told["transfers"]] == [30]
    assert order["quantity"] == order["wants"] - order["has"] - 30 > 0 and order["daily"] == 8
    assert (await call(h, "GET", "/v1/stock/advice?sku=cable"))["transfers"] == []


async def test_the_advice_is_a_table_too(h: House) -> None:
    """With a name that no spreadsheet takes for a formula."""
    await busy(h)
    await call(h, "PUT", "/v1/skus/charger", {"name": "=2+3"})
    url = "/v1/stock/advice/table?service=50&days=28&demand=200"
    answer = await h.http.get(url, headers=h.headers("depot"))
    assert answer.headers["content-type"].startswith("text/csv")
    assert "advice.csv" in answer.headers["content-disposition"]
    head, *rows = answer.content.decode("utf-8-sig").splitlines()
    assert head == "what,depot,sku,name,quantity,from,has,wants,daily,empty_at,coming"
    assert rows[0] == "transfer,d1,charger,'=2+3,30,d2,,,,,"
    assert rows[1].startswith("order,d1,charger,'=2+3,") and rows[1].split(",")[8] == "8.0"


async def test_what_is_on_its_way_is_not_ordered_again(h: House) -> None:
    """It counts until its day is over; where it comes after the next delivery, it is no help."""
    await busy(h)
    today = datetime.fromtimestamp(h.clock.now_ms() / 1000, h.services.zone_time).date()

    async def advised(*, pieces: int, in_days: int) -> tuple[int, int, int]:
        line = {"sku": "charger", "quantity": pieces, "day": (today + timedelta(days=in_days)).isoformat()}
        await call(h, "POST", "/v1/stock:announce", {"depot_id": "d1", "lines": [line]})
        told = await call(h, "GET", "/v1/stock/advice?service=50&days=3&demand=400&depot=d1")
        (order,) = told["orders"]
        return order["quantity"], order["has"], order["coming"]

    quantity, has, coming = await advised(pieces=0, in_days=1)
    assert has == 4 and coming == 0
    assert await advised(pieces=7, in_days=9) == (quantity, has, 0)
    assert await advised(pieces=10, in_days=1) == (quantity - 10, has + 10, 10)
    h.clock.pass_ms(48 * HOUR_MS)
    told = await call(h, "GET", "/v1/stock/advice?service=50&days=3&demand=400&depot=d1")
    assert [order["coming"] for order in told["orders"]] == [0]


@pytest.mark.parametrize("query", ["service=49", "service=100", "demand=9", "days=29", "lead_h=1000", "limit=501"])
async def test_policies_have_bounds(h: House, query: str) -> None:
    """Each named in its refusal."""
    answer = await h.http.get(f"/v1/stock/advice?{query}", headers=h.headers("depot"))
    assert answer.status_code == 422 and query.split("=", maxsplit=1)[0] in answer.json()["detail"]


async def test_a_delivery_is_split_and_received(h: House) -> None:
    """By what sells where, at least what orders wait for; the proposal changes nothing, and what is given takes effect
    once.
    """
    await busy(h)
    held = await buy(h, 35, depot_id="d2")
    assert held.json()["status"] == "held"
    delivery = {"sku": "charger", "quantity": 40}
    told = await call(h, "POST", "/v1/stock:allocate", delivery)
    parts = {each["depot_id"]: (each["quantity"], each["least"], each["sold"]) for each in told["parts"]}
    assert (told["basis"], told["applied"], told["shelves"]) == ("sku", False, [])
    assert parts == {"d1": (35, 0, 16), "d2": (5, 5, 0)}
    assert (await call(h, "GET", "/v1/stock?depot=d2"))["shelves"][0]["on_hand"] == 30
    wish = delivery | {"lot": "T7", "apply": [{"depot_id": "d1", "quantity": 30}, {"depot_id": "d2", "quantity": 10}]}
    for _ in range(2):
        done = await call(h, "POST", "/v1/stock:allocate", wish, key="truck-7")
        assert done["applied"] and done["basis"] == "given"
    assert (await call(h, "GET", "/v1/stock?depot=d2"))["shelves"][0]["on_hand"] == 40
    read = await h.http.get(f"/v1/orders/{held.json()['id']}", headers=h.headers("integrator", "shop"))
    assert read.json()["status"] == "dispatchable"


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"sku": "phone"}, 404, "unknown_sku"),
        ({"depots": ["d1", "d9"]}, 404, "unknown_depot"),
        ({"apply": [{"depot_id": "d1", "quantity": 3}]}, 422, "bad_parts"),
        ({"apply": [{"depot_id": "d9", "quantity": 4}]}, 404, "unknown_depot"),
        ({"quantity": 0}, 422, "bad_field"),
    ],
)
async def test_splits_that_are_wrong_are_refused(h: House, more: dict[str, Any], status: int, code: str) -> None:
    """By their codes, and nothing is received."""
    await stocked(h)
    answer = await h.http.post(
        "/v1/stock:allocate", json={"sku": "charger", "quantity": 4} | more, headers=h.headers("depot")
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await call(h, "GET", "/v1/stock?depot=d1"))["shelves"][0]["on_hand"] == 5
