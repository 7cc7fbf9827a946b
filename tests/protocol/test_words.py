"""What sessions say when something is wrong, word for word, and what they hand on, field for field: people read the
one, and programs the other.
"""

from collections.abc import Callable
from random import Random

import pytest

from courier_protocol.client_session import MAX_UNHANDLED_PUSHES
from courier_protocol.clock import BusinessClock
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import negotiate
from courier_protocol.errors import LocalProtocolError
from courier_protocol.limits import SessionLimits
from courier_protocol.live import PackedFixes, WatchHello
from courier_protocol.messages import Accept, ErrorMessage, Offered, Ping, Refresh, Resync, Said, Welcome
from courier_protocol.outputs import Close, Reauthenticate, TakeFixes, TakeHeartbeat
from courier_protocol.packed import unpack
from courier_protocol.session import CourierSession
from courier_protocol.watch_client_session import WatchClientSession
from tests.support.courier_sessions import (
    AT_10,
    EMPTY_ROUTE,
    FACT,
    HELLO,
    POLICY,
    batch,
    fix,
    live_phone,
    live_server,
    push,
    sent,
)

EARLY: dict[str, Callable[[CourierSession], object]] = {
    "push": lambda session: session.push(1, 11, 0, [FACT]),
    "reply": lambda session: session.reply("a", ok=True),
    "resync": lambda session: session.resync(1, 10, "available", EMPTY_ROUTE),
    "tell": lambda session: session.tell(POLICY),
}
OFFER = Offered(offer_id="f1", order_ids=("o1",), expires_at_ms=9, stops=())
SAID = Said(message_id="m1", order_id="o1", sender="customer", to="courier", text="Ring twice.", at_ms=5)


@pytest.mark.parametrize("call", EARLY)
def test_a_call_that_comes_too_early_is_named(call: str) -> None:
    """With the state that it needs, and the one that the session is in."""
    with pytest.raises(LocalProtocolError) as error:
        EARLY[call](CourierSession(0))
    assert str(error.value) == f"{call} needs the state live, not awaiting_hello."
    with pytest.raises(LocalProtocolError) as error:
        CourierSession(0).welcome(0, 0, session="s", generation=1, rate=1.0, position=AT_10, resumed=False)
    assert str(error.value) == "welcome needs the state authenticating, not awaiting_hello."


def test_what_breaks_the_rules_is_named() -> None:
    """In the close frame, for whoever wrote the client."""
    again = live_server().receive(HELLO, 0, 0)
    assert again == [Close(CloseCode.PROTOCOL_ERROR, "Hello is not allowed now.")]
    busy = live_server(SessionLimits(max_open_actions=1))
    busy.receive(Accept(id="a", offer_id="f", at_ms=1), 0, 0)
    too_many = busy.receive(Accept(id="b", offer_id="f", at_ms=1), 0, 0)
    assert too_many == [Close(CloseCode.PROTOCOL_ERROR, "Too many actions wait for their reply.")]
    phone = live_phone()
    for number in range(MAX_UNHANDLED_PUSHES):
        phone.receive(push(10 + number, 11 + number), 1)
    behind = phone.receive(push(10 + MAX_UNHANDLED_PUSHES, 11 + MAX_UNHANDLED_PUSHES), 1)
    assert behind == [Close(CloseCode.STREAM_GAP, "The app is too far behind and starts from a snapshot.")]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: WatchClientSession(Random(7)), "A watcher gives either track, or token and zone."),
        (
            lambda: WatchClientSession(Random(7), track="t", token="x"),
            "A watcher gives either track, or token and zone.",
        ),
        (lambda: unpack(PackedFixes(("c1",), b"")), "A packed message holds one record for each courier."),
        (lambda: BusinessClock().now_ms(0), "Business time is not known before the first welcome."),
        (
            lambda: live_server().push(2, 11, 0, [FACT]),
            "A push needs a resync first: the session holds no position in this epoch.",
        ),
    ],
)
def test_the_program_s_own_error_is_named(wrong: Callable[[], object], words: str) -> None:
    """For whoever writes a gateway or an app."""
    with pytest.raises(LocalProtocolError) as error:
        wrong()
    assert str(error.value) == words


def test_what_a_snapshot_holds_is_handed_on() -> None:
    """Route, offers and messages; and where the server is."""
    session = live_server()
    assert sent(session.resync(1, 20, "on_break", EMPTY_ROUTE, offers=[OFFER], said=[SAID])) == [
        Resync(epoch=1, seq=20, duty="on_break", route=EMPTY_ROUTE, offers=(OFFER,), said=(SAID,))
    ]
    fresh = CourierSession(0)
    assert fresh.generation == 0
    fresh.receive(HELLO, 0, 0)
    (welcome,) = sent(
        fresh.welcome(5, 7, session="s", generation=3, rate=2.0, position=AT_10, resumed=True, city="Ulm")
    )
    assert isinstance(welcome, Welcome)
    assert (welcome.city, welcome.generation, welcome.rate, welcome.resumed) == ("Ulm", 3, 2.0, True)
    assert (welcome.server_mono_ms, welcome.business_now_ms, welcome.epoch, welcome.seq) == (5, 7, 1, 10)


def test_what_a_phone_says_is_handed_on() -> None:
    """Its clock and last fix with a ping; a batch as it came, and of one that came in part what is new."""
    session = live_server()
    outputs = session.receive(Ping(n=1, device_ms=77, fix=fix(3)), 0, 0)
    assert [output for output in outputs if isinstance(output, TakeHeartbeat)] == [TakeHeartbeat(77, fix(3))]
    taken = [output for output in session.receive(batch(1, 3), 0, 0) if isinstance(output, TakeFixes)]
    assert [(each.first_seq, each.fixes) for each in taken] == [(1, batch(1, 3).fixes)]
    taken = [output for output in session.receive(batch(2, 4), 0, 0) if isinstance(output, TakeFixes)]
    assert [(each.first_seq, each.fixes) for each in taken] == [(4, batch(4, 2).fixes)]
    assert session.receive(Refresh(id="r1", token="t2"), 0, 0) == [Reauthenticate(Refresh(id="r1", token="t2"))]


def test_a_refusal_names_what_it_is_about() -> None:
    """The action's id, the code and the words."""
    phone = live_phone()
    phone.submit(Accept(id="a1", offer_id="f1", at_ms=1))
    phone.outgoing(0, 0)
    (told,) = phone.receive(ErrorMessage(code="no", detail="Not now.", id="a1"), 0)
    assert (told.reply.id, told.reply.ok, told.reply.code, told.reply.detail) == ("a1", False, "no", "Not now.")  # type: ignore[attr-defined]


def test_a_watcher_says_what_it_wants_to_watch() -> None:
    """An order by its link; a zone by token, with packed places when asked for."""
    for session, hello in (
        (WatchClientSession(Random(7), track="link"), WatchHello(track="link")),
        (WatchClientSession(Random(7), token="t", zone="z", packed=True), WatchHello(token="t", zone="z", packed=True)),
    ):
        session.connected(0)
        assert session.outgoing(0, 0) == [hello]
        assert session.outgoing(0, 0) == []


@pytest.mark.parametrize("channel", ["courier", "live"])
@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_each_channel_has_its_own_names(channel: str, encoding: str) -> None:
    """The name says the encoding; that of another channel is none."""
    name = f"{channel}.v1.{encoding}"
    other = {"courier": "live", "live": "courier"}[channel]
    assert negotiate([f"{other}.v1.{encoding}", name], channel) == (name, encoding)  # type: ignore[arg-type]
    assert negotiate([name.upper()], channel) is None  # type: ignore[arg-type]
