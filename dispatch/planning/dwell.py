"""How long couriers really stay at stops, learnt from the stops that were done.

The theory. The logarithm of a service time is what the house would have said (`promise`) plus one effect each for the
kind of visit, how many orders it was for, the hour, the depot, the area, the building and the courier, plus chance. An
effect is learnt from what the others leave over, and is drawn towards nothing by its `TRUST`: as if so many visits
without any effect had been seen first. So a building with two visits speaks like its area, and one with twenty for
itself (empirical Bayes; Efron & Morris, "Stein's Estimator and Its Competitors", JASA 68, 1973). No stop pulls further
than `CLIP` (P. J. Huber, "Robust Estimation of a Location Parameter", Ann. Math. Stat. 35, 1964), and one that took
wildly longer hardly pulls at all, for that is a lunch or a tap that was forgotten; nobody is wildly too quick.

How far chance goes is not assumed to be a bell: what each new stop differed from its prediction, made before it was
learnt, is counted in a histogram for each kind and each depot, and quantiles are read off there. What is known of few
visits differs by more, so differences are counted in units of `_unsureness`; of the last `HALF_COUNTED` ones each
counts more than of those before, for predictions get better.

An observation of `HALF_LIFE_MS` ago counts half of one of now. Instead of fading everything, newer ones count more; all
sums are divided by the weight of now when they are read.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from math import exp, log, sqrt
from typing import Any, Final

from dispatch.domain.doors import building_of, cell_of
from dispatch.domain.geo import Point
from dispatch.domain.promise import EXTRA_ORDER_DROPOFF_S, EXTRA_ORDER_PICKUP_S
from dispatch.domain.route import StopKind

HOUSE_S: Final = {StopKind.PICKUP: 60, StopKind.DROPOFF: 90}
"""What a stop for one order takes as long as nothing was learnt: what intake gives an order, too."""
EXTRA_S: Final = {StopKind.PICKUP: EXTRA_ORDER_PICKUP_S, StopKind.DROPOFF: EXTRA_ORDER_DROPOFF_S}
HALF_LIFE_MS: Final = 3 * 7 * 24 * 3_600_000
"""Shops move their counters and gates close for works; weeks tell that, days do not (house figure)."""
LEAST_SEEN_S, MOST_SEEN_S = 10.0, 2 * 3_600.0
"""Shorter: arrival and completion were tapped together. Longer: the completion was forgotten. Neither is a service."""
LEAST_S, MOST_S = 15.0, 3_600.0
"""No expectation is outside."""
AREA_M: Final = 500.0
MANY_ORDERS: Final = 5
"""From so many orders on, stops have one effect together."""
TRUST: Final[Mapping[str, float]] = {
    "kind": 1.0, "orders": 10.0, "hour": 20.0, "depot": 5.0, "area": 8.0, "building": 4.0, "courier": 10.0,
}  # fmt: skip
"""Visits without an effect that each effect begins with: the variance of chance over that of the effect (house figures,
for about 0.4 and 0.2 of a logarithm at a building)."""
CLIP: Final = 0.5
"""No difference pulls more, in logarithms: 1.3 standard deviations of chance, where Huber's estimator keeps 95 % of the
mean's efficiency."""
WILD_FROM, WILD_AT, WILD_PULL = 1.0, 2.0, 0.15
"""From 2.7 times as long as expected on a stop pulls less, and at 7.4 times this little; but not nothing, so that a
building which really became slow is believed in the end."""
MOST_BUILDINGS: Final = 50_000
"""When there are more names than this, those with the least weight are forgotten first."""
_BIN: Final = 0.05
_WIDEST: Final = 3.0
_CHANCE: Final = 0.4
"""Standard deviation of chance, in logarithms, before any was seen."""
_FIRST_COUNTS: Final = 20.0
HALF_COUNTED: Final = 250
_KNOWN_AFTER: Final = 30.0
"""Stops of a kind before which differences say how little is known, not what chance does."""
_REBASE_AT: Final = 1e6


@dataclass(frozen=True, slots=True)
class Visit:
    """What is known of a stop before it is made: whose goods (`depot_id`), where, by whom, for how many orders.

    `hour` is 0-23 in any fixed zone of time. `address` is the door's, if there is one.
    """

    kind: StopKind
    depot_id: str
    place: Point
    hour: int
    courier_id: str
    orders: int = 1
    address: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """A visit that was made. `began_at_ms` is when the service could begin (see `service_began_ms`)."""

    visit: Visit
    began_at_ms: int
    ended_at_ms: int

    @property
    def seconds(self) -> float:
        """How long the service took."""
        return (self.ended_at_ms - self.began_at_ms) / 1000


