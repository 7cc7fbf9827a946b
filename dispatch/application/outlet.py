"""The way of one zone's places to those who watch it from this process.

Shoppers are shown a place at once, or at the beat (see `pulse`). Staff see the whole zone, so that their places always
wait for the beat and come in one frame: at 2,000 places a second that is 50 frames instead of 2,000.
"""

from typing import Final

from dispatch.application.ports import Position
from dispatch.application.pulse import Pulse
from dispatch.application.watchers import Watchers

MAX_FIXES_PER_FRAME: Final = 2_000
"""A frame for staff holds no more places, about 250 KiB; the others follow in the next one."""


class Outlet:
    """Shows places, in order."""

    def __init__(self, watchers: Watchers, pulse: Pulse) -> None:
        self._watchers = watchers
        self._pulse = pulse
        self._for_shoppers: dict[str, list[Position]] = {}
        self._for_staff: list[Position] = []
        pulse.show_on_beat(self._show_what_waits)
        watchers.before_snapshot = self._show_what_waits

    def show(self, position: Position) -> None:
        """Show the newest place of a courier."""
        if self._pulse.waits:
            self._for_shoppers.setdefault(position.courier_id, []).append(position)
        else:
            self._watchers.show_shoppers(position.courier_id, (position,))
        if not self._for_staff:
            self._pulse.stir()
        self._for_staff.append(position)

    def _show_what_waits(self) -> None:
        for_shoppers, self._for_shoppers = self._for_shoppers, {}
        for courier_id, positions in for_shoppers.items():
            self._watchers.show_shoppers(courier_id, positions)
        for_staff, self._for_staff = self._for_staff, []
        if self._watchers.has_staff:
            for start in range(0, len(for_staff), MAX_FIXES_PER_FRAME):
                self._watchers.show_staff(for_staff[start : start + MAX_FIXES_PER_FRAME])
