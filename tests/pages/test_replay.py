"""The desk goes back in time: an order that is delivered is seen as it was, nothing can be changed, and now is back."""

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dispatch.web.auth import issue_token
from tests.pages.conftest import DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.rider import online

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

DAY_MS = 24 * 3_600_000
SOON_MS = 20_000
NORTH_DEG = 0.0006
"""Some 65 m."""
Open = Callable[..., Tab]
Words = dict[str, Any]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Places are read from the drawer; nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """A calm town: its own riders take nothing away from the one of this test."""
    return ("--couriers", "2", "--orders-per-hour", "20")


@dataclass(frozen=True)
class Ride:
    """An order that Ada brings, and where she is."""

    demo: Demo
    token: str
    order: Words
    place: Words

    def act(self, stop: str, north_deg: float) -> float:
        """She says where she is and that she has done something there; the latitude."""
        lat = round(self.place["lat"] + north_deg, 6)
        with online(self.demo.url, self.token) as phone:
            now_ms = phone.business_now_ms
            fix = {"at_ms": now_ms, "lat": lat, "lon": self.place["lon"], "acc_m": 5}
            phone.socket.send(json.dumps({"t": "pos", "seq": 1, "fixes": [fix]}))
            assert phone.report(self.order["id"], stop, now_ms)["ok"]
        return lat


