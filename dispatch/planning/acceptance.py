"""How probably a courier accepts an offer, learnt from the offers that were answered, or not, before.

The model: the log-odds of a yes are a sum of four effects.

    logit p = zone + ride to the first pickup (five bands) + time of day (eight bands) + courier

Each effect is believed to be somewhere around a first guess (0, for the zone `PRIOR`), the firmer the higher its
`*_PRECISION`; so who was asked twice differs little from the others, and who was asked a hundred times is known. Each
answer moves the effects by what it was off by, the less firm ones more, and makes all of them firmer: one step of a
Kalman filter for a sum (online Bayesian logistic regression with independent effects; Graepel et al. 2010, "Web-scale
Bayesian click-through rate prediction", do the same with probit).

What counts is a yes against a no or silence; an offer that was revoked, or that somebody else took first, says nothing.
Old offers count less: half after `HALF_LIFE_MS`. Weights grow with time instead of being decayed (forward decay:
Cormode et al. 2009), so an offer is learnt by a few additions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from dispatch.domain.offer import ANSWERED, Offer

PRIOR: Final = 0.85
"""The zone's rate before anything is known (house figure)."""
ZONE_PRECISION: Final = 1.0
APPROACH_PRECISION: Final = 2.0
HOUR_PRECISION: Final = 4.0
COURIER_PRECISION: Final = 1.0
"""One over the variance, in squared log-odds, of what is believed of an effect before its first offer."""
LEAST_CERTAINTY: Final = 0.15
"""So much an answer says at least, also where it was foreseen: nobody is ever quite known."""
HALF_LIFE_MS: Final = 28 * 24 * 3_600_000
APPROACH_BANDS_S: Final = (120, 300, 600, 1_200)
"""Bounds between the bands of the ride to the first pickup, in seconds."""
HOURS_A_BAND: Final = 3
HOUR_BANDS: Final = 24 // HOURS_A_BAND
"""Bands of the day in UTC: a zone lies in one time zone, so they are bands of its own day as well."""

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class _Effect:
    """One effect's evidence: how much there is, and which way it points; both weighed by time."""

    prior: float
    mass: float = 0.0
    pull: float = 0.0

    def at(self, weight: float) -> float:
        """The effect, when an offer of today would weigh so much."""
        return self.pull / (self.prior * weight + self.mass)

    def variance(self, weight: float) -> float:
        """How unsure that is."""
        return weight / (self.prior * weight + self.mass)

    def move(self, weight: float, step: float, certainty: float) -> None:
        """Take in one offer: by how much the effect moves, and how much firmer it gets."""
        moved = self.at(weight) + step
        self.mass += weight * certainty
        self.pull = (self.prior * weight + self.mass) * moved


class Acceptance:
    """What is known of one zone. Deterministic: the same offers in the same order make the same model.

    `answered` offers were learnt from, `taken` of them accepted; `expected` is how many should have been, as foreseen
    before each answer.
    """

    def __init__(self, offers: Iterable[Offer] = ()) -> None:
        self.answered = 0
        self.taken = 0
        self.expected = 0.0
        self._zone = _Effect(ZONE_PRECISION)
        self._approach = [_Effect(APPROACH_PRECISION) for _ in range(len(APPROACH_BANDS_S) + 1)]
        self._hours = [_Effect(HOUR_PRECISION) for _ in range(HOUR_BANDS)]
        self._couriers: dict[str, _Effect] = {}
        self._since_ms = 0
        for offer in offers:
            self.learn(offer)

    def learn(self, offer: Offer) -> None:
        """Take in how an offer ended; one that says nothing changes nothing."""
        taken = ANSWERED.get(offer.status)
        if taken is None:
            return
        self._since_ms = self._since_ms or offer.made_at_ms
        chance = self.chance(offer.courier_id, offer.approach_s, offer.made_at_ms)
        self.answered, self.taken, self.expected = self.answered + 1, self.taken + taken, self.expected + chance
        courier = self._couriers.setdefault(offer.courier_id, _Effect(COURIER_PRECISION))
        approach, hours = self._approach[_approach_band(offer.approach_s)], self._hours[_hour_band(offer.made_at_ms)]
        _correct((self._zone, approach, hours, courier), self._weight(offer.made_at_ms), taken, chance)

    def chance(self, courier_id: str, approach_s: float, at_ms: int) -> float:
        """The probability that a courier takes an offer made at business time `at_ms`, a ride of `approach_s` away."""
        return float(self.chances([courier_id], np.array([[approach_s]]), at_ms)[0, 0])

    def chances(self, courier_ids: Sequence[str], approach_s: npt.NDArray[np.generic], at_ms: int) -> Floats:
        """The same for many: `approach_s` and the answer are [couriers, offers]."""
        weight = self._weight(at_ms)
        common = _logit(PRIOR) + self._zone.at(weight) + self._hours[_hour_band(at_ms)].at(weight)
        by_band = np.array([common + effect.at(weight) for effect in self._approach])
        known = (self._couriers.get(courier_id) for courier_id in courier_ids)
        own = np.array([effect.at(weight) if effect else 0.0 for effect in known])
        odds = by_band[np.searchsorted(APPROACH_BANDS_S, approach_s, side="right")] + own[:, None]
        return np.asarray(1.0 / (1.0 + np.exp(-odds)), dtype=np.float64)

    def _weight(self, at_ms: int) -> float:
        """What an offer of that time weighs; one that is older than the first no less than that."""
        return float(2.0 ** (max(0, at_ms - self._since_ms) / HALF_LIFE_MS)) if self._since_ms else 1.0


def _correct(effects: Sequence[_Effect], weight: float, taken: bool, chance: float) -> None:
    """Move the effects whose sum foretold an answer with this chance towards the answer."""
    certainty = max(LEAST_CERTAINTY, chance * (1 - chance))
    variances = [effect.variance(weight) for effect in effects]
    whole = sum(variances)
    for effect, own in zip(effects, variances, strict=True):
        step = own * (taken - chance) / (1 + certainty * whole)
        effect.move(weight, step, 1 / (1 / certainty + whole - own))


def _logit(rate: float) -> float:
    return float(np.log(rate / (1.0 - rate)))


def _approach_band(approach_s: float) -> int:
    return int(np.searchsorted(APPROACH_BANDS_S, approach_s, side="right"))


def _hour_band(at_ms: int) -> int:
    return at_ms // 3_600_000 % 24 // HOURS_A_BAND
