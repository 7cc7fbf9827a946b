"""The states of the pages that `deploy/screenshots.py` takes pictures of, and how to get there as a reader would."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx
from playwright.sync_api import Page, WebSocketRoute

DAY_MS: Final = 24 * 3_600_000
PAINTED: Final = "html[data-map-painted='1']"
LIVE: Final = "html[data-link=live]"
ANSWERED: Final = "html[data-answer='1']"
ENDED: Final = ("delivered", "canceled", "attempt_failed", "returning", "returned", "at_dropoff")
AHEAD: Final = 3
PATIENCE_S: Final = 120


@dataclass
class Stage:
    """The demo on which all pictures are taken; `made` keeps what scenes have made, by name."""

    url: str
    token: str
    customer: str
    courier: str
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def console(self) -> str:
        """The link to the desk."""
        return f"{self.url}/console#token={self.token}&zone=default"

    def call(self, method: str, path: str, body: object = None) -> Any:
        """What the API answers to an admin. Raises `httpx.HTTPStatusError`."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30) as http:
            answer = http.request(method, path, json=body)
        answer.raise_for_status()
        return answer.json()

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What was made under this name, made now if it was not."""
        if name not in self.made:
            self.made[name] = make()
        return self.made[name]


@dataclass(frozen=True)
class Scene:
    """A state of a page, how to get there, and whether the browser has a map."""

    name: str
    play: Callable[[Stage, Page], None]
    webgl: bool = True


Play = Callable[[Stage, Page], None]
SCENES: Final = list[Scene]()


def scene(name: str, *, webgl: bool = True) -> Callable[[Play], Play]:
    """Put a function on the list under this name."""

    def listed(play: Play) -> Play:
        SCENES.append(Scene(name, play, webgl))
        return play

    return listed


def stands(page: Page, *conditions: str) -> None:
    """Wait for states of the document."""
    for condition in conditions:
        page.wait_for_selector(condition, state="attached")


# --- the shopper's page ------------------------------------------------------------------------------------------


def order_of(stage: Stage, ref: str, **fields: object) -> Any:
    """An order to the middle of the city; by its number, made once."""
    centre = stage.call("GET", "/v1/city")["centre"]
    dropoff = {"lat": centre["lat"], "lon": centre["lon"], "address": "18 Lark Lane", "name": "Ada"}
    lines = [{"name": "Rice 5 kg", "quantity": 1}, {"name": "Apples", "quantity": 6}]
    body = {"dropoff": dropoff, "ref": ref, "lines": lines, **fields}
    return stage.once(ref, lambda: stage.call("POST", "/v1/orders", body))


def quiet_order(stage: Stage, ref: str, **fields: object) -> Any:
    """An order that no planner touches, since it wants no courier before tomorrow."""
    at_ms = int(time.time() * 1000) + DAY_MS
    times = {"ready_at_ms": at_ms, "commit_due_at_ms": at_ms, "promise_at_ms": at_ms + DAY_MS}
    return order_of(stage, ref, **times, **fields)


def held(stage: Stage, order: Any) -> Any:
    """The order, held by a dispatcher."""
    wish = {"action": "hold", "order_id": order["id"], "reason": "seen in the picture", "force": True}
    stage.once(f"{order['id']} held", lambda: stage.call("POST", "/v1/overrides", wish))
    return order


def is_shown(page: Page, url: str) -> None:
    """A customer's page with its map and with what stands below it."""
    page.goto(url)
    stands(page, ANSWERED, PAINTED, ".steps")


@scene("track-loading")
def track_loading(stage: Stage, page: Page) -> None:
    """The link is still silent."""
    page.route_web_socket("**/v1/live", lambda _: None)
    page.goto(stage.customer)
    page.get_by_role("status").first.wait_for()


@scene("track-planned")
def track_planned(stage: Stage, page: Page) -> None:
    """Nobody has it yet."""
    is_shown(page, quiet_order(stage, "A-1042")["track_url"])


