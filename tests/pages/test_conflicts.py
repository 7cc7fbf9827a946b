"""The desk's inbox: conflicts that couriers make over the real protocol, messages both ways, and proofs of delivery."""

import base64
import re
import time
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from dispatch.web.auth import issue_token
from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.rider import online

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

DAY_MS = 24 * 3_600_000
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)

Open = Callable[..., Tab]
Words = dict[str, str]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture
def desk(demo: Demo, open_tab: Open) -> Tab:
    """The desk, signed in and live."""
    tab = open_tab(demo.console)
    tab.reaches("[data-link=live]")
    return tab


@pytest.fixture(scope="module")
def couriers(demo: Demo) -> Words:
    """Two couriers who are ridden by the tests, on duty; their tokens by their ids."""
    secret = demo.folder.joinpath("secret").read_bytes()
    tokens = {}
    for courier_id, name in (("ada", "Ada First"), ("bo", "Bo Second")):
        demo.call("PUT", f"/v1/couriers/{courier_id}", {"name": name, "profile": "ebike"})
        tokens[courier_id] = issue_token(secret, "courier", courier_id, (), int(time.time()) + 3_600)
        with online(demo.url, tokens[courier_id]) as phone:
            assert phone.act(t="duty", duty="available")["ok"]
    return tokens


def quiet_order(demo: Demo, **fields: object) -> Words:
    """An order that no planner touches, since it wants no courier before tomorrow."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    times = {"ready_at_ms": tomorrow_ms, "commit_due_at_ms": tomorrow_ms, "promise_at_ms": tomorrow_ms + DAY_MS}
    return dict(demo.order(**times, **fields))


def give(demo: Demo, order: Words, courier_id: str) -> None:
    """A dispatcher gives the order to a courier."""
    wish = {"action": "assign", "order_id": order["id"], "courier_id": courier_id, "reason": "test", "force": True}
    demo.call("POST", "/v1/overrides", wish)


def take_over_offline(demo: Demo, couriers: Words, ref: str) -> Words:
    """An order of Ada's that was given to Bo while she was away, and that she then says to have picked up before."""
    order = quiet_order(demo, ref=ref)
    give(demo, order, "ada")
    with online(demo.url, couriers["ada"]) as phone:
        away_at_ms = phone.business_now_ms
    give(demo, order, "bo")
    with online(demo.url, couriers["ada"]) as phone:
        assert phone.report(order["id"], "pickup", away_at_ms)["ok"]
    return order


def picked_up(demo: Demo, couriers: Words, **fields: object) -> Words:
    """An order that Ada has on board."""
    order = quiet_order(demo, **fields)
    give(demo, order, "ada")
    with online(demo.url, couriers["ada"]) as phone:
        assert phone.report(order["id"], "pickup", phone.business_now_ms)["ok"]
    return order


def open_order(page: Page, ref: str) -> None:
    """Search for an order and open it."""
    page.get_by_role("textbox", name="Search").fill(ref)
    page.locator("[data-order]").filter(has_text=ref).click()


# --- conflicts -------------------------------------------------------------------------------------------------


def test_a_conflict_comes_in_is_read_and_is_resolved_by_keys(demo: Demo, couriers: Words, desk: Tab) -> None:
    """A pickup reported late is told in a sentence with both names; resolved without a mouse, it stays visible."""
    page, before = desk.page, int(desk.data("conflicts"))
    order = take_over_offline(demo, couriers, "LATE-PICKUP")
    desk.reaches(f"[data-conflicts='{before + 1}']")
    expect(page.locator(".notice")).to_contain_text("new case")
    expect(page.locator("[data-queue=conflicts]")).to_contain_class("urgent")
    page.keyboard.press("9")
    row = page.locator("[data-case]").filter(has_text="LATE-PICKUP")
    expect(row).to_contain_text("Ada First picked up order LATE-PICKUP, which Bo Second had by then.")
    expect(row).to_contain_text("Happened")
    page.keyboard.press("j")
    drawer = page.locator(".drawer")
    expect(drawer).to_contain_text("whoever had it by then was told")
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    expect(drawer).to_contain_text("Please say how it was settled.")
    page.keyboard.type("Both know; Ada delivers.")
    page.keyboard.press("Control+Enter")
    expect(drawer).to_contain_text(re.compile("Resolved by .+: Both know; Ada delivers."))
    desk.reaches(f"[data-conflicts='{before}']")
    expect(row).to_contain_text("Resolved: Both know")
    settled = demo.call("GET", "/v1/cases?status=resolved")["cases"]
    assert [c["resolution"] for c in settled if c["order_id"] == order["id"]] == ["Both know; Ada delivers."]


