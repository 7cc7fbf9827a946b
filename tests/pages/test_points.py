"""A pickup point in browsers: its leader's page on a phone, and the customer's code, from delivery to collection."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from dispatch.web.auth import issue_token
from tests.pages.conftest import DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.rider import online
from tests.pages.test_staff import GOOD, enter, grown

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

SOON_MS = 20_000
TOMORROW_MS = 24 * 3_600_000
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def point(demo: Demo, point_id: str, name: str, leader: str = "li") -> str:
    """A point in the middle of the city; its leader's page."""
    centre = demo.call("GET", "/v1/city")["centre"]
    body = {"name": name, "address": "Lane 8", "lat": centre["lat"], "lon": centre["lon"], "leader": leader}
    return str(demo.call("PUT", f"/v1/points/{point_id}", body)["leader_url"])


def gate(demo: Demo) -> str:
    return point(demo, "gate", "East gate")


def placed(demo: Demo, ref: str, name: str, point_id: str = "gate", phone: str = "+8613800138000") -> dict[str, str]:
    """An order for a point that no planner touches before tomorrow."""
    later_ms = int(time.time() * 1000) + TOMORROW_MS
    times = {"ready_at_ms": later_ms, "commit_due_at_ms": later_ms, "promise_at_ms": later_ms + TOMORROW_MS}
    who = {"name": name, "phone": phone}
    lines = [{"name": "rice", "quantity": 2}]
    order: dict[str, str] = demo.order(dropoff=who, ref=ref, point_id=point_id, lines=lines, **times)
    return order


def brought(demo: Demo, *orders: dict[str, str]) -> None:
    """A courier has brought them."""
    demo.call("PUT", "/v1/couriers/ada", {"name": "Ada First", "profile": "ebike"})
    token = issue_token(demo.folder.joinpath("secret").read_bytes(), "courier", "ada", (), int(time.time()) + 3_600)
    with online(demo.url, token) as phone:
        assert phone.act(t="duty", duty="available")["ok"]
        for order in orders:
            for kind in ("pickup", "dropoff"):
                assert phone.report(order["id"], kind, phone.business_now_ms)["ok"]


