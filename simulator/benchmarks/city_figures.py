"""What a day of the city benchmark came to, and how the policies compare."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from dispatch.domain.route import StopKind
from dispatch.planning.problem import Problem
from dispatch.planning.retime import pace_at
from simulator.benchmarks.city_day import BEGINS_AT_MS, PROFILE, Day
from simulator.benchmarks.city_world import Record


@dataclass(frozen=True, slots=True)
class Figures:
    """One day of one policy. Delivery times run from the order to the door, in minutes; `waits_min` has all of them.

    `utilisation_pct` is how long couriers rode, waited at stops or served them, of the hours of the day.
    """

    policy: str
    city: str
    seed: int
    orders: int
    delivery_min: float
    delivery_p90_min: float
    late: int
    late_sum_min: float
    km_per_order: float
    utilisation_pct: float
    moved_stops: int = 0
    plans: int = 0
    plans_with_ortools: int = 0
    refused_plans: int = 0
    cpu_s: float = 0.0
    waits_min: tuple[float, ...] = field(default=(), repr=False)


def figures(policy: str, day: Day, record: Record, cpu_s: float) -> Figures:
    """The figures of a day that is over."""
    orders = {order.id: order.order for order in day.orders}
    waits_min = np.array([at - orders[o].created_at_ms for o, at in record.delivered_at_ms.items()]) / 60_000
    late_min = np.array([at - orders[o].promise_at_ms for o, at in record.delivered_at_ms.items()]) / 60_000
    duty_ms = len(day.starts) * (day.scenario.ends_at_ms - BEGINS_AT_MS)
    return Figures(
        policy,
        day.scenario.name,
        day.seed,
        len(waits_min),
        float(waits_min.mean()),
        float(np.percentile(waits_min, 90)),
        int((late_min > 0).sum()),
        float(late_min.clip(0).sum()),
        record.ridden_m / 1000 / len(waits_min),
        100 * record.busy_ms / duty_ms,
        record.moved_stops,
        record.plans,
        record.plans_with_ortools,
        record.refused_plans,
        cpu_s,
        tuple(waits_min.tolist()),
    )


def floor_min(day: Day) -> float:
    """Mean delivery time that nobody can beat, in minutes: a courier waits at the depot for each order alone."""
    clock = Problem(0, 0, (), {}, {PROFILE: day.leg_ms}, pace=day.pace)
    waits_ms = []
    for order in day.orders:
        pickup_ms = 1000 * order.order.service_pickup_s * day.luck[StopKind.PICKUP, order.id]
        leaves_ms = order.order.ready_at_ms + int(pickup_ms)
        factor = min(pace_at(clock, leaves_ms + wait_ms) for wait_ms in (0, 3_600_000))
        waits_ms.append(leaves_ms + day.leg_ms[order.pickup, order.dropoff] * factor - order.order.created_at_ms)
    return float(np.mean(waits_ms)) / 60_000


def metrics(found: Sequence[Figures]) -> dict[str, float]:
    """The fixed names: means and sums over all days, ours beside each other policy."""
    ours, greedy, cold = (_of(found, policy) for policy in ("ours", "greedy", "cold"))
    plans = sum(day.plans for day in ours)
    return {
        "delivery_time_greedy_ratio": _mean("delivery_min", ours) / _mean("delivery_min", greedy),
        "km_greedy_ratio": _mean("km_per_order", ours) / _mean("km_per_order", greedy),
        "late_greedy_ratio": _sum("late", ours) / max(1, _sum("late", greedy)),
        "churn_cold_ratio": _sum("moved_stops", ours) / max(1, _sum("moved_stops", cold)),
        "late_cold_ratio": _sum("late", ours) / max(1, _sum("late", cold)),
        "plans_with_ortools_pct": 100 * sum(day.plans_with_ortools for day in ours) / max(1, plans),
        "refused_plans": _sum("refused_plans", [*ours, *cold]),
        "delivery_time_clairvoyant_ratio": _ratio("delivery_min", ours, _of(found, "clairvoyant")),
        "greedy_utilisation_pct": _mean("utilisation_pct", greedy),
        "ours_cpu_s_max": max(day.cpu_s for day in ours),
        **_worst(ours, greedy),
    }


GOALS = {
    "delivery_time_greedy_ratio": "<= 0.80",
    "km_greedy_ratio": "<= 0.85",
    "late_greedy_ratio": "<= 0.50",
    "churn_cold_ratio": "<= 0.20",
    "late_cold_ratio": "<= 1",
    "plans_with_ortools_pct": "> 0",
    "refused_plans": "0",
}


def _worst(ours: Sequence[Figures], greedy: Sequence[Figures]) -> dict[str, float]:
    """The worst single day of three of the ratios."""
    pairs = list(zip(ours, greedy, strict=True))
    return {
        "delivery_time_greedy_worst_ratio": max(a.delivery_min / b.delivery_min for a, b in pairs),
        "km_greedy_worst_ratio": max(a.km_per_order / b.km_per_order for a, b in pairs),
        "late_greedy_worst_ratio": max(a.late / max(1, b.late) for a, b in pairs),
    }


def _of(found: Iterable[Figures], policy: str) -> list[Figures]:
    return [day for day in found if day.policy == policy]


def _values(name: str, days: Sequence[Figures]) -> list[float]:
    return [float(getattr(day, name)) for day in days]


def _mean(name: str, days: Sequence[Figures]) -> float:
    return fmean(_values(name, days))


def _sum(name: str, days: Sequence[Figures]) -> float:
    return sum(_values(name, days))


def _ratio(name: str, days: Sequence[Figures], others: Sequence[Figures]) -> float:
    """The ratio of two means; 1 where the others were not run."""
    return _mean(name, days) / _mean(name, others) if others else 1.0


def rounded(values: Mapping[str, float]) -> dict[str, float]:
    """Values as they are shown: four figures that count."""
    return {name: float(f"{value:.4g}") for name, value in values.items()}
