"""The desk's fleet, figures and goals, inboxes with playbooks, saved filters; and hostile words in all of them."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dispatch.web.auth import issue_token
from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.rider import Phone, online

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

DAY_MS = 24 * 3_600_000
MINUTE_MS = 60_000

Open = Callable[..., Tab]


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


def token_of(demo: Demo, courier_id: str) -> str:
    secret = demo.folder.joinpath("secret").read_bytes()
    return issue_token(secret, "courier", courier_id, (), int(time.time()) + 3_600)


def on_duty(demo: Demo, courier_id: str, name: str) -> str:
    """A courier who is ridden by the test, on duty; the token of their phone."""
    demo.call("PUT", f"/v1/couriers/{courier_id}", {"name": name, "profile": "ebike"})
    token = token_of(demo, courier_id)
    with online(demo.url, token) as phone:
        assert phone.act(t="duty", duty="available")["ok"]
    return token


def quiet_order(demo: Demo, **fields: Any) -> dict[str, Any]:
    """An order that no planner touches, since it wants no courier before tomorrow."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    times = {"ready_at_ms": tomorrow_ms, "commit_due_at_ms": tomorrow_ms, "promise_at_ms": tomorrow_ms + DAY_MS}
    return dict(demo.order(**{**times, **fields}))


def place(demo: Demo, phone: Phone, battery: float) -> None:
    """A fix in the middle of the city."""
    centre = demo.call("GET", "/v1/city")["centre"]
    fix = {"at_ms": phone.business_now_ms, "lat": centre["lat"], "lon": centre["lon"], "battery": battery}
    phone.socket.send(json.dumps({"t": "pos", "seq": 1, "fixes": [fix]}))


def test_the_fleet_is_filtered_sorted_and_sent_on_a_break_with_a_way_back(demo: Demo, desk: Tab) -> None:
    """A low battery is found; what a break changes is told before; it has a reason, and is undone by a press."""
    token, page = on_duty(demo, "lowe", "Lowe Battery"), desk.page
    with online(demo.url, token) as phone:
        place(demo, phone, 0.09)
        page.keyboard.press("w")
        row = page.locator("[data-fleet=lowe]")
        expect(row).to_contain_text("10%", timeout=20_000)
        expect(row).to_contain_text("Live")
    page.locator("[data-fleet-filter=low_battery]").click()
    expect(page.locator("[data-fleet-filter=low_battery]")).to_have_attribute("aria-pressed", "true")
    expect(row).to_be_visible()
    page.locator("[data-fleet-filter=low_battery]").click()
    page.locator("[data-sort=battery]").click()
    expect(page.locator("th.battery")).to_have_attribute("aria-sort", "ascending")
    row.get_by_role("button", name="Lowe Battery", exact=True).click()
    expect(page.locator(".drawer h2")).to_have_text("Lowe Battery")
    assert grave_faults(page) == []
    row.locator("[data-action=duty]").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Open offers are withdrawn")
    dialog.locator("[data-action=set-duty]").click()
    expect(dialog).to_contain_text("Please give a reason.")
    dialog.get_by_role("button", name="Courier asked").click()
    dialog.locator("[data-action=set-duty]").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("On a break")
    page.keyboard.press("z")
    expect(row).to_contain_text("Idle")


