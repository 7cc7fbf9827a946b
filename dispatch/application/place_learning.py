"""Learning from what couriers did: where doors really are, and how long stops really take.

The theory. Beside the writer, every few minutes, the zone's newest events are read in order, and with them the ends of
the couriers' tracks at the doors they served. Each door's last visits are kept (`LearningStore`); when there is a new
one, its pin is judged (`place_correction`), and what is found goes to the zone as a proposal like anybody's wish. How
far the events were read is noted last, so after a crash they are read again: a visit that was counted is replaced by
itself, and a proposal that was made is no news. Events younger than `LAG_MS` wait, for tracks are written behind.

Judging is a second of work for a thousand doors, so it is done beside the event loop. Service times are learnt on it,
in milliseconds, for others read them there. A store that is away costs a round.
"""

import asyncio
import json
import logging
import uuid
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any, Final, TypeVar

from dispatch.application.done_orders import DoneOrder, orders_done, services
from dispatch.application.learning_ports import DoorVisits, LearningStore
from dispatch.application.pace_learning import Paces
from dispatch.application.ports import (
    Clock,
    CommandBus,
    EventLog,
    Position,
    Request,
    StoreUnavailable,
    Ticker,
    TrackStore,
)
from dispatch.application.replica import ZoneReplica
from dispatch.domain.commands import ProposeCorrection
from dispatch.domain.correction import Correction
from dispatch.domain.doors import cell_of, door_of
from dispatch.domain.events import OrderChanged
from dispatch.domain.geo import METRES_PER_DEGREE, Point, distance_m
from dispatch.domain.place_correction import (
    GATE_M,
    Finding,
    Fix,
    Stay,
    geometric_median,
    judge_pin,
    last_stay,
    seen_since_ms,
)
from dispatch.planning.dwell import ServiceTimes

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 120.0
"""Of technical time: a pin waits for days, a dispatcher need not wait for an hour."""
LAG_MS: Final = 60_000
PAGE: Final = 500
KEPT_STAYS: Final = 12
"""A door's last visits: enough to outvote strays, and soon new when a door moves."""
KEPT_MS: Final = 90 * 24 * 3_600_000
"""Where couriers stood is forgotten with the door that nobody visits any more (house figure)."""
STOOD_M: Final = 50.0
READ_FIXES: Final = 1_000
PROGRESS, TIMES, PACES = "progress", "service_times", "paces"
TIMES_KEPT_EVERY: Final = 15
"""Rounds between two writings of the service times, which are a few megabytes in a large zone."""
ACTOR: Final = "system:learning"

T = TypeVar("T")
Offload = Callable[[Callable[[], T]], Awaitable[T]]


