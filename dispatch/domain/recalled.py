"""What a command names that may have ended long ago: the writer brings it back before it decides."""

from dispatch.domain.case_commands import OpenCase
from dispatch.domain.claim_commands import (
    ApproveClaim,
    ReceiveClaim,
    RefuseClaim,
    RequestClaim,
    SendForClaim,
    WithdrawClaim,
)
from dispatch.domain.commands import Command, ErasePeople, RateOrder, ReplaceLink, ReportPreparation, ReportProgress


def named_orders(command: Command) -> tuple[str, ...]:
    """The orders that a command names which may have ended long ago: while a phone was away, or before a customer
    looks back.
    """
    match command:
        case ReportProgress(order_ids=order_ids) | ErasePeople(order_ids=order_ids):
            return order_ids
        case ReportPreparation() | RateOrder() | ReplaceLink() | OpenCase() | RequestClaim():
            return (command.order_id,)
        case _:
            return ()


def named_claim(command: Command) -> str:
    """The claim that a command names, which may be closed; empty: none."""
    match command:
        case WithdrawClaim() | ApproveClaim() | RefuseClaim() | ReceiveClaim() | SendForClaim():
            return command.claim_id
        case _:
            return ""
