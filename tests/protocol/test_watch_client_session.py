"""A watcher's session on the client."""

from random import Random

import pytest

from courier_protocol.client_link import ClientState
from courier_protocol.close_codes import CloseCode
from courier_protocol.errors import LocalProtocolError
from courier_protocol.live import (
    Attend,
    Attendee,
    Attending,
    Cluster,
    Clusters,
    Fixes,
    FixView,
    Look,
    PackedFixes,
    View,
    WatchHello,
    WatchWelcome,
    ZoneChange,
    ZoneSnapshot,
)
from courier_protocol.messages import Ping, Pong
from courier_protocol.outputs import Close, Tell
from courier_protocol.packed import pack
from courier_protocol.watch_client_session import WatchClientSession
from tests.support.courier_sessions import AT_10

WELCOME = WatchWelcome(business_now_ms=1_000, server_mono_ms=0, rate=1.0, epoch=1, seq=10, heartbeat_s=8.0)
SNAPSHOT = ZoneSnapshot(epoch=1, seq=10, zone="17", orders=(), couriers=(), depots=())
FIXES = Fixes(fixes=(FixView(courier_id="c1", gen=1, seq=1, at_ms=1, lat=60.0, lon=25.0),))


def change(prev: int, seq: int) -> ZoneChange:
    return ZoneChange(epoch=1, prev=prev, seq=seq, at_ms=0, event="OrderCreated")


def live_watcher() -> WatchClientSession:
    session = WatchClientSession(Random(7), token="tok", zone="17")
    session.connected(0)
    assert session.outgoing(0, 0) == [WatchHello(token="tok", zone="17")]
    assert session.receive(WELCOME, 0) == [Tell(WELCOME)]
    assert session.receive(SNAPSHOT, 0) == [Tell(SNAPSHOT)]
    assert session.outgoing(0, 5) == [Ping(n=1, device_ms=5)]
    return session


def test_changes_are_told_once_and_in_order() -> None:
    """A repeat is dropped, fixes have no order, pongs set the clock and are not told."""
    session = live_watcher()
    assert session.receive(change(10, 12), 1) == [Tell(change(10, 12))]
    assert session.receive(change(10, 12), 1) == []
    assert session.receive(FIXES, 1) == [Tell(FIXES)]
    assert session.receive(Pong(n=1, business_now_ms=1_001, server_mono_ms=0), 0) == []
    assert session.clock.now_ms(0) == 1_001


def test_after_a_gap_a_snapshot_is_asked_for() -> None:
    """The link is given up, and the next hello resumes nothing."""
    session = live_watcher()
    (close,) = session.receive(change(11, 12), 1)
    assert isinstance(close, Close)
    assert close.code is CloseCode.STREAM_GAP
    session.disconnected(None, 2)
    session.connected(3)
    assert session.outgoing(3, 0) == [WatchHello(token="tok", zone="17")]


def test_after_a_lost_link_the_position_is_resumed() -> None:
    """Only what was missed is told then."""
    session = live_watcher()
    session.disconnected(None, 2)
    session.connected(3)
    assert session.outgoing(3, 0) == [WatchHello(token="tok", zone="17", resume=AT_10)]
    resumed = WatchWelcome(
        business_now_ms=1_003, server_mono_ms=0, rate=1.0, epoch=1, seq=10, heartbeat_s=8.0, resumed=True
    )
    assert session.receive(resumed, 4) == [Tell(resumed)]
    assert session.receive(change(10, 12), 5) == [Tell(change(10, 12))]


def test_a_look_is_told_now_and_with_every_later_hello() -> None:
    """What is on the screen survives the link."""
    session = live_watcher()
    view = View(south=60.1, west=24.8, north=60.2, east=25.1, zoom=12.0)
    session.look(view)
    assert session.outgoing(0, 5) == [Look(view)] and session.outgoing(0, 5) == []
    session.disconnected(None, 2)
    session.look(None)
    session.look(view)
    session.connected(3)
    assert session.outgoing(3, 0) == [WatchHello(token="tok", zone="17", resume=AT_10, look=view)]
    with pytest.raises(LocalProtocolError):
        session.look(View(south=-91.0, west=24.8, north=60.2, east=25.1, zoom=12.0))


def test_what_is_open_is_told_now_and_after_every_welcome() -> None:
    """It survives the link; what others have open is told to the app."""
    session = live_watcher()
    session.attend(Attend(tab="t1", kind="order", id="o1"))
    assert session.outgoing(0, 5) == [Attend(tab="t1", kind="order", id="o1")] and session.outgoing(0, 5) == []
    others = Attending((Attendee("t2", "bo", "order", "o1", True),))
    assert session.receive(others, 1) == [Tell(others)]
    session.disconnected(None, 2)
    session.connected(3)
    assert session.outgoing(3, 0) == [WatchHello(token="tok", zone="17", resume=AT_10)]
    session.receive(WELCOME, 4)
    assert session.outgoing(4, 0)[0] == Attend(tab="t1", kind="order", id="o1")
    with pytest.raises(LocalProtocolError):
        session.attend(Attend(tab="", kind="order", id="o1"))


def test_packed_places_are_told_as_places() -> None:
    """The app need not know how they came; a record too few ends the link."""
    session = live_watcher()
    assert session.receive(pack(FIXES.fixes), 1) == [Tell(FIXES)]
    clusters = Clusters((Cluster(60.1, 24.9, 12, 3),))
    assert session.receive(clusters, 1) == [Tell(clusters)]
    (close,) = session.receive(PackedFixes(("c1",), b""), 1)
    assert isinstance(close, Close) and close.code is CloseCode.PROTOCOL_ERROR


def test_a_new_snapshot_may_come_at_any_time() -> None:
    """A lane that overflowed is replaced by one; the chain goes on from there."""
    session = live_watcher()
    newer = ZoneSnapshot(epoch=1, seq=50, zone="17", orders=(), couriers=(), depots=())
    assert session.receive(newer, 1) == [Tell(newer)]
    assert session.receive(change(49, 51), 1) == [Tell(change(49, 51))]


def test_a_watcher_says_no_bye() -> None:
    """It just goes."""
    session = live_watcher()
    assert session.goodbye() == []
    assert session.state is ClientState.ENDED


@pytest.mark.parametrize("given", [{}, {"token": "tok"}, {"zone": "17"}, {"track": "x", "token": "tok", "zone": "17"}])
def test_a_watcher_names_one_thing_to_watch(given: dict[str, str]) -> None:
    """The server would refuse anything else for good."""
    with pytest.raises(LocalProtocolError, match="track"):
        WatchClientSession(Random(7), **given)
