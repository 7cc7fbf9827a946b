"""The tables of what was asked of depots: the hours of shelves, and the orders that couriers fetched.

Both follow from the outbox, and are kept beside it so that nobody has to read weeks of it for a figure.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, MetaData, PrimaryKeyConstraint, Table


def depot_tables(metadata: MetaData, key: Any) -> tuple[Table, Table]:
    """(the hours of shelves, the fetched orders); `key` is the type of ids."""
    hours = Table(
        "shelf_hours",
        metadata,
        Column("zone_id", key, nullable=False),
        Column("depot_id", key, nullable=False),
        Column("sku", key, nullable=False),
        Column("hour", BigInteger, nullable=False),
        Column("reserved", BigInteger, nullable=False),
        Column("released", BigInteger, nullable=False),
        Column("left_pieces", BigInteger, nullable=False),
        Column("came", BigInteger, nullable=False),
        PrimaryKeyConstraint("zone_id", "depot_id", "sku", "hour"),
    )
    Index(None, hours.c.zone_id, hours.c.hour)
    picks = Table(
        "picks",
        metadata,
        Column("zone_id", key, nullable=False),
        Column("order_id", key, nullable=False),
        Column("depot_id", key, nullable=False),
        Column("arrived_at_ms", BigInteger, nullable=False),
        Column("picking_ms", BigInteger),
        Column("early_ms", BigInteger),
        PrimaryKeyConstraint("zone_id", "order_id"),
    )
    Index(None, picks.c.zone_id, picks.c.depot_id, picks.c.arrived_at_ms)
    return hours, picks
