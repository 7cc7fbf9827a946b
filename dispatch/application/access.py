"""Who may do what: one table of role x action x ownership. What is not in the table is denied.

A role's entry for an action says whose things it may touch: `ANY` of a zone within the subject's zones, or only
`OWN` ones (the courier's own duty, an account's own orders). A subject may be narrowed further: to zones, and to
depots, which leaves it only what is `OF_A_DEPOT`. A shopper's tracking link is a capability for one order and needs no
row; one who proved their number is a customer, whose account is known by the mark of that number.

Who is limited to depots has what is of these depots: their orders, cases, claims, messages and stock, the zone as far
as it is about them, and what is nobody's, as the city's streets. What is of the zone as a whole is not theirs.

Group leaders and distributors place orders for others, as integrators do; what they own is their account's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from dispatch.domain.errors import Forbidden


class Role(StrEnum):
    """What a signed token says its bearer is."""

    ADMIN = "admin"
    DISPATCHER = "dispatcher"
    DEPOT = "depot"
    SUPPORT = "support"
    FINANCE = "finance"
    COURIER = "courier"
    CUSTOMER = "customer"
    GROUP_LEADER = "group_leader"
    DISTRIBUTOR = "distributor"
    INTEGRATOR = "integrator"


class Action(StrEnum):
    """Everything that can be asked of the server with a token."""

    PLACE_ORDER = "place_order"
    READ_ORDER = "read_order"
    LIST_ORDERS = "list_orders"
    CANCEL_ORDER = "cancel_order"
    RESCHEDULE_ORDER = "reschedule_order"
    READDRESS_ORDER = "readdress_order"
    CHANGE_MODE = "change_mode"
    HAND_OUT = "hand_out"
    HAND_TO_CARRIER = "hand_to_carrier"
    REPORT_CARRIER = "report_carrier"
    CHECK_ADDRESS = "check_address"
    REPORT_PREPARATION = "report_preparation"
    REVOKE_LINK = "revoke_link"
    READ_REQUEST = "read_request"
    REGISTER_COURIER = "register_courier"
    SUSPEND_COURIER = "suspend_courier"
    READ_COURIER = "read_courier"
    LIST_COURIERS = "list_couriers"
    REGISTER_DEPOT = "register_depot"
    LIST_DEPOTS = "list_depots"
    APPLY_AS_DISTRIBUTOR = "apply_as_distributor"
    JUDGE_DISTRIBUTOR = "judge_distributor"
    LIST_DISTRIBUTORS = "list_distributors"
    READ_DISTRIBUTOR = "read_distributor"
    READ_PERFORMANCE = "read_performance"
    CALL = "call"
    PRINT_PAPERS = "print_papers"
    REGISTER_POINT = "register_point"
    LIST_POINTS = "list_points"
    WORK_AT_POINT = "work_at_point"
    REGISTER_AREA = "register_area"
    LIST_AREAS = "list_areas"
    REPORT_TRAFFIC = "report_traffic"
    READ_TRAFFIC = "read_traffic"
    READ_ISOCHRONES = "read_isochrones"
    READ_CALIBRATION = "read_calibration"
    LIST_ZONES = "list_zones"
    OVERRIDE = "override"
    HAND_OVER = "hand_over"
    RESOLVE_ATTEMPT = "resolve_attempt"
    READ_OVERRIDES = "read_overrides"
    READ_EVENTS = "read_events"
    READ_HISTORY = "read_history"
    READ_STATS = "read_stats"
    WATCH_ZONE = "watch_zone"
    OPEN_SOCKET = "open_socket"
    RIDE = "ride"
    REPORT_POSITION = "report_position"
    ANSWER_OFFER = "answer_offer"
    REPORT_PROGRESS = "report_progress"
    SET_DUTY = "set_duty"
    WRITE_AS_COURIER = "write_as_courier"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of an action
    UPLOAD_PROOF = "upload_proof"
    READ_PROOF = "read_proof"
    MANAGE_DEVICES = "manage_devices"
    READ_DAY = "read_day"
    READ_TRACK = "read_track"
    LIST_CASES = "list_cases"
    READ_CAUSES = "read_causes"
    HANDLE_CASE = "handle_case"
    REPORT_CASE = "report_case"
    RESOLVE_CASE = "resolve_case"
    READ_MESSAGES = "read_messages"
    WRITE_MESSAGE = "write_message"
    READ_CORRECTIONS = "read_corrections"
    JUDGE_CORRECTION = "judge_correction"
    READ_SELF = "read_self"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - the name of an action
    MANAGE_API_KEYS = "manage_api_keys"
    ERASE_PERSONAL_DATA = "erase_personal_data"
    MANAGE_SECOND_FACTOR = "manage_second_factor"
    MANAGE_STAFF = "manage_staff"
    READ_GOALS = "read_goals"
    SET_GOALS = "set_goals"
    READ_FEES = "read_fees"
    SET_FEES = "set_fees"
    MANAGE_STOCK = "manage_stock"
    REGISTER_GOODS = "register_goods"
    READ_STOCK = "read_stock"
    IMPORT_TABLE = "import_table"
    READ_AVAILABILITY = "read_availability"
    REQUEST_CLAIM = "request_claim"
    READ_CLAIMS = "read_claims"
    ANSWER_CLAIM = "answer_claim"
    RECEIVE_CLAIM = "receive_claim"
    READ_CLAIM_POLICY = "read_claim_policy"
    SET_CLAIM_POLICY = "set_claim_policy"
    READ_WAVES = "read_waves"
    PREPARE_WAVE = "prepare_wave"
    MANAGE_WEBHOOKS = "manage_webhooks"
    MANAGE_CONTACT = "manage_contact"
    MANAGE_NEWS = "manage_news"
    READ_MESSAGES_SENT = "read_messages_sent"
    RETRY_MESSAGE = "retry_message"
    READ_MY_ORDERS = "read_my_orders"
    KEEP_MY_ADDRESSES = "keep_my_addresses"
    MANAGE_MY_ACCOUNT = "manage_my_account"


class Reach(StrEnum):
    """Whose things: `OWN` only the subject's, `ANY` everybody's within the subject's zones."""

    OWN = "own"
    ANY = "any"


