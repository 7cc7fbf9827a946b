"""The operations of cases, for staff and for an order's customer, as rows of the API's table."""

from collections.abc import Mapping
from typing import Final

import msgspec

from courier_protocol.live import CaseView
from dispatch.application.access import Action
from dispatch.web import bodies_cases as b
from dispatch.web import routes_cases as cases
from dispatch.web import routes_own_cases as own
from dispatch.web.bodies import PendingRequest
from dispatch.web.call import Operation, Query

_ZONE = Query("zone", "string", "The zone; `default` when left out.")
_STANDS: Final[Mapping[int, type[msgspec.Struct] | None]] = {200: CaseView, 202: PendingRequest}
_EXPIRED: Final = {410: "The link has expired."}

CASE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/v1/cases",
        "listCases",
        "What waits for an answer, or where couriers' reports and the plan do not agree, the newest first",
        cases.list_cases,
        Action.LIST_CASES,
        {200: b.CasesShown},
        query=(
            _ZONE,
            Query("status", "string", "Only `open`, `solved` or `resolved` ones."),
            Query("order", "string", "Only this order's, however long ago it ended."),
        ),
    ),
    Operation(
        "POST",
        "/v1/cases",
        "openCase",
        "Note what an order's customer complains of, asks or wants; a solution is owed within two hours",
        cases.open_case,
        Action.HANDLE_CASE,
        {201: CaseView, 202: PendingRequest},
        body=b.CaseBody,
        takes_key=True,
    ),
    Operation(
        "GET",
        "/v1/cases/causes",
        "readCauses",
        "How many cases there were of each kind and cause",
        cases.read_causes,
        Action.READ_CAUSES,
        {200: b.CausesShown},
        query=(
            _ZONE,
            Query("days", "integer", "Of cases opened in so many days; 30 when left out."),
            Query("format", "string", "`json`, or `csv` for a table."),
        ),
        gives=(cases.CSV,),
    ),
    Operation(
        "POST",
        "/v1/cases/{id}:solve",
        "solveCase",
        "Tell the customer a solution; the timer stops",
        cases.solve_case,
        Action.HANDLE_CASE,
        _STANDS,
        body=b.SolutionBody,
        query=(_ZONE,),
    ),
    Operation(
        "POST",
        "/v1/cases/{id}:assign",
        "assignCase",
        "Say who looks after a case",
        cases.assign_case,
        Action.HANDLE_CASE,
        _STANDS,
        body=b.AssigneeBody,
        query=(_ZONE,),
    ),
    Operation(
        "POST",
        "/v1/cases/{id}:follow-up",
        "followUpCase",
        "Have a case looked at again later",
        cases.follow_up,
        Action.HANDLE_CASE,
        _STANDS,
        body=b.FollowUpBody,
        query=(_ZONE,),
    ),
    Operation(
        "POST",
        "/v1/cases/{id}/resolve",
        "resolveCase",
        "Note how a case was dealt with, and what was at its root",
        cases.resolve_case,
        Action.RESOLVE_CASE,
        _STANDS,
        body=b.ResolutionBody,
        query=(_ZONE,),
    ),
    Operation(
        "GET",
        "/v1/orders/{id}/cases",
        "listOrderCases",
        "What the customer of an own order has said about it, and what they were answered",
        own.list_order_cases,
        Action.REPORT_CASE,
        {200: b.OwnCases},
    ),
    Operation(
        "POST",
        "/v1/orders/{id}/cases",
        "reportCase",
        "Pass on what the customer of an own order says, also days after it ended",
        own.report_case,
        Action.REPORT_CASE,
        {201: b.CaseTaken, 202: b.CaseTaken},
        body=b.OwnCaseBody,
        takes_key=True,
    ),
    Operation(
        "POST",
        "/v1/orders/{id}/cases/{case}:not-solved",
        "reopenCase",
        "Pass on that the answer does not solve it",
        own.reopen_case,
        Action.REPORT_CASE,
        {201: b.CaseTaken, 202: b.CaseTaken},
        body=b.NotSolvedBody,
        takes_key=True,
    ),
    Operation(
        "GET",
        "/v1/track/{token}/cases",
        "listOwnCases",
        "What the customer has said about their order, and what they were answered",
        own.list_own_cases,
        None,
        {200: b.OwnCases},
        refusals=_EXPIRED,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/cases",
        "openOwnCase",
        "Report a problem with one's own order",
        own.open_own_case,
        None,
        {201: b.CaseTaken, 202: b.CaseTaken},
        body=b.OwnCaseBody,
        refusals=_EXPIRED,
        takes_key=True,
    ),
    Operation(
        "POST",
        "/v1/track/{token}/cases/{id}:not-solved",
        "reopenOwnCase",
        "Say that the answer does not solve it",
        own.reopen_own_case,
        None,
        {201: b.CaseTaken, 202: b.CaseTaken},
        body=b.NotSolvedBody,
        refusals=_EXPIRED,
        takes_key=True,
    ),
)