@pytest.fixture(scope="module")
def far() -> Words:
    """Times of an order that no planner touches, since it wants no courier before tomorrow."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    return {"ready_at_ms": tomorrow_ms, "commit_due_at_ms": tomorrow_ms, "promise_at_ms": tomorrow_ms + DAY_MS}


@pytest.fixture
def ride(demo: Demo, far: Words) -> Ride:
    """A dispatcher has given the order to Ada, because she asked for it."""
    secret, centre = demo.folder.joinpath("secret").read_bytes(), demo.call("GET", "/v1/city")["centre"]
    demo.call("PUT", "/v1/couriers/ada", {"name": "Ada First", "profile": "ebike"})
    token = issue_token(secret, "courier", "ada", (), int(time.time()) + 3_600)
    order = demo.order(ref="GONE-BY", **far)
    with online(demo.url, token) as phone:
        assert phone.act(t="duty", duty="available")["ok"]
    wish = {"action": "assign", "order_id": order["id"], "courier_id": "ada", "reason": "she asked for it"}
    demo.call("POST", "/v1/overrides", {**wish, "force": True})
    return Ride(demo, token, order, centre)


def open_order(page: Page, ref: str) -> None:
    """Search for an order and open it."""
    page.get_by_role("textbox", name="Search").fill(ref)
    page.locator("[data-order]").filter(has_text=ref).click()


def entry(page: Page, words: str) -> Locator:
    """The newest entry of the history that says this."""
    return page.locator(".entry").filter(has=page.locator(".entry-sentence", has_text=words)).first


def reads_the_history(page: Page) -> None:
    """Who did what, and why; an entry shows what it changed."""
    page.locator(".drawer").get_by_text("Full history").click()
    expect(entry(page, "Delivered")).to_contain_text("Ada First")
    expect(entry(page, "Changed by hand: assigned")).to_contain_text("she asked for it")
    expect(entry(page, "The order was placed")).to_be_visible()
    given = entry(page, "Assigned to Ada First")
    given.get_by_text("Details").click()
    expect(given.locator(".entry-change").first).to_contain_text("Assigned")


def is_locked(page: Page) -> None:
    """The past is said to be the past, and nothing of it can be changed."""
    drawer = page.locator(".drawer")
    expect(page.locator(".past-banner")).to_contain_text(re.compile(r"As it was at \d\d:\d\d:\d\d"))
    expect(entry(page, "Picked up")).to_have_attribute("aria-current", "step")
    expect(entry(page, "Delivered")).to_contain_class("later")
    expect(drawer).to_contain_text("This is the past: nothing can be changed")
    expect(drawer.locator("[data-action]").first).to_be_disabled()
    expect(drawer.locator("textarea:enabled, input:enabled")).to_have_count(0)
    page.keyboard.press("x")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert grave_faults(page) == []


def is_shared(demo: Demo, open_tab: Open, moment: str) -> None:
    """The moment opens on a phone, in Chinese and dark."""
    shared = open_tab(f"{demo.console}&at={moment}", PHONE_PX, locale="zh-CN", color_scheme="dark")
    shared.reaches(f"[data-at='{moment}']")
    expect(shared.page.locator(".past-banner")).to_contain_text("时的情况")
    assert grave_faults(shared.page) == []
    assert shared.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def is_played(page: Page, moment: int) -> None:
    """A step back, and on from there until it is held."""
    moved = "([at, by]) => (Number(document.documentElement.dataset.at) - at) * by > 0"
    page.get_by_role("button", name="To the event before").click()
    page.wait_for_function(moved, arg=[moment, -1])
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(moved, arg=[moment, 1])
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.get_by_role("button", name="×60").click()
    expect(page.get_by_role("button", name="×60")).to_have_attribute("aria-pressed", "true")


def test_a_delivered_order_is_seen_as_it_was(demo: Demo, open_tab: Open, ride: Ride, far: Words) -> None:
    """Told in sentences, dragged back to, locked there, shared by its address, stepped through, and back to now."""
    picked_lat = ride.act("pickup", 0)
    desk = open_tab(demo.console)
    desk.reaches("[data-link=live]")
    page, drawer = desk.page, desk.page.locator(".drawer")
    status = drawer.locator(".drawer-chips").first
    open_order(page, "GONE-BY")
    expect(status).to_contain_text("Picked up")
    delivered_lat = ride.act("dropoff", NORTH_DEG)
    expect(status).to_contain_text("Delivered")
    reads_the_history(page)

    entry(page, "Picked up").locator(".entry-time").click()
    desk.reaches("[data-at]:not([data-at=''])")
    expect(status).to_contain_text("Picked up")
    is_locked(page)
    moment = desk.data("at")
    assert page.url.endswith(f"#/orders/{ride.order['id']}&at={moment}")
    is_shared(demo, open_tab, moment)
    drawer.get_by_role("button", name="Ada First").first.click()
    expect(drawer.locator("h2")).to_have_text("Ada First")
    lat = float((drawer.locator("[data-place]").get_attribute("data-place") or "").split(",")[0])
    assert abs(lat - picked_lat) < abs(lat - delivered_lat)
    is_played(page, int(moment))

    page.get_by_role("button", name="Back to now", exact=True).click()
    desk.reaches("[data-at='']")
    expect(page.locator(".past-banner")).to_have_count(0)
    assert "at=" not in page.url
    open_order(page, "GONE-BY")
    expect(status).to_contain_text("Delivered")
    demo.order(ref="AFTER-ALL", **far)
    page.get_by_role("textbox", name="Search").fill("AFTER-ALL")
    expect(page.locator("[data-order]").filter(has_text="AFTER-ALL")).to_be_visible()


def test_the_slider_by_keys_and_what_cannot_be_shown(demo: Demo, open_tab: Open) -> None:
    """`b` opens the bar, keys drag the slider; a moment that fails says so and can be tried again; a role may not."""
    answers: list[Words] = [{"status": 500, "json": {}}]
    desk = open_tab("about:blank", DESK_PX)
    page, banner = desk.page, desk.page.locator(".past-banner")
    as_of = re.compile(r"/as-of")
    page.route(as_of, lambda route: route.fulfill(**answers.pop()) if answers else route.continue_())
    page.goto(demo.console)
    desk.reaches("[data-link=live]")
    page.keyboard.press("b")
    expect(banner).to_contain_text("That moment cannot be loaded")
    banner.get_by_role("button", name="Try again").click()
    expect(banner).to_have_count(0, timeout=SOON_MS)
    slider = page.get_by_role("slider", name="The moment that is shown")
    expect(slider).to_have_attribute("aria-valuetext", "Now")
    slider.focus()
    page.keyboard.press("PageDown")
    desk.reaches("[data-at]:not([data-at=''])")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d\d:\d\d:\d\d"))
    page.keyboard.press("End")
    desk.reaches("[data-at='']")
    page.keyboard.press("b")
    expect(slider).to_have_count(0)
    desk.complaints[:] = [line for line in desk.complaints if "500" not in line]

    secret = demo.folder.joinpath("secret").read_bytes()
    token = issue_token(secret, "depot", "dee", (), int(time.time()) + 3_600)
    depot = open_tab(f"{demo.url}/console#token={token}&zone=default")
    depot.reaches("[data-link=live]")
    depot.page.keyboard.press("b")
    expect(depot.page.locator(".past-banner")).to_contain_text("Your role may not look at the past")
    depot.complaints[:] = [line for line in depot.complaints if "403" not in line]
