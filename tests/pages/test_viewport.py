"""The map at the desk follows the screen: dots where few couriers are on it, clusters where many are."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.pages.conftest import DESK_PX, PHONE_PX, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[..., Tab]
COURIERS = 8
MARGIN = 0.15
"""Of the screen's size: so much more than the screen the desk looks at, on each side."""
SOON_MS = 15_000
STEP_MS = 100
DOTS = "[data-clusters='']:not([data-courier-count='0'])"
CLUSTERS = f"[data-clustered-count='{COURIERS}'][data-courier-count='0']"


@pytest.fixture(scope="module")
def town() -> Iterator[tuple[str, ...]]:
    """A town whose couriers are more than its dispatchers' maps show one by one."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DISPATCH_LIVE_MAX_DOTS", "4")
        yield ("--couriers", str(COURIERS), "--orders-per-hour", "40")


class Wire:
    """What the desk and the server said to each other of what is on the screen."""

    def __init__(self, page: Page) -> None:
        self.looks: list[dict[str, float]] = []
        self.clusters: list[dict[str, float]] = []
        self.shows = ""
        self._page = page
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: self._hear(json.loads(frame)))
        socket.on("framereceived", lambda frame: self._hear(json.loads(frame)))

    def _hear(self, frame: Any) -> None:
        for message in frame if isinstance(frame, list) else [frame]:
            if message["t"] == "look":
                self.looks.append(message["view"])
                self.shows = ""
            if message["t"] in {"clusters", "fixes"}:
                self.shows = message["t"]
                self.clusters = message.get("clusters", [])

    def next_look(self, looks: int) -> dict[str, float]:
        """The look after so many, once the server has answered it."""
        for _ in range(SOON_MS // STEP_MS):
            if len(self.looks) > looks and self.shows:
                return self.looks[-1]
            self._page.wait_for_timeout(STEP_MS)
        raise AssertionError(f"There are {len(self.looks)} looks, and the last one shows {self.shows or 'nothing'}.")


def opened(demo: Demo, open_tab: Open, size: dict[str, int] = DESK_PX, **looks: Any) -> tuple[Tab, Wire]:
    """The desk with everything on its map, and what it says of it."""
    tab = open_tab("about:blank", size, **looks)
    wire = Wire(tab.page)
    tab.page.goto(demo.console)
    tab.reaches(f"[data-map-painted='1']{CLUSTERS}")
    return tab, wire


def on_screen(page: Page, view: dict[str, float], place: dict[str, float]) -> tuple[float, float]:
    """Where a place of this look is on the page, in CSS pixels; so small a box is flat."""
    box = page.locator(".stage .map").bounding_box()
    assert box
    right = (place["lon"] - view["west"]) / (view["east"] - view["west"])
    down = (view["north"] - place["lat"]) / (view["north"] - view["south"])
    scale = 1 + 2 * MARGIN
    return box["x"] + (right * scale - MARGIN) * box["width"], box["y"] + (down * scale - MARGIN) * box["height"]


def click_largest(page: Page, wire: Wire) -> dict[str, float] | None:
    """Click on the largest cluster, which rides on meanwhile, once the pointer is on it; the look before. None: so many
    have ridden off the screen that there are dots."""
    for _ in range(SOON_MS // STEP_MS):
        if wire.shows == "fixes":
            return None
        view, largest = wire.looks[-1], max(wire.clusters, key=lambda each: each["couriers"])
        page.mouse.move(*on_screen(page, view, largest))
        if page.locator(".cluster-tip").is_visible():
            page.mouse.down()
            page.mouse.up()
            return view
        page.wait_for_timeout(STEP_MS)
    raise AssertionError("No cluster is where the server said.")


def holds(view: dict[str, float], place: dict[str, float]) -> bool:
    """Whether the place is in the box of the look."""
    return view["south"] <= place["lat"] <= view["north"] and view["west"] <= place["lon"] <= view["east"]


def test_too_many_couriers_are_clusters_and_a_click_comes_closer(demo: Demo, open_tab: Open) -> None:
    """The numbers add up to everyone; the pointer tells a cluster in words; closer, the dots are there."""
    tab, wire = opened(demo, open_tab)
    page, tip = tab.page, tab.page.locator(".cluster-tip")
    expect(page.locator(".map-legend")).to_contain_text(f"{COURIERS} couriers, ")
    assert sum(each["couriers"] for each in wire.clusters) == COURIERS
    expect(tip).to_be_hidden()
    while wire.shows == "clusters":
        looks = len(wire.looks)
        view = click_largest(page, wire)
        assert view is None or wire.next_look(looks)["zoom"] == pytest.approx(view["zoom"] + 2)
    expect(tip).to_contain_text(" idle")
    tab.reaches(DOTS)
    expect(page.locator(".map-legend")).to_have_count(0)
    expect(tip).to_be_hidden()
    page.keyboard.press("f")
    tab.reaches(CLUSTERS)


def test_a_courier_from_the_list_is_found_wherever_they_are(demo: Demo, open_tab: Open) -> None:
    """Far out there is no dot of them, and yet the drawer knows when they were seen, and the map goes there."""
    tab, wire = opened(demo, open_tab)
    page = tab.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    looks, far = len(wire.looks), wire.looks[-1]["zoom"]
    page.keyboard.press("7")
    row = page.locator("[data-courier]").first
    courier_id = row.get_attribute("data-courier")
    row.click()
    place = page.locator("[data-place]")
    expect(place).to_be_visible()
    expect(place).to_contain_text("Last position")
    expect(place).not_to_contain_text("Not seen yet")
    assert wire.next_look(looks)["zoom"] > far
    assert [url for url in asked if url.endswith(f"/v1/couriers/{courier_id}")]
    lat, lon = map(float, str(place.get_attribute("data-place")).split(","))
    assert holds(wire.looks[-1], {"lat": lat, "lon": lon})
    page.keyboard.press("Escape")


def test_who_is_not_on_the_screen_can_still_be_given_an_order(demo: Demo, open_tab: Open) -> None:
    """The dialog asks where everybody is, and tells each one's distance."""
    tab, _ = opened(demo, open_tab)
    page = tab.page
    demo.order(ref="NEAR-WHOM")
    page.get_by_role("textbox", name="Search").fill("NEAR-WHOM")
    page.locator("[data-order]").first.click()
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio").first).to_be_visible()
    expect(dialog.get_by_text(" km")).to_have_count(dialog.get_by_role("radio").count())
    page.keyboard.press("Escape")


@pytest.mark.parametrize(("size", "theme"), [(DESK_PX, "dark"), (PHONE_PX, "light")])
def test_clusters_are_told_in_chinese_and_have_no_grave_faults(
    demo: Demo, open_tab: Open, size: dict[str, int], theme: str
) -> None:
    """On the desk and on a phone, in both themes; with reduced motion a click leads there at once."""
    tab, wire = opened(demo, open_tab, size, locale="zh-CN", color_scheme=theme, reduced_motion="reduce")
    expect(tab.page.locator(".map-legend")).to_contain_text(f"{COURIERS} 名骑手，")
    expect(tab.page.locator(".map-legend")).to_contain_text("名空闲")
    assert grave_faults(tab.page) == []
    looks = len(wire.looks)
    view = click_largest(tab.page, wire)
    assert wire.next_look(looks)["zoom"] == pytest.approx(view["zoom"] + 2)
