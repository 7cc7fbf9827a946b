"""The bodies of pickup points over HTTP."""

from typing import Annotated, Literal

from msgspec import Meta

from dispatch.web.bodies import Body, Id, Lat, Lon, Millis, Shown, Zone

MOST_AT_ONCE = 500


class PointBody(Body):
    """A pickup point. `leader` is the account that runs it, as tokens name it; `keeps_s` how long orders wait there.

    A point that is `removed` takes no more orders; what lies there stays.
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    lat: Lat
    lon: Lon
    address: Annotated[str, Meta(max_length=500)] = ""
    leader: Annotated[str, Meta(max_length=100)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""
    keeps_s: Annotated[int, Meta(ge=3_600, le=30 * 86_400)] = 48 * 3_600
    removed: bool = False
    zone: Zone = "default"


class PointShown(Shown, omit_defaults=True):
    """A point, how many orders are expected and lie there, and (for whoever registers points) its leader's page."""

    id: str
    name: str
    lat: float
    lon: float
    address: str
    leader: str
    phone: str
    keeps_s: int
    zone: str
    expected: int
    lying: int
    leader_url: str = ""
    removed: bool = False


class PointsShown(Shown):
    """Points, by id."""

    points: list[PointShown]


class ParcelLine(Shown):
    """What is in it."""

    name: str
    quantity: int


class Parcel(Shown, omit_defaults=True):
    """An order at its point: `customer` is a name and the end of a number, enough to find the right bag.

    Times are epoch milliseconds of business time; 0: not yet, or nobody knows.
    """

    order_id: str
    ref: str
    customer: str
    state: Literal["expected", "at_point", "collected", "uncollected", "returned"]
    lines: list[ParcelLine]
    at_ms: int
    until_ms: int
    eta_at_ms: int
    confirmed_at_ms: int
    fragile: bool = False


class PointPage(Shown):
    """What the leader sees: orders that are expected, those that lie there (the one that goes back first on top), those
    that were collected today (the last one first), and how many there are of each, also where not all of them are
    listed.
    """

    point_id: str
    name: str
    address: str
    zone: str
    now_ms: int
    expected: list[Parcel]
    lying: list[Parcel]
    expected_count: int
    lying_count: int
    collected: list[Parcel]
    collected_count: int


class ConfirmBody(Body):
    """Orders that the leader has."""

    order_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_AT_ONCE)]


class CollectBody(Body):
    """Who fetches what: the code alone is enough, unless two orders have the same. Staff may leave the code out."""

    code: Annotated[str, Meta(pattern="^([0-9]{6})?$(?!\n)")] = ""
    order_id: Id | None = None


class RefuseBody(Body):
    """An order that the leader does not keep, and why."""

    order_id: Id
    why: Literal["damaged", "wrong", "full", "missing"]


class ParcelsChanged(Shown):
    """How the orders stand now."""

    orders: list[Parcel]


class LeaderLink(Shown):
    """The page of the point's leader; the one before opens nothing any more."""

    leader_url: str
    changed_at_ms: Millis
