"""An account looks for its orders, the newest first, and sees the drops of one delivery together."""

from typing import Any

import pytest

from dispatch.web import routes_order_search
from tests.support.web import House, eventually, order_body
from tests.support.zones import MINUTE_MS, NOON_MS

SHOP = ("integrator", "shop")


async def placed(h: House, n: int, who: tuple[str, str] = SHOP, **more: Any) -> str:
    """The id of an order a minute after the one before it."""
    h.clock.pass_ms(MINUTE_MS)
    body = order_body(ref=f"R-{n}", **more)
    answer = await h.http.post("/v1/orders", json=body, headers=h.headers(*who))
    assert answer.status_code == 201, answer.text
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return str(answer.json()["id"])


async def found(h: House, query: str = "", who: tuple[str, str] = SHOP) -> dict[str, Any]:
    answer = await h.http.get(f"/v1/orders:search?{query}", headers=h.headers(*who))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def refs(h: House, query: str = "", who: tuple[str, str] = SHOP) -> list[str]:
    return [each["ref"] for each in (await found(h, query, who))["orders"]]


async def test_the_newest_first_a_page_at_a_time(h: House) -> None:
    """Also where many were placed in the same moment; somebody else's are in no page."""
    for n in range(5):
        await placed(h, n)
    await placed(h, 9, ("integrator", "other"))
    many = [{"dropoff": order_body()["dropoff"], "ref": f"S-{n}"} for n in range(4)]
    h.clock.pass_ms(MINUTE_MS)
    await h.http.post("/v1/orders:batch", json={"orders": many}, headers=h.headers(*SHOP))
    seen, goes_on = list[str](), ""
    for _ in range(4):
        page = await found(h, f"limit=3&before={goes_on}")
        seen += [each["ref"] for each in page["orders"]]
        goes_on = page["next"]
    assert sorted(seen[:4]) == ["S-0", "S-1", "S-2", "S-3"] and seen[4:] == ["R-4", "R-3", "R-2", "R-1", "R-0"]
    assert goes_on == "" and page["now_ms"] == h.clock.now_ms() > NOON_MS


async def test_what_people_remember_of_an_order(h: House) -> None:
    """Numbers and words in any width and case, all of them; a phone number by its end, from four digits on."""
    door = order_body()["dropoff"] | {"address": "7 Maple Street", "name": "李雷", "phone": "138 0013 8000"}
    mine = await placed(h, 1, dropoff=door, drop_of="W-12")
    await placed(h, 2)
    for text, expected in {
        "r-1": ["R-1"],
        "w-12": ["R-1"],
        "maple 7": ["R-1"],
        "ｍａｐｌｅ": ["R-1"],
        "李雷": ["R-1"],
        "8000": ["R-1"],
        "000": [],
        mine[-6:].upper(): ["R-1"],
        "3800": [],
        "maple grace": [],
        "": ["R-2", "R-1"],
    }.items():
        assert await refs(h, f"q={text}") == expected, text


async def test_where_orders_stand(h: House) -> None:
    """By the status that people are shown; one that there is not is told."""
    first = await placed(h, 1)
    await placed(h, 2)
    await h.http.post(f"/v1/orders/{first}/cancel", json={"reason": "x"}, headers=h.headers(*SHOP))
    assert await refs(h, "status=canceled,returned") == ["R-1"]
    assert await refs(h, "status=dispatchable") == ["R-2"]
    for query in ("status=lost", "before=x", "q=" + "x" * 101):
        answer = await h.http.get(f"/v1/orders:search?{query}", headers=h.headers(*SHOP))
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_parameter"), query


async def test_staff_say_whose_orders_they_look_for(h: House) -> None:
    """Without an account there is nothing to look in; an account's own name for another one changes nothing."""
    await placed(h, 1)
    assert await refs(h, "account=shop", ("support", "sue")) == ["R-1"]
    missing = await h.http.get("/v1/orders:search", headers=h.headers("support", "sue"))
    assert (missing.status_code, missing.json()["code"]) == (422, "account_missing")
    assert await refs(h, "account=shop", ("integrator", "other")) == []


async def test_who_looks_for_something_rare_goes_on(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call looks at so many orders only; an empty page may have a next one."""
    monkeypatch.setattr(routes_order_search, "AT_ONCE", 2)
    monkeypatch.setattr(routes_order_search, "MOST_LOOKED_AT", 4)
    for n in range(6):
        await placed(h, n)
    page = await found(h, "q=R-0")
    assert page["orders"] == [] and page["next"]
    rest = await found(h, f"q=R-0&before={page['next']}")
    assert [each["ref"] for each in rest["orders"]] == ["R-0"]


async def test_the_drops_of_one_delivery(h: House) -> None:
    """By their windows, those of the same account only, and what is in the one that was asked for; an order that is no
    drop stands alone.
    """
    late, soon = NOON_MS + 300 * MINUTE_MS, NOON_MS + 100 * MINUTE_MS
    goods = [{"name": "Oil", "quantity": 3}]
    last = await placed(h, 1, drop_of="W-1", promise_at_ms=late, lines=goods)
    first = await placed(h, 2, drop_of="W-1", promise_at_ms=soon)
    await placed(h, 3, drop_of="W-2")
    await placed(h, 4, ("integrator", "other"), drop_of="W-1")
    alone = await placed(h, 5)
    shown = (await h.http.get(f"/v1/orders/{last}/drops", headers=h.headers(*SHOP))).json()
    assert shown["drop_of"] == "W-1" and [each["id"] for each in shown["orders"]] == [first, last]
    assert {each["drop_of"] for each in shown["orders"]} == {"W-1"} and shown["lines"] == goods
    by_itself = (await h.http.get(f"/v1/orders/{alone}/drops", headers=h.headers(*SHOP))).json()
    assert (by_itself["drop_of"], [each["id"] for each in by_itself["orders"]]) == ("", [alone])
    theirs = await h.http.get(f"/v1/orders/{last}/drops", headers=h.headers("integrator", "other"))
    assert theirs.status_code == 404
