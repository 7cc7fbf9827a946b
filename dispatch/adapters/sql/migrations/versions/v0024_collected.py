"""Which orders were collected where, and when: what a point's leader has handed out today.

Version 21 looked for who placed an order one level too high, and found nobody for what was there before it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")
COLLECTED = sa.text("collected_from IS NOT NULL")
INDEX = "ix_orders_collected_from"
FIND = {
    "postgresql": "body\\:\\:json #>> '{{body,{0}}}'",
    "sqlite": "json_extract(body, '$.body.{0}')",
}
SEPARATORS = {"postgresql": ",", "sqlite": "."}


def upgrade() -> None:
    """Add the columns, fill them, then build their index."""
    op.add_column("orders", sa.Column("collected_from", KEY))
    op.add_column("orders", sa.Column("collected_at_ms", sa.BigInteger))
    connection = op.get_bind()
    fields = ("collection{}point_id", "collection{}at_ms", "collection{}state", "placed_by")
    between, find = SEPARATORS[connection.dialect.name], FIND[connection.dialect.name]
    point, at, state, placed_by = (find.format(field.format(between)) for field in fields)
    found = f"collected_from = {point}, collected_at_ms = CAST({at} AS BIGINT)"
    for told in (
        f"UPDATE orders SET {found} WHERE {state} = 'collected'",  # noqa: S608 - made of words above
        f"UPDATE orders SET placed_by = coalesce({placed_by}, '') WHERE placed_by = ''",  # noqa: S608 - as above
    ):
        connection.execute(sa.text(told))
    columns = ["zone_id", "collected_from", "collected_at_ms"]
    op.create_index(INDEX, "orders", columns, sqlite_where=COLLECTED, postgresql_where=COLLECTED)
