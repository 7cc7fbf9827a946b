"""How well the zone kept what it told its customers: published figures, by hour and by distance."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from dispatch.domain.depot import Depot
from dispatch.domain.fulfilment import Mode
from dispatch.domain.geo import Point
from dispatch.domain.order import Order
from dispatch.domain.zone import Entity
from dispatch.planning.arrival import LEADS_MS, MAIN_LEAD_MS, Arrival, Kept, arrivals_of, arrived_at_ms, kept, on_screen

HOUR_MS: Final = 3_600_000
BANDS_M: Final = (0, 1_000, 2_000, 3_000, 5_000)
"""Where bands of distance between depot and door begin."""
MOST_ORDERS: Final = 20_000
MOST_DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was told and what came of it. Hours and bands are of what was told `MAIN_LEAD_MS` before."""

    orders: int
    by_lead: tuple[tuple[int, Kept], ...]
    """(lead in ms, figures)"""
    by_hour: tuple[tuple[int, Kept], ...]
    """(hour of the zone's day, figures), without empty ones"""
    by_distance: tuple[tuple[int, Kept], ...]
    """(where the band begins in m, figures), without empty ones"""
    changes_median: float
    """How often the shown time changed."""
    late: int
    """Orders that came after their promise."""
    told_early: int
    """Those of them whose customers saw, `EARLY_MS` before the promise, that it may be broken."""


EARLY_MS: Final = 8 * 60_000


def calibration(orders: Iterable[Entity], depots: Mapping[str, Depot], offset_ms: int = 0) -> Calibration:
    """The figures of delivered orders; `offset_ms` is the zone's offset from UTC, for the hours."""
    known = [order for order in orders if isinstance(order, Order) and order.etas and order.mode is Mode.DELIVERY]
    arrivals = [each for order in known for each in arrivals_of(order, _place(depots, order))]
    main = [each for each in arrivals if each.lead_ms == MAIN_LEAD_MS]
    late = [order for order in known if _came_late(order)]
    return Calibration(
        orders=len(known),
        by_lead=tuple((lead, kept(each for each in arrivals if each.lead_ms == lead)) for lead in LEADS_MS),
        by_hour=_grouped(main, lambda each: (each.at_ms + offset_ms) // HOUR_MS % 24, range(24)),
        by_distance=_grouped(main, lambda each: max(b for b in BANDS_M if b <= each.distance_m), BANDS_M),
        changes_median=float(median([len(order.etas) - 1 for order in known])) if known else 0.0,
        late=len(late),
        told_early=sum(knew_early(order) for order in late),
    )


def knew_early(order: Order) -> bool:
    """Whether the customer's screen said, `EARLY_MS` before the promise, that it may be broken."""
    note = on_screen(order.etas, order.promise_at_ms - EARLY_MS)
    return note is not None and note.late_at_ms > order.promise_at_ms


def _came_late(order: Order) -> bool:
    return arrived_at_ms(order) > order.promise_at_ms > 0


def _place(depots: Mapping[str, Depot], order: Order) -> Point | None:
    depot = depots.get(order.depot_id)
    return depot.place if depot else None


def _grouped(
    arrivals: Sequence[Arrival], group: Callable[[Arrival], int], groups: Iterable[int]
) -> tuple[tuple[int, Kept], ...]:
    found: dict[int, list[Arrival]] = {}
    for each in arrivals:
        found.setdefault(group(each), []).append(each)
    return tuple((name, kept(found[name])) for name in groups if name in found)
