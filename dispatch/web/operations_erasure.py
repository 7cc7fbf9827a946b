"""The operation that erases personal data, as a row of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_erasure as b
from dispatch.web.call import Operation
from dispatch.web.routes_erasure import erase

ERASURE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/erasures",
        "erasePersonalData",
        "Erase who a customer or a courier was, from orders, from the events of the past, and pictures; for good",
        erase,
        Action.ERASE_PERSONAL_DATA,
        {200: b.ErasureDone},
        body=b.ErasureBody,
        refusals={409: "An order has not ended, or a courier may still ride."},
        takes_key=True,
    ),
)
