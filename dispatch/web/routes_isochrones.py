"""What can be reached from a place within a time, over HTTP."""

from dispatch.domain.errors import InvalidInput, NotFound
from dispatch.domain.geo import Point
from dispatch.domain.vehicle import Profile
from dispatch.roads.isochrones import Isochrone
from dispatch.web.bodies_isochrones import IsochroneFeature, IsochroneProperties, Isochrones, MultiPolygon
from dispatch.web.call import Answer, Call
from dispatch.web.problems import Problem


async def read_isochrones(call: Call) -> Answer:
    """`GET /v1/isochrones`."""
    call.zone(call.query("zone", "default"))
    profile, place, limits_s = _profile(call), Point(_degrees(call, "lat"), _degrees(call, "lon")), _limits_s(call)
    desk = call.services.isochrones
    if desk is None:
        raise NotFound("no_streets", "This server has no streets of its own to ride on.")
    found = await desk.isochrones(profile, place, limits_s)
    return Answer(Isochrones(features=[_feature(each) for each in found]))


def _feature(isochrone: Isochrone) -> IsochroneFeature:
    return IsochroneFeature(
        geometry=MultiPolygon(coordinates=isochrone.polygons),
        properties=IsochroneProperties(limit_s=isochrone.limit_s, area_m2=round(isochrone.area_m2)),
    )


def _profile(call: Call) -> Profile:
    try:
        return Profile(call.query("profile", Profile.EBIKE))
    except ValueError:
        raise InvalidInput("bad_profile", f"The parameter profile is one of {', '.join(Profile)}.") from None


def _degrees(call: Call, name: str) -> float:
    try:
        return float(call.query(name))
    except ValueError:
        raise Problem(422, "bad_parameter", f"The parameter {name} is a number of degrees.") from None


def _limits_s(call: Call) -> list[int]:
    given = call.query("limits_s").split(",")
    if not all(limit.isascii() and limit.isdecimal() and len(limit) < 6 for limit in given):
        raise InvalidInput("bad_limits", "The parameter limits_s has whole seconds with commas between: 300,600,900.")
    return [int(limit) for limit in given]
