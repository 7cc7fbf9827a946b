"""The city benchmark: its world, its policies and its figures, on days of a few minutes."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.route import StopKind
from dispatch.domain.vehicle import Load
from dispatch.planning.problem import PlanOrder, PlanStop
from dispatch.planning.terms import Weights
from dispatch.roads.city import City
from dispatch.roads.generate import generate_city
from dispatch.roads.travel_times import open_travel_times
from simulator.benchmarks import city, city_page, city_plots
from simulator.benchmarks.city_bound import clairvoyant
from simulator.benchmarks.city_day import BEGINS_AT_MS, Day, Scenario, draw_day, read_scenario, settings_of
from simulator.benchmarks.city_figures import GOALS, Figures, figures, floor_min, metrics
from simulator.benchmarks.city_policies import Cold, Greedy, Ours, no_search
from simulator.benchmarks.city_world import World
from simulator.benchmarks.results import Results

SCENARIO = Scenario(
    name="tiny",
    city="generate:2km:7",
    depots=2,
    couriers=3,
    orders_per_hour=(12.0, 20.0),
    prep_min=(3.0, 8.0),
    promise_min=45.0,
    reach_m=2_500.0,
    far_depot_share=0.2,
    heavy_share=0.1,
    service_pickup_s=90,
    service_dropoff_s=150,
    dwell_sigma=0.35,
    pace=((0.0, 1.0), (1.0, 1.3)),
)
MINUTE_MS = 60_000
PICKUP, DROPOFF = StopKind


@pytest.fixture(scope="module")
def town() -> City:
    """A town of 2 km."""
    return generate_city(2_000, 7)


@pytest.fixture(scope="module")
def day(town: City) -> Day:
    """Two hours in it."""
    return draw_day(SCENARIO, town, open_travel_times(town), 1)


def line_day(*orders: tuple[float, int], couriers: int = 1, weight_g: int = 1_000) -> Day:
    """A street with a place every minute of riding: the depot at 0, couriers there, orders (minute, door) by hand.

    Goods are ready at once; each visit takes a minute at the depot, two at the door, and there is no luck.
    """
    minutes = np.arange(20)
    leg_ms = (np.abs(minutes[:, None] - minutes) * MINUTE_MS).astype(np.int32)
    drawn = []
    for number, (minute, door) in enumerate(orders):
        at_ms = BEGINS_AT_MS + round(minute * MINUTE_MS)
        order = Order(
            f"o-{number}", "d-0", Dropoff(Point(0, 0), ""), Load(weight_g, 1_000, 1), at_ms, at_ms,
            at_ms + 45 * MINUTE_MS, service_pickup_s=60, service_dropoff_s=120,
        )  # fmt: skip
        drawn.append(PlanOrder(order, 0, door, movable=True))
    scenario = msgspec.structs.replace(SCENARIO, pace=())
    luck = {(kind, order.id): 1.0 for order in drawn for kind in StopKind}
    starts = {f"c-{k}": 0 for k in range(couriers)}
    return Day(scenario, 0, (0,), tuple(drawn), starts, leg_ms, leg_ms / np.float32(600), luck)


def arrivals_min(day: Day, policy: Greedy | Cold | Ours) -> list[float]:
    """At which minute of the day each order was at its door."""
    record = World(day).run(policy)
    return [(record.delivered_at_ms[order.id] - BEGINS_AT_MS) / MINUTE_MS for order in day.orders]


def comparable(found: Figures) -> Figures:
    """Figures without what the machine adds."""
    return replace(found, cpu_s=0.0)


def test_the_same_seed_gives_the_same_day_under_every_policy(town: City) -> None:
    """Drawn and lived twice: not one figure differs, not one order's time."""
    roads = open_travel_times(town)
    twice = [city.compared(draw_day(SCENARIO, town, roads, 5), 50, 500) for _ in range(2)]
    assert [*map(comparable, twice[0])] == [*map(comparable, twice[1])]
    other = city.compared(draw_day(SCENARIO, town, roads, 6), 20, 0)
    assert other[0].waits_min != twice[0][0].waits_min


def test_every_policy_delivers_every_order_and_none_beats_the_floor(day: Day) -> None:
    """Whatever is decided, nobody is at a door before the goods are ready, packed and ridden there."""
    found = city.compared(day, 50, 500)
    assert [one.policy for one in found] == ["greedy", "cold", "ours", "clairvoyant"]
    assert {one.orders for one in found} == {len(day.orders)}
    assert all(one.delivery_min >= floor_min(day) for one in found)
    assert all(one.refused_plans == 0 for one in found)


def test_a_day_is_made_of_rides_waiting_and_service() -> None:
    """One order, door four minutes away: a minute at the depot, four of riding; then the next from that door."""
    assert arrivals_min(line_day((0, 4)), Greedy()) == [5]
    assert arrivals_min(line_day((0, 4), (20, 2)), Greedy()) == [5, 20 + 4 + 1 + 2]


def test_luck_and_pace_stretch_what_is_planned() -> None:
    """A stop that takes twice as long, and rides at a third more: both are felt, and only by those who come after."""
    calm = line_day((0, 4), (0, 8))
    slow = replace(calm, luck={**calm.luck, (DROPOFF, "o-0"): 2.0})
    assert arrivals_min(calm, Greedy()) == pytest.approx([5 + 1 / 3, 5 + 1 / 3 + 2 + 4], abs=1)
    assert arrivals_min(slow, Greedy())[1] - arrivals_min(calm, Greedy())[1] == 2
    paced = replace(calm, scenario=msgspec.structs.replace(calm.scenario, pace=((0.0, 1.5),)))
    assert arrivals_min(paced, Greedy())[0] - arrivals_min(calm, Greedy())[0] == 2


