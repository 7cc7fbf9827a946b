"""What a courier's phone shows: the route and the open offers, as the server's facts left them. Pure."""

from collections.abc import Sequence

from courier_protocol.messages import (
    CourierFact,
    Duty,
    DutyChanged,
    OfferClosed,
    Offered,
    OrderCard,
    Proof,
    Push,
    Resync,
    RouteChanged,
    StopView,
)

Visit = tuple[str, str]
"""(stop id, order id): one order's part of a stop."""


class Worklist:
    """The courier's picture of the work ahead; what is finished stays out even before the server says so.

    A depot visit may hold orders that the courier has accepted and others that are still on offer. It is done for the
    accepted ones alone and comes back under the same id for the others, so single orders are what is ticked off.
    """

    def __init__(self) -> None:
        self.duty: Duty = "off_duty"
        self.offers: dict[str, Offered] = {}
        self._stops: tuple[StopView, ...] = ()
        self._finished: set[Visit] = set()
        self._cards: dict[str, OrderCard] = {}

    @property
    def stops(self) -> Sequence[StopView]:
        """The route, as the server last told it."""
        return self._stops

    def apply(self, event: Push | Resync) -> tuple[Offered, ...]:
        """Take the server's word; returns the offers that are new."""
        if isinstance(event, Push):
            return tuple(offer for fact in event.facts if (offer := self._take(fact)))
        self.duty = event.duty
        self._take(event.route)
        known, self.offers = self.offers, {offer.offer_id: offer for offer in event.offers}
        return tuple(offer for offer in event.offers if offer.offer_id not in known)

    def _take(self, fact: CourierFact) -> Offered | None:
        match fact:
            case Offered(offer_id=offer_id):
                is_new = offer_id not in self.offers
                self.offers[offer_id] = fact
                return fact if is_new else None
            case OfferClosed(offer_id=offer_id):
                self.offers.pop(offer_id, None)
            case RouteChanged(stops=stops, cards=cards):
                self._stops = stops
                self._cards = {card.order_id: card for card in cards}
                self._finished &= {(stop.stop_id, order_id) for stop in stops for order_id in stop.order_ids}
            case DutyChanged(duty=duty):
                self.duty = duty
        return None

    def finish(self, stop_id: str) -> frozenset[Visit]:
        """The courier has done this stop; the report of it may still be on its way. Returns what to `reopen`."""
        stop = self.stop(stop_id)
        done = frozenset((stop_id, order_id) for order_id in self.to_do(stop)) if stop else frozenset()
        self._finished |= done
        return done

    def reopen(self, done: frozenset[Visit]) -> None:
        """The server refused the report: this is still to be done, if the route has it."""
        self._finished -= done

    def stop(self, stop_id: str) -> StopView | None:
        """A stop at which something is still to be done, as it now stands."""
        return next((stop for stop in self._stops if stop.stop_id == stop_id and self.to_do(stop)), None)

    def next_stop(self) -> StopView | None:
        """The first stop of the route at which something can be done now."""
        return next((stop for stop in self._stops if self.to_do(stop)), None)

    def proofs(self, stop: StopView, order_ids: list[str]) -> list[Proof]:
        """The photos that the orders of a stop at a door ask for. The pictures never follow: nobody has taken them."""
        if stop.kind != "dropoff":
            return []
        cards = (self._cards.get(order_id) for order_id in order_ids)
        asked = [card.order_id for card in cards if card and "photo" in card.requires]
        return [Proof("photo", order_id, upload_id=f"simulated-{order_id}") for order_id in asked]

    def to_do(self, stop: StopView) -> list[str]:
        """The accepted orders of the stop that are not done; none at a door that an offered order shares."""
        offered = {order_id for offer in self.offers.values() for order_id in offer.order_ids}
        if stop.kind == "dropoff" and not offered.isdisjoint(stop.order_ids):
            return []
        return [o for o in stop.order_ids if o not in offered and (stop.stop_id, o) not in self._finished]
