"""Waiting for a companion: which orders are kept open, and for how long."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.order import Direction
from dispatch.planning.holding import held_for_companions
from dispatch.planning.problem import UNREACHABLE_MS, Problem
from tests.support.planning import MINUTE_MS, NOON_MS, drop, held, line, pick, plan_courier, plan_order, problem

BUSY = 1 / 60
"""An order a minute."""
QUIET = 1 / 7_200


def one_order(**fields: object) -> Problem:
    """A depot at 0 with an order for 10 minutes away, and a courier 5 minutes away."""
    return problem(line(0, 10, 5), [plan_courier("c1", 2)], [plan_order("o1", 0, 1, **fields)])


def test_at_a_busy_depot_a_lone_order_waits_for_the_next() -> None:
    """As long as is allowed; at a quiet depot it goes at once."""
    assert held_for_companions(one_order(), lambda _: BUSY, 120) == {"o1": NOON_MS + 2 * MINUTE_MS}
    assert held_for_companions(one_order(), lambda _: QUIET, 120) == {}
    assert held_for_companions(one_order(), lambda depot_id: BUSY if depot_id == "d9" else 0.0, 120) == {}


def test_time_waited_already_counts() -> None:
    """An order that came a minute ago waits one minute more; after its time it is not asked about again."""
    young = one_order(created_at_ms=NOON_MS - MINUTE_MS)
    assert held_for_companions(young, lambda _: BUSY, 120) == {"o1": NOON_MS + MINUTE_MS}
    assert held_for_companions(one_order(created_at_ms=NOON_MS - 3 * MINUTE_MS), lambda _: BUSY, 120) == {}
    back = one_order(created_at_ms=NOON_MS - 9 * MINUTE_MS, commit_due_at_ms=NOON_MS - MINUTE_MS)
    assert held_for_companions(back, lambda _: BUSY, 120) == {"o1": NOON_MS + MINUTE_MS}


def test_no_order_waits_until_it_is_late() -> None:
    """With the ride there, a minute of service, the way out and something to spare, one minute is left."""
    tight = one_order(promise_at_ms=NOON_MS + 20 * MINUTE_MS)
    assert held_for_companions(tight, lambda _: BUSY, 600) == {"o1": NOON_MS + MINUTE_MS}
    assert held_for_companions(one_order(promise_at_ms=NOON_MS + 15 * MINUTE_MS), lambda _: BUSY, 600) == {}


def test_goods_that_are_not_ready_wait_at_no_price() -> None:
    """At a quiet depot, too, the order is kept open until its courier has to set off."""
    later = one_order(ready_at_ms=NOON_MS + 10 * MINUTE_MS)
    assert held_for_companions(later, lambda _: QUIET, 600) == {"o1": NOON_MS + 4 * MINUTE_MS + MINUTE_MS // 2}


@pytest.mark.parametrize("fields", [{"priority": 1}, {"tier": 1}, {"declined_by": ("c9",)}, {"missed_by": "c9"}])
def test_an_urgent_order_does_not_wait(fields: dict[str, object]) -> None:
    """Expedited, paid for, or asked for in vain before."""
    assert held_for_companions(one_order(**fields), lambda _: BUSY, 600) == {}


def test_what_a_customer_gives_back_has_no_companion() -> None:
    """A return is fetched at a door."""
    assert held_for_companions(one_order(direction=Direction.RETURN), lambda _: BUSY, 600) == {}


def test_companions_that_are_there_already_are_not_waited_for() -> None:
    """Two orders wait, or a courier fetches one there anyway, or nobody can ride at all."""
    alone = one_order()
    two = replace(alone, orders={**alone.orders, "o2": plan_order("o2", 0, 1)})
    assert held_for_companions(two, lambda _: BUSY, 600) == {}
    going = plan_courier("c1", 2, planned=(pick("old"), drop("old")))
    joined = replace(alone, couriers=(going,), orders={**alone.orders, "old": held("old", 0, 1, "c1")})
    assert held_for_companions(joined, lambda _: BUSY, 600) == {}
    closed = replace(alone, couriers=(plan_courier("c1", 2, closed="off_duty"),))
    assert held_for_companions(closed, lambda _: BUSY, 600) == {}


def test_what_nobody_can_bring_does_not_wait() -> None:
    """A door without a road: the order is refused at once, with its reason."""
    ways = line(0, 10, 5)
    ways[:, 1] = UNREACHABLE_MS
    nowhere = problem(ways, [plan_courier("c1", 2)], [plan_order("o1", 0, 1)])
    assert held_for_companions(nowhere, lambda _: BUSY, 600) == {}


@given(st.floats(0, 0.2), st.integers(0, 40), st.integers(0, 60), st.integers(0, 30), st.floats(0, 900))
def test_holding_keeps_promises_and_its_limit(
    rate: float, ready_min: int, promise_min: int, age_min: int, most_s: float
) -> None:
    """Whatever the figures: not beyond the limit since the order came, and always in time for the promise."""
    seen = one_order(
        created_at_ms=NOON_MS - age_min * MINUTE_MS,
        ready_at_ms=NOON_MS + ready_min * MINUTE_MS,
        promise_at_ms=NOON_MS + promise_min * MINUTE_MS,
    )
    for until_ms in held_for_companions(seen, lambda _: rate, most_s).values():
        assert NOON_MS < until_ms <= NOON_MS - age_min * MINUTE_MS + most_s * 1000 + 1
        assert until_ms + (5 + 1 + 10) * MINUTE_MS <= NOON_MS + promise_min * MINUTE_MS
