"""The stores, for every test of the adapters."""

from tests.support.stores import (
    any_url,
    database_url,
    feed,
    positions,
    redis_client,
    relay,
    sql_store,
    store,
)

__all__ = ["any_url", "database_url", "feed", "positions", "redis_client", "relay", "sql_store", "store"]