def test_a_conflict_has_an_address_and_leads_to_its_order_and_couriers(
    demo: Demo, couriers: Words, desk: Tab, open_tab: Open
) -> None:
    """Its link opens it again, in another language too; order and both couriers are one press away, and back."""
    order = take_over_offline(demo, couriers, "LINKED")
    page = desk.page
    page.keyboard.press("9")
    page.locator("[data-case]").filter(has_text="LINKED").click()
    assert "#/cases/pickup_after_reassign-" in page.url
    page.locator(".drawer").get_by_role("button", name="Bo Second").click()
    expect(page.locator(".drawer h2")).to_have_text("Bo Second")
    chinese = open_tab(demo.console, locale="zh-CN")
    chinese.reaches("[data-link=live]")
    chinese.page.evaluate("id => { location.hash = `#/cases/pickup_after_reassign-${id}-ada`; }", order["id"])
    expect(chinese.page.locator(".drawer")).to_contain_text("Ada First 取走了订单 LINKED")
    chinese.page.locator(".drawer").get_by_role("button", name="LINKED").click()
    expect(chinese.page.locator(f"[data-drawer='{order['id']}'] .conflict-link")).to_contain_text("改派后取货")


# --- messages --------------------------------------------------------------------------------------------------


def test_shopper_and_desk_write_to_each_other(demo: Demo, desk: Tab, open_tab: Open) -> None:
    """No courier is needed: the question is unread at the desk until it is opened, and the answer comes by itself."""
    order = quiet_order(demo, ref="CHAT")
    shopper, page = open_tab(order["track_url"], PHONE_PX).page, desk.page
    shopper.get_by_role("button", name="Write a message").click()
    expect(shopper.get_by_role("radio")).to_have_count(0)  # only the desk: no courier has the order
    box = shopper.get_by_role("textbox", name="Write to the delivery desk")
    expect(box).to_be_focused()
    box.fill("Is it on its way? <b>")
    box.press("Control+Enter")
    thread = shopper.get_by_role("log")
    expect(thread).to_contain_text("Is it on its way? <b>")
    expect(box).to_have_value("")

    desk.reaches(":not([data-unread='0'])")
    page.keyboard.press("0")
    row = page.locator(f"[data-order='{order['id']}']")
    expect(row).to_contain_text("1 unread")
    row.click()
    expect(row).not_to_contain_text("unread")
    page.keyboard.press("m")
    reply = page.get_by_role("textbox", name="Write to Customer")
    expect(reply).to_be_focused()
    page.keyboard.type("A courier takes it tomorrow.")
    page.keyboard.press("Control+Enter")
    expect(thread).to_contain_text("A courier takes it tomorrow.")
    expect(page.get_by_role("log")).to_contain_text("Desk to Customer")
    page.reload()
    expect(page.locator(f"[data-drawer='{order['id']}']").get_by_role("log")).to_contain_text("tomorrow")
    desk.reaches("[data-unread='0']")


def test_a_shopper_writes_to_the_courier_who_has_the_order(
    demo: Demo, couriers: Words, desk: Tab, open_tab: Open
) -> None:
    """A quick phrase goes to the courier; the desk sees it, yet it is no unread message of the desk's."""
    order = picked_up(demo, couriers, ref="TO-COURIER")
    shopper = open_tab(order["track_url"], PHONE_PX).page
    shopper.get_by_role("button", name="Write a message").click()
    expect(shopper.get_by_role("radio", name="Your courier")).to_be_checked()
    shopper.get_by_role("button", name="I am downstairs").click()
    shopper.get_by_role("button", name="Send").click()
    expect(shopper.get_by_role("log")).to_contain_text("You to your courier")
    open_order(desk.page, "TO-COURIER")
    expect(desk.page.locator(".drawer").get_by_role("log")).to_contain_text("Customer to Courier")
    desk.reaches("[data-unread='0']")


def test_a_text_that_cannot_be_sent_is_kept_and_sent_once(demo: Demo, open_tab: Open) -> None:
    """The answer is lost: the failure is told, the text outlives a reload, and the repeat is the same message."""
    order = quiet_order(demo, ref="LOST-ANSWER")
    tab = open_tab(order["track_url"], PHONE_PX)
    page = tab.page
    lost: list[str] = []

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        lost.append(route.request.headers["idempotency-key"])
        route.abort()

    page.route("**/messages", lose_the_answer, times=1)
    page.get_by_role("button", name="Write a message").click()
    box = page.get_by_role("textbox", name="Write to the delivery desk")
    box.fill("Ring twice, please")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Your text is still here")
    expect(box).to_have_value("Ring twice, please")
    page.get_by_role("button", name="Send").click()
    expect(box).to_have_value("")
    box.fill("And mind the dog")
    page.reload()
    expect(page.get_by_role("textbox", name="Write to the delivery desk")).to_have_value("And mind the dog")
    said = demo.call("GET", f"/v1/orders/{order['id']}/messages")["messages"]
    assert [message["text"] for message in said] == ["Ring twice, please"]
    assert len(lost) == 1
    tab.complaints[:] = [line for line in tab.complaints if "ERR_FAILED" not in line]


