"""Refusals over HTTP: one JSON shape for all of them (RFC 9457), and one place where errors become statuses."""

import math
from collections.abc import Mapping

import msgspec
from starlette.responses import Response

from dispatch.application.backlog import Overloaded
from dispatch.application.ports import Reply, StoreConflict, StoreUnavailable
from dispatch.domain.errors import Conflict, DomainError, Forbidden, InvalidInput, NotFound
from dispatch.web.auth import BadToken

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "The request is malformed",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    408: "The body came too slowly",
    409: "Conflict with the current state",
    410: "Gone",
    413: "The body is too large",
    415: "The body is of the wrong type",
    422: "The request cannot be accepted as it stands",
    429: "Too many requests",
    500: "The server failed",
    503: "Try again in a moment",
}
_STATUS_OF_KIND = {"invalid": 422, "not_found": 404, "conflict": 409, "forbidden": 403, "internal": 500}
_STATUS_OF_ERROR: tuple[tuple[type[DomainError], int], ...] = (
    (InvalidInput, 422),
    (NotFound, 404),
    (Conflict, 409),
    (Forbidden, 403),
)


class FieldError(msgspec.Struct, omit_defaults=True, frozen=True):
    """What is wrong with one field: `pointer` is a JSON pointer (RFC 6901) into the body, `code` is for programs."""

    detail: str
    pointer: str = ""
    code: str = ""


class ProblemBody(msgspec.Struct, omit_defaults=True, frozen=True):
    """RFC 9457, with a stable `code` for programs."""

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"
    instance: str = ""
    errors: tuple[FieldError, ...] = ()
    current_version: int | None = None


class Problem(Exception):
    """A refusal on its way to the caller."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: tuple[FieldError, ...] = (),
        current_version: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.current_version = current_version
        self.headers = dict(headers or {})

    def body(self, instance: str = "") -> ProblemBody:
        """The problem as JSON. The type is a member of this API's family, named by the code."""
        return ProblemBody(
            title=_TITLES.get(self.status, "Refused"),
            status=self.status,
            detail=self.detail,
            code=self.code,
            type=f"urn:dispatch:problem:{self.code}",
            instance=instance,
            errors=self.errors,
            current_version=self.current_version,
        )

    def response(self, instance: str) -> Response:
        """The problem as a response."""
        body = msgspec.json.encode(self.body(instance))
        return Response(body, self.status, self.headers, MEDIA_TYPE)


def problem_of(error: Exception) -> Problem | None:
    """The problem that an expected error makes; None for one that nobody expected."""
    match error:
        case Problem():
            return error
        case DomainError():
            status = next(status for kind, status in _STATUS_OF_ERROR if isinstance(error, kind))
            return Problem(status, error.code, error.detail)
        case BadToken():
            return Problem(401, error.code, error.detail, headers={"WWW-Authenticate": 'Bearer realm="dispatch"'})
        case StoreConflict():
            return Problem(409, "store_conflict", "Another request got there first; look again.")
        case StoreUnavailable():
            return overloaded() if isinstance(error, Overloaded) else unavailable()
        case _:
            return None


def unavailable() -> Problem:
    """The store does not answer: nothing was taken in."""
    sentence = "The database does not answer; nothing was changed. Try again with the same Idempotency-Key."
    return Problem(503, "store_unavailable", sentence, headers={"Retry-After": "1"})


def too_many(wait_s: float) -> Problem:
    """Somebody calls too often; nothing was looked at."""
    headers = {"Retry-After": str(max(1, math.ceil(wait_s)))}
    return Problem(429, "too_many_calls", "Too many calls; wait as long as Retry-After says.", headers=headers)


def overloaded() -> Problem:
    """The zone's writer does not keep up: nothing was taken in."""
    sentence = "The zone has more waiting than it can take; nothing was changed. Try again in a few seconds."
    return Problem(503, "overloaded", sentence, headers={"Retry-After": "5"})


def refusal(reply: Reply) -> Problem:
    """The problem that a refused request makes."""
    version = reply.result.get("plan_version") if reply.kind == "conflict" else None
    return Problem(_STATUS_OF_KIND.get(reply.kind, 422), reply.code, reply.detail, current_version=version)
