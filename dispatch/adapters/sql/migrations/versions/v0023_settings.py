"""What the desk's settings show: the newest messages, those that failed, and when a program's key was last used; and
the depots that a member of staff is limited to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

HAS_FAILED = sa.text("state = 'failed'")
NEWEST = ["zone_id", "event_at_ms", "id"]


def upgrade() -> None:
    """Add them."""
    op.create_index("ix_outgoing_messages_zone_id_event_at_ms_id", "outgoing_messages", NEWEST)
    op.create_index(
        "ix_messages_failed", "outgoing_messages", NEWEST, sqlite_where=HAS_FAILED, postgresql_where=HAS_FAILED
    )
    op.add_column("api_keys", sa.Column("used", sa.BigInteger))
    op.add_column("staff_users", sa.Column("depots", sa.Text))
