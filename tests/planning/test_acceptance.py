"""The model of acceptance: what it learns, how fast, and whether its probabilities are true."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.offer import Offer, OfferStatus
from dispatch.planning.acceptance import HALF_LIFE_MS, PRIOR, Acceptance
from tests.support.zones import NOON_MS

HOUR_MS = 3_600_000
YES, NO, SILENCE = OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.LAPSED


def offer(courier_id: str, status: OfferStatus, approach_s: int = 60, at_ms: int = NOON_MS) -> Offer:
    """One offer that has ended."""
    return Offer("of", courier_id, ("o",), at_ms, at_ms + 60_000, status, approach_s)


def history(offers: int, seed: int) -> Iterator[tuple[Offer, float]]:
    """Offers of a month with the probability that each was accepted with: couriers differ, far and late ones are liked
    less.
    """
    chance = np.random.default_rng(seed)
    temper = {f"c{k}": float(chance.normal(0, 1.0)) for k in range(40)}
    for n in range(offers):
        courier_id, approach_s = f"c{chance.integers(40)}", int(chance.exponential(420))
        at_ms = NOON_MS + n * 30 * 24 * HOUR_MS // offers
        late = at_ms // HOUR_MS % 24 in (21, 22, 23, 0, 1, 2)
        odds = 2.0 + temper[courier_id] - 0.002 * approach_s - 0.8 * late
        p = 1 / (1 + np.exp(-odds))
        status = YES if chance.random() < p else (NO, SILENCE)[int(chance.integers(2))]
        yield offer(courier_id, status, approach_s, at_ms), float(p)


def test_nothing_known_is_the_prior() -> None:
    """Before the first offer, and for somebody unknown, the zone's rate counts."""
    assert Acceptance().chance("c1", 100, NOON_MS) == pytest.approx(PRIOR)
    taught = Acceptance(offer("c1", NO) for _ in range(500))
    assert taught.chance("new", 60, NOON_MS) < 0.1


def test_offers_that_nobody_answered_for_say_nothing() -> None:
    """Revoked, taken by somebody else, still open: the model stays as it is."""
    model = Acceptance([offer("c1", YES)])
    before = model.chance("c1", 60, NOON_MS)
    for status in (OfferStatus.REVOKED, OfferStatus.TAKEN, OfferStatus.OPEN):
        model.learn(offer("c1", status))
    assert (model.chance("c1", 60, NOON_MS), model.answered) == (before, 1)


def test_who_declines_is_known_by_it() -> None:
    """Ten refusals weigh on whoever refused, a little on offers like these, and hardly on other hours."""
    model = Acceptance([*(offer(f"c{k % 20}", YES) for k in range(200)), *(offer("no", NO) for _ in range(10))])
    assert model.chance("no", 60, NOON_MS) < 0.6
    assert model.chance("c1", 60, NOON_MS) > 0.9


def test_a_courier_is_not_blamed_for_distance() -> None:
    """Two couriers who refuse what is far alike: the one who is only asked far is as willing as the other one."""
    far, near = 900, 60
    mixed = [
        offer("both", (YES if k % 2 else NO) if k % 4 < 2 else YES, far if k % 4 < 2 else near) for k in range(400)
    ]
    only_far = [offer("far", YES if k % 2 else NO, far) for k in range(200)]
    model = Acceptance(each for pair in zip(mixed[:200], only_far, strict=True) for each in pair)
    assert model.chance("far", near, NOON_MS) == pytest.approx(model.chance("both", near, NOON_MS), abs=0.06)
    assert model.chance("far", far, NOON_MS) == pytest.approx(0.5, abs=0.12)


def test_old_offers_count_less() -> None:
    """Who refused everything half a year ago and takes everything now is believed; who refused just before, less."""
    later_ms = NOON_MS + 6 * HALF_LIFE_MS
    model = Acceptance([offer("c1", NO) for _ in range(50)] + [offer("c1", YES, at_ms=later_ms) for _ in range(20)])
    assert model.chance("c1", 60, later_ms) > 0.9
    undated = Acceptance([offer("c1", NO) for _ in range(50)] + [offer("c1", YES) for _ in range(20)])
    assert undated.chance("c1", 60, NOON_MS) < 0.8


def test_evidence_fades_while_nothing_is_offered() -> None:
    """After a year without offers the model is back at its prior."""
    model = Acceptance(offer("c1", NO) for _ in range(50))
    assert model.chance("c1", 60, NOON_MS + 13 * HALF_LIFE_MS) == pytest.approx(PRIOR, abs=0.02)


def test_its_probabilities_are_true() -> None:
    """On a made-up month of 12,000 offers, each judged before it is learnt (after a first week): in every tenth of the
    predictions as many are accepted as predicted, within 4 points; and it is far nearer to the truth than the mean is.
    """
    model, judged = Acceptance(), []
    for n, (each, p) in enumerate(history(12_000, seed=4)):
        if n > 3_000:
            judged.append((model.chance(each.courier_id, each.approach_s, each.made_at_ms), p, each.status is YES))
        model.learn(each)
    said, true, taken = np.array(sorted(judged)).T
    for tenth in np.array_split(np.arange(len(said)), 10):
        assert said[tenth].mean() == pytest.approx(taken[tenth].mean(), abs=0.04)
    assert said.mean() == pytest.approx(taken.mean(), abs=0.015)
    assert np.abs(said - true).mean() < 0.35 * np.abs(true.mean() - true).mean()
    assert model.expected / model.answered == pytest.approx(model.taken / model.answered, abs=0.02)


def test_the_same_history_makes_the_same_model() -> None:
    """Nothing depends on chance or on the clock."""
    models = [Acceptance(each for each, _ in history(500, seed=1)) for _ in range(2)]
    grid = np.array([[30.0, 400.0, 4_000.0]])
    assert np.array_equal(models[0].chances(["c3"], grid, NOON_MS), models[1].chances(["c3"], grid, NOON_MS))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["c1", "c2"]),
            st.sampled_from(list(OfferStatus)),
            st.integers(0, 10_000),
            st.integers(-HALF_LIFE_MS, 2 * HALF_LIFE_MS),
        ),
        max_size=40,
    )
)
def test_whatever_it_learns_it_says_probabilities(ends: list[tuple[str, OfferStatus, int, int]]) -> None:
    """Offers in any order of time: always strictly between 0 and 1; and one more yes never makes a yes less likely."""
    model = Acceptance(offer(c, s, a, NOON_MS + t) for c, s, a, t in ends)
    p = model.chance("c1", 300, NOON_MS)
    assert 0 < p < 1
    model.learn(replace(offer("c1", YES, 300)))
    assert model.chance("c1", 300, NOON_MS) >= p - 1e-9
