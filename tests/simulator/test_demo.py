"""What the demo does before and around its server."""

import asyncio
import socket
from pathlib import Path

import pytest
from rich.console import Console

from simulator.demo import DemoOptions, run_demo, run_folder
from simulator.server_process import ServerFailed, ServerProcess, free_port
from simulator.simulation import Scenario


def test_each_run_begins_with_an_empty_folder(tmp_path: Path) -> None:
    """Except for the cities, which are shared; `--keep` goes on with what is there."""
    city_file = tmp_path / "cities" / "town" / "network"
    city_file.parent.mkdir(parents=True)
    city_file.write_text("streets")
    folder = run_folder(tmp_path, 8000, keep=False)
    (folder / "dispatch.sqlite").write_text("orders")
    assert (run_folder(tmp_path, 8000, keep=True) / "dispatch.sqlite").exists()
    assert not (run_folder(tmp_path, 8000, keep=False) / "dispatch.sqlite").exists()
    assert (folder / "cities" / "town" / "network").read_text() == "streets"
    assert city_file.exists(), "emptying a run's folder must not follow the link"


def test_a_taken_port_is_said_with_a_free_one(tmp_path: Path) -> None:
    """Before anything is made or deleted."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        options = DemoOptions(tmp_path, "sample", 1, port, 10, 5, None, False, Scenario(), 0)
        with pytest.raises(ServerFailed, match=rf"Port {port} is taken: use PORT=\d+"):
            run_demo(options, Console(quiet=True))
        assert not free_port(port)
        assert list(tmp_path.iterdir()) == []


async def test_a_server_that_cannot_start_is_said_with_its_log(tmp_path: Path) -> None:
    """The sentence of the server itself is among the lines shown, and nothing is left running."""
    async with ServerProcess(tmp_path, 1, ["--city", "Nowhere at all"]) as server:
        with pytest.raises(ServerFailed, match="did not start") as failed:
            await asyncio.wait_for(server.ready(), 30)
    assert str(server.log) in str(failed.value)
    assert len(str(failed.value).splitlines()) > 2
