"""The search itself: ruin, recreate, and accept by simulated annealing; with fleet reduction where routes cost."""

from math import inf, log

from dispatch.planning.search.chance import below, unit
from dispatch.planning.search.compiled import compiled, inlined
from dispatch.planning.search.layout import NOWHERE
from dispatch.planning.search.placing import place_on
from dispatch.planning.search.ruin import close_gaps, keep, new_version, put_back, ruin, settle, take_out
from dispatch.planning.search.timing import refresh

BLINK = 0.01
"""The share of routes that are overlooked for a request (the paper's blink rate, here once for each route)."""
NOISE = 1e-7
"""Differences in cost below this are rounding."""


@compiled
def put_on(i, s, r, k):
    """Put request r on route k at its best known positions."""
    keep(s, k)
    options, known, line = i.settings[0].options, s.known[r, k], s.lines[k]
    base = r * (options + 1)
    new = 1 if i.visits[base].place < 0 else 2
    for x in range(line.length, known.second, -1):
        s.at[k, x + new].visit = s.at[k, x].visit
    s.at[k, known.second + new].visit = base + options
    if new == 2:
        for x in range(known.second, known.first, -1):
            s.at[k, x + 1].visit = s.at[k, x].visit
        s.at[k, known.first + 1].visit = base + known.option
    line.length += new
    s.standing[r].route = k
    new_version(s, k)
    refresh(i, s, k)


@compiled
def cheapest_route(i, s, r, blink):
    """The route where request r costs least, NOWHERE if there is none; some are overlooked."""
    best, where, empty_twin = inf, NOWHERE, -1
    for k in range(s.lines.size):
        line, known = s.lines[k], s.known[r, k]
        if line.shut:
            continue
        if line.length == 0:
            if i.routes[k].twin == empty_twin:
                continue
            empty_twin = i.routes[k].twin
        if known.version != line.version:
            place_on(i, s, r, k)
        if known.cost < best and (blink == 0.0 or unit(s.rng) >= blink):
            best, where = known.cost, k
    return where


@inlined
def sort_key(i, r, rule, chance):
    """Where request r comes when the requests that are out are put back."""
    options = i.settings[0].options
    q = i.visits[r * (options + 1) + options]
    p = i.visits[r * (options + 1)]
    if p.place < 0:
        p = q
    due = min(q.closes, q.due)
    if rule < 4:
        return chance
    if rule < 6:
        return -float(abs(q.load0))
    if rule < 9:
        start = i.routes[0].start
        away = i.matrix[0, start, p.place] + i.matrix[0, start, q.place]
        return away if rule == 8 else -away
    if rule == 9:
        return p.opens
    return due if rule == 10 else due - p.opens


@inlined
def sort_out(i, s):
    """Put the requests that are out into the sequence in which they are put back: by a rule drawn at random."""
    rule = below(s.rng, 13)
    for t in range(s.counts[0].out):
        r = s.out[t]
        key = sort_key(i, r, rule, unit(s.rng))
        s.standing[r].key = key
        x = t - 1
        while x >= 0 and s.standing[s.out[x]].key > key:
            s.out[x + 1] = s.out[x]
            x -= 1
        s.out[x + 1] = r


@compiled
def recreate(i, s, blink):
    """Put the requests that are out where they cost least, one after the other; who has no place stays out."""
    sort_out(i, s)
    for t in range(s.counts[0].out):
        r = s.out[t]
        k = cheapest_route(i, s, r, blink)
        if k != NOWHERE:
            put_on(i, s, r, k)


@inlined
def difference(i, s):
    """What this iteration has changed in cost."""
    more, counts = 0.0, s.counts[0]
    for t in range(counts.touched):
        more += s.lines[s.touched[t]].cost - s.lines[s.touched[t]].kept_cost
    for t in range(counts.out):
        r = s.out[t]
        standing, unserved = s.standing[r], i.requests[r].unserved
        more += unserved if standing.route == NOWHERE else i.tax[r, standing.route]
        more -= unserved if standing.was_in == NOWHERE else i.tax[r, standing.was_in]
    return more


@inlined
def accept(s, more):
    """The iteration counts."""
    counts = s.counts[0]
    counts.current += more
    for t in range(counts.touched):
        s.lines[s.touched[t]].changed = 1
    for t in range(counts.out):
        standing = s.standing[s.out[t]]
        counts.banked += int(standing.route == NOWHERE) - int(standing.was_in == NOWHERE)


@compiled
def keep_best(s):
    """The current routes are the best so far."""
    s.counts[0].best = s.counts[0].current
    s.counts[0].improved += 1
    for k in range(s.lines.size):
        line = s.lines[k]
        if line.changed:
            line.changed, line.best_length = 0, line.length
            for x in range(1, line.length + 1):
                s.best[k, x] = s.at[k, x].visit


