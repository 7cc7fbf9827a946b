"""The operations of a shopper's own account, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_my as b
from dispatch.web import routes_my as my
from dispatch.web import routes_my_erasure as erasure
from dispatch.web.bodies_reach import LookupTaken
from dispatch.web.bodies_wishes import AddressesShown
from dispatch.web.call import Operation, Query

_TOO_MANY = {429: "Too many; Retry-After says when again."}
_BEFORE = Query("before", "string", "The `next` of the page before; left out: the newest.")
_TYPED = Query("q", "string", "What was typed so far, at most 100 characters.")
_PLACE = (
    Query("lat", "number", "With `lon`: the address nearest to this place."),
    Query("lon", "number", "With `lat`: the address nearest to this place."),
)

MY_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/my/token",
        "renewMyToken",
        "A fresh token for a shopper whose token is still good",
        my.renew_token,
        Action.MANAGE_MY_ACCOUNT,
        {200: b.MyToken},
    ),
    Operation(
        "GET",
        "/v1/my/orders",
        "listMyOrders",
        "The orders of the shopper's phone, the newest first, until 90 days after their end",
        my.list_orders,
        Action.READ_MY_ORDERS,
        {200: b.MyOrders},
        query=(_BEFORE,),
        refusals=_TOO_MANY,
    ),
    Operation(
        "GET",
        "/v1/my/addresses",
        "listMyAddresses",
        "The shopper's address book",
        my.list_addresses,
        Action.KEEP_MY_ADDRESSES,
        {200: b.MyAddresses},
        refusals=_TOO_MANY,
    ),
    Operation(
        "GET",
        "/v1/my/addresses/{id}",
        "readMyAddress",
        "An address of the book",
        my.read_address,
        Action.KEEP_MY_ADDRESSES,
        {200: b.MyAddress},
        refusals=_TOO_MANY,
    ),
    Operation(
        "PUT",
        "/v1/my/addresses/{id}",
        "putMyAddress",
        "Keep an address, or change it; the id is the caller's to choose",
        my.put_address,
        Action.KEEP_MY_ADDRESSES,
        {200: b.MyAddress},
        body=b.MyAddressBody,
        refusals=_TOO_MANY,
    ),
    Operation(
        "DELETE",
        "/v1/my/addresses/{id}",
        "dropMyAddress",
        "Forget an address",
        my.drop_address,
        Action.KEEP_MY_ADDRESSES,
        {200: b.MyAddressGone},
        refusals=_TOO_MANY,
    ),
    Operation(
        "GET",
        "/v1/my/places",
        "findMyPlaces",
        "Addresses of the city by what is typed, or the one nearest to a place",
        my.find_places,
        Action.KEEP_MY_ADDRESSES,
        {200: AddressesShown},
        query=(_TYPED, *_PLACE),
        refusals=_TOO_MANY,
    ),
    Operation(
        "POST",
        "/v1/my:sign-out",
        "signOutEverywhere",
        "End every token of the account, on every phone; the address book stays",
        my.sign_out_everywhere,
        Action.MANAGE_MY_ACCOUNT,
        {200: b.SignedOut},
    ),
    Operation(
        "POST",
        "/v1/my/erasure-code",
        "askErasureCode",
        "Send a one-time code for erasing to the number that is signed in",
        erasure.ask_code,
        Action.MANAGE_MY_ACCOUNT,
        {202: LookupTaken},
        body=b.ErasureCodeBody,
        refusals=_TOO_MANY,
    ),
    Operation(
        "POST",
        "/v1/my:erase",
        "eraseMe",
        "Erase the phone's orders, which have all ended, and the address book; every token is over",
        erasure.erase,
        Action.MANAGE_MY_ACCOUNT,
        {200: b.MyErasureDone},
        body=b.MyErasureBody,
        refusals={409: "Orders are still under way; `errors` names them.", **_TOO_MANY},
    ),
)
