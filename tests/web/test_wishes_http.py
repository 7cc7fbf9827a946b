"""What customers change by their order's link, over HTTP: instructions, address, window, cancel, waiting."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from courier_protocol.messages import Fix
from dispatch.application.channel_ports import Rate
from dispatch.application.link_limits import LinkLimits
from dispatch.application.ports import StoreUnavailable
from dispatch.domain.commands import SetDuty, StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict
from dispatch.domain.geo import Point
from dispatch.web import routes_wishes
from tests.support.web import DEPOT, ISLAND, House, eventually, house
from tests.support.zones import MINUTE_MS, NOON_MS

NEAR = Point(60.166, 24.936)
NEXT_DOOR = Point(60.171, 24.941)
FAR_END = Point(60.24, 25.09)
Placed = dict[str, Any]


@pytest.fixture
async def h() -> AsyncIterator[House]:
    """A running server with a depot."""
    async with house() as running:
        await running.depot()
        yield running


async def on_duty(h: House, courier_id: str = "c1", place: Point = NEAR) -> None:
    """A courier on duty, seen at a place."""
    await h.courier(courier_id)
    await h.do(SetDuty(courier_id, Duty.AVAILABLE))
    h.hub.report(courier_id, 1, 1, [Fix(at_ms=NOON_MS, lat=place.lat, lon=place.lon)])
    await eventually(lambda: courier_id in h.services.positions._zones["default"].newest)  # type: ignore[attr-defined]


async def wish(h: House, placed: Placed, what: str, key: str = "", **body: Any) -> Any:
    """Ask for something by the link."""
    headers = {"Idempotency-Key": key} if key else {}
    return await h.http.post(f"/v1/track/{placed['track_token']}/{what}", json=body, headers=headers)


async def shown(h: House, placed: Placed) -> Placed:
    """The order as its customer sees it."""
    answer = await h.http.get(f"/v1/track/{placed['track_token']}")
    order: Placed = answer.json()["order"]
    return order


def there(place: Point = NEXT_DOOR, **more: Any) -> dict[str, Any]:
    """A new address."""
    return {"lat": place.lat, "lon": place.lon, "address": "7 Maple Street", **more}


def refused(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal, which has a sentence."""
    problem = answer.json()
    assert problem["detail"].endswith("."), problem
    return answer.status_code, problem["code"]


# --- instructions -----------------------------------------------------------------------------------------------


async def test_instructions_are_written_and_seen_by_everybody(h: House) -> None:
    """The customer, the desk and the courier's card have them; a repeat with the same key is the same answer."""
    placed = await h.order()
    await on_duty(h)
    await h.plan("c1", placed["id"])
    answer = await wish(h, placed, "instructions", "k1", note="在门口响两声", leave_at_door=True)
    assert answer.status_code == 201, answer.text
    again = await wish(h, placed, "instructions", "k1", note="在门口响两声", leave_at_door=True)
    assert again.json() == answer.json()
    mine = await shown(h, placed)
    assert (mine["note"], mine["leave_at_door"], mine["wish_version"]) == (
        "在门口响两声",
        True,
        answer.json()["wish_version"],
    )
    assert set(mine["may"]) == {"note", "door", "address", "window", "cancel", "wait", "pickup"}
    desk = (await h.http.get(f"/v1/orders/{placed['id']}", headers=h.headers())).json()
    assert (desk["note"], desk["requires"]) == ("在门口响两声", ["photo"])
    assert [each["kind"] for each in desk["wishes"]] == ["door", "note"]


