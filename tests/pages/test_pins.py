"""Pins to check at the desk: shown with the reason on a map, accepted, taken back, left."""

import asyncio
import threading
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.ports import Request
from dispatch.domain import commands as c
from dispatch.domain.correction import Correction
from dispatch.domain.doors import door_of
from dispatch.domain.geo import Point
from dispatch.domain.place_correction import Stay, judge_pin
from tests.pages.conftest import DESK_PX, PHONE_PX, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

SOON_MS = 20_000
Open = Callable[..., Tab]


def wrong_pin(demo: Demo, address: str, north: float) -> Correction:
    """A door in the middle of the city whose pin is some hundreds of metres off, by four visits."""
    centre = demo.call("GET", "/v1/city")["centre"]
    pin, door = Point(centre["lat"], centre["lon"]), Point(centre["lat"] + north, centre["lon"] + 0.0015)
    stays = [Stay(f"v{n}", f"c{n % 2}", n, Point(door.lat + n * 4e-5, door.lon - n * 6e-5)) for n in range(4)]
    found = judge_pin(pin, stays)
    assert found
    told = (found.pattern, found.visits, found.distance_m, found.spread_m, found.confidence)
    why = (found.reason_en, found.reason_zh, tuple(stay.place for stay in stays), 1)
    return Correction(door_of(pin, address), address, pin, found.place, *told, *why)


def propose(demo: Demo, *corrections: Correction) -> None:
    """What the server's own learning would put into the zone's inbox, had couriers been there."""

    async def submit() -> None:
        database = Database(f"sqlite+aiosqlite:///{next(demo.folder.rglob('*.sqlite'))}")
        asked = [Request(uuid.uuid4().hex, "system:learning", c.ProposeCorrection(each)) for each in corrections]
        await SqlZoneStore(database).submit("default", asked)
        await database.close()

    elsewhere = threading.Thread(target=lambda: asyncio.run(submit()))  # Playwright's loop runs in this thread
    elsewhere.start()
    elsewhere.join()


@pytest.mark.parametrize(
    ("size", "looks", "words"),
    [
        (DESK_PX, {}, ("Pins to check", "4 visits ended", "Accept", "Undo", "Leave the pin")),
        (
            PHONE_PX,
            {"locale": "zh-CN", "color_scheme": "dark"},
            ("待核对的门牌", "4 次送达的实际位置", "采纳", "撤销", "保留原位"),
        ),
    ],
    ids=["desk", "phone"],
)
def test_a_pin_is_looked_at_accepted_taken_back_and_left(
    demo: Demo, open_tab: Open, size: dict[str, int], looks: dict[str, str], words: tuple[str, ...]
) -> None:
    """The map and the reason first; what was accepted moves the next order, and can be taken back at once."""
    title, reason, accept, undo, leave = words
    first, second = (wrong_pin(demo, f"{size['width']} Wrong Lane {n}", 0.002 + n * 0.001) for n in (1, 2))
    propose(demo, first, second)
    tab = open_tab(demo.console, size, **looks)
    page = tab.page
    tab.reaches("[data-link=live]")
    tool = page.get_by_role("button", name=f"{title}")
    expect(tool).to_contain_text("2", timeout=SOON_MS)
    tool.click()
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog.locator("[data-pins-map=painted]")).to_be_visible(timeout=SOON_MS)
    dialog.locator(".pins-list button", has_text=first.address).click()
    details = dialog.locator(f"[data-pin='{first.id}']")
    expect(details).to_contain_text(reason)
    assert grave_faults(page) == []
    details.get_by_role("button", name=accept).click()
    expect(dialog.locator(".pins-settled")).to_contain_text(first.address, timeout=SOON_MS)
    pin = {"lat": first.pin.lat, "lon": first.pin.lon, "address": first.address}
    moved = demo.call("GET", f"/v1/orders/{demo.order(dropoff=pin)['id']}")
    assert (moved["lat"], moved["lon"]) == pytest.approx((first.place.lat, first.place.lon))
    dialog.get_by_role("button", name=undo).click()
    expect(dialog.locator(".pins-settled")).to_have_count(0, timeout=SOON_MS)
    left = dialog.locator(f"[data-pin='{second.id}']")
    expect(left).to_be_visible(timeout=SOON_MS)
    left.get_by_role("button", name=leave).click()
    expect(dialog.locator(".pins-list")).to_have_count(0, timeout=SOON_MS)
    states = {each["id"]: each["state"] for each in demo.call("GET", "/v1/corrections")["corrections"]}
    assert states[first.id] == states[second.id] == "rejected"
