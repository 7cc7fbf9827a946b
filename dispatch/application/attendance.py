"""What the people at the desks of a zone have open: two of them see each other before they do the same thing twice.

It is shown and never enforced: what keeps one change from overwriting another is the version that it names. So all of
it may be lost at any moment, and is told again: what other gateways told holds for a few seconds only.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Final

from courier_protocol.live import Attendee, Attending
from dispatch.application.ports import Ticker

MOST_SHOWN: Final = 200
"""As many as a message holds; nobody can follow more."""


class Attendance:
    """Who attends to what in one zone. `tell` is called with what all who attend here are to be shown."""

    def __init__(self, ticker: Ticker, holds_s: float, tell: Callable[[Attending], None] = lambda _: None) -> None:
        self._ticker = ticker
        self._holds_ms = round(holds_s * 1000)
        self._here: dict[Hashable, Attendee] = {}
        self._elsewhere: dict[str, tuple[tuple[Attendee, ...], int]] = {}
        self._tell = tell

    @property
    def here(self) -> tuple[Attendee, ...]:
        """Who attends in this process."""
        return tuple(self._here.values())[:MOST_SHOWN]

    def attend(self, end: Hashable, attendee: Attendee) -> None:
        """The person at this end has this open from now on."""
        if self._here.get(end) != attendee:
            self._here[end] = attendee
            self._changed()

    def leave(self, end: Hashable) -> None:
        """The person at this end is gone."""
        if self._here.pop(end, None):
            self._changed()

    def heard(self, gateway: str, people: Sequence[Attendee]) -> None:
        """Another gateway tells who attends there, from now on and for a while."""
        before = self._elsewhere.get(gateway, ((), 0))[0]
        self._elsewhere[gateway] = tuple(people), self._ticker.mono_ms() + self._holds_ms
        if before != tuple(people):
            self._changed()

    def forget(self) -> None:
        """What other gateways told too long ago is over."""
        now_ms = self._ticker.mono_ms()
        kept = {gateway: told for gateway, told in self._elsewhere.items() if told[1] > now_ms}
        lost = any(told[0] for gateway, told in self._elsewhere.items() if gateway not in kept)
        self._elsewhere = kept
        if lost:
            self._changed()

    def everyone(self) -> Attending:
        """Everybody who attends, in a lasting order."""
        away = [each for people, _ in self._elsewhere.values() for each in people]
        return Attending(tuple(sorted((*self.here, *away), key=lambda each: (each.who, each.tab))[:MOST_SHOWN]))

    def _changed(self) -> None:
        self._tell(self.everyone())
