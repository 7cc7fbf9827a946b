"""Where idle couriers had better wait, in small towns on a line."""

import numpy as np
import pytest

from dispatch.planning.waiting_places import NOBODY_S, Waiting, best_moves, busiest, expected_lateness_s

MINUTE_S = 60.0


def town(
    places: list[float], couriers: list[float], per_hour: list[float], idle: list[bool] | None = None, prep_s: float = 0
) -> Waiting:
    """Places and couriers by their minutes along a straight road."""
    at, stand = np.array(places), np.array(couriers)
    reach_s = np.abs(stand[:, None] - at[None, :]) * MINUTE_S
    return Waiting(
        reach_s=reach_s,
        between_s=np.abs(at[:, None] - at[None, :]) * MINUTE_S,
        per_s=np.array(per_hour) / 3_600,
        prep_s=np.full(len(places), prep_s),
        idle=np.array([True] * len(couriers) if idle is None else idle),
        at=np.where(reach_s.min(axis=1) == 0, reach_s.argmin(axis=1), -1) if len(places) else np.full(len(stand), -1),
    )


def moves(waiting: Waiting, least_gain_s: float = 60.0, ride_price: float = 0.1) -> list[tuple[int, int]]:
    """(courier, place) of each move."""
    found = best_moves(waiting, within_s=1_800, ride_price=ride_price, least_gain_s=least_gain_s)
    return [(move.courier, move.place) for move in found]


def test_a_busy_place_without_anybody_near_gets_somebody() -> None:
    """Three wait at the quiet end, all orders come at the other: two go there, a third would gain too little."""
    assert moves(town([0, 20], [0, 0, 0], [0.0, 10.0]), least_gain_s=400) == [(0, 1), (1, 1)]


def test_who_has_work_is_not_sent_and_counts_where_they_will_be() -> None:
    """The only idle courier stays: those who are about to be free there are three already."""
    busy = town([0, 20], [0, 20, 20, 20], [0.0, 10.0], [True, False, False, False])
    assert moves(busy) == []


def test_goods_that_take_their_time_need_nobody_near() -> None:
    """The goods take half an hour: twenty minutes of riding make nothing late."""
    assert moves(town([0, 20], [0, 0, 0], [0.0, 10.0], prep_s=1_800)) == []


def test_a_move_must_be_worth_the_ride() -> None:
    """A rare order far away does not pay for the way there; nor does anything when riding is dear."""
    assert moves(town([0, 20], [0, 0, 0], [5.0, 0.01])) == []
    assert moves(town([0, 20], [0, 0, 0], [0.0, 10.0]), ride_price=100.0) == []


def test_nobody_is_sent_where_they_are() -> None:
    """Everybody is where the orders are."""
    assert moves(town([0], [0, 0], [10.0])) == []


def test_couriers_spread_over_places_that_are_equally_busy() -> None:
    """Six in the middle, orders at both ends: some go to either end, one stays, and nobody goes twice."""
    sent = moves(town([-12, 0, 12], [0] * 6, [6.0, 4.0, 6.0]))
    assert {place for _, place in sent} == {0, 2}
    assert len({courier for courier, _ in sent}) == len(sent) < 6


def test_an_empty_town_moves_nobody() -> None:
    """No places, or no couriers."""
    assert moves(town([], [0.0], [])) == []
    assert moves(town([0, 5], [], [1.0, 1.0])) == []


def test_the_nearest_three_count() -> None:
    """Shares of .5, .3 and .2, beyond the preparation; who is missing counts an hour."""
    reach_s = np.array([[100.0], [200.0], [300.0], [9_000.0]])
    assert expected_lateness_s(reach_s, np.array([0.0]))[0] == pytest.approx(170)
    assert expected_lateness_s(reach_s, np.array([150.0]))[0] == pytest.approx(0.3 * 50 + 0.2 * 150)
    assert expected_lateness_s(reach_s[:1], np.array([0.0]))[0] == pytest.approx(50 + 0.5 * NOBODY_S)


def test_the_busiest_places() -> None:
    """The most orders first; without orders there is nothing to wait for."""
    rates = [("a", 0.1), ("b", 0.3), ("c", 0.0), ("d", 0.3)]
    assert busiest(rates, 2) == ["b", "d"]
    assert busiest(rates, 9) == ["b", "d", "a"]
