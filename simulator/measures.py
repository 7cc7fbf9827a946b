"""What clients saw, with the moment they saw it: the raw material of the report. Moments are real monotonic seconds.

An offer or a fix that meets a link which the simulation itself has cut measures the tunnel, not the server; such
samples are left out and counted.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence


class Measures:
    """Everything measured in one run. `now_s` reads a monotonic clock."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self.first_on_duty = asyncio.Event()
        self.on_duty_at_s: dict[str, float] = {}
        self.posted_at_s: dict[str, float] = {}
        self.acknowledged_s: list[float] = []
        self.offered_at_s: dict[str, float] = {}
        self.delivered_at_s: dict[str, float] = {}
        self.position_to_watcher_s: list[float] = []
        self.offers_into_tunnels = 0
        self.outages = 0
        self.sessions: Counter[str] = Counter(resumed=0, resynced=0)
        """How sessions went on after a tunnel."""
        self.confirmed_actions: dict[str, str] = {}
        """What couriers were told is done: kinds of action by the name of the request."""
        self.refusals: Counter[str] = Counter()
        self.failures: list[str] = []
        self._offered_to: dict[str, str] = {}
        self._under_way: defaultdict[str, dict[int, float]] = defaultdict(dict)
        self._tunnels: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)

    # --- what couriers saw (a `couriers.Witness`) ---------------------------------------------------------------

    def on_duty(self, courier_id: str) -> None:
        """The courier is on duty, by the server's own word."""
        self.on_duty_at_s.setdefault(courier_id, self._now_s())
        self.first_on_duty.set()

    def fix_sent(self, courier_id: str, at_ms: int) -> None:
        """A fix was given to a live link."""
        self._under_way[courier_id][at_ms] = self._now_s()

    def offer_received(self, courier_id: str, order_ids: Sequence[str]) -> None:
        """Orders are offered to a courier, for the first time or again."""
        for order_id in order_ids:
            if order_id not in self.offered_at_s:
                self.offered_at_s[order_id] = self._now_s()
                self._offered_to[order_id] = courier_id

    def link_cut(self, courier_id: str) -> None:
        """A tunnel begins; whatever is under way may be lost in it."""
        self.outages += 1
        self._under_way[courier_id].clear()
        self._tunnels[courier_id].append((self._now_s(), float("inf")))

    def link_back(self, courier_id: str, *, resumed: bool) -> None:
        """The tunnel is over; the session went on where it was, or began with a snapshot."""
        self.sessions["resumed" if resumed else "resynced"] += 1
        began_s, _ = self._tunnels[courier_id].pop()
        self._tunnels[courier_id].append((began_s, self._now_s()))

    def confirmed(self, courier_id: str, action: str, action_id: str) -> None:
        """The server has committed a report, under this name in its record."""
        self.confirmed_actions[f"{courier_id}:{action_id}"] = action

    def refused(self, courier_id: str, action: str, code: str) -> None:
        """The server refused a report."""
        del courier_id
        self.refusals[f"{action}: {code}"] += 1

    # --- what the shop saw --------------------------------------------------------------------------------------

    def order_posted(self, order_id: str, sent_at_s: float) -> None:
        """An order was acknowledged; its request had been sent at that moment."""
        self.posted_at_s[order_id] = sent_at_s
        self.acknowledged_s.append(self._now_s() - sent_at_s)

    def failed(self, what: str) -> None:
        """Something that must not fail did."""
        self.failures.append(what)

    # --- what staff saw -----------------------------------------------------------------------------------------

    def fix_seen(self, courier_id: str, at_ms: int) -> None:
        """A watcher was shown the courier's place of that business moment; older ones will not come any more."""
        under_way = self._under_way[courier_id]
        sent_at_s = under_way.get(at_ms)
        if sent_at_s is not None:
            self.position_to_watcher_s.append(self._now_s() - sent_at_s)
        for older in [moment for moment in under_way if moment <= at_ms]:
            del under_way[older]

    def delivered(self, order_id: str) -> None:
        """A watcher was shown the order as delivered."""
        self.delivered_at_s.setdefault(order_id, self._now_s())

    # --- results ------------------------------------------------------------------------------------------------

    def order_to_offer_s(self) -> list[float]:
        """Seconds from the request that placed an order to its first offer on a phone, tunnels left out."""
        self.offers_into_tunnels = 0
        samples = []
        for order_id, posted_s in self.posted_at_s.items():
            offered_s = self.offered_at_s.get(order_id)
            if offered_s is None:
                continue
            if self._in_tunnel(self._offered_to.get(order_id, ""), posted_s, offered_s):
                self.offers_into_tunnels += 1
            else:
                samples.append(offered_s - posted_s)
        return samples

    def not_offered(self) -> list[str]:
        """Orders that no phone was offered."""
        return [order_id for order_id in self.posted_at_s if order_id not in self.offered_at_s]

    def _in_tunnel(self, courier_id: str, from_s: float, to_s: float) -> bool:
        return any(began <= to_s and from_s <= ended for began, ended in self._tunnels[courier_id])
