"""The access table against the running server: every route and every message, for every role, over real sockets.

Made from `TABLE` and `OPERATIONS`: who is not in a row's table is refused by the role; who may do it to anybody gets
past the door for anybody's things, but not in another zone; who may do it to their own gets past it for their own only.
A route that somebody may use for their own things only has to say here whose things those are, or its test fails.
"""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from courier_protocol import live
from courier_protocol import messages as m
from courier_protocol.client import CourierClient
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import encode_one
from dispatch.application.access import OF_A_DEPOT, TABLE, Action, Reach, Role, Subject
from dispatch.application.messaging.ports import State
from dispatch.application.messaging.table import Channel
from dispatch.domain.case_commands import SolveCase
from dispatch.web import courier_socket, live_socket
from dispatch.web.call import Operation
from dispatch.web.operations import OPERATIONS
from dispatch.web.requests import subject_mark
from tests.adapters.test_message_store import message
from tests.security.things import AT_DEPOT, MINE, Make, Thing, claim, order
from tests.support.claims import bought, wish
from tests.support.pictures import picture
from tests.support.web import HOME, ZONE, House, courier_client, eventually, order_body

GUARDED: Final = [row for row in OPERATIONS if row.action]
THEIRS = "theirs"
REFUSED: Final = ("role_not_allowed", "not_yours", "zone_not_allowed", "depot_not_allowed")
PICTURE: Final = picture()


def distributor(path: str) -> Make:
    async def make(h: House, role: Role) -> Thing:
        applied = await h.http.put(f"/v1/distributors/{MINE}", json={"name": "Mine"}, headers=h.headers())
        assert applied.status_code == 200
        return Thing(path, MINE)

    return make


async def placing(h: House, role: Role) -> Thing:
    """A distributor has to be approved; nobody else has."""
    if role is Role.DISTRIBUTOR:
        await distributor("")(h, role)
        body = {"standing": "approved"}
        await h.http.post(f"/v1/distributors/{MINE}:judge", json=body, headers=h.headers())
    return Thing("/v1/orders", "", order_body())


async def importing(h: House, role: Role) -> Thing:
    """A table of orders; a group leader's are for their point. Depots place none."""
    await point("gate")(h, role)
    return Thing(f"/v1/imports?kind={'stock' if role is Role.DEPOT else 'orders'}", "")


async def calling(h: House, role: Role) -> Thing:
    """An order of c1's, whoever asks; there is no gateway, which is told once the caller may call."""
    placed = await order("{id}")(h, role)
    await h.plan("c1", placed.path)
    await eventually(lambda: h.hub.replica.head == h.store_head)
    return Thing(f"/v1/orders/{placed.path}:call", "c1", {"to": "customer"})


async def papers(h: House, role: Role) -> Thing:
    placed = await order("{id}")(h, role)
    return Thing("/v1/papers", MINE, {"kind": "labels", "order_ids": [placed.path]})


def courier(path: str, body: Any = None) -> Make:
    async def make(h: House, role: Role) -> Thing:
        return Thing(path.replace("{id}", "c1"), "c1", body)

    return make


def upload(begun: bool, whole: bool = False, **headers: str) -> Make:
    async def make(h: House, role: Role) -> Thing:
        placed = await h.http.post("/v1/orders", json=order_body(), headers=h.headers("integrator", "c1"))
        await eventually(lambda: h.hub.replica.head == h.store_head)
        made = placed.json()
        url, mine = f"/v1/uploads/{uuid.uuid4()}", h.headers("courier", "c1")
        begin = {"Upload-Length": str(len(PICTURE)), "Content-Type": "image/jpeg"}
        asked = f"{url}?order_id={made['id']}&kind=photo"
        if begun:
            assert (await h.http.post(asked, headers=mine | begin)).status_code == 201
        if whole:
            piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
            assert (await h.http.patch(url, content=PICTURE, headers=mine | piece)).status_code == 204
        return Thing(url if begun else asked, "c1", None, headers or begin)

    return make


async def request(h: House, role: Role) -> Thing:
    return Thing(f"/v1/requests/{subject_mark(Subject(role, MINE))}-x", MINE)


def by_itself(path: str, body: Any = None, owner: str = "") -> Make:
    async def make(h: House, role: Role) -> Thing:
        return Thing(path, owner, body)

    return make


GATE: Final = {"name": "East gate", "lat": HOME.lat, "lon": HOME.lon, "leader": MINE}


