"""`/v1/live`: staff who watch a zone, and shoppers who watch their order. Read-only.

What a watcher is shown comes from its lane, encoded once for all who see the same; welcome and pongs come from the
session. A watcher that comes back always gets a snapshot: it is one message, and cheaper than to find out what was
missed.
"""

from typing import Any

from starlette.websockets import WebSocket

from courier_protocol import live
from courier_protocol import messages as m
from courier_protocol.close_codes import CloseCode
from courier_protocol.live import WatchHello
from courier_protocol.outputs import AuthenticateWatcher, Output
from courier_protocol.server_session import State
from courier_protocol.watcher_session import WatcherSession
from dispatch.application.access import Action, Resource, allow
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import StoreUnavailable
from dispatch.domain.errors import Forbidden, NotFound
from dispatch.web.auth import BadToken, seconds_left, verify_token
from dispatch.web.connection import Connection, Connections, accept
from dispatch.web.services import Services, hub_of
from dispatch.web.tracking_links import find_tracked

MESSAGE_ACTIONS: dict[type[m.Message], Action] = {live.WatchHello: Action.WATCH_ZONE, m.Ping: Action.WATCH_ZONE}
"""What each message of a member of staff asks for; a shopper's link is its own right."""


class LiveConnection(Connection[WatcherSession]):
    """One watcher's connection."""

    def __init__(self, socket: WebSocket, services: Services, encoding: Any) -> None:
        session = WatcherSession(services.ticker.mono_ms(), services.limits)
        super().__init__(socket, session, services, "watcher", encoding)
        self._hub: ZoneHub | None = None

    async def take(self, output: Output) -> None:
        """See `Connection.take`."""
        if isinstance(output, AuthenticateWatcher):
            try:
                await self._authenticate(output.hello)
            except BadToken as error:
                self.end(CloseCode.BAD_TOKEN, error.detail)
            except (Forbidden, NotFound) as error:
                self.end(CloseCode.FORBIDDEN, error.detail)
            except StoreUnavailable:
                self.end(CloseCode.TRY_AGAIN)

    async def _authenticate(self, hello: WatchHello) -> None:
        if hello.track:
            hub, order = await find_tracked(self.services, hello.track)
            if self._go_live(hub, None):
                self.lane = hub.watchers.watch_order(order, self.encoding, self.wake)
            return
        bearer = verify_token(self.services.secret, hello.token)
        allow(bearer.subject, Action.WATCH_ZONE, Resource(hello.zone))
        zone = hub_of(self.services, hello.zone)
        if self._go_live(zone, self.mono_ms + round(seconds_left(bearer) * 1000)):
            self.lane = zone.watchers.watch_zone(self.encoding, self.wake)

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

    def gone(self) -> None:
        """See `Connection.gone`."""
        if self._hub and self.lane:
            self._hub.watchers.unwatch(self.lane)


async def serve_live(socket: WebSocket) -> None:
    """The endpoint of `/v1/live`."""
    services: Services = socket.app.state.services
    connections: Connections = socket.app.state.connections
    encoding = await accept(socket, "live", connections)
    if encoding:
        await connections.serve(LiveConnection(socket, services, encoding))