class PlaceLearning:
    """One zone's learning. `service_times` are what is known now; `counters` what was seen and proposed."""

    def __init__(
        self,
        *,
        replica: ZoneReplica,
        events: EventLog,
        tracks: TrackStore,
        learning: LearningStore,
        bus: CommandBus,
        clock: Clock,
        ticker: Ticker,
        paces: Paces | None = None,
        offload: Offload[Any] = asyncio.to_thread,
        new_id: Callable[[], str] = lambda: f"learning-{uuid.uuid4().hex}",
    ) -> None:
        self.service_times = ServiceTimes()
        self.counters: Counter[str] = Counter(dict.fromkeys(_COUNTED, 0))
        self._replica = replica
        self._events = events
        self._tracks = tracks
        self._learning = learning
        self._bus = bus
        self._clock = clock
        self._ticker = ticker
        self._paces = paces
        self._offload = offload
        self._new_id = new_id
        self._rounds = 0

    @property
    def _zone_id(self) -> str:
        return self._replica.zone_id

    async def run(self) -> None:
        """Learn for ever. A bug here costs rounds of learning, never the orders of the zone."""
        await self._recall()
        while True:
            try:
                await self.look()
            except StoreUnavailable:
                self.counters["learning_rounds_lost"] += 1
            except Exception:
                self.counters["learning_rounds_lost"] += 1
                log.exception("zone %s: a round of learning failed", self._zone_id)
            await self._ticker.sleep(LOOK_EVERY_S)

    async def _recall(self) -> None:
        """Know what was learnt before this process began; what cannot be read is learnt anew."""
        try:
            kept = await self._learning.note(self._zone_id, TIMES)
            if kept:
                self.service_times = ServiceTimes.from_record(json.loads(kept))
            paces = await self._learning.note(self._zone_id, PACES)
            if paces and self._paces:
                self._paces.recall(json.loads(paces).items())
        except (StoreUnavailable, ValueError, KeyError, TypeError):
            log.warning("zone %s: service times and paces are learnt anew", self._zone_id)

    async def look(self) -> None:
        """Learn from everything that is new. Raises `StoreUnavailable`."""
        epoch, head = await self._events.stream_head(self._zone_id)
        seq = await self._progress(epoch, head)
        until_ms = self._clock.now_ms() - LAG_MS
        while page := await self._events.events(self._zone_id, seq, PAGE, only=OrderChanged):
            batch = [recorded for recorded in page if recorded.at_ms <= until_ms]
            seq = batch[-1].seq if batch else seq
            done = orders_done(batch, self._replica.state.depots)
            await self._learn_doors([each for each in done if each.at_door])
            await self._note({PROGRESS: f"{epoch} {seq}"})
            self.counters["services_learnt"] += self.service_times.learn(services(done))
            if len(batch) < PAGE:
                break
        self._rounds += 1
        if self._rounds % TIMES_KEPT_EVERY == 0:
            paces = self._paces.known() if self._paces else {}
            known = {TIMES: self.service_times.to_record(), PACES: paces}
            await self._note({name: json.dumps(each, separators=(",", ":")) for name, each in known.items()})

    async def _progress(self, epoch: int, head: int) -> int:
        """How far the events were read. A history that is new here is read from now on: its tracks are gone."""
        kept_epoch, _, seq = (await self._learning.note(self._zone_id, PROGRESS)).partition(" ")
        if kept_epoch == str(epoch):
            return int(seq)
        await self._note({PROGRESS: f"{epoch} {head}"})
        return head

    async def _note(self, notes: Mapping[str, str]) -> None:
        await self._learning.keep(self._zone_id, (), notes, self._forget_before_ms)

    @property
    def _forget_before_ms(self) -> int:
        return self._clock.now_ms() - KEPT_MS

    async def _learn_doors(self, done: Sequence[DoneOrder]) -> None:
        visited = await self._with_new_stays(done)
        if not visited:
            return
        await self._learning.keep(self._zone_id, visited, {}, self._forget_before_ms)
        for visits, found in await self._offload(partial(_doubtful, visited)):
            others = await self._other_pins(visits)
            await self._propose(visits, judge_pin(visits.pin, visits.stays, others) or found)

    # --- visits ----------------------------------------------------------------------------------------------

    async def _with_new_stays(self, done: Sequence[DoneOrder]) -> list[DoorVisits]:
        """The doors that were visited, with what their couriers' phones tell of these visits."""
        fresh: defaultdict[str, list[tuple[DoneOrder, Stay]]] = defaultdict(list)
        for each in done:
            if stay := await self._stay(each):
                fresh[door_of(each.place, each.order.dropoff.address)].append((each, stay))
        known = await self._learning.doors(self._zone_id, fresh.keys())
        self.counters["door_visits_placed"] += sum(map(len, fresh.values()))
        return [_joined(door, known.get(door), visits) for door, visits in fresh.items()]

    async def _stay(self, done: DoneOrder) -> Stay | None:
        self.counters["door_visits"] += 1
        arrived_ms, done_ms = done.arrived_at_ms, done.done_at_ms
        since_ms = seen_since_ms(arrived_ms, done_ms)
        track = await self._tracks.read(self._zone_id, done.courier_id, since_ms, done_ms, READ_FIXES)
        stood = last_stay([_fix(position) for position in track if not position.mock], arrived_ms, done_ms)
        if stood is None:
            return None
        place, accuracy_m = stood
        return Stay(done.order.id, _mark(done.courier_id), done.done_at_ms, place, accuracy_m)

    # --- proposals -------------------------------------------------------------------------------------------

    async def _propose(self, visits: DoorVisits, found: Finding) -> None:
        """Ask the zone to have the door's pin corrected."""
        command = ProposeCorrection(_correction(visits, found, self._clock.now_ms()))
        reply = await self._bus.ask(self._zone_id, Request(self._new_id(), ACTOR, command))
        self.counters["pins_proposed" if reply and reply.ok else "pins_not_proposed"] += 1

    async def _other_pins(self, visits: DoorVisits) -> list[Point]:
        """The pins of other doors whose couriers stood at the same place."""
        centre = _centre(visits.stays)
        others = await self._learning.served_from(self._zone_id, _cells_around(centre))
        return [
            other.pin
            for other in others
            if other.door != visits.door and distance_m(_centre(other.stays), centre) <= GATE_M
        ]


_COUNTED: Final = (
    "door_visits",
    "door_visits_placed",
    "learning_rounds_lost",
    "pins_not_proposed",
    "pins_proposed",
    "services_learnt",
)


def _doubtful(visited: Sequence[DoorVisits]) -> list[tuple[DoorVisits, Finding]]:
    """The doors whose pins look wrong by their own visits."""
    return [(visits, found) for visits in visited if (found := judge_pin(visits.pin, visits.stays))]


def _joined(door: str, known: DoorVisits | None, fresh: Iterable[tuple[DoneOrder, Stay]]) -> DoorVisits:
    """The door with its new visits; a visit that is known already is replaced."""
    visits = list(fresh)
    stays = {stay.visit_id: stay for stay in (*(known.stays if known else ()), *(stay for _, stay in visits))}
    last = tuple(sorted(stays.values(), key=lambda stay: stay.at_ms)[-KEPT_STAYS:])
    newest, _ = visits[-1]
    return DoorVisits(door, newest.order.dropoff.address, newest.place, cell_of(_centre(last), STOOD_M), last)


def _centre(stays: Sequence[Stay]) -> Point:
    return geometric_median([stay.place for stay in stays])


def _cells_around(place: Point) -> set[str]:
    """The cells that hold any place within `GATE_M`."""
    north, east = GATE_M / METRES_PER_DEGREE, 2 * GATE_M / METRES_PER_DEGREE
    steps = (-1.0, -0.5, 0.0, 0.5, 1.0)
    return {cell_of(Point(place.lat + n * north, place.lon + m * east), STOOD_M) for n in steps for m in steps}


def _fix(position: Position) -> Fix:
    return Fix(position.at_ms, position.place, position.accuracy_m, position.speed_mps)


def _mark(courier_id: str) -> str:
    """Tells couriers apart without naming them."""
    return blake2b(courier_id.encode(), digest_size=6).hexdigest()


def _correction(visits: DoorVisits, found: Finding, now_ms: int) -> Correction:
    return Correction(
        id=visits.door,
        address=visits.address,
        pin=visits.pin,
        place=found.place,
        pattern=found.pattern,
        visits=found.visits,
        distance_m=round(found.distance_m, 1),
        spread_m=round(found.spread_m, 1),
        confidence=found.confidence,
        reason_en=found.reason_en,
        reason_zh=found.reason_zh,
        stays=tuple(stay.place for stay in visits.stays),
        at_ms=now_ms,
    )