def test_a_morning_at_the_point(demo: Demo, open_tab: Open) -> None:
    """Three orders come; the leader misses one, refuses a broken one, and hands the third to whoever has its code."""
    link = gate(demo)
    one, two, three = (placed(demo, ref, name) for ref, name in (("G-1", "Ann"), ("G-2", "Bo"), ("G-3", "Cy")))
    leader = open_tab(link, PHONE_PX)
    page = leader.page
    expect(page.get_by_role("heading", name="East gate")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("heading", name="On the way: 3")).to_be_visible(timeout=SOON_MS)
    brought(demo, one, two, three)
    page.reload()
    expect(page.get_by_role("heading", name="Just brought: 3")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Not keeping G-2").click()
    page.get_by_label("It never came").check()
    page.get_by_role("button", name="Report it").click()
    expect(page.get_by_role("status")).to_contain_text("The shop was told that G-2 never came.")
    page.locator("li", has_text="G-2").get_by_role("checkbox").uncheck()
    assert grave_faults(page) == []
    page.get_by_role("button", name="I have these 2").click()
    expect(page.get_by_role("heading", name="Lying here: 2")).to_be_visible(timeout=SOON_MS)
    page.get_by_role("button", name="Not keeping G-3").click()
    page.get_by_role("button", name="Send it back").click()
    expect(page.locator("li", has_text="G-3")).to_contain_text("goes back", timeout=SOON_MS)
    shopper = open_tab(one["track_url"], PHONE_PX)
    code = shopper.page.locator("[data-pin]").get_attribute("data-pin", timeout=SOON_MS) or ""
    expect(shopper.page.get_by_text("Ready to be collected")).to_be_visible(timeout=SOON_MS)
    assert len(code) == 6 and grave_faults(shopper.page) == []
    page.get_by_label("Collection code").fill(f"{(int(code) + 1) % 1_000_000:06d}")
    page.get_by_role("button", name="Hand over").click()
    expect(page.get_by_role("status")).to_contain_text("No order that lies here has this code.")
    page.get_by_label("Collection code").fill(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Handed over: G-1")
    expect(shopper.page.locator("h1", has_text="Collected at")).to_be_visible(timeout=SOON_MS)
    expect(shopper.page.locator("[data-pin]")).to_have_count(0)
    leader.complaints[:] = [each for each in leader.complaints if "/collect" not in each]  # the wrong code's 409


def test_the_page_is_read_in_chinese_and_in_the_dark(demo: Demo, open_tab: Open) -> None:
    """On a phone and on a desk; a link that opens nothing says what to do."""
    link = gate(demo)
    brought(demo, placed(demo, "G-9", "Di"))
    for size in (PHONE_PX, DESK_PX):
        tab = open_tab(link, size, locale="zh-CN", color_scheme="dark")
        expect(tab.page.get_by_role("heading", name="刚送到")).to_be_visible(timeout=SOON_MS)
        expect(tab.page.get_by_label("取件码")).to_be_visible()
        assert grave_faults(tab.page) == []
        width = tab.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert width[0] <= width[1], "nothing is cut off"
    gone = open_tab(link[:-3] + "xxx", PHONE_PX)
    expect(gone.page.get_by_text("This link opens nothing")).to_be_visible(timeout=SOON_MS)
    gone.complaints.clear()


def code_of(demo: Demo, order: dict[str, str]) -> str:
    """As the customer's page shows it."""
    return str(demo.call("GET", f"/v1/track/{order['track_token']}")["order"]["collection"]["code"])


def test_a_queue_at_the_counter(demo: Demo, open_tab: Open) -> None:
    """Who has no code at hand is found by the end of their number; after a hand-over the leader hears what else lies
    there for them; the counts follow, what was handed over stays to be looked up, and the rest is printed.
    """
    link = point(demo, "south", "South gate")
    theirs = [placed(demo, f"S-{n}", "Fei", "south") for n in range(2)]
    other = placed(demo, "S-9", "Gao", "south", phone="+8613800138999")
    brought(demo, *theirs, other)
    page = open_tab(link, PHONE_PX).page
    page.get_by_role("button", name="I have these 3").click(timeout=SOON_MS)
    expect(page.get_by_role("heading", name="Lying here: 3")).to_be_visible(timeout=SOON_MS)
    page.get_by_label("Search").fill("8999")
    expect(page.locator(".parcel:visible")).to_have_count(1)
    expect(page.locator(".parcel:visible")).to_contain_text("S-9")
    page.get_by_label("Search").fill("gao 8000")
    expect(page.get_by_text("Nothing here fits.").first).to_be_visible()
    page.get_by_label("Search").fill("")
    page.get_by_text("Pieces that lie here").click()
    expect(page.locator(".goods")).to_contain_text("rice6")
    page.get_by_label("Collection code").fill(code_of(demo, theirs[0]))
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Also here for them: 1 (S-1).", timeout=SOON_MS)
    expect(page.locator(".counts")).to_contain_text(re.compile(r"2here.*1handed over today", re.DOTALL))
    page.get_by_text("Handed over today: 1").click()
    expect(page.locator(".handed-out")).to_contain_text("handed over at")
    assert grave_faults(page) == []
    page.evaluate("window.print = () => { document.documentElement.dataset.printed = 'yes'; }")
    page.get_by_role("button", name="Print the list").click()
    expect(page.locator("html")).to_have_attribute("data-printed", "yes")
    page.emulate_media(media="print")
    expect(page.locator(".print-list tbody tr")).to_have_count(2)
    expect(page.locator(".print-list")).to_contain_text("S-9")
    expect(page.get_by_label("Collection code")).to_be_hidden()


def test_a_leader_signs_in_to_place_orders_from_a_table(demo: Demo, open_tab: Open, tmp_path: Path) -> None:
    """The link alone places none, nor does somebody of the staff; the rows need no address."""
    link = point(demo, "west", "West gate", leader="mei")
    grown(demo, "mei", "group_leader", "Mei")
    grown(demo, "tom", "support", "Tom")
    table = tmp_path / "orders.csv"
    table.write_text("id,name,phone,item,quantity\nM-1,Ann,138 0013 8001,Rice,2\nM-2,Bo,,Rice,none\n", encoding="utf-8")
    page = open_tab(link, PHONE_PX).page
    page.get_by_text("Orders from a table").click(timeout=SOON_MS)
    expect(page.get_by_text("not by this page's link")).to_be_visible()
    enter(page, "tom", GOOD)
    expect(page.get_by_role("alert")).to_contain_text("This account runs no pickup point.", timeout=SOON_MS)
    page.get_by_role("button", name="Sign out").click()
    enter(page, "mei", GOOD)
    page.get_by_label("CSV file").set_input_files(table, timeout=SOON_MS)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("Rows taken: 1, refused: 1.")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("row").nth(1)).to_contain_text("quantity")
    expect(page.get_by_role("heading", name="On the way: 1")).to_be_visible(timeout=SOON_MS)
    assert grave_faults(page) == []
    (order,) = demo.call("GET", "/v1/orders:search?account=mei")["orders"]
    assert (order["ref"], order["collection"]["point_id"], order["address"]) == ("M-1", "west", "West gate, Lane 8")
    page.reload()
    page.get_by_text("Orders from a table").click(timeout=SOON_MS)
    expect(page.get_by_label("CSV file")).to_be_visible(timeout=SOON_MS)
