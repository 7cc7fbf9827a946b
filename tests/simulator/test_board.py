"""What a person reads in the terminal while the demo runs."""

from rich.console import Console

from courier_protocol.live import CourierView, OrderView, ZoneSnapshot
from dispatch.roads.generate import generate_city
from dispatch.roads.travel_times import open_travel_times
from simulator.board import Board
from simulator.simulation import Scenario, Server, Simulation
from simulator.virtual_time import run_virtual


def test_the_board_shows_orders_couriers_links_and_latencies() -> None:
    """Drawn, and in one line; the customer's link appears with the first order."""

    async def story() -> None:
        town = generate_city(1_000, 7)
        server = Server("http://127.0.0.1:8000", "secret", {})
        simulation = Simulation(server, town, open_travel_times(town), Scenario())
        board = Board(simulation, [("Console", "http://127.0.0.1:8000/console")])
        assert "orders none yet" in board.line()
        assert [what for what, _ in board.links()] == ["Console"]

        order = OrderView("A", "picked_up", 44.0, -30.0, "Street 1", "d1", 0, 0, courier_id="ann", ref="S-1")
        courier = CourierView("ann", "Ann", "bike", "available", "live")
        simulation.watch.take(ZoneSnapshot(1, 1, "default", (order,), (courier,), ()))
        simulation.customer_links.append("/t/abc")
        simulation.measures.order_posted("A", 0.0)
        simulation.measures.offered_at_s["A"] = 0.25
        assert board.links()[1] == ("Customer", "http://127.0.0.1:8000/t/abc")
        assert "1 picked_up" in board.line()
        assert "order to offer p95 0.25 s" in board.line()
        console = Console(width=140)
        with console.capture() as drawn:
            console.print(board)
        for shown in ("picked up", "Ann (bike)", "waiting", "p95 0.25 s", "Ctrl-C"):
            assert shown in drawn.get()

    run_virtual(story())
