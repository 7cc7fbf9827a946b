"""Pins that are probably wrong, and what is learnt from visits."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "corrections",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("state", KEY, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "id", name="pk_corrections"),
    )
    op.create_table(
        "door_visits",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("door", KEY, nullable=False),
        sa.Column("stood", KEY, nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "door", name="pk_door_visits"),
    )
    op.create_index("ix_door_visits_zone_id_stood", "door_visits", ["zone_id", "stood"])
    op.create_index("ix_door_visits_zone_id_at_ms", "door_visits", ["zone_id", "at_ms"])
    op.create_table(
        "learnt",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("name", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("zone_id", "name", name="pk_learnt"),
    )
