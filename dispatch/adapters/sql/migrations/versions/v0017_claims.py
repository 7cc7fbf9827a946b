"""Claims after a delivery, and what a zone grants."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "claims",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("status", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("placed_by", KEY, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_claims"),
    )
    op.create_index("ix_claims_id", "claims", ["id"], unique=True)
    op.create_index("ix_claims_zone_id_order_id", "claims", ["zone_id", "order_id"])
    op.create_index("ix_claims_zone_id_at_ms", "claims", ["zone_id", "at_ms"])
    op.create_table(
        "claim_policies",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", name="pk_claim_policies"),
    )
