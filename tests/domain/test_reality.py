"""Reality wins: every claim of a courier against every standing of the order, by the table and in any order."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.case import CaseKind
from dispatch.domain.commands import StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.errors import Conflict, DomainError, NotFound
from dispatch.domain.invariants import violations
from dispatch.domain.offer import OfferStatus
from dispatch.domain.order import MAY_FOLLOW, Order, OrderStatus
from dispatch.domain.reality import RULES, Claim, Standing, standing_of
from dispatch.domain.route import StopKind
from dispatch.domain.zone import ZoneState, entity_of
from tests.support.zones import MINUTE_MS, NOON_MS, ask, given, order, plan, planned, progress, zone

ME, OTHER, ORDER = "c1", "c2", "o1"
LATER_MS = NOON_MS + 60 * MINUTE_MS
"""When the phone has a link again: an hour after what it reports."""
PROTOCOL = Path(__file__).parents[2] / "docs" / "protocol.md"
COMPLETED, FAILED = StopAction.COMPLETED, StopAction.FAILED
PICKUP, DROPOFF = StopKind.PICKUP, StopKind.DROPOFF


def claim(claimed: Claim, courier_id: str = ME, stop_id: str = "", at_ms: int = NOON_MS) -> c.ReportProgress:
    """The report of a stop that the zone does not have any more; some claims are known by its name."""
    stop_id = stop_id or {Claim.BROUGHT_BACK: "back-old", Claim.HANDED_OVER: "hand-old"}.get(claimed, "old")
    action = FAILED if claimed is Claim.FAILED else COMPLETED
    kind = PICKUP if claimed is Claim.PICKED_UP else DROPOFF
    return c.ReportProgress(courier_id, stop_id, action, at_ms, "nobody home", (ORDER,), kind)


def done_by(state: ZoneState, courier_id: str, stops: int) -> None:
    """The courier completes the next stops of the route."""
    for _ in range(stops):
        progress(state, courier_id, COMPLETED)


def _free(state: ZoneState) -> None:
    given(state, ME, ORDER)
    ask(state, c.UnassignByHand(ORDER, "taken back"))


def _canceled(state: ZoneState) -> None:
    given(state, ME, ORDER)
    ask(state, c.CancelOrder(ORDER, "customer called"))


def _returning(state: ZoneState) -> None:
    given(state, ME, ORDER)
    done_by(state, ME, 1)
    ask(state, c.CancelOrder(ORDER, "customer called"))


def _returned(state: ZoneState) -> None:
    _returning(state)
    ask(state, c.ResolveAttempt(ORDER, "returned", "back"))


def _given(courier_id: str, stops: int) -> Callable[[ZoneState], None]:
    def prepare(state: ZoneState) -> None:
        given(state, courier_id, ORDER)
        done_by(state, courier_id, stops)

    return prepare


PREPARE: dict[Standing, Callable[[ZoneState], None]] = {
    Standing.MINE_WAITING: _given(ME, 0),
    Standing.MINE_ABOARD: _given(ME, 1),
    Standing.MINE_RETURNING: _returning,
    Standing.FREE: _free,
    Standing.THEIRS_WAITING: _given(OTHER, 0),
    Standing.THEIRS_ABOARD: _given(OTHER, 1),
    Standing.CANCELED: _canceled,
    Standing.DELIVERED_BY_ME: _given(ME, 2),
    Standing.DELIVERED_BY_OTHER: _given(OTHER, 2),
    Standing.RETURNED: _returned,
}
S = OrderStatus
ENDS: dict[tuple[Claim, Standing], tuple[OrderStatus, str]] = {
    (Claim.PICKED_UP, Standing.MINE_WAITING): (S.PICKED_UP, ME),
    (Claim.PICKED_UP, Standing.FREE): (S.PICKED_UP, ME),
    (Claim.PICKED_UP, Standing.THEIRS_WAITING): (S.PICKED_UP, ME),
    (Claim.PICKED_UP, Standing.CANCELED): (S.RETURNING, ME),
    (Claim.DELIVERED, Standing.MINE_WAITING): (S.DELIVERED, ME),
    (Claim.DELIVERED, Standing.MINE_ABOARD): (S.DELIVERED, ME),
    (Claim.DELIVERED, Standing.MINE_RETURNING): (S.DELIVERED, ME),
    (Claim.DELIVERED, Standing.FREE): (S.DELIVERED, ME),
    (Claim.DELIVERED, Standing.THEIRS_WAITING): (S.DELIVERED, ME),
    (Claim.DELIVERED, Standing.THEIRS_ABOARD): (S.DELIVERED, ME),
    (Claim.DELIVERED, Standing.CANCELED): (S.DELIVERED, ME),
    (Claim.FAILED, Standing.MINE_WAITING): (S.ATTEMPT_FAILED, ME),
    (Claim.FAILED, Standing.MINE_ABOARD): (S.ATTEMPT_FAILED, ME),
    (Claim.FAILED, Standing.FREE): (S.ATTEMPT_FAILED, ME),
    (Claim.FAILED, Standing.THEIRS_WAITING): (S.ATTEMPT_FAILED, ME),
    (Claim.FAILED, Standing.CANCELED): (S.RETURNING, ME),
    (Claim.BROUGHT_BACK, Standing.MINE_ABOARD): (S.RETURNED, ME),
    (Claim.BROUGHT_BACK, Standing.MINE_RETURNING): (S.RETURNED, ME),
}
"""Where the order must stand afterwards, and with whom; for the other pairs nothing moves."""


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("claimed", Claim)
def test_every_pair_is_ruled(claimed: Claim, standing: Standing) -> None:
    """The order goes where the goods are, every invariant holds, each courier hears what the table says, and a
    dispatcher gets a case wherever two accounts do not agree.
    """
    state = zone(couriers=2, orders=1)
    PREPARE[standing](state)
    before = state.orders[ORDER]
    assert standing_of(before, ME) is standing
    events = ask(state, claim(claimed), LATER_MS)
    after, ruling = state.orders[ORDER], RULES[claimed, standing]
    assert (after.status, after.courier_id) == ENDS.get((claimed, standing), (before.status, before.courier_id))
    assert violations(state) == []
    assert [case.kind for case in state.cases.values()] == ([ruling.case] if ruling.case else [])
    told = {event.courier_id: event.code for event in events if isinstance(event, e.CourierNoticed)}
    had_other = standing.value.startswith("theirs") or standing is Standing.DELIVERED_BY_OTHER
    assert told.get(ME, "") == ruling.to_claimant
    assert told.get(OTHER, "") == (ruling.to_other if had_other else "")
    if after.courier_id == ME and after.status is S.PICKED_UP:
        assert [s.kind for s in state.route(ME).stops if ORDER in s.order_ids] == [DROPOFF]
    if had_other and ruling.act:
        assert ORDER not in state.route(OTHER).order_ids()


@pytest.mark.parametrize("standing", Standing)
@pytest.mark.parametrize("claimed", Claim)
def test_saying_it_again_changes_nothing_more(claimed: Claim, standing: Standing) -> None:
    """A report that was sent twice under two ids moves the order once, and opens one case."""
    state = zone(couriers=2, orders=1)
    PREPARE[standing](state)
    ask(state, claim(claimed), LATER_MS)
    orders, cases = dict(state.orders), dict(state.cases)
    ask(state, claim(claimed), LATER_MS + 1)
    assert (state.orders, state.cases.keys()) == (orders, cases.keys())


def test_both_clocks_are_kept() -> None:
    """The order's history has the courier's time; the event has it beside the time at which we heard."""
    state = zone(couriers=2, orders=1)
    given(state, OTHER, ORDER)
    events = ask(state, claim(Claim.DELIVERED, at_ms=NOON_MS + 7 * MINUTE_MS), LATER_MS)
    assert state.orders[ORDER].timeline[-1] == (S.DELIVERED, NOON_MS + 7 * MINUTE_MS)
    moved = [event for event in events if isinstance(event, e.OrderChanged)]
    assert {event.device_at_ms for event in moved} == {NOON_MS + 7 * MINUTE_MS}
    case = next(iter(state.cases.values()))
    assert (case.happened_at_ms, case.at_ms) == (NOON_MS + 7 * MINUTE_MS, LATER_MS)


@pytest.mark.parametrize(("device_ms", "kept_ms"), [(LATER_MS + MINUTE_MS, LATER_MS), (1, NOON_MS)])
def test_a_wrong_clock_does_not_bend_history(device_ms: int, kept_ms: int) -> None:
    """A phone that lives in the future, or before the order's last step, is brought back to what can be."""
    state = zone(couriers=1, orders=1)
    given(state, ME, ORDER)
    ask(state, claim(Claim.DELIVERED, at_ms=device_ms), LATER_MS)
    assert state.orders[ORDER].timeline[-1] == (S.DELIVERED, kept_ms)