@scene("track-on-the-way")
def track_on_the_way(stage: Stage, page: Page) -> None:
    """On board: the courier comes along the streets."""
    is_shown(page, on_the_way(stage)["track_url"])


def on_the_way(stage: Stage) -> Any:
    """An order of ours that is on board now; new ones are placed until there is one."""
    placed = stage.once("placed", list)
    for _ in range(PATIENCE_S):
        states = [stage.call("GET", f"/v1/orders/{each['id']}")["status"] for each in placed]
        for order, status in zip(placed, states, strict=True):
            if status in ("picked_up", "en_route_dropoff"):
                return order
        if sum(status not in ENDED for status in states) < AHEAD:
            placed.append(order_of(stage, f"B-{len(placed) + 201}"))
        time.sleep(1)
    raise AssertionError("No order got on its way.")


@scene("track-delivered")
def track_delivered(stage: Stage, page: Page) -> None:
    """It is over, and asks how it was."""
    is_shown(page, stage.customer)
    stands(page, "html[data-status=delivered]")


@scene("track-held")
def track_held(stage: Stage, page: Page) -> None:
    """Somebody is looking into it."""
    is_shown(page, held(stage, quiet_order(stage, "A-1043"))["track_url"])


@scene("track-canceled")
def track_canceled(stage: Stage, page: Page) -> None:
    """Nothing comes any more."""
    order = quiet_order(stage, "A-1044")
    stage.call("POST", f"/v1/orders/{order['id']}/cancel", {"reason": "seen in the picture"})
    is_shown(page, order["track_url"])


@scene("track-address")
def track_address(stage: Stage, page: Page) -> None:
    """Another address, chosen on a sheet."""
    is_shown(page, quiet_order(stage, "A-1042")["track_url"])
    page.locator("[data-wish=address]").click()
    page.locator("dialog.sheet").wait_for()


@scene("track-note")
def track_note(stage: Stage, page: Page) -> None:
    """What the courier is told."""
    is_shown(page, quiet_order(stage, "A-1042")["track_url"])
    page.locator("[data-wish=note]").click()
    page.locator("dialog.sheet").wait_for()


@scene("track-cancel")
def track_cancel(stage: Stage, page: Page) -> None:
    """Asked before it is done."""
    is_shown(page, quiet_order(stage, "A-1042")["track_url"])
    page.locator("[data-wish=cancel]").click()
    page.locator("dialog.sheet").wait_for()


@scene("track-offline")
def track_offline(stage: Stage, page: Page) -> None:
    """The server is away; what was known stays, with its age."""
    cut = cutting(page)
    is_shown(page, quiet_order(stage, "A-1042")["track_url"])
    cut()
    page.locator(".banner").wait_for()


@scene("track-no-map", webgl=False)
def track_no_map(stage: Stage, page: Page) -> None:
    """A sketch in the place of the map."""
    page.goto(quiet_order(stage, "A-1042")["track_url"])
    stands(page, ANSWERED, ".steps", ".plain-canvas")


@scene("track-unknown", webgl=False)
def track_unknown(stage: Stage, page: Page) -> None:
    """A link that leads nowhere."""
    page.goto(f"{stage.url}/t/{'x' * 32}")
    stands(page, "html[data-view=gone]")


@scene("track-expired", webgl=False)
def track_expired(stage: Stage, page: Page) -> None:
    """A day after the end a link is over."""
    page.route_web_socket("**/v1/live", lambda socket: socket.close(code=3506, reason="expired"))
    page.goto(f"{stage.url}/t/{'x' * 32}")
    stands(page, "html[data-view=gone]")


def cutting(page: Page) -> Callable[[], None]:
    """Lets the page's link through until the function is called; then it breaks, and stays away."""
    links: list[WebSocketRoute] = []
    gone: list[bool] = []

    def route(link: WebSocketRoute) -> None:
        if gone:
            link.close()
            return
        link.connect_to_server()
        links.append(link)

    page.route_web_socket("**/v1/live", route)

    def cut() -> None:
        gone.append(True)
        for link in links:
            link.close()

    return cut


