"""Who held which order, in the books of every store, when goods go from one courier straight to another."""

from dispatch.adapters.commits import assignment_changes, numbered
from dispatch.domain import commands as c
from dispatch.domain.commands import StopAction
from dispatch.domain.courier import Duty
from dispatch.domain.geo import Point
from dispatch.domain.zone import ZoneState
from tests.support.stores import ZONE, Store, claimed, committed, decided
from tests.support.zones import courier, depot, order, plan, planned

DONE = StopAction.COMPLETED


def handed_over(state: ZoneState) -> list[c.Command]:
    """The commands by which c2 receives, and c1 gives, what c1 has on board."""
    meet = Point(60.168, 24.938)
    return [
        c.HandOver(("o1",), "c2", "flat tyre", meet),
        c.ReportProgress("c2", "take-o1-1", DONE, 0, order_ids=("o1",)),
        c.ReportProgress("c1", "hand-o1-1", DONE, 0, order_ids=("o1",)),
    ]


def riding() -> tuple[ZoneState, list[c.Command]]:
    """An empty zone, and the commands until c1 has o1 on board and c2 is on duty."""
    state = ZoneState(ZONE)
    commands: list[c.Command] = [c.RegisterDepot(depot("d1"))]
    for courier_id in ("c1", "c2"):
        commands += [c.RegisterCourier(courier(courier_id)), c.SetDuty(courier_id, Duty.AVAILABLE)]
    return state, [*commands, c.CreateOrder(order("o1"))]


async def test_one_assignment_ends_as_the_next_begins(store: Store) -> None:
    """Committed with the event before it or apart, no store sees two active assignments; the order is the taker's."""
    claim = await claimed(store)
    state, commands = riding()
    for n, command in enumerate(commands):
        await committed(store, claim, state, decided(state, f"r{n}", command))
    await committed(store, claim, state, decided(state, "plan", plan(state, planned(state, "c1", ("o1",)))))
    await committed(store, claim, state, decided(state, "got", c.ReportProgress("c1", "pu-o1-1", DONE, 0)))
    for n, command in enumerate(handed_over(state)):
        await committed(store, claim, state, decided(state, f"hand-{n}", command))
    loaded, _, _ = await store.load(ZONE, 0)
    assert (loaded.orders["o1"].courier_id, loaded.orders["o1"].assignment_seq) == ("c2", 2)
    assert loaded.handovers == {}


def test_the_books_say_that_it_was_handed_over() -> None:
    """Within one commit as well: the giver's assignment is over with that outcome, the taker's is open."""
    state, commands = riding()
    outcomes = [decided(state, f"r{n}", command) for n, command in enumerate(commands)]
    outcomes.append(decided(state, "plan", plan(state, planned(state, "c1", ("o1",)))))
    outcomes.append(decided(state, "got", c.ReportProgress("c1", "pu-o1-1", DONE, 0)))
    outcomes += [decided(state, f"hand-{n}", command) for n, command in enumerate(handed_over(state))]
    changes = assignment_changes(numbered(outcomes, 0))
    assert [(a.courier_id, a.assignment_seq, a.outcome) for a in changes.started] == [
        ("c1", 1, "handed_over"),
        ("c2", 2, ""),
    ]
    assert [(end.assignment_seq, end.outcome) for end in changes.endings] == [(1, "handed_over")]
