"""What a customer is told about the arrival, and when it is news."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import InvalidInput
from dispatch.domain.eta import LEAST_MARGIN_MS, USUAL, EtaNote, Spread, is_news
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, zone

FAR = NOON_MS + 10**9


def told(eta_min: float, late_min: float, at_min: float = 0.0) -> EtaNote:
    """Minutes after noon."""
    at_ms, eta_ms, late_ms = (NOON_MS + round(minutes * MINUTE_MS) for minutes in (at_min, eta_min, late_min))
    return EtaNote(at_ms, eta_ms, late_ms, "plan")


def news(note: EtaNote, now_min: float, eta_min: float, late_min: float, promise_ms: int = FAR) -> bool:
    new = told(eta_min, late_min, now_min)
    return is_news(note, new.at_ms, new.eta_at_ms, new.late_at_ms, promise_ms)


@pytest.mark.parametrize(
    ("now", "eta", "late", "expected"),
    [
        (0, 30.5, 36, False),  # half a minute
        (0, 32.5, 38, False),  # less than an eighth of what is left
        (0, 34.5, 40, True),
        (25, 31.2, 36, True),  # near the end a minute is a minute
        (20, 30.2, 32.2, True),  # twelve minutes before, once more: the range is narrower by now
        (20, 30.2, 35.5, False),  # unless it is not
        (0, 26.0, 31, True),  # earlier is news too
    ],
)
def test_small_changes_are_no_news(now: float, eta: float, late: float, expected: bool) -> None:
    """Told at noon: expected in 30 minutes, by 36 at the latest."""
    assert news(told(30, 36), now, eta, late) is expected


def test_a_promise_that_breaks_is_told_early() -> None:
    """A late end beyond the promise is told when it was not known; so is an expectation beyond it; once is enough."""
    promise_ms = NOON_MS + 35 * MINUTE_MS
    assert not news(told(30, 34), 0, 30.5, 34.8, promise_ms)
    assert news(told(30, 34), 0, 31.0, 35.5, promise_ms)
    assert not news(told(31, 35.5), 0, 31.5, 36.0, promise_ms)
    assert news(told(34.5, 39), 20, 35.1, 39.6, promise_ms)


@for_all(st.integers(0, 10**7), st.integers(-(10**6), 10**7))
def test_margins_grow_with_the_time_left(left_ms: int, more_ms: int) -> None:
    """The usual table is two minutes near the end, then a fifth; never less for more time left."""
    assert USUAL.margin_ms(left_ms) >= 120_000
    assert USUAL.margin_ms(left_ms + max(0, more_ms)) >= USUAL.margin_ms(left_ms)
    if left_ms <= 3_600_000:
        assert abs(USUAL.margin_ms(left_ms) - max(120_000, left_ms // 5)) <= 1


def test_what_was_told_is_kept_with_its_reasons() -> None:
    """The first time, then each change that was news, with who caused it; the range comes from what was learnt."""
    state = zone(orders=1)
    given(state, "c1", "o1")
    route = state.route("c1")

    def retimed(shift_ms: int, cause: str) -> list[e.Event]:
        times = tuple((s.id, s.arrive_at_ms + shift_ms, s.depart_at_ms + shift_ms) for s in route.stops)
        return ask(state, c.UpdateEtas((c.RetimedRoute("c1", route.version, times),), cause))

    retimed(30_000, "traffic")
    retimed(240_000, "weather")
    retimed(600_000, "riding")
    notes = state.orders["o1"].etas
    assert [note.cause for note in notes] == ["plan", "weather", "courier"]
    assert [note.eta_at_ms - notes[0].eta_at_ms for note in notes] == [0, 240_000, 600_000]
    ask(state, c.LearnSpread(Spread(((0, 300_000),), NOON_MS, 50)))
    retimed(1_200_000, "traffic")
    order = state.orders["o1"]
    assert order.eta_late_at_ms - order.eta_at_ms == 300_000 and order.etas[-1].late_at_ms == order.eta_late_at_ms


def test_nobody_is_told_of_an_arrival_before_the_chosen_window() -> None:
    """A courier who is there earlier waits at the door, so the customer hears of the window's beginning; a later
    arrival is told as it is.
    """
    state = zone(orders=1)
    given(state, "c1", "o1")
    begins_ms = state.route("c1").stops[-1].arrive_at_ms + 30 * MINUTE_MS
    state.orders["o1"] = replace(state.orders["o1"], earliest_at_ms=begins_ms)
    for shift_min, told_min in ((1, 0), (5, 0), (40, 10)):
        route = state.route("c1")
        times = tuple((s.id, begins_ms + (shift_min - 30) * MINUTE_MS, begins_ms + 60 * MINUTE_MS) for s in route.stops)
        ask(state, c.UpdateEtas((c.RetimedRoute("c1", route.version, times),), "traffic"))
        order = state.orders["o1"]
        assert order.eta_at_ms == begins_ms + told_min * MINUTE_MS < order.eta_late_at_ms
    assert [note.eta_at_ms - begins_ms for note in order.etas[1:]] == [0, 10 * MINUTE_MS]


def test_a_courier_who_stands_tells_why() -> None:
    """Waiting at the depot it is the depot, at another door the queue."""
    for stop, cause in ((0, "depot"), (1, "queue")):
        state = zone(orders=2)
        given(state, "c1", "o1", "o2")
        for _ in range(stop):
            done = state.route("c1").stops[0]
            for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
                ask(state, c.ReportProgress("c1", done.id, action, NOON_MS))
        ask(state, c.ReportProgress("c1", state.route("c1").stops[0].id, c.StopAction.ARRIVED, NOON_MS))
        route = state.route("c1")
        times = tuple(
            (s.id, s.arrive_at_ms + 600_000 * (k > 0), s.depart_at_ms + 600_000) for k, s in enumerate(route.stops)
        )
        ask(state, c.UpdateEtas((c.RetimedRoute("c1", route.version, times),), "riding"))
        assert state.orders["o2"].etas[-1].cause == cause


@pytest.mark.parametrize("points", [(), ((5, 1), (5, 2)), ((5, 1), (4, 2)), ((0, -1),)])
def test_a_spread_that_is_none_is_refused(points: tuple[tuple[int, int], ...]) -> None:
    """Nothing changes."""
    state = zone()
    with pytest.raises(InvalidInput):
        ask(state, c.LearnSpread(Spread(points)))
    assert state.spread == USUAL


def test_no_range_is_narrower_than_an_elevator_s_mood() -> None:
    """However sure the zone is of itself."""
    sure = Spread(((0, 1_000),))
    assert sure.late_at_ms(NOON_MS, NOON_MS + MINUTE_MS) == NOON_MS + MINUTE_MS + LEAST_MARGIN_MS
    assert replace(sure, points=((0, 0), (600_000, 600_000))).margin_ms(300_000) == 300_000
