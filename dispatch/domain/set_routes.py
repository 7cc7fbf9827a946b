"""A planned route takes effect: started stops stay as they are, the others are built, and customers are told when."""

from dataclasses import replace

from dispatch.domain import events as e
from dispatch.domain.ends import at_door, comes_at_ms
from dispatch.domain.eta import EtaCause, EtaNote, is_news
from dispatch.domain.handover import note_meetings
from dispatch.domain.order import Order
from dispatch.domain.route import PlannedRoute, Stop, StopEnd, StopState
from dispatch.domain.stops import build_stop
from dispatch.domain.zone import Draft

MOST_KEPT = 200
"""So many of the times that a customer was told are kept with the order."""
_BY_ITSELF = frozenset({"riding", "progress"})


def set_route(
    draft: Draft, planned: PlannedRoute, reason: str, engines: tuple[str, ...] = (), gain_s: float = 0.0
) -> None:
    """Let a courier's stops ahead become the planned ones; started stops stay as they are, but for their times."""
    current = draft.route(planned.courier_id)
    started = {(stop.kind, stop.order_ids): stop for stop in current.stops if stop.started}
    stops = tuple(
        replace(held, arrive_at_ms=stop.arrive_at_ms, depart_at_ms=stop.depart_at_ms)
        if (held := started.get((stop.kind, stop.order_ids)))
        else build_stop(draft, stop)
        for stop in planned.stops
    )
    draft.change_route(planned.courier_id, stops, reason, engines, gain_s)
    show_etas(draft, stops, EtaCause.QUEUE)


def show_etas(draft: Draft, stops: tuple[Stop, ...], cause: str) -> None:
    """Tell each order when the courier is at its customer's door, or at a meeting with another one, when it is news.

    `cause` is an `EtaCause`, or "riding" (time went by) or "progress" (a courier got on): then what the courier is
    doing says why.
    """
    note_meetings(draft, stops)
    why = _cause(draft, stops, cause)
    for stop in stops:
        for order_id in stop.order_ids:
            order = draft.order(order_id)
            if at_door(stop.kind, order):
                show_eta(draft, order, comes_at_ms(order, stop.arrive_at_ms), why)


def show_eta(draft: Draft, order: Order, eta_at_ms: int, cause: str) -> None:
    """Tell one order's customer when the courier is at the door, when it is news."""
    told = order.etas[-1] if order.etas and order.eta_at_ms else None
    late_at_ms = draft.base.spread.late_at_ms(draft.now_ms, eta_at_ms)
    if is_news(told, draft.now_ms, eta_at_ms, late_at_ms, order.promise_at_ms):
        note = EtaNote(draft.now_ms, eta_at_ms, late_at_ms, _why(order, cause))
        etas = (*order.etas[-MOST_KEPT:], note)
        draft.emit(e.EtaChanged(replace(order, eta_at_ms=eta_at_ms, eta_late_at_ms=late_at_ms, etas=etas), note.cause))


def _why(order: Order, cause: str) -> str:
    """The first time it is the plan; after nobody knew, what was in the way then."""
    if not order.etas:
        return EtaCause.PLAN
    return cause if order.etas[-1].eta_at_ms else order.etas[-1].cause


def _cause(draft: Draft, stops: tuple[Stop, ...], cause: str) -> str:
    if cause not in _BY_ITSELF or not stops:
        return cause
    here = stops[0]
    if here.state is not StopState.ARRIVED:
        return EtaCause.COURIER
    return EtaCause.DEPOT if here.end is StopEnd.DEPOT else EtaCause.QUEUE
