"""The access table: complete, and closed by default."""

import msgspec
import pytest

from courier_protocol import live, messages
from dispatch.application.access import TABLE, Action, Reach, Resource, Role, Subject, allow, reach
from dispatch.domain.errors import Forbidden
from dispatch.web import courier_socket, live_socket
from dispatch.web.operations import OPERATIONS

PUBLIC = {
    "readTrack",
    *("readTrackProof", "rateDelivery"),
    "writeAsShopper",
    *("writeInstructions", "findAddresses", "previewAddress", "changeAddress"),
    *("listWindows", "chooseWindow", "cancelAsCustomer", "acceptDelay"),
    *("requestCode", "signIn"),
    *("readStaffDoor", "signInStaff", "refreshStaff", "signOutStaff"),
    *("lookUpOrders", "confirmLookup", "readPush", "putPush", "deletePush"),
    *("getOsmand", "postOsmand", "getGpslogger", "postGpslogger", "postOwntracks"),
    "readCity",
    "readHealth",
    "readReadiness",
    "readMetrics",
    "readOpenapi",
    "readAsyncapi",
}


def test_every_action_has_a_row() -> None:
    """A new action cannot be forgotten in the table."""
    assert set(TABLE) == set(Action)


def test_every_route_names_its_action() -> None:
    """Only the routes listed here are public (GPS apps bring a device key); every other one stands in the table."""
    assert {row.name for row in OPERATIONS if row.action is None} == PUBLIC
    assert all(row.action in TABLE for row in OPERATIONS if row.action)


def test_every_message_names_its_action() -> None:
    """Whatever a phone or a watcher may say is an action of the table."""
    spoken = set(messages.CourierMessage.__args__)
    assert set(courier_socket.MESSAGE_ACTIONS) == spoken
    assert set(live_socket.MESSAGE_ACTIONS) == set(live.WatcherMessage.__args__)
    assert all(issubclass(kind, msgspec.Struct) for kind in spoken)


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_what_is_not_in_the_table_is_denied(action: Action, role: Role) -> None:
    """Each role can do exactly what its row says, and everything else is refused."""
    subject = Subject(role, "someone")
    granted = TABLE[action].get(role)
    if granted is None:
        with pytest.raises(Forbidden):
            reach(subject, action)
    else:
        allow(subject, action, Resource("z1", "someone"))


def test_a_customer_can_do_nothing() -> None:
    """Shoppers have links, not roles."""
    assert not any(Role.CUSTOMER in row for row in TABLE.values())


def test_own_means_own() -> None:
    """An integrator cancels its own orders and nobody else's, nor nobody's."""
    shop = Subject(Role.INTEGRATOR, "shop-1")
    assert reach(shop, Action.CANCEL_ORDER) is Reach.OWN
    allow(shop, Action.CANCEL_ORDER, Resource("z1", "shop-1"))
    for other in ("shop-2", ""):
        with pytest.raises(Forbidden, match="own"):
            allow(shop, Action.CANCEL_ORDER, Resource("z1", other))


def test_a_token_for_one_zone_is_not_for_another() -> None:
    """Zones limit even an admin; a token without zones is good everywhere."""
    local = Subject(Role.ADMIN, "a", frozenset({"z1"}))
    allow(local, Action.OVERRIDE, Resource("z1"))
    with pytest.raises(Forbidden, match="z2"):
        allow(local, Action.OVERRIDE, Resource("z2"))
    allow(Subject(Role.ADMIN, "a"), Action.OVERRIDE, Resource("z2"))
