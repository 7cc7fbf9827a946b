"""Where couriers who have nothing to do had better wait: near the places that will want them next.

For each busy place, the next order there is late by how long the courier takes who comes first, beyond the time that
its goods take to be ready. Who that courier will be is not known; the nearest three count with shares .5, .3 and .2. An
idle courier goes where the expected lateness of the next orders falls most, then the next one looks again.

Once there, a courier is near; on the way they are as far as before. So a move counts for the orders that come after the
ride, and a long ride pays only when it pays for long.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NEAREST_SHARES = (0.5, 0.3, 0.2)
"""How probably the nearest, the second and the third courier is the one who takes the next order."""
NOBODY_S = 3_600.0
"""What a place without a third courier within reach counts: an hour."""


@dataclass(frozen=True, eq=False, slots=True)
class Waiting:
    """n couriers and q busy places.

    `reach_s` [n, q]: in how many seconds each courier can be at each place, as plans are now. `between_s` [q, q]: rides
    from place to place. `per_s` [q]: orders a second. `prep_s` [q]: how long goods take to be ready. `idle` [n]: who
    may be sent to wait somewhere; `at` [n]: the place where a courier is already, -1 for none.
    """

    reach_s: Floats
    between_s: Floats
    per_s: Floats
    prep_s: Floats
    idle: npt.NDArray[np.bool_]
    at: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Move:
    """A courier and the place to wait at, by their numbers; `gain_s` is the lateness that is expected to be saved."""

    courier: int
    place: int
    gain_s: float


def best_moves(
    waiting: Waiting, *, within_s: float, ride_price: float, least_gain_s: float, most: int = 10
) -> list[Move]:
    """Who should wait where, the most useful first; each idle courier at most once, and at most so many.

    The gain counts the orders that come within `within_s` from now, once the courier is there, less `ride_price` for
    each second of the way; it has to be at least `least_gain_s`.
    """
    reach_s, free = waiting.reach_s.copy(), waiting.idle.copy()
    moves: list[Move] = []
    while len(moves) < most and free.any() and len(waiting.per_s):
        ways = [_best_of(waiting, reach_s, k, within_s, ride_price) for k in np.flatnonzero(free).tolist()]
        best = max(ways, key=lambda move: (move.gain_s, -move.courier))
        if best.gain_s < least_gain_s:
            break
        moves.append(best)
        free[best.courier] = False
        reach_s[best.courier] = waiting.between_s[best.place]
    return moves


def expected_lateness_s(reach_s: Floats, prep_s: Floats) -> Floats:
    """[...] by how much the next order of each place is expected to be late; `reach_s` is [couriers, ...]."""
    late = np.clip(reach_s - prep_s, 0.0, NOBODY_S)
    spare = np.full((len(NEAREST_SHARES), *late.shape[1:]), NOBODY_S)
    nearest = np.sort(np.concatenate((late, spare)), axis=0)[: len(NEAREST_SHARES)]
    expected: Floats = np.tensordot(NEAREST_SHARES, nearest, axes=1)
    return expected


def _best_of(waiting: Waiting, reach_s: Floats, courier: int, within_s: float, ride_price: float) -> Move:
    """The most useful place for one courier, the one where they are left out."""
    others = np.delete(reach_s, courier, axis=0)
    nearest = np.sort(others, axis=0)[: len(NEAREST_SHARES)]  # nobody farther away can count, whoever moves
    there = waiting.between_s
    everybody = np.concatenate((np.broadcast_to(nearest[:, None], (len(nearest), *there.shape)), there[None]))
    saved = expected_lateness_s(reach_s, waiting.prep_s) - expected_lateness_s(everybody, waiting.prep_s)
    stay_s = np.maximum(within_s - reach_s[courier], 0.0)
    gains = saved @ waiting.per_s * stay_s - ride_price * reach_s[courier]
    if waiting.at[courier] >= 0:
        gains[waiting.at[courier]] = -np.inf
    place = int(np.argmax(gains))
    return Move(courier, place, float(gains[place]))


def busiest(per_s: Sequence[tuple[str, float]], most: int) -> list[str]:
    """The ids of the places with the most orders, at most so many; none without orders."""
    ranked = sorted((place for place in per_s if place[1] > 0), key=lambda place: (-place[1], place[0]))
    return [place_id for place_id, _ in ranked[:most]]
