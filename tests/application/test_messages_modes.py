"""What is told of an order that its customer fetches at its depot, or that a carrier takes."""

from dataclasses import replace

from dispatch.application.messaging.table import Audience
from dispatch.application.messaging.texts import message_words
from dispatch.application.push_notices import NOTHING, Notice, NoticeKind, due, known_at, up_to_date
from dispatch.application.push_texts import words
from dispatch.domain import commands as c
from dispatch.domain import mode_commands as m
from dispatch.domain.fulfilment import KEEPS_MS, Mode
from dispatch.domain.order import PreparationStep
from tests.application.test_messages_points import heard, kinds, told
from tests.domain.test_modes import BRING, DHL, PICK_UP, fetched, having, sent
from tests.domain.test_stock import wanting
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given

K = NoticeKind
PACKED = c.ReportPreparation("o1", PreparationStep.PACKED)


def test_the_shopper_is_told_once_it_is_packed_where_until_when_and_with_which_code() -> None:
    """Not when it is placed, and not again when something else is reported."""
    state = having(fetched())
    (ready,) = heard(state, ask(state, PACKED))
    assert ready.kind is K.READY_TO_COLLECT
    assert {("shopper", "sms"), ("shopper", "email"), ("shopper", "wechat")} <= set(told(ready))
    assert words(ready, "en", 0)[1] == "Code 4711, kept until 11-24 12:40 · Depot d1, Market 1"
    assert "取件码 4711" in message_words(Audience.SHOPPER, ready, "zh", 480).text
    assert kinds(state, ask(state, c.ReportPreparation("o1", PreparationStep.PAID))) == []
    assert due(known_at(state.orders["o1"], 1), replace(ready, seq=2)) is None, "who sees the page knows it"


def test_what_was_packed_before_it_lies_there_is_told_when_it_does() -> None:
    """After a hold, and when its customer fetches what a courier was to bring."""
    state = having(wanting("o1"))
    ask(state, PACKED)
    given(state, "c1", "o1")
    assert kinds(state, ask(state, PICK_UP)) == ["ready_to_collect"]
    (notice,) = [Notice(K.READY_TO_COLLECT, state.orders["o1"], 9, NOON_MS)]
    assert up_to_date(notice, state.orders["o1"]) is not None
    ask(state, BRING)
    assert up_to_date(notice, state.orders["o1"]) is None, "a courier brings it by now"


def test_fetched_is_collected_and_what_nobody_fetched_is_told_to_the_shop_too() -> None:
    """A cancel of another kind is told as such."""
    state = having(fetched("o1"), fetched("o2"), fetched("o3"))
    assert kinds(state, ask(state, m.HandOut("o1", "4711"))) == ["collected"]
    assert kinds(state, ask(state, c.CancelOrder("o2", "customer"))) == ["canceled"]
    until_ms = state.orders["o3"].promise_at_ms + KEEPS_MS
    (gone,) = heard(state, ask(state, c.PassTime(), until_ms))
    assert gone.kind is K.NOT_COLLECTED and ("shopper", "sms") in told(gone)
    assert up_to_date(gone, state.orders["o3"]) is not None, "it is told after the end"
    assert words(gone, "en", 0)[0] == "Your order was canceled: nobody fetched it"


def test_a_carrier_has_it_under_its_number() -> None:
    """What could be a link is left out, and what is past is not told."""
    state = having(sent())
    (notice,) = heard(state, ask(state, DHL))
    assert notice.kind is K.WITH_CARRIER and words(notice, "en", 0)[1] == "DHL 00340"
    odd = replace(notice.order, shipment=replace(notice.order.shipment, carrier="evil.example", tracking_number="1"))  # type: ignore[type-var]
    assert "evil" not in message_words(Audience.SHOPPER, replace(notice, order=odd), "en", 0).text
    assert kinds(state, ask(state, m.ReportCarrier("o1", m.CarrierSays.IN_TRANSIT, NOON_MS + MINUTE_MS))) == []
    assert kinds(state, ask(state, m.ReportCarrier("o1", m.CarrierSays.DELIVERED))) == ["delivered"]
    assert up_to_date(notice, state.orders["o1"]) is None
    other = having(sent())
    ask(other, DHL)
    assert kinds(other, ask(other, m.ReportCarrier("o1", m.CarrierSays.RETURNED))) == ["returned"]


def test_a_depot_s_name_that_could_be_a_link_is_not_sent() -> None:
    """The page has it."""
    state = having(fetched())
    (ready,) = heard(state, ask(state, PACKED))
    odd = replace(ready.order, dropoff=replace(ready.order.dropoff, address="see http://evil.example"))
    assert "evil" not in message_words(Audience.SHOPPER, replace(ready, order=odd), "en", 0).text
    assert due(NOTHING, ready) is ready and ready.order.mode is Mode.SELF_PICKUP
