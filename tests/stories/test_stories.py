"""A group-buy morning and a leader's table, a flash sale, a distributor's weekly drop, liquor to an adult and to a
minor, a counter and a parcel.
"""

import asyncio
import json
import time
from collections import Counter
from typing import Any

import pytest

from courier_protocol.messages import OrderCard, Proof
from tests.stories.town import Errands, SignedIn, Town
from tests.support.pictures import picture

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

HOUR_MS = 3_600_000


async def test_a_group_buy_morning(town: Town) -> None:
    """Twelve neighbours order for one point: the courier hands them over one by one, and not what is broken; the leader
    ticks what came, and customers fetch theirs with the codes of their pages.
    """
    gate = {"name": "East gate", "address": "Lane 8", "leader": "li", **town.place(2, 0)}
    link = (await town.call("PUT", "/v1/points/gate", gate))["leader_url"].rpartition("/")[2]
    places = [
        town.order(f"group-{n}", ref=f"G-{n}", point_id="gate", dropoff={"name": f"Neighbour {n}"}, depot_id="north")
        for n in range(12)
    ]
    placed = await asyncio.gather(*places)
    await town.becomes("/v1/points/gate", lambda page: page["expected_count"] == 12)

    async with Errands(town, "ada") as ada:
        broken = placed[5]["id"]
        ada.at_door = lambda card: "damaged" if card.order_id == broken else []
        lying = await town.becomes("/v1/points/gate", lambda page: page["lying_count"] == 11)
        failed = await town.becomes(f"/v1/orders/{broken}", lambda order: order["status"] == "attempt_failed")
        assert failed["reason"] == "damaged"
        doors = [visit for visit in ada.visits if visit[0] == "dropoff"]
        assert len(doors) == 12 and len([v for v in ada.visits if v[0] == "pickup"]) < 12, "fetched together"
        await town.call("POST", f"/v1/orders/{broken}/attempt", {"resolution": "return", "reason": "broken"})

        ids = [each["order_id"] for each in lying["lying"]]
        await town.call("POST", f"/v1/leader/{link}/confirm", {"order_ids": ids}, role="")
        mine = placed[0]
        shown = (await town.call("GET", f"/v1/track/{mine['track_token']}", role=""))["order"]
        assert shown["status"] == "at_point" and shown["address"] == "East gate, Lane 8"
        collected = await town.call(
            "POST", f"/v1/leader/{link}/collect", {"code": shown["collection"]["code"]}, role=""
        )
        assert [each["ref"] for each in collected["orders"]] == ["G-0"]
        refused = {"order_id": placed[1]["id"], "why": "full"}
        await town.call("POST", f"/v1/leader/{link}/refuse", refused, role="")
        back = f"/v1/orders/{placed[1]['id']}-back1"
        await town.becomes(back, lambda order: order.get("status") == "delivered")
        track = f"/v1/track/{placed[1]['track_token']}"
        await town.becomes(track, lambda shown: shown["order"]["status"] == "returned", role="")
        assert ada.refusals == []


