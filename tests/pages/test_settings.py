"""What of a zone is set at the desk, by whoever may; what it means is told as one types."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from dispatch.adapters.sql.messages import _row as row_of
from dispatch.application.messaging.ports import OutgoingMessage, State
from dispatch.application.messaging.table import Channel
from tests.adapters.test_message_store import message
from tests.pages.conftest import NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults
from tests.pages.test_staff import GOOD, enter, forgive, grown, menu, quiet_order

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

Open = Callable[..., Tab]
DATABASE: Final = "dispatch.sqlite"


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


def by_name(page: Page, name: str) -> None:
    """What the palette finds first by this name."""
    page.keyboard.press(".")
    palette = page.get_by_role("dialog")
    palette.get_by_role("combobox").fill(name)
    expect(palette.get_by_role("option").first).to_contain_text(name)
    page.keyboard.press("Enter")


RULE: Final[dict[str, Any]] = {
    "base_minor": 500, "per_km_minor": 100, "free_weight_g": 5_000, "per_kg_minor": 50,
    "tier_pct": [100, 120, 150, 200], "currency": "CNY",
}  # fmt: skip


def change_fees(demo: Demo, **more: Any) -> int:
    """Somebody else changes the fees by the API; the version that it makes."""
    fees = demo.call("GET", "/v1/fees")
    kept = {key: fees[key] for key in fees if key != "version"}
    return int(demo.call("PUT", "/v1/fees", kept | more)["version"])


def fits(page: Page) -> bool:
    """Whether nothing of the dialog has to be pushed sideways."""
    return bool(page.evaluate("() => { const d = document.querySelector('dialog[open]');"
                              " return d.scrollWidth <= d.clientWidth }"))  # fmt: skip


def test_fees_are_changed_with_an_example_beside_them(demo: Demo, open_tab: Open) -> None:
    """The example is priced as one types and says what holds until then; wrong figures are told and not sent; whoever
    was faster is named, and one looks at theirs or saves one's own on top."""
    change_fees(demo, **RULE)
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

    theirs = change_fees(demo, per_km_minor=150)
    base.fill("8")
    save.click()
    expect(fees.get_by_role("alert")).to_contain_text(f"version {theirs}")
    fees.get_by_role("button", name="Look anew").click()
    expect(fees.get_by_label("Per kilometre", exact=True)).to_have_value("1.50")
    expect(base).to_have_value("7.00")
    change_fees(demo, per_km_minor=160)
    base.fill("8")
    save.click()
    fees.get_by_role("button", name="Save mine").click()
    expect(fees.get_by_role("status")).to_contain_text("Saved")
    kept = demo.call("GET", "/v1/fees")
    assert (kept["base_minor"], kept["per_km_minor"], kept["version"]) == (800, 150, theirs + 2)
    forgive(tab, "409")


