"""Arrival times over HTTP: what an order's customer was told, and how well the zone keeps what it tells."""

import asyncio
from functools import partial
from typing import Any

from dispatch.application.calibration import MOST_DAYS, MOST_ORDERS, calibration
from dispatch.planning.arrival import Kept, arrived_at_ms
from dispatch.web.bodies_eta import BandKept, CalibrationShown, EtaHistory, EtaShown, HourKept, LeadKept
from dispatch.web.call import Answer, Call
from dispatch.web.routes_orders import own_order

DAY_MS = 24 * 3_600_000


async def read_etas(call: Call) -> Answer:
    """`GET /v1/orders/{id}/etas`."""
    _, order = await own_order(call)
    etas = [
        EtaShown(at_ms=note.at_ms, eta_at_ms=note.eta_at_ms, late_at_ms=note.late_at_ms, cause=note.cause)
        for note in order.etas
    ]
    return Answer(
        EtaHistory(id=order.id, promise_at_ms=order.promise_at_ms, arrived_at_ms=arrived_at_ms(order), etas=etas)
    )


async def read_calibration(call: Call) -> Answer:
    """`GET /v1/calibration`: of the orders delivered in the last `days`."""
    hub, days = call.zone(call.query("zone", "default")), max(1, call.query_int("days", 7, MOST_DAYS))
    since_ms = call.services.clock.now_ms() - days * DAY_MS
    orders = await call.services.store.delivered_since(hub.zone_id, since_ms, MOST_ORDERS)
    found = await asyncio.to_thread(partial(calibration, orders, dict(hub.replica.state.depots)))
    return Answer(
        CalibrationShown(
            zone=hub.zone_id,
            since_ms=since_ms,
            orders=found.orders,
            changes_median=found.changes_median,
            late=found.late,
            told_early=found.told_early,
            by_lead=[LeadKept(lead_min=lead // 60_000, **_figures(each)) for lead, each in found.by_lead],
            by_hour=[HourKept(hour=hour, **_figures(each)) for hour, each in found.by_hour],
            by_distance=[BandKept(from_m=band, **_figures(each)) for band, each in found.by_distance],
        )
    )


def _figures(each: Kept) -> dict[str, Any]:
    return {
        "count": each.count,
        "within": round(each.share, 4),
        "unsure": round(each.unsure, 4),
        "mean_error_s": round(each.mean_error_s, 1),
        "bias_s": round(each.bias_s, 1),
    }
