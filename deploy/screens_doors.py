"""The states of the desk's door, and of what makes it safer: see `screens`."""

import re
from typing import Final

import httpx
import pyotp
from playwright.sync_api import Page

from deploy.screens import LIVE, Stage, either, scene, stands

PASSWORD: Final = "a long word and another"  # noqa: S105 - of a town that is made up


@scene("console-signin", webgl=False)
def console_signin(stage: Stage, page: Page) -> None:
    """The door."""
    page.goto(f"{stage.url}/console")
    page.locator("form").wait_for()


@scene("console-signin-refused", webgl=False)
def console_signin_refused(stage: Stage, page: Page) -> None:
    """A wrong password."""
    console_signin(stage, page)
    page.locator("form input").first.fill("ann")
    page.locator("form input[type=password]").fill("wrong password")
    page.locator("form button[type=submit]").click()
    page.get_by_role("alert").wait_for()


def newcomer(stage: Stage) -> str:
    """A name that nobody has yet: who signs in again and again is made to wait."""
    return str(stage.made.setdefault(f"eve-{len(stage.made)}", f"eve-{len(stage.made)}"))


def member(stage: Stage, user_id: str) -> str:
    """A user of the desk without a second factor; returns their password."""
    stage.call("PUT", f"/v1/staff/users/{user_id}", {"name": "Eve Ho", "role": "dispatcher"})
    given = stage.call("POST", f"/v1/staff/users/{user_id}/password")["password"]
    stage.call("POST", "/v1/staff/sign-in", {"user": user_id, "password": given, "new_password": PASSWORD})
    return PASSWORD


def signing_in(stage: Stage, page: Page, user_id: str) -> None:
    """Somebody types their name and password at the door."""
    console_signin(stage, page)
    page.locator("form input").first.fill(user_id)
    page.locator("form input[type=password]").fill(PASSWORD)
    page.locator("form button[type=submit]").click()


@scene("console-second-factor", webgl=False)
def console_second_factor(stage: Stage, page: Page) -> None:
    """What an app that makes codes has to be told."""
    user_id = newcomer(stage)
    member(stage, user_id)
    signing_in(stage, page, user_id)
    stands(page, LIVE)
    page.get_by_role("button", name=either("Menu", "菜单")).click()
    page.get_by_role("menuitem", name=re.compile("Eve Ho")).click()
    second = page.locator("dialog details", has_text=either("second factor", "第二重验证"))
    second.locator("summary").click()
    second.locator("input[type=password]").fill(PASSWORD)
    second.locator("button[type=submit]").click()
    second.locator("code").wait_for()


@scene("console-signin-code", webgl=False)
def console_signin_code(stage: Stage, page: Page) -> None:
    """The door, for somebody with a second factor."""
    user_id = newcomer(stage)
    password = member(stage, user_id)
    entry = {"user": user_id, "password": password}
    headers = {"Authorization": f"Bearer {stage.call('POST', '/v1/staff/sign-in', entry)['token']}"}
    with httpx.Client(base_url=stage.url, headers=headers, trust_env=False, timeout=30) as http:
        begun = http.post("/v1/staff/second-factor", json={"password": password}).raise_for_status().json()
        code = {"code": pyotp.TOTP(begun["secret"]).now()}
        http.post("/v1/staff/second-factor/confirm", json=code).raise_for_status()
    signing_in(stage, page, user_id)
    page.locator("input[name=code]").wait_for()
