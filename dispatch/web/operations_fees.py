"""The operations on fees and quotes, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_fees as b
from dispatch.web import routes_fees as fees
from dispatch.web.bodies import OrderBody, PendingRequest
from dispatch.web.call import Operation, Query

FEE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/orders:quote",
        "quoteOrder",
        "Ask what an order would cost, when it would come and whether its goods are there; nothing is kept",
        fees.quote_order,
        Action.PLACE_ORDER,
        {200: b.QuoteShown},
        body=OrderBody,
    ),
    Operation(
        "GET",
        "/v1/fees",
        "readFees",
        "What deliveries cost",
        fees.read_fees,
        Action.READ_FEES,
        {200: b.FeesShown},
        query=(Query("zone", "string", "The zone; `default` when left out."),),
    ),
    Operation(
        "PUT",
        "/v1/fees",
        "setFees",
        "Change what deliveries cost",
        fees.set_fees,
        Action.SET_FEES,
        {200: b.FeesShown, 202: PendingRequest},
        body=b.FeesBody,
    ),
)
