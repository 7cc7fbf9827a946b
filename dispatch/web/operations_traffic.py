"""The operations of traffic, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_traffic as b
from dispatch.web import routes_traffic as traffic
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Operation, Query
from dispatch.web.limits import MAX_BATCH_BYTES

_ZONE = Query("zone", "string", "The zone; `default` when left out.")

TRAFFIC_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/traffic",
        "reportIncident",
        "Report a closure, a slow-down or weather, or change one",
        traffic.report_incident,
        Action.REPORT_TRAFFIC,
        {201: b.IncidentShown, 202: PendingRequest},
        body=b.IncidentBody,
        takes_key=True,
    ),
    Operation(
        "GET",
        "/v1/traffic",
        "listIncidents",
        "What is on the streets, the newest first",
        traffic.list_incidents,
        Action.READ_TRAFFIC,
        {200: b.Incidents},
        query=(_ZONE,),
    ),
    Operation(
        "DELETE",
        "/v1/traffic/{id}",
        "endIncident",
        "An incident is over",
        traffic.end_incident,
        Action.REPORT_TRAFFIC,
        {200: b.IncidentShown, 202: PendingRequest},
        query=(_ZONE,),
    ),
    Operation(
        "POST",
        "/v1/traffic/speeds",
        "sendSpeeds",
        "Send measured speeds, by edge or by cell",
        traffic.take_speeds,
        Action.REPORT_TRAFFIC,
        {200: b.SpeedsTaken},
        body=b.SpeedsBody,
        max_body_bytes=MAX_BATCH_BYTES,
    ),
)
