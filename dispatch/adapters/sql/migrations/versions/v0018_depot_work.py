"""What was asked of shelves by the hour, and the orders that couriers fetched.

The hours are made of the ledger so far; a million entries take some ten seconds. How picking went is known from now on.
"""

import json
from collections import Counter

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

KEY = sa.String().with_variant(sa.VARCHAR(collation="C"), "postgresql")
HOUR_MS = 3_600_000
FIGURES = ("reserved", "released", "left_pieces", "came")
COUNTED = {
    "reserved": "reserved",
    "released": "released",
    "handed_over": "left_pieces",
    "received": "came",
    "arrived": "came",
    "counted": "came",
}
"""Move: the figure that it adds to; of counts only what was gained, as `demand.shelf_hours` has it."""


def upgrade() -> None:
    """Add them, and fill the first."""
    hours = op.create_table(
        "shelf_hours",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("depot_id", KEY, nullable=False),
        sa.Column("sku", KEY, nullable=False),
        sa.Column("hour", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in FIGURES),
        sa.PrimaryKeyConstraint("zone_id", "depot_id", "sku", "hour", name="pk_shelf_hours"),
    )
    op.create_table(
        "picks",
        sa.Column("zone_id", KEY, nullable=False),
        sa.Column("order_id", KEY, nullable=False),
        sa.Column("depot_id", KEY, nullable=False),
        sa.Column("arrived_at_ms", sa.BigInteger, nullable=False),
        sa.Column("picking_ms", sa.BigInteger),
        sa.Column("early_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("zone_id", "order_id", name="pk_picks"),
    )
    op.create_index("ix_picks_zone_id_depot_id_arrived_at_ms", "picks", ["zone_id", "depot_id", "arrived_at_ms"])
    rows = _rows(op.get_bind())
    if rows:
        op.bulk_insert(hours, rows)
    op.create_index("ix_shelf_hours_zone_id_hour", "shelf_hours", ["zone_id", "hour"])


def _rows(connection: sa.Connection) -> list[dict[str, object]]:
    ledger = sa.text("SELECT zone_id, at_ms, body FROM outbox WHERE entity_kind = 'shelf' ORDER BY zone_id, seq")
    counted: dict[tuple[str, str, str, int], Counter[str]] = {}
    for zone_id, at_ms, body in connection.execute(ledger):
        entry = json.loads(body)
        figure, quantity = COUNTED.get(entry["move"]), entry["quantity"]
        if figure and quantity > 0:
            key = (zone_id, entry["shelf"]["depot_id"], entry["shelf"]["sku"], at_ms // HOUR_MS)
            counted.setdefault(key, Counter(dict.fromkeys(FIGURES, 0)))[figure] += quantity
    names = ("zone_id", "depot_id", "sku", "hour")
    return [{**dict(zip(names, key, strict=True)), **figures} for key, figures in counted.items()]
