"""How well arrivals were kept, at the desk: the figure and what it differs by, from a town that really delivers."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

SOON_MS = 20_000
DELIVERED_S = 200
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """A town with more to do than its couriers can do at once: arrivals are told long before."""
    return ("--couriers", "4", "--orders-per-hour", "90")


def judged(demo: Demo) -> dict[str, Any]:
    """The API's figures, once an arrival had been told ten minutes before it."""
    for _ in range(DELIVERED_S):
        found = demo.call("GET", "/v1/calibration?days=1")
        if any(each["lead_min"] == 10 and each["count"] for each in found["by_lead"]):
            return dict(found)
        time.sleep(1)
    raise AssertionError(found)


@pytest.mark.parametrize(
    ("size", "looks", "words"),
    [
        (DESK_PX, {}, ("Calibration", "1 day", "came by the stated latest time", "Goal 88–92%", "of {n}")),
        (
            PHONE_PX,
            {"locale": "zh-CN", "color_scheme": "dark"},
            ("送达准确率", "最近 1 天", "不晚于提前 10 分钟", "目标 88–92%", "共 {n}"),
        ),
    ],
    ids=["desk", "phone"],
)
def test_the_figures_are_those_of_the_deliveries(
    demo: Demo, open_tab: Open, size: dict[str, int], looks: dict[str, str], words: tuple[str, ...]
) -> None:
    """The big figure with its goal, the table by lead, and bars whose shares and counts can be read."""
    title, day, figure, goal, count = words
    found = judged(demo)
    tab = open_tab(demo.console, size, **looks)
    tab.reaches("[data-link=live]")
    tab.page.keyboard.press("c")
    dialog = tab.page.get_by_role("dialog", name=title)
    dialog.get_by_role("radio", name=day, exact=True).check()
    shown = dialog.locator(".calibration-figure")
    expect(shown).to_contain_text(figure, timeout=SOON_MS)
    expect(shown).to_contain_text(goal)
    expect(shown.locator("strong")).to_have_text(re.compile(r"^\d+%$"))
    expect(dialog.locator(".leads tbody tr")).to_have_count(len(found["by_lead"]))
    bars = dialog.locator(".bars")
    expect(bars).to_have_count(2)
    expect(bars.first.locator("tbody tr").first).to_contain_text(re.compile(count.format(n=r"\d+")))
    assert grave_faults(tab.page) == []
    assert tab.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_zone_without_deliveries_and_a_server_without_an_answer_say_so(demo: Demo, open_tab: Open) -> None:
    """The empty state, and the one of a failure."""
    empty: dict[str, object] = {"orders": 0, "changes_median": 0, "late": 0, "told_early": 0}
    answers = [{"json": empty | {"by_lead": [], "by_hour": [], "by_distance": []}}, {"status": 503}]
    tab = open_tab("about:blank")
    tab.page.route("**/v1/calibration**", lambda route: route.fulfill(**answers.pop(0)))  # type: ignore[arg-type]
    tab.page.goto(demo.console)
    tab.reaches("[data-link=live]")
    tab.page.keyboard.press("c")
    dialog = tab.page.get_by_role("dialog", name="Calibration")
    expect(dialog).to_contain_text("Figures come with the deliveries")
    dialog.get_by_role("radio", name="31 days").check()
    expect(dialog).to_contain_text("cannot be loaded")
    tab.complaints[:] = [line for line in tab.complaints if "503" not in line]
