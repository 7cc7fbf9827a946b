"""Orders over HTTP: placed once, whatever is repeated; refused in one clear shape."""

import asyncio
from typing import Any

import httpx
import pytest

from dispatch.application.ports import StoreUnavailable
from dispatch.domain.commands import CancelOrder, StopAction
from tests.support.web import HOME, ISLAND, House, eventually, order_body
from tests.support.zones import NOON_MS

MINUTE_MS = 60_000


async def post(
    h: House, body: Any, *, key: str = "", subject: str = "shop", role: str = "integrator"
) -> httpx.Response:
    headers = h.headers(role, subject) | ({"Idempotency-Key": key} if key else {})
    return await h.http.post("/v1/orders", json=body, headers=headers)


def problem(answer: httpx.Response) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code and body["type"] == f"urn:dispatch:problem:{body['code']}"
    assert body["title"] and body["detail"].endswith(".") and body["instance"].startswith("/")
    return body


async def test_an_order_is_placed(h: House) -> None:
    """201 with everything the shop needs, and the order can be read where Location says."""
    answer = await post(h, order_body(ref="A-17"))
    assert answer.status_code == 201
    placed = answer.json()
    assert (placed["status"], placed["depot_id"], placed["created_at_ms"]) == ("dispatchable", "d1", NOON_MS)
    assert placed["promise_at_ms"] == NOON_MS + 45 * MINUTE_MS
    assert len(placed["track_token"]) == 32 and placed["track_url"] == f"http://test/t/{placed['track_token']}"
    read = await h.http.get(answer.headers["location"], headers=h.headers("integrator", "shop"))
    assert read.json()["ref"] == "A-17" and read.json()["id"] == placed["id"]


async def test_what_an_order_asks_for_is_shown(h: House) -> None:
    """Skills, fragile goods, the longest ride, the tier, further depots; not on the shopper's page."""
    await h.depot("d2")
    asked = {"skills": ["wine"], "fragile": True, "max_ride_s": 900, "tier": 2, "depot_options": ["d2"]}
    placed = await post(h, order_body(depot_id="d1", **asked))
    read = await h.http.get(placed.headers["location"], headers=h.headers("integrator", "shop"))
    assert asked.items() <= read.json().items()
    shown = await h.http.get(f"/v1/track/{placed.json()['track_token']}")
    assert not asked.keys() & shown.json()["order"].keys()


async def test_what_may_be_left_at_the_door_is_proven_by_a_photo(h: House) -> None:
    """The shop may know it when it places the order; the customer sees it, and can say otherwise."""
    placed = await post(h, order_body(leave_at_door=True))
    shown = await h.http.get(f"/v1/track/{placed.json()['track_token']}")
    assert shown.json()["order"]["leave_at_door"] is True
    read = await h.http.get(placed.headers["location"], headers=h.headers("integrator", "shop"))
    assert (read.json()["leave_at_door"], read.json()["requires"]) == (True, ["photo"])


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"tier": 4}, "bad_field"),
        ({"skills": ["a b"]}, "bad_field"),
        ({"max_ride_s": -1}, "bad_field"),
        ({"depot_options": ["moon"]}, "unknown_depot"),
        ({"leave_at_door": True, "requires": ["signature"]}, "proof_in_person"),
        ({"leave_at_door": True, "direction": "return"}, "not_for_returns"),
    ],
)
async def test_what_no_courier_can_be_asked_for(h: House, wrong: dict[str, Any], code: str) -> None:
    """422 with a sentence."""
    answer = await post(h, order_body(**wrong))
    assert answer.status_code == 422 and problem(answer)["code"] == code


async def test_the_same_key_and_body_replay_the_stored_reply(h: House) -> None:
    """Also later, when the order has moved on: the same id, link and first status, and one order only."""
    first = await post(h, order_body(), key="k1")
    await h.do(CancelOrder(first.json()["id"], "no"))
    h.clock.pass_ms(MINUTE_MS)
    again = await post(h, order_body(), key="k1")
    assert again.status_code == 201 and again.json() == first.json()
    assert again.headers["idempotency-replayed"] == "true"
    assert len(h.hub.replica.state.orders) == 1


