"""In whose history an event is filed: by a kind and an id, so that a store finds one entity's events among millions.

Under `order`, `courier`, `route`, `depot`, `incident`, `sku` and `shelf` (its ledger) each event carries the whole
entity (ADR 4): the newest one up to a moment is what the entity was then. What is told of an order or a courier beside
that is filed under kinds of its own: an order's cases, claims, messages and overrides by the order's id, a courier's
offers and notices by the courier's.
"""

from dispatch.domain import events as e
from dispatch.domain.zone import entity_of

NOBODY = ("", "")
"""Events of the zone as a whole."""
GOALS = ("goals", "zone")
"""A zone has one set of goals at a time."""
CLAIM_POLICY = ("claim_policy", "zone")
RETIMED = "RouteRetimed"
"""The type of the events that a history leaves out: the same stops at other times, many a minute."""
PAST_KINDS = frozenset({"order", "courier", "route", "depot", "incident", "case", "message", "goals"})
"""What a zone as it was is made of."""
ORDER_KINDS = ("order", "case", "message", "override")
"""Everything that is told of an order."""
COURIER_KINDS = ("courier", "route", "offer", "notice", "override")
"""Everything that is told of a courier."""


def filed(event: e.Event) -> tuple[str, str]:  # noqa: PLR0911 - one table
    """(kind, id) of the history that the event belongs to."""
    match event:
        case e.CaseChanged(case=case):
            return "case", case.order_id
        case e.ClaimChanged(claim=claim):
            return "claim", claim.order_id
        case e.ClaimPolicyChanged():
            return CLAIM_POLICY
        case e.MessagePosted(message=message):
            return "message", message.order_id
        case e.OfferMade(offer=offer) | e.OfferClosed(offer=offer):
            return "offer", offer.courier_id
        case e.RouteChanged(route=route) | e.RouteRetimed(route=route):
            return "route", route.courier_id
        case e.GoalsChanged():
            return GOALS
        case e.CourierNoticed():
            return "notice", event.courier_id
        case e.Overridden():
            return ("override", event.order_id or event.courier_id) if event.order_id or event.courier_id else NOBODY
        case _:
            return _by_id(event)


def _by_id(event: e.Event) -> tuple[str, str]:
    kind = _KINDS.get(type(event))
    return (kind, str(getattr(entity_of(event), "id", ""))) if kind else NOBODY


_KINDS: dict[type[e.Event], str] = {
    e.OrderCreated: "order",
    e.OrderChanged: "order",
    e.EtaChanged: "order",
    e.CourierRegistered: "courier",
    e.DutyChanged: "courier",
    e.DepotRegistered: "depot",
    e.IncidentChanged: "incident",
    e.SkuRegistered: "sku",
    e.StockChanged: "shelf",
    e.PointRegistered: "point",
    e.DistributorChanged: "distributor",
}
