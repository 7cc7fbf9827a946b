"""Keys of programs, by their hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")


def upgrade() -> None:
    """Add them."""
    op.create_table(
        "api_keys",
        sa.Column("id", KEY, nullable=False),
        sa.Column("key_hash", KEY, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", KEY, nullable=False),
        sa.Column("account", KEY, nullable=False),
        sa.Column("zones", sa.Text, nullable=False),
        sa.Column("depots", sa.Text, nullable=False),
        sa.Column("made_by", KEY, nullable=False),
        sa.Column("made", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("revoked", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("key_hash", name="uq_api_keys_key_hash"),
    )
