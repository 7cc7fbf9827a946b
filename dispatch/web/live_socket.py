"""`/v1/live`: staff who watch a zone, and shoppers who watch their order. Read-only.

What a watcher is shown comes from its lane, encoded once for all who see the same; welcome and pongs come from the
session. A watcher that comes back always gets a snapshot: it is one message, and cheaper than to find out what was
missed.
"""

import asyncio
from contextlib import suppress
from typing import Final

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
from dispatch.application.staff_ports import SessionMark
from dispatch.domain.errors import Forbidden, NotFound
from dispatch.web.auth import BadToken, Bearer, link_hash, seconds_left
from dispatch.web.connection import Connection, Connections
from dispatch.web.services import Services, hub_of, socket_bearer
from dispatch.web.tracking_links import ASKED_ANEW_MS, LinkExpired, find_tracked, has_open_case, link_left_ms

NAME_WITHIN_S: Final = 1.0
MESSAGE_ACTIONS: dict[type[m.Message], Action] = {
    live.WatchHello: Action.WATCH_ZONE,
    live.Look: Action.WATCH_ZONE,
    live.Attend: Action.WATCH_ZONE,
    m.Ping: Action.WATCH_ZONE,
}
"""What each message of a member of staff asks for; a shopper's link is its own right."""


class LiveConnection(Connection[WatcherSession]):
    """One watcher's connection; the `Peer` of its lane."""

    __slots__ = ("_hub", "_lane", "_mark", "_order_id", "_track_hash", "_who")

    channel = "live"

    def __init__(
        self, transport: asyncio.Transport, encoding: Encoding, services: Services, connections: Connections
    ) -> None:
        session = WatcherSession(services.ticker.mono_ms(), services.limits)
        super().__init__(transport, encoding, session, services, connections)
        self._hub: ZoneHub | None = None
        self._lane: Lane | None = None
        self._order_id = ""
        self._track_hash = ""
        self._who = ""
        self._mark: SessionMark | None = None

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
                await self._watch_zone(hello)
        except BadToken as error:
            self.end(CloseCode.BAD_TOKEN, error.detail)
        except LinkExpired as error:
            self.end(CloseCode.LINK_EXPIRED, error.detail)
        except (Forbidden, NotFound) as error:
            self.end(CloseCode.FORBIDDEN, error.detail)
        except StoreUnavailable:
            self.end(CloseCode.TRY_AGAIN)

    async def _watch_order(self, track: str) -> None:
        hub, order = await find_tracked(self.services, track)
        if not hub.watchers.has_room(order.id):
            return self._too_many()
        self._track_hash = link_hash(track)
        now_ms = self.services.clock.now_ms()
        left_ms, waits = link_left_ms(order, now_ms), has_open_case(hub, order, now_ms)
        # An order that ends meanwhile shall not be shown for ever: whoever still looks a day later is asked anew.
        expiry = CloseCode.LINK_EXPIRED if order.is_over and not waits else CloseCode.TRY_AGAIN
        if waits:
            left_ms = max(left_ms, ASKED_ANEW_MS)
        if self._go_live(hub, self.mono_ms + round(left_ms / self.services.clock.rate), expiry):
            self._lane, self._order_id = hub.watchers.watch_order(order, self), order.id

    async def _watch_zone(self, hello: WatchHello) -> None:
        bearer = await socket_bearer(self.services, hello.token)
        allow(bearer.subject, Action.WATCH_ZONE, Resource(hello.zone))
        hub, who = hub_of(self.services, hello.zone), await self._name(bearer)
        if not hub.watchers.has_room():
            return self._too_many()
        if self._go_live(hub, self.mono_ms + round(seconds_left(bearer) * 1000)):
            depots = bearer.subject.depots
            self._lane = hub.watchers.watch_zone(self, hello.look, packed=hello.packed, depots=depots)
            self._who = who
            self._mark = bearer.mark
            if self._mark:
                self.services.staff.guard.watch(self._mark, self.sign_in_ended)

    def _too_many(self) -> None:
        """As many watch it as this process takes."""
        self.tally.refuse("watched_enough")
        self.end(CloseCode.TRY_AGAIN)

    async def _name(self, bearer: Bearer) -> str:
        """What colleagues call them: the name of the user, or the subject of a token that belongs to none."""
        user = None
        # A desk opens while the store is away too, from what this process knows.
        with suppress(StoreUnavailable, TimeoutError):
            async with asyncio.timeout(NAME_WITHIN_S):
                user = await self.services.staff.users.myself(bearer.mark) if bearer.mark else None
        return user.name if user else bearer.subject.id

    def _go_live(self, hub: ZoneHub, expires_mono_ms: int, expiry: CloseCode = CloseCode.BAD_TOKEN) -> bool:
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
                expiry=expiry,
            )
        )
        return self.session.state is State.LIVE

    def sign_in_ended(self) -> None:
        """The person has signed out, is shut out, or may do something else than before."""
        self.end(CloseCode.BAD_TOKEN, "This sign-in has ended; sign in again.")

    # --- see `Peer` --------------------------------------------------------------------------------------------

    def give_up(self) -> None:
        """See `Peer`."""
        self.end(CloseCode.SLOW_CONSUMER)

    def link_replaced(self, track_hash: str) -> None:
        """See `Peer`."""
        if track_hash != self._track_hash:
            self.end(CloseCode.FORBIDDEN, "This tracking link was replaced; ask the shop for the new one.")

    def resume_writing(self) -> None:
        """See `asyncio.Protocol`."""
        super().resume_writing()
        if self._lane:
            self._lane.resume()

    def gone(self) -> None:
        """See `Connection.gone`."""
        if self._mark:
            self.services.staff.guard.unwatch(self._mark, self.sign_in_ended)
        if self._hub and self._lane and self._order_id:
            self._hub.watchers.unwatch_order(self._order_id, self._lane)
        elif self._hub and self._lane:
            self._hub.unwatch(self._lane)
        self._lane = None  # they know each other: nobody would free them but a full garbage collection
