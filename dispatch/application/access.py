"""Who may do what: one table of role x action x ownership. What is not in the table is denied.

A role's entry for an action says whose things it may touch: `ANY` of a zone within the subject's zones, or only
`OWN` ones (the courier's own duty, the integrator's own orders). A shopper has no role here at all: a tracking link
is a capability for one order, and it opens nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
    INTEGRATOR = "integrator"


class Action(StrEnum):
    """Everything that can be asked of the server with a token."""

    PLACE_ORDER = "place_order"
    READ_ORDER = "read_order"
    LIST_ORDERS = "list_orders"
    CANCEL_ORDER = "cancel_order"
    RESCHEDULE_ORDER = "reschedule_order"
    REPORT_PREPARATION = "report_preparation"
    REVOKE_LINK = "revoke_link"
    READ_REQUEST = "read_request"
    REGISTER_COURIER = "register_courier"
    READ_COURIER = "read_courier"
    LIST_COURIERS = "list_couriers"
    REGISTER_DEPOT = "register_depot"
    LIST_DEPOTS = "list_depots"
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
    RESOLVE_CASE = "resolve_case"
    READ_MESSAGES = "read_messages"
    WRITE_MESSAGE = "write_message"
    READ_CORRECTIONS = "read_corrections"
    JUDGE_CORRECTION = "judge_correction"
    READ_SELF = "read_self"
    CHANGE_PASSWORD = "change_password"  # noqa: S105 - the name of an action
    MANAGE_STAFF = "manage_staff"
    READ_GOALS = "read_goals"
    SET_GOALS = "set_goals"


class Reach(StrEnum):
    """Whose things: `OWN` only the subject's, `ANY` everybody's within the subject's zones."""

    OWN = "own"
    ANY = "any"


_A, _R = Action, Role
_STAFF = dict.fromkeys((_R.ADMIN, _R.DISPATCHER, _R.DEPOT, _R.SUPPORT), Reach.ANY)
_CONTROL = dict.fromkeys((_R.ADMIN, _R.DISPATCHER), Reach.ANY)
_SHOP = {**_CONTROL, _R.INTEGRATOR: Reach.OWN}
_FLEET = dict.fromkeys((_R.ADMIN, _R.DISPATCHER, _R.INTEGRATOR), Reach.ANY)
_SELF = {_R.COURIER: Reach.OWN}

TABLE: Mapping[Action, Mapping[Role, Reach]] = {
    _A.PLACE_ORDER: _SHOP,
    _A.READ_ORDER: {**_STAFF, _R.FINANCE: Reach.ANY, _R.INTEGRATOR: Reach.OWN},
    _A.LIST_ORDERS: {**_STAFF, _R.FINANCE: Reach.ANY, _R.INTEGRATOR: Reach.OWN},
    _A.CANCEL_ORDER: {**_SHOP, _R.SUPPORT: Reach.ANY},
    _A.RESCHEDULE_ORDER: {**_SHOP, _R.SUPPORT: Reach.ANY},
    _A.REPORT_PREPARATION: {**_SHOP, _R.DEPOT: Reach.ANY},
    _A.REVOKE_LINK: {**_SHOP, _R.SUPPORT: Reach.ANY},
    _A.READ_REQUEST: {**dict.fromkeys((*_STAFF, _R.INTEGRATOR), Reach.OWN)},
    _A.REGISTER_COURIER: _FLEET,
    _A.READ_COURIER: {**_STAFF, **_SELF, _R.INTEGRATOR: Reach.ANY},
    _A.LIST_COURIERS: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
    _A.REGISTER_DEPOT: _FLEET,
    _A.LIST_DEPOTS: {**_STAFF, _R.INTEGRATOR: Reach.ANY},
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
    _A.RIDE: _SELF,
    _A.REPORT_POSITION: _SELF,
    _A.ANSWER_OFFER: _SELF,
    _A.REPORT_PROGRESS: _SELF,
    _A.SET_DUTY: {**_CONTROL, **_SELF},
    _A.REFRESH_TOKEN: _SELF,
    _A.UPLOAD_PROOF: _SELF,
    _A.READ_PROOF: {**_STAFF, **_SELF},
    _A.MANAGE_DEVICES: {**_FLEET, **_SELF},
    _A.WRITE_AS_COURIER: _SELF,
    _A.READ_DAY: {**_STAFF, **_SELF},
    _A.READ_TRACK: {**_STAFF, **_SELF},
    _A.LIST_CASES: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.RESOLVE_CASE: _CONTROL,
    _A.READ_MESSAGES: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.WRITE_MESSAGE: {**_CONTROL, _R.SUPPORT: Reach.ANY},
    _A.READ_CORRECTIONS: _CONTROL,
    _A.JUDGE_CORRECTION: _CONTROL,
    _A.READ_SELF: {**dict.fromkeys((*_STAFF, _R.FINANCE, _R.INTEGRATOR), Reach.OWN)},
    _A.CHANGE_PASSWORD: {**dict.fromkeys((*_STAFF, _R.FINANCE), Reach.OWN)},
    _A.MANAGE_STAFF: {_R.ADMIN: Reach.ANY},
    _A.READ_GOALS: {**_STAFF, _R.FINANCE: Reach.ANY},
    _A.SET_GOALS: _CONTROL,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks: a role, an id within that role, and the zones it is limited to (empty: not limited)."""

    role: Role
    id: str
    zones: frozenset[str] = field(default_factory=frozenset)

    @property
    def actor(self) -> str:
        """How the audit names the subject."""
        return f"{self.role}:{self.id}"


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked about: the zone it lies in and whose it is (empty: nobody's)."""

    zone_id: str = ""
    owner_id: str = ""


def reach(subject: Subject, action: Action) -> Reach:
    """Whose things the subject may touch with this action. Raises `Forbidden` when none at all."""
    granted = TABLE.get(action, {}).get(subject.role)
    if granted is None:
        raise Forbidden("role_not_allowed", f"The role {subject.role} may not {_spoken(action)}.")
    return granted


def allow(subject: Subject, action: Action, resource: Resource) -> None:
    """Return if the subject may do this to the resource; raise `Forbidden` if not."""
    granted = reach(subject, action)
    if subject.zones and resource.zone_id and resource.zone_id not in subject.zones:
        raise Forbidden("zone_not_allowed", f"The token is not for zone {resource.zone_id}.")
    if granted is Reach.OWN and resource.owner_id != subject.id:
        raise Forbidden("not_yours", f"The role {subject.role} may {_spoken(action)} only for what is its own.")


def _spoken(action: Action) -> str:
    return action.value.replace("_", " ")
