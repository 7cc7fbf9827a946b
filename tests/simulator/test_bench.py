"""The benchmark command: what it prints and writes, and what it says when its data is not there."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from simulator import __main__ as cli
from simulator.benchmarks.results import Results


def test_without_data_it_says_so_and_fails_nothing(tmp_path: Path) -> None:
    """One line says what to name; the exit status is 0, and nothing was measured."""
    done = CliRunner().invoke(cli.main, ["bench", "all", "--data", str(tmp_path / "nowhere")], env={})
    assert done.exit_code == 0
    assert done.output.startswith("Not run: name the folder")


def test_metrics_stand_beside_their_goals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table for people and flat JSON for programs; a missed goal is no error."""
    monkeypatch.setitem(cli.BENCHES, "roads", lambda data: Results({"slow_ratio": 9.5}, {"slow_ratio": "<= 2"}))
    file = tmp_path / "out.json"
    done = CliRunner().invoke(cli.main, ["bench", "roads", "--data", str(tmp_path), "--json", str(file)])
    assert done.exit_code == 0, done.output
    assert "9.5" in done.output
    found = json.loads(file.read_text())
    assert (found["metrics"], found["goals"]) == ({"slow_ratio": 9.5}, {"slow_ratio": "<= 2"})
    assert "python" in found["versions"]
