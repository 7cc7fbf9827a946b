"""What every zone store promises, in memory, in SQLite and in PostgreSQL alike."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.application.courier_facts import told_to
from dispatch.application.ports import Claim, FenceLost, Outcome, Reply, Request, StoreConflict
from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.courier import Duty
from dispatch.domain.errors import NotFound
from dispatch.domain.offer import OfferStatus
from dispatch.domain.order import OrderStatus
from dispatch.domain.order_message import Party
from dispatch.domain.route import StopKind
from dispatch.domain.zone import ZoneState
from tests.support import zones
from tests.support.stores import ZONE, Store, claimed, committed, decided
from tests.support.zones import MINUTE_MS, NOON_MS, courier, depot, order, planned

FRESH = itertools.count(1)


async def opened(store: Store, couriers: int = 2) -> tuple[Claim, ZoneState]:
    """The zone, claimed, with depot d1 and couriers on duty."""
    claim, state = await claimed(store), ZoneState(ZONE)
    outcomes = [decided(state, "depot", c.RegisterDepot(depot("d1")))]
    for n in range(1, couriers + 1):
        outcomes.append(decided(state, f"hire-{n}", c.RegisterCourier(courier(f"c{n}"))))
        outcomes.append(decided(state, f"duty-{n}", c.SetDuty(f"c{n}", Duty.AVAILABLE)))
    await committed(store, claim, state, *outcomes)
    return claim, state


def note(request_id: str, text: str = "") -> Outcome:
    """The smallest outcome: one event, which changes no entity."""
    request = Request(request_id, "staff:ann", c.PassTime())
    return Outcome(request, NOON_MS, (e.Overridden("note", "", "", text),), Reply(True, result={"text": text}))


# --- ownership -------------------------------------------------------------------------------------------------


async def test_a_held_zone_is_not_given_away(store: Store) -> None:
    """While the lease lasts nobody else gets the zone; its holder may claim it anew, with a higher fence."""
    first = await claimed(store, "writer-1")
    assert await store.claim(ZONE, "writer-2", 60) is None
    again = await claimed(store, "writer-1")
    assert again.fence > first.fence
    assert (again.stream_epoch, again.head) == (first.stream_epoch, 0)


async def test_a_zone_is_free_when_its_lease_is_over(store: Store) -> None:
    """The next writer gets a higher fence, and the old claim can neither be renewed nor used."""
    old = await claimed(store, "writer-1", lease_s=0.02)
    await asyncio.sleep(0.05)
    new = await claimed(store, "writer-2")
    assert new.fence > old.fence
    assert not await store.renew(old, 60)
    with pytest.raises(FenceLost):
        await store.commit(old, [note("r1")], (), 0)
    assert await store.commit(new, [note("r1")], (), 0) == 1


async def test_a_renewed_lease_lasts(store: Store) -> None:
    """Renewing keeps the zone past the end of the first lease."""
    claim = await claimed(store, "writer-1", lease_s=0.05)
    assert await store.renew(claim, 60)
    await asyncio.sleep(0.1)
    assert await store.claim(ZONE, "writer-2", 60) is None


async def test_a_released_zone_is_free_at_once(store: Store) -> None:
    """And what was released cannot be renewed; a release by somebody who lost the zone changes nothing."""
    old = await claimed(store, "writer-1")
    await store.release(old)
    assert not await store.renew(old, 60)
    await claimed(store, "writer-2")
    await store.release(old)
    assert await store.claim(ZONE, "writer-3", 60) is None


async def test_only_one_of_many_gets_a_free_zone(store: Store) -> None:
    """Writers that start together do not share a zone."""
    claims = await asyncio.gather(*(store.claim(ZONE, f"writer-{n}", 60) for n in range(5)))
    assert len([claim for claim in claims if claim]) == 1


async def test_an_unknown_zone_is_said_to_be_unknown(store: Store) -> None:
    """Nothing can be claimed, loaded or asked of it, and asking after it harms nothing."""
    assert await store.claim("nowhere", "writer-1", 60) is None
    assert await store.stream_head("nowhere") == (0, 0)
    assert list(await store.events("nowhere", 0, 10)) == []
    with pytest.raises(NotFound):
        await store.load("nowhere", 0)
    with pytest.raises(NotFound):
        await store.submit("nowhere", [Request("r1", "staff:ann", c.PassTime())])


async def test_zones_are_made_once(store: Store) -> None:
    """Making a zone again leaves it as it is."""
    claim = await claimed(store)
    await store.commit(claim, [note("r1")], (), 3)
    await store.ensure_zone(ZONE)
    await store.ensure_zone("another")
    assert list(await store.zones()) == ["another", ZONE]
    assert await store.stream_head(ZONE) == (claim.stream_epoch, 1)


# --- the sequence ----------------------------------------------------------------------------------------------


async def test_events_are_numbered_without_a_gap(store: Store) -> None:
    """Several outcomes share a commit; each event has its place, its request and its actor."""
    claim = await claimed(store)
    own = Outcome(None, NOON_MS + 1, (e.Overridden("own", "", "", ""),), Reply(True))
    assert await store.commit(claim, [note("r1"), own, note("r2")], (), 0) == 3
    assert await store.commit(claim, [note("r3")], (), 0) == 4
    assert [(r.seq, r.request_id, r.actor) for r in await store.events(ZONE, 0, 10)] == [
        (1, "r1", "staff:ann"),
        (2, "", "system:zone"),
        (3, "r2", "staff:ann"),
        (4, "r3", "staff:ann"),
    ]


async def test_events_come_in_pages(store: Store) -> None:
    """From after a sequence, at most so many, in order."""
    claim = await claimed(store)
    await store.commit(claim, [note(f"r{n}") for n in range(10)], (), 0)
    assert [r.seq for r in await store.events(ZONE, 3, 4)] == [4, 5, 6, 7]
    assert [r.seq for r in await store.events(ZONE, 8, 4)] == [9, 10]
    assert list(await store.events(ZONE, 10, 4)) == []


async def test_events_of_one_type_come_without_the_others(store: Store) -> None:
    """For who needs nothing else: in order, in pages, in their places of the whole history."""
    claim, state = await opened(store)
    for number in (1, 2):
        await committed(store, claim, state, decided(state, f"o{number}", c.CreateOrder(order(f"o{number}"))))
    whole = await store.events(ZONE, 0, 100)
    created = [each for each in whole if isinstance(each.event, e.OrderCreated)]
    assert len(created) == 2 < len(whole)
    assert list(await store.events(ZONE, 0, 100, only=e.OrderCreated)) == created
    assert list(await store.events(ZONE, 0, 1, only=e.OrderCreated)) == created[:1]
    assert list(await store.events(ZONE, created[0].seq, 9, only=e.OrderCreated)) == created[1:]


async def test_writers_that_fight_for_a_zone_leave_no_gap(store: Store) -> None:
    """Six writers steal the zone from each other all the time, while a reader follows by `seq > last`.

    The reader never misses an event, fences only rise, and of each request exactly one commit stands.
    """
    wrote: list[str] = []
    fences: list[int] = []

    async def write(writer: int) -> None:
        for n in range(8):
            claim = await store.claim(ZONE, "the same holder, so that the lease does not protect", 60)
            assert claim is not None
            await asyncio.sleep(0)
            try:
                await store.commit(claim, [note(f"{writer}-{n}-{k}") for k in range(3)], (), 0)
            except FenceLost:
                continue
            wrote.extend(f"{writer}-{n}-{k}" for k in range(3))
            fences.append(claim.fence)

    async def read() -> list[str]:
        seen: list[str] = []
        while not writing.done() or (await store.stream_head(ZONE))[1] > len(seen):
            for recorded in await store.events(ZONE, len(seen), 7):
                assert recorded.seq == len(seen) + 1
                seen.append(recorded.request_id)
            await asyncio.sleep(0)
        return seen

    writing = asyncio.gather(*(write(n) for n in range(6)))
    seen = await read()
    await writing
    assert Counter(seen) == Counter(wrote)
    assert wrote
    assert len(set(fences)) == len(fences)


# --- requests and replies --------------------------------------------------------------------------------------


async def test_a_submitted_request_waits_until_it_is_answered(store: Store) -> None:
    """Oldest first, each once; the reply is there from the commit on."""
    claim = await claimed(store)
    requests = [Request(f"r{n}", "courier:c1", c.CancelOrder(f"o{n}", "test")) for n in (2, 1, 3)]
    await store.submit(ZONE, requests)
    await store.submit(ZONE, requests[:1])
    assert list(await store.inbox(ZONE, 2)) == requests[:2]
    await store.commit(claim, [Outcome(requests[0], NOON_MS, (), Reply(False, "unknown_order", "No."))], (), 0)
    assert list(await store.inbox(ZONE, 5)) == requests[1:]
    assert await store.replies(ZONE, ["r1", "r2", "r9"]) == {"r2": Reply(False, "unknown_order", "No.")}


async def test_what_waits_is_counted_so_far(store: Store) -> None:
    """Up to a number: a look at a full inbox costs no more than at one that is about to be."""
    await store.submit(ZONE, [Request(f"r{n}", "staff:ann", c.RegisterDepot(depot(f"d{n}"))) for n in range(3)])
    assert [await store.backlog(ZONE, most) for most in (1, 3, 9)] == [1, 3, 3]
    await store.commit(await claimed(store), [note("r1")], (), 0)
    assert await store.backlog(ZONE, 9) == 2


async def test_a_request_of_the_same_process_needs_no_submit(store: Store) -> None:
    """It enters the inbox together with its reply, and a late submit of it does not open it again."""
    claim = await claimed(store)
    await store.commit(claim, [note("r1", "hello")], (), 0)
    await store.submit(ZONE, [Request("r1", "staff:ann", c.PassTime())])
    assert list(await store.inbox(ZONE, 5)) == []
    assert await store.replies(ZONE, ["r1"]) == {"r1": Reply(True, result={"text": "hello"})}


async def test_an_answered_request_cannot_take_effect_again(store: Store) -> None:
    """Even a writer that forgot to ask first changes nothing: the whole commit is refused, the first reply stands."""
    claim = await claimed(store)
    await store.commit(claim, [note("r1", "first")], (), 1)
    with pytest.raises(StoreConflict):
        await store.commit(claim, [note("r2"), note("r1", "second")], (order("o1"),), 2)
    assert await store.stream_head(ZONE) == (claim.stream_epoch, 1)
    assert await store.find_order("o1") is None
    assert await store.replies(ZONE, ["r1", "r2"]) == {"r1": Reply(True, result={"text": "first"})}
    assert await store.commit(claim, [note("r2")], (), 2) == 2


async def test_a_request_decided_by_two_writers_counts_once(store: Store) -> None:
    """The old writer wakes up after a takeover and commits what the new one has answered: it only loses its fence."""
    old = await claimed(store, "writer-1", lease_s=0)
    new = await claimed(store, "writer-2")
    results = await asyncio.gather(
        store.commit(old, [note("r1", "old")], (), 0),
        store.commit(new, [note("r1", "new")], (), 0),
        return_exceptions=True,
    )
    assert isinstance(results[0], FenceLost)
    assert results[1] == 1
    assert await store.replies(ZONE, ["r1"]) == {"r1": Reply(True, result={"text": "new"})}


# --- state -----------------------------------------------------------------------------------------------------

STEPS = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 4), st.integers(0, 2)), min_size=30, max_size=40)


def command_of(state: ZoneState, name: str, step: tuple[int, int, int]) -> c.Command:
    """A command of some kind about what there is; whether it makes sense is for `apply` to say."""
    kind, n, m = step
    courier_id = list(state.couriers)[m]
    waiting = tuple(o.id for o in state.orders.values() if o.status is OrderStatus.DISPATCHABLE)[:n]
    known = some(state.orders, n)
    stop_id = state.route(courier_id).stops[0].id if state.route(courier_id).stops else "none"
    offer_id = some([o.id for o in state.offers.values() if o.status is OfferStatus.OPEN], n)
    of_offer = state.offers[offer_id].courier_id if offer_id in state.offers else courier_id
    new = replace(order(name), track_hash=f"hash of {name}")
    return {
        0: lambda: c.CreateOrder(new),
        1: lambda: c.CreateOrder(new, "review" if n else ""),
        2: lambda: zones.plan(state, planned(state, courier_id, waiting), ttl_ms=15_000),
        3: lambda: zones.plan(state, planned(state, courier_id, waiting)),
        4: lambda: c.AcceptOffer(of_offer, offer_id),
        5: lambda: c.DeclineOffer(of_offer, offer_id, "far"),
        6: lambda: c.ReportProgress(courier_id, stop_id, c.StopAction.ARRIVED, NOON_MS),
        7: lambda: c.ReportProgress(courier_id, stop_id, c.StopAction.COMPLETED, NOON_MS),
        8: lambda: c.ReportProgress(courier_id, stop_id, list(c.StopAction)[n % 4], NOON_MS, "closed"),
        9: lambda: c.CancelOrder(known, "test"),
        10: lambda: c.SetDuty(courier_id, list(Duty)[n % 4]),
        11: lambda: c.UnassignByHand(known, "test"),
    }[kind]()


def some(ids: Iterable[str], n: int) -> str:
    """One of these ids, or one that is unknown."""
    held = list(ids)
    return held[n % len(held)] if held else "none"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, batch=st.integers(1, 6))
async def test_a_loaded_zone_is_the_zone_that_was_written(
    store: Store, steps: list[tuple[int, int, int]], batch: int
) -> None:
    """Whatever happens in whatever batches, a new writer finds the state, the head and the replies of the old one."""
    zone_id = f"zone-{next(FRESH)}"
    await store.ensure_zone(zone_id)
    claim = await store.claim(zone_id, "writer-1", 60)
    assert claim is not None
    state = ZoneState(zone_id)
    setup = [c.RegisterDepot(depot("d1")), *(c.RegisterCourier(courier(f"c{n}")) for n in (1, 2, 3))]
    outcomes = [decided(state, f"setup-{n}", command) for n, command in enumerate(setup)]
    head = await committed(store, claim, state, *outcomes)
    for start in range(0, len(steps), batch):
        made = [
            decided(state, f"r{n}", command_of(state, f"{zone_id}-{n}", step), NOON_MS + n * 1000)
            for n, step in enumerate(steps[start : start + batch], start)
        ]
        outcomes += made
        head = await committed(store, claim, state, *made)
    loaded, epoch, loaded_head = await store.load(zone_id, 0)
    assert loaded == state
    assert (epoch, loaded_head) == (claim.stream_epoch, head)
    assert [r.event for r in await store.events(zone_id, 0, 1000)] == [v for o in outcomes for v in o.events]
    answers = {o.request.id: o.reply for o in outcomes if o.request}
    assert await store.replies(zone_id, list(answers)) == answers


async def test_old_finished_orders_stay_in_the_store_but_not_in_the_state(store: Store) -> None:
    """`load` brings what is unfinished and what ended after the given moment; the rest can still be found."""
    claim, state = await opened(store)
    await committed(
        store,
        claim,
        state,
        decided(state, "1", c.CreateOrder(order("old"))),
        decided(state, "2", c.CreateOrder(order("young"))),
        decided(state, "3", c.CreateOrder(order("open"))),
        decided(state, "4", c.CancelOrder("old", "test"), NOON_MS),
        decided(state, "5", c.CancelOrder("young", "test"), NOON_MS + MINUTE_MS),
    )
    loaded, _, _ = await store.load(ZONE, NOON_MS + 1)
    assert set(loaded.orders) == {"young", "open"}
    assert await store.find_order("old") == (ZONE, state.orders["old"])


# --- constraints -----------------------------------------------------------------------------------------------


async def test_an_order_cannot_have_two_active_assignments(store: Store) -> None:
    """A writer with a wrong memory gives an order away twice: the store refuses, and nothing of it was written."""
    claim, state = await opened(store)
    await committed(store, claim, state, decided(state, "order", c.CreateOrder(order("o1"))))
    head = await committed(
        store, claim, state, decided(state, "plan", zones.plan(state, planned(state, "c1", ("o1",))))
    )
    twice = replace(state.orders["o1"], courier_id="c2")
    wrong = Outcome(None, NOON_MS, (e.OrderChanged(twice, "assigned"),), Reply(True))
    with pytest.raises(StoreConflict):
        await store.commit(claim, [wrong], (twice,), state.plan_version)
    assert await store.stream_head(ZONE) == (claim.stream_epoch, head)
    assert await store.find_order("o1") == (ZONE, state.orders["o1"])


async def test_an_order_may_change_hands_within_a_commit(store: Store) -> None:
    """Declined by one and given to the next in the same transaction is no double assignment."""
    claim, state = await opened(store)
    await committed(
        store,
        claim,
        state,
        decided(state, "order", c.CreateOrder(order("o1"))),
        decided(state, "first", zones.plan(state, planned(state, "c1", ("o1",)), ttl_ms=15_000)),
        decided(state, "no", c.DeclineOffer("c1", f"of-{state.plan_version}-c1", "far")),
        decided(state, "second", zones.plan(state, planned(state, "c2", ("o1",)))),
    )
    loaded, _, _ = await store.load(ZONE, 0)
    assert loaded.orders["o1"].courier_id == "c2"


async def test_order_ids_and_tracking_links_are_unique_over_all_zones(store: Store) -> None:
    """One zone never overwrites the order of another."""
    claim = await claimed(store)
    await store.ensure_zone("another")
    other = await store.claim("another", "writer-1", 60)
    assert other is not None
    await store.commit(claim, [note("r1")], (replace(order("o1"), track_hash="abc"),), 0)
    for entity in (order("o1"), replace(order("o2"), track_hash="abc")):
        with pytest.raises(StoreConflict):
            await store.commit(other, [note("r2")], (entity,), 0)
    assert await store.order_by_track("abc") == (ZONE, "o1")
    assert await store.stream_head("another") == (other.stream_epoch, 0)


# --- looking things up -----------------------------------------------------------------------------------------


async def test_orders_are_found_by_id_by_link_and_in_pages(store: Store) -> None:
    """Pages go by id, byte by byte on every database; an empty link belongs to nobody."""
    claim = await claimed(store)
    names = ["o-1", "o-10", "O-2", "o-2", "oé"]
    made = [replace(order(name), track_hash=f"hash of {name}") for name in names]
    made[3] = replace(made[3], status=OrderStatus.HELD)
    await store.commit(claim, [note("r1")], (*made, order("untracked")), 0)
    assert [o.id for o in await store.list_orders(ZONE, "", "", 3)] == ["O-2", "o-1", "o-10"]
    assert [o.id for o in await store.list_orders(ZONE, "", "o-10", 9)] == ["o-2", "oé", "untracked"]
    assert [o.id for o in await store.list_orders(ZONE, "held", "", 9)] == ["o-2"]
    assert await store.order_by_track("hash of o-2") == (ZONE, "o-2")
    assert await store.order_by_track("") is None
    assert await store.find_order("o-99") is None
    several = await store.find_orders(["o-10", "o-99", "O-2"])
    assert several == {order.id: order for order in made[1:3]}


async def test_session_generations_only_rise(store: Store) -> None:
    """Each courier counts alone, and callers at the same time get different numbers."""
    got = await asyncio.gather(*(store.next_generation("c1") for _ in range(8)))
    assert len(set(got)) == 8
    assert await store.next_generation("c1") > max(got)
    assert await store.next_generation("c2") >= 1


# --- what couriers and dispatchers look up ---------------------------------------------------------------------


async def test_what_a_courier_was_told_is_found_by_the_courier(store: Store) -> None:
    """Every event that concerns the phone, in order, after a place and up to a limit; nothing of anybody else's."""
    claim, state = await opened(store)
    await committed(store, claim, state, decided(state, "o1", c.CreateOrder(order("o1"))))
    await committed(store, claim, state, decided(state, "plan", zones.plan(state, planned(state, "c1", ("o1",)))))
    await committed(store, claim, state, decided(state, "break", c.SetDuty("c2", Duty.ON_BREAK)))
    told = await store.events_told(ZONE, "c1", 0, 100)
    assert [type(each.event) for each in told] == [e.DutyChanged, e.OrderChanged, e.RouteChanged]
    whole = await store.events(ZONE, 0, 100)
    assert told == [each for each in whole if told_to(each.event) == "c1"]
    assert await store.events_told(ZONE, "c1", told[0].seq, 1) == told[1:2]
    assert [type(each.event) for each in await store.events_told(ZONE, "c2", told[0].seq, 9)] == [
        e.DutyChanged, e.DutyChanged,
    ]  # fmt: skip
    assert await store.events_told("other", "c1", 0, 9) == []


