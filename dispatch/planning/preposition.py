"""Where couriers without work should wait: near the depots that will probably need them next.

The next order of a depot goes to one of the couriers who can be there soonest; who of them, nobody knows yet, so the
nearest three count with the probabilities `NEAREST`. Its goods are ready some time after it was placed. As long as a
courier arrives before that, nothing is late; what is expected beyond it, summed up over the depots by how often orders
come to them, is what a move should lower by more than it costs. A move helps the orders that come after it has ended:
whoever sets off now for an order that is not there yet arrives no sooner than whoever sets off when it comes. Moves are
chosen one after the other, the best first.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NEAREST = (0.5, 0.3, 0.2)
"""The probabilities that the next order goes to the nearest, second, and third courier."""
FAR_S = 3_600.0
"""A depot that nobody can reach is as late as this."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of the next orders.

    A depot's goods are ready `lead_s` (one figure, or one for each depot) after the order in the mean, at any time
    between at once and twice that. Moves
    are judged by the orders of the next `horizon_s`; a second of riding empty costs `ride_price` seconds of lateness.
    No more than `most_moves` are made at once, and none that gains no more than `least_gain_s`.
    """

    lead_s: float | Floats = 900.0
    horizon_s: float = 1_800.0
    ride_price: float = 0.03
    most_moves: int = 5
    least_gain_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """Courier `courier` (a row of `arrive_s`) should go to depot `depot` (a column of it)."""

    courier: int
    depot: int


def lateness_s(arrive_s: Floats, lead_s: float | Floats) -> Floats:
    """The expected lateness of a pickup by couriers who arrive so long after the order was placed, in seconds."""
    lead_s = np.maximum(lead_s, 1.0)
    late = np.where(arrive_s < 2 * lead_s, arrive_s**2 / (4 * lead_s), arrive_s - lead_s)
    return np.asarray(np.minimum(late, FAR_S))


def best_moves(
    arrive_s: Floats, idle: Sequence[int], between_s: Floats, rates_per_s: Floats, outlook: Outlook
) -> list[Move]:
    """Moves of idle couriers to depots, each of which lowers the expected lateness.

    `arrive_s` [couriers, depots]: how soon each courier can be at each depot, from where their work ends (inf: not
    before their shift does). `idle` are the rows that may be moved, `between_s` [depots, depots] the rides between
    depots, `rates_per_s` [depots] how often orders come there.
    """
    arrive_s, left, moves = arrive_s.copy(), list(idle), list[Move]()
    while left and len(moves) < outlook.most_moves:
        move = _best_move(arrive_s, left, between_s, rates_per_s, outlook)
        if move is None:
            break
        moves.append(move)
        arrive_s[move.courier] = np.where(np.isfinite(arrive_s[move.courier]), between_s[move.depot], np.inf)
        left.remove(move.courier)
    return moves


def _best_move(
    arrive_s: Floats, idle: list[int], between_s: Floats, rates_per_s: Floats, outlook: Outlook
) -> Move | None:
    """The move that gains most, None when none gains anything."""
    late = lateness_s(arrive_s, outlook.lead_s)
    others = _nearest_without(late, idle)
    now = _weighted(_joined(late[idle], others))
    away_s = arrive_s[idle]
    there = np.where(np.isfinite(away_s)[:, None, :], lateness_s(between_s, outlook.lead_s), FAR_S)
    then = _weighted(_joined(there, others[:, :, None, :]))
    gains = ((now[:, None, :] - then) * rates_per_s).sum(axis=2) * np.maximum(0.0, outlook.horizon_s - away_s)
    gains -= np.where(np.isfinite(away_s), outlook.ride_price * away_s, np.inf)
    row, depot = np.unravel_index(int(np.argmax(gains)), gains.shape)
    return Move(idle[int(row)], int(depot)) if gains[row, depot] > outlook.least_gain_s else None


def _nearest_without(late: Floats, of: Sequence[int]) -> Floats:
    """[3, of, depots]: the three least lateness values of all couriers but one, for each of these."""
    size = len(NEAREST)
    near = np.argsort(late, axis=0, kind="stable")[: size + 1]
    values, rows = np.full((size + 1, late.shape[1]), FAR_S), np.full((size + 1, late.shape[1]), -1)
    values[: len(near)], rows[: len(near)] = np.take_along_axis(late, near, axis=0), near
    passed = np.cumsum(rows[:, None, :] == np.asarray(of)[None, :, None], axis=0)[:size] > 0
    return np.where(passed, values[1:, None, :], values[:size, None, :])


def _joined(own: Floats, others: Floats) -> tuple[Floats, Floats, Floats]:
    """The three least of one courier's lateness and the three least of the others, in order."""
    first, second, third = others
    return np.minimum(own, first), np.clip(own, first, second), np.clip(own, second, third)


def _weighted(nearest: tuple[Floats, Floats, Floats]) -> Floats:
    return np.asarray(sum(share * late for share, late in zip(NEAREST, nearest, strict=True)))


def busiest(per_s: Sequence[tuple[str, float]], most: int) -> list[str]:
    """The ids of the depots with the most orders, at most so many; none without orders."""
    ranked = sorted((depot for depot in per_s if depot[1] > 0), key=lambda depot: (-depot[1], depot[0]))
    return [depot_id for depot_id, _ in ranked[:most]]
