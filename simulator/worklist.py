"""What a courier's phone shows: the route and the open offers, as the server's facts left them. Pure."""

from courier_protocol.messages import (
    CourierFact,
    Duty,
    DutyChanged,
    OfferClosed,
    Offered,
    Push,
    Resync,
    RouteChanged,
    StopView,
)


class Worklist:
    """The courier's picture of the work ahead; a finished stop stays out even before the server says so."""

    def __init__(self) -> None:
        self.duty: Duty = "off_duty"
        self.offers: dict[str, Offered] = {}
        self._stops: tuple[StopView, ...] = ()
        self._finished: set[str] = set()

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
            case RouteChanged(stops=stops):
                self._stops = stops
                self._finished &= {stop.stop_id for stop in stops}
            case DutyChanged(duty=duty):
                self.duty = duty
        return None

    def finish(self, stop_id: str) -> None:
        """The courier has done this stop; the report of it may still be on its way."""
        self._finished.add(stop_id)

    def reopen(self, stop_id: str) -> None:
        """The server refused the report: the stop is still to be done, if the route has it."""
        self._finished.discard(stop_id)

    def stop(self, stop_id: str) -> StopView | None:
        """A stop that is still to be done, as it now stands."""
        return next((stop for stop in self._stops if stop.stop_id == stop_id and stop_id not in self._finished), None)

    def next_stop(self) -> StopView | None:
        """The first stop that can be done now: none of its orders is merely offered, nor waits for such a pickup."""
        waiting = {order_id for offer in self.offers.values() for order_id in offer.order_ids}
        for stop in self._stops:
            if stop.stop_id in self._finished:
                continue
            if waiting.isdisjoint(stop.order_ids):
                return stop
            waiting.update(stop.order_ids)
        return None
