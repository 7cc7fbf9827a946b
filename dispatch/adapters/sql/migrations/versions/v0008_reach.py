"""Orders that are found by their number or their customer's phone, and who is told of changes by Web Push."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")


def upgrade() -> None:
    """Add them."""
    op.add_column("orders", sa.Column("ref", KEY))
    op.add_column("orders", sa.Column("phone_mark", KEY))
    op.create_index("ix_orders_ref", "orders", ["ref"])
    op.create_index("ix_orders_phone_mark", "orders", ["phone_mark"])
    op.create_table(
        "push_subscriptions",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("mark", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "order_id", "mark", name="pk_push_subscriptions"),
    )
    op.create_table(
        "push_progress",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("stream_epoch", sa.BigInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", name="pk_push_progress"),
    )
