"""The operations on papers, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_papers as b
from dispatch.web import routes_papers as papers
from dispatch.web.call import Operation, Query

_LANG = Query("lang", "string", "`zh` or `en`; `zh` when left out.")

PAPER_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/orders/{id}/delivery-note",
        "readDeliveryNote",
        "The delivery note of an order, to be printed and signed",
        papers.read_delivery_note,
        Action.PRINT_PAPERS,
        {200: None},
        query=(_LANG,),
        gives=(papers.PDF,),
    ),
    Operation(
        "GET",
        "/v1/orders/{id}/label",
        "readLabel",
        "The label of an order's parcel, 100 mm by 150 mm",
        papers.read_label,
        Action.PRINT_PAPERS,
        {200: None},
        query=(_LANG,),
        gives=(papers.PDF,),
    ),
    Operation(
        "POST",
        "/v1/papers",
        "makePapers",
        "Labels or delivery notes of many orders, in one document",
        papers.make_papers,
        Action.PRINT_PAPERS,
        {200: None},
        body=b.PapersBody,
        query=(_LANG,),
        gives=(papers.PDF,),
    ),
)
