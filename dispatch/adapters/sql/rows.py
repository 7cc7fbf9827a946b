"""Entities, events and requests as rows."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Table

from dispatch.adapters.commits import Assignment, Ending, finished_at_ms
from dispatch.adapters.sql import tables, tables_goods
from dispatch.application import records
from dispatch.application.courier_facts import told_to
from dispatch.application.filing import filed
from dispatch.application.ports import Outcome, Recorded, Request
from dispatch.domain.area import Area
from dispatch.domain.case import Case
from dispatch.domain.claim import Claim
from dispatch.domain.claim_policy import ClaimPolicy
from dispatch.domain.collection import CollectionState
from dispatch.domain.correction import Correction
from dispatch.domain.courier import Courier
from dispatch.domain.depot import Depot
from dispatch.domain.distributor import Distributor
from dispatch.domain.eta import Spread
from dispatch.domain.events import Overridden
from dispatch.domain.fee_rule import FeeRule
from dispatch.domain.goals import Goals
from dispatch.domain.incident import Incident
from dispatch.domain.offer import Offer
from dispatch.domain.order import Order
from dispatch.domain.order_message import OrderMessage
from dispatch.domain.override import Override
from dispatch.domain.pickup_point import PickupPoint
from dispatch.domain.route import Route
from dispatch.domain.shelf import Shelf, Sku
from dispatch.domain.zone import Entity

Row = dict[str, Any]


def entity_rows(zone_id: str, entities: Iterable[Entity]) -> dict[Table, list[Row]]:
    """The entities' rows by table."""
    rows: dict[Table, list[Row]] = {}
    for entity in entities:
        table, row = _entity_row(entity)
        row["zone_id"] = zone_id
        row["body"] = records.encode_entity(entity).decode()
        rows.setdefault(table, []).append(row)
    return rows


def _entity_row(entity: Entity) -> tuple[Table, Row]:
    table, row_of = _ROWS[type(entity)]
    return table, row_of(entity)


def _order_row(order: Order) -> Row:
    there = order.collection
    collected = there if there and there.state is CollectionState.COLLECTED else None
    return {
        "id": order.id,
        "status": order.status.value,
        "courier_id": order.courier_id,
        "depot_id": order.depot_id,
        "track_hash": order.track_hash,
        "promise_at_ms": order.promise_at_ms,
        "finished_at_ms": finished_at_ms(order),
        "created_at_ms": order.created_at_ms,
        "ref": order.ref,
        "phone_mark": order.phone_mark,
        "placed_by": order.placed_by,
        "at_point": there.point_id if there and there.is_open else None,
        "collected_from": collected.point_id if collected else None,
        "collected_at_ms": collected.at_ms if collected else None,
    }


def _override_row(override: Override) -> Row:
    return {
        "id": override.id,
        "at_ms": override.at_ms,
        "actor": override.by,
        "action": override.action.value,
        "order_ids": spaced(sorted({*override.order_ids, *(mark.order_id for mark in override.before)})),
        "settled": int(override.settled),
    }


def spaced(order_ids: Iterable[str]) -> str:
    """Ids in one column, each between two spaces, so that LIKE finds one; ids have no spaces."""
    return "".join(f" {order_id}" for order_id in order_ids) + " "