# --- the look-up page --------------------------------------------------------------------------------------------


@scene("lookup", webgl=False)
def lookup(stage: Stage, page: Page) -> None:
    """By phone, or by number."""
    page.goto(f"{stage.url}/t")
    page.locator("form").wait_for()


@scene("lookup-code", webgl=False)
def lookup_code(stage: Stage, page: Page) -> None:
    """A code was sent."""
    lookup(stage, page)
    page.locator("input[name=by]").nth(1).check(force=True)
    asked = stage.once("numbers asked for", list)
    asked.append(f"A-{2001 + len(asked)}")  # each number gets a code once in a while
    page.locator("form input:not([type=radio])").fill(asked[-1])
    page.locator("form button[type=submit]").click()
    page.locator("input[name=code]").wait_for()


@scene("lookup-refused", webgl=False)
def lookup_refused(stage: Stage, page: Page) -> None:
    """The code is wrong."""
    lookup_code(stage, page)
    page.locator("input[name=code]").fill("000000")
    if (send := page.locator("form button[type=submit]")).count():
        send.click()
    page.locator("[aria-invalid=true]").wait_for()


# --- the desk ----------------------------------------------------------------------------------------------------


def at_desk(stage: Stage, page: Page, fragment: str = "") -> None:
    """A desk whose map is painted, and what the fragment selects."""
    page.goto(stage.console)
    stands(page, LIVE, PAINTED)
    if fragment:
        page.evaluate(f"location.hash = '{fragment}'")
        page.locator(".drawer").wait_for()


def by_key(name: str, key: str, shows: str) -> None:
    """A scene that is one key away from the desk."""

    @scene(f"console-{name}")
    def play(stage: Stage, page: Page) -> None:
        at_desk(stage, page)
        page.keyboard.press(key)
        page.locator(shows).first.wait_for()


@scene("console-loading")
def console_loading(stage: Stage, page: Page) -> None:
    """The link is still silent."""
    page.route_web_socket("**/v1/live", lambda _: None)
    page.goto(stage.console)
    page.locator(".topbar, header").first.wait_for()


@scene("console")
def console(stage: Stage, page: Page) -> None:
    """The map and the list."""
    at_desk(stage, page)


@scene("console-order")
def console_order(stage: Stage, page: Page) -> None:
    """An order that is on its way."""
    at_desk(stage, page, f"#/orders/{on_the_way(stage)['id']}")


@scene("console-courier")
def console_courier(stage: Stage, page: Page) -> None:
    """A courier with what they still have to do."""
    order = stage.call("GET", f"/v1/orders/{on_the_way(stage)['id']}")
    at_desk(stage, page, f"#/couriers/{order['courier_id']}")


@scene("console-preview")
def console_preview(stage: Stage, page: Page) -> None:
    """What giving an order to somebody does, before it is done."""
    at_desk(stage, page, f"#/orders/{quiet_order(stage, 'A-1042')['id']}")
    page.keyboard.press("a")
    page.locator("dialog input[type=radio]").first.check()
    page.locator("[data-preview=known]").wait_for()


@scene("console-reschedule")
def console_reschedule(stage: Stage, page: Page) -> None:
    """The times that can be promised instead."""
    order = held(stage, order_of(stage, "A-1051"))
    at_desk(stage, page, f"#/orders/{order['id']}")
    page.locator("[data-step=reschedule]").click()
    page.locator("dialog input[type=radio]").nth(1).check()


@scene("console-history")
def console_history(stage: Stage, page: Page) -> None:
    """Everything that happened to a delivered order."""
    found = stage.call("GET", "/v1/orders?status=delivered&limit=20")["orders"]
    at_desk(stage, page, f"#/orders/{found[0]['id']}")
    page.locator(".drawer .history-fold > summary").click()
    page.locator(".drawer .entry").first.scroll_into_view_if_needed()


