"""Whether a written solution keeps the published rules, and how good it is.

Reads the instance's and the solution's files anew and shares no code with what made them, so that a fault in the
simulation cannot hide itself. Times are minutes of the day.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, hypot, isnan
from pathlib import Path
from statistics import fmean

UNDELIVERED_CTD_MIN = 90.0
UNDELIVERED_OVERAGE_MIN = 50.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The published metrics. Click-to-door and overage count an undelivered order as 90 and 50 min."""

    ctd_mean_min: float
    ctd_p90_min: float
    overage_min: float
    rtp_min: float
    cost_per_order: float
    undelivered_pct: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The rules that were broken, one sentence each, and the figures."""

    violations: tuple[str, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class _Instance:
    orders: dict[str, dict[str, str]]
    couriers: dict[str, dict[str, str]]
    places: dict[str, tuple[float, float]]
    speed: float
    half_pickup: float
    half_dropoff: float
    target: float
    per_order: float
    per_hour: float

    def ride(self, origin: str, destination: str) -> int:
        (x, y), (u, v) = self.places[origin], self.places[destination]
        return ceil(round(hypot(x - u, y - v) / self.speed, 9))


@dataclass(frozen=True, slots=True)
class _Ride:
    depart: float
    origin: str
    destination: str
    arrive: float


@dataclass(frozen=True, slots=True)
class _Bundle:
    assigned: float
    pickup: float
    courier: str
    orders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Solution:
    bundles: list[_Bundle]
    dropoff: dict[str, float]
    pickup: dict[str, float]
    rides: dict[str, list[_Ride]]


def evaluate(instance_dir: Path, solution_dir: Path) -> Verdict:
    """Check a solution and measure it. Raises `OSError`, `KeyError`, `ValueError` for files that cannot be read."""
    instance = _read_instance(instance_dir)
    solution = _read_solution(instance, solution_dir)
    broken = (
        *_orders_broken(instance, solution),
        *_rides_broken(instance, solution),
        *(text for bundle in solution.bundles for text in _bundle_broken(instance, solution, bundle)),
    )
    return Verdict(broken, _figures(instance, solution))


def _table(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def _read_instance(folder: Path) -> _Instance:
    orders, couriers = _table(folder / "orders.txt"), _table(folder / "couriers.txt")
    restaurants, (parameters,) = _table(folder / "restaurants.txt"), _table(folder / "instance_parameters.txt")
    named = (
        (kind, row)
        for kind, rows in (("restaurant", restaurants), ("courier", couriers), ("order", orders))
        for row in rows
    )
    return _Instance(
        orders={row["order"]: row for row in orders},
        couriers={row["courier"]: row for row in couriers},
        places={row[kind]: (float(row["x"]), float(row["y"])) for kind, row in named},
        speed=float(parameters["meters_per_minute"]),
        half_pickup=float(parameters["pickup service minutes"]) / 2,
        half_dropoff=float(parameters["dropoff service minutes"]) / 2,
        target=float(parameters["target click-to-door"]),
        per_order=float(parameters["pay per order"]),
        per_hour=float(parameters["guaranteed pay per hour"]),
    )


def _lines(file: Path) -> Iterator[list[str]]:
    with file.open(encoding="utf-8") as lines:
        next(lines)
        yield from (line.split() for line in lines if line.strip())


def _read_solution(instance: _Instance, folder: Path) -> _Solution:
    bundles = [
        _Bundle(float(assigned), float(pickup), courier, tuple(orders))
        for assigned, pickup, courier, *orders in _lines(folder / "solution_info_assignments.txt")
    ]
    times = {line[0]: (float(line[4]), float(line[5])) for line in _lines(folder / "solution_info_orders.txt")}
    done = {order: both for order, both in times.items() if not isnan(both[1])}
    rides = defaultdict[str, list[_Ride]](list)
    for courier, depart, origin, destination in _lines(folder / "solution_info_couriers.txt"):
        here = courier if origin == "0" else origin
        rides[courier].append(_Ride(float(depart), here, destination, float(depart) + instance.ride(here, destination)))
    return _Solution(bundles, {o: t[1] for o, t in done.items()}, {o: t[0] for o, t in done.items()}, rides)


def _orders_broken(instance: _Instance, solution: _Solution) -> Iterator[str]:
    """Each order is in at most one bundle, and delivered just when it is in one."""
    carried = Counter(order for bundle in solution.bundles for order in bundle.orders)
    yield from (f"{order} is in {count} bundles." for order, count in carried.items() if count > 1)
    yield from (f"{order} is not an order of the day." for order in carried if order not in instance.orders)
    for order in carried.keys() ^ solution.dropoff.keys():
        yield f"{order} is carried without a drop-off time, or the other way round."


def _rides_broken(instance: _Instance, solution: _Solution) -> Iterator[str]:
    """Rides follow each other in place and time, from the courier's start and not before the shift."""
    for courier, rides in solution.rides.items():
        place, free = courier, float(instance.couriers[courier]["on_time"])
        for ride in rides:
            if ride.origin != place:
                yield f"{courier} sets off from {ride.origin} at {ride.depart:g} and is at {place}."
            if ride.depart < free:
                yield f"{courier} sets off at {ride.depart:g}, before {free:g}."
            place, free = ride.destination, ride.arrive


