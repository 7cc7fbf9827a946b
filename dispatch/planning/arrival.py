"""How much later than told orders arrive: learnt from the orders themselves, as far as they keep what was told.

The theory (split conformal prediction; Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005). What
was told of an arrival some minutes before it, and when it then came, gives an error. If the next arrival is like those
of the past, its error is below their 90 % quantile with a probability of 90 %, whatever the errors' shape. The quantile
is taken among arrivals for which as much time was left when they were told (a Gaussian kernel over the logarithm of
that time), the newer ones counting more, because traffic, riders and the model of both change.

What counts is what stood on the customer's screen so long before the arrival, stale or not; so staleness is priced in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from dispatch.domain.ends import comes_at_ms
from dispatch.domain.eta import USUAL, EtaNote, Spread
from dispatch.domain.fulfilment import Mode
from dispatch.domain.geo import Point, distance_m
from dispatch.domain.order import Direction, Order, OrderStatus

Floats = npt.NDArray[np.float64]

LEADS_MS = (5 * 60_000, 10 * 60_000, 15 * 60_000, 20 * 60_000, 30 * 60_000)
"""So long before the arrival the screen is looked at."""
MAIN_LEAD_MS = 10 * 60_000
"""The one whose share is published."""
NEAR_MS = 12 * 60_000
"""Up to so much time left, earlier leads say nothing: what stood there then was told with more time left."""
KNOTS_MS = (0, 300_000, 600_000, 720_000, 900_000, 1_200_000, 1_800_000, 2_700_000)
SHARE = 0.9
WIDTH = 0.35
"""Of the kernel, in natural logarithms of the time left: 10 minutes are alike 7 to 14."""
HALF_LIFE_MS = 3 * 24 * 3_600_000
TRUST = 15.0
"""As if so many arrivals had been seen whose quantile is the usual one."""
_ARRIVED = (OrderStatus.AT_DROPOFF, OrderStatus.DELIVERED)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One arrival as it was told `lead_ms` before it: `left_ms` was left when it was told, `error_ms` it came later."""

    lead_ms: int
    at_ms: int
    left_ms: int
    error_ms: int
    within: bool
    """Whether it came by the late end of the range."""
    distance_m: float = 0.0
    """From the depot to the door in a straight line; 0 where nobody asked."""


def arrived_at_ms(order: Order) -> int:
    """When the courier came to the customer's door; 0: not yet, another way round, or no courier came. Who waited
    there for the order's window to begin came at its beginning, and who did not wait, when the order was delivered.
    """
    if order.direction is not Direction.DELIVERY or order.mode is not Mode.DELIVERY:
        return 0
    at_ms = next((at_ms for status, at_ms in order.timeline if status in _ARRIVED), 0)
    delivered = (at_ms for status, at_ms in order.timeline if status is OrderStatus.DELIVERED)
    came_ms = comes_at_ms(order, at_ms)
    return at_ms and min(came_ms, next(delivered, came_ms))


def arrivals_of(order: Order, depot: Point | None = None) -> list[Arrival]:
    """What was told of an order's arrival at each of `LEADS_MS` before it; nothing where nothing had been told."""
    at_ms = arrived_at_ms(order)
    if not at_ms:
        return []
    away_m = distance_m(depot, order.dropoff.place) if depot else 0.0
    found = []
    for lead_ms in LEADS_MS:
        note = on_screen(order.etas, at_ms - lead_ms)
        if note:
            left_ms = max(0, note.eta_at_ms - note.at_ms)
            within = at_ms <= note.late_at_ms
            found.append(Arrival(lead_ms, at_ms, left_ms, at_ms - note.eta_at_ms, within, away_m))
    return found


def on_screen(etas: Sequence[EtaNote], at_ms: int) -> EtaNote | None:
    """What a customer saw at a moment; None while nothing was told, or nobody knew any more."""
    note = next((note for note in reversed(etas) if note.at_ms <= at_ms), None)
    return note if note and note.eta_at_ms else None


