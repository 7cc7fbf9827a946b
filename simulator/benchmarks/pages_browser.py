"""What a browser does with a page, measured from outside: frames by Chromium's own trace, pixels on the map's canvas.

The trace names every task of the page's main thread. A frame's cost is what script and layout took between the start of
its `requestAnimationFrame` callbacks and that of the next one's; whatever contains something else is counted once.
"""

import asyncio
import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
from playwright.async_api import Browser, CDPSession, Page

CATEGORIES: Final = ["devtools.timeline", "disabled-by-default-devtools.timeline", "toplevel"]
WORK: Final = frozenset(
    {
        *("FunctionCall", "EvaluateScript", "TimerFire", "FireAnimationFrame", "EventDispatch", "FireIdleCallback"),
        *("RunMicrotasks", "MajorGC", "MinorGC", "UpdateLayoutTree", "Layout", "PrePaint", "HitTest"),
    }
)
"""Script, garbage collection and layout, by the names of the trace."""
TASKS: Final = frozenset({"RunTask", "ThreadControllerImpl::RunTask"})
SAME_FRAME_US: Final = 2_000
"""Animation callbacks so close to each other belong to one frame."""
DESKTOP: Final[Any] = {"width": 1440, "height": 900}
PHONE: Final[Any] = {"width": 390, "height": 844}
PATIENCE_MS: Final = 120_000
ANSWERED: Final = """() => {
    const [{ startTime }] = performance.getEntriesByName('answer');
    const first = performance.getEntriesByType('resource').filter(each => each.startTime < startTime);
    return [startTime / 1000, first.map(each => each.name)];
}"""
PRESS_AT_ONCE: Final = """(() => {
    let pressed = false, seen = false;
    const watch = new MutationObserver(() => {
        if (!pressed && document.querySelector('[data-order]')) {
            pressed = true;
            setTimeout(() => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true})));
        }
        if (pressed && !seen && document.querySelector('[data-order][aria-selected=true]')) {
            seen = true;
            requestAnimationFrame(() => setTimeout(() => {
                document.documentElement.dataset.answered = performance.now();
                document.body.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}));
            }));
        }
    });
    watch.observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['aria-selected']});
})()"""
"""Presses a key as soon as the desk lists an order, and notes when what it does was on the screen. From inside: asked
from outside, a page that is busy with its map answers late about what has long been seen."""
COUNT_FRAMES: Final = """seconds => new Promise(done => {
    let frames = 0;
    const began = performance.now();
    const step = now => {
        frames += 1;
        if (now - began < seconds * 1000) requestAnimationFrame(step); else done(frames / ((now - began) / 1000));
    };
    requestAnimationFrame(step);
})"""


@dataclass(frozen=True, slots=True)
class Frames:
    """Costs of frames in ms, frames a second, and the longest task of the main thread in ms."""

    costs_ms: Sequence[float]
    per_s: float
    longest_task_ms: float

    def cost_ms(self, percent: float) -> float:
        """A percentile of the costs; 0 where there was no frame."""
        return float(np.percentile(self.costs_ms, percent)) if self.costs_ms else 0.0


async def open_page(browser: Browser, url: str, *, script: str = "") -> Page:
    """The page in a window of its own; the script runs in it before its own ones."""
    page = await (await browser.new_context(viewport=DESKTOP)).new_page()
    if script:
        await page.add_init_script(script)
    await page.goto(url)
    return page


async def map_painted(page: Page) -> None:
    """Return once the page's map stands and its link is live."""
    await page.wait_for_selector("html[data-map-painted='1'][data-link=live]", state="attached", timeout=PATIENCE_MS)


async def frames(browser: Browser, page: Page, seconds: float, file: Path) -> Frames:
    """What the frames of so many seconds cost. `file` is where the trace may lie meanwhile."""
    await browser.start_tracing(page=page, path=file, categories=CATEGORIES)
    per_s = await page.evaluate(COUNT_FRAMES, seconds)
    await browser.stop_tracing()
    costs_ms, longest_ms = costs(await asyncio.to_thread(_events, file))
    return Frames(costs_ms, per_s, longest_ms)


