"""Ranges that hold: whatever the errors look like, nine of ten arrivals come by the late end."""

from dataclasses import replace

import numpy as np
import pytest

from dispatch.domain.eta import USUAL, EtaNote
from dispatch.domain.order import Direction, Order, OrderStatus
from dispatch.planning.arrival import KNOTS_MS, Arrival, arrivals_of, kept, spread_of
from tests.support.zones import MINUTE_MS, NOON_MS, order

LEAD_MS = 10 * MINUTE_MS


def delivered(*notes: EtaNote, at_min: float) -> Order:
    """An order that came to its door so many minutes after noon."""
    at_ms = NOON_MS + round(at_min * MINUTE_MS)
    timeline = ((OrderStatus.AT_DROPOFF, at_ms), (OrderStatus.DELIVERED, at_ms + MINUTE_MS))
    return replace(order("o1"), status=OrderStatus.DELIVERED, timeline=timeline, etas=notes)


def note(at_min: float, eta_min: float, late_min: float) -> EtaNote:
    at_ms, eta_ms, late_ms = (NOON_MS + round(each * MINUTE_MS) for each in (at_min, eta_min, late_min))
    return EtaNote(at_ms, eta_ms, late_ms, "plan")


def test_what_stood_on_the_screen_counts() -> None:
    """Ten minutes before the arrival the first word still stood there, five minutes before the second."""
    found = arrivals_of(delivered(note(0, 25, 30), note(22, 28, 29), at_min=31))
    by_lead = {each.lead_ms // MINUTE_MS: each for each in found}
    assert sorted(by_lead) == [5, 10, 15, 20, 30]
    assert (by_lead[10].error_ms, by_lead[10].left_ms, by_lead[10].within) == (6 * MINUTE_MS, 25 * MINUTE_MS, False)
    assert (by_lead[5].error_ms, by_lead[5].left_ms, by_lead[5].within) == (3 * MINUTE_MS, 6 * MINUTE_MS, False)


def test_nothing_is_learnt_where_nothing_was_told() -> None:
    """Returns, orders that never came, and times before the first word."""
    assert arrivals_of(order("o1")) == []
    assert arrivals_of(replace(delivered(note(0, 5, 6), at_min=6), direction=Direction.RETURN)) == []
    assert [each.lead_ms // MINUTE_MS for each in arrivals_of(delivered(note(0, 5, 6), at_min=6))] == [5]


@pytest.mark.parametrize(("begins_min", "error_min"), [(0, -10), (12, -9), (11, -9), (10.5, -9.5), (5, -10)])
def test_who_waits_for_the_window_comes_with_it(begins_min: float, error_min: float) -> None:
    """There at minute 10 and delivered at 11: the error is that of the window's beginning, not of the waiting."""
    early = replace(delivered(note(0, 20, 22), at_min=10), earliest_at_ms=NOON_MS + round(begins_min * MINUTE_MS))
    assert arrivals_of(early)[0].error_ms == error_min * MINUTE_MS


@pytest.mark.parametrize("shape", ["normal", "skewed", "late"])
def test_nine_of_ten_fresh_arrivals_are_within(shape: str) -> None:
    """600 arrivals are learnt from, 2,000 fresh ones of the same kind are told: 88 to 92 % keep the late end."""
    rng = np.random.default_rng(8)

    def errors(left_min: np.ndarray) -> np.ndarray:
        scale = 30 + 12 * left_min
        drawn = {
            "normal": rng.normal(0, 1, len(left_min)),
            "skewed": rng.exponential(1, len(left_min)) - 0.7,
            "late": rng.normal(1.5, 1, len(left_min)),
        }[shape]
        return 1000 * scale * drawn

    left = rng.uniform(6, 35, 2_600)
    error = errors(left)
    seen = [
        Arrival(LEAD_MS, NOON_MS + k, round(minutes * MINUTE_MS), round(ms), False)
        for k, (minutes, ms) in enumerate(zip(left[:600], error[:600], strict=True))
    ]
    learnt = spread_of(seen, NOON_MS)
    margin = np.array([learnt.margin_ms(round(minutes * MINUTE_MS)) for minutes in left[600:]])
    assert 0.88 <= (error[600:] <= margin).mean() <= 0.92
    margins = [margin_ms for _, margin_ms in learnt.points]
    assert margins == sorted(margins) and [left_ms for left_ms, _ in learnt.points] == list(KNOTS_MS)


def test_as_long_as_little_is_known_the_usual_range_is_told() -> None:
    """Two punctual arrivals do not make a zone punctual."""
    assert spread_of([], NOON_MS) is USUAL
    few = spread_of([Arrival(LEAD_MS, NOON_MS - k, LEAD_MS, 0, True) for k in range(2)], NOON_MS)
    assert few.margin_ms(LEAD_MS) > 0.7 * USUAL.margin_ms(LEAD_MS)


def test_a_zone_that_gets_better_tells_so_within_days() -> None:
    """Last week's ten minutes late do not count like today's punctuality."""
    week_ms = 7 * 24 * 3_600_000
    old = [Arrival(LEAD_MS, NOON_MS - week_ms - k, LEAD_MS, 600_000, False) for k in range(100)]
    new = [Arrival(LEAD_MS, NOON_MS - k, LEAD_MS, 30_000 + 300 * k, True) for k in range(300)]
    assert spread_of(old, NOON_MS - week_ms).margin_ms(LEAD_MS) > 500_000
    assert spread_of([*old, *new], NOON_MS).margin_ms(LEAD_MS) < 150_000


def test_the_published_figures() -> None:
    """Of four arrivals three were within; the mean error ignores the sign, the bias does not."""
    seen = [Arrival(LEAD_MS, NOON_MS, LEAD_MS, ms, within) for ms, within in
            ((60_000, True), (-60_000, True), (0, True), (240_000, False))]  # fmt: skip
    figures = kept(seen)
    assert (figures.count, figures.within, figures.share, figures.mean_error_s, figures.bias_s) == (
        4,
        3,
        0.75,
        90.0,
        60.0,
    )
    assert figures.unsure == pytest.approx(0.2165, abs=1e-3) and kept([]).share == 0.0
