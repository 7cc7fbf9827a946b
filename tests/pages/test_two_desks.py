"""Two dispatchers at once: each sees what the other has open, and neither overwrites the other."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import NO_WEBGL_FLAGS, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]
SHARES_A_DEMO = True

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_two_at_one_order_see_each_other(demo: Demo, open_tab: Open, scheme: str) -> None:
    """The sign of the other stands in the list, in the bar and in the drawer, in words; it goes when they go."""
    order_id = demo.order(ref=f"TWO-{scheme}", depot_id=None)["id"]
    ann = open_tab(demo.console, color_scheme=scheme)
    bo = open_tab(demo.console)
    for tab in (ann, bo):
        tab.reaches("[data-link=live]")
        tab.page.get_by_role("textbox", name="Search").fill(f"TWO-{scheme}")
    bo.page.locator("[data-order]").first.click()
    row = ann.page.locator(f"[data-order='{order_id}']")
    expect(row.locator(".person")).to_have_attribute("title", "demo is looking at this.")
    ann.page.get_by_role("button", name="demo has something open: show it").click()
    drawer = ann.page.locator(f"[data-drawer='{order_id}']")
    expect(drawer.get_by_role("status").filter(has_text="demo is looking at this.")).to_be_visible()
    bo.page.keyboard.press("x")
    expect(drawer.get_by_role("status").filter(has_text="demo is changing this.")).to_be_visible()
    assert grave_faults(ann.page) == []
    bo.page.context.close()
    expect(drawer.locator(".attended")).to_have_count(0)
    expect(ann.page.locator(".others")).to_have_count(0)
