"""Decisions about incidents, and about orders whose doors they cut off."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict, NotFound
from dispatch.domain.eta import EtaCause, EtaNote
from dispatch.domain.holds import let_go_on
from dispatch.domain.incident import check_incident
from dispatch.domain.order import OrderStatus
from dispatch.domain.overrides import take_back
from dispatch.domain.zone import Draft

WHY = "address"
"""Why an order waits whose door cannot be reached; `Order.cut_off` says what is in the way."""
STREET_CLOSED = "street_closed"
"""The code of the notice to couriers."""
MOST_INCIDENTS = 2_000
"""Open at once in a zone: each is looked at whenever streets get their weights."""
_MAY_WAIT = frozenset({OrderStatus.DISPATCHABLE, OrderStatus.OFFERED, OrderStatus.ASSIGNED})
"""Who is on the way already goes on: the courier sees what is in the way, and a person decides."""


def report_incident(draft: Draft, command: c.ReportIncident) -> None:
    """An incident becomes known, or changes."""
    check_incident(command.incident)
    known = draft.base.incidents.get(command.incident.id)
    if known and known.is_over(draft.now_ms):
        raise Conflict("incident_over", f"Incident {known.id} is over; report a new one.")
    if (
        known is None
        and sum(not each.is_over(draft.now_ms) for each in draft.base.incidents.values()) >= MOST_INCIDENTS
    ):
        raise Conflict("too_many_incidents", f"A zone has at most {MOST_INCIDENTS} open incidents; end some first.")
    if known != command.incident:
        draft.emit(e.IncidentChanged(command.incident))


def end_incident(draft: Draft, command: c.EndIncident) -> None:
    """An incident is over; asking again changes nothing."""
    known = draft.base.incidents.get(command.incident_id)
    if known is None:
        raise NotFound("unknown_incident", f"There is no incident {command.incident_id}.")
    if not known.is_over(draft.now_ms):
        draft.emit(e.IncidentChanged(replace(known, ended_at_ms=draft.now_ms)))


def cut_off(draft: Draft, command: c.CutOff) -> None:
    """Orders wait whose doors cannot be reached; those that have moved on meanwhile are left alone."""
    for order_id, reason in command.orders:
        known = draft.base.orders.get(order_id)
        if known is None or known.status not in _MAY_WAIT:
            continue
        take_back(draft, (order_id,), WHY)
        held = draft.move_order(draft.order(order_id), OrderStatus.HELD, WHY)
        draft.change_order(replace(held, cut_off=reason, etas=_unknown(held.etas, draft.now_ms)), "cut_off")


def _unknown(etas: tuple[EtaNote, ...], now_ms: int) -> tuple[EtaNote, ...]:
    """Who was told an arrival is told that nobody knows it any more, because of the address."""
    return (*etas, EtaNote(now_ms, 0, 0, EtaCause.ADDRESS)) if etas else ()


def reconnect(draft: Draft, command: c.Reconnect) -> None:
    """Orders that waited for their street only may be dispatched; those that wait for something else go on waiting."""
    for order_id in command.order_ids:
        known = draft.base.orders.get(order_id)
        if known and known.status is OrderStatus.HELD and known.cut_off:
            draft.change_order(replace(known, cut_off=""), "reconnected")
            let_go_on(draft, draft.order(order_id))


def warn_couriers(draft: Draft, command: c.WarnCouriers) -> None:
    """Couriers under way hear of a closure ahead; who has nothing to ride for any more hears nothing."""
    for courier_id in command.courier_ids:
        if draft.route(courier_id).stops:
            draft.emit(e.CourierNoticed(courier_id, STREET_CLOSED, (), command.reason))
