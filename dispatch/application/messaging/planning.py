"""From an event to messages: who is told by which channel, now or in the morning, and what need not be told any more.

Pure. The rules of what is due are those of Web Push (`push_notices.due`), applied to what the log says each recipient
was told by each channel. What began anew (a failed try, a hold) is told anew.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from dispatch.application.messaging.ports import (
    Contact,
    Directory,
    OutgoingMessage,
    State,
    Why,
    account_key,
    order_key,
)
from dispatch.application.messaging.quiet import QuietHours
from dispatch.application.messaging.table import TABLE, URGENT, Audience, Channel, event_type
from dispatch.application.push_notices import BEGINS_ANEW, NOTHING, Notice, Told, are_of_one_kind, due, overtakes
from dispatch.domain.fulfilment import Mode
from dispatch.domain.order import Order, OrderStatus

_BEGINS: Final = (OrderStatus.HELD, OrderStatus.ATTEMPT_FAILED)
_TOLD: Final = (State.QUEUED, State.CLAIMED, State.SENT)
BY_PHONE: Final = (Channel.SMS, Channel.WECHAT)
_NONE: Final = Contact()


@dataclass(frozen=True, slots=True)
class MessageRules:
    """What the operator has set: the channels that there are, the zone's language and quiet hours, and the staff."""

    channels: frozenset[Channel] = frozenset()
    lang: str = "zh-CN"
    quiet: QuietHours | None = None
    staff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Here:
    """A place in a zone's history: which zone, and the epoch of its stream."""

    zone_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to be told by a channel. `opted_out`: but they do not want it."""

    audience: Audience
    id: str
    channel: Channel
    lang: str
    opted_out: bool = False

    @property
    def lane(self) -> str:
        """What shares a limit: a webhook is alone, so that a slow one holds up nobody else."""
        return self.id if self.channel is Channel.WEBHOOK else self.channel.value


class Plan:
    """Messages to queue, and which of those that wait are overtaken; `earlier` are all that the log has of the orders.

    Notices are to be added in the order of their events.
    """

    def __init__(
        self, here: Here, rules: MessageRules, directory: Directory, earlier: Iterable[OutgoingMessage]
    ) -> None:
        self._here = here
        self._rules = rules
        self._directory = directory
        self._known = {each.id: each for each in earlier}
        self._new: list[str] = []
        self.overtaken: set[str] = set()

    @property
    def messages(self) -> Sequence[OutgoingMessage]:
        """What is new, by event."""
        return [self._known[message_id] for message_id in self._new]

    def add(self, notice: Notice) -> None:
        """Tell of this, to everybody whom the table names."""
        for recipient in recipients(notice, self._directory, self._rules):
            if recipient.channel is Channel.WEBHOOK:
                told = due(NOTHING, notice)
                if told and _wants(self._directory, recipient.id, told):
                    self._put(self._message(recipient, told))
            else:
                self._tell(recipient, notice)

    def _tell(self, recipient: Recipient, notice: Notice) -> None:
        before = [each for each in self._known.values() if _is_theirs(each, recipient, notice.order.id)]
        told = told_of(before, began(notice.order))
        news = due(told, notice)
        if news is None or (news.kind in BEGINS_ANEW and news.kind in told.kinds):
            return
        if not _is_in_table(recipient, news):
            return
        message = self._message(recipient, news)
        waiting = [each for each in before if each.state is State.QUEUED and are_of_one_kind(each.kind, news.kind)]
        if recipient.opted_out:
            message = replace(message, state=State.SKIPPED, reason=Why.OPTED_OUT, done_at_ms=notice.at_ms)
        elif any(not overtakes(news.kind, each.kind) for each in waiting):
            message = replace(message, state=State.SKIPPED, reason=Why.OVERTAKEN, done_at_ms=notice.at_ms)
        else:
            for each in waiting:
                self._overtake(each, notice.at_ms)
            message = self._unless_quiet(message)
        self._put(message)

    def _overtake(self, message: OutgoingMessage, at_ms: int) -> None:
        ended = replace(message, state=State.SKIPPED, reason=Why.OVERTAKEN, done_at_ms=at_ms)
        self._known[message.id] = ended
        if message.id not in self._new:
            self.overtaken.add(message.id)

    def _unless_quiet(self, message: OutgoingMessage) -> OutgoingMessage:
        """The staff works at night, too."""
        quiet = self._rules.quiet
        if quiet is None or message.kind in URGENT or message.audience is Audience.STAFF:
            return message
        morning_ms = quiet.over_at_ms(message.event_at_ms)
        return replace(message, due_at_ms=morning_ms, reason=Why.QUIET) if morning_ms else message

    def _put(self, message: OutgoingMessage) -> None:
        if message.id not in self._known:
            self._known[message.id] = message
            self._new.append(message.id)

    def _message(self, to: Recipient, notice: Notice) -> OutgoingMessage:
        order = notice.order
        return OutgoingMessage(
            id=message_id(self._here, notice.seq, order.id, to),
            zone_id=self._here.zone_id,
            epoch=self._here.epoch,
            seq=notice.seq,
            order_id=order.id,
            kind=notice.kind,
            audience=to.audience,
            recipient=to.id,
            channel=to.channel,
            lane=to.lane,
            lang=to.lang,
            event_at_ms=notice.at_ms,
            due_at_ms=notice.at_ms,
            eta_at_ms=order.eta_at_ms,
            began=began(order),
            body=webhook_body(self._here, notice) if to.channel is Channel.WEBHOOK else "",
        )


def recipients(notice: Notice, directory: Directory, rules: MessageRules) -> Iterator[Recipient]:
    """Everybody whom the table has told of this, by each channel that there is, if they have an address there."""
    order, row = notice.order, TABLE[notice.kind]
    shopper, account = (directory.contacts.get(key, _NONE) for key in keys_of(order)[:2])
    for channel in row.get(Audience.SHOPPER, ()):
        if channel in rules.channels and _has_address(channel, shopper.email, order.dropoff.phone):
            off = channel in shopper.off or (order.phone_mark, channel) in directory.opted_out
            yield Recipient(Audience.SHOPPER, "shopper", channel, shopper.lang or rules.lang, off)
    for channel in row.get(Audience.ACCOUNT, ()):
        if channel is Channel.WEBHOOK:
            mine = (each for each in directory.endpoints if each.account == order.placed_by and not each.off)
            yield from (Recipient(Audience.ACCOUNT, each.id, channel, "") for each in mine)
        elif channel in rules.channels and _has_address(channel, account.email, account.phone):
            lang, off = account.lang or rules.lang, channel in account.off
            yield Recipient(Audience.ACCOUNT, "account", channel, lang, off)
    leader = directory.contacts.get(leader_key(order), _NONE)
    for channel in row.get(Audience.LEADER, ()):
        if channel in rules.channels and _has_address(channel, leader.email, leader.phone):
            lang, off = leader.lang or rules.lang, channel in leader.off
            yield Recipient(Audience.LEADER, "leader", channel, lang, off)
    for channel in row.get(Audience.STAFF, ()):
        if channel in rules.channels:
            yield from (Recipient(Audience.STAFF, staff_mark(each), channel, rules.lang) for each in rules.staff)


def keys_of(order: Order) -> tuple[str, str, str]:
    """The keys of the contacts that an order's messages may go to: its shopper's, its account's, and its leader's."""
    return order_key(order.id), account_key(order.placed_by), leader_key(order)


def leader_key(order: Order) -> str:
    """The key of the contact of whoever runs the pickup point; that of nobody, where the order goes to a door."""
    return account_key(order.collection.leader if order.collection else "")


def staff_mark(email: str) -> str:
    """What an address of the staff is called in the log."""
    return f"staff-{hashlib.sha256(email.encode()).hexdigest()[:12]}"


def message_id(here: Here, seq: int, order_id: str, to: Recipient) -> str:
    """The same for the same event, order, recipient and channel, whoever asks and however often; 32 characters."""
    parts = (here.zone_id, str(here.epoch), str(seq), order_id, to.audience.value, to.id, to.channel.value)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def began(order: Order) -> int:
    """How often the order began anew so far: it failed, or was put on hold."""
    return sum(status in _BEGINS for status, _ in order.timeline)


def told_of(messages: Iterable[OutgoingMessage], round_number: int) -> Told:
    """What one recipient was told by one channel of one order since it began for this time; what waits counts."""
    told = NOTHING
    for each in sorted(messages, key=lambda message: message.seq):
        if each.state not in _TOLD:
            told = replace(told, seq=each.seq)
            continue
        kinds = (*told.kinds, each.kind.value) if each.began == round_number else told.kinds
        told = Told(each.seq, kinds, each.eta_at_ms or told.eta_at_ms)
    return told


def webhook_body(here: Here, notice: Notice) -> str:
    """What a program is told, as JSON: ids, the status and times as of the event, and nothing of any person."""
    order = notice.order
    data: dict[str, Any] = {
        "order_id": order.id,
        "ref": order.ref,
        "zone": here.zone_id,
        "depot_id": order.depot_id,
        "direction": order.direction.value,
        "status": order.status.value,
        "eta_at_ms": order.eta_at_ms,
        "promise_at_ms": order.promise_at_ms,
        "seq": notice.seq,
        **({"point_id": order.collection.point_id} if order.collection else {}),
        **({"mode": order.mode.value} if order.mode is not Mode.DELIVERY else {}),
    }
    if notice.case:
        case = notice.case
        money = {"wanted_minor": case.wanted_minor, "compensation_minor": case.compensation_minor}
        data["case"] = {"id": case.id, "kind": case.kind.value, "cause": case.cause, **money}
    if order.claim_id:
        data["claim_id"] = order.claim_id
    told = {"type": event_type(notice.kind), "at_ms": notice.at_ms, "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _wants(directory: Directory, endpoint_id: str, notice: Notice) -> bool:
    kinds = next(each.kinds for each in directory.endpoints if each.id == endpoint_id)
    return not kinds or notice.kind in kinds


def _is_theirs(message: OutgoingMessage, to: Recipient, order_id: str) -> bool:
    mine = (message.audience, message.recipient, message.channel) == (to.audience, to.id, to.channel)
    return mine and message.order_id == order_id


def _is_in_table(to: Recipient, notice: Notice) -> bool:
    """A changed time may turn out to be another kind than it was taken for."""
    return to.channel in TABLE[notice.kind].get(to.audience, ())


def _has_address(channel: Channel, email: str, phone: str) -> bool:
    return bool(phone if channel in BY_PHONE else email if channel is Channel.EMAIL else "")
