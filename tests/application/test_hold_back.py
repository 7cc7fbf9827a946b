"""Holding orders back until a courier who is near has to set off."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from dispatch.application.hold_back import HoldBack
from dispatch.application.ports import Position
from dispatch.application.views import Sight
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import Direction, Order
from dispatch.domain.zone import ZoneState
from tests.support.planned_zone import AT_SEA, StraightLines
from tests.support.zones import MINUTE_MS, NOON_MS, ask, depot, order, zone

HOUR = 60 * MINUTE_MS
LATER = replace(order("o1"), ready_at_ms=NOON_MS + HOUR, promise_at_ms=NOON_MS + 2 * HOUR)


def seen(places: Mapping[str, Point]) -> Sight:
    """Where couriers are."""
    return Sight({c: Position(c, 1, 1, NOON_MS, NOON_MS, place.lat, place.lon) for c, place in places.items()})


def due_ms(state: ZoneState, places: Mapping[str, Point], wanted: Order = LATER, hold: str = "") -> int:
    """When the order is given away."""
    command = c.CreateOrder(wanted, hold)
    return asyncio.run(HoldBack(180).applied(command, state, seen(places), StraightLines())).order.commit_due_at_ms


def test_an_order_is_due_when_the_nearest_courier_has_to_set_off() -> None:
    """Ready in an hour: due a ride, half of the minute at the counter and three minutes of slack before that."""
    state, place = zone(couriers=2), Point(60.18, 24.95)
    ride_ms = distance_m(place, depot("d1").place) / 5 * 1000
    due = due_ms(state, {"c1": place, "c2": Point(60.3, 25.0)})
    assert abs(due - (NOON_MS + HOUR - ride_ms - MINUTE_MS / 2 - 3 * MINUTE_MS)) <= 1


def test_who_does_not_work_is_not_near() -> None:
    """A courier on a break beside the depot does not count; nor does one whose place nobody knows."""
    state, far = zone(couriers=3), Point(60.3, 25.0)
    here = depot("d1").place
    ask(state, c.SetDuty("c1", Duty.ON_BREAK))
    assert due_ms(state, {"c1": here, "c2": far}) == due_ms(state, {"c2": far}) < due_ms(state, {"c2": here})


def test_it_is_given_away_at_once_when_nothing_is_gained_or_known() -> None:
    """Ready by the time a courier is there; nobody on duty; nobody who can ride there; a return; a held order."""
    state, here = zone(couriers=1), {"c1": depot("d1").place}
    assert due_ms(state, here, replace(LATER, ready_at_ms=NOON_MS + 3 * MINUTE_MS)) == 0
    assert due_ms(state, {}) == 0
    assert due_ms(state, {"c1": AT_SEA}) == 0
    assert due_ms(state, here, replace(LATER, direction=Direction.RETURN)) == 0
    assert due_ms(state, here, LATER, hold="address") == 0


def test_the_shop_may_say_it_itself() -> None:
    """A moment that came with the order stays."""
    assert (
        due_ms(zone(couriers=1), {"c1": depot("d1").place}, replace(LATER, commit_due_at_ms=NOON_MS + 7)) == NOON_MS + 7
    )