@dataclass(frozen=True, slots=True)
class Spread:
    """A service time in seconds: half of all stops take at most `p50_s`, nine of ten at most `p90_s`."""

    p50_s: float
    p90_s: float


def service_began_ms(arrived_at_ms: int, possible_from_ms: int) -> int:
    """When a service began: waiting for goods (a pickup's `ready_at_ms`) or for a window to open is none of it."""
    return max(arrived_at_ms, possible_from_ms)


@dataclass(slots=True)
class _Effect:
    """Weighted sum of what is left over for one name, and the weight."""

    weight: float = 0.0
    total: float = 0.0


@dataclass(slots=True)
class _Differences:
    """A histogram of differences: weights by bin, and what the next one will weigh."""

    weight: float = 0.0
    next: float = 1.0
    bins: dict[int, float] = field(default_factory=dict)

    def rebase(self) -> None:
        """Let the next one weigh 1 again; the numbers would grow for ever."""
        self.weight /= self.next
        self.bins = {place: weight / self.next for place, weight in self.bins.items()}
        self.next = 1.0


class ServiceTimes:
    """What was learnt so far. `learn` in the order of time where possible; late observations count as old ones."""

    def __init__(self) -> None:
        self._base_ms = 0
        self._newest_ms = 0
        self._effects: dict[str, _Effect] = {}
        self._differences: dict[str, _Differences] = {}

    def learn(self, seen: Iterable[Served]) -> int:
        """Take stops that were done. Returns how many of them could be services."""
        credible = [each for each in seen if LEAST_SEEN_S <= each.seconds <= MOST_SEEN_S]
        for each in credible:
            self._learn_one(each)
        if len(self._effects) > MOST_BUILDINGS:
            self._forget_least()
        return len(credible)

    def _learn_one(self, seen: Served) -> None:
        weight = self._weight_of(seen.ended_at_ms)
        names = _names(seen.visit)
        left_over = log(seen.seconds / _house_s(seen.visit)) - sum(map(self._effect, names))
        if left_over < WILD_AT and self._effect_of(names[0]).weight > _KNOWN_AFTER * self._weight_now:
            self._count_difference(seen.visit, left_over / self._unsureness(names))
        pull = _pull(left_over)
        for name in names:
            before = self._effect(name)
            effect = self._effects.setdefault(name, _Effect())
            effect.weight += weight
            effect.total += weight * (before + pull)
            pull += before - self._effect(name)

    def expected_s(self, visit: Visit) -> Spread:
        """How long a stop will take; where nothing was learnt, about what the house says."""
        names = _names(visit)
        middle = log(_house_s(visit)) + sum(map(self._effect, names))
        unsureness = self._unsureness(names)
        half, most = (exp(middle + unsureness * self._difference_at(visit, share)) for share in (0.5, 0.9))
        return Spread(_bounded(half), _bounded(most))

    # --- effects ---------------------------------------------------------------------------------------------

    def _effect_of(self, name: str) -> _Effect:
        return self._effects.get(name) or _Effect()

    def _effect(self, name: str) -> float:
        effect, now = self._effect_of(name), self._weight_now
        return effect.total / now / (effect.weight / now + _trust(name))

    def _unsureness(self, names: Iterable[str]) -> float:
        """By how much more than chance alone a stop differs from what is known of it; 1 when all effects are known."""
        now = self._weight_now
        return sqrt(1.0 + sum(1.0 / (self._effect_of(name).weight / now + _trust(name)) for name in names))

    def _forget_least(self) -> None:
        kept = sorted(self._effects.items(), key=lambda item: -item[1].weight)[: MOST_BUILDINGS * 9 // 10]
        self._effects = dict(kept)

    # --- chance ----------------------------------------------------------------------------------------------

    def _count_difference(self, visit: Visit, difference: float) -> None:
        place = round(max(-_WIDEST, min(_WIDEST, difference)) / _BIN)
        for name in _histograms(visit):
            counted = self._differences.setdefault(name, _Differences())
            counted.weight += counted.next
            counted.bins[place] = counted.bins.get(place, 0.0) + counted.next
            counted.next *= 2.0 ** (1 / HALF_COUNTED)
            if counted.next > _REBASE_AT:
                counted.rebase()

    def _difference_at(self, visit: Visit, share: float) -> float:
        """The quantile of differences at a depot, drawn towards that of the kind, and this towards a bell."""
        drawn = _bell(share)
        for name in _histograms(visit):
            counted = self._differences.get(name)
            if counted:
                weight = counted.weight / counted.next
                drawn = (weight * _quantile(counted, share) + _FIRST_COUNTS * drawn) / (weight + _FIRST_COUNTS)
        return drawn

    # --- time ------------------------------------------------------------------------------------------------

    @property
    def _weight_now(self) -> float:
        return _doubled(self._newest_ms - self._base_ms)

    def _weight_of(self, at_ms: int) -> float:
        if not self._base_ms:
            self._base_ms = at_ms
        self._newest_ms = max(self._newest_ms, at_ms)
        if self._weight_now > _REBASE_AT:
            self._rebase()
        return _doubled(at_ms - self._base_ms)

    def _rebase(self) -> None:
        """Measure weights from now on; the numbers would grow for ever."""
        now, self._base_ms = self._weight_now, self._newest_ms
        for effect in self._effects.values():
            effect.weight /= now
            effect.total /= now

    # --- to be kept ------------------------------------------------------------------------------------------

    def to_record(self) -> dict[str, Any]:
        """Everything learnt as plain data, for `from_record`; names of buildings are hashes."""
        return {
            "version": 1,
            "base_ms": self._base_ms,
            "newest_ms": self._newest_ms,
            "effects": {name: [each.weight, each.total] for name, each in self._effects.items()},
            "differences": {
                name: {"weight": each.weight, "next": each.next, "bins": [list(item) for item in each.bins.items()]}
                for name, each in self._differences.items()
            },
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "ServiceTimes":
        """What `to_record` wrote. Raises `ValueError` for a version that this one does not know."""
        if record.get("version") != 1:
            raise ValueError("These service times were written by another version; they have to be learnt anew.")
        made = cls()
        made._base_ms, made._newest_ms = record["base_ms"], record["newest_ms"]
        made._effects = {name: _Effect(weight, total) for name, (weight, total) in record["effects"].items()}
        made._differences = {
            name: _Differences(each["weight"], each["next"], {int(place): weight for place, weight in each["bins"]})
            for name, each in record["differences"].items()
        }
        return made


def _names(visit: Visit) -> tuple[str, ...]:
    """The names of a stop's effects, the widest first."""
    kind = visit.kind
    return (
        f"kind {kind}",
        f"orders {kind} {min(visit.orders, MANY_ORDERS)}",
        f"hour {kind} {visit.hour}",
        f"depot {kind} {visit.depot_id}",
        f"area {kind} {cell_of(visit.place, AREA_M)}",
        f"building {kind} {building_of(visit.place, visit.address)}",
        f"courier {kind} {visit.courier_id}",
    )


def _histograms(visit: Visit) -> tuple[str, str]:
    """The names of a stop's histograms, the wider first."""
    return visit.kind.value, f"{visit.kind} {visit.depot_id}"


def _pull(left_over: float) -> float:
    """How far a difference pulls."""
    if left_over <= WILD_FROM:
        return max(-CLIP, min(CLIP, left_over))
    wildness = min(1.0, (left_over - WILD_FROM) / (WILD_AT - WILD_FROM))
    return CLIP + wildness * (WILD_PULL - CLIP)


def _trust(name: str) -> float:
    return TRUST[name.partition(" ")[0]]


def _house_s(visit: Visit) -> float:
    return HOUSE_S[visit.kind] + EXTRA_S[visit.kind] * (max(visit.orders, 1) - 1)


def _bounded(seconds: float) -> float:
    return max(LEAST_S, min(MOST_S, seconds))


def _doubled(ms: int) -> float:
    return float(2.0 ** (ms / HALF_LIFE_MS))


def _bell(share: float) -> float:
    """The quantile of a normal distribution; only two are asked for."""
    return _CHANCE * {0.5: 0.0, 0.9: 1.2816}[share]


def _quantile(counted: _Differences, share: float) -> float:
    """Where `share` of the weight lies below, straight within a bin."""
    places = sorted(counted.bins)
    sums = list(accumulate(counted.bins[place] for place in places))
    wanted = share * sums[-1]
    place = bisect_left(sums, wanted)
    above = (sums[place] - wanted) / counted.bins[places[place]]
    return (places[place] + 0.5 - above) * _BIN
