"""The operations of arrival times, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_eta as b
from dispatch.web import routes_eta as eta
from dispatch.web.call import Operation, Query

ETA_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/orders/{id}/etas",
        "readEtas",
        "Every arrival time that an order's customer was told, and why it changed",
        eta.read_etas,
        Action.READ_ORDER,
        {200: b.EtaHistory},
    ),
    Operation(
        "GET",
        "/v1/calibration",
        "readCalibration",
        "How often the told ranges held, by hour and by distance",
        eta.read_calibration,
        Action.READ_CALIBRATION,
        {200: b.CalibrationShown},
        query=(
            Query("zone", "string", "The zone; `default` when left out."),
            Query("days", "integer", "Of the last so many days; 7 when left out."),
        ),
    ),
)
