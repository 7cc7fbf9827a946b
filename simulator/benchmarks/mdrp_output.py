"""A played day in the published format: three space-separated files that the company's evaluator reads."""

from pathlib import Path

from simulator.benchmarks.mdrp_day import Diary
from simulator.benchmarks.mdrp_instance import Day

ASSIGNMENTS = "solution_info_assignments.txt"
ORDERS = "solution_info_orders.txt"
COURIERS = "solution_info_couriers.txt"


def write_solution(day: Day, diary: Diary, folder: Path) -> None:
    """Write the three files into `folder`, which is made if need be. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / ASSIGNMENTS, "assignment_time pickup_time courier orders", _assignments(diary))
    _write(
        folder / ORDERS,
        "order placement_time restaurant ready_time pickup_time dropoff_time courier",
        _orders(day, diary),
    )
    _write(folder / COURIERS, "courier departure_time origin destination", _rides(day, diary))


def _write(file: Path, header: str, lines: list[str]) -> None:
    file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")


def _assignments(diary: Diary) -> list[str]:
    return [f"{b.assigned_min} {b.pickup_min} {b.courier_id} {' '.join(b.order_ids)}" for b in diary.bundles]


def _orders(day: Day, diary: Diary) -> list[str]:
    """Every order; those that nobody delivered have no times."""
    bundle_of = {order_id: bundle for bundle in diary.bundles for order_id in bundle.order_ids}
    lines = []
    for order in day.orders:
        end = "NaN NaN NaN"
        if bundle := bundle_of.get(order.id):
            end = f"{bundle.pickup_min} {diary.dropoff_min[order.id]} {bundle.courier_id}"
        lines.append(f"{order.id} {order.placed_min} {day.restaurants[order.restaurant]} {order.ready_min} {end}")
    return lines


def _rides(day: Day, diary: Diary) -> list[str]:
    """Every courier's rides in time; places by the names of restaurants, couriers (their starts) and orders (doors)."""
    names = [*day.restaurants, *(courier.id for courier in day.couriers), *(order.id for order in day.orders)]
    row = {courier.id: k for k, courier in enumerate(day.couriers)}
    rides = sorted(diary.rides, key=lambda ride: row[ride.courier_id])  # stable: in time for each courier
    return [f"{r.courier_id} {r.depart_min} {names[r.origin]} {names[r.destination]}" for r in rides]