def test_a_courier_answers_from_the_phone(demo: Demo, couriers: Words, desk: Tab, open_tab: Open) -> None:
    """What the courier says to the customer reaches the shopper's page, what they say to the desk only the desk."""
    order = picked_up(demo, couriers, ref="FROM-COURIER")
    shopper = open_tab(order["track_url"], PHONE_PX).page
    with online(demo.url, couriers["ada"]) as phone:
        for to, text in (("customer", "Two minutes"), ("dispatcher", "The lift is broken")):
            assert phone.act(t="say", order_id=order["id"], to=to, text=text)["ok"]
    expect(shopper.get_by_role("log")).to_contain_text("Two minutes")
    desk.reaches(":not([data-unread='0'])")
    open_order(desk.page, "FROM-COURIER")
    expect(desk.page.locator(".drawer").get_by_role("log")).to_contain_text("The lift is broken")
    assert "lift" not in shopper.get_by_role("log").inner_text()
    expect(desk.page.get_by_role("radio", name="Courier")).to_be_checked()


# --- proofs ----------------------------------------------------------------------------------------------------


def test_the_pin_is_shown_while_the_goods_are_on_their_way(demo: Demo, couriers: Words, open_tab: Open) -> None:
    """Not before the pickup, and no longer once the courier has used it at the door."""
    order = quiet_order(demo, ref="PIN", requires=["pin"], pin="4821")
    give(demo, order, "ada")
    tab = open_tab(order["track_url"], PHONE_PX)
    tab.reaches("[data-status=assigned]")
    expect(tab.page.locator(".pin")).to_have_count(0)
    with online(demo.url, couriers["ada"]) as phone:
        assert phone.report(order["id"], "pickup", phone.business_now_ms)["ok"]
        expect(tab.page.get_by_role("region", name="Tell the courier this PIN")).to_contain_text("4821")
        proof = {"kind": "pin", "order_id": order["id"], "value": "4821"}
        assert phone.report(order["id"], "dropoff", phone.business_now_ms, proofs=[proof])["ok"]
    tab.reaches("[data-status=delivered]")
    expect(tab.page.locator(".pin")).to_have_count(0)


def test_proofs_are_shown_and_a_picture_that_comes_later_appears(demo: Demo, couriers: Words, desk: Tab) -> None:
    """The desk sees what is asked for and what was shown; the picture is fetched with the token, and opens large."""
    order, page = picked_up(demo, couriers, ref="PROVEN", requires=["photo"]), desk.page
    open_order(page, "PROVEN")
    expect(page.locator(".fact .chip")).to_have_text("Photo")
    with online(demo.url, couriers["ada"]) as phone:
        proof = {"kind": "photo", "order_id": order["id"], "upload_id": "picture-of-the-door-7"}
        assert phone.report(order["id"], "dropoff", phone.business_now_ms, proofs=[proof])["ok"]
    expect(page.locator(".proofs")).to_contain_text("Not uploaded yet")
    upload(demo, couriers["ada"], order["id"], "picture-of-the-door-7")
    page.get_by_role("button", name="Show large: Photo").click(timeout=20_000)
    picture = page.get_by_role("dialog").get_by_role("img", name="Photo")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 1
    page.keyboard.press("Escape")
    desk.complaints[:] = [line for line in desk.complaints if "404" not in line]


def upload(demo: Demo, token: str, order_id: str, upload_id: str) -> None:
    """The picture, as the courier's phone sends it."""
    path, who = f"/v1/uploads/{upload_id}", {"Authorization": f"Bearer {token}"}
    begin = {"Upload-Length": str(len(PIXEL)), "Content-Type": "image/png"}
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    with httpx.Client(base_url=demo.url, headers=who, trust_env=False) as http:
        http.post(f"{path}?order_id={order_id}&kind=photo", headers=begin).raise_for_status()
        http.patch(path, headers=piece, content=PIXEL).raise_for_status()


# --- everybody can use them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_kept_out(demo: Demo, couriers: Words, open_tab: Open, theme: str) -> None:
    """axe-core finds nothing serious on the inbox, a conflict, an order with its thread, and the shopper's page."""
    order = take_over_offline(demo, couriers, f"AXE-{theme}")
    demo.call("POST", f"/v1/orders/{order['id']}/messages", {"to": "customer", "text": "We are looking into it."})
    desk = open_tab(demo.console, color_scheme=theme)
    desk.reaches("[data-link=live]")
    desk.page.keyboard.press("9")
    desk.page.locator("[data-case]").filter(has_text=f"AXE-{theme}").click()
    expect(desk.page.locator(".resolve")).to_be_visible()
    assert grave_faults(desk.page) == []
    desk.page.locator(".drawer").get_by_role("button", name=f"AXE-{theme}").click()
    expect(desk.page.locator(".composer")).to_be_visible()
    assert grave_faults(desk.page) == []
    shopper = open_tab(order["track_url"], PHONE_PX, color_scheme=theme)
    shopper.reaches("[data-view=order]")
    shopper.page.get_by_role("button", name="Write a message").click()
    assert grave_faults(shopper.page) == []
