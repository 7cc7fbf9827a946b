"""The comparison on Li and Lim's instances: what is read, what is refused as no solution, and what is said of whom."""

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator import __main__ as cli
from simulator.benchmarks import pdptw, pdptw_ours, register
from simulator.benchmarks.pdptw_checker import Broken, length
from simulator.benchmarks.pdptw_instances import Instance, Routes, best_known, read, read_all
from simulator.benchmarks.pdptw_page import Comparison, each_instance, summary
from simulator.benchmarks.pdptw_peers import peers
from simulator.benchmarks.pdptw_runs import Run, measure
from simulator.benchmarks.results import NotRun
from tests.support.pdptw import write_instance

TINY = """\
2	20	1
0	0	0	0	0	100	0	0	0
1	3	4	10	0	50	5	0	2
2	6	8	-10	10	60	5	1	0
3	0	10	15	0	90	5	0	4
4	0	20	-15	0	90	5	3	0
"""
GOOD: Routes = [[1, 2], [3, 4]]


@pytest.fixture
def tiny(tmp_path: Path) -> Instance:
    """Two pairs of which one vehicle cannot take both at once, in a 3-4-5 geometry."""
    (tmp_path / "tiny.txt").write_text(TINY, encoding="ascii")
    return read(tmp_path / "tiny.txt", 2)


def test_an_instance_is_read_as_it_was_written(tiny: Instance) -> None:
    """Fleet, capacity, tasks with their windows, pairs by their pickup, euclidean distances."""
    assert (tiny.name, tiny.vehicles, tiny.capacity, tiny.pairs) == ("tiny", 2, 20, ((1, 2), (3, 4)))
    assert tiny.demand.tolist() == [0, 10, -10, 15, -15]
    assert (tiny.ready[2], tiny.due[2], tiny.service[2]) == (10, 60, 5)
    assert tiny.distance[0].tolist() == [0, 5, 10, 10, 20]
    assert (tiny.distance == tiny.distance.T).all()


def test_a_fleet_for_distance_alone_follows_the_best_known(tiny: Instance) -> None:
    """The instance's vehicles where vehicles count; else 1.25 times the best known, rounded up, and one."""
    assert [replace(tiny, best_vehicles=best).fleet("dist") for best in (1, 4, 9)] == [3, 6, 13]
    assert tiny.fleet("veh") == 2


@pytest.mark.parametrize("text", ["", "one two three\n", "2 20 1\n0 0 0 0\n", "2 20 1\n0 0 0 0 0 100 0 0 zero\n"])
def test_another_format_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    """Whatever lies under the name of an instance."""
    (tmp_path / "odd.txt").write_text(text, encoding="ascii")
    with pytest.raises(NotRun, match=r"^odd\.txt is no instance of Li and Lim\.$"):
        read(tmp_path / "odd.txt", 1)


def test_an_instance_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Neither a file that is missing nor one without a best known result is skipped in silence."""
    with pytest.raises(NotRun, match="no instance lc999"):
        read_all(tmp_path, ["lc999"], {"lc999": (1, 1.0)})
    with pytest.raises(NotRun, match="listed for lc999"):
        read_all(tmp_path, ["lc999"], {})


def test_other_benchmarks_in_the_list_of_bests_are_passed_over(tmp_path: Path) -> None:
    """The published list has several benchmarks with equal names."""
    file = tmp_path / "best.csv"
    file.write_text("benchmark,instance,routes,distance\nLiLim,lc101,10,828.9\nHomberger,lc101,3,1\n")
    assert best_known(file) == {"lc101": (10, 828.9)}


def test_a_solution_is_measured(tiny: Instance) -> None:
    """0-1-2-0 is 5 + 5 + 10, 0-3-4-0 is 10 + 10 + 20."""
    assert length(tiny, "veh", GOOD) == pytest.approx(60)
    assert length(tiny, "veh", [[1, 2, 3, 4]]) > 0


@pytest.mark.parametrize(
    ("routes", "reason"),
    [
        ([[1, 2]], "every task"),
        ([[1, 2], [3, 4, 4]], "every task"),
        ([[1, 2], [0, 3, 4]], "every task"),
        ([[2, 1], [3, 4]], "delivery 2 comes before pickup 1"),
        ([[1, 4], [3, 2]], "two routes"),
        ([[1, 3, 2, 4]], "a load of 25"),
        ([[1, 2], [3, 4], []], "3 routes for 2 vehicles"),
    ],
)
def test_what_is_no_solution_is_refused(tiny: Instance, routes: Routes, reason: str) -> None:
    """Each rule by the smallest step that breaks it."""
    with pytest.raises(Broken, match=reason):
        length(tiny, "veh", routes)


@pytest.mark.parametrize(
    ("due", "reason"), [({2: 14.9}, "late at task 2 by 0.1"), ({0: 49.9}, "late at task 0 by 0.1")]
)
def test_a_late_visit_is_refused(tiny: Instance, due: dict[int, float], reason: str) -> None:
    """At a task and at the depot's end of day; what rounding adds up to is forgiven."""
    for task, until in due.items():
        tiny.due[task] = until + 0.09
    length(tiny, "veh", GOOD)
    for task, until in due.items():
        tiny.due[task] = until
    with pytest.raises(Broken, match=reason):
        length(tiny, "veh", GOOD)


