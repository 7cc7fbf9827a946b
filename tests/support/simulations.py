"""Simulated couriers and orders that run beside a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from simulator.report import Report, report_of
from simulator.simulation import Simulation


@asynccontextmanager
async def riding(simulation: Simulation) -> AsyncIterator[list[Report]]:
    """Let a simulation run beside the test; afterwards the list holds its report."""
    stop, reports = asyncio.Event(), list[Report]()

    async def keep(ended: Simulation) -> None:
        reports.append(await report_of(ended, 0))

    task = asyncio.create_task(simulation.run(stop, None, keep))
    try:
        yield reports
        stop.set()
        await asyncio.wait_for(task, 30)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