async def test_a_couriers_day_is_found(store: Store) -> None:
    """What they delivered since a moment, the newest first; not what is under way, nor what others delivered."""
    claim, state = await opened(store)
    for n in (1, 2, 3):
        await committed(store, claim, state, decided(state, f"o{n}", c.CreateOrder(order(f"o{n}"))))
    for n, courier_id in ((1, "c1"), (2, "c1"), (3, "c2")):
        given = zones.plan(state, planned(state, courier_id, (f"o{n}",)))
        await committed(store, claim, state, decided(state, f"plan-{n}", given))
        for times in range(2):
            stop = state.route(courier_id).stops[0]
            done = c.ReportProgress(courier_id, stop.id, c.StopAction.COMPLETED, NOON_MS + n)
            outcome = decided(state, f"done-{n}-{times}", done, NOON_MS + n * MINUTE_MS)
            await committed(store, claim, state, outcome)
    assert [each.id for each in await store.delivered_by(ZONE, "c1", NOON_MS, 9)] == ["o2", "o1"]
    assert [each.id for each in await store.delivered_by(ZONE, "c1", NOON_MS + 2, 9)] == ["o2"]
    assert len(await store.delivered_by(ZONE, "c1", NOON_MS, 1)) == 1
    assert await store.delivered_by("other", "c1", 0, 9) == []