def spread_of(arrivals: Iterable[Arrival], now_ms: int) -> Spread:
    """The margins that nine of ten of these arrivals would have kept; the usual ones as long as little is known.

    Near the arrival only what stood there `MAIN_LEAD_MS` before counts, farther away also what stood there earlier. At
    last all margins are stretched alike, so that the main lead's share is met over all times left together.
    """
    seen = [each for each in arrivals if each.lead_ms >= MAIN_LEAD_MS]
    main = np.array([each.lead_ms == MAIN_LEAD_MS for each in seen], dtype=np.bool_)
    if not main.any():
        return USUAL
    left = np.log1p(np.array([each.left_ms for each in seen]) / 60_000)
    error = np.array([each.error_ms for each in seen], dtype=np.float64)
    age_ms = np.array([now_ms - each.at_ms for each in seen], dtype=np.float64)
    weight = 0.5 ** (np.maximum(0, age_ms) / HALF_LIFE_MS)
    knots = np.log1p(np.array(KNOTS_MS) / 60_000)
    scale, knot_scale = _scales(left, np.abs(error), weight, knots)
    margins = []
    for knot_ms, at, wide in zip(KNOTS_MS, knots, knot_scale, strict=True):
        near = weight * np.exp(-(((left - at) / WIDTH) ** 2) / 2) * (main | (knot_ms > NEAR_MS))
        margins.append(_drawn(error / scale * wide, near, USUAL.margin_ms(knot_ms)))
    rising = _rising(margins)
    told = np.interp(left[main], knots, rising)
    stretch = _stretch(error[main], np.maximum(told, 1_000.0), weight[main])
    points = tuple((knot_ms, round(margin * stretch)) for knot_ms, margin in zip(KNOTS_MS, rising, strict=True))
    return Spread(points, now_ms, int(main.sum()))


def _stretch(error: Floats, told: Floats, weight: Floats) -> float:
    """By how much margins have to be stretched for `SHARE` of these arrivals to keep them; 1 while few are known."""
    effective = float(weight.sum()) ** 2 / float((weight**2).sum())
    ratio = error / told
    order = np.argsort(ratio)
    reached = np.searchsorted(np.cumsum(weight[order]), min(1.0, SHARE * (1 + 1 / effective)) * float(weight.sum()))
    wanted = float(ratio[order][min(int(reached), len(ratio) - 1)])
    return float(np.clip((TRUST + effective * wanted) / (TRUST + effective), 0.5, 2.0))


def _scales(left: Floats, size: Floats, weight: Floats, knots: Floats) -> tuple[Floats, Floats]:
    """How large errors are for each arrival and each knot: a straight line in the time left, never near 0."""
    minutes, knot_minutes = np.expm1(left), np.expm1(knots)
    root = np.sqrt(weight)
    lines = np.stack([np.ones_like(minutes), minutes], axis=1)
    base, slope = np.linalg.lstsq(lines * root[:, None], size * root)[0].tolist()
    if slope < 0 or base < 0:
        base, slope = float(np.average(size, weights=weight)), 0.0
    return np.maximum(1_000.0, base + slope * minutes), np.maximum(1_000.0, base + slope * knot_minutes)


def _rising(margins: Sequence[int]) -> list[int]:
    """The nearest margins that never fall: neighbours that do are averaged (pool adjacent violators)."""
    pools: list[tuple[float, int]] = []
    for margin in margins:
        pools.append((float(margin), 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (b, n), (a, m) = pools.pop(), pools.pop()
            pools.append(((a * m + b * n) / (m + n), m + n))
    return [round(margin) for margin, count in pools for _ in range(count)]


def _drawn(error: Floats, weight: Floats, usual_ms: int) -> int:
    """The weighted quantile, with room for the next one, drawn to the usual margin as far as little was seen."""
    total = float(weight.sum())
    if total < 1e-6:
        return usual_ms
    effective = total**2 / float((weight**2).sum())
    # One more than was seen: the next one may be the latest of all.
    share = min(1.0, SHARE * (1 + 1 / max(1.0, effective)))
    order = np.argsort(error)
    reached = np.searchsorted(np.cumsum(weight[order]), share * total)
    margin_ms = max(0.0, float(error[order][min(int(reached), len(error) - 1)]))
    trust = TRUST / (TRUST + effective)
    return round(trust * usual_ms + (1 - trust) * margin_ms)


@dataclass(frozen=True, slots=True)
class Kept:
    """How what was told held: of `count` arrivals `within` came by the late end; errors in seconds."""

    count: int
    within: int
    mean_error_s: float
    """Of the absolute errors."""
    bias_s: float
    """How much later than told they came in the mean."""

    @property
    def share(self) -> float:
        """The share that came by the late end; 0 of none."""
        return self.within / self.count if self.count else 0.0

    @property
    def unsure(self) -> float:
        """The standard error of the share."""
        return sqrt(self.share * (1 - self.share) / self.count) if self.count else 0.0


def kept(arrivals: Iterable[Arrival]) -> Kept:
    """The figures of some arrivals."""
    seen = list(arrivals)
    if not seen:
        return Kept(0, 0, 0.0, 0.0)
    errors = [each.error_ms / 1000 for each in seen]
    mean_s = sum(abs(error) for error in errors) / len(errors)
    return Kept(len(seen), sum(each.within for each in seen), mean_s, sum(errors) / len(errors))
