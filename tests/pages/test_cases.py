"""Cases end to end: a customer reports a problem on their page, support answers at the desk, the customer reads it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.test_conflicts import quiet_order

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

SOON_MS = 20_000
MINUTES_LEFT = re.compile(r"\d+ min left")
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


def report(problems: Locator) -> None:
    """The customer wants money back; what is left out is asked for."""
    problems.get_by_role("button", name="Report a problem").click(timeout=SOON_MS)
    problems.get_by_role("button", name="Send").click()
    expect(problems).to_contain_text("Please say in a few words what happened.")
    problems.get_by_label("I want money back").check(force=True)
    problems.get_by_label("What happened?").fill("The soup is cold.")
    problems.get_by_label("Amount").fill("12.50")
    problems.get_by_role("button", name="Send").click()
    expect(problems).to_contain_text("within two hours", timeout=SOON_MS)
    expect(problems.locator("[data-state=open]")).to_contain_text("The soup is cold.")


def open_case(page: Page, ref: str) -> Locator:
    """The row of the customer's case at the desk, which is open in the drawer."""
    expect(page.locator(".notice")).to_contain_text("new case", timeout=SOON_MS)
    page.keyboard.press("9")
    row = page.locator("[data-case]").filter(has_text=ref)
    expect(row).to_contain_text("The soup is cold.")
    expect(row).to_contain_text("Compensation wanted")
    expect(row).to_contain_text(MINUTES_LEFT)
    expect(row).to_contain_text("Nobody yet")
    row.click()
    return row


def answer(page: Page, words: str) -> None:
    """By keys alone; an empty answer is asked for."""
    page.keyboard.press("R")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".drawer")).to_contain_text("Please say what the customer is told.")
    page.keyboard.type(words)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".drawer .case-said").filter(has_text="Answered by")).to_contain_text(words, timeout=SOON_MS)
    page.keyboard.press("Escape")


def test_a_customer_complains_and_support_answers(demo: Demo, desk: Tab, open_tab: Open) -> None:
    """Reported on a phone, due in two hours at the desk, taken and answered with a sum, read without a reload."""
    order = quiet_order(demo, ref="COLD-SOUP")
    phone = open_tab(order["track_url"], PHONE_PX)
    problems = phone.page.locator(".problems")
    report(problems)
    assert grave_faults(phone.page) == []
    page, drawer = desk.page, desk.page.locator(".drawer")
    open_case(page, "COLD-SOUP")
    expect(drawer.locator(".fact").filter(has_text="Wants")).to_contain_text("12.50")
    page.keyboard.press("A")
    expect(drawer.locator(".fact").filter(has_text="Looked after by")).not_to_contain_text("Nobody", timeout=SOON_MS)
    page.keyboard.press("R")
    page.keyboard.type("We pay the soup.")
    drawer.get_by_label("We pay (optional)").fill("12.50")
    page.keyboard.press("Enter")
    expect(drawer).to_contain_text("Answered by", timeout=SOON_MS)
    assert grave_faults(page) == []
    answered = problems.locator("[data-state=answered]")
    expect(answered).to_contain_text("We pay the soup.", timeout=SOON_MS)
    expect(answered).to_contain_text("We pay you ¥12.50.")


def test_a_customer_who_is_not_content_is_answered_again(demo: Demo, desk: Tab, open_tab: Open) -> None:
    """Each side sees at once what the other says; the case is looked at later, and closed with its cause."""
    order = quiet_order(demo, ref="COLD-AGAIN")
    problems = open_tab(order["track_url"], PHONE_PX).page.locator(".problems")
    report(problems)
    page, drawer = desk.page, desk.page.locator(".drawer")
    row = open_case(page, "COLD-AGAIN")
    answer(page, "Sorry for that.")
    answered = problems.locator("[data-state=answered]")
    answered.get_by_text("This does not solve it").click(timeout=SOON_MS)
    answered.get_by_label("What is missing?").fill("And the spoon?")
    answered.get_by_role("button", name="Ask again").click()
    expect(problems.locator("[data-state=open]")).to_contain_text("And the spoon?", timeout=SOON_MS)
    expect(row).to_contain_text("And the spoon?", timeout=SOON_MS)
    expect(row).to_contain_text(MINUTES_LEFT)
    row.click()
    answer(page, "The spoon comes tomorrow.")
    expect(answered).to_contain_text("The spoon comes tomorrow.", timeout=SOON_MS)
    row.click()
    page.keyboard.press("F")
    page.keyboard.type("Did it come?")
    drawer.locator("[data-follow='24']").click()
    expect(drawer.locator(".fact").filter(has_text="Did it come?")).to_be_visible(timeout=SOON_MS)
    drawer.get_by_label("How was it settled?").fill("Paid and sent.")
    drawer.get_by_label("Cause").select_option("packing")
    drawer.get_by_role("button", name="Close the case").click()
    expect(drawer).to_contain_text(re.compile("Resolved by .+: Paid and sent. · Packing"), timeout=SOON_MS)
    causes = demo.call("GET", "/v1/cases/causes?days=1")["causes"]
    assert {"kind": "compensation", "cause": "packing", "cases": 1, "escalated": 0} in causes


def test_support_opens_a_case_for_a_customer_who_calls(demo: Demo, desk: Tab, open_tab: Open) -> None:
    """From the order's drawer; the desk says it in Chinese to whoever reads that."""
    order = quiet_order(demo, ref="CALLED")
    page, drawer = desk.page, desk.page.locator(".drawer")
    page.keyboard.press("6")
    page.get_by_role("textbox", name="Search").fill("CALLED")
    page.locator("[data-order]").filter(has_text="CALLED").click()
    drawer.get_by_text("Open a case").click()
    drawer.get_by_label("Kind").select_option("question")
    drawer.get_by_label("What does the customer say?").fill("Asks whether it is vegan.")
    drawer.get_by_role("button", name="Open", exact=True).click()
    expect(drawer.locator(".conflict-link")).to_contain_text("Question", timeout=SOON_MS)
    assert demo.call("GET", f"/v1/cases?order={order['id']}")["cases"][0]["text"] == "Asks whether it is vegan."
    chinese = open_tab(demo.console, locale="zh-CN")
    chinese.reaches("[data-link=live]")
    chinese.page.keyboard.press("9")
    expect(chinese.page.locator("[data-case]").filter(has_text="vegan")).to_contain_text("咨询", timeout=SOON_MS)
