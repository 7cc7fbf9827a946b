"""A distributor in a browser: made at the desk, they sign in, apply, place a delivery with several drops, and see it
through to the month's commission.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from dispatch.web.auth import issue_token
from tests.pages.conftest import DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.test_points import brought
from tests.pages.test_staff import GOOD, enter, forgive, grown, make

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

SOON_MS = 20_000
DAY_S = 24 * 3_600
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def in_days(days: int) -> str:
    """A day as an input of a day takes it."""
    return time.strftime("%Y-%m-%d", time.localtime(time.time() + days * DAY_S))


def approved(demo: Demo, user_id: str, name: str) -> None:
    """A distributor who may order, with a licence that ends in twenty days."""
    grown(demo, user_id, "distributor", name)
    ends_ms = int((time.time() + 20 * DAY_S) * 1000)
    licences = [{"kind": "business", "number": "B-1"}, {"kind": "liquor", "number": "L-7", "expires_at_ms": ends_ms}]
    demo.call("PUT", f"/v1/distributors/{user_id}", {"name": name, "licences": licences})
    terms = {"standing": "approved", "tier": 2, "commission_minor": 250}
    demo.call("POST", f"/v1/distributors/{user_id}:judge", terms)


def signed_in(demo: Demo, open_tab: Open, user_id: str, view: str = "", size: dict[str, int] = DESK_PX) -> Tab:
    tab = open_tab(f"{demo.url}/d{view}", size)
    enter(tab.page, user_id, GOOD)
    tab.reaches("[data-stage=in]")
    return tab


def dropped(demo: Demo, user_id: str, number: str) -> list[dict[str, str]]:
    """The two drops of a delivery of tomorrow, placed by the distributor's own token."""
    secret, now_s = demo.folder.joinpath("secret").read_bytes(), time.time()
    token = issue_token(secret, "distributor", user_id, (), int(now_s) + 600)
    window = {"earliest_at_ms": int((now_s + DAY_S) * 1000), "promise_at_ms": int((now_s + DAY_S + 7_200) * 1000)}
    lines = [{"name": "Oil", "quantity": 3}]
    orders = [
        {"dropoff": {"address": address}, "ref": f"{number}-{n}", "drop_of": number, "lines": lines, **window}
        for n, address in enumerate(known_addresses(demo)[:2])
    ]
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{demo.url}/v1/orders:batch", json={"orders": orders}, headers=headers, trust_env=False)
    return [result["order"] for result in answer.json()["results"]]


def known_addresses(demo: Demo) -> list[str]:
    return [str(each["address"]) for each in demo.call("GET", "/v1/addresses?q=lane")["addresses"]]


def choose_address(page: Page, drop: int, address: str) -> None:
    """Type it, and take the one that the city knows."""
    form = page.locator(f"[data-drop='{drop}']")
    form.get_by_label("Address").fill(address)
    form.get_by_role("button", name=address, exact=True).click(timeout=SOON_MS)
    expect(form.get_by_text("The city knows this address.")).to_be_visible()


def test_from_the_desk_to_the_approval(demo: Demo, open_tab: Open) -> None:
    """An admin makes the user at the desk; with the password for once they come in, apply, and read the decision."""
    desk = open_tab(demo.console)
    desk.reaches("[data-link=live]")
    desk.page.get_by_role("button", name="Menu").click()
    desk.page.get_by_role("menuitem", name="Users and roles").click()
    desk.page.get_by_role("button", name="Add user").click()
    desk.page.get_by_label("User name").fill("zhao")
    desk.page.get_by_label("Name", exact=True).fill("Zhao & Co")
    desk.page.get_by_label("Role", exact=True).select_option("distributor")
    expect(desk.page.get_by_text("at the page /d")).to_be_visible()
    desk.page.get_by_role("button", name="Add user").click()
    once = desk.page.locator(".once code").inner_text(timeout=SOON_MS)

    tab = open_tab(f"{demo.url}/d", PHONE_PX)
    page = tab.page
    enter(page, "zhao", once)
    page.get_by_label("New password").fill(GOOD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Apply as a distributor")).to_be_visible(timeout=SOON_MS)
    assert grave_faults(page) == []
    page.get_by_label("Name of the company").fill("Zhao & Co")
    page.get_by_label("Phone").fill("not a number")
    licence = page.locator("[data-licence-form=business]")
    licence.get_by_label("Number").fill("B-77")
    licence.get_by_label("Last day").fill(in_days(20))
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_text("Write the phone number with its country code")).to_be_visible(timeout=SOON_MS)
    page.get_by_label("Phone").fill("138 0013 8000")
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.locator("[data-standing=applied]")).to_contain_text("is being looked at", timeout=SOON_MS)

    why = "The licence cannot be read."
    demo.call("POST", "/v1/distributors/zhao:judge", {"standing": "refused", "reason": why})
    page.reload()
    expect(page.locator("[data-standing=refused]").first).to_contain_text(why, timeout=SOON_MS)
    page.get_by_role("navigation").get_by_role("link", name="New delivery").click()
    expect(page.get_by_text("Orders are taken once you are approved.")).to_be_visible()
    expect(page.get_by_role("button", name="Place the order")).to_be_disabled()
    demo.call("POST", "/v1/distributors/zhao:judge", {"standing": "approved"})
    page.reload()
    expect(page.locator("[data-licence]")).to_contain_text("Business licence B-77 ends on", timeout=SOON_MS)
    expect(page.get_by_role("button", name="Place the order")).to_be_enabled()
    forgive(tab, "403", "404", "422")


