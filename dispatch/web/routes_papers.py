"""Delivery notes and labels over HTTP, as PDF."""

import asyncio
from collections.abc import Iterator
from typing import Final

from starlette.responses import Response

from dispatch.application.papers import delivery_note, label
from dispatch.domain.depot import Depot
from dispatch.domain.order import Order
from dispatch.web.call import Call
from dispatch.web.problems import Problem
from dispatch.web.routes_orders import own_order

PDF: Final = "application/pdf"
_LANGS: Final = ("zh", "en")


async def read_delivery_note(call: Call) -> Response:
    """`GET /v1/orders/{id}/delivery-note`."""
    zone_id, order = await own_order(call)
    return await _delivery_notes(call, [(zone_id, order)], order.id)


async def read_label(call: Call) -> Response:
    """`GET /v1/orders/{id}/label`."""
    zone_id, order = await own_order(call)
    return await _labels(call, [(zone_id, order)], order.id)


async def make_papers(call: Call) -> Response:
    """`POST /v1/papers`: of many orders in one document, in the order in which they are named."""
    body = call.body
    found = [await own_order(call, order_id) for order_id in dict.fromkeys(body.order_ids)]
    make = _labels if body.kind == "labels" else _delivery_notes
    return await make(call, found, body.kind)


async def _delivery_notes(call: Call, orders: list[tuple[str, Order]], name: str) -> Response:
    lang, clock = _lang(call), call.services.zone_time
    notes = [delivery_note(order, depot, lang, clock) for order, depot in _with_depots(call, orders)]
    return _pdf(await asyncio.to_thread(call.services.papers.delivery_notes, notes), f"delivery-note-{name}")


async def _labels(call: Call, orders: list[tuple[str, Order]], name: str) -> Response:
    lang, clock = _lang(call), call.services.zone_time
    labels = [label(order, depot, lang, clock) for order, depot in _with_depots(call, orders)]
    return _pdf(await asyncio.to_thread(call.services.papers.labels, labels), f"label-{name}")


def _with_depots(call: Call, orders: list[tuple[str, Order]]) -> Iterator[tuple[Order, Depot]]:
    for zone_id, order in orders:
        hub = call.services.hubs.get(zone_id)
        depot = hub.replica.state.depots.get(order.depot_id) if hub else None
        yield order, depot or Depot(order.depot_id, order.depot_id, order.dropoff.place)


def _lang(call: Call) -> str:
    lang = call.query("lang", "zh").partition("-")[0]
    if lang not in _LANGS:
        raise Problem(422, "bad_parameter", f"The parameter lang is one of {', '.join(_LANGS)}.")
    return lang


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type=PDF, headers=headers)
