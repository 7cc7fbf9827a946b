"""Decisions about claims: asked for by customers, answered by support, received by depots.

What may be claimed is what the policy grants (`claim_policy`) of what was delivered and is not claimed yet. A claim
that is granted has an order that fetches the goods (`claim_orders`). An exchange's other goods are promised when it is
granted, so that nobody else buys them, and leave when a depot has looked at the first ones.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from dispatch.domain import claim_commands as cc
from dispatch.domain import events as e
from dispatch.domain.claim import (
    CLOSED,
    FETCHED,
    GIVEN_UP,
    Claim,
    ClaimedLine,
    ClaimKind,
    ClaimReason,
    ClaimStatus,
    Visit,
)
from dispatch.domain.claim_goods import put_away
from dispatch.domain.claim_orders import call_off, change_claim, delivered_at_ms, let_delivery_go, link
from dispatch.domain.claim_policy import DAY_MS, ClaimPolicy
from dispatch.domain.errors import Conflict, InvalidInput
from dispatch.domain.order import Direction, Line, Order, OrderStatus
from dispatch.domain.zone import Draft

ANSWER_WITHIN_MS: Final = DAY_MS
"""Whoever asks has an answer within a day."""
MAX_TEXT: Final = 1_000
MOST_LINES: Final = 100
MOST_OPEN: Final = 20_000
"""Of a zone; beyond that somebody has to answer some first."""
MOST_OF_ORDER: Final = 20
FARTHEST_VISIT_MS: Final = 14 * DAY_MS
LEAST_VISIT_MS: Final = 30 * 60_000
MOST_RULES: Final = 200
MOST_DAYS: Final = 1_100
Refusal = tuple[str, str]


# --- what may be claimed ------------------------------------------------------------------------------------------


def claimable(order: Order) -> tuple[Line, ...]:
    """The order's lines; where its shop named none, the order as a whole is one."""
    return order.lines or (Line(""),)


def left_to_claim(order: Order, claims: Iterable[Claim]) -> list[int]:
    """How many pieces of each line are not claimed yet, `claims` being all of the order."""
    claimed = Counter[int]()
    for claim in claims:
        if claim.status not in GIVEN_UP:
            for line in claim.lines:
                claimed[line.line] += line.quantity
    return [max(0, line.quantity - claimed[n]) for n, line in enumerate(claimable(order))]


def why_no_claim(order: Order) -> Refusal | None:
    """Why nothing at all can be claimed of the order, as (code, sentence); None when something can."""
    if order.direction is Direction.RETURN:
        return "not_claimable", "This order fetched goods; claims are about what was delivered."
    if order.status is not OrderStatus.DELIVERED:
        return "not_claimable", "Something can be claimed once the order is delivered."
    return None


def claim_until_ms(policy: ClaimPolicy, order: Order, kind: ClaimKind, reason: ClaimReason, category: str) -> int:
    """Until when this can be claimed of a delivered order's goods, business epoch ms; 0: not at all.

    What was sent for another claim can be claimed for its faults only: a change of mind is granted once.
    """
    if order.claim_id and reason is ClaimReason.NO_REASON:
        return 0
    return policy.until_ms(kind, reason, category, delivered_at_ms(order))


def request_claim(draft: Draft, command: cc.RequestClaim) -> None:
    """Something is asked for. Raises `Conflict` where the policy does not grant it, or it is claimed already."""
    order = draft.order(command.order_id)
    if command.claim_id in draft.base.claims:
        raise Conflict("duplicate_claim", f"Claim {command.claim_id} exists already.")
    if refusal := why_no_claim(order):
        raise Conflict(*refusal)
    _check_room(draft, order.id)
    if len(command.text) > MAX_TEXT:
        raise InvalidInput("text_too_long", f"What is wrong is told in at most {MAX_TEXT} characters.")
    _check_visit(draft, command.visit)
    lines = _claimed(draft, order, command)
    _check_policy(draft, order, command, lines)
    claim = Claim(
        id=command.claim_id,
        order_id=order.id,
        kind=command.kind,
        reason=command.reason,
        lines=lines,
        at_ms=draft.now_ms,
        answer_due_at_ms=draft.now_ms + ANSWER_WITHIN_MS,
        depot_id=order.depot_id,
        delivered_at_ms=delivered_at_ms(order),
        text=command.text.strip(),
        visit=command.visit,
        ref=order.ref,
        placed_by=order.placed_by,
        by=command.by,
    )
    change_claim(draft, claim)


