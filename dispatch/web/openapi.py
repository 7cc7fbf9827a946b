"""The OpenAPI 3.1 document, made from the table of operations and the types of their bodies."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from dispatch.application.access import TABLE
from dispatch.web.call import Operation
from dispatch.web.problems import MEDIA_TYPE, ProblemBody

_REF = "#/components/schemas/{name}"
_PROBLEMS_OF_ALL = {
    429: "Too many calls; Retry-After says when again.",
    500: "The server failed.",
    503: "The database does not answer, or too much is asked; try again.",
}
_PROBLEMS_OF_CALLERS = {401: "No valid token.", 403: "The token does not allow this.", 404: "Not found."}
_PROBLEMS_OF_BODIES = {
    400: "The body is not well-formed JSON.",
    408: "The body came too slowly.",
    409: "Conflict with the current state, or a request with this key is being answered.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The request cannot be accepted as it stands.",
}


def openapi(operations: Iterable[Operation], version: str) -> dict[str, Any]:
    """The document as plain data."""
    rows = tuple(operations)
    types: set[type[msgspec.Struct]] = {ProblemBody}
    for row in rows:
        types |= {kind for kind in (row.body, *row.replies.values()) if kind is not None}
    ordered = sorted(types, key=lambda kind: kind.__name__)
    schemas, components = msgspec.json.schema_components(ordered, ref_template=_REF)
    refs = dict(zip(ordered, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Dispatch",
            "version": version or "0",
            "description": "Orders in, couriers and plans managed. Times are epoch milliseconds of business time.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "webhooks": {},
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _operation(row: Operation, refs: dict[type[msgspec.Struct], Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": row.name,
        "summary": row.summary,
        "parameters": [*_path_parameters(row), *_query_parameters(row), *_headers(row), *_key_parameter(row)],
        "responses": {**_replies(row, refs), **_problems(row, refs)},
        "security": [{"token": []}] if row.action else [],
    }
    if row.action:
        described["x-roles"] = {role.value: reach.value for role, reach in TABLE[row.action].items()}
    if row.body:
        content = {"application/json": {"schema": refs[row.body]}}
        described["requestBody"] = {"required": True, "content": content}
    if row.takes:
        described["requestBody"] = {"required": False, "content": {media_type: {} for media_type in row.takes}}
    return described


def _path_parameters(row: Operation) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", row.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(row: Operation) -> list[dict[str, Any]]:
    return [
        {"name": query.name, "in": "query", "description": query.meaning, "schema": {"type": query.type}}
        for query in row.query
    ]


def _headers(row: Operation) -> list[dict[str, Any]]:
    return [
        {"name": header.name, "in": "header", "required": True, "description": header.meaning, "schema": schema}
        for header in row.headers
        for schema in ({"type": header.type},)
    ]


def _key_parameter(row: Operation) -> list[dict[str, Any]]:
    if not row.takes_key:
        return []
    meaning = (
        "Makes a repeated request take effect once: the same key and body replay the stored reply, another body is "
        "refused with 422, and 409 says that the first is still being answered. Kept for at least 24 hours."
    )
    schema = {"type": "string", "maxLength": 200}
    return [{"name": "Idempotency-Key", "in": "header", "description": meaning, "schema": schema}]


def _replies(row: Operation, refs: dict[type[msgspec.Struct], Any]) -> dict[str, Any]:
    return {
        str(status): {
            "description": kind.__doc__.splitlines()[0] if kind and kind.__doc__ else row.summary,
            **_content(row, status, refs[kind] if kind else None),
        }
        for status, kind in row.replies.items()
    }


def _content(row: Operation, status: int, schema: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"application/json": {"schema": schema}} if schema else {}
    if status == 200:
        told |= {media_type: {} for media_type in row.gives}
    return {"content": told} if told else {}


def _problems(row: Operation, refs: dict[type[msgspec.Struct], Any]) -> dict[str, Any]:
    meanings = dict(_PROBLEMS_OF_ALL)
    if row.action or "{" in row.path:
        meanings |= _PROBLEMS_OF_CALLERS
    if row.body or row.takes:
        meanings |= _PROBLEMS_OF_BODIES
    if row.takes:
        meanings[415] = f"The body is not {' or '.join(row.takes)}."
    if row.query:
        meanings[422] = _PROBLEMS_OF_BODIES[422]
    meanings |= row.refusals
    content = {MEDIA_TYPE: {"schema": refs[ProblemBody]}}
    return {
        str(status): {"description": meaning, "content": content}
        for status, meaning in sorted(meanings.items())
        if status not in row.replies
    }