def _events(file: Path) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = json.loads(file.read_bytes())["traceEvents"]
    return events


def costs(events: Sequence[dict[str, Any]]) -> tuple[list[float], float]:
    """(cost of each frame in ms, longest task in ms) of the main thread that drew most frames."""
    drawn = Counter((e["pid"], e["tid"]) for e in events if e["name"] == "FireAnimationFrame")
    if not drawn:
        return [], 0.0
    thread = drawn.most_common(1)[0][0]
    mine = [e for e in events if (e["pid"], e["tid"]) == thread and e.get("ph") == "X"]
    starts = _frame_starts(sorted(e["ts"] for e in mine if e["name"] == "FireAnimationFrame"))
    cost_us = [0.0] * len(starts)
    end_us = 0.0
    for event in sorted((e for e in mine if e["name"] in WORK), key=lambda e: (e["ts"], -e.get("dur", 0))):
        until_us = event["ts"] + event.get("dur", 0)
        at = bisect_right(starts, event["ts"]) - 1
        if at >= 0 and until_us > end_us:
            cost_us[at] += until_us - max(event["ts"], end_us)
        end_us = max(end_us, until_us)
    longest_us = max(
        (e.get("dur", 0) for e in mine if e["name"] in {"RunTask", "ThreadControllerImpl::RunTask"}), default=0
    )
    return [us / 1000 for us in cost_us[:-1]], longest_us / 1000


def _frame_starts(callbacks_us: Sequence[float]) -> list[float]:
    starts: list[float] = []
    for at_us in callbacks_us:
        if not starts or at_us - starts[-1] > SAME_FRAME_US:
            starts.append(at_us)
    return starts


async def slow_phone(browser: Browser, url: str) -> tuple[float, float, float]:
    """(seconds to the first useful paint, KiB loaded until then, KiB of the page in all) of a customer's page, on a
    processor four times as slow and a link of 1.6 Mbit/s with 150 ms there and back.
    """
    context = await browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = await context.new_page()
    cdp = await context.new_cdp_session(page)
    await cdp.send("Network.enable")
    await cdp.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750},
    )
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    loaded = Loaded(cdp)
    await page.goto(url, wait_until="commit")
    await page.wait_for_selector("html[data-answer='1']", state="attached", timeout=PATIENCE_MS)
    paint_s, first = await page.evaluate(ANSWERED)
    await page.wait_for_selector("html[data-map-painted='1']", state="attached", timeout=PATIENCE_MS)
    workers = {worker.url for worker in page.workers}
    async with httpx.AsyncClient(trust_env=False) as http:
        for worker in workers - loaded.kib.keys():  # loaded by another target than the page's
            answer = await http.get(worker, headers={"Accept-Encoding": "gzip"})
            loaded.add(worker, int(answer.headers["content-length"]))
    await context.close()
    before_kib = sum(kib for name, kib in loaded.kib.items() if name == url or name in first)
    return paint_s, before_kib, sum(loaded.kib.values())


class Loaded:
    """What came through the network for a page, headers and all: its own parts, not the map's data and the API's."""

    def __init__(self, cdp: CDPSession) -> None:
        self.kib: dict[str, float] = {}
        self._names: dict[str, str] = {}
        cdp.on("Network.responseReceived", lambda e: self._names.__setitem__(e["requestId"], e["response"]["url"]))
        cdp.on("Network.loadingFinished", self._finish)

    def add(self, url: str, size: float) -> None:
        """Count something of so many bytes."""
        if ".pmtiles" not in url and "/v1/" not in url:
            self.kib[url] = size / 1024

    def _finish(self, event: dict[str, Any]) -> None:
        if url := self._names.get(event["requestId"]):
            self.add(url, event["encodedDataLength"])


async def heap_mib(cdp: CDPSession) -> float:
    """The page's JavaScript heap after a full garbage collection."""
    await cdp.send("HeapProfiler.enable")
    await cdp.send("HeapProfiler.collectGarbage")
    usage = await cdp.send("Runtime.getHeapUsage")
    return float(usage["usedSize"]) / 2**20