_ROWS: dict[type[Any], tuple[Table, Callable[[Any], Row]]] = {
    Order: (tables.orders, _order_row),
    Courier: (tables.couriers, lambda courier: {"id": courier.id, "duty": courier.duty.value}),
    Depot: (tables.depots, lambda depot: {"id": depot.id}),
    Sku: (tables_goods.skus, lambda sku: {"id": sku.id}),
    Distributor: (tables_goods.distributors, lambda distributor: {"id": distributor.id}),
    PickupPoint: (tables_goods.points, lambda point: {"id": point.id}),
    Shelf: (tables_goods.shelves, lambda shelf: {"depot_id": shelf.depot_id, "sku": shelf.sku}),
    Area: (tables.areas, lambda area: {"id": area.id}),
    Incident: (
        tables.incidents,
        lambda incident: {"id": incident.id, "over_at_ms": incident.ended_at_ms or incident.until_ms},
    ),
    Spread: (tables.spreads, lambda _spread: {}),
    Goals: (tables.goals, lambda _goals: {}),
    FeeRule: (tables.fees, lambda _fees: {}),
    Offer: (
        tables.offers,
        lambda offer: {
            "id": offer.id,
            "status": offer.status.value,
            "courier_id": offer.courier_id,
            "expires_at_ms": offer.expires_at_ms,
        },
    ),
    Route: (tables.routes, lambda route: {"courier_id": route.courier_id, "version": route.version}),
    Case: (
        tables.cases,
        lambda case: {
            "id": case.id,
            "status": case.status.value,
            "order_id": case.order_id,
            "at_ms": case.at_ms,
        },
    ),
    Claim: (
        tables.claims,
        lambda claim: {
            "id": claim.id,
            "status": claim.status.value,
            "order_id": claim.order_id,
            "placed_by": claim.placed_by,
            "at_ms": claim.at_ms,
            "changed_at_ms": claim.changed_at_ms,
        },
    ),
    ClaimPolicy: (tables.claim_policies, lambda _policy: {}),
    Override: (tables.overrides, _override_row),
    Correction: (
        tables.corrections,
        lambda correction: {"id": correction.id, "state": correction.state.value, "at_ms": correction.at_ms},
    ),
    OrderMessage: (
        tables.order_messages,
        lambda message: {"order_id": message.order_id, "number": message.number, "id": message.id},
    ),
}


def event_rows(zone_id: str, recorded: Iterable[Recorded]) -> list[Row]:
    """Rows of the outbox."""
    rows: list[Row] = []
    for each in recorded:
        packed = records.encode_event(each.event)
        place = {"seq": each.seq, "at_ms": each.at_ms, "request_id": each.request_id, "actor": each.actor}
        kind, entity_id = filed(each.event)
        told = {"courier_id": told_to(each.event), "entity_kind": kind, "entity_id": entity_id}
        rows.append({"zone_id": zone_id, **place, **told, "type": packed.type, "body": packed.body})
    return rows


def recorded_of(row: Any) -> Recorded:
    """The event of an outbox row (seq, at_ms, request_id, actor, type, body)."""
    seq, at_ms, request_id, actor, name, body = row
    return Recorded(seq, at_ms, request_id, actor, records.decode_event(records.Packed(name, body)))


def audit_rows(zone_id: str, recorded: Iterable[Recorded]) -> list[Row]:
    """Rows of the audit: what people overruled, who and why."""
    return [
        {
            "zone_id": zone_id,
            "seq": each.seq,
            "at_ms": each.at_ms,
            "actor": each.actor,
            "request_id": each.request_id,
            **asdict(each.event),
        }
        for each in recorded
        if isinstance(each.event, Overridden)
    ]


def assignment_rows(zone_id: str, started: Iterable[Assignment]) -> list[Row]:
    """Rows of the assignments that began."""
    return [{"zone_id": zone_id, **asdict(each)} for each in started]


def ending_rows(endings: Iterable[Ending]) -> list[Row]:
    """Parameters of the statement that ends assignments."""
    return [asdict(each) for each in endings]


def request_rows(zone_id: str, requests: Iterable[Request]) -> list[Row]:
    """Rows of the inbox, not answered yet."""
    return [
        {
            "zone_id": zone_id,
            "id": request.id,
            "actor": request.actor,
            "command": records.encode_command(request.command).decode(),
        }
        for request in requests
    ]


def answer_rows(zone_id: str, outcomes: Sequence[Outcome]) -> list[Row]:
    """Rows of the inbox, with their replies."""
    answered = [(each.request, each.reply) for each in outcomes if each.request]
    rows = request_rows(zone_id, (request for request, _ in answered))
    for row, (_, reply) in zip(rows, answered, strict=True):
        row["reply"] = records.encode_reply(reply).decode()
    return rows
