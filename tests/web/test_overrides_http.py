"""Overrides over HTTP: looked ahead, asked for, taken back, listed and judged."""

from typing import Any

import pytest

from courier_protocol.messages import Fix
from dispatch.application.overrides import MAX_LOOKS, OverrideWish, Surroundings
from dispatch.application.overrides import preview as look_ahead
from dispatch.application.ports import Reply, Request
from dispatch.domain.commands import Overrule, SetDuty, StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict
from dispatch.domain.geo import Point
from tests.support.web import House, eventually
from tests.support.zones import MINUTE_MS, NOON_MS

FAR = Point(60.20, 25.00)
NEAR = Point(60.166, 24.936)


async def on_duty(h: House, courier_id: str = "c1", place: Point = NEAR) -> None:
    """A courier on duty, seen at a place; registered when they are not yet."""
    if courier_id not in h.hub.replica.state.couriers:
        await h.courier(courier_id, f"Courier {courier_id}")
    await h.do(SetDuty(courier_id, Duty.AVAILABLE))
    h.hub.report(courier_id, 1, 1, [Fix(at_ms=NOON_MS, lat=place.lat, lon=place.lon)])
    await eventually(lambda: courier_id in h.services.positions._zones["default"].newest)  # type: ignore[attr-defined]


async def heard(h: House) -> None:
    """This process has heard of everything that was committed."""
    await eventually(lambda: h.hub.replica.head == h.store_head)


async def preview(h: House, **body: Any) -> Any:
    """Look ahead."""
    wish = {"reason": "because", **body}
    return await h.http.post("/v1/overrides:preview", json=wish, headers=h.headers("dispatcher"))


async def done(h: House, **body: Any) -> dict[str, Any]:
    """Override, and wait until this process knows it."""
    answer = await override(h, **body)
    assert answer.status_code == 200, answer.text
    await heard(h)
    told: dict[str, Any] = answer.json()
    return told


async def undo(h: House, override_id: str) -> Any:
    """Take an override back, as another dispatcher."""
    body = {"reason": "mistake"}
    answer = await h.http.post(f"/v1/overrides/{override_id}:undo", json=body, headers=h.headers("dispatcher", "bob"))
    await heard(h)
    return answer


async def read(h: House, path: str = "") -> Any:
    """What there is to read of overrides."""
    answer = await h.http.get(f"/v1/overrides{path}", headers=h.headers("dispatcher"))
    return answer.json()


async def override(h: House, **body: Any) -> Any:
    return await h.http.post("/v1/overrides", json={"reason": "because", **body}, headers=h.headers("dispatcher"))


async def test_a_dispatcher_assigns_and_takes_back(h: House) -> None:
    """200 with the new plan version; the order is locked to the courier until it is unlocked or taken back."""
    await on_duty(h)
    placed = await h.order()
    version = h.hub.replica.state.plan_version
    answer = await override(h, action="assign", order_id=placed["id"], courier_id="c1", expected_version=version)
    assert answer.status_code == 200 and answer.json()["plan_version"] > version
    await eventually(lambda: h.hub.replica.state.orders[placed["id"]].courier_id == "c1")
    for action in ("unlock", "lock", "unassign"):
        answer = await override(h, action=action, order_id=placed["id"])
        assert answer.status_code == 200, answer.text
        await eventually(lambda: h.hub.replica.head == h.store_head)
    assert h.hub.replica.state.orders[placed["id"]].courier_id == ""
    assert {request.actor for request in h.bus.asked[-4:]} == {"dispatcher:someone"}


async def test_an_old_version_is_a_conflict_with_the_current_one(h: House) -> None:
    """409 names the version to look at; nothing changed."""
    await on_duty(h)
    placed = await h.order()
    answer = await override(h, action="assign", order_id=placed["id"], courier_id="c1", expected_version=0)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_plan")
    assert answer.json()["current_version"] == h.hub.replica.state.plan_version


async def test_changes_elsewhere_do_not_make_an_override_stale(h: House) -> None:
    """Another order comes in and raises the plan version; the version that was seen still serves for this order."""
    await on_duty(h)
    placed = await h.order()
    seen = h.hub.replica.state.plan_version
    await h.order()
    assert h.hub.replica.state.plan_version > seen
    answer = await override(h, action="assign", order_id=placed["id"], courier_id="c1", expected_version=seen)
    assert answer.status_code == 200, answer.text
    again = await override(h, action="unassign", order_id=placed["id"], expected_version=seen)
    assert (again.status_code, again.json()["code"]) == (409, "stale_plan")


