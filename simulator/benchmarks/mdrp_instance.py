"""A published day of meal deliveries, read from its folder: orders, couriers' shifts, and rides in whole minutes.

Places are numbered: the restaurants, then the couriers' starts, then the doors. Times are minutes of the day.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

Minutes = npt.NDArray[np.int32]

SERVICE_MIN = 4
"""What a pickup and a drop-off take on every published day; half of it before the moment that counts."""
TARGET_MIN = 40
"""Click-to-door that the company aims at."""
PAY_PER_ORDER = 10.0
PAY_PER_HOUR = 15.0


@dataclass(frozen=True, slots=True)
class DayOrder:
    """An order: invisible before `placed_min`, its goods ready at `ready_min`."""

    id: str
    placed_min: int
    ready_min: int
    restaurant: int
    door: int


@dataclass(frozen=True, slots=True)
class DayCourier:
    """A courier who starts at a place and makes pickups until `off_min`."""

    id: str
    start: int
    on_min: int
    off_min: int

    @property
    def hours(self) -> float:
        """Length of the shift."""
        return (self.off_min - self.on_min) / 60


@dataclass(frozen=True, eq=False, slots=True)
class Day:
    """One day. `minutes` is int32 [places, places]; orders are sorted by when they are placed."""

    name: str
    restaurants: tuple[str, ...]
    orders: tuple[DayOrder, ...]
    couriers: tuple[DayCourier, ...]
    minutes: Minutes

    @property
    def end_min(self) -> int:
        """By when everything that can be done is done: two hours after the last shift."""
        return max(courier.off_min for courier in self.couriers) + 120


def read_day(folder: Path) -> Day:
    """Read one instance. Raises `ValueError` when its services are not the published ones, `OSError` without files."""
    orders, couriers, restaurants, (parameters,) = (
        _rows(folder / f"{name}.txt") for name in ("orders", "couriers", "restaurants", "instance_parameters")
    )
    if {int(parameters[f"{stop} service minutes"]) for stop in ("pickup", "dropoff")} != {SERVICE_MIN}:
        raise ValueError(f"{folder.name}: service times other than {SERVICE_MIN} minutes are not supported.")
    orders.sort(key=lambda row: (int(row["placement_time"]), int(row["order"].lstrip("o"))))
    row_of = {row["restaurant"]: k for k, row in enumerate(restaurants)}
    starts, doors = len(restaurants), len(restaurants) + len(couriers)
    return Day(
        name=folder.name,
        restaurants=tuple(row_of),
        orders=tuple(
            DayOrder(r["order"], int(r["placement_time"]), int(r["ready_time"]), row_of[r["restaurant"]], doors + k)
            for k, r in enumerate(orders)
        ),
        couriers=tuple(
            DayCourier(r["courier"], starts + k, int(r["on_time"]), int(r["off_time"])) for k, r in enumerate(couriers)
        ),
        minutes=_minutes([*restaurants, *couriers, *orders], float(parameters["meters_per_minute"])),
    )


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


def _minutes(rows: list[dict[str, str]], metres_per_minute: float) -> Minutes:
    """Rides as the crow flies, rounded up; whole minutes stay whole in spite of floating point."""
    x, y = (np.array([float(row[axis]) for row in rows]) for axis in ("x", "y"))
    metres = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    minutes: Minutes = np.ceil(metres / metres_per_minute - 1e-9).astype(np.int32)
    return minutes
