"""Traffic at the desk: drawn on the map, reported, seen on the list, ended; a refusal in the reader's words."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import PHONE_PX, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

SOON_MS = 20_000
Open = Callable[..., Tab]


@pytest.fixture(autouse=True)
def clean_streets(demo: Demo) -> Iterator[None]:
    """Nothing is left on the streets for the next test."""
    yield
    for incident in incidents(demo):
        demo.call("DELETE", f"/v1/traffic/{incident['id']}")


def incidents(demo: Demo) -> list[dict[str, Any]]:
    """What the server has on the streets."""
    return list(demo.call("GET", "/v1/traffic")["incidents"])


def across(demo: Demo, east: float) -> dict[str, object]:
    """A short line across streets, beside the middle of the city."""
    centre = demo.call("GET", "/v1/city")["centre"]
    line = [[centre["lon"] + east, centre["lat"] + north] for north in (-0.0008, 0.0008)]
    return {"type": "LineString", "coordinates": line}


def draw(page: Page, *places: tuple[float, float], touch: bool = False) -> None:
    """Click, or tap, on the map at these shares of its size, of what no panel covers on the desk."""
    box = page.locator(".stage .map").bounding_box()
    assert box
    for right, down in places:
        x, y = box["x"] + box["width"] * right, box["y"] + box["height"] * down
        if touch:
            page.touchscreen.tap(x, y)
        else:
            page.mouse.click(x, y)
        page.wait_for_timeout(400)  # two clicks within less than that are a double click


def opened(tab: Tab, key: str, title: str) -> Locator:
    """The panel, opened by its key."""
    tab.reaches("[data-map-painted='1'][data-link=live]")
    tab.page.keyboard.press(key)
    panel = tab.page.get_by_role("complementary", name=title)
    expect(panel).to_be_visible()
    return panel


def test_a_closure_is_drawn_reported_and_ended(demo: Demo, open_tab: Open) -> None:
    """By key and mouse: a point is taken back, a double click finishes, a reason is asked for, and an end confirmed."""
    tab = open_tab(demo.console)
    page, panel = tab.page, opened(tab, "n", "Report traffic")
    finish = panel.get_by_role("button", name="Finish")
    draw(page, (0.3, 0.3), (0.2, 0.7))
    page.keyboard.press("Backspace")
    expect(panel.get_by_role("status")).to_have_text("One more point.")
    expect(finish).to_be_disabled()
    box = page.locator(".stage .map").bounding_box()
    assert box
    page.mouse.dblclick(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.6)
    panel.get_by_role("button", name="Report", exact=True).click()
    expect(panel).to_contain_text("Please give a reason")
    assert grave_faults(page) == []
    panel.get_by_label("Reason").fill("Burst water main")
    panel.get_by_role("radio", name="30 min").check()
    panel.get_by_role("button", name="Report", exact=True).click()
    row = page.locator(".incident.chosen")
    expect(row).to_contain_text("Burst water main", timeout=SOON_MS)
    (incident,) = incidents(demo)
    assert incident["kind"] == "closure" and len(incident["geometry"]["coordinates"]) == 2
    assert 25 * 60_000 < incident["until_ms"] - incident["from_ms"] < 35 * 60_000
    assert page.url.endswith(f"#/incidents/{incident['id']}")
    assert grave_faults(page) == []
    row.get_by_role("button", name="End it").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("streets count as open")
    dialog.get_by_role("button", name="End it").click()
    expect(page.locator(".incident")).to_have_count(0, timeout=SOON_MS)
    assert incidents(demo) == []


def test_weather_is_drawn_by_touch_on_a_chinese_phone(demo: Demo, open_tab: Open) -> None:
    """Three taps around an area, how slow by the slider, until somebody ends it."""
    tab = open_tab(demo.console, PHONE_PX, locale="zh-CN", color_scheme="dark", has_touch=True)
    page = tab.page
    tab.reaches("[data-map-painted='1'][data-link=live]")
    page.get_by_role("button", name="路况").tap()
    page.get_by_role("complementary", name="路况").get_by_role("button", name="上报…").tap()
    panel = page.get_by_role("complementary", name="上报路况")
    panel.get_by_role("radio", name="天气").tap()
    draw(page, (0.3, 0.3), (0.7, 0.3), (0.5, 0.8), touch=True)
    panel.get_by_role("button", name="完成").tap()
    panel.get_by_role("button", name="暴雨").tap()
    panel.get_by_role("slider").fill("3")
    expect(panel).to_contain_text("耗时为平时的 3 倍")
    panel.get_by_role("radio", name="直到手动结束").tap()
    assert grave_faults(page) == []
    panel.get_by_role("button", name="上报", exact=True).tap()
    expect(page.locator(".incident.chosen")).to_contain_text("暴雨", timeout=SOON_MS)
    (incident,) = incidents(demo)
    assert (incident["kind"], incident["factor"], incident["until_ms"]) == ("weather", 3.0, 0)


def test_what_others_report_appears_by_itself_and_can_be_picked_from_the_list(demo: Demo, open_tab: Open) -> None:
    """The count on the button, the row with who and how long; picked by its address after a reload, too."""
    tab = open_tab(demo.console)
    panel = opened(tab, "i", "Traffic")
    expect(panel).to_contain_text("Nothing is reported")
    jam = {"kind": "slowdown", "reason": "Jam", "factor": 2.5, "geometry": across(demo, 0.001)}
    told = demo.call("POST", "/v1/traffic", jam)
    row = panel.locator(f"[data-incident='{told['id']}']")
    expect(row).to_contain_text("rides take 2.5 times as long", timeout=SOON_MS)
    expect(tab.page.get_by_role("button", name="Traffic: 1")).to_be_visible()
    row.get_by_role("button").click()
    tab.page.reload()
    expect(tab.page.locator(".incident.chosen")).to_contain_text("Jam", timeout=SOON_MS)
    tab.page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_refusal_is_told_in_the_reader_s_words_and_escape_steps_back(demo: Demo, open_tab: Open) -> None:
    """A closure of most of the city is a slip of the hand; nothing that was written is lost."""
    tab = open_tab(demo.console, locale="zh-CN")
    page, panel = tab.page, opened(tab, "n", "上报路况")
    page.keyboard.press("f")
    page.wait_for_timeout(800)
    panel.get_by_role("radio", name="区域").check()
    draw(page, (0.02, 0.03), (0.6, 0.03), (0.6, 0.97), (0.02, 0.97))
    panel.get_by_role("button", name="完成").click()
    panel.get_by_label("原因").fill("全城")
    panel.get_by_role("button", name="上报", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("切断城市过多区域", timeout=SOON_MS)
    page.keyboard.press("Escape")
    panel.get_by_role("button", name="完成").click()
    expect(panel.get_by_label("原因")).to_have_value("全城")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="路况", exact=True)).to_be_visible()
    assert incidents(demo) == []
    tab.complaints[:] = [line for line in tab.complaints if "422" not in line]
