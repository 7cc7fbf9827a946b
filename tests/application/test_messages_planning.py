"""Which messages an event makes: once for each recipient and channel, at a decent hour, and only what is still news."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.application.messaging.planning import Here, MessageRules, Plan, staff_mark
from dispatch.application.messaging.ports import (
    Contact,
    Directory,
    Endpoint,
    OutgoingMessage,
    State,
    Why,
    account_key,
    order_key,
)
from dispatch.application.messaging.quiet import QuietHours
from dispatch.application.messaging.table import Audience, Channel
from dispatch.application.push_notices import Notice, NoticeKind
from dispatch.domain.case import Case, CaseKind
from dispatch.domain.eta import EtaNote
from dispatch.domain.order import Order, OrderStatus
from tests.support.zones import MINUTE_MS, NOON_MS, order

K, C, S = NoticeKind, Channel, OrderStatus
HERE = Here("z", 1)
PEOPLE = MessageRules(frozenset({C.SMS, C.EMAIL}), "en", None, ("desk@example.com",))
NIGHT_MS = int(datetime(2026, 11, 29, 23, 0, tzinfo=ZoneInfo("Asia/Shanghai")).timestamp() * 1000)
QUIET = replace(PEOPLE, quiet=QuietHours.read("22:00-08:00", "Asia/Shanghai"))
MORNING_MS = NIGHT_MS + 9 * 60 * MINUTE_MS
MAILED = Directory({order_key("o1"): Contact("en", "ada@example.com")})


def shown(order_: Order, *steps: OrderStatus) -> Order:
    """The order after these steps."""
    return replace(order_, status=steps[-1], timeline=(*order_.timeline, *((step, NOON_MS) for step in steps)))


def notice(kind: NoticeKind, seq: int, of: Order | None = None, at_ms: int = NOON_MS, **more: Any) -> Notice:
    return Notice(kind, of or order("o1"), seq, at_ms, **more)


def planned(
    notices: Iterable[Notice],
    directory: Directory = MAILED,
    earlier: Sequence[OutgoingMessage] = (),
    rules: MessageRules = PEOPLE,
) -> Plan:
    plan = Plan(HERE, rules, directory, earlier)
    for each in notices:
        plan.add(each)
    return plan


def told(plan: Plan) -> list[tuple[str, str, str]]:
    """(kind, channel, what became of it) of what is new."""
    return [(each.kind.value, each.channel.value, each.reason or each.state.value) for each in plan.messages]


def test_one_event_is_told_once_by_each_channel_that_the_table_has() -> None:
    """Looked at again, by whoever it may be, it makes the very same messages, which are there already."""
    first = planned([notice(K.FAILED, 5, shown(order("o1"), S.ATTEMPT_FAILED))])
    assert sorted((m.audience.value, m.channel.value) for m in first.messages) == [
        ("shopper", "email"),
        ("shopper", "sms"),
        ("staff", "email"),
    ]
    assert len({m.id for m in first.messages}) == 3
    again = planned([notice(K.FAILED, 5, shown(order("o1"), S.ATTEMPT_FAILED))])
    assert again.messages == first.messages
    assert planned([notice(K.FAILED, 5)], earlier=first.messages).messages == []
    other_history = Plan(Here("z", 2), PEOPLE, MAILED, ())
    other_history.add(notice(K.FAILED, 5))
    assert {m.id for m in other_history.messages}.isdisjoint(m.id for m in first.messages)


def test_the_same_step_is_told_once_until_the_order_begins_anew() -> None:
    """A second courier at the door is no news; after a failed try it is."""
    sent = [replace(m, state=State.SENT) for m in planned([notice(K.AT_DOOR, 5)]).messages]
    assert told(planned([notice(K.AT_DOOR, 6)], earlier=sent)) == []
    anew = shown(order("o1"), S.ATTEMPT_FAILED, S.AT_DROPOFF)
    assert told(planned([notice(K.AT_DOOR, 7, anew)], earlier=sent)) == [("at_door", "sms", "queued")]


def test_one_hold_is_told_once_though_two_events_tell_of_it() -> None:
    """A way that is closed puts an order on hold and says so; a later hold is told again."""
    held = shown(order("o1"), S.HELD)
    first = planned([notice(K.HELD, 5, held), notice(K.HELD, 6, held)])
    assert [m.seq for m in first.messages if m.audience is Audience.SHOPPER] == [5]
    again = shown(held, S.DISPATCHABLE, S.HELD)
    assert ("held", "email", "queued") in told(planned([notice(K.HELD, 9, again)], earlier=first.messages))


def test_what_failed_for_good_does_not_count_as_told() -> None:
    """But nothing is told backwards: an older event than the newest in the log is none any more."""
    failed = [replace(m, state=State.FAILED) for m in planned([notice(K.AT_DOOR, 5)]).messages]
    assert told(planned([notice(K.AT_DOOR, 6)], earlier=failed)) == [("at_door", "sms", "queued")]
    assert told(planned([notice(K.ON_WAY, 4)], earlier=failed)) == [("on_way", "email", "queued")]
    assert told(planned([notice(K.DELIVERED, 4)], earlier=failed)) == [("delivered", "email", "queued")]


def test_a_newer_step_overtakes_what_waits() -> None:
    """In the same batch and in the log; what is claimed or sent stays as it is."""
    both = planned([notice(K.AT_DOOR, 5), notice(K.DELIVERED, 6)])
    assert [each for each in told(both) if each[1] == "sms"] == [
        ("at_door", "sms", Why.OVERTAKEN),
        ("delivered", "sms", "queued"),
    ]
    waiting = planned([notice(K.AT_DOOR, 5)]).messages
    later = planned([notice(K.DELIVERED, 6)], earlier=waiting)
    assert later.overtaken == {waiting[0].id}
    claimed = [replace(waiting[0], state=State.CLAIMED)]
    assert planned([notice(K.DELIVERED, 6)], earlier=claimed).overtaken == set()


def test_each_answer_is_told_and_steps_and_answers_do_not_overtake_each_other() -> None:
    """A second answer replaces one that waits for the morning, and is told after one that was sent."""
    delivered, answered = notice(K.DELIVERED, 5), notice(K.ANSWERED, 6, at_ms=NIGHT_MS)
    night = planned(
        [notice(K.CANCELED, 5, at_ms=NIGHT_MS), answered], rules=replace(QUIET, channels=frozenset({C.EMAIL}))
    )
    assert told(night) == [("canceled", "email", "quiet_hours"), ("answered", "email", "quiet_hours")]
    again = planned([notice(K.ANSWERED, 7, at_ms=NIGHT_MS)], earlier=night.messages)
    assert {each.kind for each in night.messages if each.id in again.overtaken} == {K.ANSWERED}
    sent = [replace(m, state=State.SENT) for m in planned([delivered, notice(K.ANSWERED, 6)]).messages]
    assert told(planned([notice(K.ANSWERED, 8)], earlier=sent)) == [("answered", "email", "queued")]


def test_a_program_hears_what_the_shop_is_to_pay() -> None:
    """With the case's id, kind and cause, and nothing that anybody said."""
    hook = Endpoint("e1", "z", "shop", "https://shop.example.com", "whsec_x", NOON_MS)
    case = Case("k1", CaseKind.COMPENSATION, "o1", "c1", "", 1, 1, text="secret", solution="secret", cause="late")
    case = replace(case, wanted_minor=1_500, compensation_minor=1_200)
    mine = replace(order("o1"), placed_by="shop")
    (message,) = planned([notice(K.ANSWERED, 5, mine, case=case)], Directory({}, (hook,))).messages
    body = json.loads(message.body)
    assert (body["type"], body["data"]["case"]) == (
        "order.answered",
        {"id": "k1", "kind": "compensation", "cause": "late", "wanted_minor": 1_500, "compensation_minor": 1_200},
    )
    assert "secret" not in message.body


