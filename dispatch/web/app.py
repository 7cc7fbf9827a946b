"""The web application: the table of operations, two WebSocket channels and the pages, in one Starlette app."""

import logging
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from dispatch.web.call import Operation, perform
from dispatch.web.connection import Connections
from dispatch.web.door import Door
from dispatch.web.load import Admission, LoadLimits
from dispatch.web.metrics import Metrics
from dispatch.web.openapi import openapi
from dispatch.web.operations import OPERATIONS
from dispatch.web.outer import Outer, masked
from dispatch.web.pages import page_routes
from dispatch.web.problems import Problem, problem_of
from dispatch.web.services import Services
from dispatch.web.tracking_links import LinkExpired

log = logging.getLogger(__name__)

FIGURES = ("/metrics", "/healthz", "/readyz")

_WORDS = {
    404: ("not_found", "There is nothing here; see /openapi.json for what there is."),
    405: ("method_not_allowed", "This method is not allowed here; see /openapi.json."),
}


def create_app(services: Services, load: LoadLimits | None = None) -> Starlette:
    """The app over these services: HTTP, no more of it at once than `load`. The live channels are served beside it, see
    `serving`; a shutdown says goodbye to every one of their sockets by `app.state.connections.drain()`.
    """
    load = load or LoadLimits()
    routes: list[BaseRoute] = [*map(_route, OPERATIONS), *page_routes(services)]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Outer), Middleware(Admission, load.max_calls, exempt=FIGURES)],
        exception_handlers={HTTPException: _on_http_error},
    )
    app.state.services = services
    app.state.connections = Connections(services.ticker, services.pulse, Door(load))
    app.state.metrics = Metrics(services, app.state.connections)
    app.state.openapi = openapi(OPERATIONS, services.version)
    app.state.in_flight = set()
    return app


def figures_app(app: Starlette) -> Starlette:
    """What an operator asks of one process among several, of the same state as `app`, and nothing else."""
    asked = [route for route in app.routes if isinstance(route, Route) and route.path in FIGURES]
    beside = Starlette(routes=asked, middleware=[Middleware(Outer)], exception_handlers={HTTPException: _on_http_error})
    beside.state = app.state
    return beside


Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


def _route(operation: Operation) -> Route:
    async def endpoint(request: Request) -> Response:
        try:
            return await perform(operation, request, request.app.state.services)
        except LinkExpired as error:
            return Problem(410, error.code, error.detail).response(masked(request.url.path))
        except Exception as error:
            problem = problem_of(error) or _surprise(request, error)
            return problem.response(masked(request.url.path))

    endpoint.__name__ = operation.name
    return Route(operation.path, endpoint, methods=[operation.method], name=operation.name)


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    code, detail = _WORDS.get(error.status_code, ("refused", error.detail))
    said = error.detail if error.detail.endswith(".") else detail
    problem = Problem(error.status_code, code, said, headers=error.headers)
    return problem.response(masked(request.url.path))


def _surprise(request: Request, error: Exception) -> Problem:
    """A bug of ours: the caller gets a sentence, the log gets where it was, without anything of the request."""
    log.error("an HTTP call failed: %s", masked(request.url.path), exc_info=error)
    sentence = "The server failed on this request; it was logged. Try again, or ask whoever runs the server."
    return Problem(500, "internal", sentence)
