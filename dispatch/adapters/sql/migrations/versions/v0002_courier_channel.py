"""What the courier channel needs: whom an event is told to, cases, messages about orders, and GPS devices."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")


def upgrade() -> None:
    """Add them."""
    op.add_column("outbox", sa.Column("courier_id", KEY))
    op.create_index("ix_outbox_zone_id_courier_id_seq", "outbox", ["zone_id", "courier_id", "seq"])
    op.create_index("ix_orders_courier_id_finished_at_ms", "orders", ["courier_id", "finished_at_ms"])
    op.create_table(
        "cases",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_cases"),
    )
    op.create_index("ix_cases_zone_id_status_at_ms", "cases", ["zone_id", "status", "at_ms"])
    op.create_table(
        "order_messages",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "order_id", "number", name="pk_order_messages"),
    )
    op.create_table(
        "devices",
        sa.Column("key_hash", KEY, nullable=False),
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("courier_id", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name="pk_devices"),
    )
    op.create_index("ix_devices_zone_id_courier_id", "devices", ["zone_id", "courier_id"])
