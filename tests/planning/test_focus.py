"""Which couriers are improved together, and whose turn it is."""

import numpy as np

from dispatch.planning.focus import Sketch, Turns, neighbourhood

MINUTE_S = 60.0


def sketch(*couriers: tuple[str, list[tuple[float, float, float]], int]) -> Sketch:
    """Couriers by (id, spots of (east_m, north_m, in_s), orders)."""
    width = max(len(spots) for _, spots, _ in couriers)
    table = np.full((3, len(couriers), width), np.nan)
    for row, (_, spots, _) in enumerate(couriers):
        for column, spot in enumerate(spots):
            table[:, row, column] = spot
    orders = np.array([orders for _, _, orders in couriers], dtype=np.int64)
    return Sketch(tuple(each for each, _, _ in couriers), table[0], table[1], table[2], orders)


def test_those_whose_ways_cross_are_neighbours() -> None:
    """Near is who comes by, wherever they are now: whose last stop is beside the centre's, not who is in between."""
    seen = sketch(
        ("centre", [(0, 0, 0), (5_000, 0, 1_200)], 2),
        ("between", [(2_500, 1_500, 0)], 1),
        ("comes by", [(9_000, 9_000, 0), (5_000, 100, 1_300)], 1),
        ("far", [(9_000, 9_000, 0)], 1),
    )
    assert neighbourhood(seen, "centre", 2) == ["centre", "comes by"]
    assert neighbourhood(seen, "centre", 4) == ["centre", "comes by", "between", "far"]


def test_an_hour_apart_is_not_near() -> None:
    """Two couriers pass the same corner; the one who does so at the same time is the nearer one."""
    seen = sketch(
        ("centre", [(0, 0, 0), (3_000, 0, 600)], 1),
        ("an hour later", [(8_000, 0, 0), (3_000, 0, 4_200)], 1),
        ("close in time", [(8_000, 0, 0), (3_000, 400, 700)], 1),
    )
    assert neighbourhood(seen, "centre", 2) == ["centre", "close in time"]


def test_a_neighbourhood_is_bounded_by_couriers_and_by_orders() -> None:
    """No more couriers and no more orders than asked for; but the centre is always there, however much it has."""
    seen = sketch(*((f"c{k}", [(100.0 * k, 0, 0)], 10) for k in range(20)))
    assert len(neighbourhood(seen, "c0", 14, 1_000)) == 14
    assert neighbourhood(seen, "c0", 14, 35) == ["c0", "c1", "c2"]
    assert neighbourhood(seen, "c5", 14, 3) == ["c5"]


def test_the_idle_do_not_crowd_out_the_busy() -> None:
    """Nine idle couriers stand around the centre; the busy ones behind them still have their places."""
    idle = [(f"idle {k}", [(10.0 * k, 0, 0)], 0) for k in range(1, 10)]
    busy = [(f"busy {k}", [(1_000.0 * k, 0, 0)], 2) for k in range(1, 8)]
    found = neighbourhood(sketch(("centre", [(0, 0, 0)], 2), *idle, *busy), "centre", 9)
    assert found[0] == "centre"
    assert [each for each in found if each.startswith("idle")] == ["idle 1", "idle 2", "idle 3"]
    assert len([each for each in found if each.startswith("busy")]) == 5


def test_everybody_has_a_turn_before_anybody_has_a_second_one() -> None:
    """Nothing changes: each is next once, then nobody until it is time again."""
    turns, ids = Turns(again_ms=60_000), [f"c{k}" for k in range(5)]
    had = []
    for now_ms in range(1, 6):
        who = turns.next(ids, now_ms)
        assert who
        had.append(who)
        turns.cover([who], now_ms)
    assert sorted(had) == ids
    assert turns.next(ids, 6) is None
    assert turns.waiting(ids, 6) == 0
    assert turns.next(ids, 60_001) == had[0]


def test_who_changed_is_due_at_once_and_nobody_is_forgotten() -> None:
    """News comes first; but those who change all the time do not keep the others from their turn for ever."""
    turns, ids = Turns(again_ms=60_000), ["a", "b", "restless"]
    turns.cover(ids, 1_000)
    turns.change("restless")
    assert turns.next(ids, 1_001) == "restless"
    assert turns.waiting(ids, 1_001) == 1
    had = set()
    for now_ms in range(2_000, 70_000, 1_000):
        who = turns.next(ids, now_ms)
        assert who
        had.add(who)
        turns.cover([who], now_ms)
        turns.change("restless")
    assert had == set(ids)


def test_nobody_is_next_in_an_empty_zone() -> None:
    """No couriers, no turn."""
    assert Turns(1).next([], 10) is None
