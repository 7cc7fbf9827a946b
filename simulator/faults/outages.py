"""What happens to the stores and to the zone's writer, one scenario a function; each returns its figures.

Every scenario begins and ends with a service that is whole, so they can follow each other on one `Scene`.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg

from simulator.faults.deployment import STANDS_BY, WRITES, ZONE
from simulator.faults.scene import Posted, Scene
from simulator.faults.stores import Valkey
from simulator.faults.toxics import ALL, TIMEOUT, Toxic, ToxicProxy

log = logging.getLogger(__name__)

Figures = dict[str, Any]
POSTGRES_WAYS = ("gateway-postgres", "planner-postgres", "relay-postgres")
VALKEY_WAYS = ("gateway-valkey", "planner-valkey", "relay-valkey")
SLOW = Toxic("latency", latency_s=0.1, jitter_s=0.05)
CALM_EVERY_S = 2.0
POSITIONS = f"{{zone:{ZONE}}}:pos"


# --- the zone's writer -------------------------------------------------------------------------------------------


async def writer_frozen(scene: Scene, for_s: float) -> Figures:
    """SIGSTOP the writer beyond its lease, then SIGCONT: another one owns the zone, and the old one steps back."""
    service = scene.service
    old = await service.writer()
    fence = scene.fence.fences[-1]
    began_s = monotonic()
    frozen = asyncio.create_task(service.freeze(old, for_s))
    answered_s = await scene.running.writer_answers(began_s)
    await frozen
    await service.until(lambda: service.roles[old].last_said(WRITES, STANDS_BY) == STANDS_BY, 20)
    await scene.running.quiet()
    return {
        "recovery_writer_s": round(answered_s, 2),
        "takeovers": len([each for each in scene.fence.fences if each > fence]),
        "writer_changed": await service.writer() != old,
    }


async def rolling_restart(scene: Scene, for_s: float) -> Figures:
    """Every role is replaced, in order and one after the other, by the code of now; orders and phones go on."""
    gaps_s: dict[str, float] = {}
    scene.service.code = None
    for name in scene.service.roles:
        began_s = monotonic()
        replacing = asyncio.create_task(scene.service.replace(name))
        posted = await scene.post_orders(for_s)
        await replacing
        gaps_s[name] = round(await scene.running.writer_answers(monotonic()), 2)
        log.info("%s is replaced after %.1f s: %s", name, monotonic() - began_s, dict(posted.answers))
    await scene.running.quiet()
    return {"answers_after_s": gaps_s}


# --- PostgreSQL --------------------------------------------------------------------------------------------------


async def postgres_away(scene: Scene, for_s: float) -> Figures:
    """PostgreSQL ends as in a power cut, and comes back after a while."""
    await scene.service.postgres.stop()
    posted, broken = await asyncio.gather(scene.post_orders(for_s), scene.running.breaks(for_s))
    await scene.service.postgres.start()
    return await after(scene, posted, broken)


async def postgres_restart(scene: Scene, for_s: float) -> Figures:
    """PostgreSQL is restarted in order, under orders."""
    posting = asyncio.create_task(scene.post_orders(for_s))
    await scene.service.postgres.stop("fast")
    await scene.service.postgres.start()
    broken = await scene.running.breaks(for_s)
    return await after(scene, await posting, broken)


async def postgres_slow(scene: Scene, for_s: float) -> Figures:
    """Every way to PostgreSQL takes a tenth of a second more."""
    _poison(scene, POSTGRES_WAYS, SLOW)
    posted, broken = await asyncio.gather(scene.post_orders(for_s), scene.running.breaks(for_s))
    _poison(scene, POSTGRES_WAYS, None)
    return await after(scene, posted, broken)


async def postgres_silent(scene: Scene, for_s: float) -> Figures:
    """PostgreSQL takes what is sent and never answers, as behind a firewall that drops; every connection hangs."""
    _poison(scene, POSTGRES_WAYS, TIMEOUT)
    posted, broken = await asyncio.gather(scene.post_orders(for_s), scene.running.breaks(for_s))
    _poison(scene, POSTGRES_WAYS, None)
    return await after(scene, posted, broken)


async def postgres_full(scene: Scene, for_s: float) -> Figures:
    """Others hold every connection that PostgreSQL gives, and the service has lost its own."""
    for way in POSTGRES_WAYS:
        scene.service.ways[way].cut()
    held = await _every_connection(scene.service.postgres.socket)
    posted, broken = await asyncio.gather(scene.post_orders(for_s), scene.running.breaks(for_s))
    await asyncio.gather(*(connection.close() for connection in held))
    return await after(scene, posted, broken)


async def _every_connection(postgres: Path) -> list[Any]:
    held: list[Any] = []
    with suppress(asyncpg.TooManyConnectionsError):
        while True:
            held.append(await asyncpg.connect(host=str(postgres.parent), user="postgres", database="dispatch"))
    return held


async def after(scene: Scene, posted: Posted, broken: set[str]) -> Figures:
    """The figures of an outage, once everything goes on."""
    continues_s = await scene.order_taken()
    await scene.running.quiet()
    return {
        "answers": dict(sorted(posted.answers.items())),
        "acknowledged": posted.acknowledged,
        "without_retry_after": posted.untold,
        "slowest_answer_s": round(posted.slowest_s, 2),
        "sockets_broken": len(broken),
        "continues_s": round(continues_s, 2),
    }


# --- Valkey ------------------------------------------------------------------------------------------------------


async def valkey_away(scene: Scene, for_s: float) -> Figures:
    """Valkey is killed, stays away for a while, and comes back empty."""
    valkey = scene.service.valkey
    await scene.caught_up()
    await valkey.kill()
    return await _meanwhile(scene, for_s) | await _positions_back(scene, valkey, valkey.start())


async def valkey_flushed(scene: Scene, for_s: float) -> Figures:
    """FLUSHALL, in the middle of the work."""
    valkey = scene.service.valkey
    await scene.caught_up()
    return await _positions_back(scene, valkey, valkey.ask("FLUSHALL")) | await _meanwhile(scene, for_s)


async def valkey_frozen(scene: Scene, for_s: float) -> Figures:
    """SIGSTOP: Valkey takes connections and answers nothing."""
    valkey = scene.service.valkey
    await scene.caught_up()
    valkey.send(signal.SIGSTOP)
    figures = await _meanwhile(scene, for_s)
    valkey.send(signal.SIGCONT)
    await scene.running.quiet()
    return figures


async def valkey_failover(scene: Scene, for_s: float) -> Figures:
    """Valkey is killed, and a replica takes over that has not heard of anything for a while."""
    service, old = scene.service, scene.service.valkey
    await scene.caught_up()
    async with ToxicProxy([old.address]) as link:
        new = Valkey(follows=link.port)
        await new.start()
        await service.until(lambda: _is_in_step(new), 20)
        link.poison(TIMEOUT)
        await asyncio.sleep(for_s)
        await new.ask("REPLICAOF", "NO", "ONE")
    await old.kill()
    service.valkey = new
    for way in VALKEY_WAYS:
        service.ways[way].upstreams = [new.address]
    figures = await _meanwhile(scene, for_s)
    await scene.running.quiet()
    return figures


async def _is_in_step(replica: Valkey) -> bool:
    return bool((await replica.info("replication"))["master_link_status"] == "up")


async def _meanwhile(scene: Scene, for_s: float) -> Figures:
    """What goes on while Valkey is not what it was; fewer orders than couriers can take."""
    began_s, delivered = monotonic(), scene.delivered()
    posted, broken = await asyncio.gather(scene.post_orders(for_s, CALM_EVERY_S), scene.running.breaks(for_s))
    delivered = scene.delivered() - delivered
    offer_p95_s, not_offered = await scene.offers_since(began_s)
    return {
        "answers": dict(sorted(posted.answers.items())),
        "orders": len(scene.placed_since(began_s)),
        "order_to_offer_p95_s": offer_p95_s,
        "not_offered": not_offered,
        "delivered": delivered,
        "sockets_broken": len(broken),
    }


async def _positions_back(scene: Scene, valkey: Valkey, begin: Awaitable[object]) -> Figures:
    """How long it takes from there on until Valkey has a position of every courier."""
    couriers = len(scene.running.simulation.couriers)

    async def are_there() -> bool:
        return int(await valkey.ask("HLEN", POSITIONS)) == couriers

    began_s = monotonic()
    await begin
    await scene.service.until(are_there, 60)
    took_s = monotonic() - began_s
    await scene.running.quiet()
    return {"positions_back_s": round(took_s, 2)}


# --- the network -------------------------------------------------------------------------------------------------


async def every_toxic(scene: Scene, for_s: float) -> Figures:
    """Every toxic on every way between two parts, each for a short while; after each way, all must be well again."""
    heals_s: dict[str, float] = {}
    for name, way in scene.service.ways.items():
        for toxic in ALL:
            way.poison(toxic)
            await asyncio.sleep(for_s)
        way.poison(None)
        began_s = monotonic()
        await scene.running.writer_answers(began_s)
        await scene.running.quiet()
        heals_s[name] = round(monotonic() - began_s, 2)
    return {"heals_s": heals_s}


def _poison(scene: Scene, ways: tuple[str, ...], toxic: Toxic | None) -> None:
    for way in ways:
        scene.service.ways[way].poison(toxic)


Scenario = Callable[[Scene, float], Awaitable[Figures]]
SCENARIOS: dict[str, tuple[Scenario, float]] = {
    "writer-frozen": (writer_frozen, 8.0),
    "rolling-restart": (rolling_restart, 4.0),
    "postgres-restart": (postgres_restart, 5.0),
    "postgres-away": (postgres_away, 60.0),
    "postgres-slow": (postgres_slow, 20.0),
    "postgres-silent": (postgres_silent, 20.0),
    "postgres-full": (postgres_full, 10.0),
    "valkey-flushed": (valkey_flushed, 10.0),
    "valkey-away": (valkey_away, 30.0),
    "valkey-frozen": (valkey_frozen, 10.0),
    "valkey-failover": (valkey_failover, 5.0),
    "toxics": (every_toxic, 2.0),
}
"""By name: the scenario, and how many seconds its trouble lasts unless told otherwise."""
