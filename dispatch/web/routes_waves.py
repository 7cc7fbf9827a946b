"""Picking and packing at a depot, over HTTP: what leaves when, what is done of it, and how it went."""

import asyncio
import uuid
from datetime import date, datetime, timedelta

import msgspec

from dispatch.application.access import Resource, allow
from dispatch.application.hub import ZoneHub
from dispatch.application.views import shown_mode
from dispatch.domain.commands import ReportPreparation
from dispatch.domain.depot import Depot
from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.domain.order import Order, PreparationStep
from dispatch.domain.picks import PACKED_GOAL, Pick, PickingDay, picking_day
from dispatch.domain.shelf import Sku
from dispatch.domain.waves import PickLine, Wave, pick_list, waves
from dispatch.web import bodies_waves as b
from dispatch.web.call import Answer, Call
from dispatch.web.problems import problem_of, refusal
from dispatch.web.requests import ask, seen, subject_mark

MAX_DAYS = 90


def _depot(call: Call, zone_id: str) -> tuple[ZoneHub, Depot]:
    """The depot of the path, if the caller may see it. Raises `DomainError`."""
    hub, depot_id = call.zone(zone_id), call.path("id")
    allow(call.subject, call.action, Resource(zone_id, "", depot_id))
    depot = hub.replica.state.depots.get(depot_id)
    if depot is None:
        raise NotFound("unknown_depot", f"There is no depot {depot_id}.")
    return hub, depot


async def list_waves(call: Call) -> Answer:
    """`GET /v1/depots/{id}/waves`."""
    hub, depot = _depot(call, call.query("zone", "default"))
    shown = [_wave(hub, wave) for wave in waves(hub.replica.state, depot)]
    return Answer(b.Waves(depot.id, depot.name, depot.packing_s, call.services.clock.now_ms(), shown))


def _wave(hub: ZoneHub, wave: Wave) -> b.WaveShown:
    state = hub.replica.state
    courier = state.couriers.get(wave.courier_id)
    return b.WaveShown(
        id=wave.id,
        courier_id=wave.courier_id,
        courier=courier.name if courier else "",
        arrive_at_ms=wave.arrive_at_ms,
        due_at_ms=wave.due_at_ms,
        there=wave.there,
        state=wave.state.value,
        orders=[_order(order, state.skus) for order in wave.orders],
        lines=[_line(line) for line in wave.lines],
    )


def _order(order: Order, skus: dict[str, Sku]) -> b.WaveOrderShown:
    return b.WaveOrderShown(
        id=order.id,
        ref=order.ref,
        status=order.status.value,
        mode=shown_mode(order),
        step=_step(order),
        ready_at_ms=order.ready_at_ms,
        promise_at_ms=order.promise_at_ms,
        fragile=order.fragile,
        load_items=order.load.items,
        lines=[_line(line) for line in pick_list((order,), skus)],
    )


def _line(line: PickLine) -> b.PickLineShown:
    return b.PickLineShown(line.sku, line.name, line.code, line.quantity, list(line.order_ids))


def _step(order: Order) -> str:
    """The step that is furthest, whenever it was reported."""
    reported = {step for step, _ in order.preparation}
    return next((step.value for step in reversed(PreparationStep) if step in reported), "")


async def prepare_wave(call: Call) -> Answer:
    """`POST /v1/depots/{id}/waves:prepare`: each order on its own; a step that is known already changes nothing."""
    hub, depot = _depot(call, call.body.zone)
    step, order_ids = PreparationStep(call.body.step), dict.fromkeys(call.body.order_ids)
    results = await asyncio.gather(*(_prepare(call, hub, depot, order_id, step) for order_id in order_ids))
    done = [each.order_id for each in results if each.status == 200]
    await seen(call, lambda: all(_has(hub, order_id, step) for order_id in done))
    return Answer(b.PreparedAll(list(results)))


def _has(hub: ZoneHub, order_id: str, step: PreparationStep) -> bool:
    order = hub.replica.state.orders.get(order_id)
    return order is None or any(each is step for each, _ in order.preparation)


async def _prepare(call: Call, hub: ZoneHub, depot: Depot, order_id: str, step: PreparationStep) -> b.Prepared:
    try:
        order = hub.replica.state.orders.get(order_id)
        if order is None:
            raise NotFound("unknown_order", f"There is no order {order_id}.")
        if order.depot_id != depot.id:
            raise InvalidInput("other_depot", f"The order {order_id} is fetched at another depot.")
        reply = await ask(
            call, hub.zone_id, f"{subject_mark(call.subject)}-{uuid.uuid4().hex}", ReportPreparation(order_id, step)
        )
        if reply is None:
            return b.Prepared(order_id, 202)
        if not reply.ok:
            raise refusal(reply)
    except Exception as error:
        problem = problem_of(error)
        if problem is None:
            raise
        return b.Prepared(order_id, problem.status, problem=msgspec.Raw(msgspec.json.encode(problem.body())))
    return b.Prepared(order_id, 200, step.value)


async def read_picking(call: Call) -> Answer:
    """`GET /v1/depots/{id}/picking`."""
    hub, depot = _depot(call, call.query("zone", "default"))
    days, place = call.query_int("days", 7, MAX_DAYS) or 1, call.services.zone_time
    today = datetime.fromtimestamp(call.services.clock.now_ms() / 1000, place).date()
    first = today - timedelta(days=days - 1)
    since_ms = int(datetime(first.year, first.month, first.day, tzinfo=place).timestamp() * 1000)
    picks = await call.services.store.picks(hub.zone_id, depot.id, since_ms)
    by_day: dict[date, list[Pick]] = {}
    for pick in picks:
        by_day.setdefault(datetime.fromtimestamp(pick.arrived_at_ms / 1000, place).date(), []).append(pick)
    shown = [
        b.PickingDayShown(day.isoformat(), _picking(picking_day(by_day[day]))) for day in sorted(by_day, reverse=True)
    ]
    return Answer(b.Picking(depot.id, PACKED_GOAL, _picking(picking_day(picks)), shown))


def _picking(day: PickingDay) -> b.PickingShown:
    return b.PickingShown(
        orders=day.orders,
        packed=day.packed,
        in_time=day.in_time,
        share=day.share if day.orders else None,
        picking_p50_s=day.picking_p50_s,
        picking_p90_s=day.picking_p90_s,
        waited_s=day.waited_s,
    )