_A, _R = Action, Role
_STAFF = dict.fromkeys((_R.ADMIN, _R.DISPATCHER, _R.DEPOT, _R.SUPPORT), Reach.ANY)
_CONTROL = dict.fromkeys((_R.ADMIN, _R.DISPATCHER), Reach.ANY)
_ACCOUNTS = dict.fromkeys((_R.INTEGRATOR, _R.GROUP_LEADER, _R.DISTRIBUTOR), Reach.OWN)
_PARTNERS = (_R.GROUP_LEADER, _R.DISTRIBUTOR)
_USERS = (*_STAFF, _R.FINANCE, *_PARTNERS)
_SHOP = {**_CONTROL, _R.INTEGRATOR: Reach.OWN}
_SELLERS = {**_CONTROL, **_ACCOUNTS}
_ORDERING = dict.fromkeys((*_SELLERS, _R.SUPPORT), Reach.ANY)
_FLEET = dict.fromkeys((_R.ADMIN, _R.DISPATCHER, _R.INTEGRATOR), Reach.ANY)
_SELF = {_R.COURIER: Reach.OWN}
_SHOPPER = {_R.CUSTOMER: Reach.OWN}

TABLE: Mapping[Action, Mapping[Role, Reach]] = {
    _A.PLACE_ORDER: _SELLERS,
    _A.READ_ORDER: {**_STAFF, **_ACCOUNTS, _R.FINANCE: Reach.ANY},
    _A.LIST_ORDERS: {**_STAFF, **_ACCOUNTS, _R.FINANCE: Reach.ANY},
    _A.CANCEL_ORDER: {**_SELLERS, _R.SUPPORT: Reach.ANY},
    _A.RESCHEDULE_ORDER: {**_SHOP, _R.GROUP_LEADER: Reach.OWN, _R.SUPPORT: Reach.ANY},
    _A.READDRESS_ORDER: {**_SHOP, _R.GROUP_LEADER: Reach.OWN, _R.SUPPORT: Reach.ANY},
    _A.CHANGE_MODE: {**_SHOP, _R.GROUP_LEADER: Reach.OWN, _R.SUPPORT: Reach.ANY},
    _A.HAND_OUT: {**_SHOP, _R.DEPOT: Reach.ANY},
    _A.HAND_TO_CARRIER: {**_SHOP, _R.DEPOT: Reach.ANY},
    _A.REPORT_CARRIER: {**_SHOP, _R.DEPOT: Reach.ANY, _R.SUPPORT: Reach.ANY},
    _A.CHECK_ADDRESS: _ORDERING,
    _A.REPORT_PREPARATION: {**_SHOP, _R.DEPOT: Reach.ANY},
    _A.REVOKE_LINK: {**_SHOP, _R.SUPPORT: Reach.ANY},
    _A.READ_REQUEST: dict.fromkeys((*_STAFF, *_ACCOUNTS), Reach.OWN),
    _A.REGISTER_COURIER: _FLEET,
    _A.SUSPEND_COURIER: _CONTROL,
    _A.READ_COURIER: {**_STAFF, **_SELF, _R.INTEGRATOR: Reach.ANY},
    _A.LIST_COURIERS: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
    _A.REGISTER_DEPOT: _FLEET,
    _A.LIST_DEPOTS: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
    _A.APPLY_AS_DISTRIBUTOR: {**_CONTROL, _R.DISTRIBUTOR: Reach.OWN},
    _A.JUDGE_DISTRIBUTOR: _CONTROL,
    _A.LIST_DISTRIBUTORS: {**_CONTROL, _R.SUPPORT: Reach.ANY, _R.FINANCE: Reach.ANY},
    _A.READ_DISTRIBUTOR: {
        **_CONTROL,
        **dict.fromkeys((_R.SUPPORT, _R.FINANCE), Reach.ANY),
        _R.DISTRIBUTOR: Reach.OWN,
    },
    _A.READ_PERFORMANCE: {**_CONTROL, _R.FINANCE: Reach.ANY, _R.DISTRIBUTOR: Reach.OWN},
    _A.CALL: {**_CONTROL, _R.SUPPORT: Reach.ANY, **_SELF},
    _A.PRINT_PAPERS: {**_STAFF, **_ACCOUNTS},
    _A.REGISTER_POINT: _FLEET,
    _A.LIST_POINTS: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
    _A.WORK_AT_POINT: {**_STAFF, _R.GROUP_LEADER: Reach.OWN},
    _A.REGISTER_AREA: _FLEET,
    _A.LIST_AREAS: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
    _A.REPORT_TRAFFIC: _FLEET,
    _A.READ_TRAFFIC: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
    _A.READ_ISOCHRONES: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
    _A.READ_CALIBRATION: {**_STAFF, _R.FINANCE: Reach.ANY, _R.INTEGRATOR: Reach.ANY},
    _A.LIST_ZONES: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
    _A.OVERRIDE: _CONTROL,
    _A.HAND_OVER: _CONTROL,
    _A.RESOLVE_ATTEMPT: {**_CONTROL, _R.DEPOT: Reach.ANY},
    _A.READ_OVERRIDES: _CONTROL,
    _A.READ_EVENTS: _CONTROL,
    _A.READ_HISTORY: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.READ_STATS: {**_STAFF, _R.FINANCE: Reach.ANY},
    _A.WATCH_ZONE: _STAFF,
    _A.OPEN_SOCKET: {**dict.fromkeys(_STAFF, Reach.OWN), **_SELF},
    _A.RIDE: _SELF,
    _A.REPORT_POSITION: _SELF,
    _A.ANSWER_OFFER: _SELF,
    _A.REPORT_PROGRESS: _SELF,
    _A.SET_DUTY: {**_CONTROL, **_SELF},
    _A.REFRESH_TOKEN: _SELF,
    _A.UPLOAD_PROOF: _SELF,
    _A.READ_PROOF: {**_STAFF, **_SELF, _R.DISTRIBUTOR: Reach.OWN},
    _A.MANAGE_DEVICES: {**_FLEET, **_SELF},
    _A.WRITE_AS_COURIER: _SELF,
    _A.READ_DAY: {**_STAFF, **_SELF},
    _A.READ_TRACK: {**_STAFF, **_SELF},
    _A.LIST_CASES: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.READ_CAUSES: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.HANDLE_CASE: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.REPORT_CASE: _ACCOUNTS,
    _A.RESOLVE_CASE: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.READ_MESSAGES: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.WRITE_MESSAGE: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.READ_CORRECTIONS: _CONTROL,
    _A.JUDGE_CORRECTION: _CONTROL,
    _A.READ_SELF: dict.fromkeys((*_STAFF, *_ACCOUNTS, _R.FINANCE), Reach.OWN),
    _A.CHANGE_PASSWORD: dict.fromkeys(_USERS, Reach.OWN),
    _A.MANAGE_API_KEYS: {_R.ADMIN: Reach.ANY},
    _A.ERASE_PERSONAL_DATA: {_R.ADMIN: Reach.ANY},
    _A.MANAGE_SECOND_FACTOR: dict.fromkeys(_USERS, Reach.OWN),
    _A.MANAGE_STAFF: {_R.ADMIN: Reach.ANY},
    _A.READ_GOALS: {**_STAFF, _R.FINANCE: Reach.ANY},
    _A.SET_GOALS: _CONTROL,
    _A.READ_FEES: {**_STAFF, **dict.fromkeys((*_ACCOUNTS, _R.FINANCE), Reach.ANY)},
    _A.SET_FEES: {_R.ADMIN: Reach.ANY},
    _A.MANAGE_STOCK: {**_FLEET, _R.DEPOT: Reach.ANY},
    _A.IMPORT_TABLE: {**_FLEET, _R.DEPOT: Reach.ANY, **dict.fromkeys(_PARTNERS, Reach.OWN)},
    _A.REGISTER_GOODS: {**_FLEET, _R.DEPOT: Reach.ANY},
    _A.READ_STOCK: {**_STAFF, _R.FINANCE: Reach.ANY, _R.INTEGRATOR: Reach.ANY},
    _A.READ_AVAILABILITY: {**_STAFF, **dict.fromkeys(_ACCOUNTS, Reach.ANY)},
    _A.REQUEST_CLAIM: {**_SHOP, _R.GROUP_LEADER: Reach.OWN, _R.SUPPORT: Reach.ANY},
    _A.READ_CLAIMS: {**_STAFF, _R.INTEGRATOR: Reach.OWN, _R.GROUP_LEADER: Reach.OWN},
    _A.ANSWER_CLAIM: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.RECEIVE_CLAIM: {**_CONTROL, _R.DEPOT: Reach.ANY},
    _A.READ_CLAIM_POLICY: {**_STAFF, **dict.fromkeys(_ACCOUNTS, Reach.ANY)},
    _A.SET_CLAIM_POLICY: {_R.ADMIN: Reach.ANY},
    _A.READ_WAVES: _STAFF,
    _A.PREPARE_WAVE: {**_CONTROL, _R.DEPOT: Reach.ANY},
    _A.MANAGE_WEBHOOKS: {**_ACCOUNTS, _R.ADMIN: Reach.ANY},
    _A.MANAGE_CONTACT: {**_ACCOUNTS, _R.ADMIN: Reach.ANY},
    _A.MANAGE_NEWS: dict.fromkeys(_STAFF, Reach.OWN),
    _A.READ_MESSAGES_SENT: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.RETRY_MESSAGE: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.READ_MY_ORDERS: _SHOPPER,
    _A.KEEP_MY_ADDRESSES: _SHOPPER,
    _A.MANAGE_MY_ACCOUNT: _SHOPPER,
}

