"""The stores go away, hang, forget and come back under traffic; so does the zone's writer. One service for all of it.

The scenarios are those of `python -m simulator faults run`, which lets the trouble last longer; limits of time are
wider here, for the processors of a test run are busy with other tests.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from simulator.faults import outages
from simulator.faults.scene import Scene, scene

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow, pytest.mark.timeout(240)]
CONTINUES_WITHIN_S = 10.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A whole service with couriers on it; what its record says is audited after each test, and here at the end."""
    async with scene(tmp_path_factory.mktemp("outages")) as it:
        yield it
        assert (await it.audit()).all == []


async def test_a_frozen_writer_is_replaced_and_fenced(place: Scene) -> None:
    """SIGSTOP beyond the lease: another process takes the zone meanwhile; SIGCONT: the old one writes nothing more."""
    told = await outages.writer_frozen(place, for_s=place.service.size.lease_s + 4)
    assert told["writer_changed"] and told["takeovers"] == 1
    assert told["recovery_writer_s"] < place.service.size.lease_s + 4, "nobody waited for the one that is frozen"
    assert (await place.audit()).all == []


async def test_a_rolling_restart_is_felt_by_nobody_for_long(place: Scene) -> None:
    """Every role is replaced in its turn while orders come in; `faults rolling` does it with two versions."""
    told = await outages.rolling_restart(place, for_s=1)
    assert max(told["answers_after_s"].values()) < CONTINUES_WITHIN_S
    assert place.service.ends == []
    assert (await place.audit()).all == []


async def test_without_its_database_the_service_promises_nothing_and_drops_nobody(place: Scene) -> None:
    """503 with Retry-After, at once; sockets stay; when the database is back, so is everything."""
    told = await outages.postgres_away(place, for_s=5)
    assert set(told["answers"]) == {503} and told["without_retry_after"] == 0
    assert told["sockets_broken"] == 0
    assert told["continues_s"] < CONTINUES_WITHIN_S
    assert (await place.audit()).all == []


async def test_a_restarted_database_is_a_hiccup(place: Scene) -> None:
    """Some orders are told to come back; none is lost, and no socket breaks."""
    told = await outages.postgres_restart(place, for_s=3)
    assert set(told["answers"]) <= {201, 202, 503} and told["without_retry_after"] == 0
    assert told["sockets_broken"] == 0
    assert (await place.audit()).all == []


async def test_a_silent_database_keeps_nobody_waiting_for_long(place: Scene) -> None:
    """Every connection hangs, as behind a firewall that drops: callers are told to come back, and it heals."""
    told = await outages.postgres_silent(place, for_s=6)
    assert set(told["answers"]) <= {201, 202, 503} and told["without_retry_after"] == 0
    assert told["slowest_answer_s"] < 10
    assert told["sockets_broken"] == 0
    assert told["continues_s"] < CONTINUES_WITHIN_S
    assert (await place.audit()).all == []


async def test_a_database_without_connections_to_give_is_one_that_is_away(place: Scene) -> None:
    """Others hold all of them: 503 until they let go."""
    told = await outages.postgres_full(place, for_s=3)
    assert set(told["answers"]) <= {201, 202, 503} and 503 in told["answers"]
    assert told["without_retry_after"] == 0 and told["sockets_broken"] == 0
    assert told["continues_s"] < CONTINUES_WITHIN_S
    assert (await place.audit()).all == []


async def test_without_valkey_orders_are_offered_and_delivered(place: Scene) -> None:
    """Killed, away, back and empty: no socket breaks, and soon it holds the place of every courier again."""
    told = await outages.valkey_away(place, for_s=6)
    assert set(told["answers"]) <= {201, 202}
    assert told["sockets_broken"] == 0
    assert told["not_offered"] == 0 and told["order_to_offer_p95_s"] < 6
    assert told["positions_back_s"] < 6
    assert (await place.audit()).all == []


async def test_a_valkey_that_forgets_everything_changes_nothing(place: Scene) -> None:
    """FLUSHALL in the middle of the work."""
    told = await outages.valkey_flushed(place, for_s=2)
    assert set(told["answers"]) <= {201, 202} and told["sockets_broken"] == 0
    assert told["positions_back_s"] < 6
    assert (await place.audit()).all == []


async def test_a_frozen_valkey_is_one_that_is_away(place: Scene) -> None:
    """It takes connections and answers nothing."""
    told = await outages.valkey_frozen(place, for_s=4)
    assert set(told["answers"]) <= {201, 202} and told["sockets_broken"] == 0
    assert (await place.audit()).all == []


async def test_a_replica_that_lags_may_take_over(place: Scene) -> None:
    """Its copy of the stream ends before what everybody has read; the missing part comes from the database."""
    told = await outages.valkey_failover(place, for_s=3)
    assert set(told["answers"]) <= {201, 202} and told["sockets_broken"] == 0
    assert (await place.audit()).all == []


async def test_every_toxic_on_every_way_does_no_harm(place: Scene) -> None:
    """Latency, cuts, resets, silence, slices, between every two parts in turn: nothing is lost, no process ends."""
    told = await outages.every_toxic(place, for_s=0.4)
    assert max(told["heals_s"].values()) < 2 * CONTINUES_WITHIN_S
    assert place.service.ends == []
    assert (await place.audit()).all == []
