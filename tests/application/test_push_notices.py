"""What shoppers are told, when, and in which words."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dispatch.application.ports import Recorded
from dispatch.application.push_notices import (
    BESIDE_ORDERS,
    NOTHING,
    Notice,
    NoticeKind,
    Told,
    due,
    known_at,
    newest_due,
    notices,
    told_after,
    up_to_date,
)
from dispatch.application.push_texts import clock_time, words
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.eta import EtaNote
from dispatch.domain.order import Direction, Order, OrderStatus
from dispatch.domain.zone import ZoneState
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, progress, zone

K = NoticeKind


def heard(state: ZoneState, events: Sequence[e.Event], after: int = 0) -> list[tuple[str, str]]:
    """(order, kind) of what these events mean, now that they have happened."""
    found = (
        notices(state, Recorded(after + n, NOON_MS, "r", "system:test", event)) for n, event in enumerate(events, 1)
    )
    return [(notice.order.id, notice.kind.value) for each in found for notice in each]


def told(state: ZoneState, action: c.StopAction, reason: str = "", stop: int = 0) -> list[tuple[str, str]]:
    return heard(state, progress(state, "c1", action, stop, reason))


def test_the_way_of_two_orders_as_their_shoppers_hear_it() -> None:
    """Each step once for each order; the second one hears that there is one stop before it when that becomes true."""
    state = zone(couriers=1, orders=2)
    given(state, "c1", "o1", "o2")
    assert told(state, c.StopAction.DEPARTED) == told(state, c.StopAction.ARRIVED) == []
    collected = told(state, c.StopAction.COMPLETED)
    assert sorted(collected) == [("o1", "on_way"), ("o2", "near"), ("o2", "on_way")]
    assert told(state, c.StopAction.DEPARTED) == [("o2", "near")]
    assert ("o1", "at_door") in told(state, c.StopAction.ARRIVED)
    assert ("o1", "delivered") in told(state, c.StopAction.COMPLETED)
    told(state, c.StopAction.DEPARTED)
    assert ("o2", "failed") in [*told(state, c.StopAction.ARRIVED), *told(state, c.StopAction.FAILED, "nobody home")]


def test_an_assignment_a_hold_and_a_cancel_are_told() -> None:
    """As their events come; what is only the house's business is not."""
    state = zone(couriers=1, orders=2)
    route = [event for event in _given(state) if isinstance(event, e.OrderChanged)]
    assert heard(state, route) == [("o1", "assigned")]
    assert heard(state, ask(state, c.CutOff((("o2", "flooded underpass"),)))) == [("o2", "held"), ("o2", "held")]
    assert heard(state, ask(state, c.CancelOrder("o2", "no"))) == [("o2", "canceled")]
    assert heard(state, ask(state, c.NoteWaiting((("o1", "no courier"),)))) == []


def _given(state: ZoneState) -> list[e.Event]:
    from tests.support.zones import plan, planned

    return ask(state, plan(state, planned(state, "c1", ("o1",))))


def test_a_return_is_fetched_at_the_door() -> None:
    """Its door comes first, and its end is at the shop."""
    state = zone(couriers=1)
    ask(state, c.CreateOrder(replace(order("o1"), direction=Direction.RETURN)))
    given(state, "c1", "o1")
    told(state, c.StopAction.DEPARTED)
    assert told(state, c.StopAction.ARRIVED) == [("o1", "at_door")]
    assert told(state, c.StopAction.COMPLETED) == [("o1", "on_way")]
    told(state, c.StopAction.DEPARTED)
    assert told(state, c.StopAction.ARRIVED) == []
    assert told(state, c.StopAction.COMPLETED) == [("o1", "delivered")]


def coming(eta_min: int, *before_min: int, cause: str = "traffic", **more: object) -> Order:
    """An order on its way that arrives so many minutes after noon, as it was told before."""
    etas = tuple(EtaNote(NOON_MS, NOON_MS + m * MINUTE_MS, NOON_MS, cause) for m in (*before_min, eta_min))
    times = {"eta_at_ms": etas[-1].eta_at_ms, "eta_late_at_ms": etas[-1].eta_at_ms + 7 * MINUTE_MS}
    return replace(order("o1"), courier_id="c1", status=OrderStatus.PICKED_UP, etas=etas, **times, **more)


def moved(eta_min: int, *before_min: int, seq: int = 5) -> Notice:
    found = notices(
        ZoneState("test"), Recorded(seq, NOON_MS, "r", "a", e.EtaChanged(coming(eta_min, *before_min), "x"))
    )
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(
    ("eta_min", "told_min", "kind"),
    [(27, 24, K.DELAYED), (26, 24, None), (19, 24, K.SOONER), (20, 24, None), (27, 0, K.DELAYED)],
)
def test_a_time_is_news_when_it_moved_by_minutes_from_what_was_told(
    eta_min: int, told_min: int, kind: NoticeKind | None
) -> None:
    """Small steps add up until they are worth a word; who was told nothing yet saw the time before."""
    known = Told(eta_at_ms=told_min and NOON_MS + told_min * MINUTE_MS)
    found = due(known, moved(eta_min, 24))
    assert (found and found.kind) == kind