def _bundle_broken(instance: _Instance, solution: _Solution, bundle: _Bundle) -> Iterator[str]:
    orders = [instance.orders[order] for order in bundle.orders]
    name = "+".join(bundle.orders)
    if len({order["restaurant"] for order in orders}) > 1:
        yield f"{name} come from several restaurants."
    if bundle.assigned < max(float(order["placement_time"]) for order in orders):
        yield f"{name} are assigned at {bundle.assigned:g}, before they are placed."
    if bundle.assigned > bundle.pickup:
        yield f"{name} are assigned after their pickup."
    if bundle.pickup < max(float(order["ready_time"]) for order in orders):
        yield f"{name} are picked up at {bundle.pickup:g}, before they are ready."
    if bundle.pickup > float(instance.couriers[bundle.courier]["off_time"]):
        yield f"{name} are picked up at {bundle.pickup:g}, after {bundle.courier}'s shift."
    if any(solution.pickup.get(order, bundle.pickup) != bundle.pickup for order in bundle.orders):
        yield f"{name} have another pickup time in the list of orders."
    yield from _stops_broken(instance, solution, bundle, orders[0]["restaurant"])


def _stops_broken(instance: _Instance, solution: _Solution, bundle: _Bundle, restaurant: str) -> Iterator[str]:
    """The courier stands where something happens, long enough before and after, one stop after the other."""
    stops = [(restaurant, bundle.pickup, instance.half_pickup)]
    known = [order for order in bundle.orders if order in solution.dropoff]
    stops += [(order, solution.dropoff[order], instance.half_dropoff) for order in known]
    on = float(instance.couriers[bundle.courier]["on_time"])
    rides = [_Ride(on, bundle.courier, bundle.courier, on), *solution.rides[bundle.courier]]
    before = 0
    for place, at, half in stops:
        here = [k for k in range(before, len(rides)) if rides[k].destination == place and rides[k].arrive + half <= at]
        left = [rides[k + 1].depart if k + 1 < len(rides) else float("inf") for k in here]
        stays = [k for k, leaves in zip(here, left, strict=True) if leaves >= at + half]
        if not stays:
            yield f"{bundle.courier} is not at {place} from {half:g} min before {at:g} until {half:g} min after."
            return
        before = stays[-1]
    for (_, at, half), (place, then, next_half) in pairwise(stops):
        if then - next_half < at + half:
            yield f"{bundle.courier} serves {place} at {then:g}, while the stop before still lasts."


def _figures(instance: _Instance, solution: _Solution) -> Figures:
    placed = {order: float(row["placement_time"]) for order, row in instance.orders.items()}
    ctd = [at - placed[order] for order, at in solution.dropoff.items() if order in placed]
    missed = 1 - len(ctd) / len(placed)
    rtp = [at - float(instance.orders[order]["ready_time"]) for order, at in solution.pickup.items() if order in placed]
    overage = [max(0.0, minutes - instance.target) for minutes in ctd]
    return Figures(
        ctd_mean_min=_mean(ctd) * (1 - missed) + UNDELIVERED_CTD_MIN * missed,
        ctd_p90_min=_percentile(ctd, 0.9),
        overage_min=_mean(overage) * (1 - missed) + UNDELIVERED_OVERAGE_MIN * missed,
        rtp_min=_mean(rtp),
        cost_per_order=_pay(instance, solution) / max(1, len(ctd)),
        undelivered_pct=100 * missed,
    )


def _pay(instance: _Instance, solution: _Solution) -> float:
    """Each courier earns by the order or by the hour, whichever is more."""
    taken = Counter[str]()
    for bundle in solution.bundles:
        taken[bundle.courier] += len(bundle.orders)
    hours = {c: (float(row["off_time"]) - float(row["on_time"])) / 60 for c, row in instance.couriers.items()}
    return sum(max(instance.per_order * taken[c], instance.per_hour * shift) for c, shift in hours.items())


def _mean(values: list[float]) -> float:
    return fmean(values) if values else 0.0


def _percentile(values: list[float], share: float) -> float:
    """Linear between the two nearest ranks."""
    if not values:
        return 0.0
    ranked = sorted(values)
    at = share * (len(ranked) - 1)
    low = int(at)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (at - low) * (ranked[high] - ranked[low])
