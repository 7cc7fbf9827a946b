"""The operations of overrides, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_overrides as b
from dispatch.web import routes_overrides as overrides
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Operation, Query

_ZONE = Query("zone", "string", "The zone; `default` when left out.")
_SINCE = Query("since_ms", "integer", "Only those from this moment of business time on.")

OVERRIDE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/overrides",
        "override",
        "Overrule the system, on the plan version that was looked at",
        overrides.override,
        Action.OVERRIDE,
        {200: b.Overridden, 202: PendingRequest},
        body=b.OverrideBody,
    ),
    Operation(
        "POST",
        "/v1/overrides:preview",
        "previewOverride",
        "What an override would change: arrivals, the objective by term, and the rules that it breaks",
        overrides.preview_override,
        Action.OVERRIDE,
        {200: b.OverrideEffects},
        body=b.OverrideBody,
    ),
    Operation(
        "GET",
        "/v1/overrides",
        "listOverrides",
        "Overrides and how they turned out, the newest first",
        overrides.list_overrides,
        Action.READ_OVERRIDES,
        {200: b.OverridePage},
        query=(
            _ZONE,
            _SINCE,
            Query("limit", "integer", "At most so many."),
            Query("cursor", "string", "Where the page before ended."),
            Query("by", "string", "Only those of this person, as `role:subject`."),
            Query("action", "string", "Only those of this kind."),
            Query("order_id", "string", "Only those that changed this order."),
        ),
    ),
    Operation(
        "GET",
        "/v1/overrides/summary",
        "summariseOverrides",
        "By person and action: how often, and by how many minutes, the human was right",
        overrides.summarise_overrides,
        Action.READ_OVERRIDES,
        {200: b.OverrideSummary},
        query=(_ZONE, Query("since_ms", "integer", "From this moment of business time on; else the last 7 days.")),
    ),
    Operation(
        "GET",
        "/v1/overrides/{id}",
        "readOverride",
        "One override and how it turned out",
        overrides.read_override,
        Action.READ_OVERRIDES,
        {200: b.OverrideShown},
        query=(_ZONE,),
    ),
    Operation(
        "POST",
        "/v1/overrides/{id}:undo",
        "undoOverride",
        "Take an override back, if nothing that it touched has changed since",
        overrides.undo_override,
        Action.OVERRIDE,
        {200: b.OverrideShown, 202: PendingRequest},
        body=b.UndoBody,
    ),
)
