"""What every route's visits would cost every other courier: the prices from which plans are assigned to couriers."""

from math import inf

from dispatch.planning.search.compiled import compiled
from dispatch.planning.search.layout import PICKUP
from dispatch.planning.search.placing import allowed
from dispatch.planning.search.timing import FAR, clock_cost, end_cost, end_of, step


@compiled
def swap_costs(i, s, costs):
    """Fill costs[j, k]: what the visits of route j cost on route k, with taxes; inf where they may not be."""
    for j in range(s.lines.size):
        for k in range(s.lines.size):
            costs[j, k] = cost_on(i, s, j, k)


@compiled
def cost_on(i, s, j, k):
    """What the visits of route j cost when route k makes them in their order."""
    options, n, line = i.settings[0].options, s.lines[j].length, i.routes[k]
    if j != k and (n + 4 > s.at.shape[1] or (n + line.aboard + 1) // 2 > line.room):
        return inf
    stop = (line.start_at, line.start_at, 0.0, 0.0, line.start_at, 0)
    spot, u, total, aboard = line.start, -1, 0.0, line.aboard
    load0, load1, load2 = line.load0, line.load1, line.load2
    for x in range(1, n + 1):
        v = s.at[j, x].visit
        visit, r = i.visits[v], v // (options + 1)
        ride, wait, stop = step(i, k, u, spot, stop, v)
        if i.tax[r, k] == inf or (j != k and not allowed(i, k, v, stop, ride, u, aboard)):
            return inf
        load0, load1, load2 = load0 + visit.load0, load1 + visit.load1, load2 + visit.load2
        fetched = s.standing[r].fetched
        if visit.kind == PICKUP:
            if j != k and (load0 > line.capacity0 or load1 > line.capacity1 or load2 > line.capacity2):
                return inf
            s.standing[r].walk_fetched = max(stop[0], visit.opens)
            total += i.tax[r, k]
            aboard += 1
        else:
            aboard -= 1
            if i.visits[r * (options + 1)].place >= 0:
                fetched = s.standing[r].walk_fetched
            else:
                total += i.tax[r, k]
        total += line.ride_price * ride + i.settings[0].waiting_price * wait + clock_cost(i, r, v, stop[1], fetched)
        spot, u = visit.place, v
    ride, end = end_of(i, k, spot, stop[4])
    if j != k and (end > line.ends_by or ride >= FAR):
        return inf
    return total + line.ride_price * ride + end_cost(i, k, end, n)
