"""How the orders of a zone reach its couriers: who is asked first, in which way, and when.

It learns from what happens (who accepts, how often orders come), puts prices into the planner's pictures, and keeps a
lone order open for a companion where the zone wants that. It decides nothing: what it knows may be lost, and is then
learnt again, from the offers in the database and from the events to come.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from dispatch.application.ports import Clock, Recorded
from dispatch.application.problem_builder import Snapshot, works
from dispatch.domain import events as e
from dispatch.domain.courier import Fleet
from dispatch.domain.offer import Offer, OfferMode, OfferStatus
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.route import PlannedRoute
from dispatch.domain.zone import Entity, ZoneState
from dispatch.planning.acceptance import Acceptance
from dispatch.planning.asking import not_to_be_asked, rival_routes, with_prices, with_refusals
from dispatch.planning.holding import held_for_companions
from dispatch.planning.problem import Plan, Problem
from dispatch.planning.timing import ArrivalRates

OWN_FLEET_FIRST: Final = "own_fleet_first"
"""Why an order waits that only freelancers could take, as long as they are not asked yet."""
RECALLED_MS: Final = 90 * 24 * 3_600_000
MOST_RECALLED: Final = 20_000
"""Offers of so long ago, and so many, are learnt from at a start; a tenth of a second."""


@dataclass(frozen=True, slots=True)
class OfferSettings:
    """What a zone wants. Durations are business time."""

    modes: Mapping[str, OfferMode] = field(default_factory=dict)
    """By depot, where it differs from the zone's. A bundle of depots that differ is offered to one after the other."""
    batch: int = 3
    """So many couriers are asked at once in the mode `batch`."""
    refusal_cost_s: float = 30.0
    """What a refusal costs, in seconds of riding: half of a minute's timer, at the price of a second on the road."""
    freelancer_price_s: float = 0.0
    """An order goes to the own fleet unless that costs so many seconds of riding more than a freelancer would."""
    freelancer_after_s: float = 0.0
    """Freelancers are asked only when an order has waited so long, as long as anybody of the own fleet is working."""
    bundle_wait_s: float = 0.0
    """So long a lone order may be kept open for the next one of its depot; 0: not at all."""


