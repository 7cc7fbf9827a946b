"""A demo day: which engines make the plans that the zone adopts."""

import pytest

from dispatch.adapters.solver_process import ENGINES
from dispatch.domain.events import PlanAdopted
from dispatch.settings import Settings
from simulator.virtual_time import run_virtual
from tests.support.demo_day import Day, demo_day


@pytest.fixture(scope="module")
def day() -> Day:
    """An hour with the solver of the default configuration: 5 couriers, 50 orders."""
    return run_virtual(demo_day(ENGINES[Settings.model_fields["solver"].default]))


def test_it_is_a_day_of_work(day: Day) -> None:
    """Half of the orders are delivered within the hour, so the plans below are plans that couriers rode."""
    assert day.delivered >= 25


def test_new_orders_are_given_to_couriers_through_ortools(day: Day) -> None:
    """Every decision about waiting orders names OR-Tools' assignment among the engines that made it."""
    decisions = [plan for plan in day.adopted if plan.reason == "new orders"]
    assert len(decisions) >= 20
    assert day.by("ortools-assignment", "new orders") == decisions


def test_improvements_go_through_ortools(day: Day) -> None:
    """The compiled search proposes, OR-Tools decides who rides what; the plan says that both had a part in it."""
    improvements = [plan for plan in day.adopted if plan.reason != "new orders"]
    assert improvements
    assert [plan for plan in improvements if "search" not in plan.engines] == []
    assert [plan for plan in improvements if plan not in day.by("ortools-assignment")] == []


def test_the_checker_has_nothing_against_any_plan(day: Day) -> None:
    """What the planner proposes was right before it was checked; the checker is a second look and no filter."""
    assert day.unchecked == 0


def test_a_day_without_ortools_would_be_seen() -> None:
    """Plans that OR-Tools had no part in are not counted as its own."""
    alone = PlanAdopted(1, ("insertion",), "new orders", 0, 0.0)
    assert Day([alone]).by("ortools") == []
