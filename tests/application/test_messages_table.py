"""The table of messages: whom it tells, in which words, and when people are left alone."""

import string
from dataclasses import replace
from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from dispatch.application.messaging.backoff import JITTER, MAX_TRIES, WEBHOOK_DELAYS_S, next_try_s
from dispatch.application.messaging.quiet import QuietHours, utc_offset_min
from dispatch.application.messaging.table import TABLE, URGENT, Audience, Channel, goes_by, news, template_of
from dispatch.application.messaging.texts import FIELDS, OTHERS, message_words
from dispatch.application.ports import Recorded
from dispatch.application.push_notices import BESIDE_ORDERS, Notice, NoticeKind, notices
from dispatch.domain.case import Case, CaseKind, CaseStatus
from dispatch.domain.events import CaseChanged, OrderChanged
from dispatch.domain.order import Direction, OrderStatus
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, order, zone

K = NoticeKind
SHANGHAI, HELSINKI, NEW_YORK = "Asia/Shanghai", "Europe/Helsinki", "America/New_York"


def notice(kind: NoticeKind, **more: object) -> Notice:
    told = replace(order("o1"), eta_at_ms=NOON_MS + 10 * MINUTE_MS, **more)  # type: ignore[arg-type]
    return Notice(kind, told, 7, NOON_MS)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_step_has_a_row_and_every_row_has_words() -> None:
    """No kind is forgotten, and whoever is told of it finds words in both languages, without holes."""
    assert set(TABLE) == set(NoticeKind)
    for kind, row in ((kind, row) for kind, row in TABLE.items() if kind not in BESIDE_ORDERS):
        for audience in (each for each, channels in row.items() if channels != (Channel.WEBHOOK,)):
            for lang in ("zh-CN", "en"):
                shown = message_words(audience, notice(kind), lang, 480)
                assert shown.subject and "{" not in shown.subject + shown.text, (kind, audience, lang)
                assert set(shown.fields) == {"order", "time", "title", "detail"}


def test_both_languages_have_the_same_fields() -> None:
    """A template that names a field in one language names it in the other; and none that there is not."""
    assert set(OTHERS["en"]) == set(OTHERS["zh"])
    for kind, texts in OTHERS["en"].items():
        for ours, theirs in zip(texts, OTHERS["zh"][kind], strict=True):
            assert placeholders(ours) == placeholders(theirs) <= FIELDS, kind


def test_a_shopper_hears_of_every_step_but_of_what_is_the_shops_business() -> None:
    """And by Web Push of all that they hear of: what is sent there is what the table has."""
    for kind in set(NoticeKind) - BESIDE_ORDERS:
        assert goes_by(kind, Audience.SHOPPER, Channel.WEB_PUSH) == (kind not in (K.RETURNED, K.EXPECTED))
        assert goes_by(kind, Audience.ACCOUNT, Channel.WEBHOOK)
    assert template_of(Audience.SHOPPER, K.AT_DOOR) == "shopper.at_door"


def test_goods_that_are_back_are_news_for_the_shop_only() -> None:
    """Web Push does not hear of it; the table's news have it, and everything that notices have."""
    back = replace(order("o1"), status=OrderStatus.RETURNED)
    state = ZoneState("z")
    recorded = Recorded(3, NOON_MS, "r", "system:test", OrderChanged(back, "returned"))
    assert notices(state, recorded) == ()
    assert [each.kind for each in news(state, recorded)] == [K.RETURNED]
    canceled = replace(recorded, event=OrderChanged(replace(back, status=OrderStatus.CANCELED), "canceled"))
    assert news(state, canceled) == notices(state, canceled) != ()


def test_an_answer_is_told_when_it_is_given() -> None:
    """Not when the case is given to somebody afterwards, nor for an order that the zone does not know."""
    state = zone(orders=1)
    solved = Case("k1", CaseKind.COMPLAINT, "o1", "", "", 1, 1, CaseStatus.SOLVED, solution="x", solved_at_ms=NOON_MS)
    recorded = Recorded(3, NOON_MS, "r", "support:ann", CaseChanged(solved))
    (told,) = news(state, recorded)
    assert (told.kind, told.order.id, told.case) == (K.ANSWERED, "o1", solved)
    assert news(state, replace(recorded, at_ms=NOON_MS + 1)) == ()
    assert news(state, replace(recorded, event=CaseChanged(replace(solved, status=CaseStatus.OPEN)))) == ()
    assert news(ZoneState("z"), recorded) == ()


