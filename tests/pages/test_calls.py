"""Calls by a number that is nobody's own: from the courier's app, the customer's page and the desk."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.courier_app import SLEEPY, given, hire, open_app, status_of, until

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[..., Tab]
RIDER, CUSTOMER, BRIDGE = "+8613500135000", "+8613800138000", "+00000000000"


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


@pytest.fixture(scope="module")
def town() -> Iterator[tuple[str, ...]]:
    """What happens in this town is what the tests do; its server joins callers, and nobody's phone rings."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DISPATCH_CALL_GATEWAY", "record")
        yield SLEEPY


def joined(part: Locator, button: str) -> None:
    """The button is pressed, and the number to dial is nobody's."""
    part.get_by_role("button", name=button).click()
    expect(part.get_by_role("link", name=f"Dial {BRIDGE}")).to_have_attribute("href", f"tel:{BRIDGE}")


def numbers_on(tab: Tab) -> list[str]:
    """Whose number stands anywhere in the page."""
    return [each for each in (RIDER, CUSTOMER) if each in tab.page.content()]


def test_courier_customer_and_desk_call_by_a_number_of_nobodys(demo: Demo, open_tab: Open) -> None:
    """Before the goods are on their way the customer cannot call; then each gets a number to dial, and no page has the
    other's. The desk may call both."""
    hire(demo, "kai", "Kai Wei", phone=RIDER)
    app = open_app(demo, open_tab, "kai")
    app.go_on_duty()
    order = given(demo, "kai", ref="C-1", dropoff={"phone": CUSTOMER, "name": "Ann"})
    shopper = open_tab(order["track_url"], PHONE_PX)
    expect(shopper.page.get_by_role("heading").first).to_be_visible()
    expect(shopper.page.get_by_role("button", name="Call the courier")).to_have_count(0)
    app.act("Set off", "I am here", "Picked up")
    until(lambda: status_of(demo, order["id"]) == "picked_up")
    joined(app.page.locator(".next-stop"), "Call")
    joined(shopper.page.locator(".courier"), "Call the courier")
    desk = open_tab(demo.console)
    desk.reaches("[data-link=live]")
    desk.page.evaluate(f"location.hash = '#/orders/{order['id']}'")
    calls = desk.page.locator(".order-messages .calls")
    # What the browser asks about a tel: link lies above the page and takes the next pointer, but no key.
    for who in ("Customer", "Courier"):
        calls.get_by_role("button", name=f"Call: {who}").press("Enter")
    expect(calls.get_by_role("link", name=f"Dial {BRIDGE}")).to_have_count(2)
    for tab in (app.tab, shopper, desk):
        assert grave_faults(tab.page) == []
        assert numbers_on(tab) == []