async def test_two_tabs_do_not_overwrite_each_other(h: House) -> None:
    """The second is told the version that is current, and can go on with it."""
    placed = await h.order()
    first = await wish(h, placed, "instructions", note="Ring", seen_version=0)
    assert first.status_code == 201
    stale = await wish(h, placed, "instructions", note="Knock", seen_version=0)
    assert refused(stale) == (409, "stale_order")
    version = stale.json()["current_version"]
    assert version == first.json()["wish_version"] > 0
    assert (await wish(h, placed, "instructions", note="Knock", seen_version=version)).status_code == 201
    late = await wish(h, placed, "address", **there(seen_version=0))
    assert (refused(late), late.json()["current_version"] > version) == ((409, "stale_order"), True)


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        ("instructions", {"note": "x" * 501}, "bad_field"),
        ("instructions", {"note": 7}, "bad_field"),
        ("instructions", {"note": "", "leave": True}, "bad_field"),
        ("address", {"lat": 91, "lon": 0, "address": "x"}, "bad_field"),
        ("address", {"lat": 60.1, "lon": 24.9, "address": ""}, "bad_field"),
        ("address", {"lat": 60.17, "lon": 24.94, "address": " "}, "address_missing"),
        ("address", {"lat": 48.1, "lon": 11.5, "address": "Munich"}, "coordinates_outside_city"),
        ("address:preview", {"lat": 48.1, "lon": 11.5, "address": "Munich"}, "coordinates_outside_city"),
        ("address", {"lat": ISLAND.lat, "lon": ISLAND.lon, "address": "Island"}, "address_unreachable"),
        ("window", {"earliest_at_ms": -1}, "bad_field"),
        ("wait", {"seen_version": "new"}, "bad_field"),
    ],
)
async def test_what_makes_no_sense_is_refused(h: House, what: str, body: dict[str, Any], code: str) -> None:
    """With a code and a sentence, and nothing is changed."""
    placed = await h.order()
    before = await shown(h, placed)
    assert refused(await wish(h, placed, what, **body)) == (422, code)
    assert await shown(h, placed) == before


async def test_hostile_text_stays_text(h: House) -> None:
    """Markup, control characters and right-to-left marks come back as they were typed."""
    placed, text = await h.order(), "<script>alert(1)</script>\u202e\u0000 '; DROP"
    assert (await wish(h, placed, "instructions", note=text)).status_code == 201
    assert (await shown(h, placed))["note"] == text


# --- the link is the right --------------------------------------------------------------------------------------


async def test_a_link_opens_one_order_and_only_while_it_lasts(h: House) -> None:
    """No token helps, another link changes another order, an unknown one none, and an expired one is gone."""
    mine, other = await h.order("mine"), await h.order("other")
    nobody = {"track_token": "A" * len(mine["track_token"])}
    assert refused(await wish(h, nobody, "instructions", note="x")) == (404, "unknown_link")
    by_id = await h.http.post(f"/v1/track/{other['id']}/cancel", json={}, headers=h.headers())
    assert refused(by_id) == (404, "unknown_link")
    assert (await wish(h, mine, "cancel")).status_code == 201
    assert (await shown(h, other))["status"] == "dispatchable"
    assert refused(await wish(h, mine, "wait")) == (409, "order_finished")
    h.clock.pass_ms(25 * 60 * MINUTE_MS)
    for what, body in (("wait", {}), ("address:preview", there()), ("instructions", {"note": ""})):
        assert refused(await wish(h, mine, what, **body)) == (410, "link_expired")


