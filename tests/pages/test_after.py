"""The shopper's page around a delivery: from paid to rated, ended links, a sketch for want of a map, slow networks."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Locator, Page, WebSocketRoute, expect

from dispatch.web.auth import issue_token
from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.courier_app import until
from tests.pages.rider import Phone, online
from tests.pages.test_conflicts import give, open_order, quiet_order, upload

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

SOON_MS = 20_000
ANSWER_WITHIN_MS = 1_500
ROUND_TRIP_MS = 150
NETWORK_KIB_PER_MS = 1_600_000 / 8 / 1024 / 1000
SLOW_PROCESSOR = 4
LOADS = 3
"""Of several loads the cheapest counts: whatever else the processor does only adds to the others."""
HOURS_OFF_MS = 9 * 3_600_000

AFTER_THE_ANSWER = re.compile("/assets/(dispatch_map|details|claims|wishes|thread|reach|plain)")
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Without WebGL: what is looked at here is what stands in for the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def ada(demo: Demo) -> str:
    """The token of a courier who is ridden by the tests, on duty."""
    return on_duty(demo)


def on_duty(demo: Demo) -> str:
    """A courier of the tests' own, on duty; their token."""
    demo.call("PUT", "/v1/couriers/ada", {"name": "Ada First", "profile": "ebike"})
    secret = demo.folder.joinpath("secret").read_bytes()
    token = issue_token(secret, "courier", "ada", (), int(time.time()) + 3_600)
    with online(demo.url, token) as phone:
        assert phone.act(t="duty", duty="available")["ok"]
    return token


def stand(phone: Phone, seq: int, place: dict[str, float]) -> None:
    """The phone tells where it is."""
    phone.act(t="duty", duty="available")  # its reply says that what came before it has been read
    fix = {"at_ms": phone.business_now_ms + seq, "acc_m": 5, **place}
    phone.socket.send(f'{{"t":"pos","seq":{seq},"fixes":[{_json(fix)}]}}')


def _json(fix: dict[str, float]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in fix.items()) + "}"


def steps_of(page: Page) -> list[str]:
    """The names of the steps that are done or under way."""
    return page.locator(".step.done .step-name, .step.now .step-name").all_inner_texts()


def test_a_delivery_from_the_payment_to_the_rating(demo: Demo, ada: str, open_tab: Open) -> None:
    """Steps as the shop reports them, the sketch with the courier, the proof, the rating there and at the desk, and at
    last a link that is revoked under the shopper's eyes."""
    order = quiet_order(demo, ref="AFTER", requires=["photo"])
    tab = open_tab(order["track_url"], PHONE_PX)
    page, steps = tab.page, tab.page.locator(".steps")
    expect(page.get_by_text("The map cannot be shown here")).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".plain-words")).to_contain_text(re.compile("The shop is .+ away"))
    assert steps_of(page) == ["Ordered"]
    for step, name in (("paid", "Paid"), ("picking", "Being picked"), ("packed", "Packed")):
        demo.call("POST", f"/v1/orders/{order['id']}/preparation", {"step": step})
        expect(steps).to_contain_text(name, timeout=SOON_MS)
    assert steps_of(page) == ["Ordered", "Paid", "Picked", "Packed"]

    give(demo, order, "ada")
    centre = demo.call("GET", "/v1/city")["centre"]
    place, canvas = {"lat": centre["lat"] + 0.004, "lon": centre["lon"]}, page.locator(".plain-canvas canvas")
    with online(demo.url, ada) as phone:
        assert phone.report(order["id"], "pickup", phone.business_now_ms)["ok"]
        stand(phone, 1, place)
        expect(canvas).to_have_attribute("data-couriers", "1", timeout=SOON_MS)
        expect(page.locator(".plain-words")).to_contain_text("Your courier is 450 m away, to the north of you.")
        expect(page.locator(".courier")).to_contain_text("You are next")
        proof = {"kind": "photo", "order_id": order["id"], "upload_id": "after-picture-1"}
        assert phone.report(order["id"], "dropoff", phone.business_now_ms, proofs=[proof])["ok"]
    expect(page.locator(".handed-over")).to_contain_text("still on its way", timeout=SOON_MS)
    upload(demo, ada, order["id"], "after-picture-1")
    page.get_by_role("button", name="Show large: Photo").click(timeout=SOON_MS)
    assert page.get_by_role("img", name="Photo").evaluate("image => image.naturalWidth") == 1

    desk = open_tab(demo.console)
    desk.reaches("[data-link=live]")
    desk.page.keyboard.press("6")
    open_order(desk.page, "AFTER")
    rate_twice(page, desk.page.locator(".drawer"))
    expect(desk.page.locator(".drawer .history")).to_contain_text("Packed")
    revoke(desk.page, page)
    tab.complaints[:] = [line for line in tab.complaints if "404" not in line]


