"""The benchmark command: what it prints and writes, and what it says when its data is not there."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator import __main__ as cli
from simulator.benchmarks import channel, channel_steps, channel_storm, channel_sync, register, roads
from simulator.benchmarks.results import Results
from simulator.frames import client_frame, take_server_frame


def test_without_data_it_says_so_and_fails_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line says what to name; the exit status is 0, and only what needs no data was measured."""
    monkeypatch.setattr(register, "BENCHES", ("channel", "roads"))
    monkeypatch.setattr(channel, "run", lambda data: Results({"step_us": 2.5}, {}))
    file = tmp_path / "out.json"
    arguments = ["bench", "all", "--data", str(tmp_path / "nowhere"), "--json", str(file)]
    done = CliRunner().invoke(cli.main, arguments, env={})
    assert done.exit_code == 0, done.output
    assert "roads: not run: name the folder" in done.output
    assert "2.5" in done.output
    found = json.loads(file.read_text())
    assert found["benches"] == {"channel": {"metrics": {"step_us": 2.5}, "goals": {}}}
    assert list(found["not_run"]) == ["roads"]


def test_metrics_stand_beside_their_goals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table for people and flat JSON for programs; a missed goal is no error."""
    monkeypatch.setattr(roads, "run", lambda data: Results({"slow_ratio": 9.5}, {"slow_ratio": "<= 2"}))
    file = tmp_path / "out.json"
    done = CliRunner().invoke(cli.main, ["bench", "roads", "--data", str(tmp_path), "--json", str(file)])
    assert done.exit_code == 0, done.output
    assert "9.5" in done.output
    found = json.loads(file.read_text())
    assert (found["metrics"], found["goals"]) == ({"slow_ratio": 9.5}, {"slow_ratio": "<= 2"})
    assert "python" in found["versions"]


def test_one_that_fails_takes_no_other_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest runs and is written; the command says at its end who failed, and fails."""

    def broken(data: Path | None) -> Results:
        raise ZeroDivisionError("no orders")

    monkeypatch.setattr(register, "BENCHES", ("channel", "roads"))
    monkeypatch.setattr(channel, "run", broken)
    monkeypatch.setattr(roads, "run", lambda data: Results({"fine_ratio": 1.0}, {}))
    file = tmp_path / "out.json"
    done = CliRunner().invoke(cli.main, ["bench", "all", "--json", str(file)])
    assert done.exit_code == 1
    assert "these benchmarks failed: channel." in done.output
    found = json.loads(file.read_text())
    assert found["not_run"] == {"channel": "failed: ZeroDivisionError: no orders"}
    assert list(found["benches"]) == ["roads"]


def test_a_position_is_decoded_and_stepped_within_its_goal() -> None:
    """The whole measurement runs; ten times the goal would be a broken session, not a slow machine."""
    measured = channel_steps.measure()
    assert 0 < measured["decode_step_batch20_us"] < 40
    assert 0 < measured["decode_step_single_us"] < 80


async def test_a_courier_who_was_away_for_two_hours_loses_nothing() -> None:
    """The measurement against a real server, whole: everything is confirmed or refused, and recorded once."""
    measured = await channel_sync.measure()
    assert (measured["sync_lost"], measured["sync_doubled"]) == (0, 0)
    assert measured["sync_2h_s"] < 15


async def test_a_small_storm_passes() -> None:
    """Sixty couriers: all are back, and nobody else was kept waiting for long."""
    measured = await channel_storm.measure(60, spread_s=1.0, settle_s=1.0, quiet_s=0.5)
    assert measured["storm_couriers_back"] == 60
    assert 0 < measured["storm_other_latency_ms"] < 10_000
    assert 0.5 < measured["storm_memory_ratio"] < 1.5


def test_frames_of_every_length_pass_the_lean_websocket() -> None:
    """What the server sends, in the three forms of a length, whole or in pieces."""
    for size in (0, 5, 125, 126, 65_535, 65_536):
        head = (
            bytes((0x82, size))
            if size < 126
            else b"\x82"
            + (bytes((126,)) + size.to_bytes(2, "big") if size < 65_536 else bytes((127,)) + size.to_bytes(8, "big"))
        )
        frame = head + b"x" * size
        for cut in (1, len(head) - 1, len(frame) - 1):
            assert take_server_frame(bytearray(frame[:cut])) is None or cut >= len(frame)
        buffer = bytearray(frame + b"next")
        assert take_server_frame(buffer) == (2, b"x" * size)
        assert buffer == b"next"
        sent = client_frame(2, b"x" * size)
        assert sent.endswith(bytes(4) + b"x" * size)
