"""A delivery's PIN cannot be tried out."""

import pytest

from dispatch.application.pin_guard import MAX_MISSES, MAX_ORDERS, PinGuard
from dispatch.domain import commands as c
from dispatch.domain.errors import Conflict
from dispatch.domain.order import Proof, ProofKind
from tests.support.zones import MINUTE_MS, NOON_MS


def tried(order_id: str = "o1") -> c.ReportProgress:
    return c.ReportProgress(
        "c1", "do-1", c.StopAction.COMPLETED, NOON_MS, proofs=(Proof(ProofKind.PIN, order_id, "0000"),)
    )


def missed(guard: PinGuard, order_id: str = "o1", times: int = MAX_MISSES) -> None:
    for _ in range(times):
        guard.check(tried(order_id), NOON_MS)
        guard.heard(tried(order_id), "wrong_pin")


def test_after_a_few_misses_the_order_is_locked() -> None:
    """And only that one; other answers do not count, nor do commands that tell no PIN."""
    guard = PinGuard()
    guard.heard(tried(), "proof_missing")
    guard.heard(c.SetDuty("c1", c.Duty.AVAILABLE), "wrong_pin")
    missed(guard)
    with pytest.raises(Conflict, match="too often"):
        guard.check(tried(), NOON_MS)
    guard.check(tried("o2"), NOON_MS)
    guard.check(c.SetDuty("c1", c.Duty.AVAILABLE), NOON_MS)


def test_what_was_done_offline_is_not_held_up() -> None:
    """A late report counts, with a case of its own."""
    guard = PinGuard()
    missed(guard)
    guard.check(tried(), NOON_MS + 60 * MINUTE_MS)


def test_the_oldest_misses_are_forgotten() -> None:
    """Nothing of a process grows for ever."""
    guard = PinGuard()
    missed(guard)
    for n in range(MAX_ORDERS):
        guard.heard(tried(f"x{n}"), "wrong_pin")
    guard.check(tried(), NOON_MS)
