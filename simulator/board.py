"""The demo's face in the terminal: one live picture, or a status line now and then where nobody can draw."""

import time
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from courier_protocol.live import CourierView
from simulator.report import percentile
from simulator.simulation import Simulation

STATUSES = (
    *("held", "dispatchable", "offered", "assigned", "en_route_pickup", "at_pickup", "picked_up"),
    *("en_route_dropoff", "at_dropoff", "delivered", "attempt_failed", "returning", "returned", "canceled"),
)
"""In the order in which an order passes through them."""


class Board:
    """Draws what the simulation's own clients see. `links` are (what, where) pairs."""

    def __init__(self, simulation: Simulation, links: Sequence[tuple[str, str]]) -> None:
        self._simulation = simulation
        self._links = list(links)
        self._began_at_s = time.monotonic()

    def __rich__(self) -> RenderableType:
        """The picture as it is now."""
        row = Table.grid(expand=True, padding=(0, 1))
        for ratio in (3, 3, 4):
            row.add_column(ratio=ratio)
        row.add_row(self._orders(), self._couriers(), self._events())
        return Group(row, self._figures(), Text("Ctrl-C ends everything.", style="dim"))

    def line(self) -> str:
        """The same in one line."""
        measures, watch = self._simulation.measures, self._simulation.watch
        statuses = watch.by_status()
        shown = ", ".join(f"{statuses[status]} {status}" for status in STATUSES if statuses[status])
        ran_s = time.monotonic() - self._began_at_s
        return (
            f"{ran_s:4.0f} s  couriers {len(measures.on_duty_at_s)}  orders {shown or 'none yet'}  "
            f"order to offer p95 {_shown(measures.order_to_offer_s(), 95, 1, 's', 2)}  "
            f"position to watcher p99 {_shown(measures.position_to_watcher_s, 99, 1000, 'ms', 0)}"
        )

    def links(self) -> list[tuple[str, str]]:
        """What a person may open, with one customer's page as soon as there is an order."""
        customers = self._simulation.customer_links[:1]
        return [*self._links, *(("Customer", _absolute(self._simulation.server.url, link)) for link in customers)]

    def _orders(self) -> RenderableType:
        table, statuses = _pairs(), self._simulation.watch.by_status()
        for status in STATUSES:
            if statuses[status]:
                table.add_row(status.replace("_", " "), str(statuses[status]))
        return Panel(table, title=f"Orders {statuses.total()}", title_align="left")

    def _couriers(self) -> RenderableType:
        table, watch = _pairs(), self._simulation.watch
        for courier in list(watch.couriers.values())[:20]:
            link = watch.links.get(courier.id, "offline")
            table.add_row(f"{courier.name} ({courier.profile})", _work(courier) if link == "live" else link)
        return Panel(table, title=f"Couriers {len(self._simulation.couriers)}", title_align="left")

    def _events(self) -> RenderableType:
        return Panel("\n".join(reversed(self._simulation.watch.last)), title="Last events", title_align="left")

    def _figures(self) -> RenderableType:
        measures, watch = self._simulation.measures, self._simulation.watch
        to_offer_s, to_watcher_s = measures.order_to_offer_s(), measures.position_to_watcher_s
        return Text(
            f"order to offer p50 {_shown(to_offer_s, 50, 1, 's', 2)}, p95 {_shown(to_offer_s, 95, 1, 's', 2)}   "
            f"position to watcher p50 {_shown(to_watcher_s, 50, 1000, 'ms', 0)}, "
            f"p99 {_shown(to_watcher_s, 99, 1000, 'ms', 0)}   plans {watch.events['plan_adopted']}   "
            f"business time x{self._simulation.clock.rate:g}"
        )


def _work(courier: CourierView) -> str:
    ahead = len(courier.stops)
    return "waiting" if not ahead else "1 stop" if ahead == 1 else f"{ahead} stops"


def _pairs() -> Table:
    table = Table.grid(expand=True, padding=(0, 1))
    table.add_column()
    table.add_column(justify="right")
    return table


def _shown(samples: Sequence[float], percent: float, scale: float, unit: str, digits: int) -> str:
    value = percentile(samples, percent)
    return "-" if value is None else f"{value * scale:.{digits}f} {unit}"


def _absolute(url: str, link: str) -> str:
    return url + link if link.startswith("/") else link
