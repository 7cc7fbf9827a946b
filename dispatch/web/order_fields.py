"""What is wrong with an order that is to be taken in, field by field: refusals of the house with a pointer into the
body, so that a shop's form can show them where they belong.
"""

from collections.abc import Collection
from typing import Final

from dispatch.domain.errors import DomainError, InvalidInput
from dispatch.domain.fulfilment import Mode
from dispatch.domain.payment import Payment, PaymentState
from dispatch.web.bodies import OrderBody, PaymentBody
from dispatch.web.problems import FieldError, Problem

POINTERS: Final = {
    "coordinates_outside_city": "/dropoff",
    "half_a_place": "/dropoff",
    "depot_needed": "/depot_id",
    "point_needed": "/point_id",
    "mode_of_points": "/mode",
    "mode_of_returns": "/mode",
    "window_in_the_past": "/promise_at_ms",
    "window_reversed": "/earliest_at_ms",
    "window_too_early": "/ready_at_ms",
    "proof_in_person": "/leave_at_door",
    "not_brought": "/leave_at_door",
    "not_for_returns": "/leave_at_door",
    "bad_payment": "/payment/due_minor",
}
"""Where a refusal belongs, by its code."""
_CASH_NEEDS_AMOUNT: Final = "Say what the courier takes at the door (due_minor), from 1 on."
_AMOUNT_NEEDS_CASH: Final = "Only with cash the courier takes an amount at the door; leave due_minor out."


def of_fields(
    code: str, detail: str, body: OrderBody, depots: Collection[str], skus: Collection[str]
) -> Problem | None:
    """The refusal as a problem of its fields; None where it is none of theirs."""
    match code:
        case "unknown_sku":
            wrong = [(n, line.sku) for n, line in enumerate(body.lines) if line.sku and line.sku not in skus]
            errors = [FieldError(f"There is no sku {sku}.", f"/lines/{n}/sku", code) for n, sku in wrong]
        case "unknown_depot":
            named = (("/depot_id", body.depot_id), *_numbered("/depot_options", body.depot_options))
            unknown = [(pointer, depot_id) for pointer, depot_id in named if depot_id and depot_id not in depots]
            errors = [FieldError(f"There is no depot {depot_id}.", pointer, code) for pointer, depot_id in unknown]
        case _:
            errors = [FieldError(detail, POINTERS[code], code)] if code in POINTERS else []
    return Problem(422, code, detail, errors=tuple(errors)) if errors else None


def of_error(error: Exception, body: OrderBody, depots: Collection[str], skus: Collection[str]) -> Problem | None:
    """The same for an error on its way to the caller."""
    match error:
        case Problem(errors=()) | DomainError():
            return of_fields(error.code, error.detail, body, depots, skus)
        case _:
            return None


def mode_of(body: OrderBody) -> Mode:
    """Who brings it; to a pickup point a courier does. Raises `InvalidInput`, and `Problem` for an address that is
    missing where somebody is to come.
    """
    if body.mode == "leader_pickup" and not body.point_id:
        raise InvalidInput("point_needed", "Say at which pickup point it is collected.")
    if body.mode != "self_pickup" and not body.dropoff.address:
        wrong = FieldError("Say how people write the address.", "/dropoff/address", "missing_field")
        raise Problem(422, "bad_field", wrong.detail, errors=(wrong,))
    return Mode.DELIVERY if body.mode == "leader_pickup" else Mode(body.mode)


def payment_of(body: PaymentBody | None, own_currency: str) -> Payment | None:
    """How the order is paid. Raises `InvalidInput` for an amount that does not go with it."""
    if body is None:
        return None
    state = PaymentState(body.state)
    if state is PaymentState.CASH and not body.due_minor:
        raise InvalidInput("bad_payment", _CASH_NEEDS_AMOUNT)
    if state is not PaymentState.CASH and body.due_minor:
        raise InvalidInput("bad_payment", _AMOUNT_NEEDS_CASH)
    return Payment(state, body.due_minor, (body.currency or own_currency) if body.due_minor else "")


def _numbered(pointer: str, depot_ids: Collection[str]) -> list[tuple[str, str]]:
    return [(f"{pointer}/{n}", depot_id) for n, depot_id in enumerate(depot_ids)]
