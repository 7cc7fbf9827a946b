"""What happened to one order or one courier, read out of the log: each event, who did it, and what it changed.

An event carries the whole entity after it; what it changed is the difference to the event before of the same history.
Personal data stays out: names, phones, notes and the texts of messages are not part of an entry.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import pairwise
from typing import Any

from dispatch.application.filing import COURIER_KINDS, ORDER_KINDS, filed
from dispatch.application.ports import Recorded, ZoneStore
from dispatch.application.views import event_word
from dispatch.domain import events as e
from dispatch.domain.case import Case
from dispatch.domain.order import Order
from dispatch.domain.route import Route, Stop, StopEnd, StopKind
from dispatch.domain.zone import entity_of

Value = str | int | bool | None


@dataclass(frozen=True, slots=True)
class Change:
    """One field of the entity, before and after; `before` is None where the event is the first one."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of a history.

    `what` is the kind of step, as far as the event names one: a status, an offer's end, an override's action, a case's
    kind or a notice's code. `at_ms` is when the zone heard of it, `device_at_ms` when it happened by the courier's
    device (0: none told). `order_ids` are the orders that it is about beside the entity itself.
    """

    seq: int
    at_ms: int
    actor: str
    event: str
    what: str = ""
    reason: str = ""
    device_at_ms: int = 0
    changes: tuple[Change, ...] = ()
    order_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, the newest first; `before_seq` is where the next page begins, 0 when there is none."""

    entries: tuple[Entry, ...]
    before_seq: int


async def order_history(store: ZoneStore, zone_id: str, order_id: str, before_seq: int, limit: int) -> Page:
    """The newest `limit` entries of an order before a place in the log. Raises `StoreUnavailable`."""
    return await _page(store, zone_id, [(kind, order_id) for kind in ORDER_KINDS], before_seq, limit)


async def courier_history(store: ZoneStore, zone_id: str, courier_id: str, before_seq: int, limit: int) -> Page:
    """The newest `limit` entries of a courier before a place in the log. Raises `StoreUnavailable`."""
    return await _page(store, zone_id, [(kind, courier_id) for kind in COURIER_KINDS], before_seq, limit)


async def _page(store: ZoneStore, zone_id: str, keys: Sequence[tuple[str, str]], before_seq: int, limit: int) -> Page:
    """One more of each kind than are shown: what a shown one changed is told by the one before it."""
    kinds = await asyncio.gather(*(store.filed_events(zone_id, key, before_seq, limit + 1) for key in keys))
    shown = list(merge(*kinds, key=lambda each: -each.seq))
    before = {later.seq: earlier for kind in kinds for same in _by_case(kind) for later, earlier in pairwise(same)}
    entries = [entry_of(recorded, before.get(recorded.seq)) for recorded in shown[:limit]]
    return Page(tuple(entries), entries[-1].seq if len(shown) > limit and entries else 0)


def _by_case(history: Sequence[Recorded]) -> Iterable[Sequence[Recorded]]:
    """An order's cases are filed together, but what one of them was before is told by its own events."""
    found = defaultdict[str, list[Recorded]](list)
    for each in history:
        found[each.event.case.id if isinstance(each.event, e.CaseChanged) else ""].append(each)
    return found.values()


def entry_of(recorded: Recorded, before: Recorded | None) -> Entry:
    """The event as an entry; `before` is the event before it in the same history."""
    event = recorded.event
    earlier = entity_of(before.event) if before and filed(before.event) == filed(event) else None
    told = _told(event, earlier)
    return Entry(recorded.seq, recorded.at_ms, recorded.actor, event_word(event), **told)


def _told(event: e.Event, earlier: Any) -> dict[str, Any]:  # noqa: PLR0911 - one table
    match event:
        case e.OrderCreated(order=order):
            return {"what": order.status.value, "reason": order.reason, "changes": _order_changes(None, order)}
        case e.OrderChanged(order=order):
            is_new = earlier is None or (order.status, order.reason) != (earlier.status, earlier.reason)
            changes = _order_changes(earlier, order)
            reason = order.cut_off or (order.reason if is_new else "")
            return {"what": event.what, "reason": reason, "device_at_ms": event.device_at_ms, "changes": changes}
        case e.EtaChanged(order=order):
            return {"what": event.cause, "changes": _order_changes(earlier, order)}
        case e.CourierRegistered(courier=courier) | e.DutyChanged(courier=courier):
            reason = event.reason if isinstance(event, e.DutyChanged) else ""
            duty = _changed("duty", earlier.duty.value if earlier else None, courier.duty.value)
            return {"what": courier.duty.value, "reason": reason, "changes": duty}
        case e.RouteChanged(route=route):
            return {"reason": event.reason, **_route_changes(earlier, route)}
        case e.OfferMade(offer=offer) | e.OfferClosed(offer=offer):
            reason = event.reason if isinstance(event, e.OfferClosed) else ""
            return {"what": offer.status.value, "reason": reason, "order_ids": offer.order_ids}
        case e.CourierNoticed():
            return {"what": event.code, "order_ids": event.order_ids}
        case e.Overridden():
            return {"what": event.action, "reason": event.reason, "order_ids": _some(event.order_id)}
        case e.CaseChanged(case=case):
            return {"what": case.kind.value, "reason": case.resolution, "changes": _case_changes(earlier, case)}
        case e.MessagePosted(message=message):
            return {"what": message.sender.value, "changes": (Change("to", None, message.to.value),)}
        case _:
            return {}


