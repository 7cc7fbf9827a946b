"""Orders that no courier brings, in browsers: a customer fetches one, a carrier takes another, the desk sees to it."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.courier_app import DAY_MS, SLEEPY, until
from tests.pages.test_overrides import ask, opened
from tests.pages.test_wishes import overdue, saved, sheet_of

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

SOON_MS = 20_000
PHONE = "+8613900139000"
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """What happens in this town is what the tests do."""
    return SLEEPY


def placed(demo: Demo, ref: str, **fields: object) -> dict[str, str]:
    """An order that no planner touches before tomorrow."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    dropoff = {"name": "Ada", "phone": PHONE}
    return dict(demo.order(ref=ref, commit_due_at_ms=tomorrow_ms, dropoff=dropoff, **fields))


def code_of(page: Page) -> str:
    """As the customer reads it."""
    return page.locator("[data-pin]").get_attribute("data-pin", timeout=SOON_MS) or ""


def desk_at(demo: Demo, open_tab: Open, order_id: str, size: dict[str, int] = DESK_PX) -> Tab:
    """The desk with an order open."""
    tab = open_tab(demo.console, size)
    tab.reaches("[data-link=live]")
    opened(tab.page, order_id)
    return tab


def send(page: Page, words: str) -> None:
    """Do what the dialog is for."""
    page.get_by_role("dialog").get_by_role("button", name=words, exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=SOON_MS)


def fits(page: Page) -> bool:
    """Nothing is cut off."""
    width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    return bool(width[0] <= width[1])


def test_a_customer_fetches_it_themselves_and_the_desk_hands_it_out(demo: Demo, open_tab: Open) -> None:
    """Chosen on the page, and thought better of; fetched after all: ready once it is packed, with place, code and until
    when; handed out at the desk for the code, and for no other.
    """
    order = placed(demo, "FETCH-1")
    mine = open_tab(order["track_url"], PHONE_PX)
    sheet = sheet_of(mine.page, "pickup")
    expect(sheet).to_contain_text("No courier comes then.")
    assert grave_faults(mine.page) == []
    sheet.get_by_role("button", name="I'll fetch it").click()
    saved(mine.page)
    expect(mine.page.locator("h1")).to_have_text("It is being packed for you", timeout=SOON_MS)
    sheet_of(mine.page, "bring").get_by_role("button", name="Bring it to me").click()
    saved(mine.page)
    expect(mine.page.locator("[data-pin]")).to_have_count(0, timeout=SOON_MS)
    sheet_of(mine.page, "pickup").get_by_role("button", name="I'll fetch it").click()
    code = code_of(mine.page)
    demo.call("POST", f"/v1/orders/{order['id']}/preparation", {"step": "packed"})
    expect(mine.page.locator("h1")).to_have_text("Ready: come and fetch it", timeout=SOON_MS)
    depot = demo.call("GET", "/v1/depots")["depots"]
    assert any(each["name"] in mine.page.locator(".why").inner_text() for each in depot)
    expect(mine.page.locator(".why")).to_contain_text("Kept until")
    assert grave_faults(mine.page) == [] and fits(mine.page)

    desk = desk_at(demo, open_tab, order["id"])
    page = desk.page
    page.locator("[data-queue=others]").click()
    expect(page.locator(".list")).to_contain_text("FETCH-1", timeout=SOON_MS)
    expect(page.locator(".drawer")).to_contain_text("The customer fetches it")
    page.keyboard.press("H")
    page.get_by_role("dialog").get_by_label("Code of the customer").fill("0000" if code != "0000" else "1111")
    page.get_by_role("dialog").get_by_role("button", name="Hand out").click()
    expect(page.get_by_role("alert")).to_contain_text("not the code", timeout=SOON_MS)
    page.get_by_role("dialog").get_by_label("Code of the customer").fill(code)
    assert grave_faults(page) == []
    send(page, "Hand out")
    expect(page.locator(".drawer .chip.accent")).to_have_text("Collected", timeout=SOON_MS)
    expect(mine.page.locator("h1")).to_contain_text("Collected at", timeout=SOON_MS)
    expect(mine.page.locator("[data-pin]")).to_have_count(0)
    desk.complaints[:] = [line for line in desk.complaints if "409" not in line]


def test_whoever_waits_too_long_may_fetch_it(demo: Demo, open_tab: Open) -> None:
    """One of the choices when it is late, as long as its goods lie at the depot; on a phone in Chinese, too."""
    tab = open_tab(overdue(demo, "SLOW-1"), PHONE_PX, locale="zh-CN", color_scheme="dark")
    choices = tab.page.locator(".delay-choices")
    expect(choices.get_by_role("button", name="自己去取")).to_be_visible(timeout=60_000)
    assert grave_faults(tab.page) == [] and fits(tab.page)
    choices.get_by_role("button", name="自己去取").click()
    tab.page.get_by_role("dialog").get_by_role("button", name="我去取").click()
    saved(tab.page)
    assert len(code_of(tab.page)) == 4
    expect(tab.page.locator(".delay")).to_have_count(0)


