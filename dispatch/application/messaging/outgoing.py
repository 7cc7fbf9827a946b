"""What is decided right before a message is sent: whether it is news still, where it goes, and its words. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from dispatch.application.messaging.overdue_news import overdue_words
from dispatch.application.messaging.planning import MessageRules, Recipient, keys_of, recipients, staff_mark
from dispatch.application.messaging.ports import Contact, Content, Directory, OutgoingMessage, Target, Why
from dispatch.application.messaging.quiet import utc_offset_min
from dispatch.application.messaging.responsible import staff_address
from dispatch.application.messaging.stock_news import stock_words
from dispatch.application.messaging.table import Audience, Channel, template_of
from dispatch.application.messaging.texts import message_words
from dispatch.application.messaging.webhooks import signing_secrets
from dispatch.application.push_notices import BESIDE_ORDERS, OF_STOCK, Notice, NoticeKind, up_to_date
from dispatch.application.push_sending import ttl_s
from dispatch.domain.order import Order, OrderStatus

_NONE: Final = Contact()
_WHILE: Final = {NoticeKind.HELD: OrderStatus.HELD, NoticeKind.RETURNING: OrderStatus.RETURNING}
"""What is told only while it is so."""


@dataclass(frozen=True, slots=True)
class Now:
    """The moment: business time in epoch ms, how fast that runs, and the wall's clock in epoch ms."""

    at_ms: int
    rate: float
    wall_ms: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """How messages are worded: by the clocks of `place`, with the page of an order (`link_of`; empty for none), and the
    desk's address (empty: not known).
    """

    rules: MessageRules
    place: ZoneInfo
    link_of: Callable[[Order], str]
    desk_url: str = ""

    def target(self, message: OutgoingMessage, order: Order | None, directory: Directory, now: Now) -> Target | Why:
        """Where to; or why not, by what is known of the order (None: nothing) and its people by now."""
        if message.channel is Channel.WEBHOOK:
            hook = next((each for each in directory.endpoints if each.id == message.recipient and not each.off), None)
            return Target(hook.url, signing_secrets(hook, now.wall_ms)) if hook else Why.NO_ADDRESS
        return self._to_person(message, order, directory, now) if order else self._to_staff(message, directory, now)

    def _to_person(self, message: OutgoingMessage, order: Order, directory: Directory, now: Now) -> Target | Why:
        notice = Notice(message.kind, order, message.seq, message.event_at_ms)
        if not _is_news(notice):
            return Why.OVERTAKEN
        if now.at_ms - message.event_at_ms > ttl_s(message.kind) * 1000 * now.rate:
            return Why.EXPIRED
        found = next((each for each in recipients(notice, directory, self.rules) if _is(each, message)), None)
        if found is None:
            return Why.NO_ADDRESS
        return Why.OPTED_OUT if found.opted_out else Target(self._address(message, order, directory))

    def _to_staff(self, message: OutgoingMessage, directory: Directory, now: Now) -> Target | Why:
        """News of no order; news of an order that is not known any more goes nowhere."""
        if message.kind not in BESIDE_ORDERS:
            return Why.NO_CHANNEL
        if now.at_ms - message.event_at_ms > ttl_s(message.kind) * 1000 * now.rate:
            return Why.EXPIRED
        address = staff_address(message.recipient, self.rules, directory.members)
        return Target(address) if address else Why.NO_ADDRESS

    def _address(self, message: OutgoingMessage, order: Order, directory: Directory) -> str:
        if message.audience is Audience.STAFF:
            return next(each for each in self.rules.staff if staff_mark(each) == message.recipient)
        is_mail = message.channel is Channel.EMAIL
        shopper, account, leader = (directory.contacts.get(key, _NONE) for key in keys_of(order))
        if message.audience in (Audience.ACCOUNT, Audience.LEADER):
            theirs = account if message.audience is Audience.ACCOUNT else leader
            return theirs.email if is_mail else theirs.phone
        return shopper.email if is_mail else order.dropoff.phone

    def content(self, message: OutgoingMessage, order: Order | None) -> Content:
        """What the channel is to bring. An order's link is the shopper's alone, the desk's is the staff's."""
        template = template_of(message.audience, message.kind)
        if message.channel is Channel.WEBHOOK:
            return Content(message.id, template, message.lang, body=message.body)
        lang = "zh-CN" if message.lang.startswith("zh") else "en"
        if order is None:
            worded = stock_words if message.kind in OF_STOCK else overdue_words
            words = worded(message, lang, utc_offset_min(self.place, message.event_at_ms))
            return Content(message.id, template, lang, words.subject, words.text, words.fields, self.desk_url)
        notice = Notice(message.kind, order, message.seq, message.event_at_ms)
        words = message_words(message.audience, notice, lang, utc_offset_min(self.place, notice.at_ms))
        link = self.link_of(order) if message.audience is Audience.SHOPPER else ""
        return Content(message.id, template, lang, words.subject, words.text, words.fields, link)


def _is_news(notice: Notice) -> bool:
    while_status = _WHILE.get(notice.kind, notice.order.status)
    return notice.order.status is while_status and up_to_date(notice, notice.order) is not None


def _is(recipient: Recipient, message: OutgoingMessage) -> bool:
    mine = (message.audience, message.recipient, message.channel)
    return (recipient.audience, recipient.id, recipient.channel) == mine
