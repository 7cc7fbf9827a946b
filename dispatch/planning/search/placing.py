"""The cheapest positions of a request on a route.

Two ways, by what is priced. Where nothing is priced by the clock, a pair of positions is judged in constant time from
the latest arrivals behind it (`slack_back`). Otherwise the visits behind are timed again until nothing changes any
more, which is exact for every price.
"""

from math import inf

from dispatch.planning.search.compiled import compiled, inlined
from dispatch.planning.search.layout import PICKUP
from dispatch.planning.search.timing import FAR, clock_cost, end_cost, end_of, step


@compiled
def place_on(i, s, r, k):
    """Find the cheapest positions of request r on route k, and remember them in `known` (cost inf: there are none).

    The pickup comes after position `first`, the drop-off after position `second` of the route without them.
    """
    known, options = s.known[r, k], i.settings[0].options
    known.version = s.lines[k].version
    known.cost = inf
    if i.tax[r, k] == inf or s.lines[k].length + 3 >= s.at.shape[1]:
        return
    base = r * (options + 1)
    if i.visits[base].place < 0:
        drop_only(i, s, r, k, base + options)
    elif i.routes[k].room > on_route(i, s, k):
        for a in range(options):
            if i.visits[base + a].place >= 0:
                if i.settings[0].timed:
                    pair_timed(i, s, r, k, a)
                else:
                    pair_plain(i, s, r, k, a)


@inlined
def on_route(i, s, k):
    """How many requests route k serves, those on board at its start included.

    Each that starts on board has one visit, each other two.
    """
    return (s.lines[k].length + i.routes[k].aboard + 1) // 2


@inlined
def remember(known, cost, first, second, a):
    """Keep a pair of positions when it is the cheapest so far."""
    if cost < known.cost:
        known.cost, known.first, known.second, known.option = cost, first, second, a


@inlined
def fits(at, visit, line):
    """Whether the load at a position leaves room for what a visit picks up."""
    return (
        at.load0 + visit.load0 <= line.capacity0
        and at.load1 + visit.load1 <= line.capacity1
        and at.load2 + visit.load2 <= line.capacity2
    )


@inlined
def pair_plain(i, s, r, k, a):
    """Without prices by the clock: windows bind, riding costs."""
    options = i.settings[0].options
    p, q = i.visits[r * (options + 1) + a], i.visits[r * (options + 1) + options]
    line, known, metric, n = i.routes[k], s.known[r, k], i.settings[0].metric, s.lines[k].length
    m, price, tax = line.matrix, line.ride_price, i.tax[r, k]
    direct = i.matrix[m, p.place, q.place]
    for first in range(n + 1):
        at, after = s.at[k, first], s.at[k, first + 1]
        to_p = i.matrix[m, at.spot, p.place]
        arrive = at.leave + to_p
        if arrive > p.closes:
            if metric:
                break
            continue
        if not fits(at, p, line):
            continue
        leave_p = max(arrive, p.opens) + p.service
        # the drop-off at once
        arrive = leave_p + direct
        if arrive <= q.closes:
            on = i.matrix[m, q.place, after.spot] if after.spot >= 0 else 0.0
            if max(arrive, q.opens) + q.service + on <= after.latest:
                remember(known, price * (to_p + direct + on - after.ride) + tax, first, first, a)
        elif metric:
            break
        if first == n:
            break
        # the drop-off later
        on = i.matrix[m, p.place, after.spot]
        detour = to_p + on - after.ride
        if metric and price * detour + tax >= known.cost:
            continue
        arrive = leave_p + on
        for second in range(first + 1, n + 1):
            at = s.at[k, second]
            if arrive > at.latest or not fits(at, p, line):
                break
            after = s.at[k, second + 1]
            leave = max(arrive, i.visits[at.visit].opens) + i.visits[at.visit].service
            to_q = i.matrix[m, at.spot, q.place]
            if leave + to_q > q.closes:
                if metric:
                    break
            else:
                on = i.matrix[m, q.place, after.spot] if after.spot >= 0 else 0.0
                cost = price * (detour + to_q + on - after.ride) + tax
                if cost < known.cost and max(leave + to_q, q.opens) + q.service + on <= after.latest:
                    remember(known, cost, first, second, a)
            arrive = leave + after.ride


@inlined
def over(at, line):
    """Whether the load at a position is more than the courier carries."""
    return at.load0 > line.capacity0 or at.load1 > line.capacity1 or at.load2 > line.capacity2


@inlined
def stop_at(at):
    """The stop at a position as `step` wants it."""
    return at.arrive, at.begin, at.longest, at.further, at.leave, at.rested


@inlined
def allowed(i, k, v, stop, ride, u, aboard):
    """Whether visit v after visit u is: reachable, in its window, in the shift, and not at a second depot."""
    visit = i.visits[v]
    if ride >= FAR or stop[1] > visit.closes:
        return False
    if visit.kind == PICKUP:
        if stop[1] > i.routes[k].pickup_by:
            return False
        if i.settings[0].one_depot and aboard > 0:
            return u >= 0 and i.visits[u].kind == PICKUP and i.visits[u].place == visit.place
    return True


@inlined
def new_stamp(s):
    """A stamp that no request bears yet."""
    s.counts[0].stamp += 1
    return s.counts[0].stamp


