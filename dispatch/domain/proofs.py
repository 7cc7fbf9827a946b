"""What must be proven at a customer's door. The order says what; the courier reports it; the zone judges once.

The theory. At the door a wrong PIN or a missing photo can still be put right, so a report that has just been made is
refused. What was done offline cannot: the goods are gone and the customer has left, so a late report is accepted as it
is, and a case tells a dispatcher what is missing. Pictures follow by themselves (`upload_id`); nothing waits for them.
"""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain.case import CaseKind
from dispatch.domain.cases import open_case
from dispatch.domain.ends import at_door
from dispatch.domain.errors import Conflict
from dispatch.domain.order import Order, Proof, ProofKind
from dispatch.domain.route import StopKind
from dispatch.domain.zone import Draft

JUST_NOW_MS = 120_000
"""A report that is younger than this was made by somebody who still stands at the door."""
_SENTENCES = {
    CaseKind.PROOF_MISSING: "This order needs {missing}; the report was not taken.",
    CaseKind.WRONG_PIN: "The PIN is wrong; ask the customer again.",
    CaseKind.WRONG_BARCODE: "This is not the code of the order's parcel; look at the label again.",
}


def prove(draft: Draft, command: c.ReportProgress, order: Order, kind: StopKind) -> Order:
    """The order with the proofs that the report of a visit brings; at a depot nothing is proven.

    Raises `Conflict` while what is wrong can be put right.
    """
    if not at_door(kind, order):
        return order
    shown = tuple(proof for proof in command.proofs if proof.order_id == order.id)
    fault, missing = _fault(order, shown)
    if fault:
        if draft.now_ms - command.at_ms <= JUST_NOW_MS:
            raise Conflict(fault.value, _SENTENCES[fault].format(missing=missing))
        open_case(draft, fault, order.id, command.courier_id)
    if not shown:
        return order
    return draft.change_order(replace(order, proofs=(*order.proofs, *map(_without_secret, shown))), "proof")


def _fault(order: Order, shown: tuple[Proof, ...]) -> tuple[CaseKind | None, str]:
    """What is wrong with the proofs shown, and which kinds are missing."""
    by_kind = {proof.kind: proof for proof in shown}
    missing = [kind.value for kind in order.proven_by if kind not in by_kind or not _is_whole(by_kind[kind])]
    if missing:
        return CaseKind.PROOF_MISSING, ", ".join(missing)
    if ProofKind.PIN in order.requires and by_kind[ProofKind.PIN].value != order.pin:
        return CaseKind.WRONG_PIN, ""
    if ProofKind.BARCODE in order.requires and by_kind[ProofKind.BARCODE].value not in _codes(order):
        return CaseKind.WRONG_BARCODE, ""
    return None, ""


def _is_whole(proof: Proof) -> bool:
    """A picture names its upload, what is typed or scanned has a value."""
    if proof.kind in (ProofKind.PHOTO, ProofKind.SIGNATURE):
        return bool(proof.upload_id)
    return proof.kind is ProofKind.AGE or bool(proof.value)


def _codes(order: Order) -> set[str]:
    """What a scanner may read on the order's parcel."""
    return {code for code in (order.barcode, order.ref, order.id) if code}


def _without_secret(proof: Proof) -> Proof:
    """What is kept: that the PIN was given, not the PIN."""
    return replace(proof, value="") if proof.kind is ProofKind.PIN else proof
