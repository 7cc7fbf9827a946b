"""How soon routes go round an incident that nobody reported: from the first courier who was slowed by it on.

The ways looked at are those of couriers like the first one: between addresses for which the usual way leads through the
streets that the first courier rode in the circle first, while somebody who knew the truth would go round them. Only
what was ridden can be known, and who avoids one street of a jam by the next one gains little; so what counts is time:
how much of what the truth would save the ways of the moment really save.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.cch import CchPaths
from dispatch.roads.city import City
from dispatch.roads.network import CLOSED_MS
from dispatch.roads.rides import Rides, split
from dispatch.roads.riding import RoadTravelTimes
from simulator.benchmarks.roads_probes import TICK_MS, Couriers, Learning, Outing
from simulator.chance import stream
from simulator.speed_field import HOUR_MS, SpeedField, Traffic

PAIRS, WANTED = 4_000, 40
HALF, TWO_MINUTES_MS = 0.5, 120_000
WITHIN_MS = 420_000
RIDDEN_MS = 60_000
"""What the first courier rode in the first minute is to be avoided; what comes behind it nobody has seen yet."""
Bools = npt.NDArray[np.bool_]


def avoidance_figures(
    city: City, traffic: Traffic, *, profile: Profile = Profile.CAR, couriers: int = 100, seed: int = 3
) -> dict[str, float]:
    """`incident_avoided_s`: until half of what could be saved is (-1: never); `incident_saved_2min_pct`: what is saved
    after two minutes.
    """
    spell = traffic.incidents[0]
    field = SpeedField(city.network, replace(traffic, incidents=(spell,)))
    begins_ms = round(spell.from_h * HOUR_MS)
    outings = Couriers(city, profile, field, seed).outings(couriers, begins_ms - HOUR_MS, begins_ms + HOUR_MS // 2)
    inside = field.edges_of(spell) & city.network.is_open(profile)
    first, entered_ms, slowed = _first(outings, inside, begins_ms)
    if first is None:
        return {"incident_avoided_s": -1.0, "incident_saved_2min_pct": 0.0}
    learning, free = Learning(city.network, profile), RoadTravelTimes(city.network, CchPaths).free(profile)
    true_ms = _times(free, field.factor(profile, np.arange(len(inside), dtype=np.int32), entered_ms))
    true, ways, usual_s, best_s = free.with_times(true_ms), list[tuple[Point, Point]](), 1.0, 0.0
    avoided_s, saved_pct = -1.0, 0.0
    for tick_ms in range(begins_ms - HOUR_MS, entered_ms + WITHIN_MS, TICK_MS):
        now_ms = tick_ms + TICK_MS
        learning.feed(outings, tick_ms, now_ms)
        if now_ms <= entered_ms:
            continue
        believed = free.with_times(_times(free, learning.factors(now_ms)))
        if not ways:
            before = free.with_times(_times(free, learning.factors(begins_ms)))
            ways = _ways(city, before, true, slowed)
            usual_s, best_s = (_really_s(each, true_ms, ways) for each in (before, true))
        saved = (usual_s - _really_s(believed, true_ms, ways)) / max(1e-9, usual_s - best_s)
        if avoided_s < 0 and saved >= HALF:
            avoided_s = (now_ms - entered_ms) / 1000
        if now_ms - entered_ms <= TWO_MINUTES_MS:
            saved_pct = 100 * saved
    return {"incident_avoided_s": round(avoided_s), "incident_saved_2min_pct": round(saved_pct, 1)}


def _really_s(rides: Rides, true_ms: npt.NDArray[np.int64], ways: list[tuple[Point, Point]]) -> float:
    """What ways take by the truth that are chosen by what is believed."""
    total_ms = 0.0
    for a, b in ways:
        for piece in rides.pieces(*split(rides.streets.snapper.snap([a, b]), 1)):
            share = piece.ends - piece.begins
            turning_ms = max(0.0, piece.time_ms - share * float(rides.edge_ms[piece.edge]))
            total_ms += share * float(true_ms[piece.edge]) + turning_ms
    return total_ms / 1000


def _first(outings: list[Outing], inside: Bools, begins_ms: int) -> tuple[Outing | None, int, Bools]:
    """The first ride that was slowed, when its first slow edge lay behind it, and its edges of the next minute."""
    best: tuple[int, Outing, npt.NDArray[np.int32]] | None = None
    for outing in outings:
        ends_ms = outing.depart_ms + 1000 * outing.true.end_s
        enters_ms = np.append(outing.depart_ms, ends_ms[:-1])
        met = inside[outing.true.edge] & (enters_ms >= begins_ms)
        if met.sum() >= 2 and (best is None or ends_ms[met][0] < best[0]):
            slowed_ms = ends_ms[met][0]
            best = (int(slowed_ms), outing, outing.true.edge[met & (ends_ms <= slowed_ms + RIDDEN_MS)])
    slowed = np.zeros(len(inside), dtype=np.bool_)
    if best is None:
        return None, begins_ms, slowed
    slowed[best[2]] = True
    return best[1], best[0], slowed


def _times(free: Rides, factor: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    slow = np.where(np.isfinite(factor), np.rint(free.edge_ms * np.minimum(factor, 100.0)), CLOSED_MS)
    return np.where(free.edge_ms < CLOSED_MS, np.clip(slow, 1, CLOSED_MS), CLOSED_MS).astype(np.int64)


def _ways(city: City, before: Rides, true: Rides, slowed: Bools) -> list[tuple[Point, Point]]:
    """Pairs of addresses whose usual way meets the slowed edges and whose best way does not."""
    rng, found = stream(1, "ways"), []
    for _ in range(PAIRS):
        a, b = (city.addresses[int(k)].place for k in rng.integers(0, len(city.addresses), 2))
        if a != b and slowed[_edges(before, a, b)].any() and not slowed[_edges(true, a, b)].any():
            found.append((a, b))
            if len(found) == WANTED:
                break
    return found


def _edges(rides: Rides, a: Point, b: Point) -> npt.NDArray[np.int32]:
    """The whole edges of a way: the ends cannot be avoided."""
    return rides.route(*split(rides.streets.snapper.snap([a, b]), 1)).edges[1:-1]