def point(path: str, body: Callable[[str], Any] = lambda _order_id: None) -> Make:
    """A pickup point, and an order that is expected there."""

    async def make(h: House, role: Role) -> Thing:
        assert (await h.http.put("/v1/points/gate", json=GATE, headers=h.headers())).status_code == 200
        asked = order_body(point_id="gate")
        placed = await h.http.post("/v1/orders", json=asked, headers=h.headers("integrator", MINE))
        await eventually(lambda: h.hub.replica.head == h.store_head)
        return Thing(path, MINE, body(placed.json()["id"]))

    return make


async def answered_case(h: House, role: Role) -> Thing:
    at = (await order("/v1/orders/{id}/cases")(h, role)).path
    said = {"kind": "complaint", "text": "x"}
    case_id = (await h.http.post(at, json=said, headers=h.headers("integrator", MINE))).json()["id"]
    await h.do(SolveCase(case_id, "Sorry.", "ann"))
    return Thing(f"{at}/{case_id}:not-solved", MINE, {})


HOOK: Final = {"url": "https://shop.example.com/hook"}


def webhook(path: str, body: Any = None) -> Make:
    async def make(h: House, role: Role) -> Thing:
        for each in (await h.http.get("/v1/webhooks", headers=h.headers("admin"))).json()["webhooks"]:
            await h.http.delete(f"/v1/webhooks/{each['id']}", headers=h.headers("admin"))
        made = await h.http.post("/v1/webhooks", json=HOOK, headers=h.headers("integrator", MINE))
        return Thing(path.replace("{id}", made.json()["webhook"]["id"]), MINE, body)

    return make


async def delivery(h: House, role: Role) -> Thing:
    hook = (await webhook("{id}")(h, role)).path
    told = replace(message(1), id=uuid.uuid4().hex, zone_id=ZONE, channel=Channel.WEBHOOK, recipient=hook)
    await h.services.messaging.log.enqueue(ZONE, [replace(told, state=State.SENT, order_id=told.id)], (), (1, 1))
    return Thing(f"/v1/webhook-deliveries/{told.id}:replay", MINE)


async def claim_to_be(h: House, role: Role) -> Thing:
    placed = await bought(h, MINE)
    return Thing("/v1/after-sales", MINE, wish(order_id=placed["id"]))


MY_DOOR: Final = {"label": "home", "address": "Street 1", "lat": HOME.lat, "lon": HOME.lon}
MY_PHONE: Final = {"phone": "+8613800138000"}


async def saved_address(h: House, role: Role) -> Thing:
    path = "/v1/my/addresses/home"
    await h.http.put(path, json=MY_DOOR, headers=h.headers("customer", MINE))
    return Thing(path, MINE)


