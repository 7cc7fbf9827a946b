"""The states of a pickup point: its leader's page, and the customer's code."""

import time
from typing import Any

from playwright.sync_api import Page

from deploy.screens import PATIENCE_S, Stage, is_shown, order_of, quiet_order, scene


def brought(stage: Stage) -> tuple[str, Any]:
    """(the leader's page, an order that lies there): another one is on the way."""
    centre = stage.call("GET", "/v1/city")["centre"]
    point = {"name": "东门自提点", "address": "18 Lark Lane", "lat": centre["lat"], "lon": centre["lon"]}
    link = stage.once("point", lambda: stage.call("PUT", "/v1/points/gate", point))["leader_url"]
    quiet_order(stage, "G-102", point_id="gate")
    order = order_of(stage, "G-101", point_id="gate")
    deadline_s = time.monotonic() + PATIENCE_S
    while not stage.call("GET", "/v1/points/gate")["lying_count"] and time.monotonic() < deadline_s:
        time.sleep(0.5)
    return str(link), order


@scene("leader", webgl=False)
def leader(stage: Stage, page: Page) -> None:
    """What was brought, what lies there, and what is on the way."""
    link, _ = brought(stage)
    page.goto(link)
    page.locator(".parcel").first.wait_for()


@scene("leader-wrong-code", webgl=False)
def leader_wrong_code(stage: Stage, page: Page) -> None:
    """Nothing lies there under this code."""
    leader(stage, page)
    page.locator("input[name=code]").fill("000000")
    page.locator(".hand-out button").click()
    page.locator(".told.problem").wait_for()


@scene("leader-refuse", webgl=False)
def leader_refuse(stage: Stage, page: Page) -> None:
    """Why an order is not kept."""
    leader(stage, page)
    page.locator(".parcel .icon-button").first.click()
    page.locator(".whys").wait_for()


@scene("track-at-point")
def track_at_point(stage: Stage, page: Page) -> None:
    """The code with which it is collected."""
    is_shown(page, brought(stage)[1]["track_url"])
    page.locator("[data-pin]").wait_for()
