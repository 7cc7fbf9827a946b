"""Shoppers' accounts: which tokens are over, and their address books."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "shopper_accounts",
        sa.Column("mark", KEY, nullable=False),
        sa.Column("generation", sa.BigInteger, nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_shopper_accounts"),
    )
    op.create_table(
        "shopper_addresses",
        sa.Column("mark", KEY, nullable=False),
        sa.Column("id", KEY, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("mark", "id", name="pk_shopper_addresses"),
    )
