"""Small days of meal deliveries, written as the published instances are: 320 m a minute, coordinates in minutes."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

PARAMETERS = {
    "meters_per_minute": 320,
    "pickup service minutes": 4,
    "dropoff service minutes": 4,
    "target click-to-door": 40,
    "maximum click-to-door": 90,
    "pay per order": 10,
    "guaranteed pay per hour": 15,
}


@dataclass(frozen=True, slots=True)
class Placed:
    """An order: placed and ready in minutes, its door and its restaurant."""

    placed: int
    ready: int
    door: tuple[float, float]
    restaurant: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """A courier's shift in minutes, and where it starts."""

    on: int
    off: int
    at: tuple[float, float] = (0, 0)


def write_instance(
    folder: Path, orders: list[Placed], shifts: list[Shift], restaurants: list[tuple[float, float]]
) -> Path:
    """Write a day; places are given in minutes of riding from a corner. Returns its folder."""
    folder.mkdir(parents=True)
    _write(
        folder / "orders.txt",
        ["order", "x", "y", "placement_time", "restaurant", "ready_time"],
        [(f"o{k}", *_metres(o.door), o.placed, f"r{o.restaurant + 1}", o.ready) for k, o in enumerate(orders, 1)],
    )
    _write(
        folder / "restaurants.txt",
        ["restaurant", "x", "y"],
        [(f"r{k}", *_metres(at)) for k, at in enumerate(restaurants, 1)],
    )
    _write(
        folder / "couriers.txt",
        ["courier", "x", "y", "on_time", "off_time"],
        [(f"c{k}", *_metres(shift.at), shift.on, shift.off) for k, shift in enumerate(shifts, 1)],
    )
    _write(folder / "instance_parameters.txt", list(PARAMETERS), [tuple(PARAMETERS.values())])
    return folder


def write_random_day(folder: Path, orders: int, couriers: int, seed: int) -> Path:
    """A day of two hours in a town of 12 by 12 minutes with four restaurants."""
    chance = Random(seed)

    def spot() -> tuple[float, float]:
        return chance.randrange(120) / 10, chance.randrange(120) / 10

    placed = sorted(chance.randrange(90) for _ in range(orders))
    return write_instance(
        folder,
        [Placed(at, at + chance.randrange(2, 25), spot(), chance.randrange(4)) for at in placed],
        [Shift(0, 150, spot()) for _ in range(couriers)],
        [spot() for _ in range(4)],
    )


def _metres(at: tuple[float, float]) -> tuple[int, int]:
    return round(at[0] * 320), round(at[1] * 320)


def _write(file: Path, header: list[str], rows: list[tuple[object, ...]]) -> None:
    lines = ["\t".join(header), *("\t".join(str(cell) for cell in row) for row in rows)]
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