def fill_drop(page: Page, n: int, address: str) -> None:
    """A drop of the day after tomorrow, without a signature: whoever brings it in this test has no pen."""
    choose_address(page, n, address)
    drop = page.locator(f"[data-drop='{n}']")
    drop.get_by_label("Recipient").fill(f"Shop {n}")
    drop.get_by_label("Day").fill(in_days(2))
    drop.get_by_label("From").fill(f"{9 + n:02d}:00")
    drop.get_by_label("Until").fill(f"{11 + n:02d}:00")
    drop.get_by_label("Goods").fill("Oil")
    drop.get_by_text("Number, weight, proof, cash").click()
    drop.get_by_label("Your number of this drop").fill(f"W-48-{n}")
    drop.get_by_label("Signature").uncheck()


def test_a_delivery_with_several_drops(demo: Demo, open_tab: Open) -> None:
    """One drop names goods that there are not: it alone is refused, at its field, and placed once that is mended; what
    was typed is there after a reload.
    """
    approved(demo, "lin", "Lin & Sons")
    tab = signed_in(demo, open_tab, "lin", "#/new")
    page = tab.page
    page.get_by_label("Your number of the delivery").fill("W-48")
    page.get_by_role("button", name="Add a drop").click()
    for n, address in enumerate(known_addresses(demo)[:2], 1):
        fill_drop(page, n, address)
    page.locator("[data-drop='2']").get_by_label("Stock code").fill("nothing-like-it")
    assert grave_faults(page) == []
    page.get_by_role("button", name="Place 2 orders").click()
    expect(page.get_by_role("status").filter(has_text="Placed: 1.")).to_be_visible(timeout=SOON_MS)
    left = page.locator("[data-drop]")
    expect(left).to_have_count(1)
    expect(left).to_contain_text("There is no such good; leave this empty.")
    page.reload()
    expect(page.get_by_label("Your number of the delivery")).to_have_value("W-48", timeout=SOON_MS)
    page.get_by_label("Stock code").fill("")
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("status").filter(has_text="Placed: 1.")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("link", name="To the orders").click()
    delivery = page.get_by_role("article", name="Delivery W-48")
    expect(delivery).to_contain_text("2 drops, 0 delivered", timeout=SOON_MS)
    expect(delivery.locator("[data-order=W-48-1]")).to_contain_text("10:00–12:00")