@compiled
def pair_timed(i, s, r, k, a):
    """With prices by the clock: everything behind the new visits is timed again, as far as it changes.

    Nothing is put between visits that are one stop.
    """
    options, waiting = i.settings[0].options, i.settings[0].waiting_price
    p, q = r * (options + 1) + a, r * (options + 1) + options
    known, n, price = s.known[r, k], s.lines[k].length, i.routes[k].ride_price
    for first in range(n + 1):
        at = s.at[k, first]
        if s.at[k, first + 1].joined or not fits(at, i.visits[p], i.routes[k]):
            continue
        ride, wait, stop = step(i, k, at.visit, at.spot, stop_at(at), p)
        if not allowed(i, k, p, stop, ride, at.visit, at.aboard):
            continue
        stamp = new_stamp(s)
        fetched = max(stop[0], i.visits[p].opens)
        cost = i.tax[r, k] + price * ride + waiting * wait
        u, spot, x = p, i.visits[p].place, first
        while True:
            ride, wait, at_q = step(i, k, u, spot, stop, q)
            if s.at[k, x + 1].joined == 0 and allowed(i, k, q, at_q, ride, u, 0):
                added = cost + price * ride + waiting * wait + clock_cost(i, r, q, at_q[1], fetched)
                added += behind(i, s, k, x, q, at_q, stamp)
                remember(known, added, first, x, a)
            if x == n:
                break
            x += 1
            v = s.at[k, x].visit
            if not fits(s.at[k, x], i.visits[p], i.routes[k]):
                break
            ride, wait, stop = step(i, k, u, spot, stop, v)
            if not allowed(i, k, v, stop, ride, u, s.at[k, x - 1].aboard + 1):
                break
            cost += again(i, s, k, x, v, ride, wait, stop, stamp)
            u, spot = v, i.visits[v].place


@inlined
def again(i, s, k, x, v, ride, wait, stop, stamp):
    """What the visit at position x costs more than now, timed like this."""
    r = v // (i.settings[0].options + 1)
    standing = s.standing[r]
    fetched = standing.fetched
    if i.settings[0].limits:
        if i.visits[v].kind == PICKUP:
            standing.mark = stamp
            standing.walk_fetched = max(stop[0], i.visits[v].opens)
        elif standing.mark == stamp:
            fetched = standing.walk_fetched
    new = i.settings[0].waiting_price * wait + clock_cost(i, r, v, stop[1], fetched)
    return i.routes[k].ride_price * (ride - s.at[k, x].ride) + new - s.at[k, x].cost


@inlined
def behind(i, s, k, x, u, stop, stamp):
    """What everything after position x costs more than now, when visit u at `stop` comes before it; inf: not allowed.

    Ends early where the times are as before.
    """
    n, spot, more = s.lines[k].length, i.visits[u].place, 0.0
    while x < n:
        x += 1
        at = s.at[k, x]
        v = at.visit
        ride, wait, stop = step(i, k, u, spot, stop, v)
        if not allowed(i, k, v, stop, ride, u, s.at[k, x - 1].aboard):
            return inf
        more += again(i, s, k, x, v, ride, wait, stop, stamp)
        u, spot = v, i.visits[v].place
        if stop[4] == at.leave and stop[1] == at.begin and stop[5] == at.rested:
            if stop[2] == at.longest and stop[3] == at.further and stop[0] == at.arrive:
                return more
    ride, end = end_of(i, k, spot, stop[4])
    if end > i.routes[k].ends_by or ride >= FAR:
        return inf
    at = s.at[k, n + 1]
    return more + i.routes[k].ride_price * (ride - at.ride) + end_cost(i, k, end, n + 1) - at.cost


@compiled
def drop_only(i, s, r, k, q):
    """Goods on board: the drop-off alone, before their weight is in the way."""
    n, known, line = s.lines[k].length, s.known[r, k], i.routes[k]
    for x in range(n + 1):
        at = s.at[k, x]
        if x > 0 and i.visits[at.visit].kind == PICKUP and (i.settings[0].one_depot or over(at, line)):
            break
        if s.at[k, x + 1].joined:
            continue
        ride, wait, stop = step(i, k, at.visit, at.spot, stop_at(at), q)
        if not allowed(i, k, q, stop, ride, at.visit, 0):
            continue
        cost = i.tax[r, k] + i.routes[k].ride_price * ride + i.settings[0].waiting_price * wait
        cost += clock_cost(i, r, q, stop[1], s.standing[r].fetched)
        remember(known, cost + behind(i, s, k, x, q, stop, new_stamp(s)), x, x, 0)


@compiled
def place_pairs(i, s, requests, routes, costs):
    """`place_on` for many pairs; fills costs."""
    for n in range(requests.size):
        place_on(i, s, requests[n], routes[n])
        costs[n] = s.known[requests[n], routes[n]].cost


@compiled
def approach(i, s, place, away):
    """Fill away[k]: the shortest ride from any position of route k to a place."""
    for k in range(s.lines.size):
        away[k] = inf
        for x in range(s.lines[k].length + 1):
            away[k] = min(away[k], i.matrix[i.routes[k].matrix, s.at[k, x].spot, place])
