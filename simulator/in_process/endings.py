"""What must be true when nothing has gone wrong for a while (I10), and that nothing acknowledged was lost (I2)."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Final

from courier_protocol.client_link import ClientState
from dispatch.application.messaging.ports import OutgoingMessage, State
from dispatch.application.messaging.table import Channel
from dispatch.application.push_notices import TIMES, NoticeKind
from dispatch.domain.collection import CollectionState
from dispatch.domain.fulfilment import Mode
from dispatch.domain.order import FINISHED, OrderStatus
from simulator.in_process.judge import Judge
from simulator.in_process.people import People
from simulator.in_process.world import ZONE, World

RECOVERED_S: Final = 120.0
"""So long after the faults have healed every order has a courier, or a reason why not."""
STEP_S: Final = 5.0
MOST_UNSENT_BYTES: Final = 2 * 1_048_576
TASKS_A_CLIENT: Final = 60
LOOKS: Final = 5


def look_at_bounds(world: World, judge: Judge, clients: int) -> None:
    """I9: what a process keeps is bounded by who is connected to it."""
    for machine in world.gateways:
        if not machine.is_listening or machine.app is None:
            continue
        held = machine.app.state.connections
        there = sum(not transport.is_lost for transport in machine.open)
        if len(held) > there:
            judge.broken("I9", f"{machine.name} keeps {len(held)} sockets, and {there} are open")
        unsent = max((each.unsent_bytes for each in held), default=0)
        if unsent > MOST_UNSENT_BYTES:
            judge.broken("I9", f"{machine.name} keeps {unsent} bytes for one peer")
    tasks = len(asyncio.all_tasks(world.loop))
    judge.counters["most tasks"] = max(judge.counters["most tasks"], tasks)
    if tasks > TASKS_A_CLIENT * clients:
        judge.broken("I9", f"{tasks} tasks run for {clients} clients")


async def settle(world: World, people: People, judge: Judge) -> None:
    """Wait until the service has recovered; say what it lacks when that takes too long."""
    lacks = _lacks(world, people, judge)
    for _ in range(round(RECOVERED_S / STEP_S)):
        if not lacks:
            return
        await asyncio.sleep(STEP_S)
        lacks = _lacks(world, people, judge)
    for lack in lacks[:5]:
        judge.broken("I10", f"{RECOVERED_S:.0f} s after the last fault {lack}")


def _lacks(world: World, people: People, judge: Judge) -> list[str]:
    """What is not as it should be in a service that has recovered."""
    lacks = [f"{machine.name} does not run" for machine in world.machines.values() if not _runs(machine)]
    lacks += [f"order {order_id} has no courier and no reason" for order_id in _forgotten(judge)]
    away = judge.witness.in_tunnels
    offline = [each.rider.id for each in people.couriers if each.link is not ClientState.LIVE]
    lacks += [f"{courier_id} is not connected" for courier_id in offline if courier_id not in away]
    return lacks


def _runs(machine: object) -> bool:
    process = machine.process  # type: ignore[attr-defined]
    return process is not None and not process.is_halted


def _forgotten(judge: Judge) -> list[str]:
    waits = (OrderStatus.DISPATCHABLE, OrderStatus.HELD)
    return [order.id for order in judge.state.orders.values() if order.status in waits and not order.reason]


async def verdict(world: World, people: People, judge: Judge) -> None:
    """The last look: nothing lost, nothing doubled, everybody sees the same."""
    judge.look_at_state()
    for loss in _losses(world, judge):
        judge.broken("I2", loss)
    for machine in world.machines.values():
        for ended in machine.ended:
            judge.broken("error", f"{machine.name} ended by itself: {ended[:300]}")
    for lag in await _lags(world, people, judge):
        judge.broken("I6", lag)
    for wrong in await _told_wrongly(world, judge):
        judge.broken("I12", wrong)


def _losses(world: World, judge: Judge) -> Iterator[str]:
    """What was acknowledged, and is not so."""
    stored, state = world.store.stored_replies(ZONE), judge.state
    for ref, order_id in judge.acknowledged.items():
        if order_id not in state.orders:
            yield f"the order {ref} was acknowledged and is gone"
    for request_id, ok in judge.answered.items():
        if request_id not in stored or stored[request_id].ok is not ok:
            yield f"the answer to {request_id} is not what is stored"
    for override_id in judge.overrides:
        if override_id not in state.overrides:
            yield f"the override {override_id} was acknowledged and is gone"
    for order_id in judge.handed_out:
        order = state.orders[order_id]
        there = order.collection
        if order.status is not OrderStatus.DELIVERED or (there and there.state is not CollectionState.COLLECTED):
            yield f"the order {order_id} was handed out, and is not"


async def _told_wrongly(world: World, judge: Judge) -> list[str]:
    """I12: of each step that an SMS tells, the shopper was told once since the order began; and of each delivery, and
    the log says so, after a while in which what is being sent must be sent and noted.
    """
    brought = [o for o in judge.state.orders.values() if o.status is OrderStatus.DELIVERED and o.phone_mark]
    untold = {order.id for order in brought if not order.collection and order.mode is not Mode.SELF_PICKUP}
    unnoted = {content.id for _, content in world.sms.sent}
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(STEP_S)
        told = await _sms(world, judge)
        unnoted -= {m.id for m in told}
        untold -= {m.order_id for m in told if m.kind is NoticeKind.DELIVERED}
        if not unnoted and not untold:
            break
    wrong = [f"the SMS {message_id} was sent, and the log does not say so" for message_id in sorted(unnoted)]
    wrong += [f"the shopper of {order_id} was never told of the delivery" for order_id in sorted(untold)]
    told = await _sms(world, judge)
    judge.counters["messages sent"] = len(told)
    steps = Counter((m.order_id, m.kind, m.began) for m in told if m.kind not in TIMES)
    doubled = [(order_id, kind) for (order_id, kind, _), times in steps.items() if times > 1]
    return wrong + [f"the shopper of {order_id} was told twice of {kind}" for order_id, kind in doubled]


async def _sms(world: World, judge: Judge) -> list[OutgoingMessage]:
    """Those that were sent, by the log."""
    told = await world.messages.of_orders(ZONE, judge.state.orders)
    return [m for m in told if m.channel is Channel.SMS and m.state is State.SENT]


async def _lags(world: World, people: People, judge: Judge) -> list[str]:
    """Who still does not see what the zone has, after a while in which everything that is under way must arrive."""
    lags: dict[str, str] = {}
    for look in range(LOOKS):
        now = {**_desks_behind(judge), **_phones_behind(people, judge)}
        lags = {name: how for name, how in now.items() if not look or name in lags}
        if not lags:
            break
        await asyncio.sleep(STEP_S)
    return list(lags.values())


def _desks_behind(judge: Judge) -> dict[str, str]:
    """By desk, the first open order that it shows as it is not."""
    open_orders = {o.id: o.status.value for o in judge.state.orders.values() if o.status not in FINISHED}
    behind = {}
    for name, desk in judge.desks.items():
        wrong = [order_id for order_id, status in open_orders.items() if desk.orders.get(order_id) != status]
        if wrong:
            shown = desk.orders.get(wrong[0])
            behind[name] = f"{name} shows order {wrong[0]} as {shown}, it is {open_orders[wrong[0]]}"
    return behind


def _phones_behind(people: People, judge: Judge) -> dict[str, str]:
    """By courier, a route on the phone that is not the zone's; whoever is in a tunnel may have an old one."""
    behind = {}
    for courier in people.couriers:
        phone = [stop.stop_id for stop in courier.route]
        zone = [stop.id for stop in judge.state.route(courier.rider.id).stops]
        if phone != zone and courier.rider.id not in judge.witness.in_tunnels:
            behind[courier.rider.id] = f"the phone of {courier.rider.id} has the stops {phone}, the zone {zone}"
    return behind