def test_greedy_bundles_while_capacity_allows() -> None:
    """A second order joins the visit that is still under way; when the bags are too heavy, the other courier goes."""
    two = {"c-0": 0, "c-1": 3}
    light = World(replace(line_day((0, 4), (0.5, 5)), starts=two))
    light.run(Greedy())
    assert sorted(light.record.visits) == ["c-0"]
    heavy = World(replace(line_day((0, 4), (0.5, 5), weight_g=15_000), starts=two))
    heavy.run(Greedy())
    assert sorted(heavy.record.visits) == ["c-0", "c-1"]


def test_greedy_passes_over_the_nearest_when_only_another_keeps_the_promise() -> None:
    """One courier stands at the depot with a bag of far orders; the tenth goes to the one who is a ride away."""
    day = line_day(*((0, 19) for _ in range(6)), (0.1, 1), couriers=2)
    world = World(replace(day, starts={"c-0": 0, "c-1": 12}))
    world.run(Greedy())
    assert (PICKUP, "o-6") in world.record.visits["c-1"]


def test_stops_that_change_courier_are_counted() -> None:
    """An order that moves before its pickup is two stops; one that stays is none."""
    world = World(line_day((0, 4), couriers=2))
    order = world.day.orders[0]
    world.orders[order.id] = order
    stops = (PlanStop(PICKUP, (order.id,)), PlanStop(DROPOFF, (order.id,)))
    world.riders["c-0"].stops = list(stops)
    world.orders[order.id] = replace(order, order=replace(order.order, courier_id="c-0"))
    world.adopt({"c-0": stops})
    assert world.record.moved_stops == 0
    world.riders["c-0"].left_at_ms = 0
    world.adopt({"c-0": (), "c-1": stops})
    assert world.record.moved_stops == 2


def test_cold_lets_orders_wait_for_its_next_look_and_ours_does_not() -> None:
    """Both bring it; half a minute lies between them."""
    day = line_day((0.1, 4))
    assert arrivals_min(day, Ours())[0] == pytest.approx(5.1)
    assert arrivals_min(day, Cold())[0] == pytest.approx(5.5)


def test_hindsight_is_never_worse_than_what_was_lived(day: Day) -> None:
    """Without any search it is the day that was lived, but for the service of joined stops; search only adds."""
    record = World(day).run(Ours())
    hindsight = clairvoyant(day, record.visits, Weights(), no_search)
    assert hindsight.delivered_at_ms.keys() == record.delivered_at_ms.keys()
    apart_ms = [hindsight.delivered_at_ms[o] - at_ms for o, at_ms in record.delivered_at_ms.items()]
    assert abs(np.mean(apart_ms)) < 2 * MINUTE_MS


def one(policy: str, delivery_min: float, late: int, moved: int = 0) -> Figures:
    """A day of 100 orders."""
    return Figures(
        policy, "tiny", 1, 100, delivery_min, 40.0, late, 0.0, 2.0, 85.0, moved, 10, 5, waits_min=(20.0, 30.0)
    )


def test_metrics_compare_ours_with_each_of_the_others() -> None:
    """Means of delivery times, sums of late orders and moved stops; every goal has its metric."""
    found = metrics([one("greedy", 30, 8), one("cold", 24, 4, 200), one("ours", 24, 2, 20)])
    assert found["delivery_time_greedy_ratio"] == pytest.approx(0.8)
    assert (found["late_greedy_ratio"], found["late_cold_ratio"]) == (0.25, 0.5)
    assert found["churn_cold_ratio"] == pytest.approx(0.1)
    assert found["plans_with_ortools_pct"] == 50
    assert GOALS.keys() <= found.keys()


def test_the_page_and_its_plots_are_the_same_whenever_they_are_written(tmp_path: Path) -> None:
    """No dates, no random ids: a second run of the same figures changes no file."""
    found = [one("greedy", 30, 8), one("cold", 24, 4, 200), one("ours", 24, 2, 20)]
    results = Results(metrics(found), GOALS)
    written = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        plots = city_plots.draw(found, {"tiny": 12.0}, 45.0, folder)
        page = city_page.write(folder, results, found, [SCENARIO], plots)
        written.append([file.read_bytes() for file in (*plots, page)])
    assert written[0] == written[1]
    assert "churn_cold_ratio" in (tmp_path / "a" / "city.md").read_text()


def test_the_committed_scenarios_can_be_read_and_mistakes_are_refused(tmp_path: Path) -> None:
    """A setting that is misspelt is an error, not a default."""
    for name in city.NAMES:
        scenario = read_scenario(city.SCENARIOS / f"{name}.toml")
        assert scenario.couriers > scenario.depots
        assert settings_of(scenario).weights.late_margin_s == 300.0
    file = tmp_path / "wrong.toml"
    file.write_text("curiers = 3\n" + (city.SCENARIOS / "city-sf.toml").read_text())
    with pytest.raises(msgspec.ValidationError):
        read_scenario(file)


def test_an_order_that_nobody_has_served_has_no_figures(day: Day) -> None:
    """Figures count what was delivered."""
    record = World(day).run(Greedy())
    assert figures("greedy", day, record, 0.0).orders == len(day.orders)
