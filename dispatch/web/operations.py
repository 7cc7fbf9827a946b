"""The HTTP API as a table: every operation with its access, its bodies and its statuses."""

from courier_protocol.live import OrderView, TrackSnapshot
from dispatch.application.access import Action
from dispatch.web import bodies as b
from dispatch.web import routes_areas as areas
from dispatch.web import routes_fleet as fleet
from dispatch.web import routes_isochrones as isochrones
from dispatch.web import routes_order_search as search
from dispatch.web import routes_orders as orders
from dispatch.web import routes_public as public
from dispatch.web import routes_staff as staff
from dispatch.web import routes_tracks as tracks
from dispatch.web.bodies_areas import AreaBody, AreaRemoved, Areas, AreaShown
from dispatch.web.bodies_isochrones import Isochrones
from dispatch.web.bodies_track import TrackFeature
from dispatch.web.call import Operation, Query
from dispatch.web.limits import MAX_BATCH_BYTES
from dispatch.web.operations_addresses import ADDRESS_OPERATIONS
from dispatch.web.operations_after import AFTER_OPERATIONS
from dispatch.web.operations_after_sales import AFTER_SALES_OPERATIONS
from dispatch.web.operations_calls import CALL_OPERATIONS
from dispatch.web.operations_cases import CASE_OPERATIONS
from dispatch.web.operations_channel import CHANNEL_OPERATIONS
from dispatch.web.operations_corrections import CORRECTION_OPERATIONS
from dispatch.web.operations_desk import DESK_OPERATIONS
from dispatch.web.operations_distributors import DISTRIBUTOR_OPERATIONS
from dispatch.web.operations_erasure import ERASURE_OPERATIONS
from dispatch.web.operations_eta import ETA_OPERATIONS
from dispatch.web.operations_fees import FEE_OPERATIONS
from dispatch.web.operations_goals import GOALS_OPERATIONS
from dispatch.web.operations_goods import GOODS_OPERATIONS
from dispatch.web.operations_history import HISTORY_OPERATIONS
from dispatch.web.operations_keys import KEY_OPERATIONS
from dispatch.web.operations_modes import MODE_OPERATIONS
from dispatch.web.operations_my import MY_OPERATIONS
from dispatch.web.operations_outgoing import OUTGOING_OPERATIONS
from dispatch.web.operations_overrides import OVERRIDE_OPERATIONS
from dispatch.web.operations_papers import PAPER_OPERATIONS
from dispatch.web.operations_points import POINT_OPERATIONS
from dispatch.web.operations_reach import REACH_OPERATIONS
from dispatch.web.operations_restock import RESTOCK_OPERATIONS
from dispatch.web.operations_staff import STAFF_OPERATIONS
from dispatch.web.operations_stock import STOCK_OPERATIONS
from dispatch.web.operations_traffic import TRAFFIC_OPERATIONS
from dispatch.web.operations_waves import WAVE_OPERATIONS
from dispatch.web.operations_wishes import WISH_OPERATIONS