def test_what_may_be_claimed_is_changed_in_words(demo: Demo, open_tab: Open) -> None:
    """Each rule says what it means; one more category is offered from the goods, needs a name and a reason for the log;
    a version that is old is a choice."""
    demo.call("PUT", "/v1/after-sales/policy", {"rules": [{"category": ""}], "reason": "As it was"})
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
    policy.get_by_label("Category", exact=True).fill("Fresh")
    fresh = policy.get_by_role("group", name="Fresh")
    for label, days in (("No reason", "0"), ("For a fault", "1"), ("Repair", "0")):
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
    for name, called in (("配送费", "配送费"), ("售后政策", "售后政策"), ("消息", "设置"), ("API 密钥", "API 密钥")):
        by_name(tab.page, called)
        tab.page.get_by_role("tab", name=name).click()
        expect(tab.page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(tab.page.locator("dialog .skeleton")).to_have_count(0)
        assert grave_faults(tab.page) == []
        assert fits(tab.page)
        tab.page.keyboard.press("Escape")
        expect(tab.page.get_by_role("dialog")).to_have_count(0)


def noted(demo: Demo, *messages: OutgoingMessage) -> None:
    """Messages in the log of the demo's zone, as its sender has left them."""
    with closing(sqlite3.connect(demo.folder / DATABASE, timeout=30)) as database, database:
        for row in map(row_of, messages):
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            database.execute(f"INSERT INTO outgoing_messages ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608


def test_what_failed_is_sent_once_more(demo: Demo, open_tab: Open) -> None:
    """What has failed comes first, with why; sent again it waits; the other states are looked through, and a message
    leads to its order. Channels are told without what they hold."""
    order = quiet_order(demo, "TOLD")
    about: dict[str, Any] = {
        "zone_id": "default",
        "order_id": order["id"],
        "event_at_ms": order["created_at_ms"],
        "tries": 3,
    }
    failed = message(1, state=State.FAILED, reason="unknown_outcome", **about)
    noted(demo, failed, message(2, Channel.EMAIL, state=State.SENT, **about))
    tab = open_tab(demo.console)
    tab.reaches("[data-link=live]")
    part = settings(tab.page, "Messages")
    expect(part.locator("[data-channel=sms]")).to_contain_text("SMS · off")
    log = part.get_by_role("region", name="Sent messages")
    row = log.locator("[data-message=m01]")
    expect(row).to_contain_text("may have arrived")
    expect(log.locator("[data-message=m02]")).to_have_count(0)
    assert grave_faults(tab.page) == []
    row.get_by_role("button", name="Send again").click()
    expect(row).to_contain_text("Waiting")
    log.get_by_label("What became of them").select_option("sent")
    log.get_by_label("Channel").select_option("email")
    expect(log.locator("[data-message=m02]")).to_contain_text("E-mail · Customer")
    log.locator("[data-message=m02]").get_by_role("button", name="Order").click()
    expect(tab.page.locator(f"[data-drawer='{order['id']}']")).to_be_visible()


def test_a_webhook_is_made_paused_and_removed(demo: Demo, open_tab: Open) -> None:
    """For an account; its secret is shown once, a second one when it is replaced; each end says first what it ends."""
    tab = open_tab(demo.console)
    tab.reaches("[data-link=live]")
    hooks = settings(tab.page, "Messages").get_by_role("region", name="Webhooks")
    hooks.get_by_role("button", name="Add webhook").click()
    hooks.get_by_role("button", name="Add webhook").click()
    expect(hooks).to_contain_text("Say whose orders")
    hooks.get_by_label("Account").fill("shop-7")
    hooks.get_by_label("URL").fill("https://shop.example.com/hook")
    hooks.get_by_label("All events of orders").uncheck()
    hooks.get_by_label("Delivered").check()
    hooks.get_by_role("button", name="Add webhook").click()
    first = hooks.get_by_role("status").locator("code").inner_text()
    assert first.startswith("whsec_")
    row = hooks.locator("[data-hook]").filter(has_text="shop-7")
    expect(row).to_contain_text("shop-7")
    expect(row).to_contain_text("Delivered")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    row.get_by_role("button", name="New secret").click()
    row.get_by_role("button", name="Make a new secret").click()
    expect(hooks.get_by_role("status").locator("code")).not_to_have_text(first)
    hook_id = row.get_attribute("data-hook") or ""
    noted(demo, message(3, Channel.WEBHOOK, zone_id="default", recipient=hook_id, lane=hook_id, state=State.SENT))
    row.get_by_role("button", name="Deliveries").click()
    row.locator("[data-message=m03]").get_by_role("button", name="Replay").click()
    expect(row.locator("[data-message=m03]")).to_contain_text("Waiting")
    assert grave_faults(tab.page) == []
    row.get_by_role("button", name="Close").click()
    row.get_by_role("button", name="Remove").click()
    expect(row).to_contain_text("Nothing is sent there any more")
    row.get_by_role("button", name="Remove it").click()
    expect(row).to_have_count(0)


def test_a_key_is_shown_once_and_revoked(demo: Demo, open_tab: Open) -> None:
    """It opens the API until it is revoked here, and says when it was last used."""
    tab = open_tab(demo.console)
    tab.reaches("[data-link=live]")
    keys = settings(tab.page, "API keys")
    keys.get_by_role("button", name="Make a key").click()
    keys.get_by_role("button", name="Make a key").click()
    expect(keys).to_contain_text("Say what it is for")
    keys.get_by_label("Name").fill("Till")
    keys.get_by_label("Account").fill("shop-7")
    keys.get_by_role("button", name="Make a key").click()
    key = keys.get_by_role("status").locator("code").inner_text()
    bearer = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{demo.url}/v1/orders", headers=bearer, trust_env=False).status_code == 200
    row = keys.locator("[data-key]").filter(has_text="Till")
    expect(row).to_contain_text("never used")
    expect(row).to_contain_text("Good")
    assert grave_faults(tab.page) == []
    row.get_by_role("button", name="Revoke").click()
    expect(row).to_contain_text("refused within two seconds")
    row.get_by_role("button", name="Revoke it").click()
    expect(row).to_contain_text("Revoked")
    expect(keys.get_by_role("status")).to_have_count(0)
    assert httpx.get(f"{demo.url}/v1/orders", headers=bearer, trust_env=False).status_code == 401
