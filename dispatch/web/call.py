"""One HTTP call: who asks, what for, and with which body; and how a handler answers.

Every operation is a row of data (`Operation`): the route, the access it needs, the shapes of its bodies. From the same
rows come the running routes and the OpenAPI document, so neither can say what the other does not.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from dispatch.application.access import Action, Resource, Subject, allow, reach
from dispatch.application.hub import ZoneHub
from dispatch.application.staff_ports import SessionMark
from dispatch.web.auth import BadToken, Bearer
from dispatch.web.limits import MAX_BODY_BYTES, read_body
from dispatch.web.problems import FieldError, Problem, too_many
from dispatch.web.services import Services, caller_of, hub_of


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler answers: a status, a body to encode, and headers."""

    body: msgspec.Struct
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Query:
    """A query parameter: its name, its JSON type for the document, and what it means."""

    name: str
    type: str
    meaning: str


@dataclass(slots=True)
class Call:
    """A call on its way through a handler. `body` is decoded when the operation has one."""

    request: Request
    services: Services
    operation: "Operation"
    bearer_or_none: Bearer | None = None
    body: Any = None

    @property
    def subject(self) -> Subject:
        """Who asks; only in operations that need a token."""
        if self.bearer_or_none is None:
            raise AssertionError(f"{self.operation.path} is public and has no subject")
        return self.bearer_or_none.subject

    @property
    def mark(self) -> SessionMark | None:
        """The sign-in that the caller's token is from; None for a token that was issued by itself."""
        return self.bearer_or_none.mark if self.bearer_or_none else None

    @property
    def address(self) -> str:
        """Where the call comes from; empty where that is not known."""
        return self.request.client.host if self.request.client else ""

    @property
    def action(self) -> Action:
        """What the caller wants to do, in the words of the access table; only in operations that need a token."""
        if self.operation.action is None:
            raise AssertionError(f"{self.operation.path} is public and needs no right")
        return self.operation.action

    def path(self, name: str) -> str:
        """A part of the path. Raises `Problem` 404 for what can be no name: PostgreSQL takes no NUL."""
        part = str(self.request.path_params[name])
        if not part.isprintable():
            raise Problem(404, "unknown_path", "There is nothing by that name.")
        return part

    def query(self, name: str, default: str = "") -> str:
        """A query parameter. Raises `Problem` 422 for control characters, which no name has."""
        given = self.request.query_params.get(name, default)
        if not given.isprintable():
            raise Problem(422, "bad_parameter", f"The parameter {name} has characters that cannot be shown.")
        return given

    def query_int(self, name: str, default: int, most: int) -> int:
        """A query parameter that counts, from 0 to `most`. Raises `Problem` 422."""
        given = self.query(name, str(default))
        if not given.isdecimal() or len(given) > 16 or int(given) > most:
            raise Problem(422, "bad_parameter", f"The parameter {name} is a number from 0 to {most}.")
        return int(given)

    def zone(self, zone_id: str, owner_id: str = "") -> ZoneHub:
        """The zone, if the caller may do this operation there (to what `owner_id` owns). Raises `DomainError`."""
        if self.operation.action is not None:
            allow(self.subject, self.operation.action, Resource(zone_id, owner_id))
        return hub_of(self.services, zone_id)


Handler = Callable[[Call], Awaitable[Answer | Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the API. `action` None: public. `replies` are the bodies by status; None: not JSON, or no body.

    `takes` are the media types of a body that the handler reads itself, `gives` those of a 200 that is not JSON of a
    known shape; `headers` are asked for beside the usual ones, and `refusals` are told beside those that all have.
    """

    method: str
    path: str
    name: str
    summary: str
    handler: Handler
    action: Action | None
    replies: Mapping[int, type[msgspec.Struct] | None]
    body: type[msgspec.Struct] | None = None
    query: tuple[Query, ...] = ()
    headers: tuple[Query, ...] = ()
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    refusals: Mapping[int, str] = field(default_factory=dict)
    takes_key: bool = False
    max_body_bytes: int = MAX_BODY_BYTES


async def perform(operation: Operation, request: Request, services: Services) -> Response:
    """Check the caller, decode the body, run the handler, encode the answer. Raises what makes a problem."""
    call = Call(request, services, operation)
    if operation.action is not None:
        call.bearer_or_none = await _caller(request, services)
        if wait_s := services.call_rates.take_subject(call.subject.actor):
            raise too_many(wait_s)
        reach(call.subject, operation.action)
    if operation.body is not None:
        call.body = decode(operation.body, await _json_of(request, operation.max_body_bytes))
    answer = await operation.handler(call)
    if isinstance(answer, Response):
        return answer
    encoded = msgspec.json.encode(answer.body)
    return Response(encoded, answer.status, dict(answer.headers), "application/json")


async def _caller(request: Request, services: Services) -> Bearer:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise BadToken("token_missing", "Send a token: Authorization: Bearer TOKEN.")
    return await caller_of(services, token.strip())


async def _json_of(request: Request, limit_bytes: int) -> bytes:
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "not_json", "Send the body as application/json.")
    return await read_body(request, limit_bytes)


def decode(kind: type[msgspec.Struct], body: bytes | msgspec.Raw) -> Any:
    """The body as its type. Raises `Problem`: 400 when it is no JSON, 422 with a JSON pointer when it does not fit."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise misfit(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Problem(400, "malformed_json", "The body is not well-formed JSON.") from None
    except RecursionError:
        raise Problem(400, "malformed_json", "The body is nested too deeply.") from None


def misfit(error: msgspec.ValidationError) -> Problem:
    """Which field does not fit, and why."""
    what, _, where = str(error).partition(" - at `")
    wrong = FieldError(what, _pointer(where.rstrip("`")), _field_code(what))
    at = f" at {wrong.pointer}" if wrong.pointer else ""
    return Problem(422, "bad_field", f"{what}{at}.", errors=(wrong,))


def _field_code(what: str) -> str:
    """The code of what msgspec says of a field."""
    if "missing required field" in what:
        return "missing_field"
    if "contains unknown field" in what:
        return "unknown_field"
    return "wrong_type" if ", got " in what else "out_of_bounds"


def _pointer(where: str) -> str:
    """msgspec's `$.orders[0].lat` as the JSON pointer `/orders/0/lat`."""
    return where.removeprefix("$").replace("[", "/").replace("]", "").replace(".", "/")