def _check_room(draft: Draft, order_id: str) -> None:
    known = draft.base.claims.values()
    if sum(claim.status not in CLOSED for claim in known) >= MOST_OPEN:
        raise Conflict("too_many_claims", f"A zone has at most {MOST_OPEN} open claims; answer some first.")
    if sum(claim.order_id == order_id for claim in known) >= MOST_OF_ORDER:
        raise Conflict("too_many_claims", f"An order has at most {MOST_OF_ORDER} claims; write to us instead.")


def _check_visit(draft: Draft, visit: Visit) -> None:
    if visit == Visit():
        return
    begins_ms = max(visit.earliest_at_ms, draft.now_ms)
    if visit.latest_at_ms - begins_ms < LEAST_VISIT_MS or begins_ms > draft.now_ms + FARTHEST_VISIT_MS:
        raise InvalidInput("bad_visit", "Choose half an hour at least, within two weeks, when somebody is there.")


def _claimed(draft: Draft, order: Order, command: cc.RequestClaim) -> tuple[ClaimedLine, ...]:
    """The lines as the claim keeps them. Raises `InvalidInput` for others than the order has, and `Conflict`."""
    lines = claimable(order)
    numbers = [number for number, _ in command.lines]
    if not numbers or len(numbers) > MOST_LINES or len(set(numbers)) < len(numbers):
        raise InvalidInput("bad_lines", "Name the lines that it is about, each once.")
    if not all(0 <= number < len(lines) and pieces > 0 for number, pieces in command.lines):
        raise InvalidInput("bad_lines", "The order has no such lines.")
    left = left_to_claim(order, (claim for claim in draft.base.claims.values() if claim.order_id == order.id))
    for number, pieces in command.lines:
        if pieces > left[number]:
            raise Conflict("claimed_already", f"Of line {number} only {left[number]} pieces are left to claim.")
    return tuple(ClaimedLine(n, pieces, lines[n].name, lines[n].sku) for n, pieces in command.lines)


def _check_policy(draft: Draft, order: Order, command: cc.RequestClaim, lines: tuple[ClaimedLine, ...]) -> None:
    for line in lines:
        known = draft.base.skus.get(line.sku)
        category = known.category if known else ""
        until_ms = claim_until_ms(draft.base.claim_policy, order, command.kind, command.reason, category)
        if not until_ms:
            raise Conflict("not_granted", f"A {command.kind} for this reason is not granted for line {line.line}.")
        if until_ms < draft.now_ms:
            raise Conflict("claim_too_late", f"The time to ask for this is over for line {line.line}.")


# --- answers ------------------------------------------------------------------------------------------------------


def withdraw_claim(draft: Draft, command: cc.WithdrawClaim) -> None:
    """It is not wanted any more, as long as no courier has the goods. A second time changes nothing."""
    claim = draft.claim(command.claim_id)
    if claim.status is ClaimStatus.WITHDRAWN:
        return
    _check_status(claim, ClaimStatus.REQUESTED, ClaimStatus.APPROVED)
    change_claim(draft, replace(claim, status=ClaimStatus.WITHDRAWN))
    call_off(draft, claim, "claim withdrawn")


def approve_claim(draft: Draft, command: cc.ApproveClaim) -> None:
    """It is granted: a courier fetches the goods, and other ones are promised where they are exchanged."""
    claim = draft.claim(command.claim_id)
    _check_status(claim, ClaimStatus.REQUESTED)
    if command.pickup.order.direction is not Direction.RETURN:
        raise InvalidInput("pickup_missing", "A granted claim needs an order that fetches the goods.")
    if (command.delivery is not None) is not (claim.kind is ClaimKind.EXCHANGE):
        raise InvalidInput("delivery_missing", "An exchange needs an order that brings other goods; nothing else does.")
    link(draft, claim, command.pickup)
    if command.delivery:
        link(draft, claim, command.delivery)
    granted = replace(
        claim,
        status=ClaimStatus.APPROVED,
        depot_id=command.pickup.order.depot_id,
        pickup_order_id=command.pickup.order.id,
        delivery_order_id=command.delivery.order.id if command.delivery else "",
        replacement=command.delivery.order.lines if command.delivery else (),
        rounds=claim.rounds + 1,
        arrived_at_ms=0,
    )
    change_claim(draft, _answered(draft, granted, command.answer, command.by))
    draft.emit(e.Overridden("approve_claim", claim.order_id, "", command.answer))


