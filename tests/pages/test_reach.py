"""Shoppers who have lost their link find their orders; and those who want to are told of changes by their browser."""

import json
import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from tests.pages.conftest import DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.courier_app import until
from tests.support.push_receiver import BrowserKeys, PushService, push_service

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

PHONE = "+8613600136000"
SOON_S = 20.0
SOON_MS = 20_000
DAY_MS = 24 * 3_600_000
Open = Callable[..., Tab]

# No push service can be reached from here: the browser says what one would have told it, and keeps that over a reload.
FAKE_SUBSCRIPTION = """(({ endpoint, p256dh, auth }) => {
    const held = () => {
        const key = localStorage.getItem("fake-push");
        return key && {
            endpoint,
            options: { applicationServerKey: new Uint8Array(JSON.parse(key)).buffer },
            toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
            unsubscribe: async () => true,
        };
    };
    PushManager.prototype.getSubscription = async () => held();
    PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => {
        if (!userVisibleOnly || applicationServerKey.length !== 65) throw new TypeError("a browser would refuse this");
        localStorage.setItem("fake-push", JSON.stringify([...applicationServerKey]));
        return held();
    };
})"""


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> Iterator[tuple[str, ...]]:
    """A small one, whose server may send to the push service of this test."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DISPATCH_PUSH_TARGETS", "any")
        yield ("--couriers", "3", "--orders-per-hour", "10")


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    """A push service."""
    with push_service() as running:
        yield running


def quiet(demo: Demo, **fields: object) -> dict[str, str]:
    """An order that no planner touches before tomorrow."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    times = {"ready_at_ms": tomorrow_ms, "commit_due_at_ms": tomorrow_ms, "promise_at_ms": tomorrow_ms + DAY_MS}
    placed: dict[str, str] = demo.order(**times, **fields)
    return placed


def code_for(demo: Demo, phone: str, after: int = 0) -> str:
    """The newest look-up code that the server printed for this number, when there are more than `after`."""
    found: list[str] = []

    def printed() -> bool:
        log = demo.folder.joinpath("server.log").read_text(encoding="utf-8", errors="replace")
        found[:] = re.findall(rf"Look-up code for {re.escape(phone)}: (\d{{6}})", log)
        return len(found) > after

    until(printed)
    return found[-1]


def test_a_lost_link_is_found_again_with_phone_and_code(demo: Demo, open_tab: Open) -> None:
    """From the dead link over phone, a wrong and the right code to the list and to the order's page; then, in Chinese,
    with the number of an order; and without a network it says so."""
    open_order = quiet(demo, dropoff={"phone": "136 0013 6000"}, ref="LOST-1")
    over = quiet(demo, dropoff={"phone": PHONE}, ref="LOST-2")
    demo.call("POST", f"/v1/orders/{over['id']}/cancel", {"reason": "test"})
    quiet(demo, dropoff={"phone": "+8613700137000"}, ref="SOMEBODY-ELSE")
    tab = open_tab(f"{demo.url}/t/{'A' * 32}", PHONE_PX)
    page = tab.page
    page.get_by_role("link", name="Find another delivery").click()
    tab.reaches("[data-view=ask]")
    assert grave_faults(page) == []
    page.get_by_label("Phone number").last.fill("13600136000")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Enter the code")).to_be_focused()
    assert "1360" not in page.locator("main").inner_text().replace("13600136000", "")
    code = code_for(demo, PHONE)
    page.get_by_label("6-digit code").fill(f"{(int(code) + 1) % 10**6:06d}")
    page.get_by_role("button", name="Show my orders").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is not right", timeout=SOON_MS)
    assert grave_faults(page) == []
    page.get_by_label("6-digit code").fill(code)
    page.keyboard.press("Enter")
    tab.reaches("[data-view=list]")
    expect(page.locator("[data-found]")).to_have_count(2)
    expect(page.locator("[data-found=LOST-1]")).to_contain_text("Finding you a courier")
    expect(page.locator("[data-found=LOST-2]")).to_contain_text("This order was canceled")
    assert grave_faults(page) == []
    page.get_by_role("link", name="LOST-1").click()
    tab.reaches("[data-view=order]")
    assert page.url == open_order["track_url"]

    page = open_tab(f"{demo.url}/t", DESK_PX, locale="zh-CN", color_scheme="dark").page
    page.get_by_role("radio", name="订单号").check()
    page.get_by_label("订单号").last.fill("SOMEBODY-ELSE")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_role("heading", name="请输入验证码")).to_be_visible(timeout=SOON_MS)
    assert "1370" not in page.content()
    page.get_by_label("6 位验证码").fill(code_for(demo, "+8613700137000"))
    page.get_by_role("button", name="查看我的订单").click()
    expect(page.locator("[data-found=SOMEBODY-ELSE]")).to_contain_text("正在为您安排骑手", timeout=SOON_MS)
    assert grave_faults(page) == []
    page.context.set_offline(True)
    expect(page.get_by_role("status")).to_contain_text("没有网络")
    tab.complaints[:] = [line for line in tab.complaints if "401" not in line]