async def test_a_flash_sale_on_one_sku(town: Town) -> None:
    """Forty buyers at once for fifteen pieces, one each: fifteen have them, the others are told, and who cancels makes
    room for the first who waits.
    """
    await town.call("PUT", "/v1/skus/charger", {"name": "Charger"})
    stock = {"depot_id": "north", "lines": [{"sku": "charger", "quantity": 15}]}
    await town.call("POST", "/v1/stock:receive", stock)
    later_ms = int(time.time() * 1000) + 24 * HOUR_MS
    times = {"ready_at_ms": later_ms, "commit_due_at_ms": later_ms, "promise_at_ms": later_ms + HOUR_MS}

    def buy(n: int) -> Any:
        short = "hold" if n % 2 else "refuse"
        lines = [{"name": "Charger", "sku": "charger", "quantity": 1}]
        return town.order(f"sale-{n}", depot_id="north", lines=lines, if_short=short, **times)

    answers = await asyncio.gather(*(buy(n) for n in range(40)))
    became = Counter(answer.get("code") or answer.get("reason") or answer["status"] for answer in answers)
    assert became["dispatchable"] == 15 and became["stock"] + became["out_of_stock"] == 25
    shelf = (await town.call("GET", "/v1/stock?sku=charger"))["shelves"][0]
    assert (shelf["on_hand"], shelf["reserved"], shelf["free"]) == (15, 15, 0)
    assert (await town.call("GET", "/v1/availability?sku=charger"))["skus"][0]["free"] == 0

    bought = next(each for each in answers if each.get("status") == "dispatchable")
    waits = [each for each in answers if each.get("reason") == "stock"]
    await town.call("POST", f"/v1/orders/{bought['id']}/cancel", {"reason": "too dear"})
    first = await asyncio.gather(*(town.call("GET", f"/v1/orders/{each['id']}") for each in waits))
    assert Counter(each["status"] for each in first)["dispatchable"] == 1, "whoever waited longest goes on"
    shelf = (await town.call("GET", "/v1/stock?sku=charger"))["shelves"][0]
    assert (shelf["reserved"], shelf["free"]) == (15, 0)


async def test_a_distributor_s_weekly_drop(town: Town) -> None:
    """As the page does it: the admin makes a user, who signs in, applies and is approved with a tier; several drops of
    one delivery in one request, papers for each, one canceled and the others delivered with a proof, and the report.
    """
    li = await signed_in(town, "li", "distributor")
    who = {"name": "Li & Sons", "licences": [{"kind": "business", "number": "B-1"}]}
    assert (await li("GET", "/v1/distributors/li"))["refused"] == 404
    assert (await li("PUT", "/v1/distributors/li", who))["standing"] == "applied"
    early = (await li("POST", "/v1/orders:batch", {"orders": [drop(town, 0)]}))["results"]
    assert early[0]["problem"]["code"] == "not_approved"
    await town.call("POST", "/v1/distributors/li:judge", {"standing": "approved", "tier": 2, "commission_minor": 300})

    drops = [drop(town, n) for n in range(1, 6)]
    wrong = {**drop(town, 6), "lines": [{"name": "Oil", "sku": "nobody-has-it"}]}
    results = (await li("POST", "/v1/orders:batch", {"orders": [*drops, wrong]}))["results"]
    (field,) = results.pop()["problem"]["errors"]
    assert (field["pointer"], field["code"]) == ("/lines/0/sku", "unknown_sku")
    assert all("order" in each for each in results), results
    ids = [each["order"]["id"] for each in results]
    for kind in ("labels", "delivery_notes"):
        papers = await li.raw("POST", "/v1/papers", json={"kind": kind, "order_ids": ids})
        assert papers.status_code == 200 and papers.content.startswith(b"%PDF-")
    assert (await li("POST", f"/v1/orders/{ids[4]}/cancel", {"reason": "closed"}))["status"] == "canceled"
    async with Errands(town, "bo") as bo:
        bo.at_door = lambda card: [Proof("signature", card.order_id, upload_id=f"signed-{card.order_id}")]
        for order_id in ids[:4]:
            await town.becomes(f"/v1/orders/{order_id}", lambda order: order["status"] == "delivered")
        assert bo.refusals == []
    await uploaded(town, "bo", ids[0], f"signed-{ids[0]}")
    shown = await li.raw("GET", f"/v1/uploads/signed-{ids[0]}")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/jpeg")

    together = await li("GET", f"/v1/orders/{ids[0]}/drops")
    assert together["drop_of"] == "W-1" and {each["id"] for each in together["orders"]} == set(ids)
    signed = [each for each in together["orders"] if each["status"] == "delivered"]
    assert [[proof["kind"] for proof in each["proofs"]] for each in signed] == [["signature"]] * 4
    assert {each["tier"] for each in signed} == {2} and all(each["address"] for each in signed)
    found = await li("GET", "/v1/orders:search?q=shop+3&status=delivered")
    assert [each["ref"] for each in found["orders"]] == ["W-1-3"]
    report = await li("GET", "/v1/distributors/li/performance")
    assert sum(month["delivered"] for month in report["months"]) == 4
    assert sum(month["commission_minor"] for month in report["months"]) == 1_200
    table = await li.raw("GET", "/v1/distributors/li/performance", headers={"Accept": "text/csv"})
    assert "commission_minor" in table.text.splitlines()[0]