async def test_answered_offers_are_found(store: Store) -> None:
    """Accepted, declined and lapsed ones, the oldest first and the newest of them when there are more; not the open
    ones, nor those that were taken back or taken by somebody else.
    """
    claim, state = await opened(store, couriers=3)
    for n in range(1, 6):
        await committed(store, claim, state, decided(state, f"o{n}", c.CreateOrder(order(f"o{n}"))))
    for n in range(1, 5):
        given = zones.plan(state, planned(state, "c1", (f"o{n}",)), ttl_ms=n * MINUTE_MS)
        await committed(store, claim, state, decided(state, f"plan-{n}", given))
    first, second, third, _ = (state.orders[f"o{n}"].offer_id for n in range(1, 5))
    routes = tuple(planned(state, courier_id, ("o5",)) for courier_id in ("c2", "c3"))
    many = c.OfferToMany(state.plan_version, ("o5",), routes, 9 * MINUTE_MS, ("test",))
    await committed(store, claim, state, decided(state, "many", many))
    won = state.orders["o5"].offer_id
    ends = [c.AcceptOffer("c1", first), c.DeclineOffer("c1", second, ""), c.CancelOrder("o3", "")]
    for n, command in enumerate((*ends, c.AcceptOffer("c2", won))):
        await committed(store, claim, state, decided(state, f"end-{n}", command))
    assert state.offers[third].status is OfferStatus.REVOKED
    assert [each.id for each in await store.answered_offers(ZONE, 0, 9)] == [first, second, won]
    assert [each.id for each in await store.answered_offers(ZONE, 0, 2)] == [second, won]
    assert [each.id for each in await store.answered_offers(ZONE, NOON_MS + 5 * MINUTE_MS, 9)] == [won]
    assert await store.answered_offers("other", 0, 9) == []


