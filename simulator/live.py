"""A simulation against a running server, shown while it goes on, until its time is over or somebody stops it."""

import asyncio
import signal
from collections.abc import Sequence

from rich.console import Console
from rich.live import Live

from simulator.board import Board
from simulator.report import Report, report_of
from simulator.simulation import Simulation

STATUS_EVERY_S = 5.0
DRAWN_PER_S = 4.0
ANNOUNCE_EVERY_S = 0.2


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
    show = _draw if console.is_terminal else _tell
    showing = [asyncio.create_task(activity) for activity in (show(board, console), _announce(board, console))]
    try:
        await simulation.run(stop, duration_s, keep_report)
    finally:
        for task in showing:
            task.cancel()
        await asyncio.gather(*showing, return_exceptions=True)
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
    while True:
        console.print(board.line(), highlight=False, soft_wrap=True)
        await asyncio.sleep(STATUS_EVERY_S)


async def _announce(board: Board, console: Console) -> None:
    """Print each link once, in one piece, so that it can be clicked and copied; above what is drawn."""
    told: set[str] = set()
    while True:
        for what, link in board.links():
            if what not in told:
                told.add(what)
                console.print(f"{what}: {link}", highlight=False, soft_wrap=True)
        await asyncio.sleep(ANNOUNCE_EVERY_S)
