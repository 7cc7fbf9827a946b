"""What a zone's figures count of its offers."""

from dispatch.application.figures import Figures
from dispatch.domain import commands as c
from tests.support.zones import MINUTE_MS, NOON_MS, ask, offered_to_many, plan, planned, zone


def test_offers_are_counted_by_their_end_and_refusals_by_their_reason() -> None:
    """Accepted, taken by somebody faster, lapsed, declined with a known reason and with words of one's own."""
    state = zone(couriers=3, orders=3)
    figures = Figures(state)
    events = []
    ids = offered_to_many(state, ("o1",), "c1", "c2", "c3")
    events += ask(state, c.DeclineOffer("c3", ids[2], "too_far"))
    events += ask(state, c.AcceptOffer("c2", ids[1]))
    ask(state, plan(state, planned(state, "c1", ("o2",)), ttl_ms=MINUTE_MS))
    events += ask(state, c.DeclineOffer("c1", state.orders["o2"].offer_id, "other: my lock is broken"))
    ask(state, plan(state, planned(state, "c1", ("o3",)), ttl_ms=MINUTE_MS))
    events += ask(state, c.PassTime(), NOON_MS + MINUTE_MS)
    for event in events:
        figures.count(event)
    counted = {name: n for name, n in figures.counters.items() if name.startswith("offers_")}
    assert counted == {
        "offers_declined": 2,
        "offers_declined_too_far": 1,
        "offers_declined_other": 1,
        "offers_accepted": 1,
        "offers_taken": 1,
        "offers_lapsed": 1,
    }
