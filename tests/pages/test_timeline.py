"""The timeline of routes at the desk, and orders that are carried: by mouse, by keys, and over the map."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dispatch.web.auth import issue_token
from tests.pages.conftest import BROWSER_FLAGS, DESK_PX, NO_WEBGL_FLAGS, PHONE_PX, SPEED, Demo, Tab, grave_faults
from tests.pages.rider import Phone, online

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

DAY_MS = 24 * 3_600_000
SOON_MS = 20_000
DRAWER_PX = 392
COURIERS = {"ada": "Ada First", "bo": "Bo Second", "cy": "Cy Third"}

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Only one story here looks at the map, in a browser of its own."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """Hardly anybody else: these stories are about couriers who wait for the test."""
    return ("--couriers", "2", "--orders-per-hour", "6")


@pytest.fixture(scope="module")
def tokens(demo: Demo) -> dict[str, str]:
    """Couriers who are ridden by the tests; their tokens by their ids."""
    secret = demo.folder.joinpath("secret").read_bytes()
    for courier_id, name in COURIERS.items():
        demo.call("PUT", f"/v1/couriers/{courier_id}", {"name": name, "profile": "ebike"})
    return {each: issue_token(secret, "courier", each, (), int(time.time()) + 3_600) for each in COURIERS}


@pytest.fixture(scope="module")
def crew(demo: Demo, tokens: dict[str, str]) -> Iterator[None]:
    """Ada and Bo stand still at different places, on duty; Cy is on duty and away."""
    depot, centre = demo.call("GET", "/v1/depots")["depots"][0], demo.call("GET", "/v1/city")["centre"]
    with online(demo.url, tokens["cy"]) as phone:
        assert phone.act(t="duty", duty="available")["ok"]
    with ExitStack() as standing:
        for courier_id, place in (("ada", depot), ("bo", centre)):
            standing.enter_context(standing_still(demo, tokens[courier_id], place))
        yield


@contextmanager
def standing_still(demo: Demo, token: str, place: Any) -> Iterator[None]:
    """On duty at a place, with a phone that goes on saying so."""
    with online(demo.url, token) as phone:
        assert phone.act(t="duty", duty="available")["ok"]
        over = threading.Event()
        beating = threading.Thread(target=beat, args=(phone, place, over))
        beating.start()
        yield
        over.set()
        beating.join()


def beat(phone: Phone, place: Any, over: threading.Event) -> None:
    """A place and a heartbeat every other second, and an ear for what is said, however long the test takes."""
    started_s, n = time.monotonic(), 0
    while not over.is_set():
        n += 1
        at_ms = phone.business_now_ms + int((time.monotonic() - started_s) * SPEED * 1_000)
        fix = {"at_ms": at_ms, "lat": place["lat"], "lon": place["lon"], "acc_m": 5.0}
        phone.socket.send(json.dumps({"t": "pos", "seq": n, "fixes": [fix]}))
        phone.socket.send(json.dumps({"t": "ping", "n": n}))
        until_s = started_s + n * 2.0
        with suppress(TimeoutError):
            while (left_s := until_s - time.monotonic()) > 0 and not over.is_set():
                phone.socket.recv(timeout=left_s)


def quiet_order(demo: Demo, ref: str, courier_id: str = "", **fields: object) -> str:
    """An order that the planner leaves alone, since it wants no courier before tomorrow, in a courier's hands if one is
    named; its id.
    """
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    order = demo.order(commit_due_at_ms=tomorrow_ms, promise_at_ms=tomorrow_ms + DAY_MS, ref=ref, **fields)
    if courier_id:
        wish = {"action": "assign", "order_id": order["id"], "courier_id": courier_id, "reason": "test", "force": True}
        demo.call("POST", "/v1/overrides", wish)
    return str(order["id"])


def holder(demo: Demo, order_id: str) -> str:
    """The courier who has the order; empty: nobody."""
    return str(demo.call("GET", f"/v1/orders/{order_id}").get("courier_id", ""))


@contextmanager
def desk(open_tab: Open, demo: Demo, size: dict[str, int] = DESK_PX, **looks: Any) -> Iterator[Tab]:
    """The desk with the timeline open, as high as it gets."""
    tab = open_tab(demo.console, size, **looks)
    tab.reaches("[data-link=live]")
    tab.page.keyboard.press("g")
    expect(tab.page.locator(".tl-lane").first).to_be_visible(timeout=SOON_MS)
    if size is DESK_PX:
        tab.page.get_by_role("separator").press("End")
    yield tab


def lane(page: Page, courier_id: str) -> Locator:
    return page.locator(f".tl-lane[data-courier={courier_id}]")


def bar(page: Page, courier_id: str, ref: str) -> Locator:
    """The bar of the order's drop-off in the courier's lane."""
    return lane(page, courier_id).locator(".tl-bar.dropoff").and_(page.get_by_label(re.compile(rf"\b{ref}\b")))


def take(page: Page, what: Locator) -> None:
    """Press the mouse on it and move: what lies under a moving pointer stays where it is."""
    what.hover()
    page.mouse.down()
    box = what.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2 + 6, box["y"] + box["height"] / 2 + 6, steps=3)
    expect(page.locator(".ghost")).to_be_visible()


def carry(page: Page, over: Locator, at_px: float | None = None) -> None:
    """Move what is held over the middle of something, or so far from its left edge."""
    box = over.bounding_box()
    assert box
    x = box["width"] / 2 if at_px is None else at_px
    page.mouse.move(box["x"] + x, box["y"] + box["height"] / 2, steps=6)


def shown_beside(page: Page, words: str) -> None:
    """The preview of the drop stands beside the pointer: what it means, and how arrivals move."""
    ghost = page.locator(".ghost")
    expect(ghost).to_contain_text(words)
    expect(ghost.locator("[data-preview=known]")).to_be_visible(timeout=SOON_MS)


def confirm(tab: Tab) -> Locator:
    """Give the reason that the dialog asks for and go, whatever the server asks first."""
    dialog = tab.page.get_by_role("dialog")
    expect(dialog.locator("[data-preview=known]")).to_be_visible(timeout=SOON_MS)
    dialog.get_by_label("Reason").fill("test")
    dialog.locator("button[type=submit]").click()
    tab.goes_on()
    return dialog


def test_bars_are_carried_to_another_lane_along_their_own_and_off_it(demo: Demo, open_tab: Open, crew: None) -> None:
    """Each drop shows its effect before, asks for the reason, takes effect and can be undone; no pickup comes last."""
    one, two = quiet_order(demo, "ONE", "ada"), quiet_order(demo, "TWO", "ada", dropoff={"address": "2 Test Lane"})
    with desk(open_tab, demo) as tab:
        page = tab.page
        for _ in range(4):
            page.get_by_role("button", name="Zoom in on time").click()
        take(page, bar(page, "ada", "TWO"))
        carry(page, lane(page, "bo"))
        shown_beside(page, "Give to Bo Second")
        page.mouse.up()
        expect(page.get_by_role("dialog").get_by_role("radio", name="Bo Second")).to_be_checked(timeout=SOON_MS)
        confirm(tab)
        expect(bar(page, "bo", "TWO")).to_be_visible(timeout=SOON_MS)
        assert holder(demo, two) == "bo"
        page.locator(".notice-undo").click()
        expect(bar(page, "ada", "TWO")).to_be_visible(timeout=SOON_MS)

        dropoffs = lane(page, "ada").locator(".tl-bar.dropoff")
        first, last = dropoffs.first.get_attribute("data-cell"), dropoffs.last.get_attribute("data-cell")
        take(page, dropoffs.first)
        carry(page, lane(page, "ada"), 178)
        expect(page.locator(".ghost")).to_contain_text("would be dropped off before it is picked up")
        carry(page, dropoffs.last, 30)
        shown_beside(page, "of what is ahead of Ada First")
        page.mouse.up()
        confirm(tab)
        expect(dropoffs.first).to_have_attribute("data-cell", str(last), timeout=SOON_MS)
        expect(dropoffs.last).to_have_attribute("data-cell", str(first))

        take(page, bar(page, "ada", "ONE"))
        carry(page, page.locator(".tl-queue"))
        shown_beside(page, "Take it off the route")
        page.mouse.up()
        confirm(tab)
        expect(page.locator(".tl-chip").filter(has_text="ONE")).to_be_visible(timeout=SOON_MS)
        assert holder(demo, one) == ""


def test_goods_on_board_stay_and_escape_puts_everything_back(
    demo: Demo, open_tab: Open, crew: None, tokens: dict[str, str]
) -> None:
    """What was picked up says that only a handover moves it; Escape in the middle of carrying changes nothing."""
    aboard, had = quiet_order(demo, "ABOARD", "cy"), quiet_order(demo, "HAD", "ada")
    with online(demo.url, tokens["cy"]) as phone:
        assert phone.report(aboard, "pickup", phone.business_now_ms)["ok"]
    with desk(open_tab, demo) as tab:
        page = tab.page
        row = page.locator(f".row[data-order='{aboard}']")
        take(page, row)
        carry(page, lane(page, "bo"))
        ghost = page.locator(".ghost")
        expect(ghost).to_contain_text("Cy Third has the goods of ABOARD on board. Only a handover")
        assert grave_faults(page) == []
        page.mouse.up()
        expect(page.locator(".notice")).to_contain_text("Only a handover")
        take(page, page.locator(f".row[data-order='{had}']"))
        carry(page, lane(page, "bo"))
        shown_beside(page, "Give to Bo Second")
        page.keyboard.press("Escape")
        expect(ghost).to_have_count(0)
        page.mouse.up()
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert (holder(demo, aboard), holder(demo, had)) == ("cy", "ada")


def test_an_order_changes_hands_by_keys_alone(demo: Demo, open_tab: Open, crew: None) -> None:
    """Enter takes it up, arrows carry it, what it would mean is said, Enter drops it; in the dark and in Chinese, too.
    The height is kept by the browser.
    """
    order_id = quiet_order(demo, "KEYS")
    with desk(open_tab, demo) as tab:
        page, said = tab.page, tab.page.locator("[data-said]")
        chip = page.locator(f".tl-chip[data-cell='{order_id}']")
        page.locator(".tl-queue .tl-name").focus()
        cells = page.locator(".tl-chip").count()
        for _ in range(cells):
            page.keyboard.press("ArrowRight")
            if chip.evaluate("chip => chip === document.activeElement"):
                break
        page.keyboard.press("Enter")
        expect(said).to_contain_text("KEYS is taken up")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Escape")
        expect(said).to_contain_text("nothing has changed")
        page.keyboard.press("Enter")
        for _ in range(page.locator(".tl-lane").count()):
            page.keyboard.press("ArrowDown")
            if "Ada First" in said.inner_text():
                break
        shown_beside(page, "Give to Ada First")
        assert grave_faults(page) == []
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog").get_by_label("Reason")).to_be_focused(timeout=SOON_MS)
        page.keyboard.type("by keys")
        expect(page.get_by_role("dialog").locator("[data-preview=known]")).to_be_visible(timeout=SOON_MS)
        page.keyboard.press("Enter")
        tab.goes_on()
        expect(bar(page, "ada", "KEYS")).to_have_count(1, timeout=SOON_MS)
        assert holder(demo, order_id) == "ada"
        height = page.locator(".timeline").bounding_box()
        page.reload()
        tab.reaches("[data-link=live]")
        kept = page.locator(".timeline").bounding_box()
        assert height and kept and kept["height"] == height["height"] > 400
    with desk(open_tab, demo, PHONE_PX, locale="zh-CN", color_scheme="dark") as tab:
        expect(tab.page.get_by_role("grid", name="时间轴")).to_contain_text("待分配")
        assert grave_faults(tab.page) == []


def brought_to_the_middle(page: Page, folder: str, one: str) -> None:
    """Selected from far away, something comes to the middle of what the drawer leaves free of the map."""
    for _ in range(4):
        page.get_by_role("button", name="Zoom out", exact=True).click()
    page.evaluate("([folder, id]) => { location.hash = `#/${folder}/${id}` }", [folder, one])
    expect(page.locator(f"[data-drawer='{one}']")).to_be_visible(timeout=SOON_MS)


@pytest.fixture
def drawing(launch: Callable[..., Browser]) -> Browser:
    """A browser that draws maps."""
    return launch(*BROWSER_FLAGS)


def test_orders_are_carried_to_the_map_and_from_it(demo: Demo, open_tab: Open, crew: None, drawing: Browser) -> None:
    """A row is dropped where the courier stands: preview and dialog are those of any assignment. An order's mark on the
    map is carried to the courier's row.
    """
    centre = demo.call("GET", "/v1/city")["centre"]
    order_id = quiet_order(demo, "MAPPED")
    aside = {"lat": centre["lat"] + 0.004, "lon": centre["lon"] + 0.006, "address": "3 Test Lane"}
    marked = quiet_order(demo, "MARKED", dropoff=aside)
    tab = open_tab(demo.console, within=drawing, reduced_motion="reduce")
    page = tab.page
    tab.reaches("[data-map-painted]", 90)
    middle_px = page.locator(".map").evaluate(f"map => (map.clientWidth - {DRAWER_PX}) / 2")
    brought_to_the_middle(page, "couriers", "bo")
    page.keyboard.press("2")
    take(page, page.locator(f".row[data-order='{order_id}']"))
    carry(page, page.locator(".map"), middle_px)
    shown_beside(page, "Give to Bo Second")
    page.mouse.up()
    confirm(tab)
    expect(page.locator(".notice")).to_be_visible(timeout=SOON_MS)
    assert holder(demo, order_id) == "bo"
    brought_to_the_middle(page, "orders", marked)
    page.keyboard.press("7")
    expect(page.locator(".row[data-courier=bo]")).to_be_visible()
    carry(page, page.locator(".map"), middle_px)
    page.mouse.down()
    carry(page, page.locator(".row[data-courier=bo]"))
    expect(page.locator(".ghost")).to_contain_text("MARKED")
    shown_beside(page, "Give to Bo Second")
    page.keyboard.press("Escape")
    page.mouse.up()
