"""Pickup points: where customers fetch their orders, with somebody (the group leader) who keeps them."""

from dataclasses import dataclass

from dispatch.domain.geo import Point


@dataclass(frozen=True, slots=True)
class PickupPoint:
    """One stop for a courier, many orders. `leader` is the account that runs it, `phone` the leader's number (personal:
    never logged). Orders are kept for `keeps_s` of business time. `link_hash` opens the leader's page, `link_number`
    says how often that link was replaced. A `removed` point takes no more orders.
    """

    id: str
    name: str
    place: Point
    address: str = ""
    leader: str = ""
    phone: str = ""
    keeps_s: int = 48 * 3600
    link_hash: str = ""
    link_number: int = 0
    removed: bool = False