async def test_cases_and_messages_are_kept(store: Store) -> None:
    """They come back with the state as long as they matter, and are found afterwards."""
    claim, state = await opened(store)
    await committed(store, claim, state, decided(state, "o1", c.CreateOrder(order("o1"))))
    late = c.ReportProgress("c1", "old", c.StopAction.COMPLETED, NOON_MS, "", ("o1",), StopKind.DROPOFF)
    for n, text in enumerate(("one", "two"), 1):
        said = c.PostMessage(f"m{n}", "o1", Party.CUSTOMER, Party.DISPATCHER, text)
        await committed(store, claim, state, decided(state, f"m{n}", said))
    await committed(store, claim, state, decided(state, "late", late))
    loaded, _, _ = await store.load(ZONE, NOON_MS - MINUTE_MS)
    assert (loaded.cases, loaded.messages) == (state.cases, state.messages)
    case_id = next(iter(state.cases))
    assert await store.find_case(ZONE, case_id) == state.cases[case_id]
    assert await store.find_case(ZONE, "unknown") is None
    assert [each.text for each in await store.messages_of(ZONE, "o1")] == ["one", "two"]
    await committed(store, claim, state, decided(state, "resolve", k.ResolveCase(case_id, "called")))
    later, _, _ = await store.load(ZONE, NOON_MS + 60 * MINUTE_MS)
    assert later.cases == later.messages == {}
    assert len(await store.messages_of(ZONE, "o1")) == 2
