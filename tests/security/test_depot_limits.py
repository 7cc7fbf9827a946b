"""Who is limited to a depot: lists and the live view show less, and nothing of another depot's customers gets out."""

from typing import Any

import pytest

from courier_protocol import live
from courier_protocol.client import LiveClient
from dispatch.application.access import Role
from tests.support.claims import bought, claimed
from tests.support.web import HOME, ZONE, House, until

ELSEWHERE = "Secret Lane 7"


def of_depot(h: House, role: str, *depots: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {h.token(role, 'dee', depots=depots)}"}


async def two_orders(h: House) -> tuple[str, str]:
    """One of each depot, the second to an address that nobody at the first shall read."""
    await h.depot("d2")
    mine = await h.order(depot_id="d1")
    theirs = await h.order(depot_id="d2", dropoff={"lat": HOME.lat, "lon": HOME.lon, "address": ELSEWHERE})
    return str(mine["id"]), str(theirs["id"])


async def test_lists_are_of_ones_own_depots(h: House) -> None:
    """Orders, depots, cases, claims, stock and what is said about it."""
    mine, theirs = await two_orders(h)
    for order_id in (mine, theirs):
        said = {"order_id": order_id, "kind": "question", "text": "Where?"}
        assert (await h.http.post("/v1/cases", json=said, headers=h.headers("support"))).status_code == 201
    await h.http.put("/v1/skus/tea", json={"name": "Tea", "unit": {"weight_g": 9}, "low_at": 5}, headers=h.headers())
    for depot_id in ("d1", "d2"):
        body = {"depot_id": depot_id, "lines": [{"sku": "tea", "quantity": 3}]}
        assert (await h.http.post("/v1/stock:receive", json=body, headers=h.headers())).status_code == 200

    async def told(path: str, role: str = "dispatcher") -> Any:
        answer = await h.http.get(path, headers=of_depot(h, role, "d1"))
        assert answer.status_code == 200, (path, answer.text)
        assert ELSEWHERE not in answer.text, path
        return answer.json()

    assert [each["id"] for each in (await told("/v1/orders"))["orders"]] == [mine]
    assert [each["id"] for each in (await told("/v1/depots", "depot"))["depots"]] == ["d1"]
    assert [each["order_id"] for each in (await told("/v1/cases"))["cases"]] == [mine]
    assert [each["depot_id"] for each in (await told("/v1/stock", "depot"))["shelves"]] == ["d1"]
    alerts = await told("/v1/stock/alerts?kind=low", "depot")
    assert ([each["depot_id"] for each in alerts["alerts"]], alerts["counts"]["low"]) == (["d1"], 1)
    advice = await told("/v1/stock/advice", "depot")
    assert {each["depot_id"] for each in advice["orders"]} <= {"d1"}


async def test_claims_are_of_the_depot_that_they_come_back_to(h: House) -> None:
    """The list has them at that depot only; goods are not sent to a depot that is not one's own."""
    claim = await claimed(h, await bought(h))
    listed = [
        [
            each["id"]
            for each in (await h.http.get("/v1/after-sales", headers=of_depot(h, "dispatcher", d))).json()["claims"]
        ]
        for d in ("d1", "d2")
    ]
    assert listed == [[claim], []]
    await h.depot("d2")
    path = f"/v1/after-sales/{claim}:approve"
    away = await h.http.post(path, json={"depot_id": "d2"}, headers=of_depot(h, "dispatcher", "d1"))
    assert (away.status_code, away.json()["code"]) == (403, "depot_not_allowed")


async def test_the_live_view_is_of_ones_own_depot(h: House, address: str) -> None:
    """From the snapshot on: another depot's order, and a courier who brings it, show nothing of its door."""
    await two_orders(h)
    token = h.token("depot", "dee", depots=("d1",))
    async with LiveClient(f"ws://{address}/v1/live", token=token, zone=ZONE) as desk:
        messages = desk.messages()
        snapshot = await until(messages, lambda message: isinstance(message, live.ZoneSnapshot))
        assert {order.depot_id for order in snapshot.orders} == {"d1"} and ELSEWHERE not in repr(snapshot)
        other = await h.order(depot_id="d2", dropoff={"lat": HOME.lat, "lon": HOME.lon, "address": ELSEWHERE})
        await h.plan("c1", other["id"])

        def routed(message: Any) -> bool:
            assert ELSEWHERE not in repr(message)
            return isinstance(message, live.ZoneChange) and any(each.route_version for each in message.couriers)

        change = await until(messages, routed)
        assert [stop for courier in change.couriers for stop in courier.stops] == []


async def test_an_override_names_ones_own_orders(h: House) -> None:
    """All of them, and every order on a route whose stops come in another order."""
    mine, theirs = await two_orders(h)
    await h.plan("c1", theirs)
    limited = of_depot(h, "dispatcher", "d1")

    async def asked(**body: Any) -> tuple[int, str]:
        answer = await h.http.post("/v1/overrides:preview", json={"reason": "x", **body}, headers=limited)
        return answer.status_code, answer.json().get("code", "")

    assert (await asked(action="expedite", order_ids=[mine]))[1] != "depot_not_allowed"
    assert await asked(action="expedite", order_ids=[mine, theirs]) == (403, "depot_not_allowed")
    stops = [stop.id for stop in h.hub.replica.state.route("c1").stops]
    assert await asked(action="resequence", courier_id="c1", stop_ids=stops) == (403, "depot_not_allowed")
    assert await asked(action="expedite", order_ids=["nobody"]) == (404, "unknown_order")


@pytest.mark.parametrize("role", [Role.DEPOT, Role.DISPATCHER, Role.SUPPORT])
async def test_what_is_of_the_whole_zone_is_closed(h: House, role: Role) -> None:
    """Figures, histories, couriers' days and goods themselves are nobody's who is limited."""
    for path in (
        "/v1/stats",
        f"/v1/zones/{ZONE}/as-of?at_ms=0",
        "/v1/couriers/c1/day",
        "/v1/couriers",
        "/v1/cases/causes",
    ):
        answer = await h.http.get(path, headers=of_depot(h, role.value, "d1"))
        assert answer.status_code == 403, (path, answer.text)
