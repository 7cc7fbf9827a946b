"""When to decide: how late an order can be given away, and whether it pays to wait for the next one.

Two questions, both answered from a few figures and without looking at routes.

*How late?* Goods that are ready at a known time need a courier there then, not before. Until the courier has to set
off, everything that happens makes the choice better, and nothing is lost by waiting.

*Does waiting for a companion pay?* Let orders come to a depot at random, `rate` a second. Who waits up to h seconds for
the next one finds it with probability 1 - exp(-rate h), and waits (1 - exp(-rate h)) / rate seconds in the mean. With a
saving s by riding both at once and a price c for each second of delay, the expected gain is

    (1 - exp(-rate h)) (s - c / rate)

whose sign does not depend on h: either it pays at once, and then for as long as one may wait, or never. Orders that
come at random have no memory, so the answer does not change while one waits either.
"""

from dataclasses import dataclass, field
from math import exp

RATE_MEMORY_S = 5_400.0
"""After an hour and a half an order counts a third of a new one for its depot's rate: demand follows the day."""


def commit_due_ms(ready_at_ms: int, ride_ms: int, service_ms: int, slack_s: float) -> int:
    """When an order has to be given away at the latest (business epoch ms), for a courier to be there when it is ready.

    `ride_ms` is the ride of a courier who is near, `slack_s` what may go wrong and what asking takes. Half of the
    pickup's service is made before the goods are ready (parking, walking in).
    """
    return ready_at_ms - ride_ms - service_ms // 2 - round(slack_s * 1000)


def waiting_gain_s(rate_per_s: float, saving_s: float, delay_price: float, wait_s: float) -> float:
    """What waiting up to `wait_s` for the next order gains in the mean, in seconds of riding; less than 0: it loses."""
    if rate_per_s <= 0:
        return -delay_price * wait_s
    found = 1 - exp(-rate_per_s * wait_s)
    return found * (saving_s - delay_price / rate_per_s)


def worth_waiting_s(
    rate_per_s: float, saving_s: float, delay_price: float, *, free_s: float = 0.0, slack_s: float, most_s: float
) -> float:
    """How long to wait for the next order of a depot, in seconds; 0: not at all.

    `saving_s` is what a trip for both saves, times the probability that they fit together. Waiting costs `delay_price`
    for each second, but nothing for the first `free_s`, while the goods are not ready; beyond `slack_s` the promise
    would be broken, and no wait is longer than `most_s`.
    """
    longest_s = max(0.0, min(slack_s, most_s))
    pays = waiting_gain_s(rate_per_s, saving_s, delay_price, longest_s) > 0
    if pays:
        return longest_s
    return min(max(0.0, free_s), longest_s) if rate_per_s > 0 and saving_s > 0 else 0.0


@dataclass(slots=True)
class _Flow:
    count: float = 0.0
    at_ms: int = 0


@dataclass(slots=True)
class ArrivalRates:
    """How often orders come to each depot, by counts that fade away. Times are business epoch ms."""

    since_ms: int
    memory_s: float = RATE_MEMORY_S
    _flows: dict[str, _Flow] = field(default_factory=dict)

    def arrived(self, depot_id: str, at_ms: int) -> None:
        """An order has come."""
        flow = self._flows.setdefault(depot_id, _Flow(0.0, at_ms))
        flow.count = flow.count * self._left(at_ms - flow.at_ms) + 1
        flow.at_ms = max(flow.at_ms, at_ms)

    def per_s(self, depot_id: str, now_ms: int) -> float:
        """Orders a second; as long as little time has been watched, by what has been seen in it."""
        flow = self._flows.get(depot_id)
        if flow is None:
            return 0.0
        watched = 1 - self._left(now_ms - self.since_ms)
        return flow.count * self._left(now_ms - flow.at_ms) / (self.memory_s * max(watched, 60 / self.memory_s))

    def _left(self, passed_ms: int) -> float:
        return exp(-max(0, passed_ms) / 1000 / self.memory_s)
