"""Distributors, and which account placed an order."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")
PLACED_BY = {"postgresql": "body\\:\\:json #>> '{body,placed_by}'", "sqlite": "json_extract(body, '$.body.placed_by')"}


def upgrade() -> None:
    """Add the table and the column, fill that, then build its index."""
    op.create_table(
        "distributors",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_distributors"),
    )
    op.add_column("orders", sa.Column("placed_by", KEY))
    connection = op.get_bind()
    found = PLACED_BY[connection.dialect.name]
    connection.execute(sa.text(f"UPDATE orders SET placed_by = coalesce({found}, '')"))  # noqa: S608 - made of words above
    op.create_index("ix_orders_zone_id_placed_by_created_at_ms", "orders", ["zone_id", "placed_by", "created_at_ms"])
