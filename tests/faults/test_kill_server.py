"""The server is killed in the middle of its work, and started again: what it had promised still holds."""

from collections.abc import Callable
from pathlib import Path

import pytest

from courier_protocol.client_link import ClientState
from dispatch.roads.library import ensure_city
from dispatch.roads.travel_times import open_travel_times
from simulator.fleet import courier_ids
from simulator.server_process import issue_tokens
from simulator.simulation import Scenario, Server, Simulation
from tests.support.processes import all_gone
from tests.support.raw_server import RawServer, some_free_port, until
from tests.support.simulations import riding

SPEED = 30
"""Business seconds per real second: a delivery takes about a quarter of a minute."""
COURIERS = 6


@pytest.mark.slow
async def test_a_killed_server_keeps_its_word(tmp_path: Path) -> None:
    """Every acknowledged order is found again, nobody has an order twice, phones come back and deliveries go on."""
    city = ensure_city(tmp_path, "generate:2km:7")
    server = RawServer(tmp_path, city.id, some_free_port(), SPEED)
    await server.start()
    try:
        staff = await issue_tokens(tmp_path, "admin", ["test"])
        couriers = await issue_tokens(tmp_path, "courier", courier_ids(COURIERS))
        scenario = Scenario(orders_per_hour=150, depots=3)
        simulation = Simulation(Server(server.url, staff["test"], couriers), city, open_travel_times(city), scenario)
        seen = simulation.measures
        async with riding(simulation) as reports:
            await until(lambda: len(seen.posted_at_s) >= 10 and seen.delivered_at_s, 40, simulation_state(simulation))
            orphans = await server.kill()
            assert orphans, "Valkey and the solvers are children of the server"
            assert await all_gone(orphans, within_s=10)

            acknowledged, delivered = set(seen.posted_at_s), set(seen.delivered_at_s)
            await server.start()
            for order_id in acknowledged:
                assert (await simulation.api.order(order_id))["id"] == order_id
            await until(lambda: len(seen.delivered_at_s) >= len(delivered) + 3, 40, simulation_state(simulation))
            await until(lambda: all(c.link is ClientState.LIVE for c in simulation.couriers), 15)
            assert len(seen.posted_at_s) > len(acknowledged), "orders come in again"
    finally:
        await server.end()
    (report,) = reports
    assert report["violations"] == []
    assert report["failures"] == []
    assert report["couriers"] == COURIERS


def simulation_state(simulation: Simulation) -> Callable[[], str]:
    """What to say when something did not happen in time."""
    return lambda: f"{simulation.watch.by_status()}, {simulation.measures.failures}, {simulation.measures.refusals}"
