"""A worker's line to the parent that started it (see `workers`): its standard input, one end of a pair of sockets.

The worker says on it that it listens. When the line breaks, the parent is gone, however that came about: the worker
then ends as after a SIGTERM, and after `ORDERLY_S` at the latest in any case. A thread watches, for a worker whose
event loop hangs must not stay behind either.
"""

import os
import signal
import threading
import time
from contextlib import suppress

READY = b"ready\n"
ORDERLY_S = 15.0
"""For sessions to be told and stores to be closed; nobody is left to wait for more."""


class ParentLine:
    """Made as early as possible, in the process that is the worker."""

    def __init__(self, descriptor: int = 0, orderly_s: float = ORDERLY_S) -> None:
        self._descriptor = descriptor
        self._orderly_s = orderly_s
        threading.Thread(target=self._watch, name="parent line", daemon=True).start()

    def say_ready(self) -> None:
        """This worker serves now."""
        with suppress(OSError):  # who is gone needs not be told
            os.write(self._descriptor, READY)

    def _watch(self) -> None:
        with suppress(OSError):
            while os.read(self._descriptor, 64):
                pass  # parents say nothing
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(self._orderly_s)
        os._exit(1)
