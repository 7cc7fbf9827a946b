"""What the demo does before and around its server."""

import asyncio
import json
import socket
from io import StringIO
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from dispatch.roads.generate import generate_city
from dispatch.roads.travel_times import open_travel_times
from simulator.api import Api
from simulator.demo import GUEST, DemoOptions, _admitted, _invite, run_demo, run_folder
from simulator.server_process import ServerFailed, ServerProcess, free_port
from simulator.simulation import Scenario, Server, Simulation
from tests.simulator.test_api import Answers, problem


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


async def test_the_guest_has_a_token_and_is_no_part_of_the_fleet(tmp_path: Path) -> None:
    """Whoever tries the courier app is one courier more for the server, and none for the simulation."""
    server, guest_token = await _admitted("http://server", tmp_path, 2)
    assert set(server.courier_tokens) == {"sim-1", "sim-2"}
    assert guest_token and guest_token not in server.courier_tokens.values()


@pytest.mark.parametrize("answer", [httpx.Response(200, json={}), problem(422, "No phones here.")])
async def test_the_guest_is_invited_when_the_fleet_is_there(answer: httpx.Response) -> None:
    """Not before, so that lists begin with the fleet; a refusal is told and stops nothing."""
    town, asked = generate_city(1_000, 7), Answers(answer)
    simulation = Simulation(Server("http://server", "secret", {}), town, open_travel_times(town), Scenario())
    simulation.api = Api("http://server", "secret", asked)
    said = StringIO()
    async with simulation.api:
        inviting = asyncio.create_task(_invite(simulation, Console(file=said)))
        await asyncio.sleep(0)
        assert asked.asked == []
        simulation.measures.first_on_duty.set()
        await inviting
    (request,) = asked.asked
    assert (request.method, request.url.path) == ("PUT", f"/v1/couriers/{GUEST}")
    assert json.loads(request.content)["phone"].startswith("+86")
    assert ("No phones here." in said.getvalue()) == (answer.status_code == 422)
