"""A pickup-and-delivery instance in the format of Li and Lim, made around a solution that is known."""

from pathlib import Path
from random import Random

CAPACITY = 30
HORIZON = 1000


def write_instance(
    file: Path, *, vehicles: int = 4, pairs_each: int = 3, spare: int = 3, seed: int = 7
) -> list[list[int]]:
    """Write an instance like lc101: a cluster for each vehicle, narrow windows; returns the routes it was made around.

    The fleet has `spare` vehicles more than these routes; each of them takes its pairs one after the other.
    """
    chance = Random(seed)
    lines, routes, task = [f"{vehicles + spare}\t{CAPACITY}\t1", f"0\t50\t50\t0\t0\t{HORIZON}\t0\t0\t0"], [], 0
    for vehicle in range(vehicles):
        centre = (20 + 60 * (vehicle % 2), 20 + 60 * (vehicle // 2 % 2))
        place, now, route = (50.0, 50.0), 0.0, []
        for _ in range(pairs_each):
            for demand, partners in ((10, (0, task + 2)), (-10, (task + 1, 0))):
                spot = (centre[0] + chance.randint(-8, 8), centre[1] + chance.randint(-8, 8))
                now += ((spot[0] - place[0]) ** 2 + (spot[1] - place[1]) ** 2) ** 0.5
                window = (max(0, int(now) - 20), int(now) + 21)
                task, place = task + 1, spot
                fields = (task, *spot, demand, *window, 10, *partners)
                lines.append("\t".join(map(str, fields)))
                route.append(task)
                now += 10
        routes.append(route)
    file.write_text("\n".join(lines) + "\n", encoding="ascii")
    return routes
