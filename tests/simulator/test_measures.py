"""What the report's figures are made of."""

import asyncio
import json
from pathlib import Path

import pytest

from simulator.measures import Measures
from simulator.report import percentile, percentiles, versions, write


class Seconds:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def measures(clock: Seconds) -> Measures:
    return Measures(clock)


def test_order_to_offer_counts_from_the_request_to_the_first_offer(clock: Seconds, measures: Measures) -> None:
    """Even when a phone hears of the order before the shop gets its acknowledgement; later offers do not count."""
    clock.now_s = 0.3
    measures.offer_received("ann", ("A",))
    clock.now_s = 0.4
    measures.order_posted("A", sent_at_s=0.0)
    clock.now_s = 9.0
    measures.offer_received("bo", ("A",))
    assert measures.order_to_offer_s() == [0.3]


def test_orders_without_an_offer_are_named(measures: Measures) -> None:
    """They make no sample, and they are not forgotten."""
    measures.order_posted("A", sent_at_s=0.0)
    assert measures.order_to_offer_s() == []
    assert measures.not_offered() == ["A"]


def test_an_offer_into_a_tunnel_is_no_sample(clock: Seconds, measures: Measures) -> None:
    """The simulation cut that link itself; an offer after the tunnel counts again."""
    measures.order_posted("A", sent_at_s=1.0)
    clock.now_s = 2.0
    measures.link_cut("ann")
    clock.now_s = 8.0
    measures.offer_received("ann", ("A",))
    measures.link_back("ann", resumed=True)
    measures.order_posted("B", sent_at_s=8.5)
    clock.now_s = 9.0
    measures.offer_received("ann", ("B",))
    assert measures.order_to_offer_s() == [0.5]
    assert measures.offers_into_tunnels == 1


def test_what_becomes_of_sessions_and_actions_is_counted(measures: Measures) -> None:
    """Resumed or from a snapshot; confirmed under the name that the server's record has, or refused."""
    for resumed in (True, False, True):
        measures.link_cut("ann")
        measures.link_back("ann", resumed=resumed)
    measures.confirmed("ann", "accept", "a-1")
    measures.refused("ann", "completed", "unknown_stop")
    assert measures.sessions == {"resumed": 2, "resynced": 1}
    assert measures.confirmed_actions == {"ann:a-1": "accept"}
    assert measures.refusals == {"completed: unknown_stop": 1}


def test_a_position_counts_from_the_phone_to_the_watcher(clock: Seconds, measures: Measures) -> None:
    """Skipped and repeated fixes make no samples: the live channel shows the newest only."""
    for at_ms in (1_000, 2_000, 3_000):
        clock.now_s = at_ms / 1000
        measures.fix_sent("ann", at_ms)
    clock.now_s = 3.02
    measures.fix_seen("ann", 3_000)
    measures.fix_seen("ann", 3_000)
    measures.fix_seen("ann", 2_000)
    assert measures.position_to_watcher_s == [pytest.approx(0.02)]


def test_fixes_under_way_into_a_tunnel_are_no_samples(clock: Seconds, measures: Measures) -> None:
    """They arrive after it, as late as the tunnel was long."""
    measures.fix_sent("ann", 1_000)
    measures.link_cut("ann")
    clock.now_s = 30.0
    measures.fix_seen("ann", 1_000)
    assert measures.position_to_watcher_s == []


def test_the_first_courier_on_duty_starts_the_run(measures: Measures) -> None:
    """Whoever waits for it goes on."""

    async def wait() -> None:
        measures.on_duty("ann")
        await asyncio.wait_for(measures.first_on_duty.wait(), 1)

    asyncio.run(wait())


def test_percentiles() -> None:
    """Between neighbours in a straight line, scaled and rounded; none of nothing."""
    samples = [0.1 * step for step in range(11)]
    assert percentile(samples, 95) == pytest.approx(0.95)
    assert percentiles(samples, 50, 99, scale=1000, digits=1) == {"p50": 500.0, "p99": 990.0}
    assert percentiles([], 50) == {"p50": None}


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    """As JSON, into a folder that need not exist, with nothing left beside it."""
    write({"versions": versions()}, tmp_path / "deep" / "report.json")
    assert json.loads((tmp_path / "deep" / "report.json").read_text())["versions"]["python"]
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["report.json"]


def test_a_report_to_a_link_is_added_and_replaces_nothing(tmp_path: Path) -> None:
    """`REPORT=/dev/stdout` prints the report: what stands behind the link stays the same file, with its lines."""
    log, link = tmp_path / "log.txt", tmp_path / "stdout"
    log.write_text("before\n")
    link.symlink_to(log)
    write({"versions": versions()}, link)
    assert link.is_symlink()
    assert log.read_text().startswith("before\n{")
