"""How much the live layer's benchmark does: all of it, or as little as shows that every part works."""

from dataclasses import dataclass

QUIET = 100
"""Couriers with an order on board who send nothing: of their orders, idle watchers hear nothing."""


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of clients, and how long steps last. `rate_per_s` is that of one courier at the fixed load."""

    couriers: int
    sessions: int
    """Idle sessions of each kind whose memory is measured."""
    idle: int
    """Idle watchers beside the active ones."""
    links: int
    """Connections without a session whose memory the harness measures."""
    rounds: int
    fixed_s: float
    step_s: float
    bisect: int
    most_per_s: int
    batch_couriers: int
    batch_fixes: int
    rate_per_s: float = 2.0

    @property
    def busy(self) -> int:
        """Couriers with an order on board: one more than send, for an odd number of them, and those who stay quiet."""
        return self.couriers + 1 + QUIET

    @property
    def registered(self) -> int:
        """All couriers."""
        return max(self.busy, self.sessions)

    def options(self, *, search: bool = False, idle: bool = False, couriers: int | None = None) -> list[str]:
        """The harness's options for one run."""
        fixed = ["--couriers", str(couriers or self.couriers), "--rate", str(self.rate_per_s)]
        fixed += ["--duration", str(self.fixed_s), "--idle", str(self.links if idle else 0)]
        if not search:
            return [*fixed, "--no-search"]
        steps = ["--step-s", str(self.step_s), "--bisect", str(self.bisect), "--max", str(self.most_per_s)]
        return [*fixed, *steps, "--start", str(self.couriers * self.rate_per_s)]


FULL = Size(
    couriers=1_000,
    sessions=2_000,
    idle=10_000,
    links=5_000,
    rounds=2,
    fixed_s=7,
    step_s=2,
    bisect=2,
    most_per_s=400_000,
    batch_couriers=200,
    batch_fixes=400,
)
QUICK = Size(
    couriers=50,
    sessions=60,
    idle=100,
    links=100,
    rounds=1,
    fixed_s=2.5,
    step_s=1.5,
    bisect=0,
    most_per_s=1_000,
    batch_couriers=20,
    batch_fixes=100,
)