def drop(town: Town, n: int) -> dict[str, Any]:
    """The drop at a shop, signed for."""
    shop = {**town.place(n - 2, 1 - n % 3), "address": f"{n} Shop Street", "name": f"Shop {n}"}
    return {"dropoff": shop, "ref": f"W-1-{n}", "drop_of": "W-1", "depot_id": "north", "requires": ["signature"]}


async def uploaded(town: Town, courier_id: str, order_id: str, upload_id: str) -> None:
    """What somebody has signed follows from the courier's phone."""
    signature, url = picture(), f"/v1/uploads/{upload_id}"
    courier = {"Authorization": f"Bearer {town.token('courier', courier_id)}"}
    begin = {"Upload-Length": str(len(signature)), "Content-Type": "image/jpeg"}
    begun = await town.http.post(f"{url}?order_id={order_id}&kind=signature", headers=courier | begin)
    assert begun.status_code == 201, begun.text
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert (await town.http.patch(url, content=signature, headers=courier | piece)).status_code == 204


async def signed_in(town: Town, user: str, role: str) -> SignedIn:
    """A user whom an admin has made, with a password of their own, at a page of ours."""
    await town.call("PUT", f"/v1/staff/users/{user}", {"name": user.title(), "role": role})
    once = (await town.call("POST", f"/v1/staff/users/{user}/password"))["password"]
    return await SignedIn.by_password(town, user, once, "correct horse battery")


async def test_a_leader_s_table(town: Town) -> None:
    """The neighbours' orders of a list, placed by the leader who has signed in, go to their point; for another point
    there are none.
    """
    for point_id, leader in (("lane", "mei"), ("west", "wang")):
        await town.call("PUT", f"/v1/points/{point_id}", {"name": point_id, "leader": leader, **town.place(2, 0)})
    mei = await signed_in(town, "mei", "group_leader")
    rows = "id,name,phone,item,quantity\nN-1,Ann,138 0013 8001,Rice,2\nN-2,Bo,138 0013 8002,Rice,none\n"
    headers = {"Content-Type": "text/csv"}
    answer = await mei.raw("POST", "/v1/imports?kind=orders&point=lane", content=rows, headers=headers)
    report = json.loads(answer.text.splitlines()[-1])["report"]
    assert (report["taken"], [each["column"] for each in report["problems"]]) == (1, ["quantity"])
    lane = await town.becomes("/v1/points/lane", lambda page: page["expected_count"] == 1)
    assert [(each["ref"], each["customer"]) for each in lane["expected"]] == [("N-1", "Ann 8001")]
    other = await mei.raw("POST", "/v1/imports?kind=orders&point=west", content=rows, headers=headers)
    assert (other.status_code, other.json()["code"]) == (403, "not_your_point")


