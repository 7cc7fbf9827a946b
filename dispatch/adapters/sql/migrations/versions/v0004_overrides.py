"""What people decided against the plan: what it changed, what was expected of it, and how it turned out."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")
UNSETTLED = sa.text("settled = 0")


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "overrides",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("actor", KEY, nullable=False),
        sa.Column("action", KEY, nullable=False),
        sa.Column("order_ids", sa.Text, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_overrides"),
    )
    op.create_index("ix_overrides_zone_id_at_ms", "overrides", ["zone_id", "at_ms"])
    op.create_index(
        "ix_overrides_unsettled", "overrides", ["zone_id"], sqlite_where=UNSETTLED, postgresql_where=UNSETTLED
    )
