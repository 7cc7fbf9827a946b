"""Which sign-ins are over: every gateway looks every second, so that nobody stays for the life of a token.

A token of a user says its session and the user's generation; both are compared in memory at each call. While the store
does not answer, what is known goes on to hold: tokens are short-lived, and couriers must not lose their dispatcher
because a database is being restarted.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Final

from dispatch.application.ports import StoreUnavailable, Ticker
from dispatch.application.staff_ports import Fences, SessionMark, StaffStore

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 1.0
OVERLAP_MS: Final = 15_000
"""A change is dated when its transaction begins and seen when it ends, and no statement takes longer than this."""
MOST_ENDED: Final = 10_000
End = Callable[[], None]


class StaffGuard:
    """See the module. `run` is running wherever tokens are taken."""

    def __init__(self, store: StaffStore, ticker: Ticker) -> None:
        self._store = store
        self._ticker = ticker
        self._generations: dict[str, int] = {}
        self._ended: dict[str, None] = {}
        self._since = 0
        self._watched: defaultdict[str, dict[End, SessionMark]] = defaultdict(dict)
        self.counters: Counter[str] = Counter()

    async def run(self) -> None:
        """Look for ever."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                self.counters["staff_looks_failed"] += 1
                log.warning("it is not known whose sign-in has ended: %s", error)
            await self._ticker.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Learn what has ended since the last look, and end it here. Raises `StoreUnavailable`."""
        fences = await self._store.fences(self._since)
        self._since = max(1, fences.now - OVERLAP_MS)
        self.learn(fences)

    def learn(self, fences: Fences) -> None:
        """Take this in, and end every watched session that it is about."""
        for user_id, generation in fences.generations:
            self._generations[user_id] = max(generation, self._generations.get(user_id, 0))
        for session_id in fences.ended:
            self._ended[session_id] = None
        while len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]
        if fences.ended:
            self._end(tuple(self._watched))
        elif fences.generations:
            self._end(tuple(user_id for user_id, _ in fences.generations))

    def is_over(self, mark: SessionMark) -> bool:
        """Whether the sign-in behind a token has ended."""
        return mark.generation < self._generations.get(mark.user_id, 0) or mark.session_id in self._ended

    def watch(self, mark: SessionMark, end: End) -> None:
        """Call `end` once the sign-in is over."""
        self._watched[mark.user_id][end] = mark

    def unwatch(self, mark: SessionMark, end: End) -> None:
        """Nobody is left to end."""
        ends = self._watched.get(mark.user_id, {})
        ends.pop(end, None)
        if not ends:
            self._watched.pop(mark.user_id, None)

    def _end(self, user_ids: tuple[str, ...]) -> None:
        for user_id in user_ids:
            for end, mark in tuple(self._watched.get(user_id, {}).items()):
                if self.is_over(mark):
                    self.counters["staff_sockets_ended"] += 1
                    self.unwatch(mark, end)
                    end()
