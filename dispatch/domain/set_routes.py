"""A planned route takes effect: started stops stay as they are, the others are built, and customers are told when."""

from dataclasses import replace

from dispatch.domain import events as e
from dispatch.domain.ends import at_door
from dispatch.domain.handover import note_meetings
from dispatch.domain.promise import late_bound_ms
from dispatch.domain.route import PlannedRoute, Stop
from dispatch.domain.stops import build_stop
from dispatch.domain.zone import Draft

ETA_STEP_MS = 60_000
"""A shown arrival time changes only when it is off by more than this: people act on minutes."""


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
    show_etas(draft, stops, "plan")


def show_etas(draft: Draft, stops: tuple[Stop, ...], cause: str) -> None:
    """Tell each order when the courier is at its customer's door, or at a meeting with another one, when it is news."""
    note_meetings(draft, stops)
    for stop in stops:
        for order_id in stop.order_ids:
            order = draft.order(order_id)
            if not at_door(stop.kind, order):
                continue
            if not order.eta_at_ms or abs(order.eta_at_ms - stop.arrive_at_ms) >= ETA_STEP_MS:
                late = late_bound_ms(draft.now_ms, stop.arrive_at_ms)
                draft.emit(e.EtaChanged(replace(order, eta_at_ms=stop.arrive_at_ms, eta_late_at_ms=late), cause))
