"""A town at work for the benchmark of the pages: the whole demo, a day of work in twenty minutes.

Couriers ride, take offers, fail and deliver over the real protocol: what a desk has to remember and to forget in hours.
"""

import asyncio
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from simulator.benchmarks.live_server import free_ports
from simulator.benchmarks.pages_town import CITY
from simulator.server_process import ServerFailed

DAY_SPEED: Final = 24
READY_WITHIN_S: Final = 180.0
LINK: Final = re.compile(r"Console: (\S+)")


@asynccontextmanager
async def town_at_work(couriers: int, orders_per_hour: float) -> AsyncIterator[str]:
    """The link to its desk, for the block. Raises `ServerFailed`."""
    with TemporaryDirectory(prefix="dispatch-bench-") as name:
        log = Path(name) / "demo.log"
        options = {
            **{"--city": CITY, "--data-dir": name, "--port": free_ports(1), "--speed": DAY_SPEED},
            **{"--couriers": couriers, "--orders-per-hour": orders_per_hour},
        }
        with log.open("wb") as file:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "simulator", "demo"),
                *(str(part) for option in options.items() for part in option),
                stdout=file,
                stderr=file,
            )
        try:
            yield await _link(process, log)
        finally:
            process.send_signal(signal.SIGINT)
            await process.wait()


async def _link(process: asyncio.subprocess.Process, log: Path) -> str:
    loop, said = asyncio.get_running_loop(), ""
    deadline_s = loop.time() + READY_WITHIN_S
    while loop.time() < deadline_s and process.returncode is None:
        said = await asyncio.to_thread(log.read_text, errors="replace")
        if found := LINK.search(said):
            return found[1]
        await asyncio.sleep(0.5)
    raise ServerFailed(f"The town did not begin to work.\n{said[-2000:]}")