OWNED: Final[Mapping[str, Make]] = {
    "placeOrder": placing,
    "quoteOrder": by_itself("/v1/orders:quote", order_body()),
    "placeOrders": by_itself("/v1/orders:batch", {"orders": [order_body()]}),
    "listOrders": by_itself("/v1/orders"),
    "readMe": by_itself("/v1/staff/me"),
    "refreshToken": by_itself("/v1/tokens/refresh", owner="c1"),
    "changePassword": by_itself("/v1/staff/password", {"password": "x" * 10, "new_password": "correct horse"}),
    "beginSecondFactor": by_itself("/v1/staff/second-factor", {"password": "x" * 10}),
    "confirmSecondFactor": by_itself("/v1/staff/second-factor/confirm", {"code": "123456"}),
    "removeSecondFactor": by_itself("/v1/staff/second-factor/remove", {"password": "x" * 10, "code": "123456"}),
    "issueTicket": by_itself("/v1/socket-tickets", owner="c1"),
    "readRequest": request,
    "readPoint": point("/v1/points/gate"),
    "confirmAtPoint": point("/v1/points/gate:confirm", lambda order_id: {"order_ids": [order_id]}),
    "collectAtPoint": point("/v1/points/gate:collect", lambda order_id: {"code": "000000"}),
    "refuseAtPoint": point("/v1/points/gate:refuse", lambda order_id: {"order_id": order_id, "why": "full"}),
    "applyAsDistributor": by_itself(f"/v1/distributors/{MINE}", {"name": "Mine"}, MINE),
    "readDistributor": distributor("/v1/distributors/mine"),
    "readPerformance": distributor("/v1/distributors/mine/performance"),
    "callAbout": calling,
    "readDeliveryNote": order("/v1/orders/{id}/delivery-note"),
    "readLabel": order("/v1/orders/{id}/label"),
    "makePapers": papers,
    "readOrder": order("/v1/orders/{id}"),
    "readDrops": order("/v1/orders/{id}/drops"),
    "searchOrders": by_itself("/v1/orders:search"),
    "cancelOrder": order("/v1/orders/{id}/cancel", {"reason": "x"}),
    "readEtas": order("/v1/orders/{id}/etas"),
    "reportPreparation": order("/v1/orders/{id}/preparation", {"step": "packed"}),
    "confirmPayment": order("/v1/orders/{id}:paid"),
    "revokeTrackingLink": order("/v1/orders/{id}/tracking-link:revoke", {}),
    "listOrderWindows": order("/v1/orders/{id}/windows"),
    "rescheduleOrder": order("/v1/orders/{id}:reschedule", {"earliest_at_ms": 0, "reason": "x"}),
    "readdressOrder": order(
        "/v1/orders/{id}:readdress", {"address": "Street 2", "lat": HOME.lat, "lon": HOME.lon, "reason": "x"}
    ),
    "changeMode": order("/v1/orders/{id}:change-mode", {"mode": "self_pickup", "reason": "x"}),
    "handOut": order("/v1/orders/{id}:hand-out", {}),
    "handToCarrier": order("/v1/orders/{id}:hand-to-carrier", {"carrier": "DHL", "tracking_number": "1"}),
    "reportCarrier": order("/v1/orders/{id}/carrier-report", {"state": "delivered"}),
    "listOrderCases": order("/v1/orders/{id}/cases"),
    "reportCase": order("/v1/orders/{id}/cases", {"kind": "complaint", "text": "x"}),
    "reopenCase": answered_case,
    "readCourier": courier("/v1/couriers/{id}"),
    "readCourierTrack": courier("/v1/couriers/{id}/track"),
    "readDay": courier("/v1/couriers/{id}/day"),
    "addDevice": courier("/v1/couriers/{id}/devices", {"name": "x"}),
    "revokeDevices": courier("/v1/couriers/{id}/devices"),
    "setDuty": courier("/v1/couriers/{id}/duty", {"duty": "available", "reason": "x"}),
    "beginUpload": upload(False),
    "readUploadProgress": upload(True),
    "addPiece": upload(True, **{"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}),
    "readUpload": upload(True, whole=True),
    "importRows": importing,
    "readTemplate": by_itself("/v1/imports/template?kind=orders"),
    "listClaims": by_itself("/v1/after-sales"),
    "readClaim": claim("/v1/after-sales/{id}"),
    "readClaimable": order("/v1/orders/{id}/claimable"),
    "requestClaim": claim_to_be,
    "withdrawClaim": claim("/v1/after-sales/{id}:withdraw", {}),
    "makeWebhook": by_itself("/v1/webhooks", HOOK),
    "listWebhooks": by_itself("/v1/webhooks"),
    "changeWebhook": webhook("/v1/webhooks/{id}", HOOK),
    "removeWebhook": webhook("/v1/webhooks/{id}"),
    "rotateWebhookSecret": webhook("/v1/webhooks/{id}/secret:rotate", {}),
    "listWebhookDeliveries": webhook("/v1/webhooks/{id}/deliveries"),
    "replayWebhookDelivery": delivery,
    "readMessageContact": by_itself("/v1/message-contact"),
    "readNewsAddress": by_itself("/v1/staff/news"),
    "putNewsAddress": by_itself("/v1/staff/news", {"email": ""}),
    "putMessageContact": by_itself("/v1/message-contact", {"lang": "en"}),
    "renewMyToken": by_itself("/v1/my/token"),
    "listMyOrders": by_itself("/v1/my/orders"),
    "listMyAddresses": by_itself("/v1/my/addresses"),
    "readMyAddress": saved_address,
    "putMyAddress": by_itself("/v1/my/addresses/work", MY_DOOR),
    "dropMyAddress": saved_address,
    "findMyPlaces": by_itself("/v1/my/places?q=Maple"),
    "signOutEverywhere": by_itself("/v1/my:sign-out"),
    "askErasureCode": by_itself("/v1/my/erasure-code", MY_PHONE),
    "eraseMe": by_itself("/v1/my:erase", {**MY_PHONE, "code": "123456"}),
}


OF_NO_DEPOT: Final = ("readGoals",)
"""What a path with an id names that is of no depot."""
BODIES: Final = {"prepareWave": {"step": "packed", "order_ids": ["o1"]}}
"""What a route has to be given before it asks whether the depot is the caller's."""
OF_THE_TOKEN: Final = (
    *("renewMyToken", "listMyOrders", "listMyAddresses", "putMyAddress", "findMyPlaces"),
    *("signOutEverywhere", "askErasureCode", "eraseMe"),
)
"""A shopper's account is the one that the token is of."""
SIGN_IN: Final = ("changePassword", "beginSecondFactor", "confirmSecondFactor", "removeSecondFactor")
NOBODYS: Final = (
    "placeOrder",
    "placeOrders",
    "quoteOrder",
    *("listOrders", "searchOrders", "listClaims", "importRows", "readTemplate"),
    "readMe",
    "refreshToken",
    "beginUpload",
    "issueTicket",
    *("makeWebhook", "listWebhooks", "readMessageContact", "putMessageContact"),
    *("readNewsAddress", "putNewsAddress"),
    *OF_THE_TOKEN,
    *SIGN_IN,
)
"""What is one's own by the very asking: there is no other one's to ask for."""
NARROWED_BY_NOTHING: Final = (
    *("readMe", "refreshToken", "issueTicket", *OF_THE_TOKEN, "readMyAddress", "dropMyAddress", "readTemplate"),
    *SIGN_IN,
)
"""What is about nobody but the subject itself, wherever it may be."""


@pytest.fixture
async def wire(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as http:
        yield http


async def ask(wire: httpx.AsyncClient, row: Operation, thing: Thing, headers: dict[str, str]) -> tuple[int, str]:
    """(status, code) of the row's route for this thing."""
    more: dict[str, Any] = {"json": thing.body} if thing.body is not None else {}
    answer = await wire.request(row.method, thing.path, headers={**headers, **dict(thing.headers)}, **more)
    code = answer.json().get("code", "") if answer.content and "json" in answer.headers["content-type"] else ""
    return answer.status_code, code


def is_let_in(answer: tuple[int, str]) -> bool:
    """Past the door: whatever is wrong with the request itself, it is not who asks."""
    status, code = answer
    return status != 401 and code not in REFUSED and not code.startswith("unknown_")


def test_whoever_may_touch_their_own_says_what_that_is() -> None:
    """A new route whose table says `own` cannot be forgotten here."""
    own = {row.name for row in GUARDED if row.action and Reach.OWN in TABLE[row.action].values()}
    assert set(OWNED) == own


@pytest.mark.parametrize("row", GUARDED, ids=lambda row: row.name)
async def test_every_route(h: House, wire: httpx.AsyncClient, row: Operation) -> None:
    """Allowed if and only if the table says so: by role, by owner, by zone and by depot."""
    assert row.action is not None
    named = "d1" if row.path.startswith("/v1/depots/") else "c1"
    things = {**OWNED, **AT_DEPOT}
    make = things.get(row.name, by_itself(row.path.replace("{id}", named), BODIES.get(row.name)))
    for role in Role:
        granted, thing = TABLE[row.action].get(role), await make(h, role)
        await check_role(h, wire, row, role, thing)
        if granted is None:
            continue
        if row.name in OWNED and row.name not in NARROWED_BY_NOTHING:
            await check_zone(h, wire, row, role, await make(h, role))
        await check_depot(h, wire, row, role, await make(h, role))


async def check_role(h: House, wire: httpx.AsyncClient, row: Operation, role: Role, thing: Thing) -> None:
    """Nobody without the role, whoever has it for anybody's, and the owner for their own."""
    granted = TABLE[row.action or Action.RIDE].get(role)
    owner, other = h.headers(role, thing.owner or MINE), h.headers(role, THEIRS)
    if granted is None:
        refused = await ask(wire, row, thing, owner)
        assert refused == (403, "" if row.method == "HEAD" else "role_not_allowed"), role
    elif granted is Reach.ANY:
        assert is_let_in(await ask(wire, row, thing, other)) or row.name not in OWNED, role
    else:
        answer = await ask(wire, row, thing, other)
        assert row.name in NOBODYS or answer[0] in (403, 404), (role, answer)
        own = await ask(wire, row, thing, owner)
        assert (is_let_in(own) and own[0] != 404) or own[1] == "no_password", (role, own)


async def check_zone(h: House, wire: httpx.AsyncClient, row: Operation, role: Role, thing: Thing) -> None:
    """Whoever the token is for: of a zone that it does not name, it opens nothing."""
    orders = len(h.hub.replica.state.orders)
    token = h.token(role, thing.owner or MINE, zones=("mars",))
    status, code = await ask(wire, row, thing, {"Authorization": f"Bearer {token}"})
    if row.name == "placeOrders":  # each order of a batch has an answer of its own
        assert status == 200 and len(h.hub.replica.state.orders) == orders
    else:
        assert status == 403 and code in ("zone_not_allowed", ""), (role, code)


async def check_depot(h: House, wire: httpx.AsyncClient, row: Operation, role: Role, thing: Thing) -> None:
    """A token for a depot opens what is of that depot, and no route that is not about one."""
    mine, theirs = (
        {"Authorization": f"Bearer {h.token(role, thing.owner or MINE, depots=(depot,))}"} for depot in ("d1", "d2")
    )
    if row.action not in OF_A_DEPOT:
        status, code = await ask(wire, row, thing, mine)
        assert status == 403 and code in ("depot_not_allowed", ""), (role, code)
        return
    if row.name not in OF_NO_DEPOT:
        assert is_let_in(await ask(wire, row, thing, mine)), role
    answer = await ask(wire, row, thing, theirs)
    if names_depot(row):
        assert answer == (403, "depot_not_allowed"), role


def names_depot(row: Operation) -> bool:
    """Whether the route is about something of a depot: a list shows less instead, and a key names its own request."""
    if row.name in OF_NO_DEPOT or row.action is Action.READ_REQUEST:
        return False
    return "{id}" in row.path or row.name in ("placeOrder", "quoteOrder", *AT_DEPOT)


# --- sockets -----------------------------------------------------------------------------------------------------

COURIER_ACTIONS: Final[Mapping[type, Callable[[CourierClient, str, str, str], Awaitable[m.Reply]]]] = {
    m.Accept: lambda phone, offer, stop, order: phone.accept(offer),
    m.Decline: lambda phone, offer, stop, order: phone.decline(offer, "x"),
    m.Progress: lambda phone, offer, stop, order: phone.progress(stop, "completed"),
    m.Undo: lambda phone, offer, stop, order: phone.undo(stop),
    m.Say: lambda phone, offer, stop, order: phone.say(order, "customer", "x"),
}
"""What a phone says about a thing that has an owner; it never names itself: the session says whose phone it is."""
ABOUT_NOBODY: Final = {m.Hello, m.Refresh, m.Ack, m.Ping, m.Bye, m.Positions, m.SetDuty}


async def close_code(url: str, subprotocol: str, hello: m.Message) -> int | None:
    """What the server ends a session with that begins so; None when it says welcome instead."""
    async with connect(url, subprotocols=[Subprotocol(subprotocol)]) as socket:
        await socket.send(encode_one(hello, "json").decode())
        try:
            first = await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else -1
        return None if '"welcome"' in str(first) else -1


def test_every_message_has_a_row() -> None:
    """A message without an action, or an action without a row, does not pass; nor does one without a test here."""
    assert set(courier_socket.MESSAGE_ACTIONS) == set(m.CourierMessage.__args__) == {*COURIER_ACTIONS, *ABOUT_NOBODY}
    assert set(live_socket.MESSAGE_ACTIONS) == set(live.WatcherMessage.__args__)
    assert all(action in TABLE for each in (courier_socket, live_socket) for action in each.MESSAGE_ACTIONS.values())


@pytest.mark.parametrize("role", Role)
async def test_both_channels_for_every_role(h: House, address: str, role: Role) -> None:
    """A session begins if and only if the table says so, for their own zone, as somebody who is registered."""
    for subject, zones in (("c1", ()), ("ghost", ()), ("c1", ("mars",))):
        token = h.token(role, subject, zones=zones)
        rides = await close_code(
            f"ws://{address}/v1/courier", "courier.v1.json", m.Hello(token=token, device_id="phone-1")
        )
        may_ride = role in TABLE[Action.RIDE] and subject == "c1" and not zones
        assert rides == (None if may_ride else CloseCode.FORBIDDEN), (subject, zones)
        watches = await close_code(f"ws://{address}/v1/live", "live.v1.json", live.WatchHello(token=token, zone=ZONE))
        may_watch = role in TABLE[Action.WATCH_ZONE] and not zones
        assert watches == (None if may_watch else CloseCode.FORBIDDEN), (subject, zones)


@pytest.mark.parametrize("kind", COURIER_ACTIONS)
async def test_what_another_courier_has_is_not_theirs(h: House, address: str, kind: type) -> None:
    """Each action about c1's offer or stop, said by c2: refused, and nothing changes."""
    await h.courier("c2", "Bo")
    first, second = await h.order(), await h.order()
    await h.plan("c1", first["id"])
    await h.plan("c1", second["id"], ttl_ms=600_000)
    state = h.hub.replica.state
    offer = next((offer.id for offer in state.offers.values()), "none")
    before = h.store_head
    async with courier_client(h, address, "c2") as phone:
        await phone.wait_live()
        reply = await COURIER_ACTIONS[kind](phone, offer, state.route("c1").stops[0].id, first["id"])
        assert not reply.ok and reply.code
    assert h.store_head == before
