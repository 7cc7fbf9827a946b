"""The page of the city benchmark: what was compared, on which assumptions, and every figure."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simulator.benchmarks.city_day import CAPACITY, Scenario
from simulator.benchmarks.city_figures import Figures
from simulator.benchmarks.markdown import made_with, metrics_table, table, write_page
from simulator.benchmarks.results import Results

COMMAND = "python -m simulator bench city --docs docs/benchmarks"
HEADER = (
    *("city", "seed", "policy", "orders", "delivery, mean min", "p90 min", "late", "late, sum min"),
    *("km an order", "couriers busy, %", "stops moved", "plans", "CPU s"),
)
POLICIES = """\
- **greedy**: each order goes at once, and for good, to the nearest feasible courier by network time: the one who can be
  at the depot first, the stops before it included. An order that finds a courier still on the way to its depot, or
  waiting there, joins that visit; else pickup and drop-off are appended to the route. Feasible: the goods fit, and the
  promise is kept if anyone can keep it. Nothing is planned again.
- **cold**: every 30 s everything that is not begun is planned from nothing, by the same insertion, the same objective
  and the same search budget as ours, without a tax on change and without memory of the running plan.
- **ours**: the planner as it runs in the server: each order is put in at once (`insert_waiting`), every 30 s the plan
  is improved from where it stands (`improve`), and only the parts that are worth their disturbance (`worthwhile`, after
  the disruption tax, within the churn budget) are adopted.
- **clairvoyant**: a bound by a heuristic, not a proven one: our own day, searched on for half a minute or so with
  everything known, all orders and the luck at every stop. The dashed line is a true bound for delivery time: each order
  rides alone, on a courier who waits at the depot.

Every plan of cold and ours passes the independent checker before it is adopted."""
ASSUMPTIONS = """\
- Orders come by a Poisson process with a rate for each hour; they are drawn once a seed and are the same for all
  policies, and so is the luck at every stop: service takes {pickup} s at the depot and {dropoff} s at the door
  (20 s and 30 s for each further order there) times a log-normal factor of mean 1 and sigma {sigma}, tied to the order.
- Goods are ready {prep} min after the order, as the depot said; {promise:.0f} min are promised. {far:.0%} of the
  orders come from the second-nearest depot. Orders have 1 to 3 bags; {heavy:.0%} weigh 9 to 18 kg.
- Couriers are e-bikes ({kg:.0f} kg, {litres:.0f} l, {items} bags) that work through the whole day and set off for the
  next stop at once; a stop that is begun is never taken away. Without work they stand where the last order ended.
- Rides take what the road network's matrix says, times the day's profile of speeds at the moment of departure, which
  every policy knows. Kilometres are those of the fastest ways, all rides counted, empty ones too.
- The number of couriers is the one with which *greedy* keeps them busy about 85% of the day, so that greedy is not
  overrun; the others are given the same couriers and the same day.
- The objective is the planner's, with two weights set by the scenario for cold and ours alike, because groceries are
  ordered to come soon: `delivery` 0.75 (the planner's own default is 0.3), `late_margin_s` 300 (its default is 0).
- Delivery time runs from the order to the arrival at the door."""
READING = """\
Ratios compare means (delivery time, km) or sums (late orders, moved stops) over all days; the worst day is beside."""


def write(
    docs: Path, results: Results, found: Sequence[Figures], scenarios: Sequence[Scenario], plots: Sequence[Path]
) -> Path:
    """Write `city.md`; returns the file."""
    parts = [
        "Two cities, the same days for every policy, in virtual time and without a server.\n",
        *(f"![{plot.stem}]({plot.name})\n" for plot in plots),
        metrics_table(results),
        READING,
        "## Who is compared\n",
        POLICIES,
        "## Assumptions\n",
        _assumptions(scenarios[0]),
        table(
            ["city", "map", "depots", "couriers", "orders an hour", "pace (hour: factor)"],
            [_scenario(s) for s in scenarios],
        ),
        "## Every day\n",
        table(HEADER, [_row(day) for day in found]),
        made_with("numpy", "numba", "ortools") + "\n",
    ]
    return write_page(docs, "city", "A day in two cities", COMMAND, parts)


def _assumptions(scenario: Scenario) -> str:
    return ASSUMPTIONS.format(
        pickup=scenario.service_pickup_s,
        dropoff=scenario.service_dropoff_s,
        sigma=scenario.dwell_sigma,
        prep="{:.0f} to {:.0f}".format(*scenario.prep_min),
        promise=scenario.promise_min,
        far=scenario.far_depot_share,
        heavy=scenario.heavy_share,
        kg=CAPACITY.weight_g / 1000,
        litres=CAPACITY.volume_ml / 1000,
        items=CAPACITY.items,
    )


def _scenario(scenario: Scenario) -> list[object]:
    rates = " ".join(f"{rate:.0f}" for rate in scenario.orders_per_hour)
    pace = ", ".join(f"{hour:.0f}: {factor:g}" for hour, factor in scenario.pace)
    return [scenario.name, scenario.city, scenario.depots, scenario.couriers, rates, pace]


def _row(day: Figures) -> list[object]:
    d = replace(day, waits_min=())
    return [
        *(d.city, d.seed, d.policy, d.orders, d.delivery_min, d.delivery_p90_min, d.late, d.late_sum_min),
        *(d.km_per_order, d.utilisation_pct, d.moved_stops, d.plans, d.cpu_s),
    ]
