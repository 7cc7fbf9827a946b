"""The hub: places, slow watchers and links. In virtual time."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from courier_protocol import live
from courier_protocol.messages import Fix
from dispatch.adapters.memory import MemoryPositionStore
from dispatch.adapters.memory_tracks import MemoryTrackStore
from dispatch.application import lanes
from dispatch.application.ports import Position, StoreUnavailable
from dispatch.domain import commands as c
from dispatch.domain.courier import Duty
from dispatch.domain.geo import METRES_PER_DEGREE
from tests.support.hub import ZONE, Phone, Rig, drain, links, shopper, staff, virtually, watching
from tests.support.zones import NOON_MS, order, plan, planned

# --- places ----------------------------------------------------------------------------------------------------


def test_places_of_one_tick_share_a_frame_and_never_go_back() -> None:
    """Staff see in one frame what moved within a tick, in order; an older fix changes nothing."""

    async def test(made: Rig) -> None:
        screen = watching(made)
        for seq in (1, 2, 5, 4, 3):
            made.fix(seq)
        await asyncio.sleep(0.1)
        fixes = [message for message in drain(screen) if isinstance(message, live.Fixes)]
        assert [[(fix.gen, fix.seq) for fix in message.fixes] for message in fixes] == [[(1, 1), (1, 2), (1, 5)]]
        made.fix(4)
        await asyncio.sleep(0.1)
        assert drain(screen) == []
        made.fix(1, generation=2)
        await asyncio.sleep(0.1)
        assert [(fix.gen, fix.seq) for fix in drain(screen)[0].fixes] == [(2, 1)]
        counters = made.hub.counters
        assert counters["positions_in"] == 7 and counters["positions_dropped_out_of_order"] == 3

    virtually(test)


def test_places_are_written_behind_and_those_of_others_are_shown() -> None:
    """What passed here is stored; what another process stored is shown once, and an echo of our own not again."""

    async def test(made: Rig) -> None:
        screen = staff(made)
        made.fix(1)
        await asyncio.sleep(0.1)
        assert (await made.positions.latest(ZONE))["c1"].seq == 1
        drain(screen)
        await MemoryPositionStore(beside=made.positions).put(
            ZONE, [Position("c2", 4, 2, NOON_MS, NOON_MS, 60.17, 24.94)]
        )
        await asyncio.sleep(0.1)
        shown = [fix for message in drain(screen) if isinstance(message, live.Fixes) for fix in message.fixes]
        assert [(fix.courier_id, fix.gen, fix.seq) for fix in shown] == [("c2", 4, 2)]

    virtually(test)


def test_shoppers_see_places_between_pickup_and_dropoff_only() -> None:
    """Before the pickup nothing moves on their map; after it, the courier does, without its id."""

    async def test(made: Rig) -> None:
        screen = shopper(made)
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
        made.fix(1)
        await asyncio.sleep(0.1)
        assert not [message for message in drain(screen) if isinstance(message, live.Fixes)]
        await made.do(
            c.ReportProgress("c1", made.state.route("c1").stops[0].id, c.StopAction.COMPLETED, NOON_MS),
        )
        await asyncio.sleep(0.1)
        messages = drain(screen)
        paths = [message for message in messages if isinstance(message, live.Paths)]
        assert paths and paths[-1].paths[0].courier_id == "courier"
        made.fix(2)
        await asyncio.sleep(0.1)
        assert [(fix.courier_id, fix.seq) for fix in drain(screen)[0].fixes] == [("courier", 2)]

    virtually(test)


class Away(MemoryPositionStore):
    """A store that cannot be reached until told."""

    away = True

    async def put(self, zone_id: str, positions: Any) -> bool:
        if self.away:
            raise StoreUnavailable("away")
        return await super().put(zone_id, positions)


def test_live_views_survive_a_store_that_is_away() -> None:
    """Local watchers see every fix meanwhile; the store heals with the next one."""

    async def test(made: Rig) -> None:
        away = Away()
        made.hub.live_places.positions = away
        screen = watching(made)
        made.fix(1)
        await asyncio.sleep(1)
        assert any(isinstance(message, live.Fixes) for message in drain(screen))
        assert made.hub.counters["position_store_unavailable"] >= 1
        away.away = False
        made.fix(2)
        await asyncio.sleep(2)
        assert (await away.latest(ZONE))["c1"].seq == 2

    virtually(test)


# --- phones that stand, tracks, and how often to report ---------------------------------------------------------


def here() -> Fix:
    return Fix(at_ms=NOON_MS, lat=60.166, lon=24.936)


def test_a_standing_phone_heals_a_store_that_was_emptied() -> None:
    """After a flush nobody moves: the heartbeats put the place back, heard now, within half a minute."""

    async def test(made: Rig) -> None:
        made.hub.report("c1", 1, 1, [here()])
        await asyncio.sleep(1)
        made.positions._zones.clear()
        for _ in range(5):
            await asyncio.sleep(8)
            made.hub.heartbeat("c1", 1, here())
        await asyncio.sleep(0.1)
        held = (await made.positions.latest(ZONE))["c1"]
        assert (held.generation, held.seq, held.at_ms) == (1, 1, NOON_MS)
        assert held.received_at_ms >= NOON_MS + 30_000
        assert made.hub.sight.positions["c1"].received_at_ms >= NOON_MS + 40_000
        assert made.hub.sight.links["c1"] == "live"

    virtually(test)


def test_a_track_is_readable_at_once_and_measured() -> None:
    """What came a moment ago is in it, late or not; the way is that of the ride."""

    async def test(made: Rig) -> None:
        def ride(n: int) -> Fix:
            return Fix(at_ms=NOON_MS - 200_000 + 5_000 * n, lat=60.166 + 30 * n / METRES_PER_DEGREE, lon=24.936)

        made.hub.report("c1", 1, 30, [ride(n) for n in range(30, 40)])
        made.hub.report("c1", 1, 1, [ride(n) for n in range(1, 30)])
        track = await made.hub.track("c1", 0, NOON_MS + 1, 100)
        assert [position.seq for position in track] == list(range(1, 40))
        assert made.hub.sight.positions["c1"].seq == 39
        assert await made.hub.track_distance_m("c1", 0) == pytest.approx(38 * 30, abs=30)
        assert await made.hub.track_distance_m("c1", ride(30).at_ms) == pytest.approx(9 * 30, abs=30)

    virtually(test)


class TracksAway(MemoryTrackStore):
    """A track store that cannot be reached until told."""

    away = True

    async def append(self, zone_id: str, positions: Any) -> None:
        if self.away:
            raise StoreUnavailable("away")
        await super().append(zone_id, positions)


def test_a_track_survives_a_store_that_is_away_for_a_while() -> None:
    """The map does not wait for it, and nothing of the track is lost."""

    async def test(made: Rig) -> None:
        away = TracksAway()
        made.hub.live_places.tracks = away
        screen = watching(made)
        for n in range(3):
            at_ms = NOON_MS + int(asyncio.get_running_loop().time() * 1000)
            made.hub.report("c1", 1, n + 1, [Fix(at_ms=at_ms, lat=60.166 + n / 1000, lon=24.936)])
            await asyncio.sleep(10)
        assert any(isinstance(message, live.Fixes) for message in drain(screen))
        assert made.hub.counters["position_store_unavailable"] >= 1
        with pytest.raises(StoreUnavailable):
            await made.hub.track("c1", 0, NOON_MS + 60_000, 10)
        away.away = False
        await asyncio.sleep(2)
        assert len(await away.read(ZONE, "c1", 0, NOON_MS + 60_000, 10)) == 3

    virtually(test)


def test_a_phone_hears_how_often_to_report_and_why() -> None:
    """At once when it comes, and whenever its work changes, but not every second."""

    async def test(made: Rig) -> None:
        phone = Phone()
        made.hub.join("c1", phone)
        assert [(policy.reason, policy.fix_interval_s) for policy in phone.policies] == [("waiting", 15)]
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
        await asyncio.sleep(5)
        made.fix(1, lat=60.166)
        await made.do(c.SetDuty("c1", Duty.ENDING))
        await asyncio.sleep(5)
        assert [policy.reason for policy in phone.policies] == ["waiting", "working", "near_stop"]
        made.hub.leave("c1", phone)
        made.hub.join("c1", again := Phone(2))
        assert [policy.reason for policy in again.policies] == ["near_stop"]

    virtually(test)


def test_a_phone_whose_shopper_looks_reports_oftener() -> None:
    """Only while the goods are on board, and only as long as the shopper looks."""

    async def test(made: Rig) -> None:
        phone, screen = Phone(), shopper(made)
        await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
        made.fix(1, lat=60.19)
        made.hub.join("c1", phone)
        await asyncio.sleep(5)
        stop_id = made.state.route("c1").stops[0].id
        await made.do(c.ReportProgress("c1", stop_id, c.StopAction.COMPLETED, NOON_MS))
        await asyncio.sleep(5)
        made.hub.watchers.unwatch_order("o1", screen.lane)
        await asyncio.sleep(5)
        assert [policy.reason for policy in phone.policies] == ["working", "watched", "working"]

    virtually(test)


# --- slow watchers ---------------------------------------------------------------------------------------------


def test_a_slow_watcher_gets_what_waited_in_order() -> None:
    """While it takes nothing, nothing is written; then come all changes, in their order, and then the places."""

    async def test(made: Rig) -> None:
        screen = watching(made)
        screen.is_slow = True
        made.fix(1)
        await made.do(c.CreateOrder(order("x1")), c.CreateOrder(order("x2")))
        await asyncio.sleep(1)
        assert screen.got == []
        screen.wake()
        link, first, second, places = drain(screen)
        assert (first.prev, second.prev) == (first.seq - 1, first.seq)
        assert isinstance(link, live.LinkChanged) and isinstance(places, live.Fixes)
        made.fix(2)
        await asyncio.sleep(1)
        assert [fix.seq for fix in drain(screen)[0].fixes] == [2]

    virtually(test)


def test_a_watcher_that_is_too_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lane is bounded; what did not fit is worth less than the snapshot that it gets when it comes back."""
    monkeypatch.setattr(lanes, "MAX_WAITING", 10)

    async def test(made: Rig) -> None:
        screen = watching(made)
        screen.is_slow = True
        for n in range(10):
            await made.do(c.CreateOrder(order(f"x{n}")))
        assert not screen.gave_up
        await made.do(c.CreateOrder(order("y")))
        assert screen.gave_up
        screen.wake()
        assert drain(screen) == []

    virtually(test)


