"""Where couriers without work wait."""

from dataclasses import replace

import numpy as np
import pytest

from dispatch.planning.preposition import FAR_S, Floats, Move, Outlook, best_moves, busiest, lateness_s

OUTLOOK = Outlook(lead_s=900, horizon_s=1_800, ride_price=0.01)
TWO_DEPOTS_APART: Floats = np.array([[0.0, 1_200.0], [1_200.0, 0.0]])


def moves(arrive_s: list[list[float]], idle: list[int], rates: list[float], outlook: Outlook = OUTLOOK) -> list[Move]:
    """Moves between two depots that are 20 min apart."""
    return best_moves(np.array(arrive_s), idle, TWO_DEPOTS_APART, np.array(rates), outlook)


def test_lateness_is_the_mean_over_when_goods_may_be_ready() -> None:
    """Ready at any time in half an hour: the formula says what a simulation says."""
    ready_s = np.random.default_rng(7).uniform(0, 1_800, 200_000)
    for arrive_s in (0.0, 300.0, 900.0, 1_800.0, 2_400.0):
        simulated = np.maximum(0.0, arrive_s - ready_s).mean()
        assert lateness_s(np.array([arrive_s]), 900)[0] == pytest.approx(simulated, abs=3)


def test_nobody_is_later_than_the_worst_that_counts() -> None:
    """A courier who cannot come at all."""
    assert lateness_s(np.array([np.inf]), 900)[0] == FAR_S


def test_one_of_two_couriers_at_a_quiet_depot_goes_to_the_busy_one() -> None:
    """Both stand at the first depot, orders come to the second."""
    both = [[0.0, 1_200.0], [0.0, 1_200.0]]
    assert moves(both, [0, 1], [0.0, 0.01], replace(OUTLOOK, most_moves=1)) == [Move(0, 1)]


def test_a_courier_with_work_is_not_sent_away() -> None:
    """Only the idle one may move."""
    assert moves([[0.0, 1_200.0], [0.0, 1_200.0]], [1], [0.0, 0.01], replace(OUTLOOK, most_moves=2)) == [Move(1, 1)]


def test_nobody_moves_where_orders_come_already() -> None:
    """Standing at the only depot that has orders: every move loses."""
    assert moves([[0.0, 1_200.0]], [0], [0.01, 0.0]) == []


def test_a_ride_that_costs_more_than_it_gains_is_not_made() -> None:
    """Hardly an order an hour, and empty rides dear."""
    assert moves([[0.0, 1_200.0]], [0], [0.0, 0.0002], replace(OUTLOOK, ride_price=1.0)) == []


def test_a_depot_after_the_shift_is_no_place_to_go() -> None:
    """The only depot with orders is out of reach."""
    assert moves([[0.0, np.inf]], [0], [0.0, 0.01]) == []


def test_the_busiest_depots_are_named_first_and_idle_ones_not_at_all() -> None:
    """By orders a second; of equals, by their ids."""
    assert busiest([("a", 0.1), ("b", 0.3), ("c", 0.0), ("d", 0.1)], 3) == ["b", "a", "d"]
    assert busiest([("a", 0.0)], 3) == []


def test_a_move_must_gain_enough() -> None:
    """The same town twice: what gains less than asked for is not worth telling anybody."""
    arrive_s, between_s = np.array([[0.0, 1_200.0]] * 3), np.array([[0.0, 1_200.0], [1_200.0, 0.0]])
    rates = np.array([0.0, 10 / 3_600])
    eager = best_moves(arrive_s, [0, 1, 2], between_s, rates, Outlook(lead_s=np.array([60.0, 60.0])))
    assert {move.depot for move in eager} == {1}
    assert best_moves(arrive_s, [0, 1, 2], between_s, rates, Outlook(60.0, least_gain_s=1e6)) == []