def test_a_delivery_offline_of_an_order_that_was_given_away() -> None:
    """The whole story: picked up offline, reassigned meanwhile, delivered offline, then both reports arrive."""
    state = zone(couriers=2, orders=2)
    given(state, ME, ORDER)
    pickup, dropoff = (stop.id for stop in state.route(ME).stops)
    ask(state, c.UnassignByHand(ORDER, "phone is away"))
    given(state, OTHER, ORDER, "o2")
    progress(state, OTHER, StopAction.DEPARTED)
    at_ms = NOON_MS + 5 * MINUTE_MS
    ask(state, c.ReportProgress(ME, pickup, COMPLETED, at_ms, order_ids=(ORDER,), kind=PICKUP), LATER_MS)
    ask(state, c.ReportProgress(ME, dropoff, COMPLETED, at_ms + 1, order_ids=(ORDER,), kind=DROPOFF), LATER_MS)
    assert state.orders[ORDER].status is S.DELIVERED
    assert state.route(ME).stops == () and state.route(OTHER).order_ids() == ("o2",)
    assert [case.kind for case in state.cases.values()] == [CaseKind.PICKUP_AFTER_REASSIGN]
    assert violations(state) == []


def test_only_some_of_a_stops_orders_are_still_here() -> None:
    """One report about two orders, of which one has gone to somebody else: each counts by its own rule."""
    state = zone(couriers=2, orders=2)
    given(state, ME, ORDER, "o2")
    stop_id = state.route(ME).stops[0].id
    ask(state, c.UnassignByHand("o2", "too much"))
    given(state, OTHER, "o2")
    ask(state, c.ReportProgress(ME, stop_id, COMPLETED, NOON_MS, "", (ORDER, "o2"), PICKUP), LATER_MS)
    assert {o.status for o in state.orders.values()} == {S.PICKED_UP}
    assert {o.courier_id for o in state.orders.values()} == {ME}
    assert violations(state) == []


