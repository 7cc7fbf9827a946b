"""A table of orders over HTTP: each is taken in as `POST /v1/orders` takes it, some of them at once.

An order's number in the table names it: the same table again changes nothing, whoever sends it, and the number with
other contents is told and changes nothing either. A shop's number is the Idempotency-Key of its own calls, so that an
order which it placed by program before is the same order here; what staff upload is the zone's. A distributor's orders
are theirs, as if they had placed them; a group leader's all go to the pickup point that they run.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from hashlib import sha256
from itertools import islice
from typing import Any, Final, Literal

import msgspec

from dispatch.application.access import Action, Reach, Resource, Role, Subject, allow, reach
from dispatch.application.addressing import locate
from dispatch.application.cells import BadCell
from dispatch.application.csv_rows import Row
from dispatch.application.hub import ZoneHub
from dispatch.application.known_ways import KnownWays
from dispatch.application.order_rows import OrderRows, Reading, TableClock, orders_of
from dispatch.domain.depot import Depot
from dispatch.domain.errors import Forbidden
from dispatch.domain.geo import Point
from dispatch.domain.shelf import Sku
from dispatch.roads.address_match import NOT_FOUND
from dispatch.web.address_checks import pin_of
from dispatch.web.bodies import ID_PATTERN, OrderBody
from dispatch.web.call import Answer, Call, misfit
from dispatch.web.import_report import ImportReport, json_line
from dispatch.web.order_fields import POINTERS
from dispatch.web.problems import FieldError, Problem, problem_of
from dispatch.web.requests import RequestId, request_id
from dispatch.web.routes_orders import Looked, depots_named, is_looked_up, order_id_of, place, point_of
from dispatch.web.services import Services

AT_ONCE: Final = 100
"""Orders that are looked up together, and asked for at once."""
PARTS_AT_ONCE: Final = 3
"""While the zone decides on one part, the next ones are looked up and asked for: it commits what waits together, and
others' requests wait for no more than these."""
TRIES: Final = 5
"""How often an order is asked for that the zone does not answer in time, or that it has no room for in this moment."""
_AGAIN_AFTER_S: Final = 1.0
_DIFFERS: Final = "There is an order with this number that says something else; it stays as it is."


class _Unchanged(Enum):
    UNCHANGED = "unchanged"


