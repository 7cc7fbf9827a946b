"""When a route's visits happen and what they cost: one step from visit to visit, and whole routes.

The kernel's functions take the instance as `i`, the state as `s`, a route as `k`, a request as `r`, a position as `x`.
"""

from math import floor

from dispatch.planning.search.compiled import compiled, inlined
from dispatch.planning.search.layout import NEITHER, PICKUP

FAR = 1e8
"""A ride this long does not exist (`problem.UNREACHABLE_MS`)."""


@inlined
def ride_of(i, k, here, there, at):
    """The ride of route k between two places, setting off at a moment."""
    line = i.routes[k]
    leg = i.matrix[line.matrix, here, there]
    if leg < FAR and (line.pace != 1.0 or i.slices.shape[0] > 0):
        factor = 1.0
        for s in range(i.slices.shape[0]):
            if i.slices[s, 0] <= at:
                factor = i.slices[s, 1]
        leg = floor(leg * (line.pace * factor) + 0.5)
    return leg


@inlined
def ride_with_break(i, k, here, there, leave, rested):
    """(ride, when it sets off, whether the break is over): the break comes first when the ride would run into it."""
    line = i.routes[k]
    ride = ride_of(i, k, here, there, leave)
    if rested == 0 and leave + ride > line.break_from:
        leave = max(leave, line.break_from) + line.break_for
        ride = ride_of(i, k, here, there, leave)
        rested = 1
    return ride, leave, rested


@inlined
def joins(i, u, v):
    """Whether visit v right after visit u is part of the same stop; at a door, only when nobody is kept waiting."""
    one, other = i.visits[u], i.visits[v]
    if one.place != other.place or one.kind != other.kind or other.extra < 0.0:
        return False
    return other.kind == PICKUP or other.opens <= one.opens


@inlined
def step(i, k, u, spot, stop, v):
    """From visit u (-1: the start) at `spot` to visit v: (ride, wait, stop).

    `stop` is (arrive, begin, longest, further, leave, rested) of the stop that u, and then v, is part of.
    """
    arrive, begin, longest, further, leave, rested = stop
    visit = i.visits[v]
    if u >= 0 and spot == visit.place and joins(i, u, v):
        new_begin = max(begin, visit.opens)
        longest = max(longest, visit.service)
        further = further + visit.extra
        return 0.0, new_begin - begin, (arrive, new_begin, longest, further, new_begin + longest + further, rested)
    ride, leave, rested = ride_with_break(i, k, spot, visit.place, leave, rested)
    arrive = leave + ride
    begin = max(arrive, visit.opens)
    return ride, begin - arrive, (arrive, begin, visit.service, 0.0, begin + visit.service, rested)


@inlined
def clock_cost(i, r, v, begin, fetched):
    """What it costs that visit v, of request r, begins then."""
    visit = i.visits[v]
    if visit.kind == PICKUP:
        return 0.0
    cost = visit.slope * begin
    over = begin - visit.due
    if over > 0.0:
        cost += over * (visit.late + visit.late_square * over)
    if i.settings[0].limits and i.requests[r].limit > 0.0:
        cost += i.settings[0].limit_price * max(0.0, begin - fetched - i.requests[r].limit)
    return cost


@inlined
def end_of(i, k, spot, leave):
    """(ride, when the route ends): back to where it has to end."""
    if i.routes[k].finish < 0:
        return 0.0, leave
    ride = ride_of(i, k, spot, i.routes[k].finish, leave)
    return ride, leave + ride


@inlined
def end_cost(i, k, end, visits):
    """Overtime of a route that ends then; nobody works overtime for nothing."""
    line = i.routes[k]
    if visits > 0 or line.busy:
        return line.overtime_price * max(0.0, end - line.shift_end)
    return 0.0


@compiled
def refresh(i, s, k):
    """Work out every position of route k anew, from its sequence."""
    line, n, options = i.routes[k], s.lines[k].length, i.settings[0].options
    before = s.at[k, 0]
    before.visit, before.spot, before.rested, before.aboard = -1, line.start, 0, line.aboard
    before.leave = line.start_at
    before.arrive = line.start_at
    before.begin = line.start_at
    before.load0, before.load1, before.load2 = line.load0, line.load1, line.load2
    stop = (line.start_at, line.start_at, 0.0, 0.0, line.start_at, 0)
    spot, u, total = line.start, -1, 0.0
    for x in range(1, n + 1):
        at, before = s.at[k, x], s.at[k, x - 1]
        v = at.visit
        visit, r = i.visits[v], v // (options + 1)
        ride, wait, stop = step(i, k, u, spot, stop, v)
        spot, u = visit.place, v
        at.spot, at.ride, at.joined = spot, ride, int(x > 1 and joins(i, before.visit, v))
        at.arrive, at.begin, at.longest, at.further, at.leave, at.rested = stop
        if visit.kind == PICKUP:
            s.standing[r].fetched = max(stop[0], visit.opens)
            at.aboard = before.aboard + 1
        else:
            at.aboard = before.aboard - 1
        at.cost = i.settings[0].waiting_price * wait + clock_cost(i, r, v, stop[1], s.standing[r].fetched)
        total += line.ride_price * ride + at.cost
        at.load0 = before.load0 + visit.load0
        at.load1 = before.load1 + visit.load1
        at.load2 = before.load2 + visit.load2
    ride, end = end_of(i, k, spot, stop[4])
    at = s.at[k, n + 1]
    at.visit, at.spot, at.ride, at.begin, at.cost = -1, line.finish, ride, end, end_cost(i, k, end, n)
    at.joined = 0
    s.lines[k].cost = total + line.ride_price * ride + at.cost
    if not i.settings[0].timed:
        slack_back(i, s, k)


@inlined
def slack_back(i, s, k):
    """The latest arrival at each position that breaks no later window, from the end to the start."""
    n = s.lines[k].length
    latest, ride = i.routes[k].ends_by, s.at[k, n + 1].ride
    s.at[k, n + 1].latest = latest
    for x in range(n, 0, -1):
        at = s.at[k, x]
        visit = i.visits[at.visit]
        latest = min(visit.closes, latest - ride - visit.service)
        at.latest, ride = latest, at.ride


__all__ = ["FAR", "NEITHER", "clock_cost", "end_cost", "end_of", "refresh", "step"]
