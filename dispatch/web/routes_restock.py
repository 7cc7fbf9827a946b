"""What to do about stock, over HTTP: alerts, what to order and to move, and how to split what has come."""

import csv
import io
from collections import Counter
from datetime import datetime
from math import isfinite
from typing import Final

from starlette.responses import Response

from dispatch.application.hub import ZoneHub
from dispatch.application.restock import Delivery, advice_for, split
from dispatch.application.stock_watch import MOST_SLOW_DAYS, Watched, stock_alerts
from dispatch.domain.allocation import Basis
from dispatch.domain.errors import NotFound
from dispatch.domain.restocking import Advice, Order, Policy, Transfer, at_depots
from dispatch.domain.stock_alerts import SLOW_DAYS, AlertKind, StockAlert
from dispatch.domain.stock_commands import AllocateStock, Part
from dispatch.web import bodies_restock as b
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem, refusal
from dispatch.web.requests import ask, caught_up, idempotency_key, pending, request_id
from dispatch.web.routes_imports import CSV
from dispatch.web.routes_stock import shelf_shown

MAX_SHOWN = 500
MAX_DAYS = 28
MAX_LEAD_H = 28 * 24
LEAST_SERVICE = 50
"""Percent: with fewer, stock-outs would be the plan."""
LEAST_DEMAND, MAX_DEMAND = 10, 1_000
"""Percent of what is usual."""
COLUMNS: Final = ("what", "depot", "sku", "name", "quantity", "from", "has", "wants", "daily", "empty_at", "coming")


async def list_alerts(call: Call) -> Answer:
    """`GET /v1/stock/alerts`: of one depot and kind, or all."""
    hub, now_ms = call.zone(call.query("zone", "default")), call.services.clock.now_ms()
    limit = call.query_int("limit", 100, MAX_SHOWN) or 1
    days = call.query_int("days", SLOW_DAYS, MOST_SLOW_DAYS) or 1
    wanted = Watched(_kinds(call.query("kind")), call.query("depot"), days)
    alerts = await stock_alerts(call.services.store, hub.replica.state, now_ms, wanted)
    found = [each for each in alerts if call.subject.sees_depot(each.depot_id)]
    counts = Counter(each.kind.value for each in found)
    shown = [_alert(hub, each) for each in found[:limit] if each.sku in hub.replica.state.skus]
    return Answer(b.StockAlerts(alerts=shown, counts=b.AlertCounts(**counts)))


def _kinds(asked: str) -> tuple[AlertKind, ...]:
    if not asked:
        return tuple(AlertKind)
    if asked not in set(AlertKind):
        raise Problem(422, "bad_parameter", "The parameter kind is low, spike or slow.")
    return (AlertKind(asked),)


def _alert(hub: ZoneHub, alert: StockAlert) -> b.StockAlertShown:
    cover_days = alert.cover_days
    return b.StockAlertShown(
        kind=alert.kind.value,
        depot_id=alert.depot_id,
        sku=alert.sku,
        name=hub.replica.state.skus[alert.sku].name,
        pieces=alert.pieces,
        since_ms=alert.since_ms,
        low_at=alert.low_at if alert.kind is AlertKind.LOW else None,
        usual=round(alert.usual, 2) if alert.kind is AlertKind.SPIKE else None,
        cover_days=round(cover_days, 1) if alert.kind is AlertKind.SLOW and isfinite(cover_days) else None,
    )


# --- what to order and to move ------------------------------------------------------------------------------------


async def read_advice(call: Call) -> Answer:
    """`GET /v1/stock/advice`."""
    hub, policy, advice = await _advice(call)
    limit = call.query_int("limit", 200, MAX_SHOWN) or 1
    return Answer(
        b.AdviceShown(
            days=int(policy.days),
            lead_h=int(policy.lead_h),
            service_percent=round(policy.service * 100),
            demand_percent=round(policy.factor * 100),
            transfers=[_transfer(hub, each) for each in advice.transfers[:limit]],
            orders=[_order(hub, each) for each in advice.orders[:limit]],
            unknown=len(advice.unknown),
        )
    )


async def _advice(call: Call) -> tuple[ZoneHub, Policy, Advice]:
    hub, now_ms = call.zone(call.query("zone", "default")), call.services.clock.now_ms()
    days, lead_h = call.query_int("days", 3, MAX_DAYS) or 1, call.query_int("lead_h", 24, MAX_LEAD_H)
    service, demand = call.query_int("service", 95, 99), call.query_int("demand", 100, MAX_DEMAND)
    if service < LEAST_SERVICE or demand < LEAST_DEMAND:
        asked = f"service from {LEAST_SERVICE} on and demand from {LEAST_DEMAND} on"
        raise Problem(422, "bad_parameter", f"Both are percent: {asked}.")
    policy = Policy(days, lead_h, service / 100, demand / 100)
    depot_id, sku = call.query("depot"), call.query("sku")
    state, store = hub.replica.state, call.services.store
    advice = await advice_for(store, state, policy, now_ms, depot_id=depot_id, sku=sku)
    return hub, policy, at_depots(advice, call.subject.depots) if call.subject.depots else advice


