"""What customers change on their own page, against the real server: how it is handed over, where, when, and whether."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dispatch.web.auth import issue_token, tracking_link
from tests.pages.conftest import BROWSER_FLAGS, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.courier_app import DAY_MS, SLEEPY, given_order, hire, open_app, until
from tests.pages.rider import online

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[..., Tab]
REFUSED = re.compile("status of 4(09|22)")


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map, but for one test that has a browser of its own."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """What happens in this town is what the tests do."""
    return SLEEPY


def link_of(demo: Demo, order_id: str) -> str:
    """The address of the customer's page."""
    return f"{demo.url}/t/{tracking_link(demo.folder.joinpath('secret').read_bytes(), order_id)}"


def waiting(demo: Demo, **fields: object) -> dict[str, object]:
    """An order that no planner touches before tomorrow."""
    return dict(demo.order(commit_due_at_ms=int(time.time() * 1000) + DAY_MS, **fields))


def overdue(demo: Demo, ref: str) -> str:
    """An order that is late in a moment, and that nobody has; its page."""
    business_ms = int(str(waiting(demo)["created_at_ms"]))
    return str(waiting(demo, ref=ref, promise_at_ms=business_ms + 60_000, ready_at_ms=business_ms)["track_url"])


def sheet_of(page: Page, wish: str) -> Locator:
    """The sheet of one thing that can be changed."""
    page.locator(f"[data-wish={wish}]").click()
    return page.get_by_role("dialog")


def saved(page: Page) -> None:
    """The change is made, and said so."""
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".wish-said")).to_contain_text(re.compile("Saved|已保存"))


def test_instructions_reach_the_courier_and_two_tabs_do_not_overwrite_each_other(demo: Demo, open_tab: Open) -> None:
    """Written before the pickup, left at the door: the courier reads both at the stop and needs a photo. A second
    window that had not seen it is told, and goes on; at the door nothing is open any more."""
    hire(demo, "ada", "Ada First")
    order_id = given_order(demo, "ada", ref="NOTE-1")
    tabs = [open_tab(link_of(demo, order_id), PHONE_PX) for _ in range(2)]
    mine, other = (tab.page for tab in tabs)
    late = sheet_of(other, "note")
    sheet = sheet_of(mine, "note")
    sheet.get_by_label("What should the courier know?").fill("Behind the plants")
    sheet.get_by_role("checkbox", name="Leave it at my door").check()
    assert grave_faults(mine) == []
    sheet.get_by_role("button", name="Save").click()
    saved(mine)
    expect(mine.locator("[data-wish=note]")).to_contain_text("Behind the plants · Leave it at my door")

    late.get_by_role("button", name="Please ring the bell.").click()
    late.get_by_role("button", name="Save").click()
    expect(late.get_by_role("alert")).to_contain_text("It now says: Behind the plants · Leave it at my door")
    late.get_by_role("checkbox", name="Leave it at my door").check()
    late.get_by_role("button", name="Save mine anyway").click()
    saved(other)
    tabs[1].complaints[:] = [line for line in tabs[1].complaints if not REFUSED.search(line)]

    secret = demo.folder.joinpath("secret").read_bytes()
    with online(demo.url, issue_token(secret, "courier", "ada", (), int(time.time()) + 3_600)) as phone:
        assert phone.report(order_id, "pickup", phone.business_now_ms)["ok"]
    app = open_app(demo, open_tab, "ada")
    stop = app.page.locator(".next-stop")
    expect(stop).to_contain_text("Please ring the bell.")
    expect(stop).to_contain_text("Leave at the door and take a photo")
    app.open_stop("Test Lane")
    expect(app.page.locator(".requires")).to_contain_text("Photo")
    expect(mine.locator("[data-wish=cancel]")).to_have_count(0)
    app.act("Set off", "I am here")
    expect(mine.locator(".wishes")).to_contain_text("Nothing can be changed here any more")
    desk = open_tab(f"{demo.console}")
    desk.page.evaluate("id => { location.hash = `#/orders/${id}`; }", order_id)
    drawer = desk.page.locator(".drawer")
    expect(drawer).to_contain_text("Please ring the bell.")
    expect(drawer).to_contain_text("May be left at the door, with a photo")
    expect(drawer.locator("[data-wishes]")).to_contain_text("Leave at the door")


