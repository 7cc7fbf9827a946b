"""The part of `bootstrap` that wires what reaches shoppers: finding their orders, and Web Push."""

from contextlib import AsyncExitStack
from functools import partial
from typing import Protocol, TypedDict

from dispatch.adapters.code_sender import code_sender
from dispatch.adapters.redis.connections import Client
from dispatch.adapters.redis.tickets import RedisTickets
from dispatch.adapters.sql.push import SqlPushStore
from dispatch.adapters.vapid import Vapid, kept_key
from dispatch.adapters.web_push import WebPush
from dispatch.application.ports import Clock, EventLog, Ticker
from dispatch.application.push_desk import PushDesk
from dispatch.application.push_sending import PushNotices
from dispatch.application.replica import ZoneReplica
from dispatch.application.sign_in import LOOKUP_POLICY, SignIn
from dispatch.settings import Settings
from dispatch.web.services import Counters
from dispatch.web.tracking_links import page_of

PURPOSE = "lookup"


class Parts(Protocol):
    """What is needed of `bootstrap.Parts`."""

    settings: Settings
    redis: Client
    push: SqlPushStore
    counters: list[Counters]

    @property
    def store(self) -> EventLog:
        """The zones' events."""
        ...

    @property
    def clock(self) -> Clock:
        """Business time."""
        ...

    @property
    def ticker(self) -> Ticker:
        """Technical time."""
        ...


class Doors(TypedDict):
    """The part of `Services` that is made here."""

    lookup: SignIn
    push: PushDesk


def notices(parts: Parts, replica: ZoneReplica, stack: AsyncExitStack) -> PushNotices:
    """What tells shoppers of changes by Web Push; to be run beside the writer that owns the zone, by one process."""
    settings = parts.settings
    sender = WebPush(_vapid(settings), any_target=settings.push_targets == "any")
    stack.push_async_callback(sender.close)
    push = PushNotices(
        replica=replica,
        events=parts.store,
        store=parts.push,
        sender=sender,
        clock=parts.clock,
        ticker=parts.ticker,
        link_of=partial(page_of, settings.signing_secret(), settings.public_url),
    )
    parts.counters.append(lambda: push.counters)
    return push


def doors(parts: Parts) -> Doors:
    """What shoppers' HTTP doors need: finding their orders, and asking to be told of changes."""
    settings = parts.settings
    lookup = SignIn(
        secret=settings.signing_secret(),
        tickets=RedisTickets(parts.redis),
        sender=code_sender(settings.sender_of_codes(), PURPOSE),
        policy=LOOKUP_POLICY,
        purpose=PURPOSE,
    )
    push = PushDesk(parts.push, _vapid(settings).public_key, any_target=settings.push_targets == "any")
    parts.counters += [lambda: lookup.counters, lambda: push.counters]
    return {"lookup": lookup, "push": push}


def _vapid(settings: Settings) -> Vapid:
    return Vapid(settings.vapid_key or kept_key(settings.data_dir / "vapid-key"), settings.push_contact)
