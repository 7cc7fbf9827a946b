"""The operations of an order's preparation, proofs, rating and tracking link, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.application.uploads import MEDIA_TYPES
from dispatch.web import bodies_after as b
from dispatch.web import routes_after as after
from dispatch.web.bodies import OrderState, PendingRequest
from dispatch.web.call import Operation

AFTER_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/orders/{id}/preparation",
        "reportPreparation",
        "Report that an order is paid, being picked, or packed; goods packed early are ready early",
        after.report_preparation,
        Action.REPORT_PREPARATION,
        {200: b.PreparationShown, 202: PendingRequest},
        body=b.PreparationBody,
        takes_key=True,
    ),
    Operation(
        "POST",
        "/v1/orders/{id}:paid",
        "confirmPayment",
        "Confirm that an order is paid: one that waited for its money goes on",
        after.confirm_payment,
        Action.REPORT_PREPARATION,
        {200: OrderState, 202: PendingRequest},
        refusals={409: "The order has ended; a canceled one says that the money goes back."},
        takes_key=True,
    ),
    Operation(
        "POST",
        "/v1/orders/{id}/tracking-link:revoke",
        "revokeTrackingLink",
        "Revoke an order's tracking link, and make a new one if that is wanted",
        after.revoke_link,
        Action.REVOKE_LINK,
        {200: b.LinkShown, 202: PendingRequest},
        body=b.RevocationBody,
        takes_key=True,
    ),
    Operation(
        "GET",
        "/v1/track/{token}/proofs/{upload_id}",
        "readTrackProof",
        "A picture that proves the delivery, for its shopper",
        after.read_proof,
        None,
        {200: None},
        gives=MEDIA_TYPES,
        refusals={404: "There is no such picture, or it has not come in yet.", 410: "The link has expired."},
    ),
    Operation(
        "PUT",
        "/v1/track/{token}/rating",
        "rateDelivery",
        "Rate one's own delivery, or change the rating",
        after.rate_delivery,
        None,
        {200: b.RatingTaken, 202: b.RatingTaken},
        body=b.RatingBody,
        refusals={409: "Nobody has been at the door yet.", 410: "The link has expired."},
        takes_key=True,
    ),
)
