"""`/v1/live`: staff who watch a zone, and shoppers who watch their order. Read-only.

What a watcher is shown comes from its lane, encoded once for all who see the same; welcome and pongs come from the
session. A watcher that comes back always gets a snapshot: it is one message, and cheaper than to find out what was
missed.
"""

import asyncio

from courier_protocol import live
from courier_protocol import messages as m
from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import Encoding
from courier_protocol.live import WatchHello
from courier_protocol.outputs import AuthenticateWatcher, Output, TakeAttend, TakeLook
from courier_protocol.server_session import State
from courier_protocol.watcher_session import WatcherSession
from dispatch.application.access import Action, Resource, allow
from dispatch.application.hub import ZoneHub
from dispatch.application.lanes import Lane
from dispatch.application.ports import StoreUnavailable
from dispatch.domain.errors import Forbidden, NotFound
from dispatch.web.auth import BadToken, seconds_left, verify_token
from dispatch.web.connection import Connection, Connections
from dispatch.web.services import Services, hub_of
from dispatch.web.tracking_links import find_tracked

MESSAGE_ACTIONS: dict[type[m.Message], Action] = {
    live.WatchHello: Action.WATCH_ZONE,
    live.Look: Action.WATCH_ZONE,
    live.Attend: Action.WATCH_ZONE,
    m.Ping: Action.WATCH_ZONE,
}
"""What each message of a member of staff asks for; a shopper's link is its own right."""


class LiveConnection(Connection[WatcherSession]):
    """One watcher's connection; the `Peer` of its lane."""

    __slots__ = ("_hub", "_lane", "_order_id", "_who")

    channel = "live"

    def __init__(
        self, transport: asyncio.Transport, encoding: Encoding, services: Services, connections: Connections
    ) -> None:
        session = WatcherSession(services.ticker.mono_ms(), services.limits)
        super().__init__(transport, encoding, session, services, connections)
        self._hub: ZoneHub | None = None
        self._lane: Lane | None = None
        self._order_id = ""
        self._who = ""

    def take(self, output: Output) -> None:
        """See `Connection.take`."""
        if isinstance(output, AuthenticateWatcher):
            self.work_on(self._authenticate(output.hello))
        elif isinstance(output, TakeLook) and self._hub and self._lane:
            self._hub.watchers.look(self._lane, output.view)
        elif isinstance(output, TakeAttend) and self._hub and self._lane and self._who:
            here = output.attend
            self._hub.attend(self._lane, live.Attendee(here.tab, self._who, here.kind, here.id, here.changing))

    async def _authenticate(self, hello: WatchHello) -> None:
        try:
            if hello.track:
                await self._watch_order(hello.track)
            else:
                self._watch_zone(hello)
        except BadToken as error:
            self.end(CloseCode.BAD_TOKEN, error.detail)
        except (Forbidden, NotFound) as error:
            self.end(CloseCode.FORBIDDEN, error.detail)
        except StoreUnavailable:
            self.end(CloseCode.TRY_AGAIN)

    async def _watch_order(self, track: str) -> None:
        hub, order = await find_tracked(self.services, track)
        if self._go_live(hub, None):
            self._lane, self._order_id = hub.watchers.watch_order(order, self), order.id

    def _watch_zone(self, hello: WatchHello) -> None:
        bearer = verify_token(self.services.secret, hello.token)
        allow(bearer.subject, Action.WATCH_ZONE, Resource(hello.zone))
        hub = hub_of(self.services, hello.zone)
        if self._go_live(hub, self.mono_ms + round(seconds_left(bearer) * 1000)):
            self._lane, self._who = hub.watchers.watch_zone(self, hello.look, packed=hello.packed), bearer.subject.id

    def _go_live(self, hub: ZoneHub, expires_mono_ms: int | None) -> bool:
        """Welcome the watcher. False when the session ended while its hello was looked at."""
        self._hub = hub
        self.carry_out(
            self.session.welcome(
                self.mono_ms,
                self.services.clock.now_ms(),
                rate=self.services.clock.rate,
                position=hub.here,
                resumed=False,
                city=self.services.city.name,
                expires_mono_ms=expires_mono_ms,
            )
        )
        return self.session.state is State.LIVE

    # --- see `Peer` --------------------------------------------------------------------------------------------

    def give_up(self) -> None:
        """See `Peer`."""
        self.end(CloseCode.SLOW_CONSUMER)

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().resume_writing()
        if self._lane:
            self._lane.resume()

    def gone(self) -> None:
        """See `Connection.gone`."""
        if self._hub and self._lane and self._order_id:
            self._hub.watchers.unwatch_order(self._order_id, self._lane)
        elif self._hub and self._lane:
            self._hub.unwatch(self._lane)
        self._lane = None  # they know each other: nobody would free them but a full garbage collection
