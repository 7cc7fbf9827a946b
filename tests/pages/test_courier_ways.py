"""The courier's app on other ways than to a door: goods go back, a return is fetched, goods change courier."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.pages.conftest import NO_WEBGL_FLAGS, Demo, Tab, grave_faults
from tests.pages.courier_app import SLEEPY, App, given_order, hire, open_app, status_of, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> tuple[str, ...]:
    """What happens in this town is what the tests do."""
    return SLEEPY


def at_work(demo: Demo, open_tab: Open, courier_id: str, name: str) -> App:
    """The app of a new courier on duty."""
    hire(demo, courier_id, name)
    app = open_app(demo, open_tab, courier_id)
    app.go_on_duty()
    return app


def picked_up(demo: Demo, app: App, **fields: object) -> str:
    """The id of an order that the courier has just picked up."""
    order_id = given_order(demo, app.courier_id, **fields)
    app.act("Set off", "I am here", "Picked up")
    until(lambda: status_of(demo, order_id) == "picked_up")
    return order_id


def test_canceled_goods_are_brought_back(demo: Demo, open_tab: Open) -> None:
    """The next stop is the depot by name; a closed door leaves it on the route; handed in, the order is returned."""
    app = at_work(demo, open_tab, "kai", "Kai Wei")
    order_id = picked_up(demo, app, ref="C-1")
    depot = demo.call("GET", "/v1/depots")["depots"][0]["name"]
    demo.call("POST", f"/v1/orders/{order_id}/cancel", {"reason": "customer called"})
    following = app.page.locator(".next-stop")
    expect(following).to_contain_text("Bring 1 order to the depot")
    expect(following.locator(".next-name")).to_have_text(depot)
    app.open_stop("Bring 1 order")
    app.page.get_by_role("button", name="Cannot do this stop").click()
    app.page.get_by_role("button", name="Place is closed").click()
    app.act("Report: not brought to the depot")
    until(lambda: [c["kind"] for c in demo.call("GET", "/v1/cases")["cases"]] == ["return_failed"])
    assert status_of(demo, order_id) == "returning"
    app.act("Set off", "I am here", "At the depot")
    until(lambda: status_of(demo, order_id) == "returned")
    expect(following).to_have_count(0)


def test_a_return_is_fetched_and_proven_at_the_door(demo: Demo, open_tab: Open) -> None:
    """What is asked for is asked for at the customer's door; the depot only takes it."""
    app = at_work(demo, open_tab, "mei", "Mei Lin")
    order_id = given_order(demo, "mei", ref="R-1", direction="return", requires=["age"])
    expect(app.page.locator(".next-stop")).to_contain_text("Fetch 1 return")
    app.act("Set off", "I am here", "Take the return")
    expect(app.main_action).to_be_disabled()
    app.page.get_by_role("checkbox", name="I have seen a document").check()
    app.act("Fetched")
    until(lambda: status_of(demo, order_id) == "picked_up")
    expect(app.page.locator(".next-stop")).to_contain_text("Bring 1 order to the depot")
    app.act("Set off", "I am here", "At the depot")
    until(lambda: status_of(demo, order_id) == "delivered")


def test_two_couriers_meet_and_the_goods_go_on(demo: Demo, open_tab: Open) -> None:
    """Each sees whom to meet; after the taker's word the order is not theirs yet, after the giver's it is."""
    giver = at_work(demo, open_tab, "ann", "Ann Bo")
    order_id = picked_up(demo, giver, ref="H-1", dropoff={"address": "7 Far Lane"})
    taker = at_work(demo, open_tab, "ben", "Ben Ek")
    demo.call("POST", "/v1/handovers", {"order_ids": [order_id], "to_courier_id": "ben", "reason": "flat tyre"})
    expect(giver.page.locator(".next-stop")).to_contain_text("Hand 1 order to another courier")
    expect(giver.page.locator(".next-name")).to_have_text("Ben Ek")
    expect(taker.page.locator(".next-stop")).to_contain_text("Take over 1 order from another courier")
    expect(taker.page.locator(".next-name")).to_have_text("Ann Bo")
    taker.act("Set off", "I am here", "Taken over")
    expect(taker.page.locator("main")).to_contain_text("Not yours yet")
    assert demo.call("GET", f"/v1/orders/{order_id}")["courier_id"] == "ann"
    giver.act("Set off", "I am here", "Handed over")
    until(lambda: demo.call("GET", f"/v1/orders/{order_id}")["courier_id"] == "ben")
    expect(taker.page.locator(".next-stop")).to_contain_text("7 Far Lane")
    taker.act("Set off", "I am here", "Delivered")
    until(lambda: status_of(demo, order_id) == "delivered")
    expect(giver.page.locator(".next-stop")).to_have_count(0)


def test_the_desk_decides_about_goods_on_board(demo: Demo, open_tab: Open) -> None:
    """A hand-over is planned with a reason and called off, and a failed attempt is sent back, from the order's page."""
    app = at_work(demo, open_tab, "liv", "Liv Aas")
    order_id = picked_up(demo, app, ref="D-1")
    at_work(demo, open_tab, "max", "Max Ots")
    desk = open_tab(demo.console)
    desk.reaches("[data-link=live]")
    page = desk.page
    page.evaluate(f"location.hash = '#/orders/{order_id}'")
    goods = page.get_by_role("region", name="Goods on board")
    goods.get_by_role("button", name="Hand over").click()
    expect(goods).to_contain_text("Please give a reason, and choose a courier")
    goods.get_by_label("Hand over to").select_option("Max Ots")
    goods.get_by_label("Reason").fill("flat tyre")
    assert grave_faults(page) == []
    goods.get_by_role("button", name="Hand over").click()
    expect(goods).to_contain_text("Max Ots is to take it over")
    goods.get_by_label("Reason").fill("tyre is mended")
    goods.get_by_role("button", name="Call it off").click()
    expect(app.page.locator(".next-stop")).to_contain_text("Deliver 1 order")
    app.page.locator(".next-stop").get_by_role("button", name="Details").click()
    app.page.get_by_role("button", name="Cannot do this stop").click()
    app.page.get_by_role("button", name="Nobody opens").click()
    app.act("Report: not delivered")
    expect(goods.get_by_role("button", name="Try again")).to_be_visible()
    goods.get_by_label("Reason").fill("moved away")
    goods.get_by_role("button", name="Bring back to the depot").click()
    expect(app.page.locator(".next-stop")).to_contain_text("Bring 1 order to the depot")
    expect(goods.get_by_role("button", name="It is back")).to_be_visible()  # what is typed before is not kept
    goods.get_by_label("Reason").fill("seen at the depot")
    goods.get_by_role("button", name="It is back").click()
    until(lambda: status_of(demo, order_id) == "returned")
    expect(app.page.locator(".next-stop")).to_have_count(0)
