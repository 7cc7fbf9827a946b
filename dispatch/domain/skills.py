"""What a courier must be able to do for an order.

The theory. A shop may demand any skill by its name. Two more follow from the order itself, but only where the zone
knows them: an order whose proof is the customer's age needs a courier with the skill `age_check`, and a fragile one a
courier with `fragile`, if any courier of the zone carries that skill. In a zone where nobody does, everybody may: such
a house has not divided its couriers that way, and the order must not wait for somebody who does not exist.
"""

from collections.abc import Iterable, Set

from dispatch.domain.courier import Courier
from dispatch.domain.order import Order, ProofKind

AGE_CHECK = "age_check"
FRAGILE = "fragile"


def skills_of(couriers: Iterable[Courier]) -> frozenset[str]:
    """Every skill that some of these couriers carry."""
    return frozenset(skill for courier in couriers for skill in courier.skills)


def needed_skills(order: Order, known: Set[str]) -> tuple[str, ...]:
    """What the order's courier must carry, sorted; `known` are the skills that the zone's couriers have."""
    needed = set(order.skills)
    if ProofKind.AGE in order.requires:
        needed |= {AGE_CHECK} & known
    if order.fragile:
        needed |= {FRAGILE} & known
    return tuple(sorted(needed))
