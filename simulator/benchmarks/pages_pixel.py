"""From a phone to the pixel: how long after a courier's phone has told a place the map shows it.

A probe stands in a corner of the city where nobody else rides and turns round with each fix. The arrow of its marker
then points the other way, and a reader of the canvas beside every frame sees when. The page is asked for no motion, so
that the marker turns at once; otherwise it begins to turn with the same frame.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from typing import Any, Final

from playwright.async_api import Page, WebSocket

from courier_protocol.client import CourierClient
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


async def latencies_ms(page: Page, looks: Looks, probe: CourierClient, corner: Point, times: int) -> Sequence[float]:
    """How long each turn of the probe took to be seen. A turn that nobody sees counts as the whole wait."""
    box = await page.locator(".stage .map").bounding_box()
    if box is None:
        raise RuntimeError("The desk shows no map.")
    await page.evaluate(WATCH, list(looks.pixel(box["width"], box["height"], corner)))
    found = []
    for number in range(times + 2):
        way = _way(number)
        told_ms = time.time() * 1000
        stand(probe, corner, number)
        seen_ms = await _seen(page, way)
        if number >= 2:  # until then the map finds out that it is there at all
            found.append(seen_ms - told_ms if seen_ms else SEEN_WITHIN_S * 1000)
        await asyncio.sleep(PAUSE_S)
    return found


def stand(probe: CourierClient, corner: Point, number: int) -> None:
    """Tell that the probe stands in its corner, turned to the other side each time."""
    heading_deg = 0.0 if _way(number) == "up" else 180.0
    lat = corner.lat + JITTER_DEG * number
    probe.position(Fix(probe.business_now_ms(), lat, corner.lon, heading_deg=heading_deg, speed_mps=0.0))


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
