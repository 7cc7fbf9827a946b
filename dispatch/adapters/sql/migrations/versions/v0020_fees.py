"""What a zone's deliveries cost."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")


def upgrade() -> None:
    """Add it."""
    op.create_table(
        "fees",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", name="pk_fees"),
    )
