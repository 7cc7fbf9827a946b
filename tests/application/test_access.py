"""The access table: complete, and closed by default."""

import msgspec
import pytest

from courier_protocol import live, messages
from dispatch.application.access import (
    TABLE,
    Action,
    Reach,
    Resource,
    Role,
    Subject,
    allow,
    allow_depots,
    offered,
    reach,
)
from dispatch.application.visible import FIELDS
from dispatch.cli import ROLES
from dispatch.domain.errors import Forbidden
from dispatch.web import courier_socket, live_socket
from dispatch.web.operations import OPERATIONS

PUBLIC = {
    "readTrack",
    *("readTrackProof", "rateDelivery"),
    "writeAsShopper",
    *("listOwnCases", "openOwnCase", "reopenOwnCase"),
    *("writeInstructions", "findAddresses", "previewAddress", "changeAddress"),
    *("listWindows", "chooseWindow", "cancelAsCustomer", "acceptDelay", "changeOwnMode"),
    *("readAfterSales", "claimAsCustomer", "withdrawAsCustomer"),
    *("requestCode", "signIn"),
    *("readStaffDoor", "signInStaff", "refreshStaff", "signOutStaff"),
    *("lookUpOrders", "confirmLookup", "readPush", "putPush", "deletePush"),
    *("readContact", "putContact"),
    "callCourier",
    *("readLeaderPage", "confirmAsLeader", "collectAsLeader", "refuseAsLeader"),
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


def test_a_customer_has_their_own_account_and_nothing_else() -> None:
    """What shoppers do about one order they do by its link; nobody else may look into an account."""
    mine = {Action.READ_MY_ORDERS, Action.KEEP_MY_ADDRESSES, Action.MANAGE_MY_ACCOUNT}
    assert {action for action, row in TABLE.items() if Role.CUSTOMER in row} == mine
    assert all(TABLE[action] == {Role.CUSTOMER: Reach.OWN} for action in mine)


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


def test_a_token_for_a_depot_is_for_what_is_of_it() -> None:
    """What is of the zone as a whole is closed to it, whatever its role may do otherwise; nor is it offered."""
    local = Subject(Role.DISPATCHER, "a", depots=frozenset({"d1"}))
    allow(local, Action.CANCEL_ORDER, Resource("z1", "shop", "d1"))
    with pytest.raises(Forbidden, match="d2"):
        allow(local, Action.CANCEL_ORDER, Resource("z1", "shop", "d2"))
    with pytest.raises(Forbidden, match="single depots"):
        reach(local, Action.READ_STATS)
    assert "read_stats" in offered(Role.DISPATCHER, of_depots=False)
    assert not {"read_stats", "list_couriers"}.intersection(offered(Role.DISPATCHER, of_depots=True))
    allow_depots(local, ["d1"])
    with pytest.raises(Forbidden, match="d2"):
        allow_depots(local, ["d1", "d2"])
    allow_depots(Subject(Role.DISPATCHER, "b"), ["d1", "d2"])


def test_several_subjects_may_act_for_one_account() -> None:
    """What one of them placed is the account's, and so every one's of them; the audit still names each."""
    one, two = (Subject(Role.GROUP_LEADER, name, account="village-7") for name in ("ann", "bo"))
    assert one.owner == two.owner == "village-7" and one.actor == "group_leader:ann"
    allow(two, Action.CANCEL_ORDER, Resource("z1", one.owner))
    with pytest.raises(Forbidden, match="own"):
        allow(two, Action.CANCEL_ORDER, Resource("z1", "ann"))


def test_every_role_that_reads_orders_has_a_list_of_fields() -> None:
    """A role that may read orders cannot be forgotten where it is said what it is shown of them."""
    assert set(FIELDS) == set(TABLE[Action.READ_ORDER]) == set(TABLE[Action.LIST_ORDERS])


def test_the_command_line_knows_every_role() -> None:
    """A token can be issued for each."""
    assert set(ROLES) == set(Role)
