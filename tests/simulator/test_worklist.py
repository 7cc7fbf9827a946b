"""What a phone shows after each of the server's facts."""

from courier_protocol.messages import (
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
from simulator.worklist import Worklist


def stop(stop_id: str, order_id: str) -> StopView:
    return StopView(stop_id, "pickup", (order_id,), 60.0, 25.0, "")


def push(*facts: object) -> Push:
    return Push(1, 0, 1, 0, facts)  # type: ignore[arg-type]


OFFER = Offered("of-1", ("A",), 1_000)
ROUTE = RouteChanged(2, (stop("pu-A", "A"), stop("pu-B", "B")))


def test_an_offer_is_new_once() -> None:
    """A repeated offer, after a resync for example, is not considered again."""
    work = Worklist()
    assert work.apply(push(OFFER, ROUTE)) == (OFFER,)
    assert work.apply(push(OFFER)) == ()
    assert work.apply(Resync(1, 9, "available", ROUTE, (OFFER,))) == ()


def test_offered_stops_wait_for_the_answer() -> None:
    """A stop whose order is only offered is passed over; once the offer is over, it is the next."""
    work = Worklist()
    work.apply(push(OFFER, ROUTE))
    assert work.next_stop() == ROUTE.stops[1]
    work.apply(push(OfferClosed("of-1", "accepted")))
    assert work.next_stop() == ROUTE.stops[0]


def test_a_depot_visit_is_done_for_the_accepted_orders_alone() -> None:
    """The rest of it comes back under the same id, waits for its offer, and is done when that was accepted."""
    work = Worklist()
    shared = StopView("pu-A", "pickup", ("A", "B"), 60.0, 25.0, "")
    work.apply(push(OFFER, RouteChanged(2, (shared, stop("do-B", "B")))))
    assert work.next_stop() == shared
    work.finish("pu-A")
    assert work.next_stop() == stop("do-B", "B")
    rest = stop("pu-A", "A")
    work.apply(push(RouteChanged(3, (rest, stop("do-B", "B")))))
    assert work.next_stop() == stop("do-B", "B")
    work.apply(push(OfferClosed("of-1", "accepted")))
    assert work.next_stop() == rest


def test_a_door_shared_with_an_offered_order_waits() -> None:
    """Nobody rings twice at the same door; the next stop goes first."""
    work = Worklist()
    door = StopView("do-A", "dropoff", ("A", "B"), 60.0, 25.0, "")
    work.apply(push(OFFER, RouteChanged(2, (door, stop("pu-C", "C")))))
    assert work.next_stop() == stop("pu-C", "C")


def test_a_finished_stop_is_gone_before_the_server_says_so() -> None:
    """And stays gone when an older route comes in; a refused report brings it back."""
    work = Worklist()
    work.apply(push(ROUTE))
    done = work.finish("pu-A")
    work.apply(push(RouteChanged(3, ROUTE.stops)))
    assert work.stop("pu-A") is None
    assert work.finish("pu-A") == frozenset()
    assert work.next_stop() == ROUTE.stops[1]
    work.reopen(done)
    assert work.next_stop() == ROUTE.stops[0]


def test_a_stop_that_comes_back_later_is_to_be_done_again() -> None:
    """After a failed attempt, a dispatcher may put the same drop-off on the route once more."""
    work = Worklist()
    work.apply(push(ROUTE))
    work.finish("pu-A")
    work.apply(push(RouteChanged(3, ROUTE.stops[1:])))
    work.apply(push(RouteChanged(4, ROUTE.stops)))
    assert work.next_stop() == ROUTE.stops[0]


def test_a_resync_replaces_everything() -> None:
    """Offers and stops that it does not name are over."""
    work = Worklist()
    work.apply(push(OFFER, ROUTE, DutyChanged("available")))
    work.apply(Resync(1, 9, "on_break", RouteChanged(5, ())))
    assert (work.duty, work.offers, work.next_stop()) == ("on_break", {}, None)


def test_what_is_left_at_the_door_is_proven_by_a_photo() -> None:
    """Only for the orders that ask for it, and only at their door."""
    work = Worklist()
    door = StopView(stop_id="do-1", kind="dropoff", order_ids=("o1", "o2"), lat=1, lon=1, name="x")
    depot = StopView(stop_id="pu-1", kind="pickup", order_ids=("o1", "o2"), lat=1, lon=1, name="x")
    cards = (OrderCard("o1", "picked_up", requires=("photo",), leave_at_door=True), OrderCard("o2", "picked_up"))
    work.apply(push(RouteChanged(1, (depot, door), cards=cards)))
    assert work.proofs(door, work.to_do(door)) == [Proof("photo", "o1", upload_id="simulated-o1")]
    assert work.proofs(depot, work.to_do(depot)) == []
