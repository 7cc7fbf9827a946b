"""The operations on pickup points, as rows of the API's table. On a leader's page the link is the right."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec import Struct

from dispatch.application.access import Action
from dispatch.web import bodies_points as b
from dispatch.web import routes_points as points
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Handler, Operation, Query

_ZONE = Query("zone", "string", "The zone; `default` when left out.")
_REFUSALS = {409: "The order does not lie there, the code is wrong, or a courier has fetched it.", 429: "Too many."}
_CHANGED: Mapping[int, type[Struct] | None] = {200: b.ParcelsChanged, 202: PendingRequest}


@dataclass(frozen=True, slots=True)
class _Step:
    """Work at a point, for whoever has a token, and for whoever has the leader's link."""

    name: str
    summary: str
    body: type[Struct]
    by_token: Handler
    by_link: Handler

    def operations(self) -> tuple[Operation, Operation]:
        """Both ways to it."""
        return (
            Operation(
                *("POST", f"/v1/points/{{id}}:{self.name}", f"{self.name}AtPoint", self.summary),
                handler=self.by_token,
                action=Action.WORK_AT_POINT,
                replies=_CHANGED,
                body=self.body,
                query=(_ZONE,),
                takes_key=True,
                refusals=_REFUSALS,
            ),
            Operation(
                *("POST", f"/v1/leader/{{token}}/{self.name}", f"{self.name}AsLeader", self.summary),
                handler=self.by_link,
                action=None,
                replies=_CHANGED,
                body=self.body,
                takes_key=True,
                refusals=_REFUSALS,
            ),
        )


_CONFIRM = _Step(
    "confirm",
    "Say that these orders lie there",
    b.ConfirmBody,
    points.confirm_at_point,
    points.confirm_as_leader,
)
_COLLECT = _Step(
    "collect",
    "Hand an order to whoever has its code",
    b.CollectBody,
    points.collect_at_point,
    points.collect_as_leader,
)
_REFUSE = _Step(
    "refuse",
    "Send an order back, or say that it never came",
    b.RefuseBody,
    points.refuse_at_point,
    points.refuse_as_leader,
)

POINT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "PUT",
        "/v1/points/{id}",
        "putPoint",
        "Register a pickup point, or change one",
        points.put_point,
        Action.REGISTER_POINT,
        {200: b.PointShown, 202: PendingRequest},
        body=b.PointBody,
    ),
    Operation(
        "GET",
        "/v1/points",
        "listPoints",
        "Every pickup point of a zone",
        points.list_points,
        Action.LIST_POINTS,
        {200: b.PointsShown},
        query=(_ZONE,),
    ),
    Operation(
        "GET",
        "/v1/points/{id}",
        "readPoint",
        "What is expected at a pickup point, and what lies there",
        points.read_point,
        Action.WORK_AT_POINT,
        {200: b.PointPage},
        query=(_ZONE,),
    ),
    Operation(
        "POST",
        "/v1/points/{id}:replace-link",
        "replaceLeaderLink",
        "Give the leader of a pickup point a new link; the one before opens nothing any more",
        points.replace_leader_link,
        Action.REGISTER_POINT,
        {200: b.LeaderLink, 202: PendingRequest},
        query=(_ZONE,),
    ),
    Operation(
        "GET",
        "/v1/leader/{token}",
        "readLeaderPage",
        "What is expected at one's own pickup point, and what lies there",
        points.read_leader_page,
        None,
        {200: b.PointPage},
        refusals={429: "Too many; Retry-After says when again."},
    ),
    *_CONFIRM.operations(),
    *_COLLECT.operations(),
    *_REFUSE.operations(),
)
