"""The stores, for every test of the adapters."""

from tests.support.stores import (
    any_redis,
    any_url,
    cluster_client,
    database_url,
    feed,
    positions,
    redis_client,
    relay,
    sql_store,
    store,
    valkey_cluster,
)

__all__ = [
    "any_redis",
    "any_url",
    "cluster_client",
    "database_url",
    "feed",
    "positions",
    "redis_client",
    "relay",
    "sql_store",
    "store",
    "valkey_cluster",
]