def _case_changes(earlier: Case | None, case: Case) -> tuple[Change, ...]:
    return (
        *_changed("case", earlier.status.value if earlier else None, case.status.value),
        *_changed("escalated", bool(earlier and earlier.escalated_at_ms), bool(case.escalated_at_ms)),
        *_changed("assignee", earlier.assignee if earlier else "", case.assignee),
    )


def _some(order_id: str) -> tuple[str, ...]:
    return (order_id,) if order_id else ()


def _changed(field: str, before: Value, after: Value) -> tuple[Change, ...]:
    return () if before == after else (Change(field, before, after),)


def _order_fields(order: Order) -> dict[str, Value]:
    """What staff follow of an order, by the names of its view."""
    return {
        "status": order.status.value,
        "courier_id": order.courier_id,
        "eta_at_ms": order.eta_at_ms,
        "promise_at_ms": order.promise_at_ms,
        "ready_at_ms": order.ready_at_ms,
        "depot_id": order.depot_id,
        "address": order.dropoff.address,
        "place": f"{order.dropoff.place.lat:.6f},{order.dropoff.place.lon:.6f}",
        "mode": order.mode.value,
        "carrier": order.shipment.carrier if order.shipment else "",
        "tracking_number": order.shipment.tracking_number if order.shipment else "",
        "shipment": order.shipment.state.value if order.shipment else "",
        "lock": order.lock.value,
        "priority": order.priority,
        "handover_to": order.handover.to_courier_id if order.handover else "",
        "excluded": len(order.declined_by),
        "cut_off": bool(order.cut_off),
        "proofs": len(order.proofs),
    }


_FIRST = frozenset({"status", "promise_at_ms", "depot_id", "address", "priority", "mode", "lock"})
"""What is told of an order that is new."""


def _order_changes(before: Order | None, after: Order) -> tuple[Change, ...]:
    new = _order_fields(after)
    if before is None:
        return tuple(Change(name, None, value) for name, value in new.items() if name in _FIRST and value)
    old = _order_fields(before)
    return tuple(Change(name, old[name], value) for name, value in new.items() if old[name] != value)


def _route_changes(before: Route | None, after: Route) -> dict[str, Any]:
    """How many stops there are, what was done or left out, and which orders came or went."""
    old = before or Route(after.courier_id)
    had, has = old.order_ids(), after.order_ids()
    done = after.finished.stop if after.finished and after.finished != old.finished else None
    changes = [*_changed("stops", len(old.stops) if before else None, len(after.stops))]
    if done:
        changes.append(Change("done", None, _name(done)))
    came, went = _missing(has, had), _missing(had, has)
    if came:
        changes.append(Change("came", None, len(came)))
    if went and not done:
        changes.append(Change("went", None, len(went)))
    if not (came or went or done) and _ids(old.stops) != _ids(after.stops):
        changes.append(Change("sequence", None, True))
    about = done.order_ids if done and done.kind is StopKind.DROPOFF else (*came, *went)
    return {"what": _action(after, done), "changes": tuple(changes), "order_ids": tuple(about)[:50]}


def _name(stop: Stop) -> str:
    """The stop as staff read it: the depot's name, or the address of the door."""
    at_depot = stop.kind is StopKind.PICKUP and stop.end not in (StopEnd.DOOR, StopEnd.MEETING)
    return (stop.name if at_depot else "") or stop.address


def _action(after: Route, done: Stop | None) -> str:
    if done:
        return f"{done.kind.value}_done"
    return after.stops[0].state.value if after.stops and after.stops[0].started else ""


def _missing(ids: Iterable[str], among: Iterable[str]) -> tuple[str, ...]:
    known = frozenset(among)
    return tuple(each for each in ids if each not in known)


def _ids(stops: Iterable[Stop]) -> list[str]:
    return [stop.id for stop in stops]
