"""From a phone to the pixel: how long after a courier's phone has told a place the map shows it, and until a watcher
beside the page has it from its socket: what the server and the machine are to blame for.

A probe stands in a corner of the city where nobody else rides and turns round with each fix. The arrow of its marker
then points the other way, and a reader of the canvas beside every frame sees when. The page is asked for no motion, so
that the marker turns at once; otherwise it begins to turn with the same frame.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Page, WebSocket

from courier_protocol.client import CourierClient
from courier_protocol.live import Fixes, LiveMessage
from courier_protocol.messages import Fix
from dispatch.domain.geo import Point

MARGIN: Final = 0.15
"""Of the screen's size: so much more than the screen a desk looks at, on each side."""
PAUSE_S: Final = 0.9
SEEN_WITHIN_S: Final = 3.0
JITTER_DEG: Final = 1e-6
"""A tenth of a metre: a receiver that says exactly the same twice while it turns is broken."""
WATCH: Final = """([x, y]) => {
    const canvas = document.querySelector('canvas.courier-layer');
    const ink = (ratio, dy) => {
        const scale = Number(canvas.dataset.scale || 1);
        const [left, top] = [(x - 3 * scale) * ratio, (y + (dy - 2) * scale) * ratio];
        const {data} = canvas.getContext('2d').getImageData(left, top, 6 * scale * ratio, 4 * scale * ratio);
        let sum = 0;
        for (let i = 3; i < data.length; i += 4) sum += data[i];
        return sum;
    };
    let was = '';
    const step = () => {
        const ratio = canvas.width / canvas.clientWidth;
        const [up, down] = [ink(ratio, -16), ink(ratio, 18)];
        const way = up > down * 1.2 ? 'up' : down > up * 1.2 ? 'down' : was;
        if (way !== was) {
            was = way;
            document.documentElement.dataset.probe = `${way} ${performance.timeOrigin + performance.now()}`;
        }
        requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
}"""


class Looks:
    """The part of the zone that the page last said it looks at."""

    def __init__(self, page: Page) -> None:
        self.view: dict[str, float] | None = None
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", self._hear)

    def _hear(self, frame: str | bytes) -> None:
        said: Any = json.loads(frame)
        for message in said if isinstance(said, list) else [said]:
            if view := message.get("view") or message.get("look"):
                self.view = view

    def pixel(self, width_px: float, height_px: float, place: Point) -> tuple[float, float]:
        """Where a place is on a map of this size, from its corner, in CSS pixels."""
        if self.view is None:
            raise RuntimeError("The page has not said yet what it looks at.")
        view, scale = self.view, 1 + 2 * MARGIN
        right = (place.lon - view["west"]) / (view["east"] - view["west"])
        down = (view["north"] - place.lat) / (view["north"] - view["south"])
        return (right * scale - MARGIN) * width_px, (down * scale - MARGIN) * height_px


class Wire:
    """When the places of one courier came out of the socket of a watcher of the whole zone."""

    def __init__(self, courier_id: str) -> None:
        self._courier_id = courier_id
        self._came_ms: dict[int, float] = {}

    async def listen(self, messages: AsyncIterator[LiveMessage]) -> None:
        """Hear until the messages end."""
        async for message in messages:
            if isinstance(message, Fixes):
                now_ms = time.time() * 1000
                mine = (fix.at_ms for fix in message.fixes if fix.courier_id == self._courier_id)
                self._came_ms |= {at_ms: self._came_ms.get(at_ms, now_ms) for at_ms in mine}

    def latency_ms(self, fix_at_ms: int, told_ms: float) -> float:
        """How long a place took that was told then; as the whole wait when it never came."""
        return self._came_ms.get(fix_at_ms, told_ms + SEEN_WITHIN_S * 1000) - told_ms


@dataclass(frozen=True, slots=True)
class Latencies:
    """From the phone to the watcher's socket and to the pixel, one of each a turn, in ms."""

    wire_ms: Sequence[float]
    pixel_ms: Sequence[float]


async def latencies(
    page: Page, looks: Looks, wire: Wire, probe: CourierClient, *, corner: Point, times: int
) -> Latencies:
    """How long each turn of the probe took to be seen. A turn that nobody sees counts as the whole wait."""
    box = await page.locator(".stage .map").bounding_box()
    if box is None:
        raise RuntimeError("The desk shows no map.")
    await page.evaluate(WATCH, list(looks.pixel(box["width"], box["height"], corner)))
    wire_ms, pixel_ms = [], []
    for number in range(times + 2):
        told_ms = time.time() * 1000
        at_ms = stand(probe, corner, number)
        seen_ms = await _seen(page, _way(number))
        await asyncio.sleep(PAUSE_S)
        if number >= 2:  # until then the map finds out that it is there at all
            wire_ms.append(wire.latency_ms(at_ms, told_ms))
            pixel_ms.append(seen_ms - told_ms if seen_ms else SEEN_WITHIN_S * 1000)
    return Latencies(wire_ms, pixel_ms)


def stand(probe: CourierClient, corner: Point, number: int) -> int:
    """Tell that the probe stands in its corner, turned to the other side each time; when that was, business ms."""
    heading_deg = 0.0 if _way(number) == "up" else 180.0
    lat, at_ms = corner.lat + JITTER_DEG * number, probe.business_now_ms()
    probe.position(Fix(at_ms, lat, corner.lon, heading_deg=heading_deg, speed_mps=0.0))
    return at_ms


def _way(number: int) -> str:
    return "up" if number % 2 else "down"


async def _seen(page: Page, way: str) -> float:
    """When the page saw the arrow point this way, epoch ms; 0: not in time."""
    deadline_s = time.monotonic() + SEEN_WITHIN_S
    while time.monotonic() < deadline_s:
        now, _, at_ms = str(await page.locator("html").get_attribute("data-probe") or "").partition(" ")
        if now == way:
            return float(at_ms)
        await asyncio.sleep(0.03)
    return 0.0
