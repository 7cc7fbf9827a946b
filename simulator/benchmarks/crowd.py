"""A process of its own with thousands of phones, so that they do not slow down the clients that are measured.

    python -m simulator.benchmarks.crowd

Reads one JSON value a line from standard input and answers each with an object: `{"host", "port", "tokens", "lat",
"lon", "spread_s"}` connects all phones, spread over that time; `"drop"` breaks all links at the same moment; `"end"`
ends. An answer says after how many seconds half of them and all were live, how many are, and how many welcomes that
took. Each phone sends a fix with every new session.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from typing import Any

from courier_protocol.messages import Fix
from simulator.benchmarks.lean_phone import LeanPhone, mono_ms

TICK_S = 0.2
PATIENCE_S = 120.0


class Crowd:
    """All phones of the process."""

    def __init__(self) -> None:
        self._phones: list[LeanPhone] = []
        self._place = (0.0, 0.0)
        self._back_at_s: list[float] = []
        self._changed = asyncio.Event()

    async def connect(
        self, *, host: str, port: int, tokens: dict[str, str], lat: float, lon: float, spread_s: float
    ) -> dict[str, float]:
        """Let all phones in, one after the other."""
        began_s, self._place = time.monotonic(), (lat, lon)
        for number, (courier_id, token) in enumerate(tokens.items()):
            phone = LeanPhone(host, port, token, f"{courier_id}-phone", on_live=self._on_live)
            self._phones.append(phone)
            await asyncio.sleep(max(0.0, began_s + spread_s * number / len(tokens) - time.monotonic()))
            phone.start()
        return await self._all_live(began_s)

    async def drop(self) -> dict[str, float]:
        """Break all links, and wait until all live again."""
        began_s = time.monotonic()
        self._back_at_s.clear()
        for phone in self._phones:
            phone.abort()
        await asyncio.sleep(0)
        return await self._all_live(began_s)

    async def tick(self) -> None:
        """Keep the sessions' time, for ever."""
        while True:
            for phone in self._phones:
                phone.tick()
            await asyncio.sleep(TICK_S)

    def _on_live(self, phone: LeanPhone) -> None:
        self._back_at_s.append(time.monotonic())
        phone.session.add_fix(Fix(phone.session.clock.now_ms(mono_ms()), *self._place))
        self._changed.set()

    async def _all_live(self, began_s: float) -> dict[str, float]:
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                while not all(phone.is_live for phone in self._phones):
                    self._changed.clear()
                    await self._changed.wait()
        back_s = sorted(at_s - began_s for at_s in self._back_at_s)
        return {
            "all_s": back_s[-1],
            "half_s": back_s[len(back_s) // 2],
            "live": sum(phone.is_live for phone in self._phones),
            "welcomes": len(back_s),
        }


async def main() -> None:
    """Obey the lines of standard input until `"end"` or until they end."""
    crowd = Crowd()
    ticking = asyncio.create_task(crowd.tick())
    while (line := await asyncio.to_thread(sys.stdin.readline)) and (order := json.loads(line)) != "end":
        answer = await _obey(crowd, order)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    ticking.cancel()


async def _obey(crowd: Crowd, order: Any) -> dict[str, float]:
    if order == "drop":
        return await crowd.drop()
    return await crowd.connect(**order)


if __name__ == "__main__":
    asyncio.run(main())