def test_a_changed_time_is_measured_from_what_was_told() -> None:
    """Minutes later than the last message said; and never in the place of a step that waits, which says when, too."""

    def moved(seq: int, minutes: int) -> Notice:
        eta_ms = NOON_MS + minutes * MINUTE_MS
        late = replace(order("o1"), eta_at_ms=eta_ms, etas=(EtaNote(NOON_MS, NOON_MS, eta_ms, ""),) * 2)
        return notice(K.DELAYED, seq, late, before_ms=NOON_MS)

    first = planned([moved(5, 4)])
    assert told(first) == [("delayed", "sms", "queued")]
    sent = [replace(m, state=State.SENT) for m in first.messages]
    assert told(planned([moved(6, 6)], earlier=sent)) == []
    assert told(planned([moved(6, 7)], earlier=sent)) == [("delayed", "sms", "queued")]
    assert told(planned([moved(6, -5)], earlier=sent)) == []  # sooner: not worth an SMS
    step = planned([notice(K.AT_DOOR, 5)]).messages
    behind = planned([moved(6, 9)], earlier=step)
    assert (told(behind), behind.overtaken) == ([("delayed", "sms", Why.OVERTAKEN)], set())


def test_at_night_only_what_somebody_waits_for() -> None:
    """The rest waits until the morning; the staff works at night, and programs do not sleep."""
    hook = Endpoint("wh1", "z", "shop", "https://shop.example/hook", "whsec_x", NOON_MS)
    directory = replace(MAILED, endpoints=(hook,))
    failed = replace(shown(order("o1"), S.ATTEMPT_FAILED), placed_by="shop")
    night = planned([notice(K.FAILED, 5, failed, NIGHT_MS)], directory, rules=QUIET)
    due = {(m.audience.value, m.channel.value): (m.due_at_ms, m.reason) for m in night.messages}
    assert due == {
        ("shopper", "sms"): (MORNING_MS, Why.QUIET),
        ("shopper", "email"): (MORNING_MS, Why.QUIET),
        ("account", "webhook"): (NIGHT_MS, ""),
        ("staff", "email"): (NIGHT_MS, ""),
    }
    at_door = shown(failed, S.AT_DROPOFF)
    knocking = planned([notice(K.AT_DOOR, 6, at_door, NIGHT_MS + 1)], directory, night.messages, QUIET)
    assert [(m.channel.value, m.due_at_ms) for m in knocking.messages] == [
        ("sms", NIGHT_MS + 1),
        ("webhook", NIGHT_MS + 1),
    ]
    waited = {m.id for m in night.messages if (m.audience, m.channel) == (Audience.SHOPPER, C.SMS)}
    assert knocking.overtaken == waited


