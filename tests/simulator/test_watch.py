"""The picture that a staff watcher keeps."""

import asyncio

from courier_protocol.client import LiveClient
from courier_protocol.live import (
    CourierView,
    Fixes,
    FixView,
    LinkChanged,
    OrderView,
    WatchWelcome,
    ZoneChange,
    ZoneSnapshot,
)
from simulator.clock import BusinessClock
from simulator.measures import Measures
from simulator.virtual_time import run_virtual
from simulator.watch import Watch


def order(order_id: str, status: str) -> OrderView:
    return OrderView(order_id, status, 60.0, 25.0, "Street 1", "d1", 0, 0, courier_id="ann", ref=f"R-{order_id}")


def test_the_picture_follows_the_channel() -> None:
    """The welcome sets the clock, a snapshot replaces all, changes and fixes and links add to it."""

    async def story() -> None:
        clock, measures = BusinessClock(), Measures(asyncio.get_running_loop().time)
        watch = Watch(LiveClient("ws://server", token="secret", zone="default"), clock, measures)
        watch.take(WatchWelcome(1_000_000, 0, 10.0, 1, 5, 10.0))
        await asyncio.sleep(2)
        assert (watch.welcomed.is_set(), clock.now_ms()) == (True, 1_020_000)

        watch.take(
            ZoneSnapshot(1, 5, "default", (order("A", "offered"),), (CourierView("ann", "Ann", "bike", ""),), ())
        )
        measures.fix_sent("ann", 7)
        watch.take(Fixes((FixView("ann", 1, 1, 7, 60.0, 25.0),)))
        watch.take(LinkChanged("ann", "stale"))
        watch.take(ZoneChange(1, 5, 6, 0, "order_changed", (order("A", "delivered"),)))
        watch.take(ZoneChange(1, 6, 7, 0, "order_changed", (order("A", "delivered"),)))
        watch.take(ZoneChange(1, 7, 8, 0, "plan_adopted"))
        assert watch.by_status() == {"delivered": 1}
        assert watch.events == {"order_changed": 2, "plan_adopted": 1}
        assert list(watch.last) == ["R-A  delivered  Ann"]
        assert watch.links == {"ann": "stale"}
        assert list(measures.delivered_at_s) == ["A"]
        assert measures.position_to_watcher_s == [0.0]

        watch.take(ZoneSnapshot(1, 9, "default", (), (), ()))
        assert (watch.orders, watch.couriers) == ({}, {})

    run_virtual(story())
