"""What has happened in a zone, counted by each process from its replica: for `/v1/stats` and `/metrics`.

Orders that were in memory when the process began are counted in, so that a restart does not begin at nothing.
"""

from collections import Counter

from dispatch.application.views import event_word
from dispatch.domain import events as e
from dispatch.domain.offer import OfferStatus, decline_reason
from dispatch.domain.order import Order, OrderStatus
from dispatch.domain.zone import ZoneState

_GIVEN = (OrderStatus.OFFERED, OrderStatus.ASSIGNED)


class Figures:
    """`counters` by name: orders_created, orders_offered, orders_delivered, plans_adopted, events_*, offers_* by how
    they ended, offers_declined_* by why.
    """

    def __init__(self, state: ZoneState) -> None:
        self.counters = Counter({"orders_created": 0, "orders_offered": 0, "orders_delivered": 0, "plans_adopted": 0})
        for order in state.orders.values():
            reached = {status for status, _ in order.timeline}
            self.counters["orders_created"] += 1
            self.counters["orders_offered"] += bool(reached.intersection(_GIVEN))
            self.counters["orders_delivered"] += OrderStatus.DELIVERED in reached

    def count(self, event: e.Event) -> None:
        """Count an event."""
        self.counters[f"events_{event_word(event)}"] += 1
        match event:
            case e.OrderCreated():
                self.counters["orders_created"] += 1
            case e.OrderChanged(order=order, what="offered" | "assigned") if _is_first_time(order):
                self.counters["orders_offered"] += 1
            case e.OrderChanged(what="delivered"):
                self.counters["orders_delivered"] += 1
            case e.PlanAdopted():
                self.counters["plans_adopted"] += 1
            case e.OfferClosed(offer=offer, reason=reason):
                self.counters[f"offers_{offer.status}"] += 1
                if offer.status is OfferStatus.DECLINED:
                    self.counters[f"offers_declined_{decline_reason(reason)}"] += 1
            case _:
                pass


def _is_first_time(order: Order) -> bool:
    """Whether somebody was found for the order just now, for the first time; an order is offered once per person."""
    return sum(status in _GIVEN for status, _ in order.timeline) == 1
