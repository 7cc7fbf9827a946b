"""How many HTTP calls one address and one subject may make: a bucket for each, in this process's memory.

A bucket is one number, the moment at which it will be full again (GCRA): a call moves it on by `1 / per_s`, and is
refused while it lies further ahead than a burst takes. So a bucket that is full again needs no memory, and of the rest
at most `MOST_BUCKETS` are kept; those that were not used for longest are forgotten first, and whoever floods is not
among them. Each gateway counts for itself: this keeps one process alive, and nothing depends on Redis.
"""

from collections import Counter, OrderedDict
from dataclasses import dataclass
from typing import Final

from dispatch.application.callers import network_of
from dispatch.application.ports import Ticker

MOST_BUCKETS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Pace:
    """Calls a second for long, and at once; `per_s` 0: as many as anybody likes."""

    per_s: float = 0.0
    burst: int = 1


UNLIMITED: Final = Pace()


class CallRates:
    """See the module. `counters` say how many calls were refused, never whose."""

    def __init__(self, ticker: Ticker, per_address: Pace = UNLIMITED, per_subject: Pace = UNLIMITED) -> None:
        self._addresses = _Buckets(ticker, per_address)
        self._subjects = _Buckets(ticker, per_subject)
        self.counters: Counter[str] = Counter(calls_refused_address=0, calls_refused_subject=0)

    def take_address(self, address: str) -> float:
        """Count a call from this address: 0.0, or the seconds to wait and nothing is counted."""
        wait_s = self._addresses.take(network_of(address))
        self.counters["calls_refused_address"] += wait_s > 0
        return wait_s

    def take_subject(self, actor: str) -> float:
        """Count a call of this subject: 0.0, or the seconds to wait and nothing is counted."""
        wait_s = self._subjects.take(actor)
        self.counters["calls_refused_subject"] += wait_s > 0
        return wait_s

    def __len__(self) -> int:
        """How many buckets are kept."""
        return len(self._addresses) + len(self._subjects)


class _Buckets:
    def __init__(self, ticker: Ticker, pace: Pace) -> None:
        self._ticker = ticker
        self._pace = pace
        self._full_at_ms: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._full_at_ms)

    def take(self, name: str) -> float:
        """0 when a call of this name may go on, and then it counts; else for how many seconds it has to wait."""
        if not self._pace.per_s:
            return 0.0
        now_ms, each_ms = self._ticker.mono_ms(), 1000 / self._pace.per_s
        full_at_ms = max(now_ms, self._full_at_ms.get(name, now_ms)) + each_ms
        ahead_ms = full_at_ms - now_ms - each_ms * self._pace.burst
        if ahead_ms > 0:
            self._full_at_ms.move_to_end(name)
            return ahead_ms / 1000
        self._full_at_ms[name] = full_at_ms
        self._full_at_ms.move_to_end(name)
        while len(self._full_at_ms) > MOST_BUCKETS or self._oldest_is_full(now_ms):
            self._full_at_ms.popitem(last=False)
        return 0.0

    def _oldest_is_full(self, now_ms: float) -> bool:
        return next(iter(self._full_at_ms.values())) <= now_ms
