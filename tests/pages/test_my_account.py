"""A shopper's account in a browser: signed in, orders seen, an address saved and used, everything erased."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.courier_app import DAY_MS, NO_NETWORK, SLEEPY, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

PHONE, OTHER = "+8613500135000", "+8613400134000"
SOON_MS = 20_000
Open = Callable[..., Tab]
REFUSED = re.compile("status of 4(01|09)|no WebGL|map:")


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """What happens in this town is what the tests do."""
    return SLEEPY


def placed(demo: Demo, phone: str, ref: str) -> dict[str, str]:
    """An order that no planner touches before tomorrow."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    return dict(demo.order(ref=ref, commit_due_at_ms=tomorrow_ms, dropoff={"phone": phone}))


def code_for(demo: Demo, what: str, phone: str) -> str:
    """The newest code of this kind that the server printed for the number."""
    found: list[str] = []

    def printed() -> bool:
        log = demo.folder.joinpath("server.log").read_text(encoding="utf-8", errors="replace")
        found[:] = re.findall(rf"{what} code for {re.escape(phone)}: (\d{{6}})", log)
        return bool(found)

    until(printed)
    return found[-1]


def ask_for_code(page: Page, phone: str) -> None:
    """From the first step to the second, in either language."""
    page.locator("input[name=phone]").fill(phone)
    page.locator("button[type=submit]").click()


def tab_of(page: Page, name: str) -> None:
    page.get_by_role("navigation").get_by_role("button", name=name).click()


def use_on_track_page(page: Page, track_url: str, address: str) -> None:
    """The saved address is offered for the order, and taken."""
    page.goto(track_url)
    page.locator("[data-wish=address]").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("list", name="Your addresses").get_by_role("button", name="Home").click()
    expect(sheet.get_by_label("New address")).to_have_value(address)
    assert grave_faults(page) == []
    sheet.get_by_role("button", name="Deliver there").click(timeout=SOON_MS)
    expect(page.locator("[data-wish=address]")).to_contain_text(address, timeout=SOON_MS)


def test_an_account_from_sign_in_to_erasure(demo: Demo, open_tab: Open) -> None:
    """Remembered on this phone: orders, an address that the track page then offers, and the end of it all."""
    coming, over = placed(demo, PHONE, "MINE-1"), placed(demo, PHONE, "MINE-2")
    demo.call("POST", f"/v1/orders/{over['id']}/cancel", {"reason": "test"})
    tab = open_tab(f"{demo.url}/t", PHONE_PX)
    page = tab.page
    ask_for_code(page, "13500135000")
    page.get_by_label("6-digit code").fill(code_for(demo, "Look-up", PHONE))
    page.get_by_label("Remember me on this phone").check()
    assert grave_faults(page) == []
    page.get_by_role("button", name="Show my orders").click()
    tab.reaches("[data-view=list]")
    expect(page.locator("[data-found=MINE-1]")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("[data-found=MINE-2]")).to_contain_text("This order was canceled")
    assert grave_faults(page) == []

    tab_of(page, "Addresses")
    expect(page.get_by_role("heading", name="No addresses yet")).to_be_focused()
    page.get_by_role("button", name="Add an address").click()
    page.get_by_role("button", name="Home").click()
    page.get_by_label("Address", exact=True).fill("street 5")
    offered = page.get_by_role("list", name="Addresses that fit").get_by_role("button").first
    expect(offered).to_be_visible(timeout=SOON_MS)
    address = offered.inner_text()
    assert grave_faults(page) == []
    offered.click()
    page.get_by_label("Note").fill("Third floor")
    page.get_by_role("button", name="Save").click()
    entry = page.locator("[data-address=Home]")
    expect(entry).to_contain_text(address, timeout=SOON_MS)
    expect(entry).to_contain_text("Third floor")
    assert grave_faults(page) == []

    use_on_track_page(page, coming["track_url"], address)

    page.goto(f"{demo.url}/t")
    tab_of(page, "Account")
    page.get_by_label("Your phone number, once more").fill(PHONE)
    page.get_by_role("button", name="Send me a code for erasing").click()
    page.get_by_label("6-digit code for erasing").fill(code_for(demo, "Erasure", PHONE))
    page.get_by_role("button", name="Erase everything now").click()
    expect(page.get_by_role("alert")).to_contain_text("Orders are still under way", timeout=SOON_MS)
    assert grave_faults(page) == []
    demo.call("POST", f"/v1/orders/{coming['id']}/cancel", {"reason": "test"})
    page.get_by_role("button", name="Erase everything now").click()
    expect(page.get_by_role("status")).to_contain_text("Your orders and addresses were erased", timeout=SOON_MS)
    assert page.evaluate("[localStorage, sessionStorage].some((store) => store.getItem('dispatch.shopper'))") is False
    assert demo.call("GET", f"/v1/orders/{coming['id']}")["address"] == ""
    tab.complaints[:] = [line for line in tab.complaints if not REFUSED.search(line)]


def test_a_sign_in_that_is_not_remembered_is_for_the_tab(demo: Demo, open_tab: Open) -> None:
    """In Chinese: a reload keeps it, another window does not have it, and signing out everywhere ends it."""
    placed(demo, OTHER, "YOURS-1")
    tab = open_tab(f"{demo.url}/t", PHONE_PX, locale="zh-CN", color_scheme="dark")
    page = tab.page
    ask_for_code(page, "13400134000")
    page.get_by_label("6 位验证码").fill(code_for(demo, "Look-up", OTHER))
    page.get_by_role("button", name="查看我的订单").click()
    expect(page.locator("[data-found=YOURS-1]")).to_be_visible(timeout=SOON_MS)
    page.reload()
    expect(page.locator("[data-found=YOURS-1]")).to_be_visible(timeout=SOON_MS)
    second = page.context.new_page()
    second.goto(f"{demo.url}/t")
    expect(second.get_by_role("heading", name="查找您的订单")).to_be_visible()
    page.context.set_offline(True)
    tab_of(page, "地址")
    expect(page.get_by_role("alert")).to_contain_text("无法连接服务器")
    page.context.set_offline(False)
    page.get_by_role("button", name="重试").click()
    expect(page.get_by_role("heading", name="还没有地址")).to_be_visible()
    tab_of(page, "账户")
    assert grave_faults(page) == []
    tab.complaints[:] = [line for line in tab.complaints if not NO_NETWORK.search(line)]
    page.get_by_role("button", name="退出所有设备").click()
    expect(page.get_by_role("status")).to_contain_text("您已在所有手机上退出登录")
    page.reload()
    expect(page.get_by_role("heading", name="查找您的订单")).to_be_visible()
