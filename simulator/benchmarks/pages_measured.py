"""What `pages` measures, in its turn: both desks, the customer's page on a slow phone, pixels, memory."""

import asyncio
import os
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.async_api import Browser, async_playwright
from rich.console import Console

from courier_protocol.client import CourierClient, LiveClient
from simulator.benchmarks import pages_browser
from simulator.benchmarks.pages_browser import Frames
from simulator.benchmarks.pages_day import DAY_SPEED, town_at_work
from simulator.benchmarks.pages_pixel import Latencies, Looks, Wire, latencies, stand
from simulator.benchmarks.pages_town import PROBE, Town, busy_town

SETTLE_S: Final = 8.0
FRAMES_S: Final = 15.0
ROUNDS: Final = 2
LOADS: Final = 5
SOON_COURIERS: Final = 300
SOON_ORDERS: Final = 1_500
DAY_H: Final = 8
FORGETS_H: Final = 2.2
"""A desk forgets an order two hours after its end: only from then on as much goes as comes."""
SOAK_LOOK_S: Final = 30.0
MAP_PAINTED: Final = "performance.getEntriesByName('map-painted')[0].startTime"


@dataclass(slots=True)
class Findings:
    """What was seen: seconds, ms, KiB and MiB as the names say."""

    interactive_s: list[float] = field(default_factory=list)
    map_painted_s: list[float] = field(default_factory=list)
    busy: list[Frames] = field(default_factory=list)
    quiet: list[Frames] = field(default_factory=list)
    latencies: Latencies = field(default_factory=lambda: Latencies((), ()))
    track_paint_s: list[float] = field(default_factory=list)
    track_before_map_kib: float = 0.0
    track_kib: float = 0.0
    heap_mib: list[float] = field(default_factory=list)


async def measured(executable: str, *, couriers: int, orders: int, turns: int, soak_min: float) -> Findings:
    """Everything, each part in a town of its own. Raises `ServerFailed`."""
    console, found = Console(soft_wrap=True), Findings()
    async with async_playwright() as playwright:
        flags = ["--enable-unsafe-swiftshader", "--enable-precise-memory-info"]
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=executable, args=[*flags, *sandbox])
        console.print(f"how soon pages stand: {SOON_COURIERS} couriers and {SOON_ORDERS} orders ...")
        async with busy_town(SOON_COURIERS, SOON_ORDERS) as town:
            for _ in range(LOADS):
                await _load(browser, town, found)
        console.print(f"what a frame costs: {couriers} couriers and {orders} orders ...")
        async with busy_town(couriers, orders) as town:
            for number in range(ROUNDS):
                console.print(f"round {number + 1} of {ROUNDS} ...")
                await _round(browser, town, found)
            console.print("from phone to pixel ...")
            found.latencies = await _pixels(browser, town, turns)
        if soak_min:
            console.print(f"memory for {soak_min:g} min at {DAY_SPEED}x ...")
            async with town_at_work(couriers, orders / DAY_H) as url:
                found.heap_mib = await _soak(browser, url, soak_min * 60)
        await browser.close()
    return found


def desk(url: str, token: str) -> str:
    """The link to a desk."""
    return f"{url}/console#token={token}&zone=default"


async def _load(browser: Browser, town: Town, found: Findings) -> None:
    """A desk until it does what a key asks for, and a customer's page."""
    page = await pages_browser.open_page(browser, desk(town.url, town.token), script=pages_browser.PRESS_AT_ONCE)
    await page.wait_for_selector("html[data-answered]", state="attached", timeout=pages_browser.PATIENCE_MS)
    found.interactive_s.append(float(await page.locator("html").get_attribute("data-answered") or 0) / 1000)
    await pages_browser.map_painted(page)
    found.map_painted_s.append(await page.evaluate(MAP_PAINTED) / 1000)
    await page.context.close()
    paint_s, before_kib, all_kib = await pages_browser.slow_phone(browser, town.track_url)
    found.track_paint_s.append(paint_s)
    found.track_before_map_kib, found.track_kib = before_kib, all_kib


async def _round(browser: Browser, town: Town, found: Findings) -> None:
    """The frames of the busy desk and of the quiet one, right after each other."""
    with TemporaryDirectory() as name:
        file = Path(name) / "trace.json"
        for url, token, frames in (
            (town.url, town.token, found.busy),
            (town.quiet_url, town.quiet_token, found.quiet),
        ):
            page = await pages_browser.open_page(browser, desk(url, token))
            await pages_browser.map_painted(page)
            await asyncio.sleep(SETTLE_S)
            frames.append(await pages_browser.frames(browser, page, FRAMES_S, file))
            await page.context.close()


async def _pixels(browser: Browser, town: Town, turns: int) -> Latencies:
    url, wire = f"ws{town.url.removeprefix('http')}/v1", Wire(PROBE)
    async with (
        CourierClient(f"{url}/courier", town.probe_token, "probe-phone") as probe,
        LiveClient(f"{url}/live", token=town.token, zone="default") as watcher,
        asyncio.TaskGroup() as beside,
    ):
        listening = beside.create_task(wire.listen(watcher.messages()))
        await probe.wait_live()
        stand(probe, town.corner, 0)
        page = await (await browser.new_context(viewport=pages_browser.DESKTOP, reduced_motion="reduce")).new_page()
        looks = Looks(page)
        await page.goto(desk(town.url, town.token))
        await pages_browser.map_painted(page)
        await asyncio.sleep(SETTLE_S)
        found = await latencies(page, looks, wire, probe, corner=town.corner, times=turns)
        await page.context.close()
        listening.cancel()
    return found


async def _soak(browser: Browser, url: str, seconds: float) -> list[float]:
    """The desk's heap every so often, from when it has begun to forget what is over."""
    page = await pages_browser.open_page(browser, url)
    await pages_browser.map_painted(page)
    cdp = await page.context.new_cdp_session(page)
    await asyncio.sleep(min(FORGETS_H * 3600 / DAY_SPEED, seconds / 2))
    heaps, loop = [await pages_browser.heap_mib(cdp)], asyncio.get_running_loop()
    ends_s = loop.time() + seconds
    while loop.time() < ends_s:
        await asyncio.sleep(min(SOAK_LOOK_S, seconds / 4))
        heaps.append(await pages_browser.heap_mib(cdp))
    await page.context.close()
    return heaps
