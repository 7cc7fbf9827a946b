"""Decisions about distributors: who may order, what, and how much their orders are worth."""

from dataclasses import replace
from typing import Final

from dispatch.domain import distributor_commands as d
from dispatch.domain import events as e
from dispatch.domain.allotment import needs
from dispatch.domain.distributor import Distributor, LicenceKind, Standing
from dispatch.domain.errors import Conflict, Forbidden, InvalidInput, NotFound
from dispatch.domain.order import Order, ProofKind
from dispatch.domain.zone import Draft

MOST_DISTRIBUTORS: Final = 2_000
MOST_LICENCES: Final = 10
HIGHEST_TIER: Final = 3
_JUDGED: Final = (Standing.APPROVED, Standing.REFUSED, Standing.SUSPENDED)


def apply_as_distributor(draft: Draft, command: d.ApplyAsDistributor) -> None:
    """The account is known and waits to be looked at; one that is approved stays so, with its new data.

    Licences that were taken away or changed have to be looked at again: then it waits anew.
    """
    if not command.name.strip():
        raise InvalidInput("name_missing", "Say who the distributor is.")
    if len(command.licences) > MOST_LICENCES:
        raise InvalidInput("too_many_licences", f"A distributor has at most {MOST_LICENCES} licences.")
    known = draft.base.distributors.get(command.account)
    if known is None and len(draft.base.distributors) >= MOST_DISTRIBUTORS:
        raise Conflict("too_many_distributors", f"A zone has at most {MOST_DISTRIBUTORS} distributors.")
    if known and known.standing is Standing.SUSPENDED:
        raise Forbidden("suspended", "The distributor is suspended; ask the dispatchers.")
    before = known or Distributor(command.account, "", applied_at_ms=draft.now_ms)
    told = replace(before, name=command.name, contact=command.contact, phone=command.phone, licences=command.licences)
    if before.standing is not Standing.APPROVED or told.licences != before.licences:
        told = replace(told, standing=Standing.APPLIED, applied_at_ms=draft.now_ms, reason="")
    if told != known:
        draft.emit(e.DistributorChanged(told))


def judge_distributor(draft: Draft, command: d.JudgeDistributor) -> None:
    """Somebody has decided. The same decision a second time changes nothing."""
    known = draft.base.distributors.get(command.account)
    if known is None:
        raise NotFound("unknown_distributor", f"There is no distributor {command.account}.")
    if command.standing not in _JUDGED:
        raise InvalidInput("bad_standing", f"A distributor is {', '.join(_JUDGED)}.")
    if command.standing is not Standing.APPROVED and not command.reason.strip():
        raise InvalidInput("reason_missing", "Say why, for the distributor reads it.")
    if not 0 <= command.tier <= HIGHEST_TIER or command.commission_minor < 0:
        raise InvalidInput("bad_tier", f"A tier is 0 to {HIGHEST_TIER}, a commission 0 or more.")
    terms = {"tier": command.tier, "commission_minor": command.commission_minor, "reason": command.reason}
    judged = replace(known, standing=command.standing, **terms)  # type: ignore[arg-type]
    if replace(judged, judged_at_ms=known.judged_at_ms) != known:
        draft.emit(e.DistributorChanged(replace(judged, judged_at_ms=draft.now_ms)))


def as_ordered_by(draft: Draft, order: Order) -> Order:
    """The order as its distributor may place it, worth what their tier says; any other order as it is.

    Raises `Forbidden` for one who may not order, or not this.
    """
    distributor = draft.base.distributors.get(order.placed_by)
    if distributor is None:
        return order
    if distributor.standing is not Standing.APPROVED:
        raise Forbidden("not_approved", f"The distributor is {distributor.standing}, not approved.")
    if _for_adults(draft, order) and not distributor.may_sell(LicenceKind.LIQUOR, draft.now_ms):
        raise Forbidden("licence_missing", "The distributor has no liquor licence that is good today.")
    return replace(order, tier=max(order.tier, distributor.tier))


def _for_adults(draft: Draft, order: Order) -> bool:
    skus = (draft.base.skus.get(sku) for sku in needs(order))
    return ProofKind.AGE in order.requires or any(sku is not None and sku.age_restricted for sku in skus)
