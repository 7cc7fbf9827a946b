"""An event loop whose clock jumps to the next timer instead of waiting for it: an hour of waiting runs in no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Jumping(selectors.DefaultSelector):
    """Where a selector would sleep, time passes at once. Real sockets are served, but never waited for."""

    now_s = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("Everybody waits for something that will never happen.")
        self.now_s += 0.0 if ready else timeout or 0.0
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` is virtual; so are `sleep`, `wait_for` and everything else made of timers."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made, as everybody on it sees them."""
        return self._jumping.now_s


def run_virtual(doing: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(doing)
