"""Returns, exchanges and repairs: asked for on the shopper's page, answered at the desk, received at the depot."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.rider import online
from tests.pages.test_after import on_duty
from tests.pages.test_conflicts import Words, give, quiet_order

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[..., Tab]
SOON_MS = 25_000
"""Longer than the pages wait until they look again."""
HEARD_MS = 45_000
"""Longer than the desk waits until it looks for what is new."""


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """Nobody buys but the tests."""
    return ("--couriers", "1", "--orders-per-hour", "1")


@pytest.fixture(scope="module")
def ada(demo: Demo) -> str:
    """The token of a courier who is ridden by the tests, on duty; five chargers lie at the first depot."""
    demo.call("PUT", "/v1/skus/charger", {"name": "Charger", "category": "electronics"})
    line = {"sku": "charger", "quantity": 5, "lot": "A"}
    demo.call("POST", "/v1/stock:receive", {"depot_id": depot_of(demo), "lines": [line]})
    return on_duty(demo)


def depot_of(demo: Demo) -> str:
    return str(demo.call("GET", "/v1/depots")["depots"][0]["id"])


def ride(demo: Demo, token: str, order: Words) -> None:
    """Ada brings an order from where it is to where it goes."""
    give(demo, order, "ada")
    with online(demo.url, token) as phone:
        for kind in ("pickup", "dropoff"):
            assert phone.report(order["id"], kind, phone.business_now_ms)["ok"]


def brought(demo: Demo, token: str, ref: str) -> Words:
    """An order with two chargers and a card that Ada has brought."""
    lines = [{"name": "<b>Charger</b>", "sku": "charger", "quantity": 2}, {"name": "A card"}]
    order = quiet_order(demo, ref=ref, depot_id=depot_of(demo), lines=lines)
    ride(demo, token, order)
    return order


def ask_for_two(page: Page) -> Locator:
    """The shopper wants to give both chargers back, in the evening in three days."""
    page.locator("[data-action=claim]").click(timeout=SOON_MS)
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="Ask for it").click()
    expect(sheet.get_by_role("alert")).to_have_text("Choose what it is about.")
    sheet.locator("[data-choice=repair]").click()
    expect(sheet.locator("[data-choice=no_reason]")).to_have_count(0)
    sheet.locator("[data-choice=return]").click()
    sheet.locator("[data-choice=quality]").click()
    sheet.get_by_label("Pieces of <b>Charger</b>").select_option("2")
    sheet.get_by_label("Tell us more").fill("Does not <i>charge</i>.")
    visits = sheet.get_by_label("When can a courier come for it?")
    visits.select_option(index=visits.locator("option").count() - 1)
    assert grave_faults(page) == []
    sheet.get_by_role("button", name="Ask for it").click()
    return page.locator("[data-claim]").first


def test_a_return_from_the_shopper_to_the_shelf(demo: Demo, ada: str, open_tab: Open) -> None:
    """Asked for on a phone, granted at the desk by keys, fetched by a courier, received line by line; each side sees
    what the other one did without a reload, and the stock is what the depot said."""
    order = brought(demo, ada, "BACK-1")
    shopper, desk = open_tab(order["track_url"], PHONE_PX), open_tab(demo.console)
    desk.reaches("[data-link=live]")
    mine = ask_for_two(shopper.page)
    expect(mine).to_contain_text("Return <b>Charger</b> × 2", timeout=SOON_MS)
    expect(shopper.page.get_by_text("You have an answer by").first).to_be_visible()

    page, dialog = desk.page, desk.page.get_by_role("dialog")
    expect(page.locator(".notice")).to_contain_text("A customer asks for a return", timeout=HEARD_MS)
    page.keyboard.press("B")
    assert page.url.endswith("#/after-sales")
    row = page.locator("[data-claims] tr[data-status=requested]")
    expect(row).to_contain_text("BACK-1", timeout=SOON_MS)
    page.keyboard.press("j")
    drawer = page.locator("[data-claims] [data-drawer]")
    expect(drawer).to_contain_text("Does not <i>charge</i>.")
    assert grave_faults(page) == []
    drawer.locator("[data-act=approve]").press("Enter")
    dialog.get_by_label("Words to the customer").fill("We are sorry.")
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("Agreed: Return")
    expect(mine).to_contain_text("Agreed. A courier comes for it", timeout=SOON_MS)
    expect(mine).to_contain_text("We are sorry.")
    expect(mine.get_by_role("link", name="Follow the courier")).to_have_attribute("href", re.compile("^/t/"))

    claim = demo.call("GET", "/v1/after-sales?status=approved")["claims"][0]
    ride(demo, ada, {"id": claim["pickup_order_id"]})
    expect(drawer).to_contain_text("Arrived", timeout=SOON_MS)
    expect(mine).to_contain_text("It has arrived", timeout=SOON_MS)
    drawer.locator("[data-act=receive]").press("Enter")
    expect(dialog.get_by_label("Back in stock: <b>Charger</b>")).to_be_focused()
    dialog.get_by_label("Written off: <b>Charger</b>").fill("1")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("At most 2 can have come back.")
    dialog.get_by_label("Back in stock: <b>Charger</b>").fill("1")
    dialog.get_by_label("Lot number").fill("A")
    assert grave_faults(page) == []
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("Received: Return")
    expect(mine).to_contain_text("We have it back. This is done.", timeout=SOON_MS)
    (shelf,) = demo.call("GET", "/v1/stock?sku=charger")["shelves"]
    assert (shelf["on_hand"], [lot["lot"] for lot in shelf["lots"]]) == (4, ["A"])
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    page.locator("[data-filter=all]").click()
    page.locator("tr[data-status=done] button").click()
    expect(drawer).to_contain_text("1 back in stock, 1 written off")
    drawer.get_by_role("button", name="BACK-1").click()
    assert page.url.endswith(f"#/orders/{order['id']}")
    page.locator(".drawer").get_by_role("button", name="Return: <b>Charger</b> × 2").click()
    assert page.url.endswith(f"#/after-sales/{claim['id']}")


def test_a_refusal_in_chinese_on_phones(demo: Demo, ada: str, open_tab: Open) -> None:
    """The desk says why on a phone; the shopper reads it even when the page of the delivery has expired, withdraws
    another request there, and sees what is left."""
    order = brought(demo, ada, "BACK-2")

    def expired(socket: WebSocketRoute) -> None:
        socket.close(code=3506, reason="expired")

    shopper = open_tab("about:blank", PHONE_PX, locale="zh-CN", has_touch=True)
    shopper.page.route_web_socket("**/v1/live", expired)
    shopper.page.goto(order["track_url"])
    page, sheet = shopper.page, shopper.page.get_by_role("dialog")
    for line in ("1", "0"):
        page.locator("[data-action=claim]").click(timeout=SOON_MS)
        sheet.locator("[data-choice=quality]").click()
        sheet.locator(f"[data-line='{line}'] input").check()
        sheet.get_by_role("button", name="提交申请").click()
        expect(sheet).to_have_count(0, timeout=SOON_MS)
    expect(page.locator("[data-claims='2']")).to_be_visible()
    assert grave_faults(page) == []
    card = page.locator("[data-claim]").filter(has_text="A card")
    card.get_by_role("button", name="撤回申请").click()
    expect(card).to_have_attribute("data-claim", "withdrawn", timeout=SOON_MS)

    desk = open_tab(demo.console, PHONE_PX, locale="zh-CN", has_touch=True)
    desk.reaches("[data-link=live]")
    desk.page.evaluate("location.hash = '#/after-sales'")
    desk.page.locator("[data-filter=requested]").click()
    desk.page.locator("tr[data-claim] button").filter(has_text="Charger").first.click(timeout=SOON_MS)
    desk.page.locator("[data-act=refuse]").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_role("button", name="拒绝", exact=True).click()
    expect(dialog).to_contain_text("请告诉顾客原因。")
    dialog.get_by_label("告诉顾客原因").fill("已使用过")
    assert grave_faults(desk.page) == []
    dialog.get_by_role("button", name="拒绝", exact=True).click()
    expect(desk.page.locator(".notice")).to_contain_text("已拒绝：退货")
    refused = page.locator("[data-claim=refused]")
    expect(refused).to_contain_text("已使用过", timeout=SOON_MS)


def test_the_desk_asks_for_a_customer_who_called(demo: Demo, ada: str, open_tab: Open) -> None:
    """From the order's page: what it can be about is offered, nothing chosen is said, and the request is listed."""
    order = brought(demo, ada, "CALL-1")
    desk = open_tab(demo.console)
    desk.reaches("[data-link=live]")
    page = desk.page
    page.evaluate(f"location.hash = '#/orders/{order['id']}'")
    drawer, fold = page.locator(".drawer"), page.locator(".claim-new")
    fold.get_by_text("Return, exchange or repair for the customer").click()
    fold.get_by_label("What the customer wants").select_option("exchange")
    fold.get_by_label("Why").select_option("damaged")
    fold.get_by_role("button", name="Ask for it").click()
    expect(fold.get_by_role("alert")).to_have_text("Choose at least one piece.")
    fold.get_by_label("Pieces of <b>Charger</b>, at most 2").select_option("1")
    fold.get_by_label("In the customer’s words").fill("It came broken.")
    assert grave_faults(page) == []
    fold.get_by_role("button", name="Ask for it").click()
    expect(drawer.get_by_role("button", name="Exchange: <b>Charger</b> × 1")).to_be_visible(timeout=SOON_MS)
    fold.get_by_text("Return, exchange or repair for the customer").click()
    expect(fold.get_by_label("Pieces of <b>Charger</b>, at most 1")).to_be_visible()
    (claim,) = demo.call("GET", f"/v1/after-sales?order_id={order['id']}")["claims"]
    assert (claim["kind"], claim["reason"], claim["text"]) == ("exchange", "damaged", "It came broken.")
