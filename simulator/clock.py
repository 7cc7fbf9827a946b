"""Business time as the server tells it; waiting in it. Technical waits use `asyncio.sleep` and stay real."""

import asyncio


class BusinessClock:
    """The server's business clock, carried on by the loop's own between two tellings."""

    def __init__(self, business_now_ms: int = 0, rate: float = 1.0) -> None:
        self.tell(business_now_ms, rate)

    def tell(self, business_now_ms: int, rate: float) -> None:
        """Set the clock by what a `welcome` said a moment ago."""
        self._business_ms = business_now_ms
        self._told_at_s = asyncio.get_running_loop().time()
        self.rate = rate

    def now_ms(self) -> int:
        """Business epoch milliseconds."""
        passed_s = asyncio.get_running_loop().time() - self._told_at_s
        return self._business_ms + int(passed_s * self.rate * 1000)

    def real_s(self, until_ms: int) -> float:
        """Real seconds until a business moment; never below 0."""
        return max(0.0, (until_ms - self.now_ms()) / 1000 / self.rate)

    async def sleep(self, business_s: float) -> None:
        """Wait so many business seconds."""
        await asyncio.sleep(business_s / self.rate)

    async def sleep_until(self, at_ms: int) -> None:
        """Wait until a business moment; not at all when it is over."""
        await asyncio.sleep(self.real_s(at_ms))