def refuse_claim(draft: Draft, command: cc.RefuseClaim) -> None:
    """It is not granted, and the customer is told why."""
    claim = draft.claim(command.claim_id)
    if not command.answer.strip():
        raise InvalidInput("answer_missing", "Tell the customer why it is not granted.")
    _check_status(claim, ClaimStatus.REQUESTED)
    refused = replace(claim, status=ClaimStatus.REFUSED)
    change_claim(draft, _answered(draft, refused, command.answer, command.by))
    draft.emit(e.Overridden("refuse_claim", claim.order_id, "", command.answer))


def _answered(draft: Draft, claim: Claim, answer: str, by: str) -> Claim:
    if len(answer) > MAX_TEXT:
        raise InvalidInput("text_too_long", f"An answer has at most {MAX_TEXT} characters.")
    return replace(claim, answer=answer.strip(), answered_by=by, answered_at_ms=draft.now_ms)


def escalate_claims(draft: Draft) -> None:
    """Whatever nobody has answered in time is pointed out, once."""
    overdue = [claim_id for claim_id, due_at_ms in draft.base.unanswered.items() if due_at_ms <= draft.now_ms]
    for claim_id in overdue:
        change_claim(draft, replace(draft.claim(claim_id), escalated_at_ms=draft.now_ms))


# --- goods --------------------------------------------------------------------------------------------------------


def receive_claim(draft: Draft, command: cc.ReceiveClaim) -> None:
    """A depot has the goods: each piece lies in stock again or is written off; what was owed for them may leave.

    The customer may have brought them, too: then no courier fetches them any more.
    """
    claim = draft.claim(command.claim_id)
    _check_status(claim, *FETCHED)
    put_away(draft, claim, command.lines, command.note)
    over = claim.kind is ClaimKind.RETURN or (claim.kind is ClaimKind.EXCHANGE and claim.brought_at_ms > 0)
    received = replace(
        claim,
        status=ClaimStatus.DONE if over else ClaimStatus.RECEIVED,
        received=command.lines,
        received_at_ms=draft.now_ms,
        arrived_at_ms=claim.arrived_at_ms or draft.now_ms,
    )
    change_claim(draft, received)
    if claim.status is ClaimStatus.APPROVED:
        call_off(draft, claim, "claim received", only_pickup=True)
    if claim.kind is ClaimKind.EXCHANGE:
        let_delivery_go(draft, received, command.promise_at_ms)


def send_for_claim(draft: Draft, command: cc.SendForClaim) -> None:
    """What is owed leaves the depot: repaired goods, or other ones whose first delivery came to nothing."""
    claim = draft.claim(command.claim_id)
    _check_status(claim, ClaimStatus.RECEIVED)
    if claim.delivery_order_id:
        raise Conflict("sent_already", f"Order {claim.delivery_order_id} brings it; cancel that one first.")
    if command.delivery.order.direction is not Direction.DELIVERY:
        raise InvalidInput("delivery_missing", "What is owed is sent by an order that delivers it.")
    link(draft, claim, command.delivery)
    change_claim(draft, replace(claim, delivery_order_id=command.delivery.order.id, rounds=claim.rounds + 1))


def _check_status(claim: Claim, *allowed: ClaimStatus) -> None:
    if claim.status not in allowed:
        raise Conflict("wrong_state", f"The claim is {claim.status}, not {' or '.join(allowed)}.")


# --- policy -------------------------------------------------------------------------------------------------------


def set_policy(draft: Draft, command: cc.SetClaimPolicy) -> None:
    """Other things are granted from now on. Whoever changes it names the version that they saw; the same once more
    changes nothing.
    """
    known = draft.base.claim_policy
    wanted = replace(command.policy, version=known.version)
    categories = [rule.category.strip().casefold() for rule in wanted.rules]
    if len(categories) > MOST_RULES or categories.count("") != 1 or len(set(categories)) < len(categories):
        raise InvalidInput(
            "bad_policy", f"A policy has a rule for all, and at most {MOST_RULES} in all, one a category."
        )
    for rule in wanted.rules:
        if not all(0 <= days <= MOST_DAYS for days in (rule.no_reason_days, rule.fault_days, rule.repair_days)):
            raise InvalidInput("bad_policy", f"A rule counts in whole days, from 0 to {MOST_DAYS}.")
    if wanted == known:
        return
    if command.base_version is not None and command.base_version != known.version:
        raise Conflict("stale_policy", "Somebody else has changed the policy meanwhile; look at it and change again.")
    draft.emit(e.ClaimPolicyChanged(replace(wanted, version=known.version + 1)))
    draft.emit(e.Overridden("set_claim_policy", "", "", command.reason))