async def test_an_infeasible_assignment_needs_force(h: House) -> None:
    """409 lists what speaks against it; with force it is done, and the list comes along."""
    await on_duty(h)
    heavy = await h.order(load={"weight_g": 900_000})
    wish = {"action": "assign", "order_id": heavy["id"], "courier_id": "c1"}
    answer = await override(h, **wish)
    assert (answer.status_code, answer.json()["code"]) == (409, "infeasible")
    assert answer.json()["errors"][0]["detail"]
    forced = await override(h, **wish, force=True)
    assert forced.status_code == 200 and forced.json()["violations"]


async def test_refused_overrides(h: House) -> None:
    """Unknown orders, a missing courier, an order that nobody has: each has its status and sentence."""
    placed = await h.order()
    assert (await override(h, action="assign", order_id=placed["id"])).json()["code"] == "courier_missing"
    assert (await override(h, action="assign", order_id="none", courier_id="c1")).status_code == 404
    assert (await override(h, action="lock", order_id=placed["id"])).status_code == 409
    assert (await override(h, action="fly", order_id=placed["id"])).status_code == 422
    assert (await override(h, action="unassign", order_id=placed["id"])).json()["code"] == "wrong_state"
    assert (await override(h, action="hold")).json()["code"] == "order_missing"
    assert (await override(h, action="resequence", courier_id="none")).json()["code"] == "unknown_courier"
    h.bus.deaf = True
    slow = await override(h, action="hold", order_id=placed["id"])
    assert slow.status_code == 202 and slow.json()["id"] in slow.json()["status_url"]