@compiled
def lay_out(i, s):
    """Work out the routes that `at` and `lines` hold; whoever is on none of them is out. Returns what they cost."""
    counts, total = s.counts[0], 0.0
    s.standing.route[:] = NOWHERE
    for k in range(s.lines.size):
        new_version(s, k)
        refresh(i, s, k)
        s.lines[k].changed = 1
        for x in range(1, s.lines[k].length + 1):
            s.standing[s.at[k, x].visit // (i.settings[0].options + 1)].route = k
        total += s.lines[k].cost
    counts.banked = 0
    for r in range(s.standing.size):
        if s.standing[r].route == NOWHERE:
            take_out(s, r)
            counts.banked += 1
            total += i.requests[r].unserved
        else:
            total += i.tax[r, s.standing[r].route]
    return total


@compiled
def start(i, s):
    """Work out the routes that `at` and `lines` hold, put in who is out, and keep that as the best."""
    s.counts[0].current = lay_out(i, s)
    recreate(i, s, 0.0)
    accept(s, difference(i, s))
    settle(s)
    keep_best(s)


@compiled
def back_to_best(i, s):
    """The best routes so far are the current ones, and who is out of them is put in where that can be."""
    for k in range(s.lines.size):
        s.lines[k].length = s.lines[k].best_length
        for x in range(1, s.lines[k].length + 1):
            s.at[k, x].visit = s.best[k, x]
    start(i, s)


@inlined
def bring_banked(s):
    """Whoever has no route is tried again with everybody who is out."""
    if s.counts[0].banked > 0:
        taken = s.counts[0].out
        for r in range(s.standing.size):
            if s.standing[r].route == NOWHERE:
                known = False
                for t in range(taken):
                    known = known or s.out[t] == r
                if not known:
                    take_out(s, r)


@compiled
def iterate(i, s, iterations, hot, cold):
    """So many iterations, the temperature (in costs) falling from `hot` to `cold` as in a geometric series."""
    heat, counts = hot, s.counts[0]
    cooling = (cold / hot) ** (1.0 / iterations)
    for _ in range(iterations):
        ruin(i, s)
        bring_banked(s)
        recreate(i, s, BLINK)
        more = difference(i, s)
        if more < -heat * log(unit(s.rng) + 1e-300):
            accept(s, more)
            if counts.current < counts.best - NOISE:
                keep_best(s)
        else:
            put_back(i, s)
        settle(s)
        counts.iterations += 1
        heat *= cooling


@inlined
def absence(s):
    """How often those who are left out were left out already: now, less what it was before this iteration."""
    total = 0.0
    for t in range(s.counts[0].out):
        standing = s.standing[s.out[t]]
        total += standing.absent * (int(standing.route == NOWHERE) - int(standing.was_in == NOWHERE))
    return total


@compiled
def close_a_route(i, s):
    """Shut the empty routes and the one whose requests were left out least; its requests are out. False: none left."""
    options, where, least = i.settings[0].options, -1, inf
    for k in range(s.lines.size):
        line, total = s.lines[k], 0.0
        if line.length == 0:
            line.shut = 1
            continue
        for x in range(1, line.length + 1):
            total += s.standing[s.at[k, x].visit // (options + 1)].absent
        if total < least:
            where, least = k, total
    if where < 0:
        return False
    s.lines[where].shut = 1
    keep(s, where)
    for x in range(1, s.lines[where].length + 1):
        r = s.at[where, x].visit // (options + 1)
        if s.standing[r].route == where:
            take_out(s, r)
    close_gaps(i, s)
    accept(s, difference(i, s))
    settle(s)
    return True


@compiled
def reduce_fleet(i, s, iterations, hot, cold):
    """Iterations that try to do with fewer routes; each time everybody is served, that is the best, and a route goes.

    Who is left out counts by how often that has happened (the paper's absence counters).
    """
    heat, counts = hot, s.counts[0]
    cooling = (cold / hot) ** (1.0 / iterations)
    for _ in range(iterations):
        if counts.banked == 0:
            keep_best(s)
            if not close_a_route(i, s):
                return
        ruin(i, s)
        bring_banked(s)
        recreate(i, s, BLINK)
        more, absent = difference(i, s), absence(s)
        if absent < 0.0 or (absent == 0.0 and more < -heat * log(unit(s.rng) + 1e-300)):
            accept(s, more)
        else:
            put_back(i, s)
        for t in range(counts.out):
            if s.standing[s.out[t]].route == NOWHERE:
                s.standing[s.out[t]].absent += 1.0
        settle(s)
        counts.iterations += 1
        heat *= cooling
