"""The advice against thresholds, before customers that nobody tuned anything for."""

from simulator.benchmarks.register import BENCHES
from simulator.benchmarks.restock import by_threshold, compared, customers, lived


def test_goods_turn_over_faster_and_no_more_customers_go_home_with_nothing() -> None:
    """Another seed than the benchmark's; at least a fifth more turnover."""
    figures = compared(seed=7)
    assert figures["turnover_gain_percent"] >= 20 and figures["lost_percent_more"] <= 0, figures
    assert "restock" in BENCHES


def test_the_simulation_is_the_same_each_time_and_loses_nothing_itself() -> None:
    """Every piece that is wanted is sold or lost; more on the shelves loses fewer and turns over more slowly."""
    asked = customers(3)
    assert asked == customers(3) != customers(4)
    wanted = sum(sum(hours[28 * 24 :]) for hours in asked.values())
    scarce, ample = lived(asked, by_threshold(1.5, 1.5)), lived(asked, by_threshold(5, 7))
    assert scarce.sold + scarce.lost == wanted == ample.sold + ample.lost
    assert ample.lost < scarce.lost and ample.turnover() < scarce.turnover()
