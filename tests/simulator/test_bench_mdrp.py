"""Days of meal deliveries: played, written, judged by the published rules, and compared."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator.__main__ import main
from simulator.benchmarks.mdrp_day import Diary, play
from simulator.benchmarks.mdrp_evaluator import Figures, Verdict, evaluate
from simulator.benchmarks.mdrp_instance import read_day
from simulator.benchmarks.mdrp_output import ASSIGNMENTS, COURIERS, ORDERS, write_solution
from simulator.benchmarks.mdrp_policy import Policy
from simulator.benchmarks.mdrp_reference import compared, read_reference
from tests.support.mdrp import Placed, Shift, write_instance, write_random_day

ONE_ORDER = [Placed(5, 20, (6, 0))]
EVENINGS = [Shift(0, 120)]
RESTAURANT = [(3.0, 0.0)]


def played(instance: Path, out: Path, every_min: int = 1, seed: int = 1) -> tuple[Diary, Verdict]:
    """A day, played, written into `out` and judged."""
    day = read_day(instance)
    diary = play(day, Policy(day, seed=seed), every_min)
    write_solution(day, diary, out)
    return diary, evaluate(instance, out)


def test_one_order_takes_what_the_rules_say(tmp_path: Path) -> None:
    """Ready at 20, two minutes to leave, three to ride, two at the door: 27, placed at 5; nothing is late."""
    instance = write_instance(tmp_path / "day", ONE_ORDER, EVENINGS, RESTAURANT)
    diary, verdict = played(instance, tmp_path / "out")
    assert verdict.violations == ()
    assert diary.dropoff_min == {"o1": 27}
    assert verdict.figures == Figures(22, 22, 0, 0, 30, 0)


def test_a_courier_sets_off_just_in_time(tmp_path: Path) -> None:
    """Three minutes away, two before the goods are ready, one of slack: off at 14, not when the order comes at 5."""
    diary, _ = played(write_instance(tmp_path / "day", ONE_ORDER, EVENINGS, RESTAURANT), tmp_path / "out")
    assert [ride.depart_min for ride in diary.rides] == [14, 22]


def test_neighbours_orders_of_one_restaurant_ride_together(tmp_path: Path) -> None:
    """One courier, two orders ready together for doors side by side: one bundle, not two trips of ten minutes."""
    orders = [Placed(5, 20, (13, 0)), Placed(6, 20, (13, 1))]
    diary, verdict = played(write_instance(tmp_path / "day", orders, EVENINGS, RESTAURANT), tmp_path / "out")
    assert verdict.violations == ()
    assert [set(bundle.order_ids) for bundle in diary.bundles] == [{"o1", "o2"}]


def test_the_published_format(tmp_path: Path) -> None:
    """Three files with their headers; an order that nobody delivers has no times."""
    orders = [*ONE_ORDER, Placed(300, 310, (6, 0))]
    played(write_instance(tmp_path / "day", orders, EVENINGS, RESTAURANT), tmp_path / "out")
    assert (tmp_path / "out" / ASSIGNMENTS).read_text() == "assignment_time pickup_time courier orders\n5 20 c1 o1\n"
    assert (tmp_path / "out" / ORDERS).read_text().splitlines() == [
        "order placement_time restaurant ready_time pickup_time dropoff_time courier",
        "o1 5 r1 20 20 27 c1",
        "o2 300 r1 310 NaN NaN NaN",
    ]
    assert (tmp_path / "out" / COURIERS).read_text().splitlines() == [
        "courier departure_time origin destination",
        "c1 14 c1 r1",
        "c1 22 r1 o1",
    ]


def test_an_order_that_nobody_delivers_counts_ninety_minutes(tmp_path: Path) -> None:
    """One of two is delivered, after 22 min: (22 + 90) / 2 from click to door, 50 / 2 beyond the target."""
    orders = [*ONE_ORDER, Placed(300, 310, (6, 0))]
    _, verdict = played(write_instance(tmp_path / "day", orders, EVENINGS, RESTAURANT), tmp_path / "out")
    assert verdict.violations == ()
    assert (verdict.figures.undelivered_pct, verdict.figures.ctd_mean_min, verdict.figures.overage_min) == (50, 56, 25)


@pytest.mark.parametrize("every_min", [0, 1, 5])
def test_a_busy_day_keeps_the_rules_at_every_pace(tmp_path: Path, every_min: int) -> None:
    """60 orders in 90 min for six couriers, decided at events or at times: all delivered, no rule broken."""
    instance = write_random_day(tmp_path / "day", orders=60, couriers=6, seed=3)
    _, verdict = played(instance, tmp_path / "out", every_min)
    assert verdict.violations == ()
    assert verdict.figures.undelivered_pct == 0


def test_the_same_seed_writes_the_same_files(tmp_path: Path) -> None:
    """Searches are counted in iterations, so a day repeats to the byte."""
    instance = write_random_day(tmp_path / "day", orders=40, couriers=4, seed=5)
    for out in ("once", "again"):
        played(instance, tmp_path / out)
    for name in (ASSIGNMENTS, ORDERS, COURIERS):
        assert (tmp_path / "once" / name).read_bytes() == (tmp_path / "again" / name).read_bytes()


def _line(file: str, number: int, change: Callable[[list[str]], list[str]]) -> Callable[[Path], None]:
    """A fault: one line of one file changed, cell by cell."""

    def spoil(folder: Path) -> None:
        lines = (folder / file).read_text().splitlines()
        lines[number] = " ".join(change(lines[number].split()))
        (folder / file).write_text("\n".join([*lines, ""]))

    return spoil


def _doubled(folder: Path) -> None:
    with (folder / ASSIGNMENTS).open("a") as file:
        file.write("5 20 c1 o1\n")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (_line(ASSIGNMENTS, 1, lambda c: ["4", *c[1:]]), "before they are placed"),
        (_line(ASSIGNMENTS, 1, lambda c: ["21", *c[1:]]), "after their pickup"),
        (_line(ASSIGNMENTS, 1, lambda c: [c[0], "19", *c[2:]]), "before they are ready"),
        (_line(ASSIGNMENTS, 1, lambda c: [*c, "o2"]), "several restaurants"),
        (_line(ASSIGNMENTS, 1, lambda c: [*c[:3], "o2"]), "without a drop-off time"),
        (_line(ASSIGNMENTS, 1, lambda c: [c[0], "130", *c[2:]]), "after c1's shift"),
        (_line(ORDERS, 1, lambda c: [*c[:4], "21", *c[5:]]), "another pickup time"),
        (_line(ORDERS, 1, lambda c: [*c[:5], "26", c[6]]), "not at o1"),
        (_line(COURIERS, 1, lambda c: [c[0], "16", *c[2:]]), "not at r1"),
        (_line(COURIERS, 1, lambda c: [c[0], "-1", *c[2:]]), "sets off at -1, before 0"),
        (_line(COURIERS, 2, lambda c: [c[0], "21", *c[2:]]), "not at r1"),
        (_line(COURIERS, 2, lambda c: [*c[:2], "r2", c[3]]), "sets off from r2"),
        (_doubled, "in 2 bundles"),
    ],
)
def test_a_broken_rule_is_found(tmp_path: Path, spoil: Callable[[Path], None], says: str) -> None:
    """A sound solution with one fault in it: the evaluator says which."""
    restaurants = [*RESTAURANT, (9.0, 9.0)]
    orders = [*ONE_ORDER, Placed(300, 310, (6, 0), restaurant=1)]
    instance = write_instance(tmp_path / "day", orders, EVENINGS, restaurants)
    _, sound = played(instance, tmp_path / "out")
    spoil(tmp_path / "out")
    assert sound.violations == ()
    assert any(says in text for text in evaluate(instance, tmp_path / "out").violations)


def test_drop_offs_of_a_bundle_need_a_service_between_them(tmp_path: Path) -> None:
    """Two doors at one place: the second drop-off counts four minutes after the first; three are found out."""
    orders = [Placed(5, 20, (13, 0)), Placed(5, 20, (13, 0))]
    instance = write_instance(tmp_path / "day", orders, EVENINGS, RESTAURANT)
    diary, verdict = played(instance, tmp_path / "out")
    first, second = sorted(diary.dropoff_min, key=lambda order: diary.dropoff_min[order])
    assert verdict.violations == ()
    assert diary.dropoff_min[second] == diary.dropoff_min[first] + 4
    row = int(second[1:])
    _line(ORDERS, row, lambda c: [*c[:5], str(diary.dropoff_min[first] + 3), c[6]])(tmp_path / "out")
    assert evaluate(instance, tmp_path / "out").violations != ()


REFERENCE = """\
algo,instance,orders,pct_undelivered,ctd_mean,ctd_p90,ctd_overage,rtp_mean,cost_per_order
MDRP,day,1,0,50,50,9,9,99
FM,day,1,10,30,40,2,1,12
"""


def test_the_reference_counts_its_undelivered_orders_too(tmp_path: Path) -> None:
    """30 min with a tenth undelivered are 0.9 x 30 + 0.1 x 90 = 36, and 2 beyond the target are 6.8."""
    (tmp_path / "reference.csv").write_text(REFERENCE)
    reference = read_reference(tmp_path / "reference.csv")["day"].figures
    assert (reference.ctd_mean_min, reference.overage_min) == pytest.approx((36, 6.8))
    assert (reference.ctd_p90_min, reference.rtp_min) == (40, 1)


def test_ratios_are_of_the_means_of_the_days() -> None:
    """Days of 20 and 40 against 30 and 30: 1.0, whatever each day's ratio is."""
    ours = [Figures(ctd, 1, 1, 1, 1, 0) for ctd in (20, 40)]
    assert compared(ours, [Figures(30, 2, 1, 1, 1, 0)] * 2)["ctd_mean_ratio"] == 1.0


