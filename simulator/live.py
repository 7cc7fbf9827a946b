"""A simulation against a running server, shown while it goes on, until its time is over or somebody stops it."""

import asyncio
import signal
import time
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live

from simulator.board import Board
from simulator.report import Report, report_of
from simulator.simulation import Simulation

STATUS_EVERY_S = 5.0
DRAWN_PER_S = 4.0


async def run_with_board(
    simulation: Simulation,
    *,
    duration_s: float | None,
    started_at_s: float,
    links: Sequence[tuple[str, str]],
    console: Console,
    stop: asyncio.Event,
) -> Report:
    """Run a simulation to its end and return its report; shows it meanwhile, drawn or as lines."""
    reports: list[Report] = []

    async def keep_report(ended: Simulation) -> None:
        reports.append(await report_of(ended, started_at_s))

    board = Board(simulation, links)
    showing = asyncio.create_task(_draw(board, console) if console.is_terminal else _tell(board, console))
    try:
        await simulation.run(stop, duration_s, keep_report)
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
    return reports[0]


def stop_on_signals(stop: asyncio.Event) -> None:
    """Ctrl-C, `kill` and a closed terminal set `stop`; a second one interrupts at once."""
    loop = asyncio.get_running_loop()

    def once(number: signal.Signals) -> None:
        loop.remove_signal_handler(number)
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, once, number)


async def _draw(board: Board, console: Console) -> None:
    with Live(board, console=console, refresh_per_second=DRAWN_PER_S, transient=False):
        await asyncio.Event().wait()


async def _tell(board: Board, console: Console) -> None:
    told: set[str] = set()
    next_at_s = time.monotonic()
    while True:
        for what, link in board.links():
            if what not in told:
                told.add(what)
                console.print(f"{what}: {link}", highlight=False, soft_wrap=True)
        if time.monotonic() >= next_at_s:
            next_at_s += STATUS_EVERY_S
            console.print(board.line(), highlight=False, soft_wrap=True)
        await asyncio.sleep(0.2)
