"""The part of `bootstrap` that wires what reaches shoppers: finding their orders, Web Push, and other messages."""

from contextlib import AsyncExitStack
from functools import partial
from typing import TypedDict
from zoneinfo import ZoneInfo

from dispatch import bootstrap_messages as messages
from dispatch.adapters.call_gateway import call_gateway
from dispatch.adapters.code_sender import code_sender
from dispatch.adapters.pdf_papers import PdfPapers
from dispatch.adapters.vapid import Vapid, kept_key
from dispatch.adapters.web_push import WebPush
from dispatch.application.calls import CallGateway
from dispatch.application.messaging.contacts import MessageDesk
from dispatch.application.push_desk import PushDesk
from dispatch.application.push_sending import PushNotices
from dispatch.application.replica import ZoneReplica
from dispatch.application.shoppers import ERASURE_POLICY, ShopperStore, sweep_for_ever
from dispatch.application.sign_in import LOOKUP_POLICY, SignIn, SignInPolicy
from dispatch.bootstrap_parts import Parts
from dispatch.settings import Settings
from dispatch.web.tracking_links import page_of

PURPOSE = "lookup"
ERASURE = "erasure"


class Doors(TypedDict):
    """The part of `Services` that is made here."""

    lookup: SignIn
    erasure_codes: SignIn
    shoppers: ShopperStore
    push: PushDesk
    messaging: MessageDesk
    zone_time: ZoneInfo
    papers: PdfPapers
    calls: CallGateway | None


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
    """What shoppers' HTTP doors need: finding their orders, asking to be told of changes, and the clock they read."""
    settings = parts.settings
    lookup, erasure_codes = _codes(parts, PURPOSE, LOOKUP_POLICY), _codes(parts, ERASURE, ERASURE_POLICY)
    push = PushDesk(parts.push, _vapid(settings).public_key, any_target=settings.push_targets == "any")
    parts.counters += [lambda: lookup.counters, lambda: erasure_codes.counters, lambda: push.counters]
    parts.loops["address books"] = lambda: sweep_for_ever(parts.shoppers, parts.clock, parts.ticker)
    zone_time = ZoneInfo(settings.time_zone)
    return {
        "lookup": lookup,
        "erasure_codes": erasure_codes,
        "shoppers": parts.shoppers,
        "push": push,
        "messaging": messages.desk(parts),
        "zone_time": zone_time,
        "papers": PdfPapers(),
        "calls": call_gateway(settings.call_gateway),
    }


def _codes(parts: Parts, purpose: str, policy: SignInPolicy) -> SignIn:
    return SignIn(
        secret=parts.settings.signing_secret(),
        tickets=parts.tickets,
        sender=code_sender(parts.settings.sender_of_codes(), purpose),
        policy=policy,
        purpose=purpose,
    )


def _vapid(settings: Settings) -> Vapid:
    return Vapid(settings.vapid_key or kept_key(settings.data_dir / "vapid-key"), settings.push_contact)
