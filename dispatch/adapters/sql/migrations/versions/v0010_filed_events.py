"""In whose history each event is filed, so that one entity's events, and a zone as it was, are found by an index.

When orders were placed stands beside when they ended: orders that were not there yet are not looked for.

Old events are filed here, some thousand rows a statement: a million take some ten seconds. Servers of the version
before may go on writing; what they write is filed when a history is first asked for (`PastReader`).
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")
BATCH = 20_000

FILED = {
    "OrderCreated": ("order", "order", "id"),
    "OrderChanged": ("order", "order", "id"),
    "EtaChanged": ("order", "order", "id"),
    "CourierRegistered": ("courier", "courier", "id"),
    "DutyChanged": ("courier", "courier", "id"),
    "DepotRegistered": ("depot", "depot", "id"),
    "IncidentChanged": ("incident", "incident", "id"),
    "CaseChanged": ("case", "case", "order_id"),
    "MessagePosted": ("message", "message", "order_id"),
    "OfferMade": ("offer", "offer", "courier_id"),
    "OfferClosed": ("offer", "offer", "courier_id"),
    "RouteChanged": ("route", "route", "courier_id"),
    "RouteRetimed": ("route", "route", "courier_id"),
}
"""Type: (kind, where in the body the entity is, where in the entity the id is), as `filing.filed` has it."""


def upgrade() -> None:
    """Add the columns, fill them, then build the index."""
    op.add_column("outbox", sa.Column("entity_kind", KEY))
    op.add_column("outbox", sa.Column("entity_id", KEY))
    connection = op.get_bind()
    statement = sa.text(_filing(connection.dialect.name))
    zones = connection.execute(sa.text("SELECT zone_id, max(seq) FROM outbox GROUP BY zone_id")).all()
    for zone_id, head in zones:
        for after in range(0, head, BATCH):
            connection.execute(statement, {"zone": zone_id, "after": after, "upto": after + BATCH})
    op.add_column("orders", sa.Column("created_at_ms", sa.BigInteger))
    created = f"CAST({_field(connection.dialect.name, 'body', 'created_at_ms')} AS BIGINT)"
    connection.execute(sa.text(f"UPDATE orders SET created_at_ms = {created}"))  # noqa: S608 - made of words above
    op.create_index(
        "ix_orders_zone_id_finished_at_ms_created_at_ms", "orders", ["zone_id", "finished_at_ms", "created_at_ms"]
    )
    op.drop_index("ix_orders_zone_id_finished_at_ms", "orders")
    op.create_index("ix_outbox_filed", "outbox", ["zone_id", "entity_kind", "entity_id", "seq"])


def _filing(dialect: str) -> str:
    """The statement that files the events of one stretch of one zone's log."""
    kinds = " ".join(f"WHEN '{name}' THEN '{kind}'" for name, (kind, _, _) in FILED.items())
    ids = " ".join(f"WHEN '{name}' THEN {_field(dialect, where, key)}" for name, (_, where, key) in FILED.items())
    about, rider = _field(dialect, "order_id"), _field(dialect, "courier_id")
    whom = f"coalesce(nullif({about}, ''), {rider})"
    return f"""
        UPDATE outbox SET
            entity_kind = CASE type {kinds} WHEN 'CourierNoticed' THEN 'notice' WHEN 'GoalsChanged' THEN 'goals'
                WHEN 'Overridden' THEN CASE WHEN {whom} = '' THEN '' ELSE 'override' END ELSE '' END,
            entity_id = CASE type {ids} WHEN 'CourierNoticed' THEN {rider} WHEN 'Overridden' THEN {whom}
                WHEN 'GoalsChanged' THEN 'zone' ELSE '' END
        WHERE zone_id = :zone AND seq > :after AND seq <= :upto AND entity_kind IS NULL
    """  # noqa: S608 - made of the words above


def _field(dialect: str, *path: str) -> str:
    if dialect == "postgresql":
        return f"(body\\:\\:json #>> '{{{','.join(path)}}}')"
    return f"json_extract(body, '$.{'.'.join(path)}')"
