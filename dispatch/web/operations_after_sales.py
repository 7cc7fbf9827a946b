"""The operations on claims after a delivery, as rows of the API's table."""

from collections.abc import Mapping

from msgspec import Struct

from dispatch.application.access import Action
from dispatch.web import bodies_after_sales as b
from dispatch.web import routes_after_sales as claims
from dispatch.web import routes_claim_track as mine
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Handler, Operation, Query

_ZONE = Query("zone", "string", "The zone; `default` when left out.")
_DECIDED: Mapping[int, type[Struct] | None] = {200: b.ClaimShown, 202: PendingRequest}
_MINE: Mapping[int, type[Struct] | None] = {201: b.AfterSalesShown, 202: b.AfterSalesShown}
_STATE = {409: "The claim is at another step already, or the policy does not grant it."}
_LINK = {
    **_STATE,
    410: "The link has expired.",
    429: "Too many; Retry-After says when again.",
}


def _decision(words: tuple[str, str, str], handler: Handler, action: Action, body: type[Struct]) -> Operation:
    """`words`: the last part of the path, the name, and the summary."""
    what, name, summary = words
    return Operation(
        *("POST", f"/v1/after-sales/{{id}}:{what}", name, summary, handler, action, _DECIDED),
        body=body,
        takes_key=True,
        refusals=_STATE,
    )


AFTER_SALES_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/after-sales/policy",
        "readClaimPolicy",
        "What may be claimed after a delivery, and for how long",
        claims.read_policy,
        Action.READ_CLAIM_POLICY,
        {200: b.PolicyShown},
        query=(_ZONE,),
    ),
    Operation(
        "PUT",
        "/v1/after-sales/policy",
        "setClaimPolicy",
        "Change what may be claimed after a delivery",
        claims.set_policy,
        Action.SET_CLAIM_POLICY,
        {200: b.PolicyShown, 202: PendingRequest},
        body=b.PolicyBody,
        takes_key=True,
        refusals={409: "Somebody else has changed it meanwhile; the version now is named."},
    ),
    Operation(
        "GET",
        "/v1/after-sales",
        "listClaims",
        "List claims, the newest first",
        claims.list_claims,
        Action.READ_CLAIMS,
        {200: b.ClaimPage},
        query=(
            _ZONE,
            Query("status", "string", "Only this status; `open` for all that go on."),
            Query("order_id", "string", "Only of this order."),
            Query("before", "string", "What the page before said."),
            Query("limit", "integer", "At most so many; 50 when left out."),
        ),
    ),
    Operation(
        "GET",
        "/v1/orders/{id}/claimable",
        "readClaimable",
        "What may be claimed of a delivered order, on behalf of its customer",
        claims.read_claimable,
        Action.REQUEST_CLAIM,
        {200: b.ClaimableOrder},
    ),
    Operation(
        "POST",
        "/v1/after-sales",
        "requestClaim",
        "Ask for a return, an exchange or a repair on behalf of a customer",
        claims.request_claim,
        Action.REQUEST_CLAIM,
        {201: b.ClaimShown, 202: PendingRequest},
        body=b.ClaimForBody,
        takes_key=True,
        refusals=_STATE,
    ),
    Operation(
        "GET",
        "/v1/after-sales/{id}",
        "readClaim",
        "Read a claim",
        claims.read_claim,
        Action.READ_CLAIMS,
        {200: b.ClaimShown},
    ),
    _decision(
        ("withdraw", "withdrawClaim", "Withdraw a claim on behalf of its customer"),
        *(claims.withdraw_claim, Action.REQUEST_CLAIM, b.NothingBody),
    ),
    _decision(
        ("approve", "approveClaim", "Grant a claim: a courier fetches the goods"),
        *(claims.approve_claim, Action.ANSWER_CLAIM, b.ApproveBody),
    ),
    _decision(
        ("refuse", "refuseClaim", "Do not grant a claim, and say why"),
        *(claims.refuse_claim, Action.ANSWER_CLAIM, b.RefuseBody),
    ),
    _decision(
        ("receive", "receiveClaim", "Take the goods of a claim in: back to stock, or written off"),
        *(claims.receive_claim, Action.RECEIVE_CLAIM, b.ReceiveBody),
    ),
    _decision(
        ("repaired", "sendRepaired", "Send repaired goods back to their customer"),
        *(claims.send_for_claim, Action.RECEIVE_CLAIM, b.NothingBody),
    ),
    _decision(
        ("resend", "resendForClaim", "Send again what is owed, where its delivery came to nothing"),
        *(claims.send_for_claim, Action.RECEIVE_CLAIM, b.NothingBody),
    ),
    Operation(
        "GET",
        "/v1/track/{token}/after-sales",
        "readAfterSales",
        "What may be claimed of one's own delivered order, and what became of it",
        mine.read_after_sales,
        None,
        {200: b.AfterSalesShown},
        refusals=_LINK,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/after-sales",
        "claimAsCustomer",
        "Ask for a return, an exchange or a repair of one's own order",
        mine.claim_as_customer,
        None,
        _MINE,
        body=b.ClaimBody,
        takes_key=True,
        refusals=_LINK,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/after-sales/{id}/withdraw",
        "withdrawAsCustomer",
        "Withdraw one's own claim",
        mine.withdraw_as_customer,
        None,
        _MINE,
        body=b.NothingBody,
        takes_key=True,
        refusals=_LINK,
    ),
)
