"""The operations of pins to check, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import routes_corrections as corrections
from dispatch.web.bodies import PendingRequest
from dispatch.web.bodies_corrections import Corrections, CorrectionShown
from dispatch.web.call import Operation, Query

_ZONE = Query("zone", "string", "The zone; `default` when left out.")

CORRECTION_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/corrections",
        "listCorrections",
        "Doors whose pins are probably wrong, by where couriers stood; the surest first",
        corrections.list_corrections,
        Action.READ_CORRECTIONS,
        {200: Corrections},
        query=(
            _ZONE,
            Query("state", "string", "Only `proposed`, `accepted` or `rejected` ones."),
            Query("limit", "integer", "At most so many."),
        ),
    ),
    Operation(
        "POST",
        "/v1/corrections/{id}:accept",
        "acceptCorrection",
        "Move the door: of later orders, and of those that nobody has yet",
        corrections.accept_correction,
        Action.JUDGE_CORRECTION,
        {200: CorrectionShown, 202: PendingRequest},
        query=(_ZONE,),
    ),
    Operation(
        "POST",
        "/v1/corrections/{id}:reject",
        "rejectCorrection",
        "Leave the pin, or put it back; it is proposed again only when the evidence moves by more than 100 m",
        corrections.reject_correction,
        Action.JUDGE_CORRECTION,
        {200: CorrectionShown, 202: PendingRequest},
        query=(_ZONE,),
    ),
)
