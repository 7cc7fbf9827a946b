"""What is told of an order that is collected at a pickup point, and to whom."""

from dataclasses import replace

from dispatch.application.messaging.planning import Here, MessageRules, Plan
from dispatch.application.messaging.ports import Contact, Directory, account_key, order_key
from dispatch.application.messaging.table import Audience, Channel, news
from dispatch.application.messaging.texts import message_words
from dispatch.application.ports import Recorded
from dispatch.application.push_notices import Notice, NoticeKind, up_to_date
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain import point_commands as p
from dispatch.domain.collection import CollectionState
from dispatch.domain.zone import ZoneState
from tests.domain.test_points import POINT, at_point, for_point, wait
from tests.domain.test_stock import stocked
from tests.support.zones import NOON_MS, ask, given, progress

K = NoticeKind
_SHOPPER, _LEADER = Audience.SHOPPER, Audience.LEADER
RULES = MessageRules(frozenset({Channel.SMS, Channel.EMAIL, Channel.WECHAT}), "en")
PEOPLE = Directory(
    {
        order_key("o1"): Contact("en", "ada@example.com"),
        account_key("li"): Contact("zh-CN", "li@example.com", "+8613800138000"),
    }
)


def heard(state: ZoneState, events: list[e.Event]) -> list[Notice]:
    told = (news(state, Recorded(n, NOON_MS, "", "", event)) for n, event in enumerate(events, 1))
    return [notice for each in told for notice in each]


def kinds(state: ZoneState, events: list[e.Event]) -> list[str]:
    return [notice.kind.value for notice in heard(state, events)]


def told(notice: Notice) -> list[tuple[str, str]]:
    plan = Plan(Here("z", 1), RULES, PEOPLE, ())
    plan.add(notice)
    return sorted((message.audience.value, message.channel.value) for message in plan.messages)


def test_the_leader_hears_of_each_order_for_the_point() -> None:
    """In their own language and by their own address; nobody else is told that it was placed."""
    state = stocked()
    ask(state, p.RegisterPoint(POINT))
    (notice,) = heard(state, ask(state, c.CreateOrder(for_point("o1"))))
    assert notice.kind is K.EXPECTED
    assert told(notice) == [("leader", "email"), ("leader", "wechat")]


def test_the_shopper_is_told_where_it_lies_with_the_code() -> None:
    """Not that a courier is near, or at a door that is not theirs."""
    state = stocked()
    ask(state, p.RegisterPoint(POINT))
    ask(state, c.CreateOrder(for_point("o1")))
    given(state, "c1", "o1")
    heard_of: list[str] = []
    for _ in range(2):
        for action in (c.StopAction.ARRIVED, c.StopAction.COMPLETED):
            heard_of += kinds(state, progress(state, "c1", action))
    assert heard_of == ["on_way", "at_point"]
    lying = Notice(K.AT_POINT, state.orders["o1"], 9, NOON_MS)
    assert ("shopper", "sms") in told(lying) and ("leader", "wechat") in told(lying)
    words = [message_words(told_to, lying, lang, 480).text for told_to, lang in ((_SHOPPER, "en"), (_SHOPPER, "zh"))]
    assert all("123451" in text for text in words) and "11-24 00:00" not in words[0]
    assert "123451" not in message_words(_LEADER, lying, "en", 480).text, "the code is the customer's"


def test_what_nobody_collected_is_told_and_forgotten_once_somebody_did() -> None:
    """To whoever may still fetch it; and no more when they have."""
    state = at_point("o1")
    (notice,) = [each for each in heard(state, wait(state, 4)) if each.kind is K.UNCOLLECTED]
    assert ("shopper", "sms") in told(notice)
    assert up_to_date(notice, state.orders["o1"]) is not None
    events = ask(state, p.CollectOrder("gate", "o1", "123451"))
    assert kinds(state, events) == ["canceled", "collected"], "the way back is canceled, which has no shopper"
    assert up_to_date(notice, state.orders["o1"]) is None
    lay = replace(notice, kind=K.AT_POINT)
    assert up_to_date(lay, state.orders["o1"]) is None
    there = state.orders["o1"].collection
    assert there and there.state is CollectionState.COLLECTED
