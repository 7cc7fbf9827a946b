"""Goods, and what depots have of them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "skus",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_skus"),
    )
    op.create_table(
        "shelves",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("depot_id", KEY, nullable=False),
        sa.Column("sku", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "depot_id", "sku", name="pk_shelves"),
    )
