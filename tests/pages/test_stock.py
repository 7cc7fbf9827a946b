"""What the depots have, at the desk: goods registered, received, promised to an order, counted; and lists imported."""

import csv
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dispatch.web.auth import issue_token
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


def stands(page: Page, shelf: str, **figures: int) -> None:
    """Wait until a row has these figures."""
    for name, n in figures.items():
        expect(page.locator(f"[data-shelf='{shelf}'] .{name}")).to_have_text(re.compile(rf"\b{n}$"), timeout=SOON_MS)


def register_tea(page: Page) -> None:
    """A good, once what is wrong with its id was told."""
    dialog = page.get_by_role("dialog")
    page.locator("[data-action=goods]").press("Enter")
    dialog.locator("[data-action=new-sku]").press("Enter")
    expect(dialog.get_by_label("ID")).to_be_focused()
    page.keyboard.type("tea 100")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("ID")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("ID").fill("tea-100")
    dialog.get_by_label("Name").fill("<b>Tea</b> 100 g")
    dialog.get_by_label("Low below").fill("9")
    page.keyboard.press("Enter")
    expect(dialog.locator("[data-sku=tea-100]")).to_contain_text("<b>Tea</b> 100 g")
    assert grave_faults(page) == []


def receive_tea(page: Page, depot_id: str) -> None:
    """Eight pieces of one lot, none of them for nothing."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Receive <b>Tea").press("Enter")
    dialog.get_by_label("Depot").select_option(depot_id)
    dialog.get_by_label("Pieces").fill("0")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("A whole number from 1")
    dialog.get_by_label("Pieces").fill("8")
    dialog.get_by_label("Lot number").fill("L1")
    dialog.get_by_label("Good until").fill("2099-12-31")
    assert grave_faults(page) == []
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("Received 8")


def test_goods_are_registered_received_promised_and_counted_by_keys(demo: Demo, open_tab: Open) -> None:
    """No pointer is used: what is wrong is told at its field, the order takes pieces while somebody looks, a count
    shows its difference first, and the ledger tells all of it with the order's link."""
    depot = demo.call("GET", "/v1/depots")["depots"][0]
    shelf = f"{depot['id']}/tea-100"
    tab = open_tab(demo.console)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    tab.reaches("[data-link=live]")
    page.keyboard.press("S")
    assert page.url.endswith("#/stock")
    expect(page.locator("[data-stock]")).to_contain_text("Register goods")

    register_tea(page)
    receive_tea(page, depot["id"])
    stands(page, shelf, on_hand=8, free=8, low_at=9)
    expect(page.locator(f"[data-shelf='{shelf}']")).to_contain_text("Low")

    lines = [{"name": "Tea", "sku": "tea-100", "quantity": 3}]
    order_id = quiet_order(demo, ref="TEA-1", depot_id=depot["id"], lines=lines)
    stands(page, shelf, free=5, reserved=3)

    page.locator(f"[data-shelf='{shelf}'] button").press("Enter")
    drawer = page.locator(f"[data-drawer='{shelf}']")
    expect(drawer.get_by_role("heading", name="<b>Tea</b> 100 g")).to_be_focused()
    drawer.locator("[data-act=count]").press("Enter")
    expect(dialog.get_by_label("Counted: L1")).to_be_focused()
    page.keyboard.type("6")
    expect(dialog.locator("[data-difference]")).to_have_attribute("data-difference", "-2")
    page.keyboard.press("Enter")
    expect(drawer.locator("[data-move=counted]")).to_contain_text("-2 against the books", timeout=SOON_MS)
    drawer.locator("[data-act=write-off]").press("Enter")
    expect(dialog.get_by_label("Pieces")).to_be_focused()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.type("broken")
    page.keyboard.press("Enter")
    expect(drawer.locator("[data-move=written_off]")).to_contain_text("broken", timeout=SOON_MS)
    stands(page, shelf, on_hand=5, free=2)
    assert grave_faults(page) == []
    assert [entry["move"] for entry in demo.call("GET", f"/v1/stock/{shelf}/ledger")["entries"]] == [
        "written_off",
        "counted",
        "reserved",
        "received",
    ]
    drawer.get_by_role("button", name="Order TEA-1").press("Enter")
    assert page.url.endswith(f"#/orders/{order_id}")
    expect(page.locator("[data-stock]")).to_have_count(0)


