"""The tables of goods: what they are, where they lie, where they are collected, and who sells them on."""

from sqlalchemy import Column, PrimaryKeyConstraint, Table, Text

from dispatch.adapters.sql.tables import Key, metadata

skus = Table(
    "skus",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)

points = Table(
    "points",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)

shelves = Table(
    "shelves",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("depot_id", Key, nullable=False),
    Column("sku", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "depot_id", "sku"),
)

distributors = Table(
    "distributors",
    metadata,
    Column("zone_id", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("zone_id", "id"),
)

GOODS = (skus, shelves, points, distributors)
"""Whole, as a zone holds them in memory."""
