"""Everything that the web layer needs from the rest of the process, in one object that `bootstrap` builds."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path

import msgspec

from courier_protocol.limits import SessionLimits
from dispatch.application.access import Role
from dispatch.application.api_keys import PREFIX, ApiKeys
from dispatch.application.call_rates import CallRates
from dispatch.application.calls import CallGateway
from dispatch.application.erasure import Erasure
from dispatch.application.hold_back import HoldBack
from dispatch.application.hub import ZoneHub
from dispatch.application.ingest import Ingest
from dispatch.application.isochrones import IsochroneDesk
from dispatch.application.link_limits import LinkLimits
from dispatch.application.messaging.contacts import MessageDesk
from dispatch.application.orders import IntakePolicy
from dispatch.application.papers import PaperMaker
from dispatch.application.ports import Clock, CommandBus, PositionStore, Ticker, TravelTimes, ZoneStore
from dispatch.application.pulse import Pulse
from dispatch.application.push_desk import PushDesk
from dispatch.application.shoppers import ShopperStore
from dispatch.application.sign_in import SignIn
from dispatch.application.socket_tickets import PREFIX as TICKET
from dispatch.application.socket_tickets import SocketTickets
from dispatch.application.staff_users import Staff
from dispatch.application.traffic_desk import TrafficDesk
from dispatch.application.uploads import Uploads
from dispatch.domain.courier import MAY_RIDE, Courier
from dispatch.domain.errors import Forbidden, NotFound
from dispatch.domain.geo import Box
from dispatch.roads.address_book import AddressBook
from dispatch.web.auth import BadToken, Bearer, verify_token

INACTIVE = "This account may not ride now; ask your dispatcher."
Counters = Callable[[], Mapping[str, float]]
"""Figures of another part (planner, relay): by name, each only ever rising."""


@dataclass(frozen=True, slots=True)
class CityInfo:
    """What anybody may know of the city. `basemap` is the PMTiles file; None when there is none."""

    id: str
    name: str
    box: Box
    attribution: str
    basemap: Path | None = None


@dataclass(slots=True)
class Services:
    """The parts, plugged together. `hubs` are the zones that this process serves, by id; their `run` is running.

    `worker` is this process's number among several on one port; None when it is alone there.
    """

    secret: bytes
    city: CityInfo
    static_dir: Path
    store: ZoneStore
    bus: CommandBus
    positions: PositionStore
    travel_times: TravelTimes
    clock: Clock
    ticker: Ticker
    hubs: Mapping[str, ZoneHub]
    intake: IntakePolicy
    pulse: Pulse
    sign_in: SignIn
    lookup: SignIn
    erasure_codes: SignIn
    shoppers: ShopperStore
    push: PushDesk
    messaging: MessageDesk
    uploads: Uploads
    ingest: Ingest
    staff: Staff
    link_limits: LinkLimits
    call_rates: CallRates
    erasure: Erasure
    api_keys: ApiKeys
    socket_tickets: SocketTickets
    addresses: AddressBook
    papers: PaperMaker
    calls: CallGateway | None = None
    hold_back: HoldBack | None = None
    traffic: TrafficDesk | None = None
    isochrones: IsochroneDesk | None = None
    limits: SessionLimits = field(default_factory=SessionLimits)
    origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    token_life_s: float = 12 * 3600.0
    public_url: str = ""
    zone_time: tzinfo = UTC
    """Whose days are meant where a table names a day."""
    version: str = ""
    worker: int | None = None
    counters: tuple[Counters, ...] = ()
    not_ready: Callable[[], list[str]] = field(default=lambda: [])
    degraded: Callable[[], list[str]] = field(default=lambda: [])
    """What works, but at less than its best, and heals by itself."""


def hub_of(services: Services, zone_id: str) -> ZoneHub:
    """The hub of a zone. Raises `NotFound`."""
    hub = services.hubs.get(zone_id)
    if hub is None:
        raise NotFound("unknown_zone", f"There is no zone {zone_id} here.")
    return hub


def check_account(courier: Courier) -> None:
    """Raises `Forbidden` for a courier who may not ride: their token is good for nothing meanwhile."""
    if courier.account not in MAY_RIDE:
        raise Forbidden("account_inactive", INACTIVE)


async def check_shopper(services: Services, bearer: Bearer) -> None:
    """Raises `BadToken` when the account was erased or signed out everywhere since; and `StoreUnavailable`."""
    if bearer.generation < await services.shoppers.generation(bearer.subject.id):
        raise BadToken("session_ended", "This sign-in has ended; sign in again.")


async def caller_of(services: Services, token: str) -> Bearer:
    """Who a token or a program's key speaks for. Raises `BadToken`, `Forbidden` for a courier who is suspended, and
    `StoreUnavailable` for a key and for a shopper's token.
    """
    if not token.startswith(PREFIX):
        bearer = bearer_of(services, token)
        if bearer.subject.role is Role.COURIER:
            for hub in services.hubs.values():
                if courier := hub.replica.state.couriers.get(bearer.subject.id):
                    check_account(courier)
        if bearer.subject.role is Role.CUSTOMER:
            await check_shopper(services, bearer)
        return bearer
    subject = await services.api_keys.subject_of(token)
    if subject is None:
        raise BadToken("bad_key", "The key is not valid here: it was revoked, has expired, or never was one.")
    return Bearer(subject, math.inf)


async def socket_bearer(services: Services, said: str) -> Bearer:
    """Who the first message of a socket speaks for: a token or a ticket. Raises `BadToken`, `StoreUnavailable`."""
    if not said.startswith(TICKET):
        return bearer_of(services, said)
    stands_for = await services.socket_tickets.redeem(said)
    if stands_for is None:
        raise BadToken("bad_ticket", "The ticket was used, or is over; get a new one.")
    bearer = msgspec.json.decode(stands_for, type=Bearer)
    return _unless_over(services, bearer)


def bearer_of(services: Services, token: str) -> Bearer:
    """Who a token speaks for, unless the sign-in that it is from has ended. Raises `BadToken`."""
    return _unless_over(services, verify_token(services.secret, token))


def _unless_over(services: Services, bearer: Bearer) -> Bearer:
    if bearer.mark and services.staff.guard.is_over(bearer.mark):
        raise BadToken("session_ended", "This sign-in has ended; sign in again.")
    return bearer
