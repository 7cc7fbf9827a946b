"""The operations on stock that somebody has to do something about, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_restock as b
from dispatch.web import routes_restock as restock
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Operation, Query
from dispatch.web.limits import MAX_BATCH_BYTES
from dispatch.web.routes_imports import CSV

_ZONE = Query("zone", "string", "The zone; `default` when left out.")
_DEPOT = Query("depot", "string", "Only this depot.")
_POLICY = (
    _ZONE,
    Query("depot", "string", "Only what concerns this depot."),
    Query("sku", "string", "Only this good."),
    Query("days", "integer", "Every how many days is ordered; 3 when left out."),
    Query("lead_h", "integer", "After how many hours it comes; 24 when left out."),
    Query("service", "integer", "In how many percent of all cycles it is to be enough; 95 when left out."),
    Query("demand", "integer", "Percent of what is usual, such as 150 before a holiday; 100 when left out."),
)

RESTOCK_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/stock/alerts",
        "listStockAlerts",
        "List stock that is low, suddenly wanted, or not wanted at all",
        restock.list_alerts,
        Action.READ_STOCK,
        {200: b.StockAlerts},
        query=(
            _ZONE,
            _DEPOT,
            Query("kind", "string", "Only `low`, `spike` or `slow` ones."),
            Query("days", "integer", "So long nobody has had a slow one; 14 when left out."),
            Query("limit", "integer", "At most so many; 100 when left out."),
        ),
    ),
    Operation(
        "GET",
        "/v1/stock/advice",
        "readStockAdvice",
        "What to order, and what to move between depots",
        restock.read_advice,
        Action.READ_STOCK,
        {200: b.AdviceShown},
        query=(*_POLICY, Query("limit", "integer", "At most so many transfers and orders; 200 when left out.")),
    ),
    Operation(
        "GET",
        "/v1/stock/advice/table",
        "readStockAdviceTable",
        "What to order and to move, as a table",
        restock.read_advice_table,
        Action.READ_STOCK,
        {200: None},
        query=_POLICY,
        gives=(CSV,),
    ),
    Operation(
        "POST",
        "/v1/stock:allocate",
        "allocateStock",
        "Propose how to split a delivery between depots, or receive it so",
        restock.allocate,
        Action.REGISTER_GOODS,
        {200: b.Allocation, 202: PendingRequest},
        body=b.AllocateBody,
        takes_key=True,
        max_body_bytes=MAX_BATCH_BYTES,
    ),
)