def test_goods_that_are_not_on_board_cannot_be_given(tiny: Instance) -> None:
    """A load below nothing is no load: the demands of a pair that do not add up are found."""
    tiny.demand[2] = -11
    with pytest.raises(Broken, match="a load of -1"):
        length(tiny, "veh", GOOD)


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The kernel is compiled, or found in its cache, before budgets of a second count."""
    file = tmp_path_factory.mktemp("warm") / "made.txt"
    write_instance(file)
    assert pdptw_ours.solve(read(file, 4), "veh", 0.05, 1)


@pytest.mark.parametrize("solver", ["ortools", "pyvrp", "vroom", "ours"])
@pytest.mark.parametrize("mode", ["veh", "dist"])
def test_every_solver_solves_a_clustered_instance(tmp_path: Path, solver: str, mode: pdptw.Mode) -> None:
    """In 0.3 s, with no more vehicles than the solution that the instance was made around, and not further."""
    known = write_instance(tmp_path / "made.txt")
    instance = read(tmp_path / "made.txt", len(known))
    solve = {**peers(), "ours": pdptw_ours.solve}[solver]
    run = measure(solver, solve, instance, mode, budget_s=0.3, seed=1)
    assert run.solved, run.refused
    assert run.vehicles <= len(known) + (mode == "dist")
    assert run.distance <= 1.2 * length(instance, mode, known)


@pytest.mark.parametrize("solver", ["ortools", "pyvrp", "vroom", "ours"])
def test_what_cannot_be_solved_is_no_solution(tmp_path: Path, solver: str) -> None:
    """Four clusters at the same time, one vehicle: nobody may claim to have found routes."""
    write_instance(tmp_path / "made.txt", spare=-3)
    instance = read(tmp_path / "made.txt", 4)
    solve = {**peers(), "ours": pdptw_ours.solve}[solver]
    run = measure(solver, solve, instance, "veh", budget_s=0.2, seed=1)
    assert (run.solved, run.refused) == (False, "no solution")


def test_a_wrong_solution_is_shown_as_refused(tiny: Instance) -> None:
    """A solver is not believed: what it says is checked, and the reason stands in its place in the table."""
    run = measure("liar", lambda *task: [[2, 1], [3, 4]], tiny, "veh", budget_s=0.1, seed=1)
    assert (run.solved, run.vehicles) == (False, 2)
    found = Comparison((run,), {"tiny": 2}, {"tiny": 60.0}, {})
    assert "delivery 2 comes before pickup 1" in each_instance(found, "veh")


def comparison(*figures: tuple[str, str, pdptw.Mode, int, float], budget_s: float = 0.3) -> Comparison:
    """Runs from (solver, instance, mode, vehicles, distance); no vehicles is no solution."""
    runs = tuple(
        Run(instance, mode, budget_s, solver, vehicles, distance, "" if vehicles else "no solution", 0.3)
        for solver, instance, mode, vehicles, distance in figures
    )
    return Comparison(runs, {"a": 9, "b": 10}, {"a": 100.0, "b": 100.0}, {"a": 100.0, "b": 200.0})


def test_vehicles_are_summed_and_the_best_complete_peer_counts() -> None:
    """A peer that solved one of two instances looks best by leaving out the hard one, and is not compared."""
    found = comparison(
        ("ours", "a", "veh", 9, 110),
        ("ours", "b", "veh", 11, 210),
        ("lazy", "a", "veh", 9, 100),
        ("lazy", "b", "veh", 0, 0),
        ("peer", "a", "veh", 11, 120),
        ("peer", "b", "veh", 12, 220),
    )
    assert pdptw.metrics(found) == {
        "extra_vehicles": 1,
        "extra_vehicles_best_peer": 4,
        "extra_vehicles_best_peer_ratio": 0.25,
        "unchecked": 0,
    }
    assert "| 0.3 | lazy | 1 of 2 | 0 | 0 |" in summary(found, "veh")


def test_gaps_are_means_over_the_best_distances() -> None:
    """Mean and worst gap of ours; a peer's mean beside it."""
    found = comparison(
        ("ours", "a", "dist", 9, 101),
        ("ours", "b", "dist", 11, 206),
        ("peer", "a", "dist", 9, 108),
        ("peer", "b", "dist", 9, 216),
    )
    assert pdptw.metrics(found) == pytest.approx(
        {"gap_pct": 2, "gap_worst_pct": 3, "gap_best_peer_pct": 8, "gap_best_peer_ratio": 0.25, "unchecked": 0}
    )