def test_a_browser_is_told_of_what_happens_to_the_order(demo: Demo, open_tab: Open, service: PushService) -> None:
    """Asked for on the page, encrypted by the server, read by the browser's keys, shown by the page's worker; until the
    shopper wants no more of it."""
    order, keys = quiet(demo, ref="TELL-ME"), BrowserKeys()
    tab = open_tab("about:blank", PHONE_PX, locale="zh-CN", timezone_id="Asia/Shanghai", permissions=["notifications"])
    page = tab.page
    given = {"endpoint": service.url("shopper"), "p256dh": keys.p256dh, "auth": keys.auth}
    page.add_init_script(f"{FAKE_SUBSCRIPTION}({json.dumps(given)})")
    page.goto(order["track_url"])
    page.get_by_role("button", name="有变化时通知我").click()
    stop = page.get_by_role("button", name="停止通知")
    expect(stop).to_be_visible(timeout=SOON_MS)
    assert grave_faults(page) == []
    page.reload()
    expect(stop).to_be_visible(timeout=SOON_MS)

    until(lambda: _assigned(demo, order["id"]))
    assert service.wait_for(lambda: service.sent, SOON_S)
    told = service.told(keys)[0]
    assert (told["title"], told["lang"]) == ("骑手已接单", "zh-CN")
    assert re.fullmatch(r"预计 \d\d:\d\d–\d\d:\d\d 送达 · 订单 TELL-ME", told["body"])
    assert told["navigate"] == urlsplit(order["track_url"]).path
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_contain_text("送达", timeout=SOON_MS)
    assert shown_by_worker(tab, told) == [{"title": told["title"], "body": told["body"]}]

    page.get_by_role("button", name="EN").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    until(lambda: 'dispatch_part_total{what="push_subscribed"} 2.0' in httpx.get(f"{demo.url}/metrics").text)
    before = len(service.sent)
    demo.call("POST", f"/v1/orders/{order['id']}/cancel", {"reason": "test"})
    assert service.wait_for(lambda: len(service.sent) > before, SOON_S)
    assert service.told(keys)[-1]["title"] == "Your order was canceled"
    assert service.sent[-1].headers["topic"] == service.sent[0].headers["topic"]

    other = quiet(demo, ref="NO-MORE")
    page.goto(other["track_url"])
    page.get_by_role("button", name="Tell me when it changes").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Tell me when it changes")).to_be_visible(timeout=SOON_MS)
    assert 'push_unsubscribed"} 1.0' in httpx.get(f"{demo.url}/metrics").text


def _assigned(demo: Demo, order_id: str) -> bool:
    """A dispatcher gives the order to a courier; false while the part that plans has not heard of it."""
    couriers = demo.call("GET", "/v1/couriers")["couriers"]
    rider = next((each["id"] for each in couriers if each["duty"] == "available"), "")
    wish = {"action": "assign", "order_id": order_id, "courier_id": rider, "reason": "test", "force": True}
    try:
        demo.call("POST", "/v1/overrides", wish)
    except httpx.HTTPStatusError as refusal:
        if refusal.response.status_code != httpx.codes.NOT_FOUND:
            raise
        return False
    return True


def shown_by_worker(tab: Tab, told: dict[str, object]) -> list[dict[str, str]]:
    """The notifications that the page's worker shows when the browser hands it this message."""
    session = tab.page.context.new_cdp_session(tab.page)
    registrations: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(
            each["registrationId"] for each in event["registrations"] if each["scopeURL"].endswith("/t/")
        ),
    )
    session.send("ServiceWorker.enable")
    until(lambda: tab.page.evaluate("1") and registrations)
    origin = "/".join(tab.page.url.split("/")[:3])
    message = {"origin": origin, "registrationId": registrations[-1], "data": json.dumps({"notification": told})}
    session.send("ServiceWorker.deliverPushMessage", message)
    listing = """async () => {
        const registration = await navigator.serviceWorker.getRegistration("/t/");
        const shown = await registration.getNotifications();
        return shown.map(({ title, body }) => ({ title, body }));
    }"""
    until(lambda: tab.page.evaluate(listing))
    shown: list[dict[str, str]] = tab.page.evaluate(listing)
    return shown