def test_what_was_only_offered_is_accepted_by_picking_it_up() -> None:
    """Goods in the bag say more than an answer; the rest of the same offer is the courier's as well."""
    state = zone(couriers=1, orders=2)
    ask(state, plan(state, planned(state, ME, (ORDER, "o2")), ttl_ms=MINUTE_MS))
    offer_id = state.orders[ORDER].offer_id
    ask(state, c.ReportProgress(ME, state.route(ME).stops[0].id, COMPLETED, NOON_MS, "", (ORDER,), PICKUP))
    assert state.offers[offer_id].status is OfferStatus.ACCEPTED
    assert (state.orders[ORDER].status, state.orders["o2"].status) == (S.PICKED_UP, S.ASSIGNED)
    assert violations(state) == []


def test_an_offer_to_another_is_withdrawn_by_the_goods() -> None:
    """An order that somebody else is just being asked for goes to whoever has it in the bag; the held one as well."""
    state = zone(couriers=2, orders=1)
    ask(state, plan(state, planned(state, OTHER, (ORDER,)), ttl_ms=MINUTE_MS))
    ask(state, claim(Claim.PICKED_UP))
    assert state.orders[ORDER].courier_id == ME and state.route(OTHER).stops == ()
    held = zone(couriers=1)
    ask(held, c.CreateOrder(order(ORDER), "address"))
    ask(held, claim(Claim.PICKED_UP))
    assert held.orders[ORDER].status is S.PICKED_UP
    assert violations(state) == violations(held) == []


