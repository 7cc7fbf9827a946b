"""The past over HTTP: a zone as it was and what came after, where couriers were, and what happened to one thing."""

from typing import Any

import msgspec
import pytest

from courier_protocol import messages as m
from courier_protocol.live import ZoneSnapshot
from dispatch.application import replay
from dispatch.application.views import zone_snapshot
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.geo import METRES_PER_DEGREE, Point
from dispatch.domain.incident import Incident, IncidentKind, ShapeKind
from tests.support.web import House
from tests.support.zones import MINUTE_MS, NOON_MS

STATIONS = (c.StopAction.ARRIVED, c.StopAction.COMPLETED, c.StopAction.ARRIVED, c.StopAction.COMPLETED)


def fix(n: int) -> m.Fix:
    """Every ten seconds, 40 m further."""
    return m.Fix(at_ms=NOON_MS + 10_000 * n, lat=round(60.166 + 40 * n / METRES_PER_DEGREE, 6), lon=24.936)


async def get(h: House, path: str, role: str = "dispatcher") -> tuple[int, dict[str, Any]]:
    """(status, body) of a GET."""
    answer = await h.http.get(path, headers=h.headers(role, "ann"))
    return answer.status_code, answer.json()


async def delivered(h: House) -> str:
    """An order placed at noon and planned; a message; a stop a minute from 12:05 on; it is delivered at 12:08."""
    await h.do(c.SetDuty("c1", Duty.AVAILABLE))
    order_id: str = (await h.order())["id"]
    h.clock.pass_ms(MINUTE_MS)
    await h.plan("c1", order_id)
    h.clock.pass_ms(MINUTE_MS)
    told = {"to": "customer", "text": "We are on our way"}
    headers = h.headers("dispatcher", "ann")
    assert (await h.http.post(f"/v1/orders/{order_id}/messages", json=told, headers=headers)).status_code == 201
    h.clock.pass_ms(2 * MINUTE_MS)
    for action in STATIONS:
        h.clock.pass_ms(MINUTE_MS)
        h.hub.report("c1", 1, 1 + (h.clock.now_ms() - NOON_MS) // 10_000, [m.Fix(h.clock.now_ms(), 60.17, 24.94)])
        await h.progress("c1", action)
    return order_id


async def test_a_zone_as_it_was(h: House) -> None:
    """The order is on its way again, the courier where they were, the message not yet written; then all happens."""
    h.hub.report("c1", 1, 1, [fix(n) for n in range(1, 4)])
    order_id = await delivered(h)
    status, now = await get(h, f"/v1/zones/default/as-of?at_ms={h.clock.now_ms()}")
    assert status == 200
    state, sight = h.hub.replica.state, h.hub.sight
    expected = zone_snapshot(state, 1, h.hub.here.seq, sight)
    shown = _snapshot(now)
    assert shown.orders == expected.orders and shown.messages == expected.messages
    assert [(each.id, each.stops) for each in shown.couriers] == [("c1", ())]
    at_ms, until_ms = NOON_MS + 90_000, NOON_MS + 7 * MINUTE_MS + 1
    _, body = await get(h, f"/v1/zones/default/as-of?at_ms={at_ms}&until_ms={until_ms}")
    was = _snapshot(body)
    assert [order.status for order in was.orders] == ["assigned"] and was.messages == ()
    assert [(f.courier_id, f.lat, f.at_ms) for f in was.fixes] == [("c1", fix(3).lat, fix(3).at_ms)]
    assert (was.couriers[0].link, len(was.couriers[0].stops), len(was.paths)) == ("stale", 2, 1)
    assert (body["event_at_ms"], body["next_at_ms"]) == (NOON_MS + MINUTE_MS, NOON_MS + 2 * MINUTE_MS)
    assert (body["first_at_ms"], body["until_ms"]) == (NOON_MS, until_ms)
    steps = [order["status"] for change in body["changes"] for order in change.get("orders", ())]
    assert steps[-1] == "at_dropoff" and "picked_up" in steps
    seqs = [was.seq, *(change["seq"] for change in body["changes"])]
    assert seqs == list(range(was.seq, was.seq + len(seqs)))
    ways = [path for change in body["changes"] for path in change.get("paths", ())]
    assert ways and all(path["courier_id"] == "c1" for path in ways)
    assert order_id == was.orders[0].id


def _snapshot(body: dict[str, Any]) -> ZoneSnapshot:
    return msgspec.convert(body["zone_snapshot"], ZoneSnapshot)


async def test_a_busy_stretch_is_cut(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says how far it reaches; from there the next one goes on, and nothing is missing."""
    await delivered(h)
    monkeypatch.setattr(replay, "MOST_CHANGES", 4)
    seqs, at_ms, calls = [], NOON_MS + 30_000, 0
    end_ms = h.clock.now_ms()
    while at_ms < end_ms and calls < 20:
        _, body = await get(h, f"/v1/zones/default/as-of?at_ms={at_ms}&until_ms={end_ms}")
        assert body["until_ms"] > at_ms and len(body["changes"]) <= 4
        seqs += [change["seq"] for change in body["changes"]]
        at_ms, calls = body["until_ms"], calls + 1
    assert calls > 1 and seqs == list(range(seqs[0], h.hub.here.seq + 1))


async def test_what_cannot_be_looked_at(h: House) -> None:
    """Before the log, with its first moment; the future; what is too long; and who may not."""
    await delivered(h)
    status, problem = await get(h, f"/v1/zones/default/as-of?at_ms={NOON_MS - 1}")
    assert (status, problem["code"]) == (422, "before_the_log") and str(NOON_MS) in problem["detail"]
    later = h.clock.now_ms() + 1
    for path in (f"as-of?at_ms={later}", f"tracks?from_ms={later}&to_ms={later}"):
        status, problem = await get(h, f"/v1/zones/default/{path}")
        assert (status, problem["code"]) == (422, "in_the_future")
    for period in (f"from_ms={NOON_MS}&to_ms={NOON_MS - 1}", f"from_ms={NOON_MS - 1}&to_ms={NOON_MS + 15 * MINUTE_MS}"):
        status, problem = await get(h, f"/v1/zones/default/tracks?{period}")
        assert (status, problem["code"]) == (422, "bad_period")
    for path in ("/v1/zones/nowhere/as-of", "/v1/orders/none/history", "/v1/couriers/none/history"):
        assert (await get(h, path))[0] == 404
    for path in ("/v1/zones/default/as-of", "/v1/zones/default/tracks", "/v1/couriers/c1/history"):
        assert (await get(h, path, "support"))[0] == 200
        for role in ("depot", "finance", "integrator", "courier", "customer"):
            assert (await get(h, path, role))[0] == 403


async def test_where_everybody_was(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places of a period, of every courier; too many are cut where the answer says."""
    await h.courier("c2")
    h.hub.report("c1", 1, 1, [fix(n) for n in range(1, 9)])
    h.hub.report("c2", 1, 1, [fix(n) for n in range(4, 6)])
    h.clock.pass_ms(5 * MINUTE_MS)
    path = f"/v1/zones/default/tracks?from_ms={fix(3).at_ms}&to_ms={fix(6).at_ms}"
    status, body = await get(h, path)
    assert (status, body["to_ms"]) == (200, fix(6).at_ms)
    tracks = {track["courier_id"]: track["places"] for track in body["tracks"]}
    assert tracks["c1"] == [[fix(n).at_ms, fix(n).lat, fix(n).lon, None, None] for n in (3, 4, 5, 6)]
    assert [place[0] for place in tracks["c2"]] == [fix(4).at_ms, fix(5).at_ms]
    monkeypatch.setattr(replay, "MOST_PLACES", 2)
    _, cut = await get(h, path)
    assert cut["to_ms"] == fix(4).at_ms


async def test_the_history_of_an_order(h: House) -> None:
    """Who did what, when and what it changed, the newest first; in pages, each of which knows what was before it."""
    order_id = await delivered(h)
    _, overruled = await get(h, f"/v1/orders/{order_id}/history?limit=200")
    entries = overruled["entries"]
    assert [e["seq"] for e in entries] == sorted((e["seq"] for e in entries), reverse=True) and "next" not in overruled
    first, last = entries[-1], entries[0]
    assert (first["event"], first["actor"], first["at_ms"]) == ("order_created", "admin:someone", NOON_MS)
    assert {"field": "status", "before": None, "after": "dispatchable"} in first["changes"]
    assert (last["event"], last["what"], last["at_ms"]) == ("order_changed", "delivered", h.clock.now_ms())
    assert {"field": "status", "before": "at_dropoff", "after": "delivered"} in last["changes"]
    (said,) = [e for e in entries if e["event"] == "message_posted"]
    assert (said["actor"], said["what"]) == ("dispatcher:ann", "dispatcher")
    assert "on our way" not in str(overruled) and "Grace" not in str(overruled)
    given = next(e for e in entries if {"field": "courier_id", "before": "", "after": "c1"} in e["changes"])
    assert given["what"] == "assigned" and given["actor"] == "system:test"
    paged, path = [], f"/v1/orders/{order_id}/history?limit=2"
    while path:
        _, page = await get(h, path)
        paged += page["entries"]
        path = page.get("next", "")
    assert paged == entries


async def test_everything_that_is_told_of_an_order(h: House) -> None:
    """Offers refused, overrides with their reason, cases, arrival times that changed, a street that was closed."""
    await h.do(c.SetDuty("c1", Duty.AVAILABLE))
    order_id: str = (await h.order())["id"]
    await h.plan("c1", order_id, ttl_ms=MINUTE_MS)
    await h.do(c.DeclineOffer("c1", h.hub.replica.state.orders[order_id].offer_id, "too_far"))
    body = {"action": "expedite", "order_id": order_id, "reason": "a birthday"}
    assert (await h.http.post("/v1/overrides", json=body, headers=h.headers("dispatcher", "ann"))).status_code == 200
    await h.do(c.CutOff(((order_id, "flooded"),)))
    _, found = await get(h, f"/v1/orders/{order_id}/history")
    told = {(e["event"], e["what"]): e for e in found["entries"]}
    assert told["order_changed", "cut_off"]["reason"] == "flooded"
    assert told["overridden", "expedite"]["reason"] == "a birthday"
    assert told["overridden", "expedite"]["actor"] == "dispatcher:ann"
    refused = told["order_changed", "dispatchable"]
    assert refused["reason"] and {"field": "status", "before": "offered", "after": "dispatchable"} in refused["changes"]
    _, hers = await get(h, "/v1/couriers/c1/history")
    whats = [(e["event"], e["what"]) for e in hers["entries"]]
    assert ("offer_closed", "declined") in whats and ("offer_made", "open") in whats
    assert (hers["entries"][-1]["event"], hers["entries"][-1]["what"]) == ("courier_registered", "off_duty")


async def test_the_history_of_a_courier(h: House) -> None:
    """Duty, routes with what came, went and was done; nothing of mere retiming."""
    order_id = await delivered(h)
    route = h.hub.replica.state.route("c1")
    await h.do(c.UpdateEtas((c.RetimedRoute("c1", route.version, ()),), "traffic"))
    _, found = await get(h, "/v1/couriers/c1/history")
    assert found["id"] == "c1" and all(e["event"] != "route_retimed" for e in found["entries"])
    steps = [(e["what"], {each["field"]: each["after"] for each in e["changes"]}) for e in found["entries"]]
    assert ("available", {"duty": "available"}) in steps
    assert any(step.get("came") == 1 and step.get("stops") == 2 for _, step in steps)
    done = [(what, step["done"]) for what, step in steps if "done" in step]
    assert done == [("dropoff_done", "Street 1"), ("pickup_done", "Depot d1")]
    assert order_id in found["entries"][0]["order_ids"] or order_id in found["entries"][1]["order_ids"]


async def test_the_streets_as_they_were(h: House) -> None:
    """An incident that was reported later is not there yet; one that is over since then is."""
    await h.order()
    h.clock.pass_ms(MINUTE_MS)
    incident = Incident(
        "i1",
        IncidentKind.SLOWDOWN,
        ShapeKind.LINE,
        (Point(60.16, 24.93), Point(60.17, 24.93)),
        h.clock.now_ms(),
        "works",
    )
    await h.do(c.ReportIncident(incident))
    h.clock.pass_ms(MINUTE_MS)
    await h.do(c.EndIncident("i1"))
    _, before = await get(h, f"/v1/zones/default/as-of?at_ms={NOON_MS + 1}")
    _, during = await get(h, f"/v1/zones/default/as-of?at_ms={NOON_MS + MINUTE_MS}")
    assert before["incidents"] == []
    assert [(each["id"], each["until_ms"]) for each in during["incidents"]] == [("i1", 0)]
