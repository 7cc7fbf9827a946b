"""Which fields of an order each role is shown over HTTP: an allow-list, and what is not on it is left out.

A view has no name and no phone of a customer to begin with; what is left of them is the door, the notes and the words
of a rating. Whoever brings, hands out or answers for an order needs these; whoever counts money does not. A distributor
reads where their parcels go, as their delivery notes have it, and not what their customers have told the courier.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import fields, replace

from courier_protocol.order_view import OrderView
from dispatch.application.access import Role, Subject

ALL: Final = frozenset(field.name for field in fields(OrderView))
AT_THE_DOOR: Final = frozenset({"address", "lat", "lon", "note", "leave_at_door", "wishes", "rating"})
FIELDS: Final[Mapping[Role, frozenset[str]]] = {
    **dict.fromkeys((Role.ADMIN, Role.DISPATCHER, Role.DEPOT, Role.SUPPORT, Role.INTEGRATOR, Role.GROUP_LEADER), ALL),
    Role.FINANCE: ALL - AT_THE_DOOR,
    Role.DISTRIBUTOR: ALL - AT_THE_DOOR | {"address"},
}
"""Roles that are not here see no orders over HTTP. Couriers see their stops, shoppers their page (`courier_facts`)."""
_EMPTY: Final[Mapping[str, Any]] = {"address": "", "lat": 0.0, "lon": 0.0}
"""What has no default: an address of nowhere, at a place where nobody lives."""
_BLANK: Final[Mapping[str, Any]] = {field.name: _EMPTY.get(field.name, field.default) for field in fields(OrderView)}


def seen_by(subject: Subject, view: OrderView) -> OrderView:
    """The view as the subject may see it."""
    hidden = ALL - FIELDS.get(subject.role, frozenset())
    return replace(view, **{name: _BLANK[name] for name in hidden}) if hidden else view