def test_a_drop_is_followed_canceled_and_paid_for(demo: Demo, open_tab: Open) -> None:
    """The drops stand together with their papers; one is canceled, one is delivered and in the month's commission."""
    approved(demo, "han", "Han")
    placed = dropped(demo, "han", "W-50")
    page = signed_in(demo, open_tab, "han", "#/orders").page
    delivery = page.get_by_role("article", name="Delivery W-50")
    with page.expect_download() as labels:
        delivery.get_by_role("button", name="Labels").click(timeout=SOON_MS)
    assert Path(labels.value.path()).read_bytes().startswith(b"%PDF-")
    delivery.locator("[data-order=W-50-1]").click()
    detail = page.locator("[data-detail]")
    expect(detail.get_by_role("heading", name="Order W-50-1")).to_be_visible(timeout=SOON_MS)
    expect(detail).to_contain_text("3 × Oil")
    expect(detail.get_by_role("region", name="Other drops of this delivery")).to_contain_text("W-50-0")
    assert grave_faults(page) == []
    detail.get_by_role("button", name="Cancel this order").click()
    detail.get_by_label("Why?").fill("The shop is closed.")
    detail.get_by_role("button", name="Cancel the order").click()
    expect(detail).to_contain_text("Canceled", timeout=SOON_MS)

    brought(demo, placed[0])
    page.goto(f"{demo.url}/d#/orders")
    page.reload()
    delivered = page.get_by_role("article", name="Delivery W-50").locator("[data-order=W-50-0]")
    expect(delivered).to_contain_text(re.compile(r"Delivered.*came ", re.DOTALL), timeout=SOON_MS)
    page.get_by_role("link", name="Figures").click()
    expect(page.locator("[data-month]").first).to_contain_text("2.50", timeout=SOON_MS)
    with page.expect_download() as table:
        page.get_by_role("button", name="Save as a table").click()
    assert "commission_minor" in Path(table.value.path()).read_text(encoding="utf-8-sig").splitlines()[0]


def test_orders_are_looked_for_and_imported(demo: Demo, open_tab: Open, tmp_path: Path) -> None:
    """A table with one wrong row; then by the end of a phone number and by status, on a phone, too."""
    approved(demo, "wang", "Wang")
    address = known_addresses(demo)[0]
    rows = [f"DT-1,{address},138 0013 8111,Oil,2,W-9", f"DT-2,{address},138 0013 8222,Oil,none,W-9"]
    table = tmp_path / "orders.csv"
    window = f"{in_days(2)} 10:00"
    lines = ["id,address,phone,item,quantity,delivery,from,until", *(f"{row},{window},12:00" for row in rows)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tab = signed_in(demo, open_tab, "wang", "#/table", PHONE_PX)
    page = tab.page
    page.get_by_label("CSV file").set_input_files(table)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Rows taken: 1, refused: 1.", timeout=SOON_MS)
    expect(page.get_by_role("row").nth(1)).to_contain_text("quantity")
    assert grave_faults(page) == []
    page.get_by_role("link", name="Orders", exact=True).click()
    expect(page.locator("[data-order=DT-1]")).to_be_visible(timeout=SOON_MS)
    page.get_by_label("Search").fill("9999")
    expect(page.get_by_text("No order fits.")).to_be_visible(timeout=SOON_MS)
    page.get_by_label("Search").fill("8111")
    expect(page.locator("[data-order=DT-1]")).to_be_visible(timeout=SOON_MS)
    for stand in ("on_way", "delivered", "trouble", "canceled"):
        page.get_by_label("Status").select_option(stand)
        expect(page.get_by_text("No order fits.")).to_be_visible(timeout=SOON_MS)
    page.get_by_label("Status").select_option("waiting")
    page.locator("[data-order=DT-1]").click(timeout=SOON_MS)
    expect(page.get_by_role("heading", name="Order DT-1")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".orders-list")).to_be_hidden()
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1], "nothing is cut off"


def test_in_chinese_and_in_the_dark(demo: Demo, open_tab: Open) -> None:
    """Every view, on a phone and on a desk; somebody of the staff is told whose page it is."""
    approved(demo, "qian", "钱记")
    for size in (PHONE_PX, DESK_PX):
        tab = open_tab(f"{demo.url}/d", size, locale="zh-CN", color_scheme="dark")
        page = tab.page
        page.get_by_label("用户名").fill("qian")
        page.get_by_label("密码", exact=True).fill(GOOD)
        page.get_by_role("button", name="登录", exact=True).click()
        for view, heading in (
            ("new", "新建配送"),
            ("table", "用表格下单"),
            ("figures", "业绩"),
            ("account", "我的账号"),
        ):
            page.goto(f"{demo.url}/d#/{view}")
            expect(page.get_by_role("heading", name=heading)).to_be_visible(timeout=SOON_MS)
            assert grave_faults(page) == []
            width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
            assert width[0] <= width[1], (view, "nothing is cut off")
        expect(page.locator("[data-licence]")).to_contain_text("酒类许可证 L-7 将于")
    once = make(demo, "sun", "support", "Sun")
    staff = open_tab(f"{demo.url}/d")
    enter(staff.page, "sun", once)
    staff.page.get_by_label("New password").fill(GOOD)
    staff.page.keyboard.press("Enter")
    expect(staff.page.get_by_role("alert")).to_contain_text("This page is for distributors.", timeout=SOON_MS)
    forgive(staff, "403")