def test_the_first_time_is_no_change() -> None:
    """And neither is one that nobody rides for."""
    event = e.EtaChanged(coming(24), "plan")
    assert notices(ZoneState("test"), Recorded(1, NOON_MS, "r", "a", event)) == ()
    unassigned = e.EtaChanged(replace(coming(30, 24), courier_id=""), "queue")
    assert notices(ZoneState("test"), Recorded(1, NOON_MS, "r", "a", unassigned)) == ()


def step(kind: NoticeKind, seq: int = 5, of: Order | None = None) -> Notice:
    return Notice(kind, of or coming(24), seq, NOON_MS)


def test_a_step_is_told_once_and_again_after_a_failure() -> None:
    """A reassignment or a detour repeats the status, and nobody is told again."""
    known = told_after(NOTHING, step(K.ON_WAY))
    assert due(known, step(K.ON_WAY, 9)) is None and due(known, step(K.NEAR, 5)) is None
    failed = told_after(known, step(K.FAILED, 9))
    assert due(failed, step(K.FAILED, 10)) and due(failed, step(K.ON_WAY, 10))


def test_of_several_the_newest_replaces_the_others_but_a_time_does_not_replace_a_step() -> None:
    """The step says when anyway."""
    both = [step(K.ASSIGNED, 5), moved(30, 24, seq=6)]
    assert newest_due(NOTHING, both) is both[0]
    steps = [step(K.AT_DOOR, 5), step(K.DELIVERED, 6)]
    assert newest_due(NOTHING, steps) is steps[1]
    assert newest_due(Told(seq=6), steps) is None


def test_who_sees_the_page_knows_what_it_shows() -> None:
    """A browser that signs up late is not told what happened before."""
    state = zone(couriers=1, orders=1)
    given(state, "c1", "o1")
    for action in (c.StopAction.DEPARTED, c.StopAction.ARRIVED, c.StopAction.COMPLETED):
        progress(state, "c1", action)
    known = known_at(state.orders["o1"], 40)
    assert (known.seq, set(known.kinds)) == (40, {"assigned", "on_way"})
    assert known.eta_at_ms == state.orders["o1"].eta_at_ms > 0


def test_a_notice_says_what_is_known_by_now() -> None:
    """The arrival that came with the same plan; and nothing of the way once it is over."""
    fresh = up_to_date(step(K.ASSIGNED, of=replace(order("o1"))), coming(30))
    assert fresh and fresh.order.eta_at_ms == NOON_MS + 30 * MINUTE_MS
    over = replace(coming(30), status=OrderStatus.DELIVERED)
    assert up_to_date(step(K.NEAR), over) is None
    assert up_to_date(step(K.DELIVERED), over) and up_to_date(step(K.NEAR), None)


@pytest.mark.parametrize(
    ("notice", "lang", "said"),
    [
        (step(K.ON_WAY), "en", ("Your order is on its way", "Arrives 20:24–20:31")),
        (step(K.ON_WAY), "zh-CN", ("您的订单正在配送", "预计 20:24–20:31 送达")),
        (step(K.NEAR, of=coming(24, ref="R-7")), "en", ("One stop before you", "Arrives 20:24–20:31 · Order R-7")),
        (step(K.AT_DOOR), "zh", ("骑手已到门口", "")),
        (
            step(K.DELAYED, of=coming(31, 24)),
            "en",
            ("Your order comes later", "Arrives 20:31–20:38 · because of traffic"),
        ),
        (
            step(K.HELD, of=coming(24, cut_off="flood")),
            "en",
            ("Your order is on hold", "The way is closed just now; it goes on by itself."),
        ),
        (
            step(K.ON_WAY, of=coming(24, direction=Direction.RETURN)),
            "en",
            ("The courier has your return", ""),
        ),
        (
            step(K.ASSIGNED, of=coming(24, direction=Direction.RETURN)),
            "zh",
            ("骑手将上门取件", "骑手预计 20:24–20:31 到"),
        ),
    ],
)
def test_words(notice: Notice, lang: str, said: tuple[str, str]) -> None:
    """In the reader's language and by their clock, eight hours ahead of UTC."""
    assert words(notice, lang, 480) == said


def test_every_kind_has_words_in_both_languages() -> None:
    """Also for returns, and never the ids of our side."""
    for kind in set(NoticeKind) - BESIDE_ORDERS:
        for direction in Direction:
            for lang in ("en", "zh"):
                title, body = words(step(kind, of=coming(24, direction=direction)), lang, 0)
                assert title and "o1" not in title + body and "c1" not in title + body


def test_clocks_west_of_greenwich() -> None:
    """Half hours too, over midnight."""
    assert clock_time(0, -210) == "20:30" and clock_time(0, 330) == "05:30"
