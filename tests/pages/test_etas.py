"""Why an arrival time changed, at the desk and on the shopper's page; and an order whose street is closed."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

SOON_MS = 20_000
MOVED_MS = 120_000
DAY_MS = 24 * 3_600_000
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def around(place: dict[str, Any], degrees: float) -> dict[str, object]:
    """A GeoJSON square with the place in its middle."""
    lat, lon = place["lat"], place["lon"]
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    return {"type": "Polygon", "coordinates": [[[lon + x * degrees, lat + y * degrees] for x, y in corners]]}


def opened_order(page: Page, ref: str) -> None:
    """Search for an order at the desk and open it."""
    page.locator(".search input").fill(ref)
    page.locator("[data-order]").first.click()


def test_a_closed_street_is_told_kindly_and_the_order_goes_on_when_it_opens(demo: Demo, open_tab: Open) -> None:
    """Staff and shopper read what is in the way; nobody has to release the order."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    times = {"ready_at_ms": tomorrow_ms, "commit_due_at_ms": tomorrow_ms, "promise_at_ms": tomorrow_ms + DAY_MS}
    order = demo.order(ref="CUT-OFF", **times)
    door = demo.call("GET", f"/v1/orders/{order['id']}")
    desk, shopper = open_tab(demo.console), open_tab(order["track_url"], PHONE_PX, locale="zh-CN")
    desk.reaches("[data-link=live]")
    opened_order(desk.page, "CUT-OFF")
    shopper.reaches("[data-view=order]")
    closure = {"kind": "closure", "reason": "Burst water main", "geometry": around(door, 0.0008)}
    incident = demo.call("POST", "/v1/traffic", closure)
    words = "Cannot be reached: Burst water main; it goes on by itself when the street opens."
    expect(desk.page.locator(".drawer .cut-off")).to_have_text(words, timeout=SOON_MS)
    heading = shopper.page.get_by_role("heading", level=1)
    expect(heading).to_have_text("暂时无法送达", timeout=SOON_MS)
    expect(shopper.page.locator(".why")).to_contain_text("道路恢复后订单自动继续")
    assert incident["id"] not in shopper.page.content()
    assert grave_faults(desk.page) == grave_faults(shopper.page) == []
    demo.call("DELETE", f"/v1/traffic/{incident['id']}")
    expect(desk.page.locator(".drawer .cut-off")).to_have_count(0, timeout=SOON_MS)
    expect(heading).to_have_text("正在为您安排骑手", timeout=SOON_MS)


def test_a_changed_arrival_says_why_and_its_history_is_kept(demo: Demo, open_tab: Open) -> None:
    """Snow slows every ride: the range on the shopper's page, the line below it, and the desk's fold."""
    box = demo.call("GET", "/v1/city")["box"]
    far = {"lat": box["north"] - 0.001, "lon": box["east"] - 0.001, "address": "9 Far Corner"}
    order = demo.order(dropoff=far, ref="MOVED")
    heard: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: heard.append(str(frame)))

    shopper, desk = open_tab("about:blank", PHONE_PX), open_tab(demo.console)
    shopper.page.on("websocket", listen)
    shopper.page.goto(order["track_url"])
    heading = shopper.page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile(r"^Arrives \d\d:\d\d–\d\d:\d\d$"), timeout=MOVED_MS)
    centre = demo.call("GET", "/v1/city")["centre"]
    snow = {"kind": "weather", "reason": "Snow", "factor": 5, "geometry": around(centre, 0.012)}
    incident = demo.call("POST", "/v1/traffic", snow)
    why = shopper.page.locator(".why")
    expect(why).to_contain_text(re.compile(r"(ater|arlier).*; it was \d\d:\d\d before\."), timeout=MOVED_MS)
    assert grave_faults(shopper.page) == []
    opened_order(desk.page, "MOVED")
    drawer = desk.page.locator(".drawer")
    drawer.get_by_text("How the arrival was told").click()
    expect(drawer.locator(".etas tbody tr").nth(1)).to_be_visible(timeout=SOON_MS)
    expect(drawer.locator(".etas tbody tr").last).to_contain_text("first plan")
    assert grave_faults(desk.page) == []
    demo.call("DELETE", f"/v1/traffic/{incident['id']}")
    courier_id = demo.call("GET", f"/v1/orders/{order['id']}")["courier_id"]
    said = "".join(heard)
    assert said and not [inner for inner in (courier_id, incident["id"], order["depot_id"]) if f'"{inner}"' in said]