def test_figures_are_held_against_goals_and_lead_to_their_orders(demo: Demo, desk: Tab, open_tab: Open) -> None:
    """An order past its promise makes a figure red; the panel names it, and lists it. Goals are everybody's."""
    page, phone = desk.page, open_tab(demo.console, PHONE_PX)
    with online(demo.url, on_duty(demo, "clock", "Clock Reader")) as rider:
        now_ms = rider.business_now_ms
        quiet_order(demo, ref="OVERDUE", ready_at_ms=now_ms, promise_at_ms=now_ms + 2 * MINUTE_MS)
    late = page.locator("[data-figure=late]")
    expect(late).to_have_attribute("data-verdict", re.compile("near|missed"), timeout=45_000)
    late.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("OVERDUE")
    expect(dialog.locator("[data-goal=late] .spark")).to_have_attribute("aria-label", re.compile("Last hour"))
    assert grave_faults(page) == []
    dialog.locator("[data-action=change-goals]").click()
    dialog.get_by_label("Late, at most % of the open orders").fill("100")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("Goals, version 1")
    expect(late).to_have_attribute("data-verdict", "met")
    expect(phone.page.locator("[data-figure=late]")).to_have_attribute("data-verdict", "met")
    assert demo.call("GET", "/v1/zones/default/goals")["late_pct"] == 100
    dialog.locator("[data-action=show-orders]").first.click()
    expect(page.get_by_role("textbox", name="Search")).to_have_value("is:open is:overdue")
    expect(page.locator("[data-order]").filter(has_text="OVERDUE")).to_be_visible()


def test_a_hold_and_a_failed_delivery_are_worked_off_by_their_playbooks(demo: Demo, desk: Tab, open_tab: Open) -> None:
    """A hold is asked about in Chinese, left alone for five minutes, comes back by itself and is released. A failed
    delivery is tried again; the shopper has what the desk wrote.
    """
    page, order = desk.page, quiet_order(demo, ref="HELD-1")
    demo.call("POST", "/v1/overrides", {"action": "hold", "order_id": order["id"], "reason": "address"})
    rail = page.locator("[data-queue=holds] .rail-count")
    expect(rail).to_have_text("1")
    page.keyboard.press("d")
    page.keyboard.press("j")
    box = page.locator("[data-playbook=held]")
    expect(box.locator("[data-step]").first).to_be_visible()
    box.locator("[data-step=message_customer]").click()
    box.get_by_role("button", name="中文").click()
    text = box.get_by_role("textbox")
    expect(text).to_have_value(re.compile("[\u4e00-\u9fff]"))
    written = text.input_value()
    box.get_by_role("button", name="Send").click()
    expect(page.locator(".drawer .order-messages")).to_contain_text(written)
    assert grave_faults(page) == []
    box.locator("[data-step=snooze]").click()
    box.locator("[data-snooze='5']").click()
    expect(rail).to_have_text("0")
    row = page.locator("[data-order]").filter(has_text="HELD-1")
    expect(row).to_contain_text("Back at")
    expect(rail).to_have_text("1", timeout=45_000)
    box.locator("[data-step=release]").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("found it")
    dialog.get_by_role("button", name="Release").click()
    desk.goes_on()
    expect(rail).to_have_text("0")
    expect(page.locator("[data-playbook]")).to_have_count(0)
    shopper = open_tab(order["track_url"], PHONE_PX).page
    shopper.get_by_role("button", name="Write a message").click()
    expect(shopper.locator("body")).to_contain_text(written)

    token, failed = on_duty(demo, "ada", "Ada First"), quiet_order(demo, ref="FAILED-1")
    wish = {"action": "assign", "order_id": failed["id"], "courier_id": "ada", "reason": "test", "force": True}
    demo.call("POST", "/v1/overrides", wish)
    with online(demo.url, token) as phone:
        assert phone.report(failed["id"], "pickup", phone.business_now_ms)["ok"]
        assert phone.report(failed["id"], "dropoff", phone.business_now_ms, "failed", reason="nobody_there")["ok"]
    page.keyboard.press("v")
    page.locator("[data-order]").filter(has_text="FAILED-1").click()
    box = page.locator("[data-playbook=attempt_failed]")
    expect(box).to_contain_text("Nobody opens")
    box.locator("[data-step=retry]").click()
    box.locator("[data-step-do=retry]").click()
    expect(page.locator("[data-playbook=attempt_failed]")).to_have_count(0)
    assert demo.call("GET", f"/v1/orders/{failed['id']}")["status"] == "picked_up"