async def test_the_same_key_with_another_body_is_refused(h: House) -> None:
    """422, and nothing is placed; under another key, or by another shop, it is."""
    await post(h, order_body(), key="k1")
    other = order_body(ref="other")
    assert problem(await post(h, other, key="k1"))["code"] == "idempotency_key_reused"
    assert (await post(h, other, key="k2")).status_code == 201
    assert (await post(h, other, key="k1", subject="shop-2")).status_code == 201


async def test_the_writer_itself_refuses_a_second_order_under_a_key(h: House) -> None:
    """Two bodies race in two processes, so that neither finds the other's order: one wins, the other hears 422."""

    async def nothing(order_id: str) -> None:
        del order_id

    await post(h, order_body(), key="k1")
    h.store.find_order = nothing  # type: ignore[method-assign,assignment]
    assert problem(await post(h, order_body(ref="other"), key="k1"))["code"] == "idempotency_key_reused"


async def test_while_the_first_runs_the_second_is_told_so(h: House) -> None:
    """409 with Retry-After; the first goes on and answers."""
    first, second = await asyncio.gather(*(post(h, order_body(), key="k1") for _ in range(2)))
    assert first.status_code == 201
    assert problem(second)["code"] == "request_in_progress" and second.headers["retry-after"] == "1"
    assert (await post(h, order_body(), key="k1")).json() == first.json()


async def test_an_undecided_order_is_pending_until_it_is_done(h: House) -> None:
    """202 with a status URL when the zone does not answer in time; asking again with the key finds the order."""
    h.bus.deaf = True
    answer = await post(h, order_body(), key="k1")
    assert answer.status_code == 202
    url, owner = answer.json()["status_url"], h.headers("integrator", "shop")
    assert answer.headers["location"] == url
    assert (await h.http.get(url, headers=owner)).json()["status"] == "pending"
    assert problem(await h.http.get(url, headers=h.headers("integrator", "shop-2")))["status"] == 403
    h.bus.deaf = False
    placed = (await post(h, order_body(), key="k1")).json()
    assert placed["id"] == answer.json()["id"]
    done = (await h.http.get(url, headers=owner)).json()
    assert done == {"id": done["id"], "status": "done", "order_id": placed["id"]}


async def test_a_refused_request_says_so_when_asked(h: House) -> None:
    """The status of a request that was refused names code and sentence."""
    late = order_body(promise_at_ms=NOON_MS - 1)
    assert problem(await post(h, late, key="k1"))["code"] == "window_in_the_past"
    request_id = h.bus.asked[-1].id
    asked = await h.http.get(f"/v1/requests/{request_id}", headers=h.headers("integrator", "shop"))
    assert asked.json()["status"] == "refused" and asked.json()["code"] == "window_in_the_past"


async def test_a_database_that_is_away_is_503(h: House) -> None:
    """With Retry-After, and without a stack trace."""
    h.bus.fails = StoreUnavailable("no database at 10.0.0.1")
    answer = await post(h, order_body())
    assert answer.status_code == 503 and answer.headers["retry-after"] == "1"
    assert "10.0.0.1" not in answer.text and problem(answer)["code"] == "store_unavailable"


async def test_a_bug_of_ours_is_500_without_details(h: House, caplog: pytest.LogCaptureFixture) -> None:
    """The caller gets a sentence; the log gets the traceback, without the body."""
    h.bus.fails = ZeroDivisionError("secret detail")
    answer = await post(h, order_body())
    assert problem(answer)["code"] == "internal" and "secret" not in answer.text
    assert "ZeroDivisionError" in caplog.text and "Grace" not in caplog.text


