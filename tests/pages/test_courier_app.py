"""The courier's app against the real server: a whole shift, also without a network, and an app that is everybody's."""

import struct
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab
from tests.pages.courier_app import (
    HEAVY_G,
    NO_NETWORK,
    SLEEPY,
    App,
    a_photo,
    beside_the_depot,
    code_for,
    given_order,
    hire,
    left_on_the_phone,
    status_of,
    until,
)
from tests.pages.network import Network

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[..., Tab]
LINES = [{"name": "Rice", "quantity": 2, "code": "690001"}, {"name": "Oil", "code": "690002"}]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """What happens in this town is what the tests do."""
    return SLEEPY


# --- a shift -------------------------------------------------------------------------------------------------------


def test_a_whole_shift(demo: Demo, network: Network, open_tab: Open) -> None:
    """From the sign-in to the sign-out."""
    app = sign_in_by_phone(demo, network, open_tab)
    page = app.page
    app.go_on_duty()

    first = demo.order(load={"weight_g": HEAVY_G}, lines=LINES, requires=["photo"], ref="A-1")["id"]
    sheet = page.locator("[data-sheet=offer]")
    expect(sheet).to_contain_text("Test Lane", timeout=30_000)
    expect(sheet).to_contain_text("¥")
    expect(page.locator(".next-stop")).to_have_count(0)
    sheet.get_by_role("button", name="Accept").click()
    until(lambda: status_of(demo, first) == "assigned")
    second = given_order(demo, "lin", ref="B-2", dropoff={"address": "2 Side Lane"})
    expect(page.locator(".next-stop")).to_contain_text("Pick up 2 orders")

    app.act("Set off", "I am here", "Pick up")
    code = page.get_by_label("Type or scan a code")
    code.fill("690001")
    code.press("Enter")
    page.get_by_role("checkbox", name="Oil").check()
    expect(page.get_by_role("checkbox", name="Order A-1")).to_be_checked()
    app.act("Picked up 1 of 2")
    until(lambda: status_of(demo, first) == "picked_up")
    app.act("Set off", "I am here", "Picked up")

    deliver_and_take_back(app, second)
    write_to_the_customer(app, second)
    deliver_without_a_network(app, network, first)
    go_home(app)


def sign_in_by_phone(demo: Demo, network: Network, open_tab: Open) -> App:
    """Lin's app, after the sign-in with a code that the server sent."""
    hire(demo, "lin", "Lin Wei", phone="+8613900139001")
    tab = open_tab(f"{network.url}/courier", PHONE_PX, **beside_the_depot(demo))
    page = tab.page
    page.get_by_label("Phone number").fill("+86 139 0013 9001")
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("6-digit code").fill(code_for(demo, "+8613900139001"))
    page.get_by_role("button", name="Sign in").click()
    tab.reaches("[data-known='1'][data-link=live]")
    return App(tab, demo, "lin")


def deliver_and_take_back(app: App, order_id: str) -> None:
    """Nothing to prove: one tap delivers; Undo puts the courier back at the door, here and on the server."""
    app.open_stop("2 Side Lane")
    app.act("Set off", "I am here", "Delivered")
    until(lambda: status_of(app.demo, order_id) == "delivered")
    bar = app.page.locator(".undo-bar")
    expect(bar.get_by_role("img", name="The server has it")).to_be_visible()
    bar.get_by_role("button", name="Undo").click()
    expect(app.page.locator(".next-stop")).to_contain_text("You are here")
    expect(bar).to_have_count(0)
    until(lambda: status_of(app.demo, order_id) == "at_dropoff")


def write_to_the_customer(app: App, order_id: str) -> None:
    """A quick phrase from the stop's page, with two ticks once it is at the server; the answer is unread, then read."""
    page = app.page
    app.open_stop("2 Side Lane")
    page.get_by_role("button", name="Write").click()
    page.get_by_role("button", name="I am at your door.").click()
    mine = page.locator(".bubble.mine").filter(has_text="I am at your door.")
    expect(mine.get_by_role("img", name="The server has it")).to_be_visible()
    said = app.demo.call("GET", f"/v1/orders/{order_id}/messages")["messages"]
    assert [(each["sender"], each["to"], each["text"]) for each in said] == [
        ("courier", "customer", "I am at your door.")
    ]
    app.open_tab("Route")
    app.demo.call("POST", f"/v1/orders/{order_id}/messages", {"to": "courier", "text": "Use the back door"})
    expect(page.get_by_role("navigation").locator(".badge")).to_have_text("1")
    app.open_tab("Messages")
    page.locator(".stop-row").filter(has_text="Use the back door").click()
    expect(page.locator(".bubble:not(.mine)")).to_contain_text("Use the back door")
    expect(page.get_by_role("navigation").locator(".badge")).to_have_count(0)
    app.open_tab("Route")
    app.act("Delivered")


