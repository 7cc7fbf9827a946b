"""What the zone knows from its own history, put into the planner's pictures: riders' paces, and how long stops take."""

from collections.abc import Callable
from dataclasses import replace
from math import exp, log
from typing import Final

from dispatch.application.pace_learning import Paces
from dispatch.application.problem_builder import Snapshot
from dispatch.domain.ends import at_door, place_of
from dispatch.domain.order import Order
from dispatch.domain.route import StopKind
from dispatch.domain.zone import ZoneState
from dispatch.planning.dwell import HOUSE_S, ServiceTimes, Visit
from dispatch.planning.problem import Problem

HOUR_MS: Final = 3_600_000
_KEPT_MS: Final = 5 * 60_000
"""An expectation is looked up again after so long."""
_MOST_KEPT: Final = 20_000
_NINE_OF_TEN: Final = 1.2816
"""Standard deviations of a bell below which nine tenths lie."""


class Learnt:
    """For one zone; `service_times` gives what is known now."""

    def __init__(
        self,
        state: ZoneState,
        service_times: Callable[[], ServiceTimes] = ServiceTimes,
        paces: Paces | None = None,
    ) -> None:
        self.paces = paces or Paces(state)
        self._service_times = service_times
        self._kept: dict[str, tuple[Order, int, Order]] = {}

    def applied(self, problem: Problem, seen: Snapshot) -> Problem:
        """The picture as the zone's history has it: the same orders and couriers, with what can be expected of them."""
        couriers = tuple(
            replace(each, pace=each.pace * self.paces.factor(each.id, each.profile)) for each in problem.couriers
        )
        slot, full = seen.now_ms // _KEPT_MS, {order.id: order for order in seen.orders}
        orders = {
            order_id: replace(planned, order=self._expected(planned.order, full[order_id], seen, slot))
            for order_id, planned in problem.orders.items()
        }
        return replace(problem, couriers=couriers, orders=orders)

    def _expected(self, bare: Order, full: Order, seen: Snapshot, slot: int) -> Order:
        """The order as it can be expected: made once, for as long as it stays as it is."""
        kept = self._kept.get(bare.id)
        if kept and kept[1] == slot and (kept[0] is bare or kept[0] == bare):
            return kept[2]
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        pickup_s, dropoff_s = (self._service_s(kind, full, seen) for kind in (StopKind.PICKUP, StopKind.DROPOFF))
        expected = replace(bare, service_pickup_s=pickup_s, service_dropoff_s=dropoff_s)
        self._kept[bare.id] = (bare, slot, expected)
        return expected

    def _service_s(self, kind: StopKind, order: Order, seen: Snapshot) -> int:
        """What the visit takes in the mean; a shop that asked for twice the house's time gets twice what was learnt."""
        stated_s = order.service_pickup_s if kind is StopKind.PICKUP else order.service_dropoff_s
        if order.handover:
            return stated_s
        place = place_of(kind, order, seen.depots[order.depot_id])
        address = order.dropoff.address if at_door(kind, order) else ""
        hour = seen.now_ms // HOUR_MS % 24
        learnt = self._service_times().expected_s(Visit(kind, order.depot_id, place, hour, "", 1, address))
        sigma = log(max(1.0, learnt.p90_s / learnt.p50_s)) / _NINE_OF_TEN
        return round(learnt.p50_s * exp(sigma**2 / 2) * stated_s / HOUSE_S[kind])
