"""The live layer's benchmark: how the harness is read, what becomes of its runs, and that it speaks our protocol."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from courier_protocol.codec import Decoder
from courier_protocol.live import WatchHello
from courier_protocol.messages import Hello, Positions
from dispatch.domain.geo import Point
from simulator import __main__ as cli
from simulator.benchmarks import live_harness, live_page
from simulator.benchmarks.live_clients import (
    SessionRefused,
    close_all,
    courier_hello,
    fixes_as_frames,
    open_sessions,
    pour,
    shopper_hello,
)
from simulator.benchmarks.live_figures import AUTO, COALESCING, IMMEDIATE, Findings, goals, metrics
from simulator.benchmarks.live_harness import ITEM, HarnessFailed, Run, Step, generator_options, parse, prepare
from simulator.benchmarks.live_parts import Rig
from simulator.benchmarks.live_scene import scene
from simulator.benchmarks.live_size import Size
from simulator.benchmarks.results import Results
from tests.support.web import eventually, house, listening

STEP = (
    '    {"target": %d, "sent_per_s": %d, "deliv_per_s": 6000, "frac_w": 1.0, "frac_z": 1.0, "w_p50": 0.5, '
    '"w_p99": %s, '
    '"w_max": 9.0, "z_p50": 0.5, "z_p99": 2.0, "frames_per_s": 6000, "gen_cpu": 0.1, "gen_maxlag_ms": 0.1, '
    '"blocked": 0, "lost": 0, "unmatched": 0, "ok": %s, "srv_cpu": 0.5, "foreign": %s}\n'
)
SUMMARY = (
    '{"peer": "custom", "connect_per_s": 900, "kib_per_idle_conn": 2.5, "fixed": {"sent_per_s": 2000, "w_p50": 0.5, '
    '"w_p99": 1.5, "z_p50": 0.5, "z_p99": 2.0, "frac_w": 1.0, "frac_z": 1.0, "srv_cpu": 0.5, "gen_cpu": 0.1, '
    '"gen_maxlag_ms": 0.1, "foreign": 0.1}, "max_pos_s": 3600, "rss_mib": 90}\n'
)


def step(per_s: float, p99_ms: float, *, cpu: float = 0.1, ok: bool = True) -> Step:
    return Step(per_s, 0.5, p99_ms, 2.0, 1.0, cpu, 0.0, ok)


def run(cpu: float, p99_ms: float = 1.0, max_per_s: float | None = None, idle_kib: float | None = None) -> Run:
    return Run(step(2_000, p99_ms, cpu=cpu), (), max_per_s, idle_kib)


def test_a_run_is_read_from_what_the_harness_prints() -> None:
    """A fixed load that others disturbed was repeated: the one that the harness took counts; the search follows."""
    tries = STEP % (2000, 1990, 9.5, "false", 0.9) + STEP % (2000, 2000, 1.5, "true", 0.1)
    search = STEP % (3600, 3600, 4.0, "true", 0.0) + STEP % (6480, 6480, 250.0, "false", 0.0)
    found = parse(tries + search + SUMMARY)
    assert (found.fixed.p99_ms, found.fixed.cpu_us) == (1.5, 250.0)
    assert [(each.sent_per_s, each.ok) for each in found.steps] == [(3600, True), (6480, False)]
    assert (found.max_per_s, found.idle_kib, found.connect_per_s) == (3600, 2.5, 900)


def test_a_run_without_figures_is_none() -> None:
    """Half of an output must not become half of a page."""
    with pytest.raises(HarnessFailed, match="no figures"):
        parse("load generator failed to connect\n")


def test_a_ratio_has_both_figures_from_the_same_round() -> None:
    """A slow round slows both down; a ratio of medians would compare a slow one with a fast one."""
    found = Findings()
    for cpu, peer_cpu, most, peer_most in ((0.2, 0.1, 40_000.0, 20_000.0), (0.6, 0.2, 9_000.0, 6_000.0)):
        found.rounds.append({IMMEDIATE: run(cpu, 1.4), COALESCING: run(peer_cpu), AUTO: run(cpu, max_per_s=most)})
        found.rounds[-1]["mosquitto"] = run(peer_cpu, max_per_s=peer_most)
    measured = metrics(found)
    assert measured["cpu_mosquitto_ratio"] == 2.5
    assert measured["cpu_mosquitto_coalesced_ratio"] == 1.0
    assert measured["max_mosquitto_ratio"] == 1.75
    assert (measured["max_pos_per_s"], measured["p99_ms"], measured["cpu_us"]) == (24_500, 1.4, 200)


def test_a_server_that_loses_positions_is_not_a_cheap_one() -> None:
    """Processor time for what was not delivered would be a fine figure, and a lie."""
    lossy = Run(Step(2_000, 0.5, 40.0, 2.0, 0.6, 0.01, 0.0, False))
    deaf = Run(Step(2_000, -1.0, -1.0, -1.0, 0.0, 0.01, 0.0, False))
    found = Findings([{IMMEDIATE: lossy, "mosquitto": run(0.1)}, {IMMEDIATE: deaf, "mosquitto": run(0.1)}])
    assert metrics(found) == {"p99_ms": 40.0}


def test_what_was_not_measured_has_no_figure_and_no_goal() -> None:
    """A peer that is not installed, or stood for one round only."""
    found = Findings([{AUTO: run(0.1, idle_kib=3.0), "node-ws": run(0.1, idle_kib=6.0)}, {AUTO: run(0.1)}])
    found.figures["batch20_ratio"] = 3.21987
    measured = metrics(found)
    assert measured == {"idle_kib": 3.0, "idle_node_ws_ratio": 0.5, "batch20_ratio": 3.22}
    assert goals(measured) == {"idle_node_ws_ratio": "<= 0.75", "batch20_ratio": ">= 2"}


def test_the_page_shows_every_server_and_what_is_missing(tmp_path: Path) -> None:
    """Tables, notes, and a plot of the loads that were carried, from the fixed one up."""
    steps = (step(3_600, 2.0), step(6_480, 250.0, ok=False))
    found = Findings([{AUTO: Run(step(2_000, 1.0), steps, 3_600), "nats": run(0.1, 0.7)}], {}, ["naive: not run: why."])
    live_page.write(tmp_path, Results(metrics(found), {}), found)
    page = (tmp_path / "live.md").read_text()
    assert "| ours | 3,600 | 2 | 50 | 1 |  | 0 |" in page
    assert "| nats |  |  | 50 | 0.7 |  | 0 |" in page
    assert "- naive: not run: why." in page
    assert live_page.points(found.runs(AUTO)) == [(2_000, 1.0), (3_600, 2.0)]
    assert (tmp_path / "live.svg").read_text().startswith("<?xml")


def filled(template: str, values: Mapping[str, str]) -> bytes:
    """What the load generator makes of a template."""
    for name, value in values.items():
        template = template.replace("{" + name + "}", value)
    return template.encode()


def test_the_load_generator_is_told_to_speak_our_protocol(tmp_path: Path) -> None:
    """Its hellos and its positions are messages of ours; one line of its tokens serves a courier and a shopper."""
    options = generator_options(Point(60.1, 24.9), "staff-token", tmp_path / "tokens")
    said = dict(zip(options[::2], options[1::2], strict=True))
    line = {"token": 'courier-token","track":"' + "k" * 32, "i": "7"}
    (courier,) = Decoder("courier", "json").decode(filled(said["--hello-courier"], line))
    (shopper,) = Decoder("watcher", "json").decode(filled(said["--hello-watcher"], line))
    (staff,) = Decoder("watcher", "json").decode(filled(said["--hello-zone"], {}))
    assert courier == Hello("courier-token", "d7")
    assert shopper == WatchHello(track="k" * 32)
    assert staff == WatchHello(token="staff-token", zone="default")
    values = {"cseq": "3", "ts": "1700", "lat": "60.1", "lng": "24.9", "acc": "5.1", "spd": "8.0", "hdg": "90.0"}
    (positions,) = Decoder("courier", "json").decode(filled(ITEM, values))
    assert isinstance(positions, Positions)
    assert (positions.seq, positions.fixes[0].at_ms, positions.fixes[0].lon) == (3, 1700, 24.9)


async def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a compiler there is no load generator, and no peer can be run; ours has its own clients."""
    source = tmp_path / "source"
    source.mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    monkeypatch.setattr(live_harness, "SYSTEM_FOLDERS", str(tmp_path / "nowhere"))
    harness = await prepare(source, tmp_path / "copy")
    assert not harness.has_generator
    assert set(harness.missing) == set(live_harness.PEERS)
    assert "gcc" in harness.missing["nats"]


