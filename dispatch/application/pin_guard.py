"""How often a courier may guess a delivery's PIN: four digits are soon tried out by a program.

A wrong PIN is refused by the zone, and a refusal leaves no event. So misses are counted here, in the process that the
courier is connected to: enough against guessing, for a new process costs a guesser a reconnect for every few tries, and
each refused try stands in the inbox. A late report is not held up: it counts, and its case tells of the wrong PIN.
"""

from collections import OrderedDict
from typing import Final

from dispatch.domain.case import CaseKind
from dispatch.domain.commands import Command, ReportProgress
from dispatch.domain.errors import Conflict
from dispatch.domain.order import ProofKind
from dispatch.domain.proofs import JUST_NOW_MS

MAX_MISSES: Final = 5
MAX_ORDERS: Final = 10_000


class PinGuard:
    """The misses of one zone's orders, the latest ones."""

    def __init__(self) -> None:
        self._misses: OrderedDict[str, int] = OrderedDict()

    def check(self, command: Command, now_ms: int) -> None:
        """Raises `Conflict` when an order's PIN was missed too often."""
        if not isinstance(command, ReportProgress) or now_ms - command.at_ms > JUST_NOW_MS:
            return
        if any(self._misses.get(order_id, 0) >= MAX_MISSES for order_id in _tried(command)):
            sentence = "The PIN was wrong too often; report the stop as failed, or ask a dispatcher."
            raise Conflict("pin_locked", sentence)

    def heard(self, command: Command, code: str) -> None:
        """The zone has answered the command with this code."""
        if code == CaseKind.WRONG_PIN and isinstance(command, ReportProgress):
            for order_id in _tried(command):
                self._misses[order_id] = self._misses.get(order_id, 0) + 1
                self._misses.move_to_end(order_id)
            while len(self._misses) > MAX_ORDERS:
                self._misses.popitem(last=False)


def _tried(command: ReportProgress) -> set[str]:
    """The orders whose PIN the report tells."""
    return {proof.order_id for proof in command.proofs if proof.kind is ProofKind.PIN}
