"""The operations on picking and packing at depots, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_waves as b
from dispatch.web import routes_waves as waves
from dispatch.web.call import Operation, Query
from dispatch.web.limits import MAX_BATCH_BYTES

_ZONE = Query("zone", "string", "The zone; `default` when left out.")

WAVE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/depots/{id}/waves",
        "listWaves",
        "What a depot has to pick and pack, by when it leaves",
        waves.list_waves,
        Action.READ_WAVES,
        {200: b.Waves},
        query=(_ZONE,),
    ),
    Operation(
        "POST",
        "/v1/depots/{id}/waves:prepare",
        "prepareWave",
        "Say that several orders are being picked, or are packed",
        waves.prepare_wave,
        Action.PREPARE_WAVE,
        {200: b.PreparedAll},
        body=b.PrepareBody,
        max_body_bytes=MAX_BATCH_BYTES,
    ),
    Operation(
        "GET",
        "/v1/depots/{id}/picking",
        "readPicking",
        "How picking went, by day",
        waves.read_picking,
        Action.READ_WAVES,
        {200: b.Picking},
        query=(_ZONE, Query("days", "integer", "So many days, today among them; 7 when left out.")),
    ),
)
