"""The margin before a promise: an arrival within it is priced as late, by the objective and by the compiled search."""

from dataclasses import replace

import pytest

from dispatch.planning.improve import Budget, improve
from dispatch.planning.insertion import insert_waiting
from dispatch.planning.objective import explain, route_costs
from dispatch.planning.problem import Problem
from dispatch.planning.terms import Weights
from tests.support.planning import MINUTE_MS, drop, held, line, pick, plan_courier, problem, random_problem


def promised_earlier(seen: Problem, by_s: int) -> Problem:
    """The same picture with every promise so much earlier."""
    orders = {
        o.id: replace(o, order=replace(o.order, promise_at_ms=o.order.promise_at_ms - by_s * 1000))
        for o in seen.orders.values()
    }
    return replace(seen, orders=orders)


def test_the_last_minutes_before_the_promise_count_as_late() -> None:
    """At the door 28 min after noon, promised by 12:30: on time as it is, 3 min late with a margin of 5."""
    courier = plan_courier("c", 0, planned=(pick("o"), drop("o")))
    order = held("o", 0, 1, "c")
    costs = [
        route_costs(seen, seen.couriers[0], courier.planned)
        for margin_s in (0.0, 300.0)
        for seen in [problem(line(0, 27), [courier], [order], Weights(late_margin_s=margin_s))]
    ]
    assert [cost["late"] for cost in costs] == [0.0, Weights().late * 3 * MINUTE_MS / 1000]


@pytest.mark.parametrize("seed", range(8))
def test_a_margin_is_priced_like_promises_that_are_so_much_earlier(seed: int) -> None:
    """Insertion and search find the same plans at the same gain, and the objective says so."""
    calm = random_problem(seed)
    margin = replace(calm, weights=Weights(late_margin_s=420.0))
    earlier = promised_earlier(calm, 420)
    inserted = [insert_waiting(seen) for seen in (margin, earlier)]
    assert inserted[0].gain == pytest.approx(inserted[1].gain)
    assert explain(margin, inserted[0]) == pytest.approx(explain(earlier, inserted[0]))
    found = [improve(seen, Budget(300), seed) for seen in (margin, earlier)]
    assert (found[0] and found[0].routes) == (found[1] and found[1].routes)