by_key("timeline", "g", ".timeline .tl-ruler")
by_key("past", "b", ".time-bar")
by_key("fleet", "w", ".fleet")
by_key("goals", "G", "dialog")
by_key("areas", "q", "[data-areas]")
by_key("traffic", "i", "[data-traffic]")
by_key("palette", ".", "dialog")
by_key("keys", "?", "dialog")
by_key("overrides", "o", "dialog")
by_key("calibration", "c", "dialog")
by_key("pins", "p", "dialog")
by_key("held", "d", ".list")
by_key("exceptions", "v", ".list")
by_key("filter", "y", ".filter-form")


@scene("console-menu")
def console_menu(stage: Stage, page: Page) -> None:
    """All that the desk can do."""
    at_desk(stage, page)
    page.get_by_role("button", name=either("Menu", "菜单")).click()
    page.get_by_role("menu").wait_for()


@scene("console-users")
def console_users(stage: Stage, page: Page) -> None:
    """Who may do what."""
    stage.call("PUT", "/v1/staff/users/ann", {"name": "Ann Bee", "role": "dispatcher"})
    stage.call("PUT", "/v1/staff/users/li", {"name": "李敏", "role": "depot"})
    console_menu(stage, page)
    page.get_by_role("menuitem", name=either("Users and roles", "用户")).click()
    page.locator("dialog").wait_for()


@scene("console-offline")
def console_offline(stage: Stage, page: Page) -> None:
    """The server is away: what was known stays."""
    cut = cutting(page)
    at_desk(stage, page)
    cut()
    stands(page, "html[data-link=waiting]")
    page.wait_for_timeout(3_000)


@scene("console-no-map", webgl=False)
def console_no_map(stage: Stage, page: Page) -> None:
    """A sketch and all lists, without WebGL."""
    page.goto(stage.console)
    stands(page, LIVE, ".plain-canvas")


@scene("console-forbidden", webgl=False)
def console_forbidden(stage: Stage, page: Page) -> None:
    """A zone that this token may not watch."""
    page.goto(stage.console.replace("zone=default", "zone=elsewhere"))
    page.get_by_role("alert").wait_for()


def either(english: str, chinese: str) -> Any:
    """A name in the reader's language."""
    return re.compile(f"{english}|{chinese}")


# --- the courier's app -------------------------------------------------------------------------------------------


@scene("courier-signin", webgl=False)
def courier_signin(stage: Stage, page: Page) -> None:
    """The door, by phone number."""
    page.goto(f"{stage.url}/courier")
    page.locator("form").wait_for()


@scene("courier")
def courier(stage: Stage, page: Page) -> None:
    """On duty beside a depot, with an order that a dispatcher gave."""
    depot = stage.call("GET", "/v1/depots")["depots"][0]
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": depot["lat"], "longitude": depot["lon"]})
    page.goto(stage.courier)
    stands(page, LIVE)
    if page.locator("html[data-duty=off_duty]").count():
        page.locator(".main-action").click()
        stands(page, "html[data-duty=available]")
    stage.once("given", lambda: give_work(stage, depot))
    page.locator(".next-stop").wait_for()


def give_work(stage: Stage, depot: Any) -> None:
    """An order near the depot, for the courier who tries the app."""
    centre = stage.call("GET", "/v1/city")["centre"]
    middle = {key: (depot[key] + centre[key]) / 2 for key in ("lat", "lon")}
    dropoff = {**middle, "address": "8 Mill Street", "name": "Ada", "note": "Second door on the left"}
    order = order_of(stage, "A-101", dropoff=dropoff, requires=["photo"])
    given = {"action": "assign", "courier_id": "demo-rider", "reason": "picture", "force": True}
    stage.call("POST", "/v1/overrides", {**given, "order_id": order["id"]})