def _name(hub: ZoneHub, sku_id: str) -> str:
    sku = hub.replica.state.skus.get(sku_id)
    return sku.name if sku else sku_id


def _transfer(hub: ZoneHub, transfer: Transfer) -> b.TransferAdvised:
    names = (transfer.sku, _name(hub, transfer.sku))
    return b.TransferAdvised(*names, transfer.from_depot_id, transfer.to_depot_id, transfer.quantity)


def _order(hub: ZoneHub, order: Order) -> b.OrderAdvised:
    need = order.need
    return b.OrderAdvised(
        depot_id=need.depot_id,
        sku=need.sku,
        name=_name(hub, need.sku),
        quantity=order.quantity,
        has=need.has,
        wants=need.wants,
        daily=round(need.daily, 2),
        empty_at_ms=need.empty_at_ms,
        coming=need.coming,
    )


async def read_advice_table(call: Call) -> Response:
    """`GET /v1/stock/advice/table`: all lines; a time is told by the zone's clock."""
    hub, _, advice = await _advice(call)
    file = io.StringIO()
    table = csv.writer(file)
    table.writerow(COLUMNS)
    for move in advice.transfers:
        names = (move.to_depot_id, move.sku, _cell(_name(hub, move.sku)))
        table.writerow(["transfer", *names, move.quantity, move.from_depot_id, "", "", "", "", ""])
    for order in advice.orders:
        need = order.need
        names = (need.depot_id, need.sku, _cell(_name(hub, need.sku)))
        figures = (need.has, need.wants, round(need.daily, 2), _moment(call, need.empty_at_ms), need.coming)
        table.writerow(["order", *names, order.quantity, "", *figures])
    headers = {"Content-Disposition": 'attachment; filename="advice.csv"'}
    return Response(f"\ufeff{file.getvalue()}".encode(), media_type=f"{CSV}; charset=utf-8", headers=headers)


def _moment(call: Call, at_ms: int) -> str:
    """As spreadsheets read it: `2026-12-31 18:00`."""
    return str(datetime.fromtimestamp(at_ms / 1000, call.services.zone_time))[:16] if at_ms else ""


def _cell(text: str) -> str:
    """A name that a spreadsheet would take for a formula is a text all the same."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


# --- splitting what has come --------------------------------------------------------------------------------------


async def allocate(call: Call) -> Answer:
    """`POST /v1/stock:allocate`: a proposal, or what was made of it."""
    body, hub = call.body, call.zone(call.body.zone)
    if body.apply is not None:
        return await _applied(call, hub)
    state = hub.replica.state
    depot_ids = tuple(dict.fromkeys(body.depots)) or tuple(sorted(state.depots))
    if not depot_ids:
        raise NotFound("unknown_depot", "There is no depot yet.")
    now_ms = call.services.clock.now_ms()
    found = await split(call.services.store, state, Delivery(body.sku, body.quantity, depot_ids), now_ms)
    sold = 0 if found.basis is Basis.EQUAL else 1
    parts = [
        b.PartShown(claim.depot_id, pieces, claim.least, round(claim.weight) * sold) for claim, pieces in found.parts
    ]
    return Answer(b.Allocation(body.sku, body.quantity, found.basis.value, False, parts, []))


async def _applied(call: Call, hub: ZoneHub) -> Answer:
    """The same Idempotency-Key with the same body takes effect once."""
    body = call.body
    parts = [part for part in body.apply if part.quantity]
    if sum(part.quantity for part in parts) != body.quantity:
        raise Problem(422, "bad_parts", f"The parts have to add up to the {body.quantity} pieces that have come.")
    given = tuple(Part(part.depot_id, part.quantity) for part in parts)
    command = AllocateStock(body.sku, given, body.lot, body.expires_at_ms, body.note)
    asked = request_id(call.subject, "stock:allocate", idempotency_key(call), body).id
    reply = await ask(call, hub.zone_id, asked, command)
    if reply is None:
        return pending(asked, hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    await caught_up(call, hub)
    shelves = [shelf_shown(call, hub, part.depot_id, body.sku) for part in given]
    shown = [b.PartShown(part.depot_id, part.quantity, 0, 0) for part in given]
    return Answer(b.Allocation(body.sku, body.quantity, "given", True, shown, [each for each in shelves if each]))
