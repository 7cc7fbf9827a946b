"""The operations of reaching shoppers, as rows of the API's table: looking for one's orders, and Web Push."""

from dispatch.web import bodies_reach as b
from dispatch.web import routes_lookup as lookup
from dispatch.web import routes_push as push
from dispatch.web.call import Operation, Query

_TOO_MANY = {429: "Too many; Retry-After says when again."}
_MARK = Query("mark", "string", "The SHA-256 of the subscription's endpoint, in hexadecimal digits.")

REACH_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/track/lookup",
        "lookUpOrders",
        "Send a one-time code to the phone of an order; the answer does not tell whether there is one",
        lookup.look_up,
        None,
        {202: b.LookupTaken},
        body=b.LookupBody,
        refusals=_TOO_MANY,
    ),
    Operation(
        "POST",
        "/v1/track/lookup/confirm",
        "confirmLookup",
        "The orders of the phone that the code was sent to, with their links",
        lookup.confirm,
        None,
        {200: b.FoundOrders},
        body=b.LookupProof,
        refusals={401: "The code is wrong or has expired.", **_TOO_MANY},
    ),
    Operation(
        "GET",
        "/v1/track/{token}/push",
        "readPush",
        "Whether a browser is told of the order's changes, and the key to subscribe with",
        push.read_push,
        None,
        {200: b.PushShown},
        query=(_MARK,),
    ),
    Operation(
        "PUT",
        "/v1/track/{token}/push",
        "putPush",
        "Let a browser be told of the order's changes by Web Push",
        push.put_push,
        None,
        {200: b.PushShown},
        body=b.PushBody,
    ),
    Operation(
        "DELETE",
        "/v1/track/{token}/push",
        "deletePush",
        "Tell a browser nothing more",
        push.delete_push,
        None,
        {200: b.PushShown},
        query=(_MARK,),
    ),
)
