"""The zone's recorded history, read from outside and checked against the invariants. Pure.

This repeats nothing that the server believes of itself: it knows only the recorded events, and the domain's table of
which status may follow which.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from dispatch.domain.order import BEFORE_PICKUP, MAY_FOLLOW, ON_BOARD, OrderStatus

ACTIVE = BEFORE_PICKUP | ON_BOARD


class History:
    """Takes recorded events in order; `violations` holds one sentence for each breach."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.seq = 0
        self.plans_adopted = 0
        self.plans_with_ortools = 0
        """Adopted plans that OR-Tools had a part in."""
        self.status: dict[str, OrderStatus] = {}
        self.courier: dict[str, str] = {}
        self.effects: Counter[str] = Counter()
        """How often each request took effect; all that it changed at once is recorded in one piece."""
        self._request_id = ""

    def take(self, recorded: Mapping[str, Any]) -> None:
        """One record of `GET /v1/events`: its `seq`, its `type`, and the whole entities in its `body`."""
        if recorded["seq"] != self.seq + 1:
            self.violations.append(f"I3: after event {self.seq} comes {recorded['seq']}")
        self.seq = recorded["seq"]
        if recorded["type"] == "PlanAdopted":
            self.plans_adopted += 1
            self.plans_with_ortools += any(name.startswith("ortools") for name in recorded["body"]["engines"])
        self._take_request(recorded.get("request_id", ""))
        if "order" in recorded["body"]:
            self._take_order(recorded["body"]["order"])

    def _take_request(self, request_id: str) -> None:
        if request_id and request_id != self._request_id:
            self.effects[request_id] += 1
            if self.effects[request_id] > 1:
                self.violations.append(f"I2: request {request_id} took effect again")
        self._request_id = request_id

    def _take_order(self, order: Mapping[str, Any]) -> None:
        order_id, status, courier_id = order["id"], OrderStatus(order["status"]), order["courier_id"]
        before = self.status.get(order_id)
        if before is not None and status is not before and status not in MAY_FOLLOW[before]:
            self.violations.append(f"I4: order {order_id} went from {before} to {status}")
        if status in ACTIVE and not courier_id and status is not OrderStatus.OFFERED:
            self.violations.append(f"I1: order {order_id} is {status}, but nobody has it")
        held_by = self.courier.get(order_id)  # nobody, while it is offered to several couriers at once
        if before in ACTIVE and status in ACTIVE and held_by and held_by != courier_id:
            self.violations.append(f"I1: order {order_id} changed hands without being free in between")
        self.status[order_id], self.courier[order_id] = status, courier_id


def checked(events: Iterable[Mapping[str, Any]]) -> History:
    """The history made of these events."""
    history = History()
    for recorded in events:
        history.take(recorded)
    return history
