"""The operations on who brings an order, as rows of the API's table."""

from collections.abc import Mapping

from msgspec import Struct

from dispatch.application.access import Action
from dispatch.web import bodies_modes as b
from dispatch.web import routes_modes as modes
from dispatch.web.bodies import OrderState, PendingRequest
from dispatch.web.bodies_wishes import WishTaken
from dispatch.web.call import Operation

_CHANGED: Mapping[int, type[Struct] | None] = {200: OrderState, 202: PendingRequest}

MODE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/orders/{id}:change-mode",
        "changeMode",
        "Have an order brought by a courier or a carrier, or fetched by its customer",
        modes.change_mode,
        Action.CHANGE_MODE,
        _CHANGED,
        body=b.ChangeModeBody,
        takes_key=True,
        refusals={409: "Somebody has the goods already, there is no address for it, or somebody else was first."},
    ),
    Operation(
        "POST",
        "/v1/orders/{id}:hand-out",
        "handOut",
        "Give an order to the customer who fetches it at its depot",
        modes.hand_out,
        Action.HAND_OUT,
        _CHANGED,
        body=b.HandOutBody,
        takes_key=True,
        refusals={409: "The code is another order's, a document is to be looked at, or the order does not lie there."},
    ),
    Operation(
        "POST",
        "/v1/orders/{id}:hand-to-carrier",
        "handToCarrier",
        "Say that a carrier has taken an order over, under which number",
        modes.hand_to_carrier,
        Action.HAND_TO_CARRIER,
        _CHANGED,
        body=b.CarrierBody,
        takes_key=True,
        refusals={409: "No carrier is to bring this order, or it does not lie at its depot."},
    ),
    Operation(
        "POST",
        "/v1/orders/{id}/carrier-report",
        "reportCarrier",
        "Say what became of an order that a carrier has",
        modes.report_carrier,
        Action.REPORT_CARRIER,
        _CHANGED,
        body=b.CarrierReportBody,
        takes_key=True,
        refusals={409: "No carrier has the order."},
    ),
    Operation(
        "POST",
        "/v1/track/{token}/mode",
        "changeOwnMode",
        "Fetch one's own order at its depot, or have it brought after all",
        modes.change_own_mode,
        None,
        {201: WishTaken, 202: WishTaken},
        body=b.MyModeBody,
        takes_key=True,
        refusals={
            409: "The order is beyond the point where this can be changed, or another window was first.",
            410: "The link has expired.",
            429: "Too many; Retry-After says when again.",
        },
    ),
)
