"""Staff at the desk: signing in, a first password, users and roles, what a role is not offered, and who is shut out."""

import time
from collections.abc import Callable

import httpx
import pyotp
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.pages.camera import read_by_camera
from tests.pages.conftest import GOES_ON_MS, NO_WEBGL_FLAGS, PHONE_PX, Demo, Tab, grave_faults

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]
SHARES_A_DEMO = True

GOOD, BETTER = "correct horse battery", "staple of a donkey"
DAY_MS = 24 * 3_600_000
Open = Callable[..., Tab]


@pytest.fixture(scope="module")
def flags() -> tuple[str, ...]:
    """Nothing here looks at the map."""
    return NO_WEBGL_FLAGS


def make(demo: Demo, user_id: str, role: str, name: str) -> str:
    """A user whom an admin has just made; their password for once."""
    demo.call("PUT", f"/v1/staff/users/{user_id}", {"name": name, "role": role})
    return str(demo.call("POST", f"/v1/staff/users/{user_id}/password")["password"])


def grown(demo: Demo, user_id: str, role: str, name: str) -> None:
    """A user with a password of their own."""
    once = make(demo, user_id, role, name)
    body = {"user": user_id, "password": once, "new_password": GOOD}
    httpx.post(f"{demo.url}/v1/staff/sign-in", json=body, trust_env=False).raise_for_status()


def quiet_order(demo: Demo, ref: str, **more: str) -> dict[str, str]:
    """An order that no planner touches, since it wants no courier before tomorrow."""
    tomorrow_ms = int(time.time() * 1000) + DAY_MS
    times = {"ready_at_ms": tomorrow_ms, "commit_due_at_ms": tomorrow_ms, "promise_at_ms": tomorrow_ms + DAY_MS}
    return dict(demo.order(ref=ref, **times, **more))


def enter(page: Page, user_id: str, password: str) -> None:
    """Fill in the door of the desk."""
    page.get_by_label("User name").fill(user_id)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def forgive(tab: Tab, *codes: str) -> None:
    """What the browser notes about refusals that the story asks for is no fault."""
    tab.complaints[:] = [line for line in tab.complaints if not any(code in line for code in codes)]


def menu(page: Page, item: str) -> None:
    """An item of the desk's menu."""
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("menuitem", name=item).click()


def gives_an_address_for_news(account: Locator) -> None:
    """What is none is told; the right one stays."""
    account.get_by_text("News by e-mail").click()
    address = account.get_by_label("E-mail address")
    for typed, told in (("ann@nowhere", "This is no e-mail address."), ("ann@example.com", "News go to this address.")):
        address.fill(typed)
        account.get_by_role("button", name="Save", exact=True).click()
        expect(account).to_contain_text(told)
    account.get_by_text("News by e-mail").click()
    account.get_by_text("News by e-mail").click()
    expect(address).to_have_value("ann@example.com")
    account.get_by_text("News by e-mail").click()


def test_a_user_signs_in_with_a_password_for_once_and_stays(demo: Demo, open_tab: Open) -> None:
    """Wrong words are told, a password of one's own is chosen, a reload and another tab ask nothing, and signing out
    ends all tabs."""
    once = make(demo, "ann", "dispatcher", "Ann Bee")
    tab = open_tab(f"{demo.url}/console")
    page = tab.page
    expect(page.get_by_label("User name")).to_be_focused()
    enter(page, "ann", "wrong password")
    expect(page.get_by_role("alert")).to_contain_text("user name or the password is wrong")
    page.get_by_label("Password", exact=True).fill(once)
    page.get_by_role("button", name="Show password").click()
    expect(page.get_by_label("Password", exact=True)).to_have_value(once)
    assert page.get_by_label("Password", exact=True).get_attribute("type") == "text"
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Sign in", exact=True).click()
    chosen = page.get_by_label("New password")
    expect(chosen).to_be_focused()
    page.keyboard.type("password123")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("guessed soon")
    chosen.fill(BETTER)
    page.keyboard.press("Enter")
    tab.reaches("[data-link=live]")
    forgive(tab, "401", "403", "422")

    kept = page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "eyJ" not in kept and "dispatch_staff" not in kept
    page.reload()
    tab.reaches("[data-link=live]")
    beside = page.context.new_page()
    beside.goto(f"{demo.url}/console")
    beside.wait_for_selector("html[data-link=live]", state="attached")

    menu(page, "Ann Bee · Dispatcher")
    account = page.get_by_role("dialog", name="My account")
    expect(account).to_contain_text("All zones")
    gives_an_address_for_news(account)
    account.get_by_text("Change password").first.click()
    account.get_by_label("Present password").fill("wrong password")
    account.get_by_label("New password").fill(GOOD)
    account.get_by_role("button", name="Change password").click()
    expect(account.get_by_role("alert")).to_contain_text("wrong")
    account.get_by_label("Present password").fill(BETTER)
    account.get_by_role("button", name="Change password").click()
    expect(account).to_contain_text("The password is changed")
    tab.reaches("[data-link=live]")
    beside.wait_for_selector("html[data-link=live]", state="attached")
    account.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_label("User name")).to_be_visible()
    expect(beside.get_by_role("alert")).to_contain_text("another tab")
    page.reload()
    expect(page.get_by_label("User name")).to_be_visible()
    forgive(tab, "401", "403", "422")  # an answer on its way may have been refused for the old password's token


