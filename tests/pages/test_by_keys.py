"""The five main stories of a dispatcher, told by the keyboard alone: no pointer is ever used."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.pages.conftest import NO_WEBGL_FLAGS, Demo, Tab, grave_faults
from tests.pages.test_live_pages import quiet_order

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

Open = Callable[..., Tab]
SOON_MS = 15_000
MOST_TABS = 60


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def reach(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until something of this kind has the focus."""
    for _ in range(MOST_TABS):
        if page.locator(f"{selector}:focus").count():
            return
        page.keyboard.press(key)
    raise AssertionError(f"No way leads to {selector} by {key}.")


def apply(tab: Tab, reason: str = "by keys") -> None:
    """Give a reason, and go on whatever the server asks first."""
    page = tab.page
    reach(page, "#reason")
    page.keyboard.type(reason)
    page.keyboard.press("Enter")
    made, go_on = page.locator("body:not(:has(dialog[open]))"), page.get_by_role("button", name="Apply anyway")
    for _ in range(3):
        expect(go_on.or_(made).first).to_be_visible(timeout=SOON_MS)
        if go_on.count() == 0:
            break
        reach(page, "dialog .alert .button.primary")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_role("button", name="Sending…")).to_have_count(0, timeout=SOON_MS)
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=SOON_MS)
    tab.complaints[:] = [line for line in tab.complaints if "409" not in line]


def test_a_dispatchers_day_without_a_pointer(demo: Demo, open_tab: Open, standing: str) -> None:
    """Find an order and assign it with its effect before the eyes, undo, hold and release, write, cancel; the focus is
    never lost, and the list of keys says all of it."""
    order_id = quiet_order(demo, ref="KEYS-1")
    tab = open_tab(demo.console)
    page, drawer = tab.page, tab.page.locator(f"[data-drawer='{order_id}']")
    tab.reaches("[data-link=live]:not([data-order-count='0'])")

    # 1. Found by the palette, assigned with the effect shown first.
    page.keyboard.press("Control+k")
    page.keyboard.type("keys-1")
    expect(page.get_by_role("option", selected=True)).to_contain_text("KEYS-1")
    page.keyboard.press("Enter")
    expect(drawer).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("dialog").get_by_role("radio").first).to_be_visible(timeout=SOON_MS)
    reach(page, "dialog input[type=radio]", "Shift+Tab")
    reach(page, f"dialog input[value='{standing}']", "ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator("[data-preview=known]")).to_be_visible(timeout=SOON_MS)
    assert grave_faults(page) == []
    apply(tab)
    expect(drawer).to_contain_text("Assigned", timeout=SOON_MS)

    # 2. Taken back.
    page.keyboard.press("z")
    expect(page.locator(".notice")).to_contain_text("All is as it was", timeout=SOON_MS)

    # 3. Held, with its reason, and released.
    for shown in ("Held", "Waiting"):
        page.keyboard.press("h")
        expect(page.locator("[data-preview=known]")).to_be_visible(timeout=SOON_MS)
        apply(tab)
        expect(drawer).to_contain_text(shown, timeout=SOON_MS)

    # 4. Written about.
    page.keyboard.press("m")
    page.keyboard.type("We are on it.")
    page.keyboard.press("Control+Enter")
    expect(drawer.locator(".thread, .messages, ol").filter(has_text="We are on it.").first).to_be_visible(
        timeout=SOON_MS
    )
    page.keyboard.press("Escape")

    # 5. Canceled, once the effect has been read.
    page.keyboard.press("x")
    expect(page.get_by_role("dialog")).to_contain_text("KEYS-1")
    apply(tab)
    expect(drawer).to_contain_text("Canceled", timeout=SOON_MS)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)


def test_queues_lists_and_menus_are_a_key_away(demo: Demo, open_tab: Open) -> None:
    """A digit shows a queue, arrows choose in it; every key is in the list; a menu gives the focus back."""
    quiet_order(demo, ref="KEYS-2")
    tab = open_tab(demo.console)
    page = tab.page
    tab.reaches("[data-link=live]:not([data-order-count='0'])")
    page.keyboard.press("6")
    page.keyboard.press("ArrowDown")
    expect(page.locator("[data-order][aria-selected=true]")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Find anything")
    assert grave_faults(page) == []
    page.keyboard.press("Escape")

    # The menu by arrows, and away again with the focus where it was.
    page.keyboard.press("Escape")
    reach(page, ".desk-menu > button")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(page.locator(".desk-menu > button")).to_be_focused()
