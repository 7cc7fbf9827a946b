"""Taking requests out, and putting a route back as it was.

Strings of neighbouring visits on neighbouring routes go together (slack induction by string removals, Christiaens and
Vanden Berghe 2020): the slack that they leave is where the others of them can go.
"""

from dispatch.planning.search.chance import below, unit
from dispatch.planning.search.compiled import compiled, inlined
from dispatch.planning.search.layout import NOWHERE
from dispatch.planning.search.timing import refresh

LONGEST_STRING = 10
SPLIT_SHARE = 0.5
SPLIT_GROWS = 0.01
"""The chance that the part that a split string spares grows by one more (the paper's beta)."""


@inlined
def keep(s, k):
    """Remember route k as it is, before its first change in an iteration."""
    line, counts = s.lines[k], s.counts[0]
    if line.kept:
        return
    line.kept = 1
    s.touched[counts.touched] = k
    counts.touched += 1
    line.kept_length, line.kept_version, line.kept_cost = line.length, line.version, line.cost
    for x in range(1, line.length + 1):
        s.kept[k, x] = s.at[k, x].visit


@inlined
def new_version(s, k):
    """What is known about positions on route k no longer holds."""
    s.counts[0].version += 1
    s.lines[k].version = s.counts[0].version


@inlined
def take_out(s, r):
    """Request r leaves its route; the route's sequence is cleaned up later, by `close_gaps`."""
    standing, counts = s.standing[r], s.counts[0]
    s.out[counts.out] = r
    counts.out += 1
    standing.was_in, standing.route = standing.route, NOWHERE


@compiled
def close_gaps(i, s):
    """Routes without the visits of requests that have left them."""
    for t in range(s.counts[0].touched):
        k = s.touched[t]
        n = 0
        for x in range(1, s.lines[k].length + 1):
            if s.standing[s.at[k, x].visit // (i.settings[0].options + 1)].route == k:
                n += 1
                s.at[k, n].visit = s.at[k, x].visit
        if n < s.lines[k].length:
            s.lines[k].length = n
            new_version(s, k)
            refresh(i, s, k)


@compiled
def ruin(i, s):
    """Take strings out of routes around a random visit, and clean up."""
    options = i.settings[0].options
    visits, used = 0, 0
    for k in range(s.lines.size):
        visits += s.lines[k].length
        used += s.lines[k].length > 0
    if visits == 0:
        return
    longest = min(float(LONGEST_STRING), visits / used)
    strings = int(1.0 + unit(s.rng) * (4.0 * i.settings[0].removed / (1.0 + longest) - 1.0))
    seed = below(s.rng, s.standing.size) * (options + 1)
    if i.visits[seed].place < 0 or unit(s.rng) < 0.5:
        seed += options
    for c in range(i.near.shape[1]):
        v = i.near[seed, c]
        if v < 0 or strings <= 0:
            break
        k = s.standing[v // (options + 1)].route
        if k != NOWHERE and not s.lines[k].kept:
            keep(s, k)
            take_string(i, s, k, v, longest)
            strings -= 1
    close_gaps(i, s)


@compiled
def take_string(i, s, k, v, longest):
    """Take out a string of route k that holds visit v; half of them spare a part in the middle."""
    n, options = s.lines[k].length, i.settings[0].options
    at = 0
    for x in range(1, n + 1):
        if s.at[k, x].visit == v:
            at = x
            break
        if s.at[k, x].visit // (options + 1) == v // (options + 1):
            at = x  # its drop-off, when another of its depots is in use
    size = 1 + below(s.rng, int(min(float(n), longest)))
    spared = 0
    if size > 1 and size < n and unit(s.rng) < SPLIT_SHARE:
        spared = 1
        while size + spared < n and unit(s.rng) < SPLIT_GROWS:
            spared += 1
    whole = size + spared
    low, high = max(1, at - whole + 1), min(at, n - whole + 1)
    first = low + below(s.rng, high - low + 1)
    gap = first + 1 + below(s.rng, size - 1) if spared > 0 else 0
    for x in range(first, first + whole):
        if spared > 0 and gap <= x < gap + spared and x != at:
            continue
        r = s.at[k, x].visit // (options + 1)
        if s.standing[r].route == k and i.requests[r].removable:
            take_out(s, r)


@compiled
def put_back(i, s):
    """Undo an iteration."""
    counts = s.counts[0]
    for t in range(counts.touched):
        k = s.touched[t]
        line = s.lines[k]
        if line.version != line.kept_version:
            line.length, line.version = line.kept_length, line.kept_version
            for x in range(1, line.length + 1):
                s.at[k, x].visit = s.kept[k, x]
            refresh(i, s, k)
    for t in range(counts.out):
        s.standing[s.out[t]].route = s.standing[s.out[t]].was_in


@inlined
def settle(s):
    """Forget what was remembered for undoing."""
    counts = s.counts[0]
    for t in range(counts.touched):
        s.lines[s.touched[t]].kept = 0
    counts.touched, counts.out = 0, 0
