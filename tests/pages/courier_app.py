"""The courier's app in a real browser, as the tests use it: signing in, working a route, being without a network."""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Locator, Page, expect

from dispatch.web.auth import issue_token
from tests.pages.conftest import PHONE_PX, Demo, Tab
from tests.pages.network import Network

ANSWER_WITHIN_S = 20
DAY_MS = 24 * 3_600_000
MAY = ("geolocation", "camera")
SLEEPY = ("--couriers", "1", "--orders-per-hour", "0.1")
"""A town in which hardly anything happens by itself."""
HEAVY_G = 400_000
"""Only a van carries this, and only the tests ride vans: whoever of them is on duty gets the offer."""
NO_NETWORK = re.compile(
    "net::ERR_(INTERNET_DISCONNECTED|CONNECTION_RESET|CONNECTION_REFUSED|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE)"
)


@dataclass(frozen=True)
class App:
    """The app of one courier, in a window the size of a phone."""

    tab: Tab
    demo: Demo
    courier_id: str

    @property
    def page(self) -> Page:
        """The window."""
        return self.tab.page

    @property
    def main_action(self) -> Locator:
        """The one big button at the bottom."""
        return self.page.locator("[data-main-action]")

    def act(self, *labels: str) -> None:
        """Tap the main action once for each of these labels, when it says so."""
        for label in labels:
            expect(self.main_action).to_have_text(label)
            self.main_action.click()

    def go_on_duty(self) -> None:
        """On duty, and the server knows."""
        self.act("Go on duty")
        until(lambda: self.demo.call("GET", f"/v1/couriers/{self.courier_id}")["duty"] == "available")

    def open_tab(self, name: str) -> None:
        """Another of the four pages at the bottom."""
        self.page.get_by_role("navigation").get_by_role("button", name=name).click()

    @contextmanager
    def without(self, network: Network) -> Iterator[None]:
        """No network for a while. What the browser notes about that is no fault."""
        self.page.context.set_offline(True)
        network.cut()
        try:
            self.tab.reaches("[data-link=waiting]")
            yield
        finally:
            network.mend()
            self.page.context.set_offline(False)
            self.tab.complaints[:] = [line for line in self.tab.complaints if not NO_NETWORK.search(line)]

    def reload_offline(self) -> None:
        """Open the app again without a network, which Chromium's pretence of being offline does not outlive."""
        self.page.reload()
        self.page.context.set_offline(False)
        self.page.context.set_offline(True)

    def go_to_route(self) -> None:
        """The route, from wherever one is, as by the phone's back button."""
        self.page.evaluate("location.hash = 'route'")

    def open_stop(self, address: str) -> None:
        """The page of a stop, from the route."""
        self.go_to_route()
        following = self.page.locator(".next-stop").filter(has_text=address)
        row = self.page.locator(".stop-row").filter(has_text=address)
        following.get_by_role("button", name="Details").or_(row).first.click()

    def waits(self, n: int) -> None:
        """The strip says that so many things wait on this phone."""
        expect(self.page.locator(".strip [data-queue]")).to_have_attribute("data-queue", str(n))


def until(holds: Callable[[], object], within_s: float = ANSWER_WITHIN_S) -> None:
    """Wait for something that only the server tells. Raises AssertionError when it does not come."""
    end_s = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < end_s, "The server did not come to that."
        time.sleep(0.1)


def status_of(demo: Demo, order_id: str) -> str:
    """Where the order stands, as the server has it."""
    return str(demo.call("GET", f"/v1/orders/{order_id}")["status"])


def hire(demo: Demo, courier_id: str, name: str, **fields: object) -> None:
    """Make a courier known who rides a van."""
    demo.call("PUT", f"/v1/couriers/{courier_id}", {"name": name, "profile": "van", **fields})


def beside_the_depot(demo: Demo) -> dict[str, Any]:
    """How a window is opened in which the phone is at the depot and may use its place."""
    depot = demo.call("GET", "/v1/depots")["depots"][0]
    place = {"latitude": depot["lat"], "longitude": depot["lon"], "accuracy": 8}
    return {"geolocation": place, "permissions": MAY, "has_touch": True, "is_mobile": True}


