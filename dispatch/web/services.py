"""Everything that the web layer needs from the rest of the process, in one object that `bootstrap` builds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from courier_protocol.limits import SessionLimits
from dispatch.application.hold_back import HoldBack
from dispatch.application.hub import ZoneHub
from dispatch.application.ingest import Ingest
from dispatch.application.isochrones import IsochroneDesk
from dispatch.application.link_limits import LinkLimits
from dispatch.application.orders import IntakePolicy
from dispatch.application.ports import Clock, CommandBus, PositionStore, Ticker, TravelTimes, ZoneStore
from dispatch.application.pulse import Pulse
from dispatch.application.push_desk import PushDesk
from dispatch.application.sign_in import SignIn
from dispatch.application.staff_users import Staff
from dispatch.application.traffic_desk import TrafficDesk
from dispatch.application.uploads import Uploads
from dispatch.domain.errors import NotFound
from dispatch.domain.geo import Box
from dispatch.roads.address_book import AddressBook
from dispatch.web.auth import BadToken, Bearer, verify_token

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
    push: PushDesk
    uploads: Uploads
    ingest: Ingest
    staff: Staff
    link_limits: LinkLimits
    addresses: AddressBook
    hold_back: HoldBack | None = None
    traffic: TrafficDesk | None = None
    isochrones: IsochroneDesk | None = None
    limits: SessionLimits = field(default_factory=SessionLimits)
    origins: tuple[str, ...] = ()
    token_life_s: float = 12 * 3600.0
    public_url: str = ""
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


def bearer_of(services: Services, token: str) -> Bearer:
    """Who a token speaks for, unless the sign-in that it is from has ended. Raises `BadToken`."""
    bearer = verify_token(services.secret, token)
    if bearer.mark and services.staff.guard.is_over(bearer.mark):
        raise BadToken("session_ended", "This sign-in has ended; sign in again.")
    return bearer