async def test_liquor_to_an_adult_and_to_a_minor(town: Town) -> None:
    """The goods themselves ask for the age check; an adult gets them, a minor does not, and the bottle is on the shelf
    again.
    """
    await town.call("PUT", "/v1/skus/wine", {"name": "Wine", "age_restricted": True, "fragile": True})
    await town.call("POST", "/v1/stock:receive", {"depot_id": "north", "lines": [{"sku": "wine", "quantity": 2}]})
    lines = [{"name": "Wine", "sku": "wine", "quantity": 1}]
    adult = await town.order("adult", lines=lines, depot_id="north", ref="ADULT")
    minor = await town.order("minor", lines=lines, depot_id="north", ref="MINOR", dropoff=town.place(-2, 1))

    def look_at_the_document(card: OrderCard) -> list[Proof] | str:
        assert "age" in card.requires
        return "under_age" if card.ref == "MINOR" else [Proof("age", card.order_id)]

    async with Errands(town, "cy") as cy:
        cy.at_door = look_at_the_document
        done = await town.becomes(f"/v1/orders/{adult['id']}", lambda order: order["status"] == "delivered")
        assert [proof["kind"] for proof in done["proofs"]] == ["age"] and done["fragile"]
        failed = await town.becomes(f"/v1/orders/{minor['id']}", lambda order: order["status"] == "attempt_failed")
        assert failed["reason"] == "under_age"
        await town.call("POST", f"/v1/orders/{minor['id']}/attempt", {"resolution": "return", "reason": "under age"})
        await town.becomes(f"/v1/orders/{minor['id']}", lambda order: order["status"] == "returned")
        assert cy.refusals == []
    shelf = (await town.call("GET", "/v1/stock?sku=wine"))["shelves"][0]
    assert (shelf["on_hand"], shelf["reserved"]) == (1, 0)


async def test_a_counter_and_a_parcel(town: Town) -> None:
    """One neighbour fetches theirs at the depot, another thinks better of fetching it, a third lives far away: no
    courier rides for the first and the last, and every piece is where it should be.
    """
    await town.call("PUT", "/v1/skus/tea", {"name": "Tea"})
    await town.call("POST", "/v1/stock:receive", {"depot_id": "north", "lines": [{"sku": "tea", "quantity": 10}]})
    lines = [{"name": "Tea", "sku": "tea", "quantity": 1}]
    counter = await town.order("counter", mode="self_pickup", lines=lines, dropoff={"name": "Ann"})
    parcel = await town.order(
        "parcel", mode="carrier", lines=lines, dropoff={"address": "9 Far Away", "lat": 1.0, "lon": 2.0}
    )
    later_ms = int(time.time() * 1000) + HOUR_MS
    mine = await town.order("mine", lines=lines, depot_id="north", commit_due_at_ms=later_ms)
    assert (counter["status"], parcel["status"], mine["status"]) == ("at_depot", "at_depot", "dispatchable")
    await town.becomes("/v1/stock?sku=tea", lambda shown: shown["shelves"][0]["free"] == 7)

    async with Errands(town, "ada") as ada:
        track = f"/v1/track/{mine['track_token']}"
        await town.call("POST", f"{track}/mode", {"mode": "self_pickup"}, role="")
        await town.becomes(track, lambda shown: shown["order"]["status"] == "at_depot", role="")
        await town.call("POST", f"{track}/mode", {"mode": "delivery"}, role="")
        await town.call("POST", "/v1/overrides", {"action": "expedite", "order_id": mine["id"], "reason": "asked"})
        await town.becomes(track, lambda shown: shown["order"]["status"] == "delivered", role="")
        shown = await town.call("GET", f"/v1/track/{counter['track_token']}", role="")
        assert shown["order"]["address"] == "North depot, Market 1" and shown["order"]["collect_by_ms"]
        out = await town.call("POST", f"/v1/orders/{counter['id']}:hand-out", {"code": shown["pin"]}, role="depot")
        assert out["status"] == "delivered"
        number = {"carrier": "Blue Post", "tracking_number": "BP-1", "tracking_url": "https://post.example/BP-1"}
        await town.call("POST", f"/v1/orders/{parcel['id']}:hand-to-carrier", number, role="depot")
        report = f"/v1/orders/{parcel['id']}/carrier-report"
        shop = {"role": "integrator", "name": "shop"}
        for state, status in (("in_transit", "with_carrier"), ("returned", "returned")):
            assert (await town.call("POST", report, {"state": state}, **shop))["status"] == status
        assert {order_id for _, ids in ada.visits for order_id in ids} == {mine["id"]}
    # Two are with their customers, one came back.
    shelf = (await town.becomes("/v1/stock?sku=tea", lambda shown: shown["shelves"][0]["on_hand"] == 8))["shelves"][0]
    assert shelf["reserved"] == 0
