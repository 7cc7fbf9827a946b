"""What was told of arrivals, and how well it was kept, over HTTP."""

from dispatch.domain import commands as c
from tests.support.web import House
from tests.support.zones import MINUTE_MS, NOON_MS


async def delivered(h: House, order_id: str, minutes: float) -> None:
    """The courier comes to the door so many minutes after noon, and leaves a minute later."""
    for action, at_ms in (
        (c.StopAction.ARRIVED, NOON_MS + 5 * MINUTE_MS), (c.StopAction.COMPLETED, NOON_MS + 6 * MINUTE_MS),
    ):  # fmt: skip
        h.clock.pass_ms(max(0, at_ms - h.clock.now_ms()))
        await h.progress("c1", action)
    route = h.hub.replica.state.route("c1")
    times = tuple((s.id, s.arrive_at_ms + 4 * MINUTE_MS, s.depart_at_ms + 4 * MINUTE_MS) for s in route.stops)
    await h.do(c.UpdateEtas((c.RetimedRoute("c1", route.version, times),), "traffic"))
    h.clock.pass_ms(max(0, NOON_MS + round(minutes * MINUTE_MS) - h.clock.now_ms()))
    await h.progress("c1", c.StopAction.ARRIVED)
    h.clock.pass_ms(MINUTE_MS)
    await h.progress("c1", c.StopAction.COMPLETED)


async def test_the_history_of_an_arrival_time(h: House) -> None:
    """Told when it was planned, told again when traffic moved it by four minutes; and when the courier came."""
    order = await h.order()
    await h.plan("c1", order["id"])
    await delivered(h, order["id"], 16)
    shown = (await h.http.get(f"/v1/orders/{order['id']}/etas", headers=h.headers("support"))).json()
    assert [note["cause"] for note in shown["etas"]] == ["plan", "traffic"]
    first, second = shown["etas"]
    assert second["eta_at_ms"] - first["eta_at_ms"] == 4 * MINUTE_MS
    assert all(note["late_at_ms"] > note["eta_at_ms"] for note in shown["etas"])
    assert shown["arrived_at_ms"] == NOON_MS + 16 * MINUTE_MS
    view = (await h.http.get(f"/v1/orders/{order['id']}", headers=h.headers())).json()
    assert view["eta_cause"] == "traffic" and view["eta_before_at_ms"] == first["eta_at_ms"]
    assert view["eta_changed_at_ms"] == second["at_ms"]


async def test_somebody_else_s_history_is_unknown(h: House) -> None:
    """An integrator reads what they placed; couriers read none."""
    order = await h.order()
    url = f"/v1/orders/{order['id']}/etas"
    assert (await h.http.get(url, headers=h.headers("integrator", "other"))).status_code == 404
    assert (await h.http.get(url, headers=h.headers("courier", "c1"))).status_code == 403
    assert (await h.http.get("/v1/orders/nothing/etas", headers=h.headers())).status_code == 404


async def test_the_published_calibration(h: House) -> None:
    """One delivery: within the range as told ten minutes before, in its hour and its band of distance."""
    order = await h.order()
    await h.plan("c1", order["id"])
    await delivered(h, order["id"], 16)
    shown = (await h.http.get("/v1/calibration?days=1", headers=h.headers("finance"))).json()
    assert (shown["orders"], shown["late"], shown["zone"]) == (1, 0, "default")
    by_lead = {each["lead_min"]: each for each in shown["by_lead"]}
    assert by_lead[10]["count"] == 1 and by_lead[30]["count"] == 0
    assert by_lead[10]["mean_error_s"] == 120.0
    assert [each["hour"] for each in shown["by_hour"]] == [12]
    assert len(shown["by_distance"]) == 1
    assert (await h.http.get("/v1/calibration", headers=h.headers("courier", "c1"))).status_code == 403
    assert (await h.http.get("/v1/calibration?days=1000", headers=h.headers())).status_code == 422
