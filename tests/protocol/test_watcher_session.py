"""A watcher's session on the server."""

import pytest

from courier_protocol.close_codes import CloseCode
from courier_protocol.errors import LocalProtocolError
from courier_protocol.live import Attend, Look, View, WatchHello, WatchWelcome
from courier_protocol.messages import Ping, Pong
from courier_protocol.outputs import AuthenticateWatcher, Close, Send, TakeAttend, TakeLook
from courier_protocol.server_session import State
from courier_protocol.watcher_session import WatcherSession
from tests.support.courier_sessions import AT_10

STAFF = WatchHello(token="tok", zone="17")


def test_staff_and_shoppers_are_let_in() -> None:
    """Hello, the gateway's check, welcome, and from then on pings."""
    for hello in (STAFF, WatchHello(track="secret")):
        session = WatcherSession(0)
        assert session.receive(hello, 0, 0) == [AuthenticateWatcher(hello)]
        welcome = WatchWelcome(
            business_now_ms=1_000, server_mono_ms=5, rate=10.0, epoch=1, seq=10, heartbeat_s=8.0, city="Porto"
        )
        assert session.welcome(5, 1_000, rate=10.0, position=AT_10, resumed=False, city="Porto") == [Send(welcome)]
        pong = Pong(n=1, business_now_ms=1_010, server_mono_ms=6)
        assert session.receive(Ping(n=1), 6, 1_010) == [Send(pong)]


@pytest.mark.parametrize(
    "hello",
    [
        WatchHello(),
        WatchHello(token="tok"),
        WatchHello(zone="17"),
        WatchHello(track="secret", token="tok"),
        WatchHello(track="secret", zone="17"),
    ],
)
def test_a_hello_names_one_thing_to_watch(hello: WatchHello) -> None:
    """Either a track, or a token with a zone."""
    (close,) = WatcherSession(0).receive(hello, 0, 0)
    assert isinstance(close, Close)
    assert close.code is CloseCode.PROTOCOL_ERROR


def test_a_newer_version_is_refused() -> None:
    """With the code that says to update."""
    (close,) = WatcherSession(0).receive(WatchHello(track="secret", v=2), 0, 0)
    assert isinstance(close, Close)
    assert close.code is CloseCode.UNSUPPORTED


def test_a_silent_watcher_is_dropped_and_a_token_ends() -> None:
    """The same clockwork as for couriers."""
    for expires_mono_ms, code in ((None, CloseCode.HEARTBEAT_TIMEOUT), (9_000, CloseCode.BAD_TOKEN)):
        session = WatcherSession(0)
        session.receive(STAFF, 0, 0)
        session.welcome(0, 0, rate=1.0, position=AT_10, resumed=True, expires_mono_ms=expires_mono_ms)
        (close,) = session.tick(20_000)
        assert isinstance(close, Close)
        assert close.code is code


def test_a_link_ends_with_a_code_of_its_own() -> None:
    """A shopper has no token to renew."""
    session = WatcherSession(0)
    session.receive(WatchHello(track="secret"), 0, 0)
    expiry = CloseCode.LINK_EXPIRED
    session.welcome(0, 0, rate=1.0, position=AT_10, resumed=False, expires_mono_ms=9_000, expiry=expiry)
    assert session.tick(8_999) == []
    (close,) = session.tick(9_000)
    assert isinstance(close, Close)
    assert close.code is CloseCode.LINK_EXPIRED


def test_a_welcome_comes_after_the_hello_and_not_after_the_end() -> None:
    """Too early is the gateway's bug, too late is nobody's."""
    session = WatcherSession(0)
    with pytest.raises(LocalProtocolError):
        session.welcome(0, 0, rate=1.0, position=AT_10, resumed=False)
    session.close(CloseCode.SERVER_DRAINING)
    assert session.welcome(0, 0, rate=1.0, position=AT_10, resumed=False) == []
    assert session.state is State.CLOSING


def test_staff_look_at_a_part_of_the_zone() -> None:
    """Once the hello is behind; the gateway then shows what fits it."""
    session = WatcherSession(0)
    look = Look(View(south=60.1, west=24.8, north=60.2, east=25.1, zoom=12.5))
    session.receive(STAFF, 0, 0)
    session.welcome(0, 0, rate=1.0, position=AT_10, resumed=False)
    assert session.receive(look, 1, 1) == [TakeLook(look.view)]
    assert session.receive(Look(), 1, 1) == [TakeLook(None)]


def test_staff_say_what_they_have_open() -> None:
    """The gateway shows it to the others."""
    session = WatcherSession(0)
    session.receive(STAFF, 0, 0)
    session.welcome(0, 0, rate=1.0, position=AT_10, resumed=False)
    open_order = Attend(tab="t1", kind="order", id="o1", changing=True)
    assert session.receive(open_order, 1, 1) == [TakeAttend(open_order)]
