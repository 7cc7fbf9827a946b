"""The operations on calls, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_calls as b
from dispatch.web import routes_calls as calls
from dispatch.web.call import Operation

_REFUSALS = {
    409: "Calls are not set up, nobody is to be called now, or there is no number.",
    503: "The gateway did not join them; Retry-After says when to try again.",
}

CALL_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/orders/{id}:call",
        "callAbout",
        "Have a number to dial that joins one with the order's customer or courier",
        calls.call_about,
        Action.CALL,
        {200: b.CallShown},
        body=b.CallBody,
        takes_key=True,
        refusals=_REFUSALS,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/call",
        "callCourier",
        "Have a number to dial that joins one with the courier on the way",
        calls.call_courier,
        None,
        {200: b.CallShown},
        takes_key=True,
        refusals=_REFUSALS | {429: "Too many; Retry-After says when again."},
    ),
)
