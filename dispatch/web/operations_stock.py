"""The operations on goods and stock, as rows of the API's table."""

from collections.abc import Mapping

from msgspec import Struct

from dispatch.application.access import Action
from dispatch.web import bodies_stock as b
from dispatch.web import routes_imports as imports
from dispatch.web import routes_stock as stock
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Handler, Operation, Query
from dispatch.web.import_report import LINES
from dispatch.web.limits import MAX_BATCH_BYTES

_ZONE = Query("zone", "string", "The zone; `default` when left out.")
_LIMIT = Query("limit", "integer", "At most so many; 50 when left out.")
_AFTER = Query("after", "string", "What the page before said.")
_MOVED: Mapping[int, type[Struct] | None] = {200: b.StockMoved, 202: PendingRequest}


def _report(path: str, name: str, summary: str, body: type[Struct]) -> Operation:
    return Operation(
        *("POST", f"/v1/stock:{path}", name, summary, _HANDLERS[path], Action.MANAGE_STOCK, _MOVED),
        body=body,
        takes_key=True,
        max_body_bytes=MAX_BATCH_BYTES,
    )


_HANDLERS: Mapping[str, Handler] = {
    "receive": stock.receive,
    "announce": stock.announce,
    "count": stock.count,
    "write-off": stock.write_off,
    "transfer": stock.transfer,
}
_KIND = Query("kind", "string", "`skus`, `stock`, `coming` (what was ordered) or `orders`.")

_POINT = Query("point", "string", "Orders: the pickup point of all of them; a group leader's own when left out.")

STOCK_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/imports",
        "importRows",
        "Take in a table of goods, of stock, of what was ordered or of orders, row by row",
        imports.import_rows,
        Action.IMPORT_TABLE,
        {200: None},
        query=(
            _ZONE,
            _KIND,
            Query("mode", "string", "Stock: `receive` (what came in addition) or `count` (what is there)."),
            _POINT,
        ),
        takes=(imports.CSV,),
        gives=(LINES,),
        takes_key=True,
        max_body_bytes=imports.MAX_FILE_BYTES,
    ),
    Operation(
        "GET",
        "/v1/imports/template",
        "readTemplate",
        "Have a table to fill in",
        imports.read_template,
        Action.IMPORT_TABLE,
        {200: None},
        query=(_KIND, _POINT, Query("lang", "string", "Headings in `en` or `zh`.")),
        gives=(imports.CSV,),
    ),
    Operation(
        "PUT",
        "/v1/skus/{id}",
        "putSku",
        "Register a good, or change it",
        stock.put_sku,
        Action.REGISTER_GOODS,
        {200: b.SkuShown, 202: PendingRequest},
        body=b.SkuBody,
    ),
    Operation(
        "GET",
        "/v1/skus",
        "listSkus",
        "List goods",
        stock.list_skus,
        Action.READ_STOCK,
        {200: b.Skus},
        query=(_ZONE, _AFTER, _LIMIT),
    ),
    Operation(
        "GET",
        "/v1/stock",
        "listStock",
        "List what depots have",
        stock.list_stock,
        Action.READ_STOCK,
        {200: b.ShelfPage},
        query=(
            _ZONE,
            Query("depot", "string", "Only this depot."),
            Query("sku", "string", "Only this good."),
            Query("low", "boolean", "Only what is low."),
            _AFTER,
            _LIMIT,
        ),
    ),
    Operation(
        "GET",
        "/v1/stock/{depot}/{sku}/ledger",
        "readLedger",
        "Read every change of what a depot has of a good",
        stock.read_ledger,
        Action.READ_STOCK,
        {200: b.Ledger},
        query=(_ZONE, Query("before", "integer", "Entries before this one."), _LIMIT),
    ),
    Operation(
        "PUT",
        "/v1/stock/{depot}/{sku}/low-at",
        "setLowAt",
        "Say when a depot's stock of a good is low",
        stock.set_low_at,
        Action.MANAGE_STOCK,
        _MOVED,
        body=b.LowAtBody,
    ),
    Operation(
        "GET",
        "/v1/availability",
        "readAvailability",
        "Ask what can be ordered now",
        stock.read_availability,
        Action.READ_AVAILABILITY,
        {200: b.Availability},
        query=(_ZONE, Query("sku", "string", "Goods, with commas between.")),
    ),
    _report("receive", "receiveStock", "Take in pieces that have come to a depot", b.ReceiptBody),
    _report("announce", "announceStock", "Say what was ordered for a depot and is to come", b.AnnounceBody),
    _report("count", "countStock", "Say what was counted at a depot", b.CountBody),
    _report("write-off", "writeOffStock", "Take out pieces that are no good any more", b.WriteOffBody),
    _report("transfer", "transferStock", "Move pieces from one depot to another", b.TransferBody),
)