UNCHANGED: Final = _Unchanged.UNCHANGED
"""The order was there before, as the table has it."""
_Outcome = Answer | Problem | Literal[_Unchanged.UNCHANGED]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An order of the table on its way in."""

    order: OrderRows
    body: OrderBody
    request: RequestId
    pin: Point | None

    def anew(self, key: str) -> "_Asked":
        """The same order under another request, which the zone has not answered yet; `key` is that of the upload."""
        name = sha256(f"{self.request.id} {key}".encode()).hexdigest()[:12]
        return replace(self, request=replace(self.request, id=f"{self.request.id}-{name}"))


@dataclass(frozen=True, slots=True)
class Upload:
    """A table on its way in, its Idempotency-Key, and the pickup point of all its orders, if they have one."""

    call: Call
    hub: ZoneHub
    key: str
    point: str = ""


@dataclass(slots=True)
class _Part:
    """Orders that are decided together: those of which it is known already what becomes of them, and the new ones."""

    known: list[tuple[OrderRows, _Outcome]] = field(default_factory=list)
    new: list[tuple[_Asked, Looked]] = field(default_factory=list)


def point_of_table(call: Call, hub: ZoneHub) -> str:
    """The pickup point of all the table's orders (`point`); empty: each says where it goes. Of a group leader it is one
    that they run, which they need not name if it is the only one. Raises `Forbidden` for who places no orders, or not
    there, and `Problem` for a point that is none.
    """
    allow(call.subject, Action.PLACE_ORDER, Resource(hub.zone_id, call.subject.owner))
    named, points = call.query("point"), hub.replica.state.points.values()
    if call.subject.role is not Role.GROUP_LEADER:
        return point.id if (point := point_of(hub, named)) else ""
    own = [point.id for point in points if point.leader == call.subject.owner and not point.removed]
    if named in own or (len(own) == 1 and not named):
        return named or own[0]
    if own and not named:
        raise Problem(422, "point_missing", f"Say for which pickup point the orders are: {', '.join(own)}.")
    raise Forbidden("not_your_point", f"You run no pickup point {named}".rstrip() + "; ask the dispatchers.")


async def orders_taken_in(upload: Upload, rows: Sequence[Row]) -> AsyncIterator[bytes]:
    """The lines of the answer, part by part."""
    report, call = ImportReport(), upload.call
    yield json_line({"rows": len(rows)})
    zone_time = call.services.zone_time
    today = datetime.fromtimestamp(call.services.clock.now_ms() / 1000, zone_time).date()
    found = await asyncio.to_thread(orders_of, rows, Reading(TableClock(zone_time, today), _is_id, upload.point))
    good = [each for each in found if isinstance(each, OrderRows)]
    for each in found:
        if not isinstance(each, OrderRows):
            _leave_out(report, each)
    yield report.progress()
    parts = (good[first : first + AT_ONCE] for first in range(0, len(good), AT_ONCE))
    under_way = deque(asyncio.ensure_future(_part(upload, part)) for part in islice(parts, PARTS_AT_ONCE))
    try:
        while under_way:
            for order, outcome in await under_way[0]:
                _note(report, order, outcome)
            yield report.progress()
            under_way.popleft()
            under_way.extend(asyncio.ensure_future(_part(upload, part)) for part in islice(parts, 1))
    finally:
        for part in under_way:
            part.cancel()
    yield report.line()


async def _part(upload: Upload, orders: Sequence[OrderRows]) -> list[tuple[OrderRows, _Outcome]]:
    """What became of each of these orders."""
    part = await _prepared(upload, orders)
    placed = await asyncio.gather(*(_taken_in(upload.call, *each) for each in part.new))
    return part.known + [(asked.order, outcome) for (asked, _), outcome in zip(part.new, placed, strict=True)]


def _note(report: ImportReport, order: OrderRows, outcome: _Outcome) -> None:
    if isinstance(outcome, Problem):
        _leave_out(report, _bad_cells(order, outcome))
    elif outcome is UNCHANGED:
        report.unchanged += len(order.rows)
    else:
        report.taken += len(order.rows)


def _leave_out(report: ImportReport, wrong: Sequence[BadCell]) -> None:
    for cell in wrong:
        report.wrong(cell)


async def _prepared(upload: Upload, orders: Sequence[OrderRows]) -> _Part:
    """Look up for all of the orders what can be looked up for all of them at once."""
    call, hub, part = upload.call, upload.hub, _Part()
    asked = list[_Asked]()
    for order in orders:
        try:
            body = _body_of(hub, order)
            point = point_of(hub, body.point_id)
            pin = point.place if point else pin_of(body.dropoff)
            asked.append(_Asked(order, body, _request(upload, order.external_id, body), pin))
        except Problem as problem:
            part.known.append((order, problem))
    found = await call.services.store.find_orders([order_id_of(each.request) for each in asked])
    replies = await call.services.store.replies(hub.zone_id, [each.request.id for each in asked])
    new = list[_Asked]()
    for each in asked:
        is_answered = each.request.id in replies
        if order_id_of(each.request) in found:
            part.known.append((each.order, UNCHANGED if is_answered else _differs()))
        else:  # what was refused before may go well now, when somebody has registered its goods
            new.append(each.anew(upload.key) if is_answered else each)
    looked = await asyncio.to_thread(_looked_up, call.services, dict(hub.replica.state.depots), new)
    part.new = list(zip(new, looked, strict=True))
    return part


def _differs() -> Problem:
    return Problem(422, "idempotency_key_reused", _DIFFERS)


def _looked_up(services: Services, depots: Mapping[str, Depot], asked: Sequence[_Asked]) -> list[Looked]:
    """What the addresses mean (where there is a pin, that counts), and the ways to all of them."""
    match = services.addresses.match
    matches = [
        NOT_FOUND if each.pin or not is_looked_up(each.body) else match(each.body.dropoff.address) for each in asked
    ]
    doors = [
        each.pin or locate(found, depots_named(each.body), depots, services.city.box.centre).place
        for each, found in zip(asked, matches, strict=True)
    ]
    ways = KnownWays(services.travel_times, services.intake.reference_profile, depots.values(), doors)
    rides_s = dict[str, float]()
    return [Looked(found, each.pin, ways, rides_s, at_hand=True) for each, found in zip(asked, matches, strict=True)]


async def _taken_in(call: Call, asked: _Asked, looked: Looked) -> Answer | Problem:
    """The order as it was placed; or why it was not, after some tries where waiting helps."""
    for attempt in range(TRIES):
        if attempt:
            await call.services.ticker.sleep(_AGAIN_AFTER_S)
        outcome = await _tried(call, asked, looked)
        if not _is_for_now(outcome):
            return outcome
    return Problem(503, "no_answer", "The zone does not answer now; it may take the row in a moment.")


async def _tried(call: Call, asked: _Asked, looked: Looked) -> Answer | Problem:
    try:
        return await place(call, asked.body, asked.request, looked)
    except Exception as error:
        refused = problem_of(error)
        if refused is None:
            raise
        return refused


def _is_for_now(outcome: Answer | Problem) -> bool:
    """Whether it may be decided in a moment."""
    if isinstance(outcome, Answer):
        return outcome.status == 202
    return outcome.status == 503 and outcome.code != "zone_full"


def _body_of(hub: ZoneHub, order: OrderRows) -> OrderBody:
    """Raises `Problem` as a program's body would."""
    lines = [_named(line, hub.replica.state.skus) for line in order.body["lines"]]
    try:
        return msgspec.convert({**order.body, "lines": lines, "zone": hub.zone_id}, OrderBody)
    except msgspec.ValidationError as error:
        raise misfit(error) from None


