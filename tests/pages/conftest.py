"""A whole demo (real server, simulated couriers and customers) and a real browser, for the tests of the pages.

The browser lives as long as one module of tests: while Playwright's synchronous interface is open, its event loop
counts as running, and no asynchronous test could run in the same process.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from dispatch.web.auth import issue_token
from simulator.server_process import free_port
from tests.pages.network import Network, network_to
from tests.pages.rider import Phone, online

ROOT = Path(__file__).parents[2]
AXE = ROOT / "dispatch/pages/node_modules/axe-core/axe.min.js"
CITY = "generate:2km:7"
SPEED = 20
DESK_PX = {"width": 1440, "height": 900}
PHONE_PX = {"width": 390, "height": 844}
GOES_ON_MS = 15_000
START_TIMEOUT_S = 90
# WebGL in software, the page's own picture as on any machine without a graphics card.
BROWSER_FLAGS = ("--enable-unsafe-swiftshader",)
NO_WEBGL_FLAGS = ("--disable-3d-apis",)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that share a demo go first, so that it need not run beside the others."""
    places = [n for n, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    for n, item in zip(places, sorted((items[n] for n in places), key=lambda item: not _shares(item)), strict=True):
        items[n] = item


def _shares(of: pytest.Item | pytest.FixtureRequest) -> bool:
    module = of.getparent(pytest.Module) if isinstance(of, pytest.Item) else of.node
    return getattr(getattr(module, "obj", None), "SHARES_A_DEMO", False)


@dataclass(frozen=True)
class Demo:
    """A running demo: where it answers, a token of its staff, and the data folder of its server."""

    url: str
    token: str
    folder: Path

    @property
    def console(self) -> str:
        """The link to the desk, as the demo prints it."""
        return f"{self.url}/console#token={self.token}&zone=default"

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What the API answers to staff."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False) as http:
            answer = http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def order(self, **fields: object) -> Any:
        """A new order to an address in the middle of the city; the answer of `POST /v1/orders`."""
        centre = self.call("GET", "/v1/city")["centre"]
        dropoff = {"lat": centre["lat"], "lon": centre["lon"], "address": "1 Test Lane"} | fields.pop("dropoff", {})
        return self.call("POST", "/v1/orders", {"dropoff": dropoff, **fields})


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """How busy the demo is; a module that wants another town has a fixture of this name."""
    return ("--couriers", "8", "--orders-per-hour", "60")


class Demos:
    """Running demos. Starting one costs more than most tests do, so modules whose tests do not mind what others have
    left there (`SHARES_A_DEMO = True`) have the same one, if they want the same town. Every other one ends with its
    module.
    """

    def __init__(self, folder_for: Callable[[str], Path]) -> None:
        self._folder_for = folder_for
        self._shared: dict[tuple[str, ...], tuple[subprocess.Popen[bytes], Demo]] = {}

    def shared(self, town: tuple[str, ...]) -> Demo:
        """The one that modules share."""
        if town not in self._shared:
            self._shared[town] = self._start(town)
        return self._shared[town][1]

    @contextmanager
    def own(self, town: tuple[str, ...]) -> Iterator[Demo]:
        """One for a while."""
        process, demo = self._start(town)
        try:
            yield demo
        finally:
            _end(process)

    def end(self) -> None:
        """Stop those that are shared."""
        while self._shared:
            process, _ = self._shared.popitem()[1]
            _end(process)

    def _start(self, town: tuple[str, ...]) -> tuple[subprocess.Popen[bytes], Demo]:
        folder = self._folder_for("demo")
        first = 18_000 + os.getpid() % 90 * 10  # each worker looks elsewhere: a demo takes seconds to take its port
        port = next(port for port in range(first, first + 1_000) if free_port(port))
        command = [sys.executable, "-m", "dispatch", "demo", "--city", CITY, "--data-dir", str(folder)]
        with (folder / "demo.log").open("wb") as log:
            process = subprocess.Popen(
                [*command, "--port", str(port), "--speed", str(SPEED), *town], cwd=ROOT, stdout=log, stderr=log
            )
        try:
            token = _token(process, folder / "demo.log")
        except BaseException:
            _end(process)
            raise
        return process, Demo(f"http://127.0.0.1:{port}", token, folder / f"demo-{port}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(30)


@pytest.fixture(scope="session")
def demos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demos]:
    """The demos of all modules."""
    demos = Demos(tmp_path_factory.mktemp)
    yield demos
    demos.end()


@pytest.fixture(scope="module")
def demo(request: pytest.FixtureRequest, demos: Demos, town: tuple[str, ...]) -> Iterator[Demo]:
    """A demo that everyone in the module shares."""
    if not (ROOT / "dispatch/web/static/console.html").is_file():
        pytest.fail("The pages are not built: run make setup")
    if _shares(request):
        yield demos.shared(town)
    else:
        demos.end()
        with demos.own(town) as own:
            yield own


@pytest.fixture(scope="module")
def network(demo: Demo) -> Iterator[Network]:
    """The way from the phones to the server."""
    with network_to(httpx.URL(demo.url).port or 0) as network:
        yield network


def _token(process: subprocess.Popen[bytes], log: Path) -> str:
    """The token in the link that the demo prints once it is ready."""
    for _ in range(START_TIMEOUT_S * 5):
        found = re.search(r"#token=([\w.-]+)", log.read_text(encoding="utf-8", errors="replace"))
        if found:
            return found[1]
        assert process.poll() is None, log.read_text(errors="replace")[-2000:]
        time.sleep(0.2)
    raise AssertionError(log.read_text(errors="replace")[-2000:])


@pytest.fixture(scope="module")
def launch(chromium_path: str) -> Iterator[Callable[..., Browser]]:
    """Starts browsers with flags of their own; all are closed at the end."""
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        yield lambda *flags: playwright.chromium.launch(executable_path=chromium_path, args=[*sandbox, *flags])


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """How the browser is started. A module that does not look at the map has a fixture of this name that returns
    `NO_WEBGL_FLAGS`: drawing maps by processor is most of what these tests would cost."""
    return BROWSER_FLAGS


@pytest.fixture(scope="module")
def browser(launch: Callable[..., Browser], flags: tuple[str, ...]) -> Browser:
    """The browser of the module's tests."""
    return launch(*flags)


@dataclass(frozen=True)
class Tab:
    """A page, and everything that its browser complained of."""

    page: Page
    complaints: list[str]

    def data(self, name: str) -> str:
        """A `data-` attribute of the document: what the page publishes for tests."""
        return self.page.locator("html").get_attribute(f"data-{name}") or ""

    def reaches(self, condition: str, within_s: float = 30) -> None:
        """Wait for a state of the document, as a CSS condition on <html>."""
        self.page.wait_for_selector(f"html{condition}", state="attached", timeout=within_s * 1000)

    def goes_on(self) -> None:
        """The change that a dialog has sent is made: as often as the server asks first, for the plan that moved on or
        a rule that it breaks, it is told to go on. What the browser notes about the questions is no fault."""
        dialog, go_on = self.page.get_by_role("dialog"), self.page.get_by_role("button", name="Apply anyway").first
        made, sending = self.page.locator("body:not(:has(dialog[open]))"), dialog.get_by_role("button", name="Sending…")
        for _ in range(3):
            expect(sending).to_have_count(0, timeout=GOES_ON_MS)
            expect(go_on.or_(made).first).to_be_visible(timeout=GOES_ON_MS)
            if not go_on.is_visible():
                break
            go_on.click()
        expect(dialog).to_have_count(0, timeout=GOES_ON_MS)
        self.complaints[:] = [line for line in self.complaints if "409" not in line]


def complaint(line: ConsoleMessage) -> str:
    """What a browser has noted, and about which address."""
    url = str(line.location.get("url", ""))
    return line.text if url in line.text else f"{line.text} {url}"


@pytest.fixture
def open_tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens an address in a window of its own; at the end nothing may have gone wrong in any of them."""
    opened: list[tuple[BrowserContext, Tab]] = []

    def open_(url: str, size: dict[str, int] = DESK_PX, within: Browser = browser, **looks: Any) -> Tab:
        # Every pixel is painted by a processor: a quarter of them show the same layout. What is timed asks for all.
        context = within.new_context(viewport=size, **{"device_scale_factor": 0.5, **looks})
        tab = Tab(context.new_page(), [])
        opened.append((context, tab))
        tab.page.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.page.on("console", lambda line: tab.complaints.append(complaint(line)) if line.type == "error" else None)
        tab.page.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
        tab.page.goto(url)
        return tab

    yield open_
    complaints = [complaint for _, tab in opened for complaint in tab.complaints]
    for context, _ in opened:
        context.close()
    assert complaints == []


@pytest.fixture
def standing(demo: Demo) -> Iterator[str]:
    """A courier on duty at a depot who never sets out, so that there is time to undo; the id."""
    demo.call("PUT", "/v1/couriers/standing", {"name": "Stan Still", "profile": "ebike"})
    token = issue_token(demo.folder.joinpath("secret").read_bytes(), "courier", "standing", (), int(time.time()) + 600)
    depot = demo.call("GET", "/v1/depots")["depots"][0]
    with online(demo.url, token) as phone:
        fix = {"at_ms": phone.business_now_ms, "lat": depot["lat"], "lon": depot["lon"], "acc_m": 5.0}
        phone.socket.send(json.dumps({"t": "pos", "seq": 1, "fixes": [fix]}))
        assert phone.act(t="duty", duty="available")["ok"]
        over = threading.Event()
        beating = threading.Thread(target=beat, args=(phone, over))
        beating.start()
        yield "standing"
        over.set()
        beating.join()
        phone.act(t="duty", duty="off_duty")


def beat(phone: Phone, over: threading.Event) -> None:
    """The heartbeats of a phone, however long the test takes."""
    n = 0
    while not over.wait(5.0):
        n += 1
        phone.socket.send(json.dumps({"t": "ping", "n": n}))


def grave_faults(page: Page) -> list[str]:
    """What axe-core finds on the page that is serious or worse, each with the element."""
    if not AXE.is_file():
        pytest.fail("axe-core is missing: run make setup")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary']}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
