"""Clocks for tests: business time that stands still until told, and technical time that needs no waiting."""

import asyncio


class HandClock:
    """Business time, moved by hand."""

    def __init__(self, now_ms: int, rate: float = 1.0) -> None:
        self._now_ms = now_ms
        self._rate = rate

    @property
    def rate(self) -> float:
        return self._rate

    def now_ms(self) -> int:
        return self._now_ms

    def pass_ms(self, ms: int) -> None:
        self._now_ms += ms


class HandTicker:
    """Technical time, moved by hand; sleepers wake when their moment has come."""

    def __init__(self) -> None:
        self._now_ms = 0
        self._sleepers: list[tuple[int, asyncio.Event]] = []

    def mono_ms(self) -> int:
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self._now_ms + int(seconds * 1000), woken))
        await woken.wait()

    def pass_ms(self, ms: int) -> None:
        self._now_ms += ms
        for due_ms, woken in self._sleepers:
            if due_ms <= self._now_ms:
                woken.set()
        self._sleepers = [(due_ms, woken) for due_ms, woken in self._sleepers if due_ms > self._now_ms]
