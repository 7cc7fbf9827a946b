"""Couriers, depots and zones over HTTP."""

import uuid
from collections.abc import Callable
from dataclasses import replace

from dispatch.application.access import Action, Reach, Resource, allow, reach
from dispatch.application.hub import ZoneHub
from dispatch.application.ports import Position
from dispatch.domain.commands import Command, RegisterCourier, RegisterDepot
from dispatch.domain.courier import Account, Break, Courier, Fleet
from dispatch.domain.depot import Depot
from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.phone import normalised_phone
from dispatch.domain.vehicle import DEFAULT_CAPACITY, Load, Profile
from dispatch.web.bodies import (
    ID_PATTERN,
    BreakShown,
    CourierBody,
    Couriers,
    CourierShown,
    Depots,
    DepotShown,
    PlaceShown,
    Zones,
    ZoneShown,
)
from dispatch.web.call import Answer, Call
from dispatch.web.problems import refusal
from dispatch.web.requests import ask, pending, seen, subject_mark


async def put_courier(call: Call) -> Answer:
    """`PUT /v1/couriers/{id}`: register or change; the duty stays as it is, the account unless it is named."""
    courier_id, body, hub = own_id(call), call.body, call.zone(call.body.zone)
    profile = Profile(body.profile)
    capacity = body.capacity
    load = Load(capacity.weight_g, capacity.volume_ml, capacity.items) if capacity else DEFAULT_CAPACITY[profile]
    known = hub.replica.state.couriers.get(courier_id)
    account = known.account if known else Account.ACTIVE
    if body.account is not None:
        allow(call.subject, Action.SUSPEND_COURIER, Resource(hub.zone_id))
        account = Account(body.account)
    before = known or Courier(courier_id, body.name, profile, load)
    new = Courier(courier_id, body.name, profile, load, account, phone=_phone(known, body.phone))
    command = RegisterCourier(_with_traits(new, before, body))
    return await register(call, hub, command, lambda: _known_courier(hub, courier_id, command.courier))


def _with_traits(courier: Courier, before: Courier, body: CourierBody) -> Courier:
    """The courier with what the body says of skills, shift and the like, and as before in what it leaves out."""
    breaks = None if body.breaks is None else tuple(Break(rest.from_ms, rest.until_ms) for rest in body.breaks)
    return replace(
        courier,
        skills=_or(body.skills, before.skills),
        shift_end_at_ms=before.shift_end_at_ms if body.shift_end_at_ms is None else body.shift_end_at_ms,
        breaks=before.breaks if breaks is None else breaks,
        speed_factor=before.speed_factor if body.speed_factor is None else body.speed_factor,
        max_orders=before.max_orders if body.max_orders is None else body.max_orders,
        home_areas=_or(body.home_areas, before.home_areas),
        fleet=before.fleet if body.fleet is None else Fleet(body.fleet),
    )


def _or(given: list[str] | None, before: tuple[str, ...]) -> tuple[str, ...]:
    return before if given is None else tuple(sorted(set(given)))


def _phone(known: Courier | None, given: str | None) -> str:
    """The number to keep: the given one, none, or what is known. Raises `InvalidInput`."""
    if given is None:
        return known.phone if known else ""
    return normalised_phone(given) if given.strip() else ""


async def put_depot(call: Call) -> Answer:
    """`PUT /v1/depots/{id}`: register or change."""
    depot_id, body, hub = own_id(call), call.body, call.zone(call.body.zone)
    depot = Depot(depot_id, body.name, Point(body.lat, body.lon), body.address)
    before = hub.replica.state.depots.get(depot_id, depot)
    depot = replace(depot, packing_s=before.packing_s if body.packing_s is None else body.packing_s)
    if not call.services.city.box.contains(depot.place):
        raise InvalidInput("coordinates_outside_city", "The depot lies outside the city that this server serves.")
    return await register(call, hub, RegisterDepot(depot), lambda: _known_depot(hub, depot))


def own_id(call: Call) -> str:
    """The id in the path, which becomes part of other ids. Raises `InvalidInput`."""
    if not ID_PATTERN.fullmatch(call.path("id")):
        raise InvalidInput("bad_id", "An id has 1-40 letters, digits and . _ -, and begins with a letter or digit.")
    return call.path("id")


