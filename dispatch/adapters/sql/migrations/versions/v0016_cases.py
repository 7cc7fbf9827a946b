"""Cases are found by their order, and by when they were opened."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Build the indexes."""
    op.create_index("ix_cases_zone_id_order_id", "cases", ["zone_id", "order_id"])
    op.create_index("ix_cases_zone_id_at_ms", "cases", ["zone_id", "at_ms"])