def test_who_opted_out_is_in_the_log_and_nowhere_else() -> None:
    """By the order's link, by an account's own settings, and by the number for every order."""
    off = Directory({order_key("o1"): Contact(email="ada@example.com", off=(C.EMAIL,))})
    marked = replace(order("o1"), phone_mark="m1")
    by_number = replace(off, opted_out=frozenset({("m1", C.SMS)}))
    assert told(planned([notice(K.DELIVERED, 5, marked)], off)) == [
        ("delivered", "sms", "queued"),
        ("delivered", "email", Why.OPTED_OUT),
    ]
    skipped = planned([notice(K.DELIVERED, 5, marked)], by_number).messages
    assert {m.state for m in skipped} == {State.SKIPPED}
    shop = Directory({account_key("shop"): Contact("zh", "shop@example.com", "+86 1", (C.SMS,))})
    held = replace(shown(order("o1"), S.HELD), placed_by="shop")
    of_shop = [m for m in planned([notice(K.HELD, 5, held)], shop).messages if m.audience is Audience.ACCOUNT]
    assert [(m.channel, m.reason, m.lang) for m in of_shop] == [(C.EMAIL, "", "zh"), (C.SMS, Why.OPTED_OUT, "zh")]


def test_webhooks_hear_every_event_they_asked_for_and_nothing_of_a_person() -> None:
    """Only the account's own, only those that are on, each in its own lane; the body has ids and times."""
    hooks = tuple(
        Endpoint(f"wh{n}", "z", account, "https://shop.example", "whsec_x", NOON_MS, kinds, off)
        for n, (account, kinds, off) in enumerate(
            [("shop", (), ""), ("shop", (K.DELIVERED,), ""), ("shop", (), "gone"), ("else", (), "")], 1
        )
    )
    placed = replace(order("o1"), placed_by="shop", ref="R-1")
    plan = planned(
        [notice(K.AT_DOOR, 5, placed), notice(K.AT_DOOR, 6, placed), notice(K.DELIVERED, 7, placed)],
        Directory(endpoints=hooks),
        rules=MessageRules(),
    )
    assert [(m.recipient, m.seq) for m in plan.messages] == [("wh1", 5), ("wh1", 6), ("wh1", 7), ("wh2", 7)]
    assert {m.lane for m in plan.messages} == {"wh1", "wh2"}
    assert '"type":"order.at_door"' in plan.messages[0].body and '"ref":"R-1"' in plan.messages[0].body
    for personal in ("Ada", "+358", "Street"):
        assert personal not in plan.messages[0].body


def test_a_webhook_names_the_claim_that_an_order_was_made_for() -> None:
    """Other orders say nothing of claims."""
    hook = Endpoint("wh1", "z", "shop", "https://shop.example", "whsec_x", NOON_MS)
    made = replace(order("o1"), placed_by="shop", claim_id="k-1")
    notices = [notice(K.DELIVERED, 7, made), notice(K.DELIVERED, 8, replace(made, claim_id=""))]
    bodies = [m.body for m in planned(notices, Directory(endpoints=(hook,)), rules=MessageRules()).messages]
    assert ['"claim_id":"k-1"' in body for body in bodies] == [True, False]


def test_nobody_without_an_address_is_told() -> None:
    """No phone, no contact, no channel: no message; and the staff is known by a mark of its address."""
    silent = replace(order("o1"), dropoff=replace(order("o1").dropoff, phone=""))
    assert told(planned([notice(K.DELIVERED, 5, silent)], Directory())) == []
    assert told(planned([notice(K.DELIVERED, 5)], rules=MessageRules())) == []
    staff = planned([notice(K.HELD, 5, shown(silent, S.HELD))], Directory()).messages
    assert [m.recipient for m in staff] == [staff_mark("desk@example.com")]
