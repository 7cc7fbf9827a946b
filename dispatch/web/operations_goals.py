"""The operations on a zone's goals, as rows of the API's table."""

from courier_protocol.live import GoalsView
from dispatch.application.access import Action
from dispatch.web import routes_goals as goals
from dispatch.web.bodies import PendingRequest
from dispatch.web.bodies_goals import GoalsBody
from dispatch.web.call import Operation

GOALS_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/zones/{id}/goals",
        "readGoals",
        "What a zone wants to reach",
        goals.read_goals,
        Action.READ_GOALS,
        {200: GoalsView},
    ),
    Operation(
        "PUT",
        "/v1/zones/{id}/goals",
        "setGoals",
        "Change what a zone wants to reach",
        goals.set_goals,
        Action.SET_GOALS,
        {200: GoalsView, 202: PendingRequest},
        body=GoalsBody,
    ),
)
