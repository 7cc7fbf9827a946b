"""The part of `bootstrap` that wires messages to people and programs: the sender, and what its HTTP doors need."""

from functools import partial
from zoneinfo import ZoneInfo

from dispatch.adapters.clocks import wall_ms
from dispatch.application.messaging.contacts import Contacts, Members, MessageDesk
from dispatch.application.messaging.log import ChannelSetUp, set_up
from dispatch.application.messaging.outgoing import Outgoing
from dispatch.application.messaging.planning import MessageRules
from dispatch.application.messaging.quiet import QuietHours
from dispatch.application.messaging.sending import MessageSending
from dispatch.application.messaging.table import Channel
from dispatch.application.messaging.webhooks import Webhooks
from dispatch.application.replica import ZoneReplica
from dispatch.bootstrap_parts import Parts
from dispatch.settings import Settings
from dispatch.web.tracking_links import page_of


def sending(parts: Parts, replica: ZoneReplica, holder: str) -> MessageSending | None:
    """What sends messages; to be run beside the writer that owns the zone, by one process. None: by no channel."""
    if not parts.channels:
        return None
    made = MessageSending(
        replica=replica,
        events=parts.store,
        zones=parts.store,
        store=parts.messages,
        directory=parts.message_directory,
        staff=Members(parts.staff, parts.message_directory),
        channels=parts.channels,
        outgoing=_outgoing(parts.settings, frozenset(parts.channels)),
        clock=parts.clock,
        wall_ms=wall_ms,
        ticker=parts.ticker,
        holder=holder,
    )
    parts.counters.append(lambda: made.counters)
    return made


def desk(parts: Parts) -> MessageDesk:
    """What the HTTP doors of messages need."""
    any_target = parts.settings.webhook_targets == "any"
    webhooks = Webhooks(parts.message_directory, parts.messages, parts.clock, wall_ms, any_target=any_target)
    parts.counters.append(lambda: webhooks.counters)
    return MessageDesk(webhooks, Contacts(parts.message_directory), parts.messages, channels_set_up(parts.settings))


def channels_set_up(settings: Settings) -> tuple[ChannelSetUp, ...]:
    """Every way to people and programs; Web Push needs no more than the key that is always there."""
    by_setting = {
        Channel.WEBHOOK: settings.webhook_targets,
        Channel.WEB_PUSH: settings.push_targets,
        Channel.EMAIL: settings.smtp_url,
        Channel.SMS: settings.sms_sender,
        Channel.WECHAT: settings.wechat_sender,
        "call": settings.call_gateway,
    }
    return tuple(ChannelSetUp(str(name), set_up(setting)) for name, setting in by_setting.items())


def _outgoing(settings: Settings, channels: frozenset[Channel]) -> Outgoing:
    rules = MessageRules(
        channels=channels,
        lang=settings.message_lang,
        quiet=QuietHours.read(settings.quiet_hours, settings.time_zone),
        staff=settings.staff_emails,
    )
    link_of = partial(page_of, settings.signing_secret(), settings.public_url)
    place, desk_url = ZoneInfo(settings.time_zone), f"{settings.public_url.rstrip('/')}/console"
    return (
        Outgoing(rules, place, link_of, desk_url) if settings.public_url else Outgoing(rules, place, lambda order: "")
    )
