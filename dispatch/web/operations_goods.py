"""The operations on goods that are on board, as rows of the API's table."""

from collections.abc import Mapping

from msgspec import Struct

from dispatch.application.access import Action
from dispatch.web import bodies_goods as b
from dispatch.web import routes_goods as goods
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Operation

_DECIDED: Mapping[int, type[Struct] | None] = {200: b.GoodsMoved, 202: PendingRequest}

GOODS_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "POST",
        "/v1/handovers",
        "handOver",
        "Have a courier hand goods on board over to another one",
        goods.hand_over,
        Action.HAND_OVER,
        _DECIDED,
        body=b.HandoverBody,
    ),
    Operation(
        "POST",
        "/v1/orders/{id}/handover",
        "endHandover",
        "Say that a planned hand-over is done, or call it off",
        goods.end_handover,
        Action.HAND_OVER,
        _DECIDED,
        body=b.HandoverEndBody,
    ),
    Operation(
        "POST",
        "/v1/orders/{id}/attempt",
        "resolveAttempt",
        "Decide on a failed attempt: again, back to the depot, or that the goods are back",
        goods.resolve_attempt,
        Action.RESOLVE_ATTEMPT,
        _DECIDED,
        body=b.ResolutionBody,
    ),
)
