"""What the log tells of whole stories, line by line: every step by its name, every route with its reason and its stops,
every case with whom it concerns.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.commands import StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.order import PreparationStep
from dispatch.domain.route import Stop
from dispatch.domain.zone import ZoneState
from tests.domain.test_handover import hand, meeting_zone, says, stop_of, take
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, plan, planned, progress, zone

ARRIVED, COMPLETED, FAILED = StopAction.ARRIVED, StopAction.COMPLETED, StopAction.FAILED


def told(events: Iterable[e.Event]) -> list[str]:
    """The events, one line each."""
    return [_line(event) for event in events]


def _line(event: e.Event) -> str:
    match event:
        case e.OrderChanged(order, what):
            whose = f" {order.courier_id}#{order.assignment_seq}" if order.courier_id else ""
            line = f"{order.id} {what}: {order.status}{whose}{_why(order.reason)}"
        case e.RouteChanged(route, reason):
            line = f"route {route.courier_id} {reason}: {', '.join(map(_stop, route.stops)) or 'nothing'}"
        case e.OfferMade(offer):
            line = f"offer to {offer.courier_id} of {','.join(offer.order_ids)}"
        case e.OfferClosed(offer, reason):
            line = f"offer to {offer.courier_id} {offer.status}{_why(reason)}"
        case e.CaseChanged(case):
            line = f"case {case.kind} of {case.order_id}: {case.courier_id}, {case.other_courier_id or 'nobody else'}"
        case e.CourierNoticed(courier_id, code, order_ids):
            line = f"{courier_id} hears {code} of {','.join(order_ids)}"
        case e.DutyChanged(courier, reason):
            line = f"{courier.id} is {courier.duty}{_why(reason)}"
        case e.Overridden(action, order_id, courier_id, reason):
            line = f"by hand: {action} {order_id} {courier_id}{_why(reason)}"
        case _:
            line = type(event).__name__
    return line


def _why(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _stop(stop: Stop) -> str:
    return f"{stop.kind} {'+'.join(stop.order_ids)} {stop.state}"


def with_orders(orders: int = 1) -> ZoneState:
    state = zone(couriers=2, orders=orders)
    given(state, "c1", *(f"o{n}" for n in range(1, orders + 1)))
    return state


def a_delivery() -> list[e.Event]:
    state = with_orders()
    actions = (StopAction.DEPARTED, ARRIVED, COMPLETED) * 2
    return [event for action in actions for event in progress(state, "c1", action)]


def a_meeting() -> list[e.Event]:
    state = meeting_zone()
    return hand(state) + take(state)


def a_meeting_that_failed() -> list[e.Event]:
    state = meeting_zone()
    return ask(state, says("c1", stop_of(state, "c1").kind, stop_of(state, "c1").id, FAILED))


def a_meeting_that_failed_for_the_other() -> list[e.Event]:
    state = meeting_zone()
    return ask(state, says("c2", stop_of(state, "c2").kind, stop_of(state, "c2").id, FAILED))


def a_word_taken_back() -> list[e.Event]:
    state = meeting_zone()
    stop_id = stop_of(state, "c1").id
    hand(state)
    return ask(state, c.UndoStop("c1", stop_id, NOON_MS + 5_000, 30_000), NOON_MS + 6_000)


def a_delivery_taken_back() -> list[e.Event]:
    state = with_orders()
    for _ in range(2):
        stop_id = state.route("c1").stops[0].id
        progress(state, "c1", COMPLETED)
    return ask(state, c.UndoStop("c1", stop_id, NOON_MS + 5_000, 30_000), NOON_MS + 6_000)


def goods_that_were_not_there() -> list[e.Event]:
    return progress(with_orders(2), "c1", FAILED, reason="not_ready")


def nobody_at_the_door() -> list[e.Event]:
    state = with_orders()
    progress(state, "c1", COMPLETED)
    return progress(state, "c1", FAILED, reason="nobody_there") + ask(state, c.ResolveAttempt("o1", "return", "called"))


def offers_and_answers() -> list[e.Event]:
    state = zone(couriers=2, orders=3)
    events: list[e.Event] = []
    for order_id, courier_id in (("o1", "c1"), ("o2", "c2"), ("o3", "c2")):
        events += ask(state, plan(state, planned(state, courier_id, (order_id,)), ttl_ms=MINUTE_MS))
    first, second, _ = state.offers
    events += ask(state, c.AcceptOffer("c1", first)) + ask(state, c.DeclineOffer("c2", second, "too_far"))
    return events + ask(state, c.PassTime(), NOON_MS + 2 * MINUTE_MS)


def doors_cut_off_and_open_again() -> list[e.Event]:
    state = with_orders(2)
    return ask(state, c.CutOff((("o1", "closed"), ("o2", "closed")))) + ask(state, c.Reconnect(("o1", "o2")))


def goods_packed_early() -> list[e.Event]:
    state = with_orders()
    return ask(state, c.ReportPreparation("o1", PreparationStep.PACKED))


def an_order_canceled_on_the_way() -> list[e.Event]:
    state = with_orders(2)
    return ask(state, c.CancelOrder("o1", "customer"))


def a_courier_who_goes() -> list[e.Event]:
    state = with_orders(2)
    return ask(state, c.SetDuty("c1", Duty.OFF_DUTY, reason="flat tyre"))


def orders_taken_away() -> list[e.Event]:
    return ask(with_orders(2), c.UnassignByHand("o2", "because"))


STORIES = (
    a_delivery,
    a_meeting,
    a_meeting_that_failed,
    a_meeting_that_failed_for_the_other,
    a_word_taken_back,
    a_delivery_taken_back,
    goods_that_were_not_there,
    nobody_at_the_door,
    offers_and_answers,
    doors_cut_off_and_open_again,
    goods_packed_early,
    an_order_canceled_on_the_way,
    a_courier_who_goes,
    orders_taken_away,
)
WRITTEN = dict(
    story.removeprefix("## ").partition("\n")[::2]
    for story in (Path(__file__).parent / "stories.txt").read_text(encoding="utf-8").strip().split("\n\n")
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_story_is_told_as_it_is_written(story: Callable[[], list[e.Event]]) -> None:
    """`stories.txt` has it; who changes what is told changes that page, and sees what it means."""
    assert told(story()) == WRITTEN[story.__name__.replace("_", " ")].splitlines()
