"""The operations on addresses for shops and staff, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import routes_addresses as addresses
from dispatch.web.bodies import AddressChecked, OrderState, PendingRequest
from dispatch.web.bodies_addresses import AddressCheckBody, ReaddressBody
from dispatch.web.bodies_wishes import AddressesShown
from dispatch.web.call import Operation, Query

ADDRESS_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/addresses:check",
        "checkAddress",
        "What an address means in the city, whether a marked place agrees with it; nothing of it is kept",
        addresses.check_address,
        Action.CHECK_ADDRESS,
        {200: AddressChecked},
        body=AddressCheckBody,
    ),
    Operation(
        "GET",
        "/v1/addresses",
        "suggestAddresses",
        "Addresses of the city by what somebody types",
        addresses.suggest_addresses,
        Action.CHECK_ADDRESS,
        {200: AddressesShown},
        query=(
            Query("zone", "string", "The zone; `default` when left out."),
            Query("q", "string", "What was typed; a whole address of a person belongs into the check."),
            Query("lat", "number", "With `lon`: of equal ones the nearest to this place come first."),
            Query("lon", "number", "See `lat`."),
        ),
    ),
    Operation(
        "POST",
        "/v1/orders/{id}:readdress",
        "readdressOrder",
        "Say where an order goes; one that is held for its address is dispatched then",
        addresses.readdress_order,
        Action.READDRESS_ORDER,
        {200: OrderState, 202: PendingRequest},
        body=ReaddressBody,
        takes_key=True,
        refusals={409: "The order is beyond the point where this can be changed, or somebody else was first."},
    ),
)
