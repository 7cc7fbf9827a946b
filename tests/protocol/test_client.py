"""The asyncio clients against a real server over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from random import Random

import msgspec
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from courier_protocol.client import CourierClient, Event, LiveClient
from courier_protocol.client_link import ClientState
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Encoding, encode
from courier_protocol.errors import LocalProtocolError, RemoteProtocolError
from courier_protocol.live import Attend, LiveMessage, View, WatchHello, WatchWelcome, ZoneChange, ZoneSnapshot
from courier_protocol.messages import (
    Accept,
    Decline,
    DutyChanged,
    ErrorMessage,
    Hello,
    Policy,
    Progress,
    Push,
    Resync,
    Say,
    SetDuty,
    Undo,
)
from tests.support.courier_server import LIMITS, Desk, courier_server, port_of
from tests.support.courier_sessions import EMPTY_ROUTE, fix, welcome_at_10

TOKEN = "tok"
GOING_AWAY = 1_001
AVAILABLE = DutyChanged(duty="available")
ON_BREAK = DutyChanged(duty="on_break")


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with courier_server() as desk:
        yield desk


def phone(desk: Desk, token: str = TOKEN, **given: object) -> CourierClient:
    return CourierClient(f"{desk.url}/courier", token, "phone", rng=Random(7), **given)  # type: ignore[arg-type]


def watcher(desk: Desk, token: str = TOKEN, **given: object) -> LiveClient:
    return LiveClient(f"{desk.url}/live", token=token, zone="17", rng=Random(7), **given)  # type: ignore[arg-type]


async def take(client: CourierClient, count: int) -> list[Event]:
    """The next events; the last one counts as unhandled."""
    events: list[Event] = []
    async with asyncio.timeout(5), aclosing(client.events()) as told:
        async for event in told:
            events.append(event)
            if len(events) == count:
                break
    return events


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
async def test_a_shift_in_either_encoding(desk: Desk, encoding: Encoding) -> None:
    """Welcome, snapshot, policy, every kind of action and its reply, fixes, an event, business time."""
    async with phone(desk, encoding=encoding) as client:
        welcome = await client.wait_live()
        assert (welcome.rate, client.state) == (10, ClientState.LIVE)
        assert [type(event) for event in await take(client, 2)] == [Resync, Policy]
        assert (await client.duty("available")).ok
        assert (await client.accept("f1", at_ms=7)).ok
        assert (await client.decline("f2", "too far")).ok
        assert (await client.progress("p1", "failed", "closed", lat=60.0, lon=25.0)).ok
        assert (await client.undo("p1")).ok
        assert (await client.say("o1", "customer", "Five minutes")).ok
        assert (await client.refresh("tok2")).ok
        kinds = [SetDuty, Accept, Decline, Progress, Undo, Say]
        assert [type(action) for action in desk.actions] == kinds
        assert desk.actions[1] == Accept(id=desk.actions[1].id, offer_id="f1", at_ms=7)
        assert abs(desk.actions[0].at_ms - client.business_now_ms()) < 20_000
        client.position(fix(1))
        await desk.until(lambda: 1 in desk.fixes)
        await desk.tell(AVAILABLE)
        (push,) = await take(client, 1)
        assert isinstance(push, Push)
        assert push.facts == (AVAILABLE,)
        assert (client.waiting_actions, client.state) == (0, ClientState.LIVE)


async def test_nothing_is_lost_with_the_link(desk: Desk) -> None:
    """Cut without a close frame, with an action, a fix and an event under way: all arrive over the next link."""
    async with phone(desk) as client:
        await client.wait_live()
        assert len(await take(client, 2)) == 2
        desk.holds_replies = True
        waiting = asyncio.create_task(client.accept("f1"))
        await desk.until(lambda: desk.actions)
        desk.holds_replies = False
        desk.cut()
        await desk.until(lambda: not desk.links or len(desk.hellos) == 2)
        client.position(fix(5))
        await desk.tell(ON_BREAK)
        assert (await asyncio.wait_for(waiting, 5)).ok
        assert [action.id for action in desk.actions] == [desk.actions[0].id] * 2
        await desk.until(lambda: 5 in desk.fixes)
        pushes = [event for event in await take(client, 2) if isinstance(event, Push)]
        assert [push.facts for push in pushes] == [(ON_BREAK,)]
        hello = desk.hellos[1]
        assert isinstance(hello, Hello)
        assert hello.resume is not None


async def test_a_tunnel_keeps_the_phone_away_for_that_long(desk: Desk) -> None:
    """`drop_link` cuts at once; what happens meanwhile is told and sent afterwards."""
    async with phone(desk) as client:
        await client.wait_live()
        started = asyncio.get_running_loop().time()
        await client.drop_link(0.4)
        assert client.state is ClientState.OFFLINE
        for number in range(1, 4):
            client.position(fix(number))
        assert client.waiting_fixes == 3
        await desk.until(lambda: len(desk.fixes) == 3)
        assert asyncio.get_running_loop().time() - started >= 0.4
        assert len(desk.hellos) == 2


async def test_a_tunnel_before_the_first_link(desk: Desk) -> None:
    """There is nothing to cut yet; the phone stays away all the same."""
    async with phone(desk) as client:
        started = asyncio.get_running_loop().time()
        await client.drop_link(0.3)
        await client.wait_live()
        assert asyncio.get_running_loop().time() - started >= 0.3


async def test_a_tunnel_while_connecting(desk: Desk) -> None:
    """A link that comes up inside the tunnel is given up again before the hello."""
    async with phone(desk) as client:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await client.drop_link(0.2)
        await client.wait_live()
        assert len(desk.hellos) == 1


async def test_heartbeats_keep_a_quiet_link(desk: Desk) -> None:
    """With nothing to say for longer than the silence limit, the link stands on pings alone."""
    async with phone(desk) as client:
        await client.wait_live()
        await asyncio.sleep(0.8)
        assert client.state is ClientState.LIVE
        assert len(desk.hellos) == 1


async def test_fixes_are_held_back_to_go_together(desk: Desk) -> None:
    """With `batch_s`, one frame holds what came within it."""
    async with phone(desk, batch_s=0.1) as client:
        await client.wait_live()
        await take(client, 2)
        await desk.until(lambda: desk.links)
        for number in range(1, 6):
            client.position(fix(number))
        assert not desk.fixes
        await desk.until(lambda: len(desk.fixes) == 5)
        client.position(fix(6))


async def test_a_fix_waits_no_longer_than_told(desk: Desk) -> None:
    """Each goes out by itself when its time is over, without waiting for a heartbeat to take it along."""
    async with phone(desk, batch_s=0.01) as client:
        await client.wait_live()
        started = asyncio.get_running_loop().time()
        for number in range(1, 11):
            client.position(fix(number))
            await desk.until(lambda: number in desk.fixes)  # noqa: B023 - awaited before the next number
        assert asyncio.get_running_loop().time() - started < 9 * LIMITS.heartbeat_s


@pytest.mark.parametrize(("token", "code"), [("bad", CloseCode.BAD_TOKEN), ("forbidden", CloseCode.FORBIDDEN)])
async def test_a_final_code_ends_everything(desk: Desk, token: str, code: CloseCode) -> None:
    """Whoever waits for anything is told why, now and later."""
    async with phone(desk, token) as client:
        calls = [client.wait_live(), client.duty("available", at_ms=1), take(client, 1)]
        errors = await asyncio.wait_for(asyncio.gather(*calls, return_exceptions=True), 5)
        assert [error.close_code for error in errors if isinstance(error, RemoteProtocolError)] == [code] * 3
        with pytest.raises(RemoteProtocolError, match="Sign in again"):
            await client.accept("f1", at_ms=1)
        assert client.state is ClientState.ENDED
        assert len(desk.hellos) == 1


async def test_a_draining_server_is_asked_again(desk: Desk) -> None:
    """Reconnect codes lead to another try, with a delay."""
    desk.is_draining = True
    async with phone(desk) as client:
        await desk.until(lambda: len(desk.hellos) >= 2)
        desk.is_draining = False
        await asyncio.wait_for(client.wait_live(), 5)


async def test_a_superseded_phone_stops(desk: Desk) -> None:
    """The older session ends for good and says why."""
    async with phone(desk) as client:
        await client.wait_live()
        await desk.close(CloseCode.SUPERSEDED)
        with pytest.raises(RemoteProtocolError, match="superseded"):
            await take(client, 3)


async def test_a_closed_client_is_over(desk: Desk) -> None:
    """Leaving the block says bye, ends the iterator and fails what still waits."""
    desk.holds_replies = True
    async with phone(desk) as client:
        await client.wait_live()
        await take(client, 2)
        waiting = asyncio.create_task(client.accept("f1"))
        rest = asyncio.create_task(take(client, 1))
        canceled = asyncio.create_task(client.accept("f2"))
        await desk.until(lambda: len(desk.actions) == 2)
        canceled.cancel()
    with pytest.raises(LocalProtocolError, match="closed"):
        await waiting
    with pytest.raises(LocalProtocolError, match="closed"):
        await client.duty("off_duty", at_ms=1)
    assert await rest == []
    assert client.state is ClientState.ENDED


async def test_a_cancelled_wait_does_not_take_the_action_back(desk: Desk) -> None:
    """The courier tapped; only the waiting ended."""
    desk.holds_replies = True
    async with phone(desk) as client:
        await client.wait_live()
        waiting = asyncio.create_task(client.accept("f1"))
        await desk.until(lambda: desk.actions)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert client.waiting_actions == 1
        desk.holds_replies = False
        desk.cut()
        async with asyncio.timeout(5):
            while client.waiting_actions:
                await asyncio.sleep(0.01)
        assert list(desk.replied) == [desk.actions[0].id]


async def test_a_newer_resync_and_policy_replace_what_waits(desk: Desk) -> None:
    """The app that was busy sees the newest of each, and no push from before the snapshot."""
    async with phone(desk) as client:
        await client.wait_live()
        await desk.tell(AVAILABLE)
        for interval_s in (1.0, 2.0):
            await desk.say(Policy(fix_interval_s=interval_s))
        newest = Resync(epoch=1, seq=50, duty="available", route=EMPTY_ROUTE)
        await desk.say(newest)
        await desk.say(ErrorMessage(code="x", detail="y"))
        await asyncio.sleep(0.1)
        assert await take(client, 3) == [Policy(fix_interval_s=2.0), newest, ErrorMessage(code="x", detail="y")]


# --- servers that misbehave ---------------------------------------------------------------------------------------


@asynccontextmanager
async def odd_server(handle: Callable[[ServerConnection], Awaitable[None]], *subprotocols: str) -> AsyncIterator[str]:
    """A server of which only the WebSocket works; gives the URL."""
    names = [Subprotocol(name) for name in subprotocols] or None
    async with serve(handle, "127.0.0.1", 0, subprotocols=names, close_timeout=0.2) as server:
        yield f"ws://127.0.0.1:{port_of(server)}"


async def test_a_silent_server_is_left() -> None:
    """After two and a half heartbeats without a word the phone tries another link."""
    codes: list[int | None] = []

    async def greet_and_sleep(socket: ServerConnection) -> None:
        await socket.send(encode([msgspec.structs.replace(welcome_at_10(), heartbeat_s=0.1)], "json"), text=True)
        await socket.wait_closed()
        codes.append(socket.close_code)

    async with (
        odd_server(greet_and_sleep, "courier.v1.json") as url,
        CourierClient(url, "tok", "phone", encoding="json"),
    ):
        while not codes:
            await asyncio.sleep(0.05)
    assert codes[0] == CloseCode.HEARTBEAT_TIMEOUT


async def test_a_server_that_goes_away_politely_is_asked_again() -> None:
    """A clean close with a code of the WebSocket layer (1001) says nothing about the session."""
    links: list[ServerConnection] = []

    async def leave(socket: ServerConnection) -> None:
        links.append(socket)
        await socket.close(GOING_AWAY)

    async with odd_server(leave, "courier.v1.json") as url:
        client = CourierClient(url, "tok", "phone", encoding="json", rng=Random(7))
        async with client, asyncio.timeout(5):
            while len(links) < 2:
                await asyncio.sleep(0.05)
            assert client.state is not ClientState.ENDED


async def test_a_server_that_talks_nonsense_is_left() -> None:
    """And asked again: it may have been a proxy."""
    codes: list[int | None] = []

    async def babble(socket: ServerConnection) -> None:
        await socket.send("{")
        await socket.wait_closed()
        codes.append(socket.close_code)

    async with (
        odd_server(babble, "courier.v1.json") as url,
        CourierClient(url, "tok", "phone", encoding="json", rng=Random(7)) as client,
    ):
        while len(codes) < 2:
            await asyncio.sleep(0.05)
        assert client.state is not ClientState.ENDED
    assert codes[:2] == [CloseCode.PROTOCOL_ERROR] * 2


async def test_a_server_of_another_kind_is_not_asked_again() -> None:
    """It will not learn the protocol while we wait."""

    async def wait(socket: ServerConnection) -> None:
        await socket.wait_closed()

    async with odd_server(wait) as url, CourierClient(url, "tok", "phone") as client:
        with pytest.raises(RemoteProtocolError, match="does not speak"):
            await asyncio.wait_for(client.wait_live(), 5)


async def test_a_server_that_is_not_there_yet(desk: Desk) -> None:
    """Refused connections are network failures; goodbye works without ever having had a link."""
    async with CourierClient("ws://127.0.0.1:9/v1/courier", "tok", "phone") as client:
        await asyncio.sleep(0.1)
        assert client.state is ClientState.OFFLINE
        assert "failed" in client.trouble
        with pytest.raises(LocalProtocolError, match="welcome"):
            await client.accept("f1")


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "127.0.0.1:80", "ws:/x"])
def test_an_address_that_is_none(url: str) -> None:
    """Is refused where it is given, in one sentence."""
    with pytest.raises(LocalProtocolError, match="ws://"):
        CourierClient(url, "tok", "phone")


@pytest.mark.parametrize("calls", [3, 9])
async def test_a_bug_in_the_client_is_not_silent(desk: Desk, calls: int) -> None:
    """Whatever fails inside, in reading or in writing, fails the app's calls instead of letting them hang."""
    left = iter(range(calls))

    def broken_clock() -> int:
        return next(left)

    client = phone(desk, mono_ms=broken_clock)
    with pytest.raises(LocalProtocolError, match="The client failed"):
        async with client:
            await take(client, 99)