def users_of(admin: Tab) -> Locator:
    """The dialog of users and roles, as an admin has just opened it."""
    menu(admin.page, "Users and roles")
    return admin.page.get_by_role("dialog", name="Users and roles")


def shut_out(page: Page, act: Locator) -> None:
    """What the admin presses now ends the other one's sign-in within five seconds."""
    pressed_at_s = time.monotonic()
    act.click()
    expect(page.get_by_role("alert")).to_contain_text("sign-in has ended", timeout=5_000)
    assert time.monotonic() - pressed_at_s < 5


def test_an_admin_makes_a_depot_user_who_is_offered_nothing_else(demo: Demo, open_tab: Open) -> None:
    """A depot's staff cannot be made without a depot. The password is shown once; whoever has no right to a change sees
    no button, no key and no tool for it. Switched off, they are out within five seconds."""
    grown(demo, "boss", "admin", "Boss")
    here = demo.call("GET", "/v1/depots")["depots"][0]
    order = quiet_order(demo, "LOOK-ONLY", depot_id=here["id"])
    admin = open_tab(f"{demo.url}/console")
    enter(admin.page, "boss", GOOD)
    admin.reaches("[data-link=live]")
    users = users_of(admin)
    expect(users.locator("[data-user=boss]")).to_contain_text("You")
    users.get_by_role("button", name="Add user").click()
    users.get_by_label("User name").fill("dee")
    users.get_by_label("Name", exact=True).fill("Dee Pot")
    users.get_by_label("Role").select_option("depot")
    users.get_by_role("button", name="Add user").click()
    expect(users).to_contain_text("Choose at least one depot")
    users.get_by_role("group", name="Depots").get_by_label(here["name"]).check()
    users.get_by_role("button", name="Add user").click()
    once = users.get_by_role("status").locator("code").inner_text()
    expect(users.locator("[data-user=dee]")).to_contain_text("Must choose a password")

    depot = open_tab(f"{demo.url}/console")
    enter(depot.page, "dee", once)
    depot.page.get_by_label("New password").fill(GOOD)
    depot.page.get_by_role("button", name="Save and sign in").click()
    depot.reaches("[data-link=live]")
    forgive(depot, "403")
    page = depot.page
    page.get_by_role("textbox", name="Search").fill("LOOK-ONLY")
    page.locator(f"[data-order='{order['id']}']").click()
    drawer = page.locator(f"[data-drawer='{order['id']}']")
    expect(drawer).to_contain_text("History")
    expect(drawer.locator("[data-action]")).to_have_count(0)
    expect(drawer.get_by_role("textbox")).to_have_count(0)
    page.keyboard.press("a")
    page.keyboard.press("o")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("menuitem", name="Dee Pot · Depot")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Users and roles")).to_have_count(0)
    page.keyboard.press("Escape")

    users.get_by_role("button", name="Switch off: Dee Pot").click()
    expect(users.locator("[data-user=dee]")).to_contain_text("at once")
    shut_out(page, users.get_by_role("button", name="Switch off now"))
    forgive(depot, "401")
    enter(page, "dee", GOOD)
    expect(page.get_by_role("alert")).to_contain_text("switched off")
    forgive(depot, "403")


def test_who_is_limited_to_a_depot_sees_its_orders_alone(demo: Demo, open_tab: Open) -> None:
    """An admin limits a dispatcher to another depot: their desk ends within five seconds, and shows that one's orders
    after they have signed in again."""
    grown(demo, "chef", "admin", "Chef")
    grown(demo, "fay", "dispatcher", "Fay")
    here, there = demo.call("GET", "/v1/depots")["depots"][:2]
    mine, other = (quiet_order(demo, f"AT-{n}", depot_id=depot["id"]) for n, depot in enumerate((here, there)))
    demo.call("PUT", "/v1/staff/users/fay", {"name": "Fay", "role": "dispatcher", "depots": [here["id"]]})
    admin, desk = open_tab(f"{demo.url}/console"), open_tab(f"{demo.url}/console")
    page = desk.page
    enter(page, "fay", GOOD)
    desk.reaches("[data-link=live]")
    page.keyboard.press("/")
    page.keyboard.type("AT-")
    expect(page.locator(f"[data-order='{mine['id']}']")).to_be_visible()
    expect(page.locator(f"[data-order='{other['id']}']")).to_have_count(0)

    enter(admin.page, "chef", GOOD)
    admin.reaches("[data-link=live]")
    users = users_of(admin)
    expect(users.locator("[data-user=fay]")).to_contain_text(f"only {here['id']}")
    users.get_by_role("button", name="Edit: Fay").click()
    depots = users.get_by_role("group", name="Depots")
    depots.get_by_label(there["name"]).check()
    depots.get_by_label(here["name"]).uncheck()
    assert grave_faults(admin.page) == []
    shut_out(page, users.get_by_role("button", name="Save"))
    enter(page, "fay", GOOD)
    desk.reaches("[data-link=live]")
    page.keyboard.press("/")
    page.keyboard.type("AT-")
    expect(page.locator(f"[data-order='{other['id']}']")).to_be_visible()
    expect(page.locator(f"[data-order='{mine['id']}']")).to_have_count(0)
    menu(page, "Fay · Dispatcher")
    expect(page.get_by_role("dialog", name="My account")).to_contain_text(there["id"])
    forgive(desk, "401")


