"""Whose business something is that concerns no shopper, and the messages that it makes. Pure.

What runs out at a depot is told to whoever works there; what nobody has answered to whoever looks after it, else to
support. They are told at the address that they have given at the desk. Where nobody of them has one, everybody is told
whom the operator has named (`DISPATCH_STAFF_EMAILS`), so that nothing is told to nobody.
"""

from collections.abc import Iterator, Sequence

from dispatch.application.access import Role
from dispatch.application.messaging.planning import Here, MessageRules, Recipient, message_id, staff_mark
from dispatch.application.messaging.ports import Member, OutgoingMessage
from dispatch.application.messaging.table import TABLE, Audience, Channel, OverdueNotice, StockNotice


def staff_told(
    notice: StockNotice | OverdueNotice, rules: MessageRules, members: Sequence[Member]
) -> Iterator[Recipient]:
    """Everybody of the staff who is told of it, by each channel of its row that there is."""
    reached = [each for each in members if _takes_mail(each)]
    theirs = _of_depot(notice, reached) if isinstance(notice, StockNotice) else _of_overdue(notice, reached)
    for channel in TABLE[notice.kind][Audience.STAFF]:
        if channel not in rules.channels:
            continue
        for each in theirs:
            yield Recipient(Audience.STAFF, member_mark(each), channel, each.contact.lang or rules.lang)
        if not theirs:
            yield from (Recipient(Audience.STAFF, staff_mark(each), channel, rules.lang) for each in rules.staff)


def _of_depot(notice: StockNotice, members: Sequence[Member]) -> list[Member]:
    return [each for each in members if each.role is Role.DEPOT and _sees(each, notice.depot_id)]


def _of_overdue(notice: OverdueNotice, members: Sequence[Member]) -> list[Member]:
    assigned = [each for each in members if each.id == notice.assignee]
    return assigned or [each for each in members if each.role is Role.SUPPORT and _sees(each, notice.depot_id)]


def _sees(member: Member, depot_id: str) -> bool:
    return not member.depots or depot_id in member.depots


def staff_address(recipient: str, rules: MessageRules, members: Sequence[Member]) -> str:
    """The address of somebody of the staff by their name in the log; empty when they are told nothing any more."""
    of_members = {member_mark(each): each.contact.email for each in members if _takes_mail(each)}
    return of_members.get(recipient) or next((each for each in rules.staff if staff_mark(each) == recipient), "")


def member_mark(member: Member) -> str:
    """What a member of the staff is called in the log."""
    return f"user-{member.id}"


def _takes_mail(member: Member) -> bool:
    return bool(member.contact.email) and Channel.EMAIL not in member.contact.off


def message_beside(
    here: Here, notice: StockNotice | OverdueNotice, to: Recipient, body: str, *, happened: tuple[int, str]
) -> OutgoingMessage:
    """A message of no order. `happened` is what stands for the event in its id: a number and of what."""
    return OutgoingMessage(
        id=message_id(here, *happened, to),
        zone_id=here.zone_id,
        epoch=here.epoch,
        seq=notice.seq,
        order_id="",
        kind=notice.kind,
        audience=to.audience,
        recipient=to.id,
        channel=to.channel,
        lane=to.lane,
        lang=to.lang,
        event_at_ms=notice.at_ms,
        due_at_ms=notice.at_ms,
        body=body,
    )