def rate_twice(page: Page, drawer: Locator) -> None:
    """The shopper rates, and thinks again; the desk's drawer shows both."""
    rating = page.locator("form.rating")
    rating.locator("label", has_text="2 stars").click()
    expect(rating.get_by_text("Friendly", exact=True)).to_have_count(0)
    rating.get_by_text("Late", exact=True).click()
    rating.get_by_label("Anything else?").fill("An hour!")
    assert grave_faults(page) == []
    rating.get_by_role("button", name="Send rating").click()
    expect(page.locator(".rating.given")).to_contain_text("An hour!", timeout=SOON_MS)
    expect(drawer.locator("[data-rating='2']")).to_contain_text("An hour!")
    page.get_by_role("button", name="Change", exact=True).click()
    rating.locator("label", has_text="5 stars").click()
    rating.get_by_text("Friendly", exact=True).click()
    rating.get_by_role("button", name="Send rating").click()
    expect(drawer.locator("[data-rating='5']")).to_contain_text("Friendly", timeout=SOON_MS)


def revoke(desk: Page, page: Page) -> None:
    """The desk revokes the link: the page that is open closes, and the new link shows what the old one did."""
    drawer = desk.locator(".drawer")
    drawer.get_by_text("Tracking link").click()
    drawer.get_by_role("button", name="Revoke and make a new one").click()
    drawer.get_by_role("button", name="Revoke and make a new one").click()
    renewed = drawer.locator(".link-line input")
    expect(renewed).to_have_value(re.compile("/t/"), timeout=SOON_MS)
    assert grave_faults(desk) == []
    expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work any more", timeout=SOON_MS)
    page.goto(renewed.input_value())
    expect(page.locator(".rating.given")).to_contain_text("Friendly", timeout=SOON_MS)


def test_an_expired_link_has_words_of_its_own(demo: Demo, open_tab: Open) -> None:
    """The server's close code says which; what to do is one press away."""

    def expired(socket: WebSocketRoute) -> None:
        socket.close(code=3506, reason="expired")

    tab = open_tab("about:blank", PHONE_PX, locale="zh-CN", color_scheme="dark")
    tab.page.route_web_socket("**/v1/live", expired)
    tab.page.goto(f"{demo.url}/t/{'x' * 32}")
    expect(tab.page.get_by_role("heading", level=1)).to_have_text("这次配送早已结束")
    expect(tab.page.get_by_role("link", name="查找其他配送")).to_have_attribute("href", "/t")
    assert grave_faults(tab.page) == []
    # What may be claimed of it is asked for, and of this link nothing is known.
    tab.complaints[:] = [line for line in tab.complaints if "after-sales" not in line]


def test_a_desk_without_a_map_sees_its_couriers_move(demo: Demo, open_tab: Open) -> None:
    """The sketch shows all who are on duty, where they are now, and what is pressed is selected."""
    tab = open_tab(demo.console)
    page = tab.page
    tab.reaches("[data-link=live]")
    canvas = page.locator(".plain-canvas canvas")
    expect(canvas).to_have_attribute("data-couriers", re.compile("[1-9]"), timeout=SOON_MS)
    seen = canvas.get_attribute("data-places") or ""
    expect(canvas).not_to_have_attribute("data-places", seen, timeout=SOON_MS)
    page.keyboard.press("7")
    page.locator("[data-courier]").first.click()
    expect(page.locator(".drawer")).to_be_visible()