class OfferPolicy:
    """One zone's; all of it is called from the planner's event loop but `priced`, `held` and `rivals`."""

    def __init__(self, state: ZoneState, mode: OfferMode, settings: OfferSettings, clock: Clock) -> None:
        self.mode = mode
        self.settings = settings
        self.acceptance = Acceptance()
        self._state = state
        self._clock = clock
        self._rates = ArrivalRates(clock.now_ms())
        self._missed: defaultdict[str, set[str]] = defaultdict(set)
        self._kept_open: dict[str, int] = {}

    # --- what happened -----------------------------------------------------------------------------------------

    def recall(self, offers: Iterable[Entity]) -> None:
        """Learn from the offers of the past, the oldest first."""
        for offer in offers:
            if isinstance(offer, Offer):
                self.acceptance.learn(offer)

    def heard(self, recorded: Recorded) -> None:
        """Take in what happened."""
        match recorded.event:
            case e.OfferClosed(offer=offer):
                self.acceptance.learn(offer)
                if offer.status is OfferStatus.LAPSED:
                    for order_id in offer.order_ids:
                        self._missed[order_id].add(offer.courier_id)
            case e.OrderCreated(order=order):
                self._rates.arrived(order.depot_id, recorded.at_ms)
                self._release(order.depot_id)
            case e.OrderChanged(order=order, what=what) if what not in e.QUIET:
                self._kept_open.pop(order.id, None)
                if order.status not in (OrderStatus.DISPATCHABLE, OrderStatus.OFFERED):
                    self._missed.pop(order.id, None)

    @property
    def figures(self) -> dict[str, float]:
        """Whether the model of acceptance is true: of so many answers so many were a yes, and so many were expected."""
        model = self.acceptance
        return {
            "acceptance_answers": model.answered,
            "acceptance_accepted": model.taken,
            "acceptance_expected": round(model.expected, 3),
        }

    # --- in which way, and whom --------------------------------------------------------------------------------

    def mode_of(self, depot_ids: Iterable[str]) -> OfferMode:
        """How orders of these depots are given to a courier."""
        modes = {self.settings.modes.get(depot_id, self.mode) for depot_id in depot_ids}
        return modes.pop() if len(modes) == 1 else OfferMode.OFFER

    def priced(self, problem: Problem, seen: Snapshot) -> Problem:
        """The picture with what it costs to ask people, and without those who are not to be asked yet."""
        if not problem.waiting:
            return problem
        freelancers = [c.courier.id for c in seen.couriers if c.courier.fleet is Fleet.FREELANCE]
        if freelancers:
            problem = with_prices(problem, freelancers, self.settings.freelancer_price_s)
            problem = not_to_be_asked(problem, self._too_early(problem), freelancers)
        asks = {self.mode, *self.settings.modes.values()} != {OfferMode.ASSIGN}
        return with_refusals(problem, self.acceptance, self.settings.refusal_cost_s, self._missed) if asks else problem

    def named(self, problem: Problem, plan: Plan) -> Plan:
        """The plan with a better reason for orders that only wait for freelancers to be asked."""
        early = set(self._too_early(problem)) if plan.refused else set[str]()
        refused = {
            order_id: OWN_FLEET_FIRST if reason == "everyone_declined" and order_id in early else reason
            for order_id, reason in plan.refused.items()
        }
        return replace(plan, refused=refused)

    def rivals(self, problem: Problem, best: PlannedRoute, order_ids: tuple[str, ...]) -> tuple[PlannedRoute, ...]:
        """The routes to offer these orders with, the best first; only that one when nobody else can be asked."""
        return (best, *rival_routes(problem, order_ids, best, self.settings.batch - 1))

    def shared_orders(self, problem: Problem, route: PlannedRoute) -> tuple[str, ...]:
        """The new orders of a route, if they are to be offered to several couriers at once; else none."""
        waiting = set(problem.waiting)
        new = tuple(dict.fromkeys(o for stop in route.stops for o in stop.order_ids if o in waiting))
        orders = [problem.orders[order_id].order for order_id in new]
        free = all(order.status is OrderStatus.DISPATCHABLE for order in orders)
        return new if free and self.mode_of(order.depot_id for order in orders) is OfferMode.BATCH else ()

    def _too_early(self, problem: Problem) -> list[str]:
        """Waiting orders that freelancers are not to be asked for yet."""
        after_ms = self.settings.freelancer_after_s * 1000
        if not after_ms or not any(works(c) and c.fleet is Fleet.OWN for c in self._state.couriers.values()):
            return []
        waiting = (problem.orders[order_id].order for order_id in problem.waiting)
        return [
            order.id
            for order in waiting
            if order.status is OrderStatus.DISPATCHABLE and problem.now_ms < _since_ms(order) + after_ms
        ]

    # --- when --------------------------------------------------------------------------------------------------

    def due_ms(self, order: Order) -> int:
        """From when on the order is to be placed, business epoch ms; goods on board wait for nothing."""
        if order.courier_id:
            return 0
        return max(order.commit_due_at_ms, self._kept_open.get(order.id, 0))

    def held(self, problem: Problem) -> dict[str, int]:
        """Which waiting orders are kept open for a companion, and until when."""
        most_s = self.settings.bundle_wait_s
        return held_for_companions(problem, self.rate, most_s) if most_s else {}

    def keep_open(self, held: Mapping[str, int]) -> None:
        """Place these orders at their time, or when another one comes to their depot."""
        self._kept_open.update(held)

    def rate(self, depot_id: str) -> float:
        """How many orders a second come to a depot now."""
        return self._rates.per_s(depot_id, self._clock.now_ms())

    def _release(self, depot_id: str) -> None:
        known = self._state.orders
        self._kept_open = {
            order_id: until_ms
            for order_id, until_ms in self._kept_open.items()
            if order_id in known and known[order_id].depot_id != depot_id
        }


def without_orders(problem: Problem, order_ids: Collection[str]) -> Problem:
    """The picture without some of its waiting orders."""
    kept = {order_id: order for order_id, order in problem.orders.items() if order_id not in order_ids}
    return replace(problem, orders=kept) if order_ids else problem


def _since_ms(order: Order) -> int:
    return max(order.created_at_ms, order.commit_due_at_ms)