def test_a_carrier_takes_it_and_the_page_says_whose_it_is(demo: Demo, open_tab: Open) -> None:
    """Handed over at the desk with its number, which can be followed; what went wrong is a case; in the end it came."""
    order = placed(demo, "SEND-1", mode="carrier")
    desk = desk_at(demo, open_tab, order["id"])
    page = desk.page
    ask(page, "to_carrier")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Carrier", exact=True).fill("Blue Post")
    dialog.get_by_label("Tracking number").fill("BP-17")
    dialog.get_by_label("Link to follow it").fill("https://post.example/BP-17")
    assert grave_faults(page) == []
    send(page, "Handed over")
    expect(page.locator(".drawer [data-shipment=taken]")).to_contain_text("Blue Post BP-17", timeout=SOON_MS)
    mine = open_tab(order["track_url"], PHONE_PX)
    expect(mine.page.locator("h1")).to_have_text("On its way with Blue Post", timeout=SOON_MS)
    expect(mine.page.get_by_role("link", name="Follow the parcel")).to_have_attribute(
        "href", "https://post.example/BP-17"
    )
    assert grave_faults(mine.page) == [] and fits(mine.page)

    page.keyboard.press("N")
    page.get_by_role("dialog").get_by_label("It could not be delivered").check()
    page.get_by_role("dialog").get_by_label("In their words").fill("nobody home")
    send(page, "Report")
    expect(page.locator(".drawer [data-shipment=failed]")).to_contain_text("nobody home", timeout=SOON_MS)
    expect(page.locator(".conflict-link")).to_contain_text("The carrier could not deliver", timeout=SOON_MS)
    expect(mine.page.locator("h1")).to_have_text("Blue Post could not deliver it", timeout=SOON_MS)
    expect(mine.page.get_by_text("nobody home")).to_have_count(0)
    ask(page, "carrier_says")
    page.get_by_role("dialog").get_by_label("It was delivered").check()
    send(page, "Report")
    expect(mine.page.locator("h1")).to_contain_text("Delivered at", timeout=SOON_MS)


@pytest.mark.parametrize("size", [DESK_PX, PHONE_PX], ids=["desk", "phone"])
def test_the_desk_changes_who_brings_it(demo: Demo, open_tab: Open, size: dict[str, int]) -> None:
    """Found by its name in the list of actions, with what it does and why; in Chinese as well."""
    order = placed(demo, f"MODE-{size['width']}")
    tab = desk_at(demo, open_tab, order["id"], size)
    page = tab.page
    ask(page, "mode")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("The customer fetches it").check()
    expect(dialog).to_contain_text("The customer gets a code")
    dialog.get_by_label("Reason").fill("called us")
    assert grave_faults(page) == [] and fits(page)
    send(page, "Change")
    expect(page.locator(".drawer .chip.accent")).to_have_text("At its depot", timeout=SOON_MS)
    until(lambda: demo.call("GET", f"/v1/orders/{order['id']}").get("mode") == "self_pickup")
    expect(page.locator(".drawer")).to_contain_text("Kept until")
    other = open_tab(demo.console, size, locale="zh-CN")
    other.reaches("[data-link=live]")
    opened(other.page, order["id"])
    expect(other.page.locator(".drawer")).to_contain_text(re.compile("顾客到店自提"))


def test_a_shopper_s_list_says_what_is_to_be_fetched(demo: Demo, open_tab: Open) -> None:
    """And whose what a carrier has is."""
    kept, sent = placed(demo, "LIST-1", mode="self_pickup"), placed(demo, "LIST-2", mode="carrier")
    demo.call("POST", f"/v1/orders/{kept['id']}/preparation", {"step": "packed"})
    demo.call("POST", f"/v1/orders/{sent['id']}:hand-to-carrier", {"carrier": "Blue Post", "tracking_number": "1"})
    page = open_tab(f"{demo.url}/t", PHONE_PX).page
    page.locator("input[name=phone]").fill(PHONE)
    page.locator("button[type=submit]").click()
    found: list[str] = []

    def printed() -> bool:
        log = demo.folder.joinpath("server.log").read_text(encoding="utf-8", errors="replace")
        found[:] = re.findall(rf"code for {re.escape(PHONE)}: (\d{{6}})", log)
        return bool(found)

    until(printed)
    page.locator("input[name=code]").fill(found[-1])
    page.locator("button[type=submit]").click()
    expect(page.locator("[data-found='LIST-1']")).to_contain_text("Ready: come and fetch it", timeout=SOON_MS)
    expect(page.locator("[data-found='LIST-2']")).to_contain_text("On its way with Blue Post")
