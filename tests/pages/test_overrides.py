"""Changes by hand at the desk: shown before they are made, undone afterwards, and judged in the end."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

DAY_MS = 24 * 3_600_000
SOON_MS = 20_000

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def quiet_order(demo: Demo, ref: str) -> str:
    """An order that the planner leaves alone, since it wants no courier before tomorrow; its id."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    times = {"ready_at_ms": tomorrow_ms, "commit_due_at_ms": tomorrow_ms, "promise_at_ms": tomorrow_ms + DAY_MS}
    return str(demo.order(**times, ref=ref)["id"])


def opened(page: Page, order_id: str) -> None:
    """The order's details, by its address."""
    page.evaluate("id => { location.hash = `#/orders/${id}` }", order_id)
    expect(page.locator(f"[data-drawer='{order_id}']")).to_be_visible(timeout=SOON_MS)


def ask(page: Page, action: str) -> None:
    """Choose an action in the details, under "more" if it is there."""
    button, closed = page.locator(f"[data-action={action}]"), page.locator("details.more:not([open]) > summary")
    expect(button).to_have_count(1, timeout=SOON_MS)
    if not button.is_visible():
        closed.click()
    button.click()


def apply(tab: Tab, reason: str = "test") -> None:
    """Give a reason and go, whatever the server asks first."""
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(reason)
    dialog.locator("button[type=submit]").click()
    tab.goes_on()


@pytest.mark.parametrize("size", [DESK_PX, PHONE_PX], ids=["desk", "phone"])
def test_a_change_is_looked_at_made_and_undone(demo: Demo, open_tab: Open, standing: str, size: dict[str, int]) -> None:
    """The arrival that it moves is shown first; undone from the notice, all is as it was; the record has both."""
    order_id = quiet_order(demo, f"UNDO-{size['width']}")
    tab = open_tab(demo.console, size)
    page = tab.page
    tab.reaches("[data-link=live]")
    opened(page, order_id)
    ask(page, "assign")
    dialog = page.get_by_role("dialog")
    dialog.locator(f"input[value='{standing}']").check()
    expect(page.locator("[data-preview=known]")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(f"[data-eta='{order_id}']")).to_contain_text("→")
    assert grave_faults(page) == []
    assert demo.call("GET", f"/v1/orders/{order_id}").get("courier_id", "") == ""
    apply(tab)
    page.locator(".notice-undo").click()
    expect(page.locator(".notice")).to_contain_text("All is as it was", timeout=SOON_MS)
    assert demo.call("GET", f"/v1/orders/{order_id}").get("courier_id", "") == ""
    record = page.locator(".overrides")
    expect(record).to_contain_text("Assigned", timeout=SOON_MS)
    expect(record).to_contain_text("undone by demo")


def test_an_order_is_held_expedited_and_an_excluded_courier_is_not_offered(demo: Demo, open_tab: Open) -> None:
    """Held, it waits with its reason; released and expedited it has the highest priority; who is excluded is listed."""
    order_id = quiet_order(demo, "HOLD")
    tab = open_tab(demo.console)
    page = tab.page
    tab.reaches("[data-link=live]")
    opened(page, order_id)
    drawer = page.locator(".drawer")
    for action, shown in (("hold", "Held"), ("release", "Waiting")):
        ask(page, action)
        expect(page.locator("[data-preview=known]")).to_be_visible(timeout=SOON_MS)
        apply(tab)
        expect(drawer).to_contain_text(shown, timeout=SOON_MS)
    ask(page, "exclude")
    first = page.get_by_role("dialog").get_by_role("radio").first
    first.check()
    excluded = first.get_attribute("value") or ""
    apply(tab)
    expect(drawer).to_contain_text("Not asked", timeout=SOON_MS)
    ask(page, "assign")
    expect(page.get_by_role("dialog").locator(f"input[value='{excluded}']")).to_have_count(1)
    page.get_by_role("dialog").locator(f"input[value='{excluded}']").check()
    expect(page.locator("[data-preview=known]")).to_contain_text("breaks rules", timeout=SOON_MS)
    page.keyboard.press("Escape")


def test_what_a_dispatcher_has_given_away_is_seen_to_be_locked(demo: Demo, open_tab: Open, standing: str) -> None:
    """Its row says so, and what of it is locked, to those who look and those who listen alike."""
    order_id = quiet_order(demo, "LOCKED")
    given = {"action": "assign", "order_id": order_id, "courier_id": standing, "reason": "first", "force": True}
    demo.call("POST", "/v1/overrides", given)
    tab = open_tab(demo.console)
    tab.reaches("[data-link=live]")
    tab.page.get_by_role("textbox", name="Search").fill("LOCKED")
    row = tab.page.locator(f"[data-order='{order_id}']")
    expect(row.locator(".row-lock")).to_have_attribute("title", "Locked: The courier", timeout=SOON_MS)
    expect(row).to_contain_text("Locked: The courier")


@pytest.mark.parametrize("size", [DESK_PX, PHONE_PX], ids=["desk", "phone"])
def test_another_time_is_agreed_on(demo: Demo, open_tab: Open, size: dict[str, int]) -> None:
    """One of the windows that can be kept, and why; what the customer writes meanwhile is a choice, and not lost."""
    placed = demo.order(ref=f"LATER-{size['width']}")
    hold = {"action": "hold", "order_id": placed["id"], "reason": "calls back", "force": True}
    demo.call("POST", "/v1/overrides", hold)
    tab = open_tab(demo.console, size)
    page = tab.page
    tab.reaches("[data-link=live]")
    opened(page, placed["id"])
    ask(page, "reschedule")
    dialog = page.get_by_role("dialog")
    window = dialog.get_by_role("radio").nth(2)
    window.check()
    chosen_ms = [int(part) for part in str(window.get_attribute("value")).split("-")]
    assert grave_faults(page) == []
    demo.call("POST", f"/v1/track/{placed['track_token']}/instructions", {"note": "Ring twice"})
    dialog.get_by_label("Reason").fill("not at home")
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("alert")).to_contain_text("changed this order while you were deciding")
    tab.goes_on()
    drawer = page.locator(".drawer")
    expect(drawer.locator("[data-wishes='2']")).to_contain_text("by demo: not at home", timeout=SOON_MS)
    shown = demo.call("GET", f"/v1/track/{placed['track_token']}")["order"]
    assert (shown["note"], shown["earliest_at_ms"], shown["promise_at_ms"]) == ("Ring twice", *chosen_ms)


def test_the_desk_sees_who_was_right(demo: Demo, open_tab: Open) -> None:
    """The key opens the record by person and action, with the newest changes below, in Chinese and in the dark, too."""
    order_id = quiet_order(demo, "RIGHT")
    body = {"action": "expedite", "order_id": order_id, "reason": "vip"}
    demo.call("POST", "/v1/overrides", body)
    for looks, title in (
        ({}, "Was the human right?"),
        ({"locale": "zh-CN", "color_scheme": "dark"}, "人工判断对不对？"),
    ):
        tab = open_tab(demo.console, DESK_PX, **looks)
        tab.reaches("[data-link=live]")
        tab.page.keyboard.press("o")
        dialog = tab.page.get_by_role("dialog", name=title)
        expect(dialog.locator("table.summary")).to_contain_text("demo", timeout=SOON_MS)
        expect(dialog.locator(".overrides")).to_contain_text("vip")
        assert grave_faults(tab.page) == []
