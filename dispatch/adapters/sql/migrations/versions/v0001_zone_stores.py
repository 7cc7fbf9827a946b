"""The first tables: zones, their inboxes and outboxes, and what they know."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make them."""
    _make_zones()
    _make_entities()
    _make_histories()


def _make_zones() -> None:
    op.create_table(
        "zone",
        sa.Column("id", KEY, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("stream_epoch", sa.BigInteger, nullable=False),
        sa.Column("holder", KEY, nullable=False),
        sa.Column("lease_until", sa.BigInteger, nullable=False),
        sa.Column("head", sa.BigInteger, nullable=False),
        sa.Column("plan_version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_zone"),
    )
    op.create_table(
        "inbox",
        sa.Column("number", SERIAL, autoincrement=True, nullable=False),
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("command", sa.Text, nullable=False),
        sa.Column("received_at", sa.BigInteger, nullable=False),
        sa.Column("reply", sa.Text),
        sa.Column("done_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("number", name="pk_inbox"),
        sa.UniqueConstraint("zone_id", "id", name="uq_inbox_zone_id_id"),
        sa.ForeignKeyConstraint(["zone_id"], ["zone.id"], name="fk_inbox_zone_id"),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["zone_id", "number"],
        sqlite_where=sa.text("reply IS NULL"),
        postgresql_where=sa.text("reply IS NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("type", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "seq", name="pk_outbox"),
    )


def _make_entities() -> None:
    op.create_table(
        "orders",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("courier_id", KEY, nullable=False),
        sa.Column("depot_id", KEY, nullable=False),
        sa.Column("track_hash", KEY, nullable=False),
        sa.Column("promise_at_ms", sa.BigInteger, nullable=False),
        sa.Column("finished_at_ms", sa.BigInteger),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_orders"),
        sa.UniqueConstraint("id", name="uq_orders_id"),
    )
    op.create_index("ix_orders_zone_id_finished_at_ms", "orders", ["zone_id", "finished_at_ms"])
    op.create_index("ix_orders_zone_id_status_id", "orders", ["zone_id", "status", "id"])
    op.create_index(
        "uq_orders_track_hash",
        "orders",
        ["track_hash"],
        unique=True,
        sqlite_where=sa.text("track_hash <> ''"),
        postgresql_where=sa.text("track_hash <> ''"),
    )
    op.create_table(
        "couriers",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("duty", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_couriers"),
    )
    op.create_table(
        "depots",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_depots"),
    )
    op.create_table(
        "offers",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("courier_id", KEY, nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_offers"),
    )
    op.create_index("ix_offers_zone_id_expires_at_ms", "offers", ["zone_id", "expires_at_ms"])
    op.create_table(
        "routes",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("courier_id", KEY, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "courier_id", name="pk_routes"),
    )


def _make_histories() -> None:
    op.create_table(
        "assignments",
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("assignment_seq", sa.BigInteger, nullable=False),
        sa.Column("courier_id", KEY, nullable=False),
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("started_at_ms", sa.BigInteger, nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger),
        sa.Column("outcome", KEY, nullable=False),
        sa.PrimaryKeyConstraint("order_id", "assignment_seq", "courier_id", name="pk_assignments"),
    )
    op.create_index("ix_assignments_courier_id_started_at_ms", "assignments", ["courier_id", "started_at_ms"])
    op.create_index(
        "uq_assignments_active",
        "assignments",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("ended_at_ms IS NULL"),
        postgresql_where=sa.text("ended_at_ms IS NULL"),
    )
    op.create_table(
        "audit",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("request_id", KEY, nullable=False),
        sa.Column("action", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("courier_id", KEY, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "seq", name="pk_audit"),
    )
    op.create_index("ix_audit_zone_id_order_id", "audit", ["zone_id", "order_id"])
    op.create_table(
        "courier_sessions",
        sa.Column("courier_id", KEY, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("courier_id", name="pk_courier_sessions"),
    )
