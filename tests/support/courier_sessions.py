"""Short ways to sessions of the courier protocol that have come far enough to test what follows."""

from random import Random

from courier_protocol.client_session import ClientSession
from courier_protocol.limits import SessionLimits
from courier_protocol.messages import (
    DutyChanged,
    Fix,
    Hello,
    Policy,
    Positions,
    Push,
    Resync,
    RouteChanged,
    StreamPosition,
    Welcome,
)
from courier_protocol.outputs import Output, Send
from courier_protocol.session import CourierSession

HELLO = Hello(token="tok", device_id="phone")
AT_10 = StreamPosition(epoch=1, seq=10)
EMPTY_ROUTE = RouteChanged(version=0, stops=())
FACT = DutyChanged(duty="available")
POLICY = Policy(fix_interval_s=5.0)


def fix(number: int) -> Fix:
    """A fix that its time tells from others."""
    return Fix(at_ms=number, lat=60.0, lon=25.0)


def batch(seq: int, count: int = 1) -> Positions:
    """Fixes seq, seq + 1, ...; each is dated by its number."""
    return Positions(seq=seq, fixes=tuple(fix(number) for number in range(seq, seq + count)))


def push(prev: int, seq: int) -> Push:
    """A push of one fact in epoch 1."""
    return Push(epoch=1, prev=prev, seq=seq, at_ms=0, facts=(FACT,))


def welcome_at_10(*, generation: int = 1, resumed: bool = False) -> Welcome:
    """A welcome of a server at real pace that stands at (1, 10)."""
    return Welcome(
        session=f"s{generation}", generation=generation, business_now_ms=1_000, server_mono_ms=0, rate=1.0,
        epoch=1, seq=10, heartbeat_s=8.0, resumed=resumed,
    )  # fmt: skip


def live_server(limits: SessionLimits | None = None, expires_mono_ms: int | None = None) -> CourierSession:
    """The server's session after welcome and resync at (1, 10), at time 0."""
    session = CourierSession(0, limits)
    session.receive(HELLO, 0, 0)
    session.welcome(
        0, 0, session="s1", generation=1, rate=1.0, position=AT_10, resumed=False, expires_mono_ms=expires_mono_ms
    )
    session.resync(1, 10, "available", EMPTY_ROUTE)
    return session


def live_phone(app: str = "") -> ClientSession:
    """The phone's session after welcome and resync at (1, 10), at time 0, its first ping sent."""
    session = ClientSession("tok", "phone", Random(7), app)
    session.connected(0)
    session.outgoing(0, 0)
    session.receive(welcome_at_10(), 0)
    session.receive(Resync(epoch=1, seq=10, duty="available", route=EMPTY_ROUTE), 0)
    session.outgoing(0, 0)
    return session


def sent(outputs: list[Output]) -> list[object]:
    """The messages that these outputs send."""
    return [output.message for output in outputs if isinstance(output, Send)]