ZONE = Query("zone", "string", "The zone; `default` when left out.")
LIMIT = Query("limit", "integer", "At most so many.")

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/orders",
        "placeOrder",
        "Take an order in",
        orders.place_order,
        Action.PLACE_ORDER,
        {201: b.PlacedOrder, 202: b.PendingRequest},
        body=b.OrderBody,
        takes_key=True,
    ),
    Operation(
        "POST",
        "/v1/orders:batch",
        "placeOrders",
        "Take many orders in, each on its own",
        orders.place_orders,
        Action.PLACE_ORDER,
        {200: b.BatchResults},
        body=b.OrdersBody,
        takes_key=True,
        max_body_bytes=MAX_BATCH_BYTES,
    ),
    Operation(
        "GET",
        "/v1/orders",
        "listOrders",
        "Orders by id, a page at a time",
        orders.list_orders,
        Action.LIST_ORDERS,
        {200: b.OrderPage},
        query=(
            ZONE,
            LIMIT,
            Query("cursor", "string", "Where the page before ended."),
            Query("status", "string", "Only orders of this status."),
        ),
    ),
    Operation(
        "GET",
        "/v1/orders:search",
        "searchOrders",
        "Orders of an account, the newest first",
        search.search_orders,
        Action.LIST_ORDERS,
        {200: b.OrdersFound},
        query=(
            ZONE,
            LIMIT,
            Query(
                "q", "string", "Words of its numbers, its address or the recipient's name, or the end of their number."
            ),
            Query("status", "string", "Only of these statuses, as they are shown, with commas between."),
            Query("account", "string", "Whose, for staff; others are shown their own."),
            Query("before", "string", "The `next` of the page before."),
        ),
    ),
    Operation(
        "GET",
        "/v1/orders/{id}/drops",
        "readDrops",
        "The drops of the delivery that an order is one of",
        search.read_drops,
        Action.READ_ORDER,
        {200: b.DropsShown},
    ),
    Operation(
        "GET",
        "/v1/orders/{id}",
        "readOrder",
        "One order",
        orders.read_order,
        Action.READ_ORDER,
        {200: OrderView},
    ),
    Operation(
        "POST",
        "/v1/orders/{id}/cancel",
        "cancelOrder",
        "Stop an order; after pickup the goods go back",
        orders.cancel_order,
        Action.CANCEL_ORDER,
        {200: b.OrderState, 202: b.PendingRequest},
        body=b.ReasonBody,
        takes_key=True,
    ),
    Operation(
        "GET",
        "/v1/requests/{id}",
        "readRequest",
        "What became of a request that was answered with 202",
        orders.read_request,
        Action.READ_REQUEST,
        {200: b.RequestStatus},
        query=(ZONE,),
    ),
    Operation(
        "PUT",
        "/v1/couriers/{id}",
        "putCourier",
        "Register a courier, or change one",
        fleet.put_courier,
        Action.REGISTER_COURIER,
        {200: b.CourierShown, 202: b.PendingRequest},
        body=b.CourierBody,
    ),
    Operation(
        "GET",
        "/v1/couriers",
        "listCouriers",
        "Every courier of a zone",
        fleet.list_couriers,
        Action.LIST_COURIERS,
        {200: b.Couriers},
        query=(ZONE,),
    ),
    Operation(
        "GET",
        "/v1/couriers/{id}",
        "readCourier",
        "One courier",
        fleet.read_courier,
        Action.READ_COURIER,
        {200: b.CourierShown},
    ),
    Operation(
        "GET",
        "/v1/couriers/{id}/track",
        "readCourierTrack",
        "Where a courier has been, as GeoJSON; kept for 48 hours",
        tracks.read_courier_track,
        Action.READ_TRACK,
        {200: TrackFeature},
        query=(
            Query("from_ms", "integer", "From this moment of business time on; 48 hours ago when left out."),
            Query("to_ms", "integer", "Up to this moment; now when left out."),
        ),
    ),
    Operation(
        "PUT",
        "/v1/depots/{id}",
        "putDepot",
        "Register a depot, or change one",
        fleet.put_depot,
        Action.REGISTER_DEPOT,
        {200: b.DepotShown, 202: b.PendingRequest},
        body=b.DepotBody,
    ),
    Operation(
        "GET",
        "/v1/depots",
        "listDepots",
        "Every depot of a zone",
        fleet.list_depots,
        Action.LIST_DEPOTS,
        {200: b.Depots},
        query=(ZONE,),
    ),
    Operation(
        "PUT",
        "/v1/areas/{id}",
        "putArea",
        "Register an area, or change one",
        areas.put_area,
        Action.REGISTER_AREA,
        {200: AreaShown, 202: b.PendingRequest},
        body=AreaBody,
    ),
    Operation(
        "DELETE",
        "/v1/areas/{id}",
        "removeArea",
        "Remove an area that no courier calls theirs",
        areas.remove_area,
        Action.REGISTER_AREA,
        {200: AreaRemoved, 202: b.PendingRequest},
        query=(ZONE,),
    ),
    Operation(
        "GET",
        "/v1/areas",
        "listAreas",
        "Every area of a zone",
        areas.list_areas,
        Action.LIST_AREAS,
        {200: Areas},
        query=(ZONE,),
    ),
    Operation(
        "GET",
        "/v1/isochrones",
        "readIsochrones",
        "The areas that can be reached from a place within some times, as GeoJSON",
        isochrones.read_isochrones,
        Action.READ_ISOCHRONES,
        {200: Isochrones},
        query=(
            ZONE,
            Query("lat", "number", "Degrees of latitude of the place; required."),
            Query("lon", "number", "Degrees of longitude; required."),
            Query("profile", "string", "foot, bike, ebike, motorbike, car or van; `ebike` when left out."),
            Query("limits_s", "string", "One to four times of 60 to 3600 seconds, such as 300,600,900; required."),
        ),
    ),
    Operation(
        "GET",
        "/v1/zones",
        "listZones",
        "The zones that this server serves",
        fleet.list_zones,
        Action.LIST_ZONES,
        {200: b.Zones},
    ),
    *STOCK_OPERATIONS,
    *POINT_OPERATIONS,
    *CALL_OPERATIONS,
    *DISTRIBUTOR_OPERATIONS,
    *PAPER_OPERATIONS,
    *RESTOCK_OPERATIONS,
    *WAVE_OPERATIONS,
    *TRAFFIC_OPERATIONS,
    *HISTORY_OPERATIONS,
    *ETA_OPERATIONS,
    *OVERRIDE_OPERATIONS,
    *GOODS_OPERATIONS,
    *GOALS_OPERATIONS,
    *FEE_OPERATIONS,
    *ERASURE_OPERATIONS,
    *KEY_OPERATIONS,
    Operation(
        "GET",
        "/v1/events",
        "readEvents",
        "Recorded events of a zone, oldest first",
        staff.read_events,
        Action.READ_EVENTS,
        {200: b.Events},
        query=(ZONE, LIMIT, Query("after", "integer", "Only events with a higher sequence.")),
    ),
    Operation(
        "GET",
        "/v1/stats",
        "readStats",
        "Figures of a zone",
        staff.read_stats,
        Action.READ_STATS,
        {200: b.Stats},
        query=(ZONE,),
    ),
    Operation(
        "GET",
        "/v1/track/{token}",
        "readTrack",
        "One order, as its shopper sees it",
        public.read_track,
        None,
        {200: TrackSnapshot},
    ),
    Operation(
        "GET",
        "/v1/city",
        "readCity",
        "The city, for maps",
        public.read_city,
        None,
        {200: b.CityShown},
    ),
    Operation(
        "GET",
        "/healthz",
        "readHealth",
        "Whether the process answers",
        public.read_health,
        None,
        {200: b.Health},
    ),
    Operation(
        "GET",
        "/readyz",
        "readReadiness",
        "Whether every part runs",
        public.read_readiness,
        None,
        {200: b.Health, 503: b.Health},
    ),
    Operation(
        "GET",
        "/metrics",
        "readMetrics",
        "Prometheus metrics",
        public.read_metrics,
        None,
        {200: None},
    ),
    Operation(
        "GET",
        "/openapi.json",
        "readOpenapi",
        "This document",
        public.read_openapi,
        None,
        {200: None},
    ),
    Operation(
        "GET",
        "/asyncapi.json",
        "readAsyncapi",
        "The document of the WebSocket channels",
        public.read_asyncapi,
        None,
        {200: None},
    ),
    *AFTER_OPERATIONS,
    *AFTER_SALES_OPERATIONS,
    *DESK_OPERATIONS,
    *CASE_OPERATIONS,
    *ADDRESS_OPERATIONS,
    *WISH_OPERATIONS,
    *MODE_OPERATIONS,
    *CORRECTION_OPERATIONS,
    *CHANNEL_OPERATIONS,
    *STAFF_OPERATIONS,
    *REACH_OPERATIONS,
    *MY_OPERATIONS,
    *OUTGOING_OPERATIONS,
)
