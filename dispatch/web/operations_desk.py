"""The operations of messages on orders, and of a courier's day, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_desk as b
from dispatch.web import routes_messages as messages
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Operation, Query
from dispatch.web.routes_day import read_day

DESK_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/orders/{id}/messages",
        "readMessages",
        "What was written about an order",
        messages.read_messages,
        Action.READ_MESSAGES,
        {200: b.MessagesShown},
    ),
    Operation(
        "POST",
        "/v1/orders/{id}/messages",
        "writeMessage",
        "Write to an order's courier or customer",
        messages.write_message,
        Action.WRITE_MESSAGE,
        {201: b.MessageTaken, 202: PendingRequest},
        body=b.StaffMessageBody,
        takes_key=True,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/messages",
        "writeAsShopper",
        "Write to the courier or to the dispatchers about one's own order",
        messages.write_as_shopper,
        None,
        {201: b.MessageTaken, 202: b.MessageTaken},
        body=b.ShopperMessageBody,
        takes_key=True,
    ),
    Operation(
        "GET",
        "/v1/couriers/{id}/day",
        "readDay",
        "What a courier has delivered, how far they rode and what they earned",
        read_day,
        Action.READ_DAY,
        {200: b.DayShown},
        query=(Query("from_ms", "integer", "Since this moment of business time; else the last 24 hours."),),
    ),
)
