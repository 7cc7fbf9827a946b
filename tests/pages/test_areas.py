"""The parts of a zone: drawn on the desk's map, with what they hold before the eyes, changed and removed."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

Open = Callable[..., Tab]
CORNERS = ((0.25, 0.25), (0.7, 0.25), (0.7, 0.75), (0.25, 0.75))
"""Of the map's size."""


def test_an_area_is_drawn_named_seen_and_removed(demo: Demo, open_tab: Open) -> None:
    """What it holds is told while it is drawn; another desk sees it at once; a home of couriers cannot be removed."""
    tab, other = open_tab(demo.console), open_tab(demo.console)
    for each in (tab, other):
        each.reaches("[data-map-painted='1'][data-link=live]")
        each.page.keyboard.press("q")
    page, panel = tab.page, tab.page.locator("[data-areas]")
    panel.get_by_role("button", name="Draw an area").click()
    box = page.locator(".stage .map").bounding_box()
    assert box
    free_px = box["width"] - 392
    for number, (right, down) in enumerate(CORNERS):
        page.mouse.click(box["x"] + right * free_px, box["y"] + down * box["height"])
        if number < 2:
            expect(panel.get_by_role("status")).to_contain_text(f"{2 - number} more corners")
    expect(panel.locator("[data-inside]")).to_have_text(re.compile(r"\d+ open orders .* couriers"))
    panel.get_by_role("button", name="That is it").click()
    panel.get_by_label("Name").fill("Old <b>town</b>")
    page.keyboard.press("Enter")
    row = panel.locator("[data-area=old-b-town-b]")
    expect(row).to_contain_text("Old <b>town</b>")
    assert page.url.endswith("#/areas/old-b-town-b")
    assert len(demo.call("GET", "/v1/areas")["areas"][0]["ring"]) == len(CORNERS)
    expect(other.page.locator("[data-area=old-b-town-b]")).to_be_visible()
    assert grave_faults(page) == []
    home = demo.call("GET", "/v1/couriers")["couriers"][0]
    body = {"name": home["name"], "profile": home["profile"]}
    demo.call("PUT", f"/v1/couriers/{home['id']}", {**body, "home_areas": ["old-b-town-b"]})
    row.get_by_role("button", name="Remove", exact=True).click()
    row.get_by_role("button", name="Yes, remove it").click()
    expect(row.get_by_role("alert")).to_contain_text("give them other areas first")
    tab.complaints[:] = [line for line in tab.complaints if "409" not in line]
    demo.call("PUT", f"/v1/couriers/{home['id']}", {**body, "home_areas": []})
    row.get_by_role("button", name="Yes, remove it").click()
    expect(row).to_have_count(0)
    expect(other.page.locator("[data-area=old-b-town-b]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
