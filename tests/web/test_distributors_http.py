"""Distributors over HTTP: apply, be approved, order, and see how it went."""

import uuid
from typing import Any

from dispatch.domain import commands as c
from tests.support.pictures import picture
from tests.support.web import House, eventually, order_body
from tests.support.zones import NOON_MS

DAY_MS = 24 * 3_600_000
PICTURE = picture()
LIQUOR = {"kind": "liquor", "number": "L-77", "expires_at_ms": NOON_MS + DAY_MS}
WHO = {"name": "Li & Sons", "contact": "Li Wei", "phone": "138 0013 8000", "licences": [LIQUOR]}


async def li_applies(h: House, **more: Any) -> Any:
    return await h.http.put("/v1/distributors/li", json=WHO | more, headers=h.headers("distributor", "li"))


async def judged(h: House, standing: str = "approved", **more: Any) -> Any:
    body = {"standing": standing, **more}
    return await h.http.post("/v1/distributors/li:judge", json=body, headers=h.headers("dispatcher", "ann"))


async def orders(h: House, key: str, **more: Any) -> Any:
    headers = h.headers("distributor", "li") | {"Idempotency-Key": key}
    return await h.http.post("/v1/orders", json=order_body(**more), headers=headers)


async def test_from_the_application_to_the_commission(h: House) -> None:
    """Nothing before the approval; then the drops of a week, and a report that both sides read."""
    await h.depot()
    await h.courier()
    assert (await orders(h, "k0")).json()["code"] == "not_approved", "who has not applied is no distributor"
    applied = await li_applies(h)
    shown = applied.json()
    assert (applied.status_code, shown["standing"], shown["phone"]) == (200, "applied", "+8613800138000")
    assert (await orders(h, "k1")).json()["code"] == "not_approved"
    assert (await judged(h, tier=2, commission_minor=250)).json()["tier"] == 2
    first = (await orders(h, "k2")).json()
    second = (await orders(h, "k3")).json()
    await h.plan("c1", first["id"])
    for _ in range(2):
        for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
            await h.progress("c1", action)
    await h.do(c.CancelOrder(second["id"], "not wanted"))
    await eventually(lambda: h.hub.replica.head == h.store_head)
    path = "/v1/distributors/li/performance"
    report = (await h.http.get(path, headers=h.headers("distributor", "li"))).json()
    (month,) = report["months"]
    assert (month["orders"], month["delivered"], month["on_time"], month["canceled"]) == (2, 1, 1, 1)
    assert month["commission_minor"] == 250 and report["complete"]
    assert report["distributor"]["licences"][0]["good"]
    table = await h.http.get(path, headers=h.headers("finance", "fay") | {"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.splitlines()[0].startswith("\ufeffmonth,orders,delivered")
    mine = (await h.http.get("/v1/orders?limit=10", headers=h.headers("distributor", "li"))).json()["orders"]
    assert {each["id"] for each in mine} == {first["id"], second["id"]} and {each["tier"] for each in mine} == {2}


async def test_a_licence_runs_out(h: House) -> None:
    """From then on nothing for adults is taken; the rest is."""
    await h.depot()
    await li_applies(h)
    await judged(h)
    h.clock.pass_ms(DAY_MS)
    refused = await orders(h, "k1", requires=["age"])
    assert (refused.status_code, refused.json()["code"]) == (403, "licence_missing")
    assert (await orders(h, "k2")).status_code == 201


async def test_who_may_see_and_judge_what(h: House) -> None:
    """A distributor themselves alone; nobody approves himself."""
    await li_applies(h)
    other = await h.http.put("/v1/distributors/li", json=WHO, headers=h.headers("distributor", "wang"))
    assert (other.status_code, other.json()["code"]) == (403, "not_yours")
    wish, himself = {"standing": "approved"}, h.headers("distributor", "li")
    mine = await h.http.post("/v1/distributors/li:judge", json=wish, headers=himself)
    assert mine.json()["code"] == "role_not_allowed"
    theirs = await h.http.get("/v1/distributors/li/performance", headers=h.headers("distributor", "wang"))
    assert theirs.json()["code"] == "not_yours"
    refused = await judged(h, "refused")
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_missing")
    waiting = await h.http.get("/v1/distributors?standing=applied", headers=h.headers("support", "sue"))
    assert [each["id"] for each in waiting.json()["distributors"]] == ["li"]


async def test_an_account_s_orders_are_found_among_many_others(h: House) -> None:
    """The first page of a list is the account's own, whatever else there is."""
    await h.depot()
    await li_applies(h)
    await judged(h)
    for n in range(12):
        await h.order(key=f"shop-{n}")
    mine = (await orders(h, "k1")).json()["id"]
    page = (await h.http.get("/v1/orders?limit=5", headers=h.headers("distributor", "li"))).json()
    assert ([each["id"] for each in page["orders"]] == [mine] and "next" not in page) or not page["next"]


async def test_a_distributor_reads_how_they_stand(h: House) -> None:
    """Before they have applied there is nothing to read; then the reason of a refusal, and which licence ends soon."""
    path, mine = "/v1/distributors/li", h.headers("distributor", "li")
    nothing = await h.http.get(path, headers=mine)
    assert (nothing.status_code, nothing.json()["code"]) == (404, "unknown_distributor")
    later = {"kind": "food", "number": "F-1", "expires_at_ms": NOON_MS + 31 * DAY_MS}
    for_ever = {"kind": "business", "number": "B-1"}
    await li_applies(h, licences=[LIQUOR, later, for_ever])
    await judged(h, "refused", reason="The food licence is not readable.")
    shown = (await h.http.get(path, headers=mine)).json()
    assert (shown["standing"], shown["reason"]) == ("refused", "The food licence is not readable.")
    assert [(each["good"], each["ends_soon"]) for each in shown["licences"]] == [
        (True, True),
        (True, False),
        (True, False),
    ]
    h.clock.pass_ms(2 * DAY_MS)
    over = (await h.http.get(path, headers=mine)).json()["licences"]
    assert [(each["good"], each["ends_soon"]) for each in over] == [(False, False), (True, True), (True, False)]
    again = await li_applies(h, licences=[later])
    assert (again.json()["standing"], again.json()["reason"]) == ("applied", "")


async def test_a_drop_is_canceled_by_who_placed_it(h: House) -> None:
    """And by no other distributor."""
    await li_applies(h)
    await judged(h)
    placed = (await orders(h, "k1")).json()
    path, why = f"/v1/orders/{placed['id']}/cancel", {"reason": "not wanted"}
    assert (await h.http.post(path, json=why, headers=h.headers("distributor", "wang"))).status_code == 404
    gone = await h.http.post(path, json=why, headers=h.headers("distributor", "li"))
    assert (gone.status_code, gone.json()["status"]) == (200, "canceled")


async def test_a_distributor_sees_how_a_drop_was_proven(h: House) -> None:
    """The picture of their own order; a stranger's is as unknown as one that is not."""
    await li_applies(h)
    await judged(h)
    placed = (await orders(h, "k1")).json()
    await eventually(lambda: h.hub.replica.head == h.store_head)
    url, courier = f"/v1/uploads/{uuid.uuid4()}", h.headers("courier", "c1")
    begin = {"Upload-Length": str(len(PICTURE)), "Content-Type": "image/jpeg"}
    begun = await h.http.post(f"{url}?order_id={placed['id']}&kind=photo", headers=courier | begin)
    assert begun.status_code == 201, begun.text
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert (await h.http.patch(url, content=PICTURE, headers=courier | piece)).status_code == 204
    shown = await h.http.get(url, headers=h.headers("distributor", "li"))
    assert shown.status_code == 200 and shown.headers["content-type"] == "image/jpeg"
    assert (await h.http.get(url, headers=h.headers("distributor", "wang"))).status_code == 404