def test_lists_are_imported_on_a_phone_in_chinese(demo: Demo, open_tab: Open, tmp_path: Path) -> None:
    """The template, goods, then stock with a row that is wrong; the report is kept as a table; a filter finds a good;
    the server's refusal is told in the form."""
    depot = demo.call("GET", "/v1/depots")["depots"][0]
    tab = open_tab(f"{demo.console}", PHONE_PX, locale="zh-CN", has_touch=True)
    page, dialog = tab.page, tab.page.get_by_role("dialog")
    tab.reaches("[data-link=live]")
    page.evaluate("location.hash = '#/stock'")

    def import_(kind: str, rows: list[list[object]]) -> None:
        table = tmp_path / f"{kind}.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        dialog.get_by_role("radio", name=kind).check()
        dialog.get_by_label("CSV 文件").set_input_files(table)
        dialog.get_by_role("button", name="导入", exact=True).click()

    page.locator("[data-action=import]").click()
    with page.expect_download() as template:
        dialog.locator("[data-action=template]").click()
    assert template.value.suggested_filename == "skus.csv"
    import_("商品", [["id", "name"], ["rice", "五常大米"], ["salt", "海盐"]])
    expect(dialog.get_by_role("status")).to_contain_text("成功 2 行", timeout=SOON_MS)
    dialog.get_by_role("button", name="导入另一个文件").click()
    import_("库存", [["depot", "sku", "quantity"], [depot["id"], "rice", 30], [depot["id"], "salt", "many"]])
    expect(dialog.get_by_role("status")).to_contain_text("成功 1 行，失败 1 行", timeout=SOON_MS)
    expect(dialog.get_by_role("row").nth(1)).to_contain_text("3")
    with page.expect_download() as report:
        dialog.locator("[data-action=save-report]").click()
    assert "quantity" in report.value.path().read_text(encoding="utf-8")
    assert grave_faults(page) == []
    page.keyboard.press("Escape")

    page.get_by_label("商品名称或编号").fill("大米")
    row = page.locator(f"[data-shelf='{depot['id']}/rice']")
    expect(page.locator("[data-shelf]")).to_have_count(1)
    row.locator("button").click()
    drawer = page.locator("[data-drawer]")
    expect(drawer).to_contain_text("收货 30 件")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert grave_faults(page) == []

    drawer.locator("[data-act=write-off]").click()
    dialog.get_by_label("数量").fill("30")
    dialog.get_by_label("原因").fill("受潮")
    line = {"sku": "rice", "quantity": 25}
    demo.call("POST", "/v1/stock:write-off", {"depot_id": depot["id"], "lines": [line], "note": "meanwhile"})
    dialog.get_by_role("button", name="报损").click()
    expect(dialog.get_by_role("alert")).to_contain_text("数量不足")
    tab.complaints[:] = [line for line in tab.complaints if "409" not in line]


def test_support_reads_and_whoever_is_refused_or_cut_off_is_told(demo: Demo, open_tab: Open) -> None:
    """No action is offered that the role has not; a refusal has its words, and figures that are no news say so."""
    secret = demo.folder.joinpath("secret").read_bytes()
    token = issue_token(secret, "support", "sue", (), int(time.time()) + 600)
    demo.call("PUT", "/v1/skus/ink", {"name": "Ink"})
    depot_id = demo.call("GET", "/v1/depots")["depots"][0]["id"]
    demo.call("POST", "/v1/stock:receive", {"depot_id": depot_id, "lines": [{"sku": "ink", "quantity": 1}]})
    tab = open_tab(demo.console.replace(demo.token, token))
    page = tab.page
    tab.reaches("[data-link=live]")
    page.evaluate("id => { location.hash = '#/stock/' + encodeURIComponent(id); }", f"{depot_id}/ink")
    expect(page.locator("[data-drawer] [data-move=received]")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("[data-act], [data-action=import]")).to_have_count(0)
    page.route("**/v1/stock?*", lambda route: route.abort())
    expect(page.locator(".stock-old")).to_contain_text("The server does not answer", timeout=SOON_MS)
    page.keyboard.press("Escape")
    expect(page.locator("[data-drawer]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("[data-stock]")).to_have_count(0)
    page.unroute("**/v1/stock?*")
    page.route("**/v1/stock?*", lambda route: route.fulfill(status=403, json={"code": "forbidden"}))
    page.keyboard.press("S")
    expect(page.locator("[data-stock]")).to_contain_text("Your role may not see the stock")
    assert grave_faults(page) == []
    tab.complaints.clear()
