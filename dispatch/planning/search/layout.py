"""The arrays of the search: what is given (`Instance`), and how the routes stand (`State`).

Few arrays of records, because every array that a compiled function takes costs a call some nanoseconds, and because
what is read together then lies together. Times are float64 in one unit (ms for real problems), costs float64 in
another; prices turn the one into the other.

Each request has `options` pickup visits to choose from (its depots) and one drop-off: visit `r * (options + 1) + a` is
the pickup at option a, visit `r * (options + 1) + options` the drop-off. Position 0 of a route is its start, positions
1..length are visits, position length + 1 is its end.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Records = npt.NDArray[Any]

PICKUP, DROPOFF, NEITHER = 0, 1, 2
NOWHERE = -1

SETTINGS = np.dtype(
    [
        ("options", "i8"),
        ("waiting_price", "f8"),
        ("limit_price", "f8"),
        ("timed", "i8"),  # whether anything is priced by the clock; if not, positions are judged in constant time
        ("metric", "i8"),  # whether the triangle inequality holds, which lets loops end early
        ("one_depot", "i8"),
        ("limits", "i8"),  # whether any request has a longest time on board
        ("removed", "f8"),  # visits that an iteration takes out, on average
    ]
)
VISIT = np.dtype(
    [
        ("place", "i8"),  # NOWHERE: the visit does not exist
        ("kind", "i8"),
        ("opens", "f8"),  # earliest begin
        ("closes", "f8"),  # latest begin
        ("service", "f8"),
        ("extra", "f8"),  # when merged with the visit before: beyond the longest service; < 0: never merged
        ("load0", "i8"),
        ("load1", "i8"),
        ("load2", "i8"),
        ("slope", "f8"),  # price of each unit of begin
        ("due", "f8"),
        ("late", "f8"),  # price of each unit after due
        ("late_square", "f8"),
    ]
)
REQUEST = np.dtype(
    [
        ("limit", "f8"),  # longest time on board; 0: any
        ("fetched", "f8"),  # when goods on board were fetched
        ("unserved", "f8"),
        ("removable", "i8"),
    ]
)
ROUTE = np.dtype(
    [
        ("start", "i8"),
        ("start_at", "f8"),
        ("load0", "i8"),
        ("load1", "i8"),
        ("load2", "i8"),
        ("aboard", "i8"),  # requests on board at the start
        ("capacity0", "i8"),
        ("capacity1", "i8"),
        ("capacity2", "i8"),
        ("finish", "i8"),  # NOWHERE: anywhere
        ("matrix", "i8"),
        ("pace", "f8"),
        ("ride_price", "f8"),
        ("pickup_by", "f8"),  # latest begin of a pickup
        ("ends_by", "f8"),  # latest end
        ("shift_end", "f8"),  # overtime begins
        ("overtime_price", "f8"),
        ("busy", "i8"),  # whether there are stops in front that do not change
        ("break_from", "f8"),  # inf: none
        ("break_for", "f8"),
        ("room", "i8"),  # how many requests may be on it, those on board included
        ("twin", "i8"),  # routes with one number are alike as long as they are empty
    ]
)
POSITION = np.dtype(
    [
        ("visit", "i8"),
        ("spot", "i8"),
        ("leave", "f8"),
        ("ride", "f8"),  # into the position
        ("latest", "f8"),  # latest arrival that keeps every later window
        ("load0", "i8"),  # after the visit
        ("load1", "i8"),
        ("load2", "i8"),
        ("begin", "f8"),
        ("arrive", "f8"),  # of the stop that the visit is part of, as the next two
        ("longest", "f8"),
        ("further", "f8"),
        ("cost", "f8"),  # of the visit: waiting and time, without riding
        ("aboard", "i8"),  # requests on board after the visit
        ("rested", "i8"),
        ("joined", "i8"),  # whether the visit is part of the stop before it
    ]
)
LINE = np.dtype(
    [
        ("length", "i8"),
        ("version", "i8"),
        ("cost", "f8"),  # with riding, without taxes
        ("kept", "i8"),
        ("kept_length", "i8"),
        ("kept_version", "i8"),
        ("kept_cost", "f8"),
        ("changed", "i8"),  # since the best was kept
        ("best_length", "i8"),
        ("shut", "i8"),  # may not be used
    ]
)
STANDING = np.dtype(
    [
        ("route", "i8"),  # NOWHERE: not served
        ("was_in", "i8"),  # the route before this iteration
        ("fetched", "f8"),
        ("mark", "i8"),
        ("walk_fetched", "f8"),
        ("absent", "f8"),  # how often it was left out
        ("key", "f8"),  # for sorting
    ]
)
KNOWN = np.dtype(
    [("version", "i8"), ("cost", "f8"), ("first", "i4"), ("second", "i4"), ("option", "i4"), ("pad", "i4")]
)
COUNTS = np.dtype(
    [
        ("touched", "i8"),
        ("out", "i8"),
        ("banked", "i8"),  # requests without a route
        ("version", "i8"),
        ("stamp", "i8"),
        ("iterations", "i8"),
        ("improved", "i8"),
        ("current", "f8"),
        ("best", "f8"),
    ]
)


class Instance(NamedTuple):
    """The problem: V visits, N requests, R routes, P places, M matrices. Nothing here changes."""

    settings: Records  # [1] of SETTINGS
    matrix: Floats  # [M, P, P] rides
    slices: Floats  # [S, 2] from when on a factor on rides holds, and the factor
    visits: Records  # [V] of VISIT
    requests: Records  # [N] of REQUEST
    routes: Records  # [R] of ROUTE
    tax: Floats  # [N, R] price of a request on a route; inf: never
    near: Places  # [V, K] visits around each visit, the nearest first; NOWHERE: no more


class State(NamedTuple):
    """The routes, with L positions each, and what is known about them."""

    at: Records  # [R, L] of POSITION
    lines: Records  # [R] of LINE
    standing: Records  # [N] of STANDING
    known: Records  # [N, R] of KNOWN: the cheapest positions, as far as `version` is the route's
    kept: Places  # [R, L] visits before this iteration
    best: Places  # [R, L] visits of the best routes
    touched: Ints  # [R] routes that this iteration has changed
    out: Ints  # [N] requests that this iteration has taken out
    counts: Records  # [1] of COUNTS
    rng: Words  # [1]


def empty_state(instance: Instance, seed: int, planned: int = 0) -> State:
    """No request served, and room for routes of `planned` visits if there are such already."""
    requests, routes = instance.tax.shape
    longest = max(2 * min(requests, int(instance.routes["room"].max(initial=0))), planned) + 4
    state = State(
        at=np.zeros((routes, longest), dtype=POSITION),
        lines=np.zeros(routes, dtype=LINE),
        standing=np.zeros(requests, dtype=STANDING),
        known=np.zeros((requests, routes), dtype=KNOWN),
        kept=np.zeros((routes, longest), dtype=np.int32),
        best=np.zeros((routes, longest), dtype=np.int32),
        touched=np.zeros(routes, dtype=np.int64),
        out=np.zeros(requests, dtype=np.int64),
        counts=np.zeros(1, dtype=COUNTS),
        rng=np.array([(seed * 0x9E3779B97F4A7C15 + 0x2545F4914F6CDD1D) % 2**64 | 1], dtype=np.uint64),
    )
    state.standing["route"] = NOWHERE
    state.standing["fetched"] = instance.requests["fetched"]
    state.known["version"] = -1
    return state


def copied(state: State) -> State:
    """The same routes, to be changed apart from these."""
    return State(**{name: array.copy() for name, array in state._asdict().items()})