async def test_a_link_that_is_used_too_often_has_to_wait(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """429 with the time to wait; a store of tickets that is away holds nobody up."""
    placed = await h.order()
    monkeypatch.setattr("dispatch.application.link_limits.CHANGES", (Rate(1, 60),))
    monkeypatch.setattr("dispatch.application.link_limits.LOOKS", (Rate(1, 60),))
    assert (await wish(h, placed, "instructions", note="a")).status_code == 201
    answer = await wish(h, placed, "instructions", note="b")
    assert refused(answer) == (429, "too_many_requests")
    assert int(answer.headers["Retry-After"]) > 0
    windows = f"/v1/track/{placed['track_token']}/windows"
    assert [(await h.http.get(windows)).status_code for _ in range(2)] == [200, 429]

    class Away:
        async def take(self, subject: str, rates: Any) -> float:
            raise StoreUnavailable("away")

    assert await LinkLimits(Away()).look("hash") == 0.0  # type: ignore[arg-type]


# --- address ----------------------------------------------------------------------------------------------------


async def test_the_effect_of_an_address_is_shown_before_it_is_made(h: House) -> None:
    """Nobody has the order: the fast path's arrival, or the estimate from the depot; then the order goes there."""
    placed = await h.order()
    alone = (await wish(h, placed, "address:preview", **there())).json()
    assert (alone["courier"], alone["before_at_ms"]) == ("nobody", 0)
    await on_duty(h)
    seen = (await wish(h, placed, "address:preview", **there())).json()
    assert NOON_MS < seen["expected_at_ms"] < alone["expected_at_ms"] < seen["promise_at_ms"]
    assert seen["late_at_ms"] > seen["expected_at_ms"]
    assert (await shown(h, placed))["address"] == "Street 1"
    answer = await wish(h, placed, "address", "k", **there(expected_at_ms=seen["expected_at_ms"]))
    assert answer.status_code == 201, answer.text
    mine = await shown(h, placed)
    assert (mine["address"], mine["lat"], mine["lon"]) == ("7 Maple Street", NEXT_DOOR.lat, NEXT_DOOR.lon)
    again = await wish(h, placed, "address", "k", **there(expected_at_ms=seen["expected_at_ms"]))
    assert again.json() == answer.json()


async def test_an_arrival_that_has_become_much_later_is_shown_again(h: House) -> None:
    """The customer agreed to another one."""
    placed = await h.order()
    await on_duty(h)
    answer = await wish(h, placed, "address", **there(FAR_END, expected_at_ms=NOON_MS + MINUTE_MS))
    assert refused(answer) == (409, "effect_changed")
    assert (await shown(h, placed))["address"] == "Street 1"


async def test_the_courier_keeps_an_order_that_still_fits(h: House) -> None:
    """The preview and the route after it agree; the customer is told why the time changes."""
    placed = await h.order()
    await on_duty(h)
    await h.plan("c1", placed["id"])
    seen = (await wish(h, placed, "address:preview", **there())).json()
    assert (seen["courier"], seen["before_at_ms"]) == ("kept", NOON_MS + 10 * MINUTE_MS)
    assert (await wish(h, placed, "address", **there())).status_code == 201
    route = h.hub.replica.state.route("c1")
    assert (route.stops[1].place, route.stops[1].arrive_at_ms) == (NEXT_DOOR, seen["expected_at_ms"])
    mine = await shown(h, placed)
    assert (mine["eta_at_ms"], mine["eta_cause"]) == (seen["expected_at_ms"], "address")


async def test_an_order_goes_back_to_be_planned_where_another_courier_is_there_so_much_sooner(h: House) -> None:
    """Alone, a late courier keeps it; with somebody idle at the depot it waits again, at its new address."""
    placed = await h.order()
    await on_duty(h, "c2", FAR_END)
    await h.plan("c2", placed["id"])
    assert (await wish(h, placed, "address:preview", **there(FAR_END))).json()["courier"] == "kept"
    await on_duty(h, "c3", DEPOT)
    seen = (await wish(h, placed, "address:preview", **there(FAR_END))).json()
    assert (seen["courier"], seen["before_at_ms"] > seen["expected_at_ms"]) == ("again", False)
    answer = await wish(h, placed, "address", **there(FAR_END, expected_at_ms=seen["expected_at_ms"]))
    assert answer.json()["status"] == "dispatchable"
    assert h.hub.replica.state.route("c2").stops == ()


async def test_goods_on_board_go_elsewhere_only_where_nobody_else_becomes_late(h: House) -> None:
    """The next one stays; the one behind may move, and it goes behind the third."""
    promise_ms = NOON_MS + 60 * MINUTE_MS
    orders = [await h.order(key, promise_at_ms=promise_ms) for key in "abc"]
    await on_duty(h)
    await h.plan("c1", *(each["id"] for each in orders))
    await h.progress("c1", StopAction.ARRIVED)
    await h.progress("c1", StopAction.COMPLETED)
    assert refused(await wish(h, orders[0], "address", **there())) == (409, "next_stop")
    seen = (await wish(h, orders[1], "address:preview", **there(FAR_END))).json()
    assert seen["courier"] == "kept"
    assert (await wish(h, orders[1], "address", **there(FAR_END))).status_code == 201
    stops = h.hub.replica.state.route("c1").stops
    assert [stop.order_ids for stop in stops] == [(orders[0]["id"], orders[2]["id"]), (orders[1]["id"],)]


async def test_goods_on_board_that_do_not_fit_stay_on_their_way(h: House) -> None:
    """A dispatcher locked the sequence: far away, the second one would make the third late. What to do is said."""
    orders = [await h.order(key, promise_at_ms=NOON_MS + 60 * MINUTE_MS) for key in "abc"]
    await on_duty(h)
    await h.plan("c1", *(each["id"] for each in orders))
    for each in orders[1:]:
        lock = {"action": "lock", "lock": "sequence", "order_id": each["id"], "reason": "vip"}
        assert (await h.http.post("/v1/overrides", json=lock, headers=h.headers())).status_code == 200
    await h.progress("c1", StopAction.ARRIVED)
    await h.progress("c1", StopAction.COMPLETED)
    for what in ("address:preview", "address"):
        assert refused(await wish(h, orders[1], what, **there(FAR_END))) == (409, "address_does_not_fit")
    assert (await shown(h, orders[1]))["address"] == "Street 1"


async def test_at_the_door_nothing_is_changed_any_more(h: House) -> None:
    """Each wish is refused with what to do instead."""
    placed = await h.order()
    await on_duty(h)
    await h.plan("c1", placed["id"])
    for action in (StopAction.ARRIVED, StopAction.COMPLETED):
        await h.progress("c1", action)
    assert refused(await wish(h, placed, "cancel")) == (409, "picked_up")
    assert refused(await h.http.get(f"/v1/track/{placed['track_token']}/windows")) == (409, "picked_up")
    assert refused(await wish(h, placed, "window", earliest_at_ms=0)) == (409, "picked_up")
    await h.progress("c1", StopAction.ARRIVED)
    for what, body in (("address", there()), ("address:preview", there()), ("instructions", {"note": "x"})):
        assert refused(await wish(h, placed, what, **body)) == (409, "at_the_door")
    assert "may" not in await shown(h, placed)


async def test_a_plan_that_moves_on_meanwhile_is_looked_at_again(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look is for a route of before, the second is overtaken; the next one fits."""
    placed = await h.order()
    await on_duty(h)
    looks, real = [], routes_wishes.look_at_address

    async def interrupted(*args: Any) -> Any:
        command, effect = await real(*args)
        looks.append(command)
        if len(looks) == 1:
            await h.plan("c1", placed["id"])
        if len(looks) == 2:
            raise Conflict("stale_plan", "The route changed while it was looked at.")
        return command, effect

    monkeypatch.setattr(routes_wishes, "look_at_address", interrupted)
    assert (await wish(h, placed, "address", **there())).status_code == 201
    assert [look.courier_id for look in looks] == ["", "c1", "c1"]


async def test_a_plan_that_never_rests_is_told(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few looks the customer is asked to try again."""
    placed, real = await h.order(), routes_wishes.look_at_address

    async def behind(*args: Any) -> Any:
        command, effect = await real(*args)
        return type(command)(command.order_id, command.place, command.address, "somebody"), effect

    monkeypatch.setattr(routes_wishes, "look_at_address", behind)
    assert refused(await wish(h, placed, "address", "k", **there())) == (409, "stale_plan")


async def test_addresses_are_found_by_what_is_typed_and_by_place(h: House) -> None:
    """The best eight, near first; the nearest to a pin; nothing for a number alone."""
    placed = await h.order()
    path = f"/v1/track/{placed['track_token']}/addresses"
    found = (await h.http.get(path, params={"q": "maple 7"})).json()["addresses"]
    assert [each["address"] for each in found] == ["7 Maple Street"]
    near = (await h.http.get(path, params={"lat": "60.17", "lon": "24.9412"})).json()["addresses"]
    assert [each["address"] for each in near] == ["12 Maple Street"]
    assert (await h.http.get(path, params={"q": "7"})).json() == {"addresses": []}
    for params in ({"lat": "x", "lon": "1"}, {"lat": "91", "lon": "1"}, {"lat": "nan", "lon": "1"}, {"q": "m" * 101}):
        assert refused(await h.http.get(path, params=params)) == (422, "bad_parameter")


# --- window, cancel, waiting ------------------------------------------------------------------------------------


async def test_a_window_is_chosen_from_those_that_are_possible(h: House) -> None:
    """Half hours ahead, and as soon as possible; one that has passed by the time it is sent is refused."""
    placed = await h.order()
    path = f"/v1/track/{placed['track_token']}/windows"
    offered = (await h.http.get(path)).json()
    assert offered["soon"]["earliest_at_ms"] == 0
    assert all(each["promise_at_ms"] - each["earliest_at_ms"] == 30 * MINUTE_MS for each in offered["windows"])
    chosen = offered["windows"][3]
    answer = await wish(h, placed, "window", "k", **chosen)
    assert answer.status_code == 201, answer.text
    mine = await shown(h, placed)
    assert (mine["earliest_at_ms"], mine["promise_at_ms"]) == (chosen["earliest_at_ms"], chosen["promise_at_ms"])
    found = h.hub.replica.state.orders[placed["id"]]
    assert NOON_MS < found.commit_due_at_ms < chosen["earliest_at_ms"]
    h.clock.pass_ms(chosen["promise_at_ms"] - h.clock.now_ms())
    assert (await wish(h, placed, "window", "k", **chosen)).json() == answer.json()
    assert refused(await wish(h, placed, "window", **chosen)) == (409, "window_gone")
    assert (await wish(h, placed, "window", earliest_at_ms=0)).status_code == 201
    assert "earliest_at_ms" not in await shown(h, placed)


async def test_nobody_works_any_more(h: House) -> None:
    """Windows end with the last shift."""
    placed = await h.order()
    body = {"name": "Ada", "profile": "ebike", "shift_end_at_ms": NOON_MS + 70 * MINUTE_MS}
    assert (await h.http.put("/v1/couriers/c1", json=body, headers=h.headers())).status_code == 200
    await eventually(lambda: "c1" in h.hub.replica.state.couriers)
    offered = (await h.http.get(f"/v1/track/{placed['track_token']}/windows")).json()["windows"]
    assert [each["earliest_at_ms"] - NOON_MS for each in offered] == [30 * MINUTE_MS, 60 * MINUTE_MS]


async def test_a_customer_cancels_or_waits(h: House) -> None:
    """Waiting is remembered, canceling ends it; the second cancel is no error."""
    placed = await h.order()
    assert (await wish(h, placed, "wait")).status_code == 201
    assert (await shown(h, placed))["waits_until_ms"] > NOON_MS
    assert [(await wish(h, placed, "cancel")).json()["status"] for _ in range(2)] == ["canceled", "canceled"]
    desk = (await h.http.get(f"/v1/orders/{placed['id']}", headers=h.headers())).json()
    assert (desk["reason"], desk["wishes"][-1]["kind"]) == ("customer", "cancel")
    assert h.bus.asked[-1].actor == f"customer:{placed['id']}"


async def test_a_slow_zone_is_safe(h: House) -> None:
    """202: it will be made; the link says how it stands."""
    placed = await h.order()
    h.bus.deaf = True
    answer = await wish(h, placed, "wait")
    assert (answer.status_code, answer.json()) == (202, {"id": placed["id"]})
    assert (await wish(h, placed, "address", **there())).status_code == 202


async def test_a_long_finished_order_is_not_looked_at(h: House) -> None:
    """The zone has forgotten it; its link still opens it for a day."""
    placed = await h.order()
    await wish(h, placed, "cancel")
    h.hub.replica.state.orders.pop(placed["id"])
    assert refused(await wish(h, placed, "address:preview", **there())) == (404, "unknown_order")
