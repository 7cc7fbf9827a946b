"""Distributors: looked at before they may order, with licences that run out, and a tier that their orders are worth."""

from dataclasses import replace

import pytest

from dispatch.domain import commands as c
from dispatch.domain import distributor_commands as d
from dispatch.domain import distributors
from dispatch.domain import stock_commands as s
from dispatch.domain.distributor import Distributor, Licence, LicenceKind, Standing
from dispatch.domain.order import Line, Order, ProofKind
from dispatch.domain.shelf import Sku
from dispatch.domain.zone import ZoneState
from tests.support.zones import NOON_MS, ask, order, refused, zone

DAY_MS = 24 * 3_600_000
LIQUOR = Licence(LicenceKind.LIQUOR, "L-77", NOON_MS + 10 * DAY_MS)
TRADE = Licence(LicenceKind.BUSINESS, "B-1")


def wish(*licences: Licence, name: str = "Li & Sons") -> d.ApplyAsDistributor:
    return d.ApplyAsDistributor("li", name, "Li Wei", "+8613800138000", licences)


def approved(*licences: Licence, tier: int = 0) -> ZoneState:
    state = zone()
    ask(state, wish(*licences))
    ask(state, d.JudgeDistributor("li", Standing.APPROVED, tier, 250))
    return state


def ordered(order_id: str = "o1", **more: object) -> c.CreateOrder:
    wanted: Order = replace(order(order_id), placed_by="li", **more)  # type: ignore[arg-type]
    return c.CreateOrder(wanted)


def li(state: ZoneState) -> Distributor:
    return state.distributors["li"]


def test_whoever_applies_waits_until_somebody_has_looked() -> None:
    """Then they may order; others, who are no distributors, are not asked."""
    state = zone()
    ask(state, wish(TRADE))
    assert (li(state).standing, li(state).applied_at_ms) == (Standing.APPLIED, NOON_MS)
    assert refused(state, ordered()) == "not_approved"
    ask(state, d.JudgeDistributor("li", Standing.APPROVED, 2, 250), NOON_MS + 1)
    assert (li(state).tier, li(state).commission_minor, li(state).judged_at_ms) == (2, 250, NOON_MS + 1)
    assert ask(state, d.JudgeDistributor("li", Standing.APPROVED, 2, 250)) == [], "a second time changes nothing"
    ask(state, ordered())
    ask(state, c.CreateOrder(replace(order("o2"), placed_by="a shop")))


def test_their_orders_are_worth_what_their_tier_says() -> None:
    """Or more, where they pay for it."""
    state = approved(tier=2)
    for order_id, tier in (("o1", 0), ("o2", 3)):
        ask(state, ordered(order_id, tier=tier))
    assert [state.orders[each].tier for each in ("o1", "o2")] == [2, 3]


@pytest.mark.parametrize("how", ["asked for", "by its goods"])
def test_liquor_needs_a_licence_that_is_good_today(how: str) -> None:
    """Whether the order asks for an age check, or its goods do."""
    state = approved(TRADE)
    ask(state, s.RegisterSkus((Sku("wine", "Wine", age_restricted=True),)))
    ask(state, s.ReceiveStock("d1", (s.StockLine("wine", 10),)))
    adult = {"requires": (ProofKind.AGE,)} if how == "asked for" else {"lines": (Line("wine", 1, sku="wine"),)}
    assert refused(state, ordered(**adult)) == "licence_missing"
    ask(state, ordered("o2"))
    ask(state, wish(TRADE, LIQUOR))
    assert li(state).standing is Standing.APPLIED, "another licence is looked at again"
    ask(state, d.JudgeDistributor("li", Standing.APPROVED))
    ask(state, ordered("o3", **adult))
    with pytest.raises(Exception, match="no liquor licence that is good today"):
        ask(state, ordered("o4", **adult), NOON_MS + 10 * DAY_MS)


def test_news_that_are_no_licences_need_no_second_look() -> None:
    """A new number or name; whoever was refused applies anew, whoever is suspended does not."""
    state = approved(TRADE)
    ask(state, wish(TRADE, name="Li & Daughters"))
    assert (li(state).name, li(state).standing) == ("Li & Daughters", Standing.APPROVED)
    assert ask(state, wish(TRADE, name="Li & Daughters")) == []
    ask(state, d.JudgeDistributor("li", Standing.REFUSED, reason="papers cannot be read"))
    ask(state, wish(TRADE, name="Li & Daughters"))
    assert (li(state).standing, li(state).reason) == (Standing.APPLIED, "")
    ask(state, d.JudgeDistributor("li", Standing.SUSPENDED, reason="unpaid"))
    assert refused(state, wish(TRADE)) == "suspended"
    assert refused(state, ordered()) == "not_approved"


def test_slips_of_the_pen_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing has changed by them."""
    state = approved()
    assert refused(state, d.JudgeDistributor("wang", Standing.APPROVED)) == "unknown_distributor"
    assert refused(state, d.JudgeDistributor("li", Standing.APPLIED)) == "bad_standing"
    assert refused(state, d.JudgeDistributor("li", Standing.REFUSED, reason=" ")) == "reason_missing"
    assert refused(state, d.JudgeDistributor("li", Standing.APPROVED, tier=4)) == "bad_tier"
    assert refused(state, d.JudgeDistributor("li", Standing.APPROVED, commission_minor=-1)) == "bad_tier"
    assert refused(state, wish(name=" ")) == "name_missing"
    assert refused(state, wish(*[TRADE] * 11)) == "too_many_licences"
    monkeypatch.setattr(distributors, "MOST_DISTRIBUTORS", 1)
    assert refused(state, replace(wish(), account="wang")) == "too_many_distributors"
