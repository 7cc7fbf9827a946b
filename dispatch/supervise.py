"""`dispatch serve --workers N`: N gateways on one port, each a process of its own, under this one.

This process loads nothing of the server. It holds the port, so that port 0 means one port for all and nobody else takes
it between two workers, and sees to the workers: SIGTERM and Ctrl-C end them, SIGHUP replaces one after the other.
"""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from dispatch.adapters.json_logs import log_as_json
from dispatch.adapters.listening import held_port
from dispatch.adapters.workers import Workers
from dispatch.settings import Settings

log = logging.getLogger(__name__)


def supervise(settings: Settings, flags: Mapping[str, Any]) -> int:
    """Run until a signal, or until no worker can serve. Returns the exit status.

    The settings have passed `start_checks.check`. `flags` are those of the command line, by name, and are handed on.
    Raises `InvalidInput` when somebody takes the port at this moment.
    """
    log_as_json(settings.log_level)
    with held_port(settings.host, settings.port) as held:
        port = held.getsockname()[1]
        log.info("%d workers share port %d", settings.workers, port)
        return asyncio.run(_run(worker_command(flags, port), settings.workers))


def worker_command(flags: Mapping[str, Any], port: int) -> Sequence[str]:
    """The command of one worker: the same options, on that port."""
    handed_on = {**flags, "port": port, "workers": None}
    options = [(f"--{name.replace('_', '-')}", str(value)) for name, value in handed_on.items() if value is not None]
    # -P: the modules are those of this process (see `Workers`), not what may lie in the folder where it was started
    return (sys.executable, "-P", "-m", "dispatch", "serve", *(part for option in options for part in option))


async def _run(command: Sequence[str], number: int) -> int:
    workers, loop = Workers(command, number), asyncio.get_running_loop()
    for end in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(end, workers.stop)
    if not os.isatty(0):  # a terminal that is closed says SIGHUP, too, and means the end
        loop.add_signal_handler(signal.SIGHUP, workers.renew)
    return await workers.run()