OF_A_DEPOT: Final = frozenset(
    {
        *(_A.PLACE_ORDER, _A.READ_ORDER, _A.LIST_ORDERS, _A.CANCEL_ORDER, _A.RESCHEDULE_ORDER, _A.REPORT_PREPARATION),
        *(_A.READDRESS_ORDER, _A.CHECK_ADDRESS, _A.REVOKE_LINK, _A.READ_REQUEST, _A.READ_SELF, _A.PRINT_PAPERS),
        *(_A.READ_WAVES, _A.PREPARE_WAVE, _A.READ_STOCK, _A.MANAGE_STOCK, _A.RESOLVE_ATTEMPT, _A.READ_PROOF),
        *(_A.WATCH_ZONE, _A.OPEN_SOCKET, _A.LIST_ZONES, _A.LIST_DEPOTS, _A.LIST_AREAS, _A.READ_TRAFFIC),
        *(_A.READ_ISOCHRONES, _A.READ_GOALS, _A.READ_FEES, _A.READ_CLAIM_POLICY),
        *(_A.OVERRIDE, _A.HAND_OVER, _A.CALL, _A.READ_MESSAGES, _A.WRITE_MESSAGE),
        *(_A.LIST_CASES, _A.HANDLE_CASE, _A.RESOLVE_CASE),
        *(_A.READ_CLAIMS, _A.REQUEST_CLAIM, _A.ANSWER_CLAIM, _A.RECEIVE_CLAIM),
        *(_A.CHANGE_PASSWORD, _A.MANAGE_SECOND_FACTOR, _A.MANAGE_NEWS),
        *(_A.CHANGE_MODE, _A.HAND_OUT, _A.HAND_TO_CARRIER, _A.REPORT_CARRIER),
    }
)
"""What is left to a subject that is limited to depots: what is of an order, of a claim or of a shelf, each of which
belongs to one, a depot's own work, a view of the zone that is as narrow, what is of no depot, and one's own account."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks: a role, an id within that role, and what it is limited to (empty: not limited).

    `account` is whose orders are its own, where several subjects act for one account; empty: those it placed itself.
    """

    role: Role
    id: str
    zones: frozenset[str] = field(default_factory=frozenset)
    depots: frozenset[str] = field(default_factory=frozenset)
    account: str = ""

    @property
    def actor(self) -> str:
        """How the audit names the subject."""
        return f"{self.role}:{self.id}"

    @property
    def owner(self) -> str:
        """Under which name its things are kept."""
        return self.account or self.id

    def sees_depot(self, depot_id: str) -> bool:
        """Whether what belongs to this depot is within its limits."""
        return not self.depots or depot_id in self.depots


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked about: the zone it lies in, whose it is (empty: nobody's), its depot (empty: not known yet)."""

    zone_id: str = ""
    owner_id: str = ""
    depot_id: str = ""


def reach(subject: Subject, action: Action) -> Reach:
    """Whose things the subject may touch with this action. Raises `Forbidden` when none at all."""
    granted = TABLE.get(action, {}).get(subject.role)
    if granted is None:
        raise Forbidden("role_not_allowed", f"The role {subject.role} may not {_spoken(action)}.")
    if subject.depots and action not in OF_A_DEPOT:
        raise Forbidden("depot_not_allowed", f"A token for single depots may not {_spoken(action)}.")
    return granted


def allow(subject: Subject, action: Action, resource: Resource) -> None:
    """Return if the subject may do this to the resource; raise `Forbidden` if not."""
    granted = reach(subject, action)
    if subject.zones and resource.zone_id and resource.zone_id not in subject.zones:
        raise Forbidden("zone_not_allowed", f"The token is not for zone {resource.zone_id}.")
    if resource.depot_id and not subject.sees_depot(resource.depot_id):
        raise Forbidden("depot_not_allowed", f"The token is not for depot {resource.depot_id}.")
    if granted is Reach.OWN and resource.owner_id != subject.owner:
        raise Forbidden("not_yours", f"The role {subject.role} may {_spoken(action)} only for what is its own.")


def allow_depots(subject: Subject, depot_ids: Iterable[str]) -> None:
    """Return if all of these depots are within the subject's limits; raise `Forbidden` if not."""
    for depot_id in depot_ids:
        if not subject.sees_depot(depot_id):
            raise Forbidden("depot_not_allowed", f"The token is not for depot {depot_id}.")


def offered(role: Role, *, of_depots: bool) -> list[str]:
    """What a role may do at all, in the words of the table; less where it is limited to depots."""
    granted = (action for action, roles in TABLE.items() if role in roles)
    return sorted(action.value for action in granted if not of_depots or action in OF_A_DEPOT)


def _spoken(action: Action) -> str:
    return action.value.replace("_", " ")
