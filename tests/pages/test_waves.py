"""A depot's work on a phone: what is to be picked is found, scanned piece by piece, and packed with the last one."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.test_live_pages import quiet_order

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[..., Tab]
SOON_MS = 15_000


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """Nobody buys but the tests."""
    return ("--couriers", "1", "--orders-per-hour", "1")


def stocked(demo: Demo) -> str:
    """The first depot has tea with a barcode; its id."""
    depot_id = str(demo.call("GET", "/v1/depots")["depots"][0]["id"])
    demo.call("PUT", "/v1/skus/tea", {"name": "Tea", "barcode": "6901234"})
    demo.call("POST", "/v1/stock:receive", {"depot_id": depot_id, "lines": [{"sku": "tea", "quantity": 50}]})
    return depot_id


def ordered(demo: Demo, depot_id: str, ref: str, pieces: int) -> str:
    return quiet_order(
        demo, ref=ref, depot_id=depot_id, lines=[{"name": "Tea", "sku": "tea", "quantity": pieces}, {"name": "Bag"}]
    )


def steps(demo: Demo, order_id: str) -> list[str]:
    return [each["step"] for each in demo.call("GET", f"/v1/orders/{order_id}").get("preparation", [])]


def scan(page: Page, code: str) -> None:
    """As a scanner does that is a keyboard."""
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def test_a_wave_is_scanned_and_packed_on_a_phone(demo: Demo, open_tab: Open) -> None:
    """What is scanned is ticked, what is not in it is told, a reload forgets nothing, and the last piece packs both."""
    depot_id = stocked(demo)
    orders = [ordered(demo, depot_id, ref, n) for ref, n in (("W-1", 2), ("W-2", 1))]
    tab = open_tab(demo.console, PHONE_PX, locale="zh-CN", has_touch=True)
    page = tab.page
    tab.reaches("[data-link=live]")
    page.evaluate("id => { location.hash = '#/waves/' + id; }", depot_id)
    row = page.locator("[data-wave='~']")
    expect(row).to_contain_text("尚未分配骑手", timeout=SOON_MS)
    expect(row).to_have_attribute("data-state", "open")
    assert grave_faults(page) == []
    row.click()

    drawer, tea = page.locator("[data-drawer=wave]"), page.locator("[data-line=tea]")
    expect(tea).to_contain_text("0/3")
    box = drawer.get_by_label("扫描或输入条码")
    box.click()
    scan(page, "0000")
    expect(drawer.get_by_role("status")).to_contain_text("不在本波次中")
    scan(page, "6901234")
    expect(tea).to_have_attribute("data-ticked", "1")
    expect(drawer.locator("[data-step=picking]")).to_have_count(2, timeout=SOON_MS)
    assert [steps(demo, order_id) for order_id in orders] == [["picking"], ["picking"]]
    expect(box).to_be_focused()
    scan(page, "tea")
    page.reload()
    tab.reaches("[data-link=live]")
    expect(tea).to_have_attribute("data-ticked", "2", timeout=SOON_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave_faults(page) == []

    box.click()
    scan(page, "6901234")
    drawer.locator("[data-line=Bag] button").click()
    expect(page.locator(".notice")).to_contain_text("已打包：2 单", timeout=SOON_MS)
    expect(drawer.locator("[data-step=packed]")).to_have_count(2, timeout=SOON_MS)
    assert [steps(demo, order_id)[-1] for order_id in orders] == ["packed", "packed"]
    expect(box).to_have_count(0)


def test_the_desk_opens_a_depot_s_work_by_its_key(demo: Demo, open_tab: Open) -> None:
    """By keys alone: the panel, a wave, all packed, back out; an order that ended meanwhile is told."""
    depot_id = stocked(demo)
    kept, gone = (ordered(demo, depot_id, ref, 1) for ref in ("K-1", "K-2"))
    tab = open_tab(demo.console)
    page = tab.page
    tab.reaches("[data-link=live]")
    page.keyboard.press("W")
    panel = page.locator("[data-waves]")
    panel.get_by_label("Depot").select_option(depot_id)
    assert page.url.endswith(f"#/waves/{depot_id}")
    page.keyboard.press("Tab")
    page.locator("[data-wave='~']").press("Enter")
    drawer = page.locator("[data-drawer=wave]")
    expect(drawer.get_by_role("heading", name="Without a courier")).to_be_focused()
    page.route("**/waves?*", lambda route: route.abort())
    demo.call("POST", f"/v1/orders/{gone}/cancel", {"reason": "no"})
    drawer.locator("[data-act=packed]").press("Enter")
    expect(page.locator(".notice")).to_contain_text("could not be changed: 1. The order has ended", timeout=SOON_MS)
    assert steps(demo, kept) == ["packed"]
    expect(page.locator(".stock-old")).to_contain_text("The server does not answer", timeout=SOON_MS)
    page.unroute("**/waves?*")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    assert grave_faults(page) == []
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    tab.complaints.clear()


def test_a_courier_s_wave_counts_down(demo: Demo, open_tab: Open) -> None:
    """As soon as somebody is planned for an order its wave has their name and the time that is left; once it is packed
    the wave says so.
    """
    depot_id = stocked(demo)
    tab = open_tab(demo.console)
    page = tab.page
    tab.reaches("[data-link=live]")
    page.evaluate("id => { location.hash = '#/waves/' + id; }", depot_id)
    ready_ms = int(time.time() * 1000) + 20 * 60_000
    lines = [{"name": "Tea", "sku": "tea"}]
    order_id = demo.order(depot_id=depot_id, lines=lines, ready_at_ms=ready_ms, commit_due_at_ms=ready_ms - 600_000)[
        "id"
    ]
    demo.call("POST", f"/v1/orders/{order_id}/preparation", {"step": "picking"})
    row = page.locator("[data-wave]").filter(has_text=re.compile("Courier (at|is here)")).first
    expect(row).to_contain_text(re.compile("Due in|late"), timeout=60_000)
    expect(row).to_contain_text(re.compile("Orders: 1, pieces: 1"))
    demo.call("POST", f"/v1/depots/{depot_id}/waves:prepare", {"step": "packed", "order_ids": [order_id]})
    expect(row).to_have_attribute("data-state", "packed", timeout=SOON_MS)
    assert grave_faults(page) == []


def test_labels_and_delivery_notes_are_printed(demo: Demo, open_tab: Open) -> None:
    """Of a whole wave, and of one order; when they cannot be made that is said."""
    depot_id = stocked(demo)
    order_id = ordered(demo, depot_id, "P-1", 1)
    ordered(demo, depot_id, "P-2", 1)
    tab = open_tab(demo.console)
    page = tab.page
    tab.reaches("[data-link=live]")
    page.evaluate("id => { location.hash = '#/waves/' + id; }", depot_id)
    page.locator("[data-wave='~']").click()
    drawer = page.locator("[data-drawer=wave]")
    assert printed(page, drawer, "Labels").startswith("labels-wave")
    page.route("**/v1/papers?*", lambda route: route.abort())
    drawer.get_by_role("button", name="Delivery notes").click()
    expect(drawer.get_by_role("alert")).to_contain_text("could not be made")
    page.unroute("**/v1/papers?*")
    tab.complaints.clear()
    page.evaluate("id => { location.hash = '#/orders/' + id; }", order_id)
    assert printed(page, page.locator(".drawer"), "Delivery notes") == "delivery-notes-P-1.pdf"
    assert grave_faults(page) == []


def printed(page: Page, part: Locator, button: str) -> str:
    """The name of the PDF that the button makes."""
    with page.expect_download() as made:
        part.get_by_role("button", name=button).click()
    assert made.value.path().read_bytes().startswith(b"%PDF-")
    return made.value.suggested_filename