# --- watchers -----------------------------------------------------------------------------------------------------


async def watch(client: LiveClient, count: int) -> list[LiveMessage]:
    messages: list[LiveMessage] = []
    async with asyncio.timeout(5), aclosing(client.messages()) as told:
        async for message in told:
            messages.append(message)
            if len(messages) == count:
                break
    return messages


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
async def test_a_watcher_sees_snapshot_and_changes(desk: Desk, encoding: Encoding) -> None:
    """In order; business time is known; after a lost link the welcome comes again."""
    async with watcher(desk, encoding=encoding) as live:
        await live.wait_live()
        kinds = [WatchWelcome, ZoneSnapshot, ZoneChange]
        assert [type(message) for message in await watch(live, 3)] == kinds
        assert live.business_now_ms() > 1_000_000
        await live.drop_link(0.0)
        assert [type(message) for message in await watch(live, 3)] == kinds


async def test_what_a_watcher_looks_at_outlives_the_link(desk: Desk) -> None:
    """A new view goes out on the open link at once; after a lost link the hello has it."""
    screen = View(south=31.1, west=121.3, north=31.3, east=121.6, zoom=12)
    async with watcher(desk) as live:
        await live.wait_live()
        live.look(screen)
        await desk.until(lambda: desk.views == [screen])
        live.attend(Attend(tab="t1", kind="order", id="o1"))
        await desk.until(lambda: desk.attended == [Attend(tab="t1", kind="order", id="o1")])
        await live.drop_link(0.0)
        await desk.until(lambda: len(desk.hellos) == 2)
    assert [hello.look for hello in desk.hellos if isinstance(hello, WatchHello)] == [None, screen]


async def test_a_watcher_who_may_not_see_is_told(desk: Desk) -> None:
    """The iterator raises the server's reason."""
    async with watcher(desk, "forbidden") as live:
        with pytest.raises(RemoteProtocolError, match="forbidden"):
            await watch(live, 1)
        with pytest.raises(RemoteProtocolError, match="forbidden"):
            await watch(live, 1)


async def test_closing_ends_the_watching(desk: Desk) -> None:
    """The iterator ends when the block is left, after what had come."""
    async with watcher(desk) as live:
        await live.wait_live()
        watching = asyncio.create_task(watch(live, 99))
        await desk.until(lambda: desk.links)
    assert len(await watching) <= 3