def _named(line: Mapping[str, Any], skus: Mapping[str, Sku]) -> Mapping[str, Any]:
    """A line that names nothing but a good in stock is called as the good is."""
    known = skus.get(line.get("sku", ""))
    return {**line, "name": known.name} if known and line["name"] == known.id else line


def _request(upload: Upload, external_id: str, body: OrderBody) -> RequestId:
    call = upload.call
    if reach(call.subject, Action.PLACE_ORDER) is Reach.OWN:
        return request_id(call.subject, "orders", external_id, body)
    return request_id(Subject(Role.DISPATCHER, "table"), "orders", f"{upload.hub.zone_id} {external_id}", body)


def _bad_cells(order: OrderRows, problem: Problem) -> list[BadCell]:
    """The cells that the problem is about, and the order's other rows, which are left out with them."""
    if problem.code == "idempotency_key_reused":
        wrong = [BadCell(order.rows[0], "id", "order_differs", _DIFFERS)]
    else:
        pointer = POINTERS.get(problem.code, "")
        errors = problem.errors or (FieldError(problem.detail, pointer, problem.code),)
        cells = [(*order.cell_of(error.pointer), error) for error in errors]
        wrong = [BadCell(row, column, error.code or problem.code, error.detail) for row, column, error in cells]
    told = {cell.row for cell in wrong}
    sentence = f"Row {wrong[0].row} of this order is wrong, so the whole order was left out."
    first_of_row = {cell.row: cell for cell in reversed(wrong)}
    others = (BadCell(row, "", "order_incomplete", sentence) for row in order.rows if row not in told)
    return [*first_of_row.values(), *others]


def _is_id(typed: str) -> bool:
    return ID_PATTERN.fullmatch(typed) is not None
