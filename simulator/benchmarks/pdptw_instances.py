"""Pickup and delivery with time windows as Li and Lim publish it: reader of their files and of the best known results.

A file's first line is `vehicles capacity speed`; each other line is a task, `id x y demand ready due service pickup
delivery`. Task 0 is the depot. A pickup names its delivery, a delivery its pickup; 0 is none. Distances are euclidean
and are rides as well; everything is in the instance's own units.
Source: H. Li, A. Lim, "A metaheuristic for the pickup and delivery problem with time windows", 2001.
"""

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulator.benchmarks.results import NotRun

Mode = Literal["veh", "dist"]
"""`veh`: fewest vehicles, then the shortest distance. `dist`: the shortest distance, with vehicles enough."""
Routes = list[list[int]]
"""Tasks in the order of the visits, a list for each vehicle that is used; the depot is left out."""
Floats = npt.NDArray[np.float64]
SPARE_VEHICLES = 1.25
"""In mode `dist` a fleet has so many times the best known vehicles, rounded up, and one more."""


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One problem. Arrays are indexed by task, `distance` is [from, to]; `pairs` are (pickup, delivery)."""

    name: str
    vehicles: int
    capacity: int
    xy: Floats
    demand: npt.NDArray[np.int64]
    ready: Floats
    due: Floats
    service: Floats
    distance: Floats
    pairs: tuple[tuple[int, int], ...]
    best_vehicles: int
    """The fewest vehicles that anybody has published."""

    def fleet(self, mode: Mode) -> int:
        """How many vehicles there are."""
        return self.vehicles if mode == "veh" else math.ceil(SPARE_VEHICLES * self.best_vehicles) + 1


def read(file: Path, best_vehicles: int) -> Instance:
    """Read an instance. Raises `NotRun` when there is no such file or it is none of this format."""
    if not file.is_file():
        raise NotRun(f"there is no instance {file.stem}.")
    lines = [line.split() for line in file.read_text(encoding="ascii").splitlines() if line.strip()]
    try:
        vehicles, capacity = int(lines[0][0]), int(lines[0][1])
        tasks = np.array([list(map(float, line)) for line in lines[1:]]).reshape(-1, 9)
    except (ValueError, IndexError) as broken:
        raise NotRun(f"{file.name} is no instance of Li and Lim.") from broken
    xy = tasks[:, 1:3]
    deliveries = tasks[:, 8].astype(int).tolist()
    return Instance(
        name=file.stem,
        vehicles=vehicles,
        capacity=capacity,
        xy=xy,
        demand=tasks[:, 3].astype(np.int64),
        ready=tasks[:, 4],
        due=tasks[:, 5],
        service=tasks[:, 6],
        distance=np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)),
        pairs=tuple((task, delivery) for task, delivery in enumerate(deliveries) if delivery),
        best_vehicles=best_vehicles,
    )


def best_known(file: Path) -> dict[str, tuple[int, float]]:
    """The published best of each instance: (vehicles, distance). Raises `NotRun` without the file."""
    rows = [row for row in _rows(file) if row.get("benchmark", "LiLim") == "LiLim"]
    return {row["instance"]: (int(row["routes"]), float(row["distance"])) for row in rows}


def best_distance(file: Path) -> dict[str, float]:
    """The shortest distance seen with the fleet of mode `dist`. Raises `NotRun` without the file."""
    return {row["instance"]: float(row["distance"]) for row in _rows(file)}


def _rows(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        raise NotRun(f"there is no file {file.name}.")
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def read_all(folder: Path, names: Sequence[str], best: Mapping[str, tuple[int, float]]) -> list[Instance]:
    """Read instances by name. Raises `NotRun` for one that is not there or that has no best known result."""
    unknown = [name for name in names if name not in best]
    if unknown:
        raise NotRun(f"no best known result is listed for {', '.join(unknown)}.")
    return [read(folder / f"{name}.txt", best[name][0]) for name in names]
