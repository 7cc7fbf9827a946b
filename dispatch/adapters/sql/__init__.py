"""The durable store: one code path for SQLite (a single process) and PostgreSQL."""

from dispatch.adapters.sql import tables_goods as tables_goods  # so that whoever asks for the tables knows all of them
from dispatch.adapters.sql import tables_shoppers as tables_shoppers
