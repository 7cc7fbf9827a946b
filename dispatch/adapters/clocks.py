"""The two clocks of production: business time, which may run at a rate, and the machine's monotonic time."""

import asyncio
import json
import time
from pathlib import Path


def wall_ms() -> int:
    """The wall clock, as phones have it: epoch milliseconds. It may step."""
    return time.time_ns() // 1_000_000


class SystemTicker:
    """Technical time: the machine's monotonic clock."""

    def mono_ms(self) -> int:
        """Milliseconds since an arbitrary moment."""
        return time.monotonic_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class SystemClock:
    """Business time: `origin_business_ms` at wall time `origin_real_ms`, and `rate` times as fast since.

    The wall clock is read once; after that the monotonic clock counts, so a step of the wall clock moves nothing.
    """

    def __init__(self, rate: float = 1.0, origin_real_ms: int = 0, origin_business_ms: int = 0) -> None:
        wall_ms = time.time_ns() // 1_000_000
        self._rate = rate
        self._start_business_ms = origin_business_ms + (wall_ms - origin_real_ms) * rate
        self._start_mono_ns = time.monotonic_ns()
        self._business_ms_per_ns = rate / 1_000_000

    @property
    def rate(self) -> float:
        """Business seconds per real second."""
        return self._rate

    def now_ms(self) -> int:
        """Business epoch milliseconds."""
        return int(self._start_business_ms + (time.monotonic_ns() - self._start_mono_ns) * self._business_ms_per_ns)


def lasting_clock(file: Path, rate: float) -> SystemClock:
    """The business clock that survives restarts: its origin is kept in a file beside the data.

    At rate 1 business time is wall time. At another rate it starts at wall time on the first start; without the file a
    restart would throw business time back, and offers and promises with it.
    """
    if rate == 1.0:
        return SystemClock()
    if file.exists():
        origin = json.loads(file.read_text())
        if origin["rate"] == rate:
            return SystemClock(rate, origin["real_ms"], origin["business_ms"])
        business_ms = SystemClock(origin["rate"], origin["real_ms"], origin["business_ms"]).now_ms()
    else:
        business_ms = time.time_ns() // 1_000_000
    origin = {"rate": rate, "real_ms": time.time_ns() // 1_000_000, "business_ms": business_ms}
    file.parent.mkdir(parents=True, exist_ok=True)
    scratch = file.with_suffix(".new")
    scratch.write_text(json.dumps(origin))
    scratch.replace(file)
    return SystemClock(rate, origin["real_ms"], origin["business_ms"])
