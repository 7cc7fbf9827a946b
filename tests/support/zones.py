"""Small zones for tests: two depots, a few couriers, orders between them."""

import pytest

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.apply import apply
from dispatch.domain.courier import Courier, Duty
from dispatch.domain.depot import Depot
from dispatch.domain.errors import DomainError
from dispatch.domain.geo import Point
from dispatch.domain.order import Dropoff, Order
from dispatch.domain.route import PlannedRoute, PlannedStop, StopKind
from dispatch.domain.vehicle import DEFAULT_CAPACITY, Load, Profile
from dispatch.domain.wish_commands import ChooseWindow
from dispatch.domain.zone import ZoneState, evolve

NOON_MS = 1_795_348_800_000
MINUTE_MS = 60_000


def order(order_id: str, depot_id: str = "d1", created_at_ms: int = NOON_MS) -> Order:
    """A small order, ready after a minute and promised within forty."""
    return Order(
        id=order_id,
        depot_id=depot_id,
        dropoff=Dropoff(Point(60.17, 24.94), "Street 1", "Ada", "+358 1"),
        load=Load(1_000, 2_000, 1),
        created_at_ms=created_at_ms,
        ready_at_ms=created_at_ms + MINUTE_MS,
        promise_at_ms=created_at_ms + 40 * MINUTE_MS,
    )


def courier(courier_id: str, profile: Profile = Profile.EBIKE) -> Courier:
    """A courier with an active account, off duty."""
    return Courier(courier_id, f"Courier {courier_id}", profile, DEFAULT_CAPACITY[profile])


def depot(depot_id: str) -> Depot:
    """A depot."""
    return Depot(depot_id, f"Depot {depot_id}", Point(60.165, 24.935), "Market 1")


def ask(state: ZoneState, command: c.Command, at_ms: int = NOON_MS) -> list[e.Event]:
    """Decide a command and let its events happen."""
    events = apply(state, command, at_ms)
    for event in events:
        evolve(state, event)
    return events


def zone(couriers: int = 2, orders: int = 0) -> ZoneState:
    """A zone with depots d1 and d2, couriers c1.. on duty, and dispatchable orders o1.."""
    state = ZoneState("test")
    for depot_id in ("d1", "d2"):
        ask(state, c.RegisterDepot(depot(depot_id)))
    for n in range(1, couriers + 1):
        ask(state, c.RegisterCourier(courier(f"c{n}")))
        ask(state, c.SetDuty(f"c{n}", Duty.AVAILABLE))
    for n in range(1, orders + 1):
        ask(state, c.CreateOrder(order(f"o{n}")))
    return state


def planned(state: ZoneState, courier_id: str, new: tuple[str, ...], at_ms: int = NOON_MS) -> PlannedRoute:
    """The courier's route as it is, with new orders behind it: picked up together, dropped off one by one."""
    stops = state.route(courier_id).stops
    kept = [PlannedStop(s.kind, s.order_ids, s.arrive_at_ms, s.depart_at_ms, end=s.end) for s in stops]
    if new:
        kept.append(PlannedStop(StopKind.PICKUP, new, at_ms + 5 * MINUTE_MS, at_ms + 6 * MINUTE_MS))
    for n, order_id in enumerate(new):
        arrive = at_ms + (10 + 5 * n) * MINUTE_MS
        kept.append(PlannedStop(StopKind.DROPOFF, (order_id,), arrive, arrive + MINUTE_MS))
    return PlannedRoute(courier_id, tuple(kept))


def plan(state: ZoneState, *routes: PlannedRoute, ttl_ms: int = 0, base: int | None = None) -> c.AdoptPlan:
    """A plan of these routes, on the newest version unless another is named."""
    return c.AdoptPlan(state.plan_version if base is None else base, routes, ttl_ms, ("test",), "test")


def offered_to_many(state: ZoneState, order_ids: tuple[str, ...], *courier_ids: str) -> tuple[str, ...]:
    """Offer orders to these couriers at once, for a minute, behind what they have. Returns the offers' ids."""
    routes = tuple(planned(state, courier_id, order_ids) for courier_id in courier_ids)
    ask(state, c.OfferToMany(state.plan_version, order_ids, routes, MINUTE_MS, ("test",), "test"))
    named = state.orders[order_ids[0]].offer_id
    return (named, *state.offers[named].rivals)


def given(state: ZoneState, courier_id: str, *order_ids: str) -> None:
    """Assign orders to a courier, without asking."""
    ask(state, plan(state, planned(state, courier_id, order_ids)))


def progress(state: ZoneState, courier_id: str, action: c.StopAction, stop: int = 0, reason: str = "") -> list[e.Event]:
    """Report on a stop by its place in the route."""
    stop_id = state.route(courier_id).stops[stop].id
    return ask(state, c.ReportProgress(courier_id, stop_id, action, NOON_MS, reason))


def refused(state: ZoneState, command: c.Command) -> str:
    """The code with which a command is refused; nothing has changed."""
    with pytest.raises(DomainError) as refusal:
        ask(state, command)
    assert refusal.value.detail.endswith(".")
    return refusal.value.code


def window_wish(earliest_min: int, promise_min: int, **more: int) -> ChooseWindow:
    """A wish for a window, in minutes from noon; 0: as soon as possible."""
    return ChooseWindow(
        "o1", NOON_MS + earliest_min * MINUTE_MS if earliest_min else 0, NOON_MS + promise_min * MINUTE_MS, **more
    )
