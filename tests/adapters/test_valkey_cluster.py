"""On a cluster, all that belongs to a zone is on one node; what is published stays there, and every move is healed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import RedisCluster

from dispatch.adapters.redis.connections import connect
from dispatch.adapters.redis.positions import RedisPositionStore
from dispatch.application.ports import StoreUnavailable
from tests.adapters.test_position_store import Watcher, fix
from tests.support.stores import ZONE
from tests.support.valkey_cluster import ValkeyCluster

KEY = "{zone:test}:pos"
CHANNEL = "{zone:test}:moves"


@asynccontextmanager
async def two_processes(cluster: ValkeyCluster) -> AsyncIterator[tuple[RedisPositionStore, Watcher]]:
    """One that puts, and a watcher in another, who has seen the first position."""
    async with connect(cluster.url) as writing, connect(cluster.url) as reading:
        store, watcher = RedisPositionStore(writing), Watcher(RedisPositionStore(reading))
        await store.put(ZONE, [fix(seq=1)])
        await watcher.saw(fix(seq=1))
        yield store, watcher
        await watcher.stop()


async def shown(store: RedisPositionStore, watcher: Watcher, first_seq: int, within_s: float = 15) -> None:
    """Put one position after the other until the watcher sees one that it was sent, not one that it read."""
    seq = first_seq
    async with asyncio.timeout(within_s):
        while not watcher.seen or watcher.seen[-1].seq < first_seq + 3:
            try:
                await store.put(ZONE, [fix(seq=seq)])
                seq += 1
            except StoreUnavailable:
                pass
            await asyncio.sleep(0.05)


async def test_positions_are_published_on_the_zone_s_node_alone(
    valkey_cluster: ValkeyCluster, cluster_client: RedisCluster
) -> None:
    """With sharded channels, one subscription a process; nothing goes over the bus to the other nodes."""
    for node in valkey_cluster.nodes:
        await node.ask("CONFIG", "RESETSTAT")  # other tests publish, too
    store, watcher = RedisPositionStore(cluster_client), Watcher(RedisPositionStore(cluster_client))
    await store.put(ZONE, [fix(seq=1)])
    await watcher.saw(fix(seq=1))
    owner = await valkey_cluster.owner(KEY)
    for node in valkey_cluster.nodes:
        assert await node.ask("PUBSUB", "SHARDNUMSUB", CHANNEL) == [CHANNEL.encode(), int(node is owner)]
        assert await node.ask("PUBSUB", "NUMSUB", CHANNEL) == [CHANNEL.encode(), 0]
    await store.put(ZONE, [fix(seq=2)])
    await watcher.saw(fix(seq=2))
    calls = [await node.ask("INFO", "commandstats") for node in valkey_cluster.nodes]
    assert ["cmdstat_spublish" in each for each in calls] == [node is owner for node in valkey_cluster.nodes]
    assert not any("cmdstat_publish" in each for each in calls)
    await watcher.stop()


@pytest.mark.asyncio(loop_scope="session")
async def test_a_slot_that_moves_takes_its_zone_along(valkey_cluster: ValkeyCluster) -> None:
    """The writer is sent on by the old node, the reader is told by it; both go on at the new one."""
    await valkey_cluster.empty()
    before = await valkey_cluster.owner(KEY)
    after = next(node for node in valkey_cluster.nodes if node is not before)
    async with two_processes(valkey_cluster) as (store, watcher):
        await valkey_cluster.move(KEY, after)
        await shown(store, watcher, 2)
        assert await after.ask("PUBSUB", "SHARDNUMSUB", CHANNEL) == [CHANNEL.encode(), 1]
        assert "c1" in await store.latest(ZONE)


@pytest.mark.asyncio(loop_scope="session")
async def test_a_node_that_restarts_is_healed(valkey_cluster: ValkeyCluster) -> None:
    """Its zones are away meanwhile, those of other nodes are not; then all of it works again by itself."""
    await valkey_cluster.empty()
    owner = await valkey_cluster.owner(KEY)
    elsewhere = "zone-0"
    while await valkey_cluster.owner(f"{{zone:{elsewhere}}}") is owner:
        elsewhere += "0"
    async with two_processes(valkey_cluster) as (store, watcher):
        await owner.stop()
        with pytest.raises(StoreUnavailable):
            await store.put(ZONE, [fix(seq=2)])
        assert store.away
        await store.put(elsewhere, [fix("c9")])
        await owner.start()
        await shown(store, watcher, 3)
        assert not store.away
    await valkey_cluster.whole()
