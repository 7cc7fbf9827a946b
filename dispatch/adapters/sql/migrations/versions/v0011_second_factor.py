"""The second factor of users of the desk."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add it; NULL is none."""
    op.add_column("staff_users", sa.Column("second", sa.Text))