async def register(call: Call, hub: ZoneHub, command: Command, shown: Callable[[], Answer | None]) -> Answer:
    """Register, and wait until this process's replica knows it, so that a session may begin at once."""
    asked = f"{subject_mark(call.subject)}-{uuid.uuid4().hex}"
    reply = await ask(call, hub.zone_id, asked, command)
    if reply is None:
        return pending(call.path("id"), hub.zone_id, asked)
    if not reply.ok:
        raise refusal(reply)
    answer = await seen(call, shown)
    return answer or pending(call.path("id"), hub.zone_id, asked)


def _known_courier(hub: ZoneHub, courier_id: str, wanted: Courier) -> Answer | None:
    known = hub.replica.state.couriers.get(courier_id)
    same = known and known == wanted.at_work_as(known)
    return Answer(_courier(hub, known)) if known and same else None


def _known_depot(hub: ZoneHub, wanted: Depot) -> Answer | None:
    return Answer(_depot(hub, wanted)) if hub.replica.state.depots.get(wanted.id) == wanted else None


async def list_couriers(call: Call) -> Answer:
    """`GET /v1/couriers`."""
    hub = call.zone(call.query("zone", "default"))
    return Answer(Couriers(couriers=[_courier(hub, courier) for courier in hub.replica.state.couriers.values()]))


async def read_courier(call: Call) -> Answer:
    """`GET /v1/couriers/{id}`; a courier reads themselves only."""
    courier_id = call.path("id")
    unknown = NotFound("unknown_courier", f"There is no courier {courier_id}.")
    if reach(call.subject, Action.READ_COURIER) is Reach.OWN and courier_id != call.subject.id:
        raise unknown
    for hub in call.services.hubs.values():
        if courier := hub.replica.state.couriers.get(courier_id):
            call.zone(hub.zone_id, owner_id=courier_id)
            return Answer(_courier(hub, courier))
    raise unknown


def _courier(hub: ZoneHub, courier: Courier) -> CourierShown:
    position = hub.sight.positions.get(courier.id)
    return CourierShown(
        id=courier.id,
        name=courier.name,
        profile=courier.profile.value,
        duty=courier.duty.value,
        account=courier.account.value,
        link=hub.sight.links.get(courier.id, "offline"),
        zone=hub.zone_id,
        weight_g=courier.capacity.weight_g,
        volume_ml=courier.capacity.volume_ml,
        items=courier.capacity.items,
        position=_place(position) if position else None,
        clock_offset_ms=hub.clock_offset_ms(courier.id),
        skills=list(courier.skills),
        shift_end_at_ms=courier.shift_end_at_ms,
        breaks=[BreakShown(from_ms=rest.from_ms, until_ms=rest.until_ms) for rest in courier.breaks],
        speed_factor=courier.speed_factor,
        max_orders=courier.max_orders,
        home_areas=list(courier.home_areas),
        fleet=courier.fleet.value,
    )


def _place(position: Position) -> PlaceShown:
    return PlaceShown(
        lat=position.place.lat,
        lon=position.place.lon,
        at_ms=position.at_ms,
        received_at_ms=position.received_at_ms,
    )


async def list_depots(call: Call) -> Answer:
    """`GET /v1/depots`."""
    hub = call.zone(call.query("zone", "default"))
    seen = (depot for depot in hub.replica.state.depots.values() if call.subject.sees_depot(depot.id))
    return Answer(Depots(depots=[_depot(hub, depot) for depot in seen]))


def _depot(hub: ZoneHub, depot: Depot) -> DepotShown:
    return DepotShown(
        id=depot.id,
        name=depot.name,
        lat=depot.place.lat,
        lon=depot.place.lon,
        address=depot.address,
        zone=hub.zone_id,
        packing_s=depot.packing_s,
    )


async def list_zones(call: Call) -> Answer:
    """`GET /v1/zones`: those that the caller's token is for."""
    mine = call.subject.zones
    hubs = [hub for hub in call.services.hubs.values() if not mine or hub.zone_id in mine]
    return Answer(
        Zones(
            zones=[
                ZoneShown(
                    id=hub.zone_id,
                    plan_version=hub.replica.state.plan_version,
                    epoch=hub.here.epoch,
                    head=hub.here.seq,
                )
                for hub in hubs
            ]
        )
    )
