"""What people did is written once: neither audit can be changed or emptied, by whatever statement."""

from alembic import op

from dispatch.adapters.sql.append_only import AUDITS, refusing

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Let the database refuse it."""
    for table in AUDITS:
        for statement in refusing(table, op.get_bind().dialect.name):
            op.execute(statement)