def test_a_slow_watcher_sees_only_the_newest_places() -> None:
    """However many ticks it slept, it gets each courier once."""

    async def test(made: Rig) -> None:
        screen = watching(made)
        screen.is_slow = True
        for seq in range(1, 10):
            made.fix(seq)
            made.fix(seq, courier_id="c2")
            await asyncio.sleep(0.1)
        screen.wake()
        fixes = [message for message in drain(screen) if isinstance(message, live.Fixes)]
        assert [(fix.courier_id, fix.seq) for message in fixes for fix in message.fixes] == [("c1", 9), ("c2", 9)]

    virtually(test)


def test_a_message_is_encoded_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty watchers of two encodings cost two encodings of a change, and two of a batch of places."""
    encoded: list[str] = []

    def counting(real: Callable[[Any, Any], bytes]) -> Callable[[Any, Any], bytes]:
        def count(message: msgspec.Struct, encoding: Any) -> bytes:
            encoded.append(f"{type(message).__name__}.{encoding}")
            return real(message, encoding)

        return count

    async def test(made: Rig) -> None:
        screens = [staff(made, encoding) for encoding in ("json", "msgpack") for _ in range(25)]
        for screen in screens:
            drain(screen)
        monkeypatch.setattr(lanes, "encode_one", counting(lanes.encode_one))
        await made.do(c.CreateOrder(order("o7")))
        made.fix(1)
        await asyncio.sleep(0.1)
        wanted = {f"{kind}.{encoding}" for kind in ("ZoneChange", "Fixes") for encoding in ("json", "msgpack")}
        assert {name for name in encoded if not name.startswith("Link")} == wanted
        assert len(encoded) == len(set(encoded))
        for screen in screens:
            assert [type(message) for message in drain(screen)][-1] is live.Fixes

    virtually(test)


# --- links -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rate", "stale_s", "lost_s"), [(1.0, 60, 300), (10.0, 10, 30)])
def test_a_link_goes_stale_then_lost(rate: float, stale_s: int, lost_s: int) -> None:
    """By the longer of business and real time; the first sign of life makes it live at once."""

    async def test(made: Rig) -> None:
        screen = watching(made)
        made.fix(1)
        await asyncio.sleep(stale_s - 2)
        assert links(screen) == ["live"]
        await asyncio.sleep(4)
        assert links(screen) == ["stale"]
        await asyncio.sleep(lost_s - stale_s)
        assert links(screen) == ["lost"]
        made.hub.heartbeat("c1")
        assert links(screen) == ["live"]

    virtually(test, rate=rate)


def test_goodbye_is_offline_at_once() -> None:
    """A phone that says goodbye is not waited for; one whose link breaks is."""

    async def test(made: Rig) -> None:
        screen, phone = watching(made), Phone()
        made.hub.join("c1", phone)
        made.hub.leave("c1", phone)
        assert links(screen) == ["live"]
        made.hub.join("c1", phone)
        made.hub.leave("c1", phone, goodbye=True)
        assert links(screen) == ["offline"]

    virtually(test)


def test_silence_off_duty_is_offline() -> None:
    """Nobody waits for a courier who went home."""

    async def test(made: Rig) -> None:
        screen = watching(made)
        made.fix(1)
        await made.do(c.SetDuty("c1", Duty.OFF_DUTY))
        await asyncio.sleep(70)
        assert links(screen)[-1] == "offline"

    virtually(test)
