"""The operations of customers on their own order, as rows of the API's table: the link in the path is the right."""

from dispatch.application.access import Action
from dispatch.web import bodies_wishes as b
from dispatch.web import routes_reschedule as reschedule
from dispatch.web import routes_wishes as wishes
from dispatch.web.bodies import OrderState, PendingRequest
from dispatch.web.call import Operation, Query

_REFUSALS = {
    409: "The order is beyond the point where this can be changed, or another window was first.",
    410: "The link has expired.",
    429: "Too many; Retry-After says when again.",
}
_TAKEN = {201: b.WishTaken, 202: b.WishTaken}

WISH_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/track/{token}/instructions",
        "writeInstructions",
        "Say how one's own order is to be handed over, or that it may be left at the door",
        wishes.write_instructions,
        None,
        _TAKEN,
        body=b.InstructionsBody,
        takes_key=True,
        refusals=_REFUSALS,
    ),
    Operation(
        "GET",
        "/v1/track/{token}/addresses",
        "findAddresses",
        "Addresses of the city by what somebody types, or the one nearest to a place",
        wishes.find_addresses,
        None,
        {200: b.AddressesShown},
        query=(
            Query("q", "string", "What was typed."),
            Query("lat", "number", "With `lon`: the place that is asked about."),
            Query("lon", "number", "See `lat`."),
        ),
        refusals=_REFUSALS,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/address:preview",
        "previewAddress",
        "What another address would do to the arrival of one's own order; nothing is changed",
        wishes.preview_address,
        None,
        {200: b.AddressEffectShown},
        body=b.NewAddressBody,
        refusals=_REFUSALS,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/address",
        "changeAddress",
        "Send one's own order to another address",
        wishes.change_address,
        None,
        _TAKEN,
        body=b.NewAddressBody,
        takes_key=True,
        refusals=_REFUSALS,
    ),
    Operation(
        "GET",
        "/v1/track/{token}/windows",
        "listWindows",
        "When one's own order can come",
        wishes.list_windows,
        None,
        {200: b.WindowsShown},
        refusals=_REFUSALS,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/window",
        "chooseWindow",
        "Choose when one's own order comes, before its goods are picked up",
        wishes.choose_window,
        None,
        _TAKEN,
        body=b.WindowBody,
        takes_key=True,
        refusals=_REFUSALS,
    ),
    Operation(
        "GET",
        "/v1/orders/{id}/windows",
        "listOrderWindows",
        "When an order can come",
        reschedule.list_order_windows,
        Action.RESCHEDULE_ORDER,
        {200: b.WindowsShown},
    ),
    Operation(
        "POST",
        "/v1/orders/{id}:reschedule",
        "rescheduleOrder",
        "Agree with the customer on another time, before the goods are picked up",
        reschedule.reschedule_order,
        Action.RESCHEDULE_ORDER,
        {200: OrderState, 202: PendingRequest},
        body=b.RescheduleBody,
        takes_key=True,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/cancel",
        "cancelAsCustomer",
        "Cancel one's own order, before its goods are picked up",
        wishes.cancel_as_customer,
        None,
        _TAKEN,
        body=b.SeenBody,
        takes_key=True,
        refusals=_REFUSALS,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/wait",
        "acceptDelay",
        "Say that one waits for one's own order although it is late",
        wishes.accept_delay,
        None,
        _TAKEN,
        body=b.SeenBody,
        takes_key=True,
        refusals=_REFUSALS,
    ),
)