def test_the_answer_is_there_soon_on_a_slow_phone_and_network(demo: Demo, open_tab: Open) -> None:
    """On a processor of a quarter of this one's speed, behind 150 ms and 1.6 Mbit/s. It is counted instead of timed,
    for other tests share the processor (`bench pages` times it): what has to follow each other on the network, what
    has to come through, and what the page's own thread works until then. The map waits until that is done."""
    url, counted = demo.order()["track_url"], list[tuple[float, int, float, float]]()
    for _ in range(LOADS):
        tab = open_tab(f"{demo.url}/healthz", PHONE_PX, device_scale_factor=2)
        trips, kib, work_ms = cost_of_the_answer(tab.page, url)
        taken_ms = trips * ROUND_TRIP_MS + kib / NETWORK_KIB_PER_MS + work_ms * SLOW_PROCESSOR
        counted.append((round(taken_ms), trips, round(kib, 1), round(work_ms)))
    assert min(counted)[0] <= ANSWER_WITHIN_MS, counted


def cost_of_the_answer(page: Page, url: str) -> tuple[int, float, float]:
    """(round trips one after the other, KiB, milliseconds of the page's thread) until the answer is on the screen."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    needs: dict[str, str] = {}

    def asked(event: Any) -> None:
        initiator = event.get("initiator", {})
        frames = initiator.get("stack", {}).get("callFrames", [])
        name = event["request"]["url"] if "request" in event else event["url"]
        needs[name] = initiator.get("url") or (frames[0]["url"] if frames else "")

    devtools.on("Network.requestWillBeSent", asked)
    devtools.on("Network.webSocketCreated", asked)
    page.route(AFTER_THE_ANSWER, lambda _: None)  # it does not count, and would work on while it is looked at
    before_ms = thread_ms(devtools)
    page.goto(url, wait_until="commit")
    page.wait_for_selector("html[data-answer='1']", state="attached")
    work_ms = thread_ms(devtools) - before_ms
    kib = page.evaluate("[...performance.getEntries()].reduce((sum, each) => sum + (each.transferSize ?? 0), 0) / 1024")
    assert not [name for name in needs if "maplibre" in name]

    def trips_to(name: str) -> int:
        return 1 + (trips_to(needs[name]) if needs.get(name) else 0)

    socket = next(name for name in needs if name.startswith("ws"))
    return trips_to(socket) + 1, kib, work_ms  # hello, and the answer to it


def thread_ms(devtools: CDPSession) -> float:
    """What the page's thread has worked so far."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "ThreadTime") * 1000


def test_a_phone_whose_clock_is_hours_wrong_shows_the_same(demo: Demo, open_tab: Open) -> None:
    """What is told hangs on the server's clock alone."""
    order = demo.order()
    right = open_tab(order["track_url"], PHONE_PX)
    expect(right.page.get_by_role("heading", level=1)).to_contain_text("Arrives", timeout=60_000)
    wrong = open_tab("about:blank", PHONE_PX)
    wrong.page.add_init_script(
        f"""const Real = Date;
        globalThis.Date = class extends Real {{
          constructor(...given) {{ super(...(given.length ? given : [Real.now() - {HOURS_OFF_MS}])); }}
          static now() {{ return Real.now() - {HOURS_OFF_MS}; }}
        }};"""
    )
    wrong.page.goto(order["track_url"])
    wrong.reaches("[data-view=order]")
    off_ms: Any = wrong.page.evaluate("Date.now()")
    assert abs(time.time() * 1000 - off_ms) > HOURS_OFF_MS / 2
    until(lambda: told(wrong.page) == told(right.page), SOON_MS / 1000)


def told(page: Page) -> list[list[str]]:
    """The answer, how soon that is, and the steps with their times."""
    return [page.locator(part).all_inner_texts() for part in ("h1", ".soon", ".steps")]