def test_setting_off_for_what_is_gone_is_no_news() -> None:
    """Only hand-overs count: a departure, an arrival or a failed pickup of an order that is not theirs is refused."""
    state = zone(couriers=2, orders=1)
    given(state, OTHER, ORDER)
    for action, kind in ((StopAction.DEPARTED, PICKUP), (StopAction.ARRIVED, DROPOFF), (FAILED, PICKUP)):
        with pytest.raises(NotFound, match="not on your route"):
            ask(state, c.ReportProgress(ME, "old", action, NOON_MS, "closed", (ORDER,), kind))
    with pytest.raises(NotFound, match="not on your route"):
        ask(state, c.ReportProgress(ME, "old", COMPLETED, NOON_MS))
    with pytest.raises(NotFound, match="no order"):
        ask(state, replace(claim(Claim.DELIVERED), order_ids=("unknown",)))


# --- expiry against accept --------------------------------------------------------------------------------------


def lapsed(orders: int = 1) -> tuple[ZoneState, str]:
    """A zone in which an offer of all orders to `ME` has just lapsed."""
    state = zone(couriers=2, orders=orders)
    order_ids = tuple(f"o{n}" for n in range(1, orders + 1))
    ask(state, plan(state, planned(state, ME, order_ids), ttl_ms=MINUTE_MS))
    offer_id = state.orders[ORDER].offer_id
    ask(state, c.PassTime(), NOON_MS + 2 * MINUTE_MS)
    assert state.offers[offer_id].status is OfferStatus.LAPSED
    return state, offer_id


def test_an_answer_in_time_that_came_late_holds_while_nobody_else_was_asked() -> None:
    """The phone had no link; the orders still wait, so they are the courier's, with stops for all of them."""
    state, offer_id = lapsed(orders=2)
    ask(state, c.AcceptOffer(ME, offer_id, NOON_MS + 1), LATER_MS)
    assert {o.status for o in state.orders.values()} == {S.ASSIGNED}
    assert [(s.kind, s.order_ids) for s in state.route(ME).stops] == [
        (PICKUP, ("o1",)), (PICKUP, ("o2",)), (DROPOFF, ("o1",)), (DROPOFF, ("o2",)),
    ]  # fmt: skip
    assert ask(state, c.AcceptOffer(ME, offer_id, NOON_MS + 1), LATER_MS) == []
    assert violations(state) == []


def test_an_answer_that_came_too_late_is_refused() -> None:
    """It was given after the end; or another courier was asked; or one of the orders is gone; or the shift is over."""
    state, offer_id = lapsed()
    with pytest.raises(Conflict, match="lapsed"):
        ask(state, c.AcceptOffer(ME, offer_id, NOON_MS + MINUTE_MS), LATER_MS)
    ask(state, plan(state, planned(state, OTHER, (ORDER,)), ttl_ms=2 * 60 * MINUTE_MS))
    with pytest.raises(Conflict, match="lapsed"):
        ask(state, c.AcceptOffer(ME, offer_id, NOON_MS + 1), LATER_MS)
    gone, offer_id = lapsed(orders=2)
    ask(gone, c.CancelOrder("o2", "customer called"))
    with pytest.raises(Conflict, match="lapsed"):
        ask(gone, c.AcceptOffer(ME, offer_id, NOON_MS + 1), LATER_MS)
    home, offer_id = lapsed()
    ask(home, c.SetDuty(ME, Duty.OFF_DUTY))
    with pytest.raises(Conflict, match="lapsed"):
        ask(home, c.AcceptOffer(ME, offer_id, NOON_MS + 1), LATER_MS)