@pytest.mark.parametrize("ref", ["see http://evil.example", "a\r\nBcc: x@evil.example", "{order}", "x" * 41, "<b>"])
def test_what_is_no_number_is_not_repeated(ref: str) -> None:
    """Neither links nor lines nor braces of a shop's number reach anybody's inbox; a number does."""
    for audience, kind in ((Audience.SHOPPER, K.DELIVERED), (Audience.STAFF, K.HELD)):
        shown = message_words(audience, notice(kind, ref=ref), "en", 0)
        assert ref not in shown.subject + shown.text and ref not in shown.fields.values()
    assert "订单 单-7" in message_words(Audience.STAFF, notice(K.HELD, ref="单-7"), "zh-CN", 0).subject


def test_times_are_told_by_the_zones_clock() -> None:
    """Of Shanghai all year; of a place with summer time as it is that day."""
    assert message_words(Audience.ACCOUNT, notice(K.DELIVERED), "en", 480).text == "Delivered at 20:00."
    winter, summer = (int(datetime(2026, m, 15, tzinfo=ZoneInfo("UTC")).timestamp() * 1000) for m in (1, 7))
    assert [utc_offset_min(ZoneInfo(HELSINKI), at_ms) for at_ms in (winter, summer)] == [120, 180]
    assert utc_offset_min(ZoneInfo(SHANGHAI), summer) == 480
    fetched = message_words(Audience.SHOPPER, notice(K.ASSIGNED, direction=Direction.RETURN), "en", 480)
    assert fetched.subject == "A courier will come for your return"


def at(place: str, text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(place)).timestamp() * 1000)


@pytest.mark.parametrize(
    ("place", "when", "over"),
    [
        (SHANGHAI, "2026-11-29T21:59:59", ""),
        (SHANGHAI, "2026-11-29T22:00", "2026-11-30T08:00"),
        (SHANGHAI, "2026-11-29T23:59:59", "2026-11-30T08:00"),
        (SHANGHAI, "2026-11-30T00:00", "2026-11-30T08:00"),
        (SHANGHAI, "2026-11-30T07:59:59", "2026-11-30T08:00"),
        (SHANGHAI, "2026-11-30T08:00", ""),
        (SHANGHAI, "2026-12-31T23:00", "2027-01-01T08:00"),
        (HELSINKI, "2026-03-28T23:00", "2026-03-29T08:00"),
        (NEW_YORK, "2026-10-31T23:30", "2026-11-01T08:00"),
    ],
)
def test_quiet_hours_over_midnight(place: str, when: str, over: str) -> None:
    """By the zone's clock, over the turn of the year, and in the nights in which clocks are changed."""
    hours = QuietHours.read("22:00-08:00", place)
    assert hours and hours.over_at_ms(at(place, when)) == (at(place, over) if over else 0)


def test_quiet_hours_within_a_day_and_none() -> None:
    """An afternoon's rest ends the same day; none at all, or hours of no length, are never quiet."""
    hours = QuietHours.read("13:00-14:30", SHANGHAI)
    assert hours == QuietHours(time(13), time(14, 30), ZoneInfo(SHANGHAI))
    assert hours.over_at_ms(at(SHANGHAI, "2026-11-29T13:30")) == at(SHANGHAI, "2026-11-29T14:30")
    assert hours.over_at_ms(at(SHANGHAI, "2026-11-29T23:30")) == 0
    assert QuietHours.read("", SHANGHAI) is QuietHours.read("22:00-22:00", SHANGHAI) is None
    with pytest.raises(ValueError, match="10pm"):
        QuietHours.read("10pm-8am", SHANGHAI)
    assert {K.NEAR, K.AT_DOOR, K.DELIVERED} == URGENT


def test_tries_become_rare_and_end() -> None:
    """Each delay is up to a quarter shorter or longer; the other side's wish counts; then it is given up."""
    assert [next_try_s(Channel.SMS, n, 0.5) for n in range(1, MAX_TRIES + 1)] == [5, 20, 80, 320, 1_280, None]
    assert [next_try_s(Channel.WEBHOOK, n, 0.5) for n in range(1, 11)] == [*WEBHOOK_DELAYS_S, None]
    assert next_try_s(Channel.EMAIL, 2, 0.0) == 20 * (1 - JITTER)
    assert 24.9 < (next_try_s(Channel.EMAIL, 2, 0.999) or 0) < 20 * (1 + JITTER)
    assert next_try_s(Channel.WEBHOOK, 1, 0.5, wait_s=60) == 60