@pytest.mark.parametrize(
    ("body", "pointer", "word"),
    [
        ({"dropoff": {"lat": 60.17, "lon": 24.94, "address": "a", "adress": "b"}}, "/dropoff", "adress"),
        ({"dropoff": {"lat": "60", "lon": 24.94, "address": "a"}}, "/dropoff/lat", "float"),
        ({"dropoff": {"lat": 91, "lon": 24.94, "address": "a"}}, "/dropoff/lat", "90"),
        ({"dropoff": {"lat": 60.17, "lon": 24.94}}, "/dropoff/address", "address"),
        (order_body() | {"load": {"items": -1}}, "/load/items", "0"),
        (order_body() | {"priority": 10}, "/priority", "9"),
        (order_body() | {"depot_id": "d1\n"}, "/depot_id", "regex"),
        (order_body() | {"unknown": 1}, "", "unknown"),
        ([], "", "object"),
    ],
)
async def test_fields_that_do_not_fit(h: House, body: Any, pointer: str, word: str) -> None:
    """422 names the field with a JSON pointer; nothing is taken in."""
    wrong = problem(await post(h, body))
    assert (wrong["status"], wrong["code"]) == (422, "bad_field")
    assert wrong["errors"][0].get("pointer", "") == pointer and word in wrong["errors"][0]["detail"]
    assert not h.hub.replica.state.orders


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"{", {}, 400, "malformed_json"),
        (b"\xff\xfe", {}, 400, "malformed_json"),
        (b'{"ref": "' + b"x" * 70_000 + b'"}', {}, 413, "body_too_large"),
        (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "not_json"),
        (b"{}", {"Idempotency-Key": "k" * 201}, 422, "bad_field"),
    ],
)
async def test_bodies_that_are_no_requests(
    h: House, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    """Each kind of garbage has its status, and no kind has a stack trace."""
    sent = h.headers() | {"Content-Type": "application/json"} | headers
    answer = await h.http.post("/v1/orders", content=content, headers=sent)
    assert (answer.status_code, problem(answer)["code"]) == (status, code)


async def test_a_body_without_a_length_is_bounded_too(h: House) -> None:
    """A chunked body is read no further than the limit."""

    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 10_000

    headers = h.headers() | {"Content-Type": "application/json"}
    answer = await h.http.post("/v1/orders", content=endless(), headers=headers)
    assert problem(answer)["code"] == "body_too_large"


async def test_a_key_is_bounded(h: House) -> None:
    """400 for a key that nobody needs."""
    assert problem(await post(h, order_body(), key="k" * 201))["code"] == "bad_idempotency_key"


async def test_outside_the_city_is_refused_and_off_the_road_is_held(h: House) -> None:
    """422 for another city; an island in this one is created as held for its address."""
    away = {"lat": 48.1, "lon": 11.6, "address": "Munich"}
    assert problem(await post(h, {"dropoff": away}))["code"] == "coordinates_outside_city"
    held = (await post(h, order_body(ISLAND))).json()
    assert (held["status"], held["reason"]) == ("held", "address")


async def test_an_unknown_depot_or_zone(h: House) -> None:
    """A body that names a depot that is not there is 422; a zone that is not here is 404."""
    assert problem(await post(h, order_body(depot_id="none")))["code"] == "unknown_depot"
    assert problem(await post(h, order_body(zone="mars"), role="admin"))["status"] == 404


async def test_a_batch_decides_each_order_by_itself(h: House) -> None:
    """Good ones are placed, bad ones carry their problem, in the order of the request; a repeat places nothing."""
    orders = [order_body(), {"dropoff": {}}, order_body(ref="b"), {"dropoff": {"lat": 0, "lon": 0, "address": "a"}}]
    headers = h.headers("integrator", "shop") | {"Idempotency-Key": "batch-1"}
    answers = [await h.http.post("/v1/orders:batch", json={"orders": orders}, headers=headers) for _ in range(2)]
    results = answers[0].json()["results"]
    assert [result["status"] for result in results] == [201, 422, 201, 422]
    assert results[1]["problem"]["errors"][0]["pointer"] == "/dropoff/address"
    assert results[3]["problem"]["code"] == "coordinates_outside_city"
    assert answers[1].json() == answers[0].json()
    await eventually(lambda: len(h.hub.replica.state.orders) == 2)


async def test_a_batch_may_be_pending(h: House) -> None:
    """What the zone has not decided yet is marked 202."""
    h.bus.deaf = True
    answer = await h.http.post("/v1/orders:batch", json={"orders": [order_body()]}, headers=h.headers())
    assert answer.json()["results"][0]["status"] == 202
    assert answer.json()["results"][0]["order"]["status"] == "pending"


async def test_a_bug_in_a_batch_is_500(h: House) -> None:
    """A surprise is not hidden among the results."""
    h.bus.fails = ZeroDivisionError("surprise")
    answer = await h.http.post("/v1/orders:batch", json={"orders": [order_body()]}, headers=h.headers())
    assert answer.status_code == 500


async def test_a_deep_body_is_refused(h: House) -> None:
    """A body that only nests is 400, not a crash."""
    headers = h.headers() | {"Content-Type": "application/json"}
    deep = b'{"orders":[' + b"[" * 100_000 + b"]" * 100_000 + b"]}"
    answer = await h.http.post("/v1/orders:batch", content=deep, headers=headers)
    assert problem(answer)["code"] == "malformed_json"


@pytest.mark.parametrize("orders", [[], [{}] * 501])
async def test_a_batch_has_bounds(h: House, orders: list[Any]) -> None:
    """From one order to five hundred."""
    answer = await h.http.post("/v1/orders:batch", json={"orders": orders}, headers=h.headers())
    assert problem(answer)["errors"][0]["pointer"] == "/orders"


async def test_listing_by_pages(h: House) -> None:
    """Every order once, following `next`; an integrator's list holds its own."""
    mine = {(await post(h, order_body(ref=str(n)))).json()["id"] for n in range(5)}
    await post(h, order_body(), subject="shop-2")
    url, seen = "/v1/orders?limit=2", []
    while url:
        page = (await h.http.get(url, headers=h.headers("integrator", "shop"))).json()
        seen += [order["id"] for order in page["orders"]]
        url = page.get("next", "")
    assert len(seen) == 5 and set(seen) == mine
    everyone = await h.http.get("/v1/orders?status=dispatchable", headers=h.headers())
    assert len(everyone.json()["orders"]) == 6
    assert (await h.http.get("/v1/orders?status=delivered", headers=h.headers())).json()["orders"] == []


@pytest.mark.parametrize("query", ["status=lost", "limit=-1", "limit=9999", "limit=x", "cursor=!"])
async def test_bad_parameters(h: House, query: str) -> None:
    """422 with a sentence."""
    assert problem(await h.http.get(f"/v1/orders?{query}", headers=h.headers()))["status"] == 422


async def test_canceling(h: House) -> None:
    """Before pickup it ends; twice is harmless; an unknown one is 404, a delivered one 409."""
    placed = await h.order()
    url = f"/v1/orders/{placed['id']}/cancel"
    for _ in range(2):
        answer = await h.http.post(url, json={"reason": "changed my mind"}, headers=h.headers())
        assert answer.json() == {"id": placed["id"], "status": "canceled", "reason": "changed my mind"}
        await eventually(lambda: h.hub.replica.head == h.store_head)
    unknown = await h.http.post("/v1/orders/none/cancel", json={"reason": "x"}, headers=h.headers())
    assert problem(unknown)["code"] == "unknown_order"
    assert problem(await h.http.post(url, json={"reason": ""}, headers=h.headers()))["status"] == 422


async def test_too_late_to_cancel(h: House) -> None:
    """409 says in which state it is; a zone that does not answer in time is 202."""
    placed = await h.order()
    await h.plan("c1", placed["id"])
    for _ in range(2):
        await h.progress("c1", StopAction.COMPLETED)
    url = f"/v1/orders/{placed['id']}/cancel"
    assert problem(await h.http.post(url, json={"reason": "late"}, headers=h.headers()))["status"] == 409
    h.bus.deaf = True
    assert (await h.http.post(url, json={"reason": "late"}, headers=h.headers())).status_code == 202


async def test_an_order_far_from_home_is_read_by_its_owner_only(h: House) -> None:
    """Somebody else's order is as unknown as one that does not exist."""
    placed = (await post(h, order_body(HOME))).json()
    url = f"/v1/orders/{placed['id']}"
    assert (await h.http.get(url, headers=h.headers("integrator", "shop"))).status_code == 200
    assert problem(await h.http.get(url, headers=h.headers("integrator", "shop-2")))["status"] == 404
    answer = await h.http.post(f"{url}/cancel", json={"reason": "x"}, headers=h.headers("integrator", "shop-2"))
    assert problem(answer)["status"] == 404
