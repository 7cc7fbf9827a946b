"""The tables of shoppers' accounts, by the mark of their number."""

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table, Text

from dispatch.adapters.sql.tables import Key, metadata

shopper_accounts = Table(
    "shopper_accounts",
    metadata,
    Column("mark", Key, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
)

shopper_addresses = Table(
    "shopper_addresses",
    metadata,
    Column("mark", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("mark", "id"),
)