async def test_an_override_without_a_version_means_as_it_stands_now(h: House) -> None:
    """When the plan moves on between look and decision, it is looked at again, a bounded number of times."""
    await on_duty(h)
    placed = await h.order()
    stale = Reply(False, "stale_plan", "The plan moved on.", "conflict", {"plan_version": 9})
    answers, real = [stale, stale], h.bus.ask

    async def ask(zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        return answers.pop() if answers else await real(zone_id, request, timeout_s)

    h.bus.ask = ask  # type: ignore[method-assign]
    wish = {"action": "assign", "order_id": placed["id"], "courier_id": "c1"}
    assert (await override(h, **wish)).status_code == 200
    answers = [stale] * 9
    assert (await override(h, action="unassign", order_id=placed["id"])).status_code == 409


async def test_a_plan_that_moves_on_during_the_look_names_its_version(
    h: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dry run meets a newer plan than the check before it: the 409 has the version to go on with."""
    placed = await h.order()

    async def overtaken(*_: object) -> None:
        raise Conflict("stale_plan", "This changed; look again.")

    monkeypatch.setattr("dispatch.web.routes_overrides.decide", overtaken)
    answer = await override(h, action="hold", order_id=placed["id"], expected_version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale_plan")
    assert answer.json()["current_version"] == h.hub.replica.state.plan_version


async def test_a_preview_that_the_plan_overtakes_is_looked_at_anew(h: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever only looks need not hear that the plan moved on meanwhile, unless it never stands still."""
    placed, looks = await h.order(), 0

    async def overtaken(wish: OverrideWish, around: Surroundings) -> Overrule:
        nonlocal looks
        looks += 1
        if looks in (1, 2) or looks > 3:
            raise Conflict("stale_plan", "This changed; look again.")
        return await look_ahead(wish, around)

    monkeypatch.setattr("dispatch.web.routes_overrides.preview", overtaken)
    assert (await preview(h, action="hold", order_id=placed["id"])).status_code == 200
    assert (await preview(h, action="hold", order_id=placed["id"])).json()["code"] == "stale_plan"
    assert looks == 3 + MAX_LOOKS


async def test_an_order_can_be_overridden_as_soon_as_it_is_placed(h: House) -> None:
    """The caller of both need not wait in between, although this process hears of the order a moment later."""
    for n in range(10):
        body = {"dropoff": {"lat": 60.17, "lon": 24.94, "address": "Street 1"}}
        placed = await h.http.post("/v1/orders", json=body, headers=h.headers())
        wish = {"action": "lock", "order_id": placed.json()["id"], "reason": "test", "expected_version": 10**6 + n}
        answer = await h.http.post("/v1/overrides", json=wish, headers=h.headers())
        assert answer.json()["code"] == "stale_plan"


# --- looking ahead ----------------------------------------------------------------------------------------------


async def test_a_preview_changes_nothing_and_says_what_would(h: House) -> None:
    """Arrivals, the objective by term with unit and reason, broken rules; applied, the answer says the same."""
    await on_duty(h, "c1", FAR)
    await on_duty(h, "c2")
    placed = await h.order()
    await h.plan("c1", placed["id"])
    head = h.store_head
    wish = {"action": "assign", "order_id": placed["id"], "courier_id": "c2"}
    seen = (await preview(h, **wish)).json()
    assert h.store_head == head
    (eta,) = seen["etas"]
    assert eta["order_id"] == placed["id"] and 0 < eta["after_at_ms"] < eta["before_at_ms"]
    assert eta["promise_at_ms"] == placed["promise_at_ms"]
    terms = {term["name"]: term for term in seen["terms"]}
    assert terms["moved_order"]["before_s"] == 0 < terms["moved_order"]["after_s"]
    assert all(term["unit"] and term["reason"] for term in terms.values())
    assert seen["after_s"] == pytest.approx(sum(term["after_s"] for term in terms.values()), abs=0.2)
    assert (seen["violations"], seen["plan_version"]) == ([], h.hub.replica.state.plan_version)
    applied = await done(h, **wish)
    assert applied["effects"] == seen


async def test_a_preview_refuses_what_the_zone_would_refuse(h: House) -> None:
    """A stale version, an impossible act, an unknown order: the same problem, without asking the zone."""
    await on_duty(h)
    placed = await h.order()
    asked = len(h.bus.asked)
    stale = await preview(h, action="assign", order_id=placed["id"], courier_id="c1", expected_version=0)
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_plan")
    assert stale.json()["current_version"] == h.hub.replica.state.plan_version
    free = await preview(h, action="unassign", order_id=placed["id"])
    assert (free.status_code, free.json()["code"]) == (409, "wrong_state")
    assert (await preview(h, action="hold", order_id="none")).status_code == 404
    heavy = await h.order(load={"weight_g": 900_000})
    broken = await preview(h, action="assign", order_id=heavy["id"], courier_id="c1")
    assert broken.status_code == 200 and broken.json()["violations"]
    assert len(h.bus.asked) == asked + 1


async def test_what_nobody_has_is_compared_with_what_the_system_would_do(h: House) -> None:
    """A waiting order, near c2: given to c1, who is far away, it would come later than by itself."""
    await on_duty(h, "c1", FAR)
    await on_duty(h, "c2")
    placed = await h.order()
    (eta,) = (await preview(h, action="assign", order_id=placed["id"], courier_id="c1")).json()["etas"]
    assert 0 < eta["before_at_ms"] < eta["after_at_ms"]
    (held,) = (await preview(h, action="hold", order_id=placed["id"])).json()["etas"]
    assert held["before_at_ms"] > 0 == held["after_at_ms"]


# --- every action -----------------------------------------------------------------------------------------------


async def test_a_route_in_another_order(h: House) -> None:
    """The stops by their ids, as wanted; started ones may be left out; a missing or strange one is refused."""
    await on_duty(h)
    one, two = await h.order(), await h.order(place=Point(60.168, 24.95))
    await h.plan("c1", one["id"], two["id"])
    ids = [stop.id for stop in h.hub.replica.state.route("c1").stops]
    wish = {"action": "resequence", "courier_id": "c1"}
    assert (await override(h, **wish, stop_ids=ids[:2])).json()["code"] == "bad_sequence"
    assert (await override(h, **wish, stop_ids=[*ids[:2], "strange"])).json()["code"] == "bad_sequence"
    backwards = await override(h, **wish, stop_ids=[ids[1], ids[0], ids[2]], force=True)
    assert (backwards.status_code, backwards.json()["code"]) == (422, "bad_sequence")
    told = await done(h, **wish, stop_ids=[ids[0], ids[2], ids[1]])
    assert {eta["order_id"] for eta in told["effects"]["etas"]} == {one["id"], two["id"]}
    assert [stop.order_ids for stop in h.hub.replica.state.route("c1").stops][1:] == [(two["id"],), (one["id"],)]
    assert h.hub.replica.state.orders[one["id"]].lock == "sequence"
    await h.progress("c1", StopAction.DEPARTED)
    later = [stop.id for stop in h.hub.replica.state.route("c1").stops][1:]
    await done(h, **wish, stop_ids=later[::-1])


async def test_hold_release_exclude_include_expedite(h: House) -> None:
    """Each does to the order what it says."""
    await on_duty(h)
    await on_duty(h, "c2", FAR)
    one, two = (await h.order())["id"], (await h.order(place=Point(60.168, 24.95)))["id"]
    await h.plan("c1", one, two)
    orders = h.hub.replica.state.orders
    await done(h, action="hold", order_id=two)
    assert (orders[two].status, orders[two].reason) == ("held", "review")
    released = await done(h, action="release", order_id=two)
    assert released["effects"]["etas"][0]["after_at_ms"] > 0
    await done(h, action="exclude", order_id=two, courier_id="c1")
    assert orders[two].declined_by == ("c1",)
    await done(h, action="include", order_id=two, courier_id="c1")
    assert orders[two].declined_by == ()
    await done(h, action="expedite", order_id=two)
    assert orders[two].priority == 9
    await done(h, action="assign", order_id=two, courier_id="c1")
    await done(h, action="expedite", order_id=two)
    assert h.hub.replica.state.route("c1").stops[1].order_ids == (two,)
    assert orders[two].lock == "position"
    await done(h, action="exclude", order_id=one, courier_id="c2")
    assert (await h.http.get(f"/v1/orders/{one}", headers=h.headers())).json()["excluded"] == ["c2"]


async def test_split_and_merge(h: House) -> None:
    """Two orders of a route of three go to another courier; then all of one depot come together at one stop."""
    await on_duty(h)
    await on_duty(h, "c2")
    ids = [(await h.order())["id"] for _ in range(3)]
    await h.plan("c1", *ids)
    await done(h, action="split", order_ids=ids[:2], courier_id="c2")
    assert h.hub.replica.state.route("c2").order_ids() in (tuple(ids[:2]), tuple(ids[1::-1]))
    await done(h, action="merge", order_ids=ids, courier_id="c2")
    stops = h.hub.replica.state.route("c2").stops
    assert sorted(stops[0].order_ids) == sorted(ids) and sorted(stops[-1].order_ids) == sorted(ids)
    assert h.hub.replica.state.route("c1").stops == ()
    await done(h, action="split", order_id=ids[0])
    assert h.hub.replica.state.orders[ids[0]].courier_id == ""


async def test_locks_have_degrees(h: House) -> None:
    """`lock` says how much; without it the courier is kept."""
    await on_duty(h)
    placed = await h.order()
    await h.plan("c1", placed["id"])
    for lock in ("sequence", "position", "full"):
        await done(h, action="lock", order_id=placed["id"], lock=lock)
        assert h.hub.replica.state.orders[placed["id"]].lock == lock
    shown = (await h.http.get(f"/v1/orders/{placed['id']}", headers=h.headers())).json()
    assert shown["lock"] == "full" and "priority" not in shown
    await done(h, action="lock", order_id=placed["id"])
    assert h.hub.replica.state.orders[placed["id"]].lock == "courier"
    await done(h, action="unlock", order_id=placed["id"])
    assert h.hub.replica.state.orders[placed["id"]].lock == "none"


# --- undo -------------------------------------------------------------------------------------------------------


async def test_an_override_is_undone(h: House) -> None:
    """The order is back with its courier at its old place in the route; once only; both acts are in the record."""
    await on_duty(h)
    await on_duty(h, "c2")
    one, two = (await h.order())["id"], (await h.order())["id"]
    await h.plan("c1", one, two)
    before = [stop.order_ids for stop in h.hub.replica.state.route("c1").stops]
    made = await done(h, action="assign", order_id=two, courier_id="c2")
    answer = await undo(h, made["id"])
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["undone_by"], told["verdict"], told["against_undo"]) == (
        "dispatcher:bob",
        "undone",
        ["It has been undone."],
    )
    assert [stop.order_ids for stop in h.hub.replica.state.route("c1").stops] == before
    assert h.hub.replica.state.orders[two].lock == "none"
    again = await undo(h, made["id"])
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")


async def test_an_undo_that_comes_too_late_says_what_has_changed(h: House) -> None:
    """409 with a sentence: the courier has set off; the list says so before anybody tries."""
    await on_duty(h)
    placed = await h.order()
    made = await done(h, action="assign", order_id=placed["id"], courier_id="c1")
    assert (await read(h, f"/{made['id']}"))["against_undo"] == []
    await h.progress("c1", StopAction.DEPARTED)
    answer = await undo(h, made["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "changed_since")
    assert "en_route_pickup" in answer.json()["detail"]
    assert (await read(h, f"/{made['id']}"))["against_undo"] == [answer.json()["detail"]]
    assert (await undo(h, "none")).status_code == 404


async def test_what_is_long_past_is_not_undone(h: House) -> None:
    """It has left memory: a clear 409, and the list says so."""
    placed = await h.order()
    made = await done(h, action="expedite", order_id=placed["id"])
    del h.hub.replica.state.overrides[made["id"]]
    answer = await undo(h, made["id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "undo_too_late")
    assert (await read(h, f"/{made['id']}"))["against_undo"] == ["It is settled and long past."]


async def test_an_undo_that_takes_long_is_pending(h: House) -> None:
    """202 with the way to its outcome; what the zone refuses is a problem."""
    placed = await h.order()
    made = await done(h, action="expedite", order_id=placed["id"])
    real = h.bus.ask

    async def refuse(zone_id: str, request: Request, timeout_s: float = 2.0) -> Reply | None:
        return Reply(False, "changed_since", "Something changed.", "conflict", {"plan_version": 9})

    h.bus.ask = refuse  # type: ignore[method-assign]
    assert (await undo(h, made["id"])).status_code == 409
    h.bus.ask = real  # type: ignore[method-assign]
    h.bus.deaf = True
    assert (await undo(h, made["id"])).status_code == 202


# --- the record -------------------------------------------------------------------------------------------------


async def test_the_record_says_whether_the_human_was_right(h: House) -> None:
    """c1 far away was to bring it; c2 did: promised, predicted without and with, actual; the summary counts it."""
    await on_duty(h, "c1", FAR)
    await on_duty(h, "c2")
    placed = await h.order()
    await h.plan("c1", placed["id"])
    made = await done(h, action="assign", order_id=placed["id"], courier_id="c2")
    assert (await read(h, f"/{made['id']}"))["verdict"] == "open"
    h.clock.pass_ms(6 * MINUTE_MS)
    await h.progress("c2", StopAction.COMPLETED)
    await h.progress("c2", StopAction.ARRIVED)
    await h.progress("c2", StopAction.COMPLETED)
    told = await read(h, f"/{made['id']}")
    (outcome,) = told["outcomes"]
    assert (outcome["end"], outcome["actual_at_ms"]) == ("delivered", NOON_MS + 6 * MINUTE_MS)
    assert outcome["with_at_ms"] < outcome["without_at_ms"]
    assert (told["verdict"], told["judged"], told["by"]) == ("better", 1, "dispatcher:someone")
    better_min = (outcome["without_at_ms"] - outcome["actual_at_ms"]) / MINUTE_MS
    assert told["better_min"] == pytest.approx(better_min, abs=0.06)
    (order,) = told["orders"]
    assert (order["before"]["courier_id"], order["after"]["courier_id"], order["after"]["lock"]) == (
        "c1",
        "c2",
        "courier",
    )
    summary = await read(h, "/summary")
    assert summary["counted"] == 1
    (row,) = summary["rows"]
    assert (row["by"], row["action"], row["better"], row["judged"]) == ("dispatcher:someone", "assign", 1, 1)
    assert row["better_min"] == told["better_min"]


async def test_overrides_are_listed(h: House) -> None:
    """The newest first, page by page; by person, action and order; a cursor of somebody else is refused."""
    one, two = (await h.order())["id"], (await h.order())["id"]
    ids = []
    for action, order_id in (("hold", one), ("expedite", two), ("release", one)):
        h.clock.pass_ms(1)
        ids.append((await done(h, action=action, order_id=order_id))["id"])
    page = await read(h, "?limit=2")
    assert [each["id"] for each in page["overrides"]] == ids[:0:-1]
    rest = await h.http.get(page["next"], headers=h.headers("dispatcher"))
    assert [each["id"] for each in rest.json()["overrides"]] == ids[:1]
    assert [each["id"] for each in (await read(h, f"?order_id={one}"))["overrides"]] == [ids[2], ids[0]]
    assert [each["id"] for each in (await read(h, "?action=expedite"))["overrides"]] == [ids[1]]
    assert len((await read(h, "?by=dispatcher:someone"))["overrides"]) == 3
    assert (await read(h, "?by=dispatcher:else"))["overrides"] == []
    assert (await read(h, "?action=fly"))["code"] == "bad_parameter"
    assert (await read(h, "?cursor=%21"))["code"] == "bad_cursor"
    assert (await read(h, "/none"))["code"] == "unknown_override"


async def test_who_may_not_override_may_not_look_ahead_or_undo(h: House) -> None:
    """Depot staff and couriers get 403 for all of it."""
    placed = await h.order()
    wish = {"reason": "because", "action": "hold", "order_id": placed["id"]}
    for role in ("depot", "courier", "support"):
        headers = h.headers(role)
        answers = [
            await h.http.post("/v1/overrides", json=wish, headers=headers),
            await h.http.post("/v1/overrides:preview", json=wish, headers=headers),
            await h.http.post("/v1/overrides/ov:undo", json={"reason": "x"}, headers=headers),
            await h.http.get("/v1/overrides", headers=headers),
            await h.http.get("/v1/overrides/summary", headers=headers),
            await h.http.get("/v1/overrides/ov", headers=headers),
        ]
        assert {answer.status_code for answer in answers} == {403}
