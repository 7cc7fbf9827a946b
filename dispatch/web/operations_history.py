"""The operations of the past, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_history as b
from dispatch.web import routes_history as history
from dispatch.web.call import Operation, Query

_PAGE = (
    Query("before", "integer", "Only what came before this place in the zone's log; `next` has it."),
    Query("limit", "integer", "At most so many."),
)

HISTORY_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/zones/{id}/as-of",
        "readZoneAsOf",
        "A zone as it was at a moment, and what changed until another",
        history.read_as_of,
        Action.READ_HISTORY,
        {200: b.AsOfShown},
        query=(
            Query("at_ms", "integer", "The moment of business time; now when left out."),
            Query(
                "until_ms", "integer", "Changes up to this moment, at most a quarter of an hour; none when left out."
            ),
        ),
        refusals={422: "The moment is before the log (`before_the_log` names its first one) or in the future."},
    ),
    Operation(
        "GET",
        "/v1/zones/{id}/tracks",
        "readZoneTracks",
        "Where a zone's couriers were in a period of at most a quarter of an hour; kept for 48 hours",
        history.read_tracks,
        Action.READ_HISTORY,
        {200: b.TracksShown},
        query=(
            Query("from_ms", "integer", "From this moment of business time on."),
            Query("to_ms", "integer", "Up to this one; now when left out."),
        ),
        refusals={422: "The period is backwards, too long or in the future."},
    ),
    Operation(
        "GET",
        "/v1/orders/{id}/history",
        "readOrderHistory",
        "What happened to an order, who did it and what it changed; the newest first",
        history.read_order_history,
        Action.READ_HISTORY,
        {200: b.HistoryShown},
        query=_PAGE,
    ),
    Operation(
        "GET",
        "/v1/couriers/{id}/history",
        "readCourierHistory",
        "What happened to a courier, who did it and what it changed; the newest first",
        history.read_courier_history,
        Action.READ_HISTORY,
        {200: b.HistoryShown},
        query=_PAGE,
    ),
)