def test_without_the_harness_it_says_so(tmp_path: Path) -> None:
    """One line, and nothing is started."""
    done = CliRunner().invoke(cli.main, ["bench", "live", "--data", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert "live: not run: the data folder has no bench/realtime." in done.output


def test_a_peer_that_nobody_knows_is_refused() -> None:
    """A typing error must not look like a peer that is not installed."""
    done = CliRunner().invoke(cli.main, ["bench", "live", "--peers", "mosquito"])
    assert done.exit_code == 2
    assert "not one of mosquitto" in done.output


async def test_bare_clients_speak_to_the_real_server() -> None:
    """A session is open once it was welcomed; fixes in batches and one by one are all taken, each once."""
    async with house() as home, listening(home) as address:
        await home.courier("c1")
        port = int(address.rpartition(":")[2])
        hello = courier_hello(home.token("courier", "c1"), "phone")
        for batch in (20, 1):
            links = await asyncio.to_thread(open_sessions, port, [hello])
            before = home.hub.counters["positions_in"]
            end_ms = home.clock.now_ms()
            frames = fixes_as_frames(count=60, batch=batch, end_ms=end_ms, lat=60.17, lon=24.94)
            await asyncio.to_thread(pour, links, frames)
            await eventually(lambda before=before: home.hub.counters["positions_in"] == before + 60)
            close_all(links)
        assert sum(n for name, n in home.hub.counters.items() if name.startswith("positions_dropped")) == 0
        assert home.hub.sight.positions["c1"].lat == pytest.approx(60.17 + 59 * 3.6e-5)


async def test_a_client_that_is_turned_away_says_so() -> None:
    """An idle connection that the server has closed would cost nothing, and look good."""
    async with house() as home, listening(home) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(SessionRefused):
            await asyncio.to_thread(open_sessions, port, [shopper_hello("x" * 32)])


def harness_folder() -> Path:
    """The harness, where the data folder has it and it can be built."""
    folder = Path(os.environ.get("DISPATCH_BENCH_DATA") or "/nonexistent") / "bench" / "realtime"
    if not folder.exists():
        pytest.skip("DISPATCH_BENCH_DATA names no folder with bench/realtime")
    if not all(map(shutil.which, ("gcc", "taskset"))) or len(os.sched_getaffinity(0)) < 2:
        pytest.skip("the load generator needs gcc, taskset and two cores")
    return folder


TINY = Size(
    couriers=3,
    rate_per_s=2.1,  # no position is due on the very edge of the window, where whole milliseconds decide
    sessions=4,
    idle=1,
    links=100,  # the harness divides by the seconds that they took to connect: a handful takes none
    rounds=1,
    fixed_s=2.0,
    step_s=1.0,
    bisect=0,
    most_per_s=10,
    batch_couriers=2,
    batch_fixes=40,
)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_positions_reach_the_shoppers_of_a_real_gateway(tmp_path: Path) -> None:
    """The whole way: couriers with orders on board, a gateway of its own, and the load generator on both sides."""
    copied = await prepare(harness_folder(), tmp_path / "harness", ())
    async with scene(tmp_path / "data", busy=4, couriers=4) as made:
        rig = Rig(copied, made, TINY, tmp_path / "tokens")
        found = await rig.ours("serve", "never", TINY.options(idle=True))
    assert found.fixed.sent_per_s == pytest.approx(6, rel=0.2)
    assert found.fixed.delivered >= 0.99
    assert 0 < found.fixed.p99_ms < 2_500
    assert found.fixed.zone_p99_ms > 0
    assert found.idle_kib is not None