def sign_in_link(demo: Demo, courier_id: str, url: str = "") -> str:
    """The address that signs a courier in, as the demo or the support gives it."""
    secret = demo.folder.joinpath("secret").read_bytes()
    token = issue_token(secret, "courier", courier_id, (), int(time.time()) + 3_600)
    return f"{url or demo.url}/courier#token={token}"


def open_app(demo: Demo, open_tab: Callable[..., Tab], courier_id: str, url: str = "", **looks: Any) -> App:
    """The app of a courier who opened such an address."""
    tab = open_tab(sign_in_link(demo, courier_id, url), PHONE_PX, **beside_the_depot(demo), **looks)
    tab.reaches("[data-known='1'][data-link=live]")
    return App(tab, demo, courier_id)


def code_for(demo: Demo, phone: str) -> str:
    """The newest code that the server printed for this number."""
    found: list[str] = []

    def printed() -> bool:
        log = demo.folder.joinpath("server.log").read_text(encoding="utf-8", errors="replace")
        found[:] = re.findall(rf"Sign-in code for {re.escape(phone)}: (\d{{6}})", log)
        return bool(found)

    until(printed)
    return found[-1]


def given_order(demo: Demo, courier_id: str, **fields: object) -> str:
    """An order that no planner touches before tomorrow, and that a dispatcher gives to the courier now; its id."""
    return str(given(demo, courier_id, **fields)["id"])


def given(demo: Demo, courier_id: str, **fields: object) -> dict[str, Any]:
    """See `given_order`: what the shop was answered."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    order: dict[str, Any] = demo.order(commit_due_at_ms=tomorrow_ms, promise_at_ms=tomorrow_ms, **fields)
    wish = {"action": "assign", "order_id": order["id"], "courier_id": courier_id, "reason": "test", "force": True}
    until(lambda: _is_given(demo, wish))
    return order


def _is_given(demo: Demo, wish: dict[str, object]) -> bool:
    """False while the part that plans has not heard of the new order."""
    try:
        demo.call("POST", "/v1/overrides", wish)
    except httpx.HTTPStatusError as refusal:
        if refusal.response.status_code != httpx.codes.NOT_FOUND:
            raise
        return False
    return True


def a_photo(page: Page, width: int = 2_400, height: int = 1_800) -> dict[str, Any]:
    """A picture as a phone's camera makes it (JPEG), for a file field."""
    drawn = page.evaluate(
        """([width, height]) => {
            const canvas = Object.assign(document.createElement("canvas"), { width, height });
            const g = canvas.getContext("2d");
            g.fillStyle = "#356";
            g.fillRect(0, 0, width, height);
            g.fillStyle = "#eca";
            g.fillRect(width / 4, height / 4, width / 2, height / 2);
            return canvas.toDataURL("image/jpeg", 0.9).split(",")[1];
        }""",
        [width, height],
    )
    return {"name": "door.jpg", "mimeType": "image/jpeg", "buffer": base64.b64decode(drawn)}


def left_on_the_phone(page: Page) -> dict[str, Any]:
    """Everything that the browser keeps for this site, by kind of storage."""
    kept = page.evaluate(
        """async () => {
            const databases = {};
            for (const { name } of await indexedDB.databases()) {
                const db = await new Promise((done, fail) => {
                    const asked = indexedDB.open(name);
                    asked.onsuccess = () => done(asked.result);
                    asked.onerror = () => fail(asked.error);
                });
                for (const store of db.objectStoreNames) {
                    databases[`${name}/${store}`] = await new Promise((done) => {
                        const asked = db.transaction(store).objectStore(store).getAllKeys();
                        asked.onsuccess = () => done(asked.result);
                    });
                }
                db.close();
            }
            const cached = [];
            for (const name of await caches.keys())
                for (const { url } of await (await caches.open(name)).keys()) cached.push(new URL(url).pathname);
            return JSON.stringify({
                databases,
                cached,
                local: Object.keys(localStorage),
                session: Object.keys(sessionStorage),
                cookies: document.cookie,
            });
        }"""
    )
    return dict(json.loads(kept))
