"""The operations on distributors, as rows of the API's table."""

from dispatch.application.access import Action
from dispatch.web import bodies_distributors as b
from dispatch.web import routes_distributors as distributors
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Operation, Query

_ZONE = Query("zone", "string", "The zone; `default` when left out.")

DISTRIBUTOR_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "PUT",
        "/v1/distributors/{id}",
        "applyAsDistributor",
        "Apply as a distributor, or tell what has changed",
        distributors.apply_as_distributor,
        Action.APPLY_AS_DISTRIBUTOR,
        {200: b.DistributorShown, 202: PendingRequest},
        body=b.ApplicationBody,
        takes_key=True,
    ),
    Operation(
        "POST",
        "/v1/distributors/{id}:judge",
        "judgeDistributor",
        "Approve a distributor with a tier and a commission, refuse or suspend it",
        distributors.judge_distributor,
        Action.JUDGE_DISTRIBUTOR,
        {200: b.DistributorShown, 202: PendingRequest},
        body=b.JudgementBody,
        takes_key=True,
    ),
    Operation(
        "GET",
        "/v1/distributors",
        "listDistributors",
        "Distributors, those that wait to be looked at first",
        distributors.list_distributors,
        Action.LIST_DISTRIBUTORS,
        {200: b.DistributorsShown},
        query=(_ZONE, Query("standing", "string", "Only these: `applied`, `approved`, `refused` or `suspended`.")),
    ),
    Operation(
        "GET",
        "/v1/distributors/{id}",
        "readDistributor",
        "A distributor, with its licences and why it was refused",
        distributors.read_distributor,
        Action.READ_DISTRIBUTOR,
        {200: b.DistributorShown},
        query=(_ZONE,),
    ),
    Operation(
        "GET",
        "/v1/distributors/{id}/performance",
        "readPerformance",
        "How a distributor's orders went, by month, and what it earns; `Accept: text/csv` for a table",
        distributors.read_performance,
        Action.READ_PERFORMANCE,
        {200: b.PerformanceShown},
        query=(_ZONE, Query("days", "integer", "Of orders that were placed in so many days; 90 when left out.")),
    ),
)