def test_a_filter_gets_a_name_survives_a_reload_and_goes_as_a_link(demo: Demo, desk: Tab) -> None:
    """Clicked together and typed on; in the rail with its count; the link opens it, and holds no token."""
    page = desk.page
    for ref in ("FIL-1", "FIL-2"):
        quiet_order(demo, ref=ref, fragile=ref == "FIL-1")
    page.keyboard.press("6")
    page.keyboard.press("y")
    page.locator("[data-flag=fragile]").click()
    search = page.get_by_role("textbox", name="Search")
    search.press("End")
    search.press_sequentially(" ref:FIL")
    expect(page.locator("[data-order]")).to_have_count(1)
    assert grave_faults(page) == []
    name = page.get_by_role("textbox", name="Name of the filter")
    name.fill("Glass")
    name.press("Enter")
    saved = page.locator("[data-filter=Glass]")
    expect(saved.locator(".rail-count")).to_have_text("1")
    page.reload()
    desk.reaches("[data-link=live]")
    saved.click()
    expect(search).to_have_value("is:fragile ref:FIL")
    page.keyboard.press("y")
    page.locator("[data-action=share-filter]").click()
    expect(page.locator(".notice")).to_contain_text("link")
    page.evaluate("location.hash = '#/filter/' + encodeURIComponent('ref:FIL -fragile')")
    expect(page.locator("[data-order]")).to_have_count(1)
    expect(page.locator("[data-order]")).to_contain_text("FIL-2")
    saved.click()
    page.locator("[data-action=forget-filter]").click()
    expect(saved).to_have_count(0)


HOSTILE = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "'-window.pwned=1-'",
    "javascript:window.pwned=1",
    "{{constructor.constructor('window.pwned=1')()}}",
    "<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "\u202etxt.exe <b>bold</b> &lt;i&gt;",
)


def inert(page: Page) -> None:
    """Nothing of what was written has become markup, and nothing of it has run."""
    alive = (
        "() => [!!window.pwned, document.querySelectorAll('body script, iframe, img[src=x], svg[onload], b').length]"
    )
    assert page.evaluate(alive) == [False, 0]


def test_hostile_words_stay_words(demo: Demo, desk: Tab) -> None:
    """Names, addresses, references, messages and filters that would like to be markup: shown as they are everywhere."""
    page, ids = desk.page, []
    for n, words in enumerate(HOSTILE):
        demo.call("PUT", f"/v1/couriers/evil-{n}", {"name": words, "profile": "bike"})
        dropoff = {"address": words, "name": words, "note": words}
        order = quiet_order(demo, ref=words[:100], dropoff=dropoff)
        demo.call("POST", f"/v1/orders/{order['id']}/messages", {"to": "customer", "text": words})
        ids.append(order["id"])
    demo.call("POST", "/v1/overrides", {"action": "hold", "order_id": ids[1], "reason": HOSTILE[1]})
    page.keyboard.press("w")
    expect(page.locator("[data-fleet=evil-0]")).to_contain_text(HOSTILE[0])
    inert(page)
    page.locator("[data-fleet=evil-1] .fleet-name").click()
    expect(page.locator(".drawer h2")).to_have_text(HOSTILE[1])
    page.keyboard.press("d")
    page.locator(f"[data-order='{ids[1]}']").click()
    box = page.locator("[data-playbook=held]")
    box.locator("[data-step=message_customer]").click()
    inert(page)
    search = page.get_by_role("textbox", name="Search")
    for order_id, words in zip(ids, HOSTILE, strict=True):
        page.evaluate("id => { location.hash = `#/orders/${id}`; }", order_id)
        expect(page.locator(".drawer h2")).to_have_text(" ".join(words.split()))
        expect(page.locator(".drawer .order-messages")).to_contain_text(words)
        inert(page)
    page.keyboard.press("Escape")
    page.evaluate("text => { location.hash = '#/filter/' + encodeURIComponent(text); }", f"-status:{HOSTILE[2]}")
    expect(search).to_have_value(f"-status:{HOSTILE[2]}")
    page.keyboard.press("y")
    page.get_by_role("textbox", name="Name of the filter").fill(HOSTILE[1][:40])
    page.keyboard.press("Enter")
    expect(page.locator("[data-filter]")).to_contain_text(HOSTILE[1][:40])
    inert(page)
