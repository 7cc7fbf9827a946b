"""What the roles of one process share, as ports; and the real ones: a database, Redis or Valkey, the machine's clocks.

The deterministic simulation fills the same `Parts` with stores in memory and virtual clocks, and runs the same roles.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from dispatch.adapters.channels import Channels
from dispatch.adapters.clocks import SystemTicker, lasting_clock, wall_ms
from dispatch.adapters.embedded import EmbeddedValkey
from dispatch.adapters.passwords import ArgonHasher
from dispatch.adapters.proof_files import FileProofStore
from dispatch.adapters.redis.connections import connect
from dispatch.adapters.redis.gateway_news import RedisGatewayNews
from dispatch.adapters.redis.positions import RedisPositionStore
from dispatch.adapters.redis.streams import RedisEventCopies, RedisEventCopy, RedisEventStream
from dispatch.adapters.redis.tickets import RedisTickets
from dispatch.adapters.redis.tracks import RedisTrackStore
from dispatch.adapters.solver_pool import COMMAND, SolverPool
from dispatch.adapters.speed_stores import RedisSpeedStore
from dispatch.adapters.sql.api_keys import SqlApiKeyStore
from dispatch.adapters.sql.database import Database
from dispatch.adapters.sql.devices import SqlDeviceStore
from dispatch.adapters.sql.erasing import SqlEraser
from dispatch.adapters.sql.learning import SqlLearningStore
from dispatch.adapters.sql.message_directory import SqlDirectoryStore
from dispatch.adapters.sql.messages import SqlMessageStore
from dispatch.adapters.sql.migrations import upgrade
from dispatch.adapters.sql.push import SqlPushStore
from dispatch.adapters.sql.shoppers import SqlShopperStore
from dispatch.adapters.sql.staff import SqlStaffStore
from dispatch.adapters.sql.store import SqlZoneStore
from dispatch.application.api_keys import ApiKeyStore
from dispatch.application.channel_ports import DeviceStore, ProofStore, Tickets
from dispatch.application.erasure import Copies, Eraser
from dispatch.application.event_feed import CopiedFeed
from dispatch.application.gateway_news import GatewayNews
from dispatch.application.learning_ports import LearningStore
from dispatch.application.measured_speeds import SpeedStore
from dispatch.application.messaging.ports import DirectoryStore, MessageChannel, MessageStore
from dispatch.application.messaging.table import Channel
from dispatch.application.ports import (
    Clock,
    EventFeed,
    EventLog,
    PositionStore,
    Solver,
    Ticker,
    TrackStore,
    ZoneStore,
)
from dispatch.application.proposals_scene import PlannerSettings
from dispatch.application.push_ports import PushStore
from dispatch.application.shoppers import ShopperStore
from dispatch.application.staff_ports import PasswordHasher, StaffStore
from dispatch.application.stream_ports import EventCopy, EventStream
from dispatch.settings import Settings
from dispatch.web.services import Counters

Loop = Callable[[], Coroutine[Any, Any, Any]]


class Zones(ZoneStore, EventLog, Protocol):
    """The zones' store, which is also the durable log of their events."""


class Places(PositionStore, Protocol):
    """Places, and how well that goes."""

    @property
    def counters(self) -> Mapping[str, float]:
        """Puts and outages so far."""
        ...

    def degraded(self) -> list[str]:
        """A sentence while places are not shared."""
        ...


class Improver(Solver, AbstractAsyncContextManager["Improver"], Protocol):
    """A solver that has to be open to answer. `outcomes` counts its answers."""

    @property
    def outcomes(self) -> Mapping[str, int]:
        """Rounds by what came of them."""
        ...

    async def __aenter__(self) -> Self:
        """Start what it needs."""
        ...


@dataclass(slots=True)
class Parts:
    """What the roles share in this process. `loops` and `counters` are what they add."""

    settings: Settings
    store: Zones
    positions: Places
    tracks: TrackStore
    stream: EventStream
    copy: EventCopy
    feed: EventFeed
    news: GatewayNews
    tickets: Tickets
    speeds: SpeedStore
    devices: DeviceStore
    proofs: ProofStore
    learning: LearningStore
    staff: StaffStore
    keys: ApiKeyStore
    eraser: Eraser
    copies: Copies
    hasher: PasswordHasher
    push: PushStore
    shoppers: ShopperStore
    messages: MessageStore
    message_directory: DirectoryStore
    channels: Mapping[Channel, MessageChannel]
    make_solver: Callable[[], Improver]
    clock: Clock
    ticker: Ticker
    planning: PlannerSettings = field(default_factory=PlannerSettings)
    """How the planner works, but for what the operator has set."""
    loops: dict[str, Loop] = field(default_factory=dict)
    counters: list[Counters] = field(default_factory=list)


@asynccontextmanager
async def open_parts(settings: Settings) -> AsyncIterator[Parts]:
    """The parts of a real process; they are closed at the end. Raises `StoreUnavailable`, `EmbeddedError`."""
    async with AsyncExitStack() as stack:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        redis_url = settings.redis_url or await stack.enter_async_context(EmbeddedValkey(settings.data_dir))
        await upgrade(settings.sql_url())
        database = Database(settings.sql_url())
        stack.push_async_callback(database.close)
        redis = connect(redis_url)
        stack.push_async_callback(redis.aclose)
        channels = _channels(settings)
        stack.push_async_callback(channels.close)
        store, copy = SqlZoneStore(database), RedisEventCopy(redis)
        yield Parts(
            settings=settings,
            store=store,
            positions=RedisPositionStore(redis),
            tracks=RedisTrackStore(redis),
            stream=RedisEventStream(redis),
            copy=copy,
            feed=CopiedFeed(copy, store),
            news=RedisGatewayNews(redis),
            tickets=RedisTickets(redis),
            speeds=RedisSpeedStore(redis),
            devices=SqlDeviceStore(database),
            proofs=FileProofStore(settings.proofs_dir or settings.data_dir / "proofs"),
            learning=SqlLearningStore(database),
            staff=SqlStaffStore(database),
            keys=SqlApiKeyStore(database),
            eraser=SqlEraser(database),
            copies=RedisEventCopies(redis, store),
            hasher=ArgonHasher(),
            push=SqlPushStore(database),
            shoppers=SqlShopperStore(database),
            messages=SqlMessageStore(database),
            message_directory=SqlDirectoryStore(database),
            channels=channels.by_name,
            make_solver=lambda: SolverPool(settings.solver_processes, command=(*COMMAND, settings.solver)),
            clock=lasting_clock(settings.data_dir / "clock.json", settings.speed),
            ticker=SystemTicker(),
        )


def _channels(settings: Settings) -> Channels:
    channels = Channels(settings.data_dir, wall_ms)
    channels.add_gateway(Channel.SMS, settings.sms_sender)
    channels.add_gateway(Channel.WECHAT, settings.wechat_sender)
    channels.add_mail(settings.smtp_url, settings.mail_from)
    channels.add_webhooks(settings.webhook_targets)
    return channels