def test_a_token_is_renewed_in_silence_and_a_zone_is_lost_aloud(demo: Demo, open_tab: Open) -> None:
    """A call that is refused for its old token is asked again with a new one, and nobody notices; somebody whose zones
    were changed is out at once, and told which zone is not theirs.
    """
    grown(demo, "cy", "dispatcher", "Cy")
    tab = open_tab(f"{demo.url}/console")
    page, refreshed = tab.page, list[str]()
    page.on("request", lambda request: refreshed.append(request.url) if request.url.endswith("/refresh") else None)
    enter(page, "cy", GOOD)
    tab.reaches("[data-link=live]")
    page.route("**/v1/calibration*", lambda route: route.fulfill(status=401, json={"code": "token_expired"}), times=1)
    page.keyboard.press("c")
    figures = page.get_by_role("dialog")
    expect(figures.locator(".overrides-none, .calibration-figure")).to_be_visible(timeout=GOES_ON_MS)
    expect(figures.locator(".alert")).to_have_count(0)
    assert len(refreshed) == 1
    tab.reaches("[data-link=live]")
    demo.call("PUT", "/v1/staff/users/cy", {"name": "Cy", "role": "dispatcher", "zones": ["elsewhere"]})
    expect(page.get_by_role("alert")).to_contain_text("sign-in has ended", timeout=5_000)
    enter(page, "cy", GOOD)
    expect(page.get_by_role("alert")).to_contain_text("may not watch the zone “elsewhere”")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("User name")).to_be_visible()
    forgive(tab, "401")


def test_a_second_factor_is_turned_on_and_asked_for(demo: Demo, open_tab: Open) -> None:
    """The key goes to an app, by a camera in the dark too, its code turns it on, recovery codes are shown once, and the
    door asks for one."""
    grown(demo, "eve", "dispatcher", "Eve Dee")
    tab = open_tab(f"{demo.url}/console", device_scale_factor=1, color_scheme="dark")
    page = tab.page
    enter(page, "eve", GOOD)
    tab.reaches("[data-link=live]")
    menu(page, "Eve Dee · Dispatcher")
    account = page.get_by_role("dialog", name="My account")
    account.get_by_text("Add a second factor").click()
    second = account.locator("details", has_text="second factor")
    second.get_by_label("Present password").fill(GOOD)
    second.get_by_role("button", name="Begin").click()
    key = account.locator(".once code").inner_text().replace(" ", "")
    app = pyotp.TOTP(key)
    seen = read_by_camera(account.get_by_role("img", name="QR code of the key"))
    assert seen == app.provisioning_uri(name="eve", issuer_name="Dispatch")
    account.get_by_label("Code of your app").fill(app.now())
    assert grave_faults(page) == []
    account.get_by_role("button", name="Turn it on").click()
    expect(account.locator(".once")).to_contain_text("Write these codes down")
    recovery = account.locator(".once code").inner_text().split()
    assert len(recovery) == 10
    account.get_by_role("button", name="I have written them down").click()
    expect(account).to_contain_text("Second factor: on")
    account.get_by_role("button", name="Sign out", exact=True).click()
    enter(page, "eve", GOOD)
    code = page.get_by_label("Code of your app")
    expect(code).to_be_focused()
    code.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("wrong, or was used before")
    code.fill(recovery[0])
    page.keyboard.press("Enter")
    tab.reaches("[data-link=live]")
    forgive(tab, "401", "403")


@pytest.mark.parametrize("looks", [{"color_scheme": "dark", "locale": "zh-CN"}, {"color_scheme": "light"}])
def test_nobody_is_kept_out(demo: Demo, open_tab: Open, looks: dict[str, str]) -> None:
    """axe-core finds nothing serious at the door on a phone, in the account and among the users."""
    grown(demo, "axe", "admin", "Axe")
    phone = open_tab(f"{demo.url}/console", PHONE_PX, **looks)
    expect(phone.page.locator("form")).to_be_visible()
    assert grave_faults(phone.page) == []
    cookies: BrowserContext = phone.page.context
    entry = {"user": "axe", "password": GOOD}
    assert cookies.request.post(f"{demo.url}/v1/staff/sign-in", data=entry).ok
    desk = open_tab(demo.console, **looks)
    desk.reaches("[data-link=live]")
    desk.page.keyboard.press(".")
    desk.page.keyboard.type("用户与角色")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("[data-user=axe]")).to_be_visible()
    desk.page.locator("[data-user=axe] button").first.click()
    assert grave_faults(desk.page) == []
    desk.page.keyboard.press("Escape")
