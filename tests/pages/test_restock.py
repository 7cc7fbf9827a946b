"""What is to be done about stock, at the desk: what is low, and a transfer that was advised and is made."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults

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


def stocked(demo: Demo) -> list[str]:
    """The ids of two depots; the first has two packets of tea, of which five are too few, the second has forty."""
    giver, taker = (each["id"] for each in demo.call("GET", "/v1/depots")["depots"][:2])
    demo.call("PUT", "/v1/skus/tea", {"name": "Tea", "low_at": 5})
    for depot_id, pieces in ((taker, 2), (giver, 40)):
        lines = [{"sku": "tea", "quantity": pieces}]
        demo.call("POST", "/v1/stock:count", {"depot_id": depot_id, "lines": lines})
    return [taker, giver]


def test_what_is_low_is_counted_and_an_advised_transfer_ends_it(demo: Demo, open_tab: Open) -> None:
    """The advice comes as the server writes it (it takes days to have one); the rest is real: the dialog is filled in,
    the goods move, and the shelf is low no more.
    """
    taker, giver = stocked(demo)
    move = {"sku": "tea", "name": "Tea", "from_depot_id": giver, "to_depot_id": taker, "quantity": 12}
    figures = {"quantity": 3, "has": 2, "wants": 17, "daily": 4.25, "empty_at_ms": 0, "coming": 0}
    order = {"depot_id": taker, "sku": "tea", "name": "Tea", **figures}
    policy = {"days": 3, "lead_h": 24, "service_percent": 95, "demand_percent": 100}
    advice = {**policy, "transfers": [move], "orders": [order], "unknown": 1}
    tab = open_tab(demo.console)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    page.route("**/v1/stock/advice?*", lambda route: route.fulfill(json=advice))
    tab.reaches("[data-link=live]")
    page.keyboard.press("S")
    alerts = page.locator("[data-view=alerts]")
    expect(alerts).to_have_attribute("data-count", "1", timeout=SOON_MS)
    alerts.press("Enter")
    low = page.locator(f"[data-alerts=low] [data-alert='{taker}/tea']")
    expect(low).to_contain_text("2 free, low below 5, since")
    assert grave_faults(page) == []
    low.press("Enter")
    expect(page.locator(f"[data-drawer='{taker}/tea']")).to_be_visible()
    page.keyboard.press("Escape")

    page.locator("[data-view=advice]").press("Enter")
    expect(page.locator("[data-order-advised]")).to_contain_text("4.3")
    with page.expect_download() as saved:
        page.locator("[data-action=save-advice]").press("Enter")
    assert saved.value.suggested_filename == "advice.csv"
    assert grave_faults(page) == []
    page.get_by_role("button", name="Transfer 12 of Tea").press("Enter")
    expect(dialog.get_by_label("Pieces")).to_have_value("12")
    expect(dialog.get_by_label("To depot")).to_have_value(taker)
    dialog.get_by_role("button", name="Move").press("Enter")
    expect(page.locator(".notice")).to_contain_text("12", timeout=SOON_MS)
    (shelf,) = demo.call("GET", f"/v1/stock?depot={taker}&sku=tea")["shelves"]
    assert (shelf["on_hand"], shelf["is_low"]) == (14, False)
    expect(alerts).to_have_attribute("data-count", "0", timeout=SOON_MS)


def test_what_is_on_order_is_announced(demo: Demo, open_tab: Open) -> None:
    """Said for a day, shown with the shelf and in its ledger until it comes; a day that is over is refused."""
    taker, _ = stocked(demo)
    tab = open_tab(demo.console)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    tab.reaches("[data-link=live]")
    page.keyboard.press("S")
    page.locator(f"[data-shelf='{taker}/tea'] button").press("Enter")
    drawer = page.locator(f"[data-drawer='{taker}/tea']")
    drawer.locator("[data-act=announce]").press("Enter")
    expect(dialog.get_by_label("Pieces")).to_be_focused()
    page.keyboard.type("24")
    dialog.get_by_label("Expected on").fill("2020-01-31")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Expected on")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Expected on").fill("2039-12-31")
    assert grave_faults(page) == []
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("On order: 24", timeout=SOON_MS)
    expect(drawer.locator("[data-coming='2039-12-31']")).to_contain_text("24")
    expect(drawer.locator("[data-move=announced]")).to_contain_text("announced 24", timeout=SOON_MS)
    demo.call("POST", "/v1/stock:receive", {"depot_id": taker, "lines": [{"sku": "tea", "quantity": 24}]})
    expect(drawer.locator("[data-coming]")).to_have_count(0, timeout=SOON_MS)


def test_alerts_and_advice_fit_a_phone(demo: Demo, open_tab: Open) -> None:
    """In Chinese; where too little is known yet it is said so, and what cannot be had says why."""
    stocked(demo)
    tab = open_tab(demo.console, PHONE_PX, locale="zh-CN", has_touch=True)
    page = tab.page
    tab.reaches("[data-link=live]")
    page.evaluate("location.hash = '#/stock'")
    page.locator("[data-view=alerts]").click()
    expect(page.locator("[data-alerts=low]")).to_contain_text("低于预警线 5 件", timeout=SOON_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("[data-view=advice]").click()
    expect(page.locator("[data-watched]")).to_contain_text("历史数据不足", timeout=SOON_MS)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave_faults(page) == []
    page.route("**/v1/stock/advice?*", lambda route: route.abort())
    expect(page.locator(".stock-old")).to_contain_text("服务器没有响应", timeout=SOON_MS)
    page.get_by_label("预计需求").select_option("150")
    expect(page.get_by_role("alert")).to_contain_text("无法连接服务器")
    tab.complaints.clear()


def test_a_delivery_is_split_between_depots(demo: Demo, open_tab: Open) -> None:
    """Proposed in equal parts, since nobody has bought any; changed, refused until it adds up, and received at all."""
    depots = [each["id"] for each in demo.call("GET", "/v1/depots")["depots"]]
    demo.call("PUT", "/v1/skus/rice", {"name": "Rice"})
    pieces = 10 * len(depots)
    tab = open_tab(demo.console)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    tab.reaches("[data-link=live]")
    page.keyboard.press("S")
    page.locator("[data-action=goods]").press("Enter")
    dialog.get_by_role("button", name="Split a delivery of Rice").press("Enter")
    expect(dialog.get_by_label("Pieces")).to_be_focused()
    page.keyboard.type(str(pieces))
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("In equal parts", timeout=SOON_MS)
    first, second = (dialog.locator(f"[data-part='{each}'] input") for each in depots[:2])
    expect(first).to_have_value("10")
    first.fill("14")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text(f"add up to {pieces} pieces")
    second.fill("6")
    expect(dialog.locator("[data-sum]")).to_have_attribute("data-sum", str(pieces))
    assert grave_faults(page) == []
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("were split and received", timeout=SOON_MS)
    shelves = demo.call("GET", "/v1/stock?sku=rice")["shelves"]
    assert {each["depot_id"]: each["on_hand"] for each in shelves} == {
        **dict.fromkeys(depots, 10),
        depots[0]: 14,
        depots[1]: 6,
    }
