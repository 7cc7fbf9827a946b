"""Pickup points, and which orders lie there."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")
LIES = sa.text("at_point IS NOT NULL")


def upgrade() -> None:
    """Add them; no order lies anywhere yet."""
    op.create_table(
        "points",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_points"),
    )
    op.add_column("orders", sa.Column("at_point", KEY))
    op.create_index("ix_orders_at_point", "orders", ["zone_id", "at_point"], sqlite_where=LIES, postgresql_where=LIES)