def deliver_without_a_network(app: App, network: Network, order_id: str) -> None:
    """All of a delivery with a photo happens offline and outlives a reload; it reaches the server once it can."""
    page = app.page
    app.waits(0)
    with app.without(network):
        app.act("Set off", "I am here", "Deliver")
        expect(app.main_action).to_be_disabled()
        page.get_by_label("Take a photo").set_input_files(a_photo(page))
        expect(page.get_by_role("img", name="Photo of the delivery")).to_be_visible()
        app.act("Delivered")
        seen_offline(app)
        app.reload_offline()
        app.tab.reaches("[data-known='1']:not([data-link=live])")
        seen_offline(app)
        assert status_of(app.demo, order_id) == "picked_up"
    until(lambda: status_of(app.demo, order_id) == "delivered")
    app.waits(0)
    app.open_tab("Today")
    expect(page.locator(".figures")).to_contain_text("2")
    expect(page.locator(".done-row").filter(has_text="1 Test Lane").first).to_be_visible()
    photo = photo_of(app.demo, order_id)
    assert photo[:2] == b"\xff\xd8" and size_of(photo) == (1_600, 1_200)


def seen_offline(app: App) -> None:
    """What the app shows while three steps and a photo wait on the phone."""
    expect(app.page.locator(".strip .link")).to_contain_text("Offline")
    app.waits(4)
    expect(app.page.locator(".next-stop")).to_have_count(0)
    expect(app.page.locator(".undo-bar").get_by_role("img", name="Kept on this phone")).to_be_visible()
    expect(app.page.locator(".notices")).to_contain_text("What you do is kept and sent later.")


def photo_of(demo: Demo, order_id: str) -> bytes:
    """The photo that proves a delivery, as staff get it once the phone has sent it."""
    (proof,) = demo.call("GET", f"/v1/orders/{order_id}")["proofs"]
    who = {"Authorization": f"Bearer {demo.token}"}
    with httpx.Client(base_url=demo.url, headers=who, trust_env=False) as http:
        until(lambda: http.get(f"/v1/uploads/{proof['upload_id']}").status_code == 200)
        answer = http.get(f"/v1/uploads/{proof['upload_id']}")
    assert answer.headers["content-type"] == "image/jpeg"
    return answer.content


def size_of(jpeg: bytes) -> tuple[int, int]:
    """(width, height) of a JPEG, from its frame header (ITU T.81, B.2.2)."""
    place = 2
    while True:
        marker, length = struct.unpack_from(">HH", jpeg, place)
        if marker in (0xFFC0, 0xFFC2):
            height, width = struct.unpack_from(">HH", jpeg, place + 5)
            return width, height
        place += 2 + length


def go_home(app: App) -> None:
    """Off duty, signed out: nothing is left on the phone but its random name and the app's own files."""
    page = app.page
    page.get_by_role("button", name="Duty: ").click()
    page.locator("[data-sheet=duty]").get_by_role("button", name="Go off duty").click()
    until(lambda: app.demo.call("GET", "/v1/couriers/lin")["duty"] == "off_duty")
    app.open_tab("More")
    page.get_by_role("button", name="Amap").click()
    page.get_by_role("button", name="Sign out").click()
    page.locator("[data-sheet=sign-out]").get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Phone number")).to_be_visible()
    nothing_is_left(app)
    page.reload()
    expect(page.get_by_label("Phone number")).to_be_visible()
    nothing_is_left(app)


def nothing_is_left(app: App) -> None:
    """No database entry, no stored key, no cached answer that is about a courier."""
    left = left_on_the_phone(app.page)
    entries = {store: keys for store, keys in left["databases"].items() if keys}
    assert entries == {"courier/facts": ["device_id"]}
    assert set(left["local"]) <= {"dispatch.theme", "dispatch.lang"}
    assert (left["session"], left["cookies"]) == ([], "")
    assert all(path.startswith(("/courier", "/assets/")) for path in left["cached"])


# --- an app on the home screen -------------------------------------------------------------------------------------


def test_it_can_be_put_on_the_home_screen(demo: Demo, network: Network, open_tab: Open) -> None:
    """Its manifest says how; its icons are there in the sizes that it names; and it opens without a network."""
    tab = open_tab(f"{network.url}/courier", PHONE_PX)
    page = tab.page
    expect(page.get_by_label("Phone number")).to_be_visible()
    link = page.locator("link[rel=manifest]").get_attribute("href")
    with httpx.Client(base_url=demo.url, trust_env=False) as http:
        manifest = http.get(str(link)).json()
        assert (manifest["display"], manifest["scope"], manifest["lang"]) == ("standalone", "/courier", "en")
        assert manifest["start_url"] == manifest["id"] == "/courier"
        assert manifest["name"] and manifest["short_name"] and manifest["theme_color"].startswith("#")
        icons = {(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]}
        assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= icons
        for icon in manifest["icons"]:
            assert png_size(http.get(icon["src"]).content) == icon["sizes"]
    tab.reaches("[data-worker='1']")
    registered = "navigator.serviceWorker.getRegistration().then(({scope}) => new URL(scope).pathname)"
    assert page.evaluate(registered) == "/courier"
    page.context.set_offline(True)
    network.cut()
    page.reload()
    expect(page.get_by_label("Phone number")).to_be_visible()
    page.get_by_label("Phone number").fill("+8613900139009")
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("alert")).to_contain_text("No connection")
    network.mend()
    tab.complaints[:] = [line for line in tab.complaints if not NO_NETWORK.search(line)]


def png_size(png: bytes) -> str:
    """ "WIDTHxHEIGHT" of a PNG."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return "{}x{}".format(*struct.unpack_from(">II", png, 16))
