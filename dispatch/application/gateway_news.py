"""What the gateways of a zone tell each other beside events and places: who began a session, who is watched, and
what staff have open.

All of it may be lost at any moment, and is made good: an older session that did not hear of the newer one ends with
that one's first place, and who is watched is told again every two seconds. So nothing is kept and nothing is repeated.
What is believed of the others holds for a few seconds only, for a gateway that was killed cannot take it back.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final, Protocol

from courier_protocol.live import Attendee
from dispatch.application.attendance import Attendance
from dispatch.application.ports import Ticker

TELL_EVERY_S: Final = 2.0
HOLDS_S: Final = 5.0
"""Two tellings may be lost before a phone is told to report less often."""
MOST_A_TELLING: Final = 1_000


@dataclass(frozen=True, slots=True)
class SessionBegan:
    """A courier's session of this generation has begun; older ones are over, wherever they are."""

    courier_id: str
    generation: int


@dataclass(frozen=True, slots=True)
class Watched:
    """Who is looked at through one gateway: couriers whom a shopper waits for, and whether staff watch the zone."""

    gateway: str
    courier_ids: tuple[str, ...]
    staff: bool


@dataclass(frozen=True, slots=True)
class Attended:
    """What staff at one gateway have open."""

    gateway: str
    people: tuple[Attendee, ...]


News = SessionBegan | Watched | Attended


class GatewayNews(Protocol):
    """A channel between the gateways of a zone; best effort."""

    async def tell(self, zone_id: str, news: Sequence[News]) -> None:
        """Tell everybody who follows now. Raises `StoreUnavailable`; then it may have been told or not."""
        ...

    def follow(self, zone_id: str) -> AsyncIterator[News]:
        """What is told from now on, also by this process; for ever. It heals by itself, with a gap."""
        ...


class Elsewhere:
    """What one gateway knows of the others of its zone, and tells them.

    `watched_here` says whom this gateway's shoppers wait for and whether its staff watch; `began` hears of the sessions
    that began elsewhere. Without a channel there are no others.
    """

    def __init__(
        self,
        zone_id: str,
        channel: GatewayNews | None,
        ticker: Ticker,
        *,
        attendance: Attendance,
        watched_here: Callable[[], tuple[Set[str], bool]],
        began: Callable[[str, int], None],
    ) -> None:
        self._zone_id = zone_id
        self._channel = channel
        self._ticker = ticker
        self._gateway = secrets.token_hex(8)
        self._attendance = attendance
        self._attended = False
        self._watched_here = watched_here
        self._began = began
        self._untold: dict[str, SessionBegan] = {}
        self._to_tell = asyncio.Event()
        self._watched_until_ms: dict[str, int] = {}
        self._staff_until_ms = 0

    @property
    def loops(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        """What must run for ever; each may raise `StoreUnavailable` and is then to be begun again."""
        return (self._tell_begun, self._tell_watched, self._follow) if self._channel else ()

    def session_began(self, courier_id: str, generation: int) -> None:
        """A courier's session has begun in this process."""
        if self._channel:
            self._untold[courier_id] = SessionBegan(courier_id, generation)
            self._to_tell.set()

    def attended(self) -> None:
        """What staff in this process have open is not what it was."""
        if self._channel:
            self._to_tell.set()

    def shopper_watches(self, courier_id: str) -> bool:
        """Whether a shopper at another gateway waits for this courier."""
        return self._watched_until_ms.get(courier_id, 0) > self._ticker.mono_ms()

    @property
    def staff_watch(self) -> bool:
        """Whether staff watch the zone through another gateway."""
        return self._staff_until_ms > self._ticker.mono_ms()

    # --- out ---------------------------------------------------------------------------------------------------

    async def _tell_begun(self) -> None:
        while True:
            await self._to_tell.wait()
            self._to_tell.clear()
            begun, self._untold = tuple(self._untold.values()), {}
            await self._tell(begun)
            await self._tell_attended()

    async def _tell_watched(self) -> None:
        while True:
            couriers, staff = self._watched_here()
            ids = sorted(couriers)
            parts = [tuple(ids[start : start + MOST_A_TELLING]) for start in range(0, len(ids), MOST_A_TELLING)]
            if staff or parts:
                await self._tell([Watched(self._gateway, part, staff) for part in parts or [()]])
            await self._tell_attended()
            self._forget()
            await self._ticker.sleep(TELL_EVERY_S)

    async def _tell_attended(self) -> None:
        """Tell what staff here have open; once more when nobody is left. In a telling of its own, which a server of
        the release before drops.
        """
        people = self._attendance.here
        if people or self._attended:
            self._attended = bool(people)
            await self._tell([Attended(self._gateway, people)])

    async def _tell(self, news: Sequence[News]) -> None:
        if self._channel:
            for start in range(0, len(news), MOST_A_TELLING):
                await self._channel.tell(self._zone_id, news[start : start + MOST_A_TELLING])

    def _forget(self) -> None:
        now_ms = self._ticker.mono_ms()
        self._attendance.forget()
        self._watched_until_ms = {who: until for who, until in self._watched_until_ms.items() if until > now_ms}

    # --- in ----------------------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        if self._channel:
            async for news in self._channel.follow(self._zone_id):
                self._take(news)

    def _take(self, news: News) -> None:
        match news:
            case SessionBegan():
                self._began(news.courier_id, news.generation)
            case Watched() if news.gateway != self._gateway:
                until_ms = self._ticker.mono_ms() + round(HOLDS_S * 1000)
                self._watched_until_ms.update(dict.fromkeys(news.courier_ids, until_ms))
                self._staff_until_ms = until_ms if news.staff else self._staff_until_ms
            case Attended() if news.gateway != self._gateway:
                self._attendance.heard(news.gateway, news.people)