# --- any order of events ----------------------------------------------------------------------------------------

DOINGS = st.sampled_from(
    ("give_me", "give_other", "offer_me", "offer_other", "take_back", "cancel", "other_works", "i_work", "lapse")
    + ("claim_pickup", "claim_delivery", "claim_failure") * 2
)


@for_all(st.lists(DOINGS, min_size=1, max_size=14))
def test_whatever_happened_meanwhile_reports_are_taken_in(doings: list[str]) -> None:
    """Plans, cancels, other couriers and late reports in any order: no report of a hand-over is ever refused, every
    step stands in the table, and all invariants hold after each.
    """
    state, clock_ms = zone(couriers=2, orders=1), NOON_MS
    for doing in doings:
        clock_ms += MINUTE_MS
        before = state.orders[ORDER]
        events = _do(state, doing, clock_ms)
        _check_steps(before, events)
        assert violations(state) == []
    ask(state, claim(Claim.DELIVERED), clock_ms)
    assert state.orders[ORDER].status in {S.DELIVERED, S.RETURNED}


def _do(state: ZoneState, doing: str, now_ms: int) -> list[e.Event]:
    if doing.startswith("claim"):
        claims = {
            "claim_pickup": Claim.PICKED_UP, "claim_delivery": Claim.DELIVERED, "claim_failure": Claim.FAILED,
        }  # fmt: skip
        return ask(state, claim(claims[doing], at_ms=now_ms - 30 * MINUTE_MS), now_ms)
    try:
        return ask(state, _command(state, doing, now_ms), now_ms)
    except DomainError:
        return []


def _command(state: ZoneState, doing: str, now_ms: int) -> c.Command:
    who = OTHER if doing.endswith("other") or doing == "other_works" else ME
    if doing.startswith(("give", "offer")):
        return plan(state, planned(state, who, (ORDER,)), ttl_ms=MINUTE_MS if doing.startswith("offer") else 0)
    if doing.endswith("work") or doing.endswith("works"):
        stops = state.route(who).stops
        return c.ReportProgress(who, stops[0].id if stops else "none", COMPLETED, now_ms)
    commands: dict[str, c.Command] = {
        "take_back": c.UnassignByHand(ORDER, "taken back"),
        "cancel": c.CancelOrder(ORDER, "customer called"),
        "lapse": c.PassTime(),
    }
    return commands[doing]


def _check_steps(before: Order, events: list[e.Event]) -> None:
    status = before.status
    for event in events:
        changed = entity_of(event)
        if isinstance(changed, Order) and changed.status is not status:
            assert changed.status in MAY_FOLLOW[status]
            status = changed.status


# --- the documentation ------------------------------------------------------------------------------------------


def test_the_documentation_has_the_same_table() -> None:
    """Each row of the table in docs/protocol.md is one claim; its cells name the case or say that nothing is opened."""
    text = PROTOCOL.read_text(encoding="utf-8")
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `claim:")]
    table = {(cells[0].strip(" `"), cells[1].strip(" `")): [cell.strip(" `") for cell in cells[2:]] for cells in rows}
    assert len(table) == len(RULES) == len(Claim) * len(Standing)
    for (claimed, standing), ruling in RULES.items():
        _, case, claimant, other = table[f"claim:{claimed.value}", standing.value]
        assert (case, claimant, other) == (
            ruling.case.value if ruling.case else "",
            ruling.to_claimant,
            ruling.to_other,
        )