def test_the_command_compares_and_writes_its_page(tmp_path: Path) -> None:
    """One day by its options: the metrics by their fixed names as JSON, the solution's files, and a page."""
    write_instance(tmp_path / "days" / "day", ONE_ORDER, EVENINGS, RESTAURANT)
    (tmp_path / "reference.csv").write_text(REFERENCE)
    named = {
        "--instances": "days",
        "--reference": "reference.csv",
        "--out": "out",
        "--json": "mdrp.json",
        "--docs": "docs",
    }
    options = [part for option, name in named.items() for part in (option, str(tmp_path / name))]
    result = CliRunner().invoke(main, ["bench", "mdrp", *options], catch_exceptions=False)
    metrics = json.loads((tmp_path / "mdrp.json").read_text())["metrics"]
    assert (tmp_path / "out" / "day" / ORDERS).exists()
    assert "click-to-door" in (tmp_path / "docs" / "mdrp.md").read_text()
    assert result.exit_code == 0
    assert metrics.pop("cpu_s_max") >= 0
    assert metrics == {
        "ctd_mean_ratio": round(22 / 36, 4),
        "ctd_p90_ratio": 0.55,
        "overage_ratio": 0.0,
        "rtp_ratio": 0.0,
        "cost_per_order_ratio": 2.5,
        "days_won": 1,
        "undelivered_pct": 0.0,
        "undelivered_reference_pct": 10.0,
        "infeasible_days": 0,
    }


def test_without_its_data_it_says_so() -> None:
    """No folder named: one sentence, and no error."""
    result = CliRunner().invoke(main, ["bench", "mdrp"], env={"DISPATCH_BENCH_DATA": None})
    assert result.exit_code == 0
    assert "not run" in result.output
