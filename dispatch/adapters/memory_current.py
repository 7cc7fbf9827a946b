"""What a zone's state is made of again, out of a store in memory: all that is open, and what ended lately."""

from collections.abc import Mapping

from dispatch.adapters.commits import finished_at_ms
from dispatch.domain.case import Case
from dispatch.domain.claim import CLOSED, Claim
from dispatch.domain.offer import Offer, OfferStatus
from dispatch.domain.order import Order
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.override import Override
from dispatch.domain.zone import Entity


def is_current(entities: Mapping[tuple[str, str], Entity], entity: Entity, finished_after_ms: int) -> bool:
    """Whether the entity, one of these, belongs to the state: open, or not over before that moment."""
    if isinstance(entity, OrderMessage):
        return is_current(entities, entities["Order", entity.order_id], finished_after_ms)
    is_open, over_at_ms = _standing(entity)
    return is_open or over_at_ms >= finished_after_ms


def _standing(entity: Entity) -> tuple[bool, int]:
    match entity:
        case Case():
            return not entity.is_closed, entity.at_ms
        case Claim():
            return entity.status not in CLOSED, entity.changed_at_ms
        case Override():
            return not entity.settled, entity.at_ms
        case Order():
            ended_at_ms = finished_at_ms(entity)
            return not entity.is_over or ended_at_ms is None, ended_at_ms or 0
        case Offer():
            return entity.status is OfferStatus.OPEN, entity.expires_at_ms
        case _:
            return True, 0
