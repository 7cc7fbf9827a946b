"""The arrays that the kernel works on: `g` the lattice, `t` the track, `s` the states, `w` scratch, `r` the ride."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Scalar = Any
"""What the kernel calls a number: Numba infers which."""

NEAREST = 16
"""Segments that one fix may lie on."""
STATES = 2 * NEAREST
HEAP = 8192
UNMATCHED, BEGINS = -2, -1
"""In `States.link`: nothing fits, or nothing comes before."""
STAYS, TURNS_ROUND, HOPS = 0, 1, 2
"""How a ride gets from one state to the next: along its edge, by turning round on it, or through a junction."""


class Lattice(NamedTuple):
    """One profile's streets: K segments, 2K edges, L straight legs of segments, in metres on a plane."""

    leg_x: Floats
    """[L] where the leg begins"""
    leg_y: Floats
    leg_dx: Floats
    """[L] and where it goes from there"""
    leg_dy: Floats
    leg_from: Floats
    """[L] share of the segment before the leg"""
    leg_share: Floats
    """[L] share of the segment that the leg is"""
    leg_segment: Ints
    """[L]"""
    west: float
    south: float
    columns: int
    """of the grid of square cells; its last column and row are empty"""
    rows: int
    cell_first: Ints
    """[cells + 1] the legs near cell c are `cell_leg[cell_first[c]:cell_first[c + 1]]`"""
    cell_leg: Ints
    length_m: Floats
    """[K]"""
    is_open: npt.NDArray[np.bool_]
    """[2K]"""
    next_first: Ints
    """[2K + 1] edge e leads into the edges `next_edge[next_first[e]:next_first[e + 1]]`"""
    next_edge: Ints
    next_m: Floats
    """what each of these turns costs, in metres of detour"""
    most_mps: float
    """no ride is faster"""


class Fixes(NamedTuple):
    """F fixes in the order of time."""

    at_s: Floats
    x: Floats
    y: Floats
    sigma_m: Floats
    """[F] standard deviation of the fix east and north"""


class States(NamedTuple):
    """[F, STATES] where the courier may be at each fix, and [F] what was made of it."""

    edge: Ints
    fraction: Floats
    """along the edge in the direction of riding"""
    away: Floats
    """minus the logarithm of the probability of the fix, given the state"""
    cost: Floats
    """of the best ride that ends there"""
    before: Ints
    """which state of the fix before it comes from"""
    how: Ints
    many: Ints
    """[F]"""
    link: Longs
    """[F] the fix before it on its part of the track, `BEGINS` or `UNMATCHED`"""
    chosen: Ints
    """[F]"""


class Scratch(NamedTuple):
    """What a search leaves behind, [2K] by edge; of account where its stamp is the present search's."""

    label_m: Floats
    """metres from the head of the edge where the search began to the tail of this one"""
    parent: Ints
    seen: Longs
    wanted: Longs
    heap_m: Floats
    heap_edge: Ints
    stamp: Longs
    """[1]"""
    order: Ints
    """[STATES] the states of a fix, the best first"""


class Ride(NamedTuple):
    """The edges ridden, R rows, and [F] the row on which each fix lies."""

    edge: Ints
    begins: Floats
    ends: Floats
    fix: Ints
    """[R] the first fix of the row's part of the track"""
    row: Ints
    """[F] -1 where unmatched"""
    fraction: Floats
    """[F] along the row's edge"""


def states_for(fixes: int) -> States:
    """Room for the states of a track."""
    ints, floats = np.zeros((3, fixes, STATES), dtype=np.int32), np.empty((3, fixes, STATES))
    many, chosen = np.zeros(fixes, dtype=np.int32), np.full(fixes, -1, dtype=np.int32)
    link = np.full(fixes, UNMATCHED, dtype=np.int64)
    return States(ints[0], floats[0], floats[1], floats[2], ints[1], ints[2], many, link, chosen)


def scratch_for(edges: int) -> Scratch:
    """Room for a thread's searches."""
    seen, wanted = np.zeros(edges, dtype=np.int64), np.zeros(edges, dtype=np.int64)
    heap_m, heap_edge = np.empty(HEAP), np.empty(HEAP, dtype=np.int32)
    order, stamp = np.empty(STATES, dtype=np.int32), np.zeros(1, dtype=np.int64)
    return Scratch(np.empty(edges), np.empty(edges, dtype=np.int32), seen, wanted, heap_m, heap_edge, stamp, order)


def ride_for(fixes: int, rows: int) -> Ride:
    """Room for a ride of so many rows."""
    edge, fix = np.empty(rows, dtype=np.int32), np.empty(rows, dtype=np.int32)
    return Ride(edge, np.empty(rows), np.empty(rows), fix, np.full(fixes, -1, dtype=np.int32), np.zeros(fixes))