def test_another_address_is_found_shown_with_its_effect_and_taken(demo: Demo, open_tab: Open) -> None:
    """Typed and chosen by key; the arrival there is shown before it can be confirmed, and everybody sees the new one.
    An answer that does not come changes nothing, and a place outside the city is refused with what to do."""
    order = waiting(demo, ref="MOVED-1")
    tab = open_tab(str(order["track_url"]), PHONE_PX, locale="zh-CN", color_scheme="dark")
    page = tab.page
    sheet = sheet_of(page, "address")
    search = sheet.get_by_label("新地址")
    search.fill("zzzz 1")
    expect(sheet).to_contain_text("没有这样的地址")
    search.fill("s 1")
    found = sheet.locator(".wish-found button").first
    expect(found).to_be_visible()
    address = found.locator("span").inner_text()
    search.press("Enter")
    expect(search).to_have_value(address)
    effect = sheet.locator("[data-effect=nobody]")
    expect(effect).to_contain_text(re.compile(r"\d\d:\d\d"))
    assert grave_faults(page) == []
    page.route("**/address", lambda route: route.abort())
    sheet.get_by_role("button", name="送到那里").click()
    expect(sheet.get_by_role("alert")).to_contain_text("没有任何更改")
    page.unroute("**/address")
    tab.complaints[:] = [line for line in tab.complaints if "ERR_FAILED" not in line]
    sheet.get_by_role("button", name="送到那里").click()
    saved(page)
    expect(page.locator("[data-wish=address]")).to_contain_text(address)
    seen = demo.call("GET", f"/v1/orders/{order['id']}")
    assert (seen["address"], seen["wishes"][-1]["was"]) == (address, "1 Test Lane")


def test_the_pin_is_moved_on_the_map(demo: Demo, open_tab: Open, launch: Callable[..., Browser]) -> None:
    """The map moves under the pin, by keys too: the nearest address is named, and the place is the pin's."""
    order = waiting(demo, ref="PIN-1")
    page = open_tab(str(order["track_url"]), PHONE_PX, within=launch(*BROWSER_FLAGS)).page
    sheet = sheet_of(page, "address")
    expect(sheet.locator("[data-wish-map=painted]")).to_be_visible(timeout=30_000)
    sheet.locator(".maplibregl-canvas").focus()
    page.keyboard.press("ArrowRight")
    search = sheet.get_by_role("searchbox")
    expect(search).not_to_have_value("", timeout=15_000)
    search.fill("The blue gate")
    expect(sheet.locator("[data-effect]")).to_be_visible(timeout=15_000)
    sheet.get_by_role("button", name="Deliver there").click()
    saved(page)
    seen = demo.call("GET", f"/v1/orders/{order['id']}")
    centre = demo.call("GET", "/v1/city")["centre"]
    assert seen["address"] == "The blue gate"
    assert seen["lon"] > centre["lon"] and abs(seen["lat"] - centre["lat"]) < 1e-4


def test_who_waits_for_a_late_order_has_four_choices(demo: Demo, open_tab: Open) -> None:
    """Wait is remembered, over a reload; another time is chosen from what is possible, and nothing is late any more."""
    page = open_tab(overdue(demo, "LATE-1"), PHONE_PX).page
    delay = page.locator(".delay")
    expect(delay).to_contain_text("It is taking longer")
    assert grave_faults(page) == []
    assert delay.get_by_role("button").all_inner_texts() == ["I'll wait", "Another time", "Fetch it", "Cancel"]
    delay.get_by_role("button", name="I'll wait").click()
    expect(delay).to_contain_text("Thank you for waiting")
    page.reload()
    expect(delay).to_contain_text("Thank you for waiting")

    sheet = sheet_of(page, "window")
    window = sheet.get_by_role("radio").nth(2)
    words = sheet.locator(".wish-window").nth(2).inner_text()
    window.check()
    assert grave_faults(page) == []
    sheet.get_by_role("button", name="Choose this time").click()
    saved(page)
    expect(page.locator("h1")).to_contain_text(f"Comes {words}")
    expect(delay).to_have_count(0)
    expect(page.locator("[data-wish=window]")).to_contain_text(words)


def test_a_late_order_is_canceled_by_its_customer_and_the_desk_sees_it(demo: Demo, open_tab: Open) -> None:
    """What it means is said first; the desk's history says by whom."""
    page = open_tab(overdue(demo, "GONE-1"), PHONE_PX).page
    page.locator(".delay").get_by_role("button", name="Cancel").click()
    sheet = page.get_by_role("dialog")
    expect(sheet).to_contain_text("It cannot be taken back")
    assert grave_faults(page) == []
    sheet.get_by_role("button", name="Keep the order").click()
    expect(sheet).to_have_count(0)
    sheet_of(page, "cancel").get_by_role("button", name="Cancel the order").click()
    page.wait_for_selector("html[data-status=canceled]", state="attached")
    expect(page.locator(".wish-row")).to_have_count(0)
    canceled = [o for o in demo.call("GET", "/v1/orders?status=canceled")["orders"] if o.get("ref") == "GONE-1"]
    until(lambda: canceled)
    desk = open_tab(demo.console)
    desk.reaches("[data-link=live]")
    desk.page.evaluate("id => { location.hash = `#/orders/${id}`; }", canceled[0]["id"])
    expect(desk.page.locator(".drawer")).to_contain_text("Canceled by the customer")
