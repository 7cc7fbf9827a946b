"""What staff see who are limited to depots: their orders and what is about them, and of couriers no other door."""

import asyncio
from dataclasses import replace

from courier_protocol import live
from dispatch.domain import case_commands as k
from dispatch.domain import commands as c
from dispatch.domain.case import CaseKind
from dispatch.domain.courier import Duty
from dispatch.domain.order_message import Party
from tests.support.hub import Rig, Screen, drain, virtually
from tests.support.zones import depot, order, plan, planned

D1, D2 = frozenset({"d1"}), frozenset({"d2"})


async def two_depots(made: Rig) -> None:
    """A second depot with o2, of which c1 brings o1 as well; a case and a message about each."""
    await made.do(c.RegisterDepot(depot("d2")), c.CreateOrder(order("o2", "d2")))
    await made.do(plan(made.state, planned(made.state, "c1", ("o1",))))
    await made.do(plan(made.state, planned(made.state, "c1", ("o2",))))
    for n in ("1", "2"):
        await made.do(k.OpenCase(f"k{n}", f"o{n}", CaseKind.QUESTION, "Where?", "customer"))
        await made.do(c.PostMessage(f"m{n}", f"o{n}", Party.DISPATCHER, Party.COURIER, "Hello"))


def limited(made: Rig, depots: frozenset[str], look: live.View | None = None) -> Screen:
    screen = Screen()
    screen.lane = made.hub.watchers.watch_zone(screen, look, depots=depots)
    return screen


def doors(courier: live.CourierView) -> set[str]:
    """Whose orders the stops that are shown are about."""
    return {order_id for stop in courier.stops for order_id in stop.order_ids}


def test_a_snapshot_is_of_ones_own_depots() -> None:
    """Orders, depots, cases, messages; every courier, with the stops of one's own orders, and no way to other doors."""

    async def test(made: Rig) -> None:
        await two_depots(made)
        for depots, mine in ((D1, "1"), (D2, "2")):
            (seen,) = drain(limited(made, depots))
            assert isinstance(seen, live.ZoneSnapshot)
            assert [each.id for each in seen.orders] == [f"o{mine}"]
            assert [each.id for each in seen.depots] == [f"d{mine}"]
            assert [each.id for each in seen.cases] == [f"k{mine}"]
            assert [each.id for each in seen.messages] == [f"m{mine}"]
            couriers = {each.id: each for each in seen.couriers}
            assert couriers.keys() == {"c1", "c2"} and doors(couriers["c1"]) == {f"o{mine}"}
            assert "c1" not in {path.courier_id for path in seen.paths}
        (both,) = drain(limited(made, D1 | D2))
        (whole,) = drain(limited(made, frozenset()))
        assert both == whole

    virtually(test)


def test_every_event_is_told_and_what_is_others_is_left_out() -> None:
    """The stream has no holes; an unlimited desk beside it is told everything as before."""

    async def test(made: Rig) -> None:
        await two_depots(made)
        mine, everyone = limited(made, D1), limited(made, frozenset())
        first = drain(mine)[0]
        drain(everyone)
        await made.do(c.CreateOrder(order("o3", "d2")), c.CreateOrder(order("o4")), c.SetDuty("c2", Duty.ON_BREAK))
        await made.do(c.PostMessage("m3", "o2", Party.DISPATCHER, Party.COURIER, "Hello"))
        await made.do(plan(made.state, planned(made.state, "c2", ("o3",))))
        changes = [each for each in drain(mine) if isinstance(each, live.ZoneChange)]
        whole = [each for each in drain(everyone) if isinstance(each, live.ZoneChange)]
        assert [each.prev for each in changes] == [first.seq, *(each.seq for each in changes[:-1])]
        assert [each.seq for each in changes] == [each.seq for each in whole]
        assert {each.id for change in changes for each in change.orders} == {"o4"}
        assert {each.id for change in whole for each in change.orders} == {"o3", "o4"}
        assert not any(change.messages for change in changes) and any(change.messages for change in whole)
        told = [courier for change in changes for courier in change.couriers if courier.id == "c2"]
        assert told and all(doors(courier) == set() for courier in told)

    virtually(test)


def test_a_way_is_drawn_while_it_leads_to_ones_own_doors_only() -> None:
    """However the desk looks at the map; a desk without limits sees every way."""

    async def test(made: Rig) -> None:
        await two_depots(made)
        await made.do(c.CreateOrder(order("o5")))
        await made.do(plan(made.state, planned(made.state, "c2", ("o5",))))
        for courier_id in ("c1", "c2"):
            made.fix(1, courier_id=courier_id)
        await asyncio.sleep(2)
        view = live.View(south=60.0, west=24.8, north=60.3, east=25.2, zoom=12)
        desks = {"all": limited(made, D1), "look": limited(made, D1, view), "whole": limited(made, frozenset())}
        for screen in desks.values():
            drain(screen)
        made.hub.redraw()
        await asyncio.sleep(2)
        drawn = {
            name: {path.courier_id for each in drain(screen) if isinstance(each, live.Paths) for path in each.paths}
            for name, screen in desks.items()
        }
        assert drawn == {"all": {"c2"}, "look": {"c2"}, "whole": {"c1", "c2"}}
        made.hub.watchers.look(desks["look"].lane, None)
        (paths,) = [each for each in drain(desks["look"]) if isinstance(each, live.Paths)]
        assert {path.courier_id for path in paths.paths} == {"c2"}

    virtually(test)


def test_an_order_that_another_depot_takes_over_comes_and_goes() -> None:
    """With a new snapshot for both: a change only adds. Who sees both depots needs none."""

    async def test(made: Rig) -> None:
        await two_depots(made)
        await made.do(c.CreateOrder(replace(order("o6"), depot_options=("d2",))))
        one, two, both = limited(made, D1), limited(made, D2), limited(made, D1 | D2)
        for screen in (one, two, both):
            drain(screen)
        route = planned(made.state, "c2", ("o6",))
        fetched = replace(route, stops=(replace(route.stops[0], depot_id="d2"), *route.stops[1:]))
        await made.do(plan(made.state, fetched))
        assert made.state.orders["o6"].depot_id == "d2"

        def last_seen(screen: Screen) -> set[str]:
            snapshots = [each for each in drain(screen) if isinstance(each, live.ZoneSnapshot)]
            return {order.id for order in snapshots[-1].orders} if snapshots else set()

        assert last_seen(one) == {"o1"}
        assert last_seen(two) == {"o2", "o6"}
        assert last_seen(both) == set()

    virtually(test)


def test_what_others_have_open_of_other_depots_is_not_said() -> None:
    """They are there; of which order, depot or case is theirs."""

    async def test(made: Rig) -> None:
        await two_depots(made)
        screen = limited(made, D1)
        made.hub.attend(screen.lane, live.Attendee("a", "Ann"))
        for tab, kind, thing in (
            ("b", "order", "o2"),
            ("c", "order", "o1"),
            ("d", "case", "k2"),
            ("e", "courier", "c1"),
        ):
            made.hub.attend(Screen(), live.Attendee(tab, "Bo", kind, thing))  # type: ignore[arg-type]
        told = [each for each in drain(screen) if isinstance(each, live.Attending)][-1]
        assert [(one.tab, one.id) for one in told.people] == [
            ("a", ""), ("b", ""), ("c", "o1"), ("d", ""), ("e", "c1"),
        ]  # fmt: skip

    virtually(test)
