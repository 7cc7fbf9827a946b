"""The tables of claims; see `tables`."""

from typing import Any

from sqlalchemy import BigInteger, Column, Index, MetaData, PrimaryKeyConstraint, Table, Text


def claim_tables(metadata: MetaData, key: Any) -> tuple[Table, Table]:
    """(claims, policies), `key` being the type of ids."""
    claims = Table(
        "claims",
        metadata,
        Column("zone_id", key, nullable=False),
        Column("id", key, nullable=False),
        Column("status", key, nullable=False),
        Column("order_id", key, nullable=False),
        Column("placed_by", key, nullable=False),
        Column("at_ms", BigInteger, nullable=False),
        Column("changed_at_ms", BigInteger, nullable=False),
        Column("body", Text, nullable=False),
        PrimaryKeyConstraint("zone_id", "id"),
    )
    Index(None, claims.c.id, unique=True)
    Index(None, claims.c.zone_id, claims.c.order_id)
    Index(None, claims.c.zone_id, claims.c.at_ms)
    policies = Table(
        "claim_policies",
        metadata,
        Column("zone_id", key, nullable=False),
        Column("body", Text, nullable=False),
        PrimaryKeyConstraint("zone_id"),
    )
    return claims, policies
