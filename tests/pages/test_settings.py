"""What of a zone is set at the desk, by whoever may; what it means is told as one types."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.test_staff import GOOD, enter, forgive, grown, menu

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def settings(page: Page, part: str) -> Locator:
    """The settings by their key, then a part of them by the arrows."""
    page.keyboard.press(",")
    dialog = page.get_by_role("dialog", name="Settings")
    tab = dialog.get_by_role("tab", name=part)
    dialog.get_by_role("tab").first.focus()
    for _ in range(8):
        if tab.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("ArrowRight")
    expect(tab).to_be_focused()
    return dialog


def change_fees(demo: Demo, **more: Any) -> None:
    """Somebody else changes the fees by the API."""
    fees = demo.call("GET", "/v1/fees")
    demo.call("PUT", "/v1/fees", {key: fees[key] for key in fees if key != "version"} | more)


def fits(page: Page) -> bool:
    """Whether nothing of the dialog has to be pushed sideways."""
    return bool(page.evaluate("() => { const d = document.querySelector('dialog[open]');"
                              " return d.scrollWidth <= d.clientWidth }"))  # fmt: skip


def test_fees_are_changed_with_an_example_beside_them(demo: Demo, open_tab: Open) -> None:
    """The example is priced as one types and says what holds until then; wrong figures are told and not sent; whoever
    was faster is named, and one looks at theirs or saves one's own on top."""
    tab = open_tab(demo.console)
    tab.reaches("[data-link=live]")
    fees = settings(tab.page, "Fees")
    example = fees.get_by_role("region", name="Example")
    expect(example.locator(".total dd")).to_have_text("¥9.20")  # 5.00 + 3.2 × 1.00 + 2 × 0.50 + …
    example.get_by_label("Tier").select_option("2")
    expect(example.locator(".total dd")).to_have_text("¥13.80")
    base, save = fees.get_by_label("Base"), fees.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    base.fill("7")
    expect(example.locator(".total dd")).to_have_text("¥16.80")
    expect(example).to_contain_text("Until you save it costs ¥13.80")
    base.fill("7.001")
    expect(fees).to_contain_text("An amount, such as 12.50")
    expect(save).to_be_disabled()
    base.fill("7")
    assert grave_faults(tab.page) == []
    tab.page.keyboard.press("Enter")
    expect(fees.get_by_role("status")).to_contain_text("Saved")
    assert demo.call("GET", "/v1/fees")["base_minor"] == 700

    change_fees(demo, per_km_minor=150)
    base.fill("8")
    save.click()
    expect(fees.get_by_role("alert")).to_contain_text("version 2")
    fees.get_by_role("button", name="Look anew").click()
    expect(fees.get_by_label("For each kilometre")).to_have_value("1.50")
    expect(base).to_have_value("7.00")
    change_fees(demo, per_km_minor=160)
    base.fill("8")
    save.click()
    fees.get_by_role("button", name="Save mine").click()
    expect(fees.get_by_role("status")).to_contain_text("Saved")
    kept = demo.call("GET", "/v1/fees")
    assert (kept["base_minor"], kept["per_km_minor"], kept["version"]) == (800, 150, 4)
    forgive(tab, "409")


def test_what_may_be_claimed_is_changed_in_words(demo: Demo, open_tab: Open) -> None:
    """Each rule says what it means; one more category is offered from the goods, needs a name and a reason for the log;
    a version that is old is a choice."""
    demo.call("PUT", "/v1/skus/milk", {"name": "Milk", "category": "Fresh", "unit": {"weight_g": 1_030}})
    tab = open_tab(demo.console)
    tab.reaches("[data-link=live]")
    policy = settings(tab.page, "After-sales")
    all_others = policy.get_by_role("group", name="All other goods")
    expect(all_others).to_contain_text(
        "without a reason within 7 days, for a fault within 15 days, repaired within 365"
    )
    policy.get_by_role("button", name="Add category").click()
    expect(policy.locator("datalist option[value=Fresh]")).to_have_count(1)
    expect(policy).to_contain_text("Name the category")
    policy.get_by_label("Category").fill("Fresh")
    fresh = policy.get_by_role("group", name="Fresh")
    for label, days in (("Without a reason", "0"), ("For a fault", "1"), ("Repair", "0")):
        fresh.get_by_label(label).fill(days)
    expect(fresh).to_contain_text("Fresh: no return without a reason, for a fault within 1 day, no repair.")
    save = policy.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    policy.get_by_label("Why").fill("Milk does not keep")
    assert grave_faults(tab.page) == []
    save.click()
    expect(policy.get_by_role("status")).to_contain_text("Saved")
    kept = demo.call("GET", "/v1/after-sales/policy")
    assert [rule["category"] for rule in kept["rules"]] == ["", "Fresh"] and kept["rules"][1]["fault_days"] == 1

    body = {"rules": kept["rules"][:1], "reason": "back", "zone": "default"}
    demo.call("PUT", "/v1/after-sales/policy", body)
    fresh.get_by_label("Repair").fill("30")
    policy.get_by_label("Why").fill("Bottles")
    save.click()
    expect(policy.get_by_role("alert")).to_contain_text("Somebody else changed this")
    policy.get_by_role("button", name="Look anew").click()
    expect(fresh).to_have_count(0)
    expect(all_others).to_contain_text("repaired within 365 days")
    forgive(tab, "409")


def test_whoever_may_not_change_fees_looks_at_them(demo: Demo, open_tab: Open) -> None:
    """A dispatcher reads the rule, tries the example, and finds nothing to save."""
    grown(demo, "look", "dispatcher", "Look On")
    tab = open_tab(f"{demo.url}/console")
    enter(tab.page, "look", GOOD)
    tab.reaches("[data-link=live]")
    menu(tab.page, "Settings")
    dialog = tab.page.get_by_role("dialog", name="Settings")
    assert dialog.get_by_label("Base").get_attribute("readonly") is not None
    expect(dialog).to_contain_text("admins change it")
    expect(dialog.get_by_role("button", name="Save")).to_have_count(0)


def test_settings_fit_a_phone(demo: Demo, open_tab: Open) -> None:
    """In Chinese and in the dark: found by name in the palette, nothing serious for axe-core, nothing to push."""
    tab = open_tab(demo.console, PHONE_PX, color_scheme="dark", locale="zh-CN")
    tab.reaches("[data-link=live]")
    for name in ("配送费", "售后政策"):
        tab.page.keyboard.press(".")
        tab.page.keyboard.type(name)
        tab.page.keyboard.press("Enter")
        expect(tab.page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(tab.page.locator("dialog .skeleton")).to_have_count(0)
        assert grave_faults(tab.page) == []
        assert fits(tab.page)
        tab.page.keyboard.press("Escape")
