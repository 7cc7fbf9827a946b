"""The desk's partners: pickup points are set up and distributors judged, by keys and forms, against the real server."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

SOON_MS = 20_000
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def partners(demo: Demo, open_tab: Open, size: dict[str, int] = DESK_PX, **looks: object) -> Tab:
    tab = open_tab(demo.console, size, **looks)
    tab.reaches("[data-link=live]")
    tab.page.keyboard.press("P")
    return tab


def test_a_point_is_added_and_its_link_replaced(demo: Demo, open_tab: Open) -> None:
    """Its address is one that the city knows; the leader's page opens by the newest link only."""
    known = demo.call("GET", "/v1/addresses?q=lane")["addresses"][0]["address"]
    tab = partners(demo, open_tab)
    page = tab.page
    page.get_by_role("button", name="Add a pickup point").click(timeout=SOON_MS)
    page.get_by_label("Short name").fill("north-gate")
    page.get_by_label("Name", exact=True).fill("North gate")
    page.get_by_role("combobox", name="Address").fill(known)
    page.get_by_role("combobox", name="Address").press("End")
    expect(page.locator(f"datalist option[value='{known}']")).to_be_attached(timeout=SOON_MS)
    page.get_by_role("combobox", name="Address").fill("")
    page.get_by_role("combobox", name="Address").fill(known)
    expect(page.get_by_text("The city knows this address.")).to_be_visible(timeout=SOON_MS)
    assert grave_faults(page) == []
    page.get_by_role("button", name="Save").click()
    row = page.locator("[data-point=north-gate]")
    expect(row).to_contain_text("0 expected, 0 lying there", timeout=SOON_MS)
    before = row.get_by_role("link", name="Leader's page").get_attribute("href")
    row.get_by_role("button", name="New link").click()
    row.get_by_role("button", name="Replace the link").click()
    expect(row.get_by_role("link", name="Leader's page")).not_to_have_attribute("href", str(before), timeout=SOON_MS)


def test_a_distributor_is_looked_at_and_approved(demo: Demo, open_tab: Open) -> None:
    """In Chinese, on a phone, in the dark, too."""
    who = {"name": "李氏酒业", "licences": [{"kind": "liquor", "number": "L-77"}]}
    demo.call("PUT", "/v1/distributors/li", who)
    tab = partners(demo, open_tab)
    row = tab.page.locator("[data-distributor=li]")
    expect(row).to_contain_text("Waits for a decision", timeout=SOON_MS)
    row.get_by_role("button", name="Look at it").click()
    row.get_by_label("Tier of its orders").select_option("2")
    row.get_by_label("Commission a delivery").fill("2.50")
    assert grave_faults(tab.page) == []
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Approved", timeout=SOON_MS)
    judged = demo.call("GET", "/v1/distributors/li")
    assert (judged["standing"], judged["tier"], judged["commission_minor"]) == ("approved", 2, 250)
    phone = partners(demo, open_tab, PHONE_PX, locale="zh-CN", color_scheme="dark")
    expect(phone.page.locator("[data-distributor=li]")).to_contain_text("已通过", timeout=SOON_MS)
    assert grave_faults(phone.page) == []
