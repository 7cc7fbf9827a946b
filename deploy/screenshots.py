"""Make the pictures of the README, `docs/screens/*.png`, from a demo that really runs.

    .venv/bin/python deploy/screenshots.py [-- OPTIONS OF THE DEMO]

Starts `dispatch demo`, waits until a courier carries the first customer's order, and photographs the console (desktop),
the customer's page and the courier's app (phone) in headless Chromium, in English and Chinese, light and dark. Prints
how long the console took to paint its first map.
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from deploy.setup import ROOT, chromium

SCREENS = ROOT / "docs" / "screens"
DESKTOP: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
LOOKS: dict[str, dict[str, Any]] = {
    "en": {"locale": "en-GB", "color_scheme": "light"},
    "zh": {"locale": "zh-CN", "color_scheme": "light"},
    "en-dark": {"locale": "en-GB", "color_scheme": "dark"},
}
WEBGL = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PATIENCE_MS = 90_000
ON_THE_WAY = ", ".join(
    f'html[data-status="{status}"]' for status in ("picked_up", "en_route_dropoff", "at_dropoff", "delivered")
)
"""Delivered counts too: whoever looks away for a moment must not wait for ever."""


def main(demo_options: list[str]) -> int:
    """Take all pictures; returns the exit status."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("Chromium is missing: apt-get install chromium fonts-noto-cjk, or name one in $CHROMIUM.\n")
        return 2
    SCREENS.mkdir(parents=True, exist_ok=True)
    with demo(demo_options) as links, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", *WEBGL])
        take_tracks(browser, links["Customer"])
        take_consoles(browser, links["Console"])
        take_couriers(browser, links["Courier app"], links["Console"])
        browser.close()
    return 0


@contextmanager
def demo(options: list[str]) -> Iterator[dict[str, str]]:
    """A running demo, and its links by what they show; ended afterwards."""
    command = [sys.executable, "-m", "simulator", "demo", *options]
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    links: dict[str, str] = {}
    try:
        for line in running.stdout or ():
            if found := re.match(r"(Console|Courier app|Customer): (\S+)", line):
                links[found[1]] = found[2]
            if len(links) == 3:
                break
        else:
            raise SystemExit("The demo ended before it had anything to show.")
        yield links
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)


def take_consoles(browser: Browser, link: str) -> None:
    """The console in every look, and the time to its first painted map."""
    for name, look in LOOKS.items():
        page = browser.new_context(**look, **DESKTOP).new_page()
        page.goto(link)
        wait_for_map(page)
        painted_ms = page.evaluate("performance.getEntriesByName('map-painted')[0].startTime")
        sys.stdout.write(f"console, {name}: first map painted after {painted_ms / 1000:.2f} s\n")
        page.wait_for_timeout(3_000)
        page.screenshot(path=SCREENS / f"console-{name}.png")
        page.context.close()


def take_tracks(browser: Browser, link: str) -> None:
    """The customer's page in every look, once the order is on its way."""
    for name, look in LOOKS.items():
        page = browser.new_context(**look, **PHONE).new_page()
        page.goto(link)
        page.wait_for_selector(ON_THE_WAY, state="attached", timeout=PATIENCE_MS)
        wait_for_map(page)
        page.wait_for_timeout(1_000)
        page.screenshot(path=SCREENS / f"track-{name}.png")
        page.context.close()


def take_couriers(browser: Browser, link: str, console: str) -> None:
    """The courier's app in every look: on duty beside a depot, with an order that a dispatcher gave."""
    url, token = re.split(r"/console#token=|&", console)[:2]
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False) as api:
        depot = api.get("/v1/depots").json()["depots"][0]
        here = {"geolocation": {"latitude": depot["lat"], "longitude": depot["lon"]}, "permissions": ["geolocation"]}
        for name, look in LOOKS.items():
            page = browser.new_context(**look, **PHONE, **here).new_page()
            page.goto(link)
            page.wait_for_selector("html[data-link=live]", state="attached", timeout=PATIENCE_MS)
            if page.locator("html[data-duty=off_duty]").count():
                page.locator(".main-action").click()
                page.wait_for_selector("html[data-duty=available]", state="attached", timeout=PATIENCE_MS)
                give_work(api, depot)
            page.wait_for_selector(".next-stop", timeout=PATIENCE_MS)
            page.wait_for_timeout(4_000)
            page.screenshot(path=SCREENS / f"courier-{name}.png")
            page.context.close()


def give_work(api: httpx.Client, depot: dict[str, Any]) -> None:
    """An order near the depot, for the courier who tries the app."""
    city = api.get("/v1/city").json()
    middle = {key: (depot[key] + city["centre"][key]) / 2 for key in ("lat", "lon")}
    lines = [{"name": "Rice 5 kg", "quantity": 1}, {"name": "Apples", "quantity": 6}]
    dropoff = {**middle, "address": "Mikonkatu 8", "name": "Ada", "note": "Second door on the left"}
    order = api.post("/v1/orders", json={"dropoff": dropoff, "ref": "A-101", "lines": lines, "requires": ["photo"]})
    given = {"action": "assign", "courier_id": "demo-rider", "reason": "picture", "force": True}
    api.post("/v1/overrides", json={**given, "order_id": order.json()["id"]}).raise_for_status()


def wait_for_map(page: Page) -> None:
    """Return when the base map has been drawn. (The page's policy forbids waiting by JavaScript from outside.)"""
    page.wait_for_selector('html[data-map-painted="1"]', state="attached", timeout=PATIENCE_MS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