def test_our_own_failure_is_counted_and_flatters_nothing() -> None:
    """Without a solution of ours for each instance there is no sum of ours, but a count of what is missing."""
    found = comparison(("ours", "a", "veh", 9, 101), ("ours", "b", "veh", 0, 0))
    assert pdptw.metrics(found) == {"unchecked": 1}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with one instance of the made kind."""
    folder = tmp_path / "data" / "bench" / "pdptw"
    (folder / "instances").mkdir(parents=True)
    write_instance(folder / "instances" / "made.txt")
    (folder / "best_known.csv").write_text("benchmark,instance,routes,distance\nLiLim,made,4,600\n")
    (folder / "best_distance.csv").write_text("instance,fleet_rule,distance\nmade,any,600\n")
    return tmp_path / "data"


def bench(*arguments: str) -> str:
    """What the command prints; it has to end well."""
    done = CliRunner().invoke(cli.main, ["bench", "pdptw", *arguments], env={"DISPATCH_BENCH_DATA": None})
    assert done.exit_code == 0, done.output
    return done.output


def test_the_whole_command_measures_prints_and_writes(data: Path, tmp_path: Path) -> None:
    """Both modes and two budgets: metrics with the budget at their end, a page with a row for each instance."""
    docs, file = tmp_path / "docs", tmp_path / "out.json"
    said = bench(
        "--data", str(data), "--names", "made", "--budget-s", "0.1,0.2", "--docs", str(docs), "--json", str(file)
    )
    assert "veh made 0.1 s vroom: 4 routes" in said
    metrics = json.loads(file.read_text())["metrics"]
    assert metrics["unchecked"] == 0
    assert metrics["extra_vehicles_0_2s"] == metrics["extra_vehicles_best_peer_0_2s"] == 0
    assert {"gap_pct_0_1s", "gap_worst_pct_0_1s", "gap_best_peer_pct_0_1s"} <= set(metrics)
    page = (docs / "pdptw.md").read_text()
    assert "bench pdptw" in page
    assert page.count("| made (4 / 600) |") == 2
    assert "](pdptw.svg)" in page
    assert "vroom" in (docs / "pdptw.svg").read_text()


def test_files_can_be_named_one_by_one(data: Path, tmp_path: Path) -> None:
    """Without a data folder; then the peers run when they are asked for, and one budget has plain names."""
    files = data / "bench" / "pdptw"
    arguments = ["--instances", str(files / "instances"), "--best-known", str(files / "best_known.csv")]
    arguments += ["--best-distance", str(files / "best_distance.csv"), "--names", "made", "--budget-s", "0.1"]
    said = bench(*arguments, "--mode", "veh", "--json", str(tmp_path / "out.json"))
    assert "vroom" not in said
    assert json.loads((tmp_path / "out.json").read_text())["metrics"] == {"extra_vehicles": 0, "unchecked": 0}
    assert "vroom" in bench(*arguments, "--mode", "dist", "--peers")


def test_what_is_missing_is_said_in_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder, no such part of it, no peer installed: one sentence, and exit status 0."""
    assert "not run: name the folder" in bench()
    assert "not run: the data folder has no bench/pdptw" in bench("--data", str(data.parent))
    monkeypatch.setitem(sys.modules, "vroom", None)
    assert "not run: the package vroom is not installed" in bench("--data", str(data), "--names", "made")


def test_among_all_benchmarks_it_runs_with_its_defaults(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`bench all` gives it the eight named instances; what this folder lacks of them is said, and nothing fails."""
    monkeypatch.setattr(register, "BENCHES", ("pdptw",))
    done = CliRunner().invoke(cli.main, ["bench", "all", "--data", str(data)])
    assert done.exit_code == 0, done.output
    assert f"pdptw: not run: no best known result is listed for {', '.join(pdptw.NAMES)}." in done.output


@pytest.mark.parametrize("budgets", ["", "soon", "0", "1,-1"])
def test_a_budget_has_to_be_a_time(budgets: str) -> None:
    """A typing error is told, with exit status 2, before anything runs."""
    done = CliRunner().invoke(cli.main, ["bench", "pdptw", "--budget-s", budgets])
    assert done.exit_code == 2
    assert "name seconds above 0" in done.output
