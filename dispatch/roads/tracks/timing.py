"""When each edge of a ride was entered and left, and where on the ride each fix was, in free-flow time along it.

Free-flow milliseconds along the ride are the measure: between two fixes, time is spread over the edges as on empty
streets.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatch.roads.network import FloatArray, IntArray
from dispatch.roads.tracks.layout import Ride
from dispatch.roads.tracks.motion import level, steady

Moments = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]

_APART_MS = 1000.0
"""Between the parts of a track, so that each has places of its own."""


@dataclass(frozen=True, eq=False)
class Course:
    """R rows of a ride one behind the other, and the M fixes that were matched."""

    edge: IntArray
    """[R]"""
    begins: FloatArray
    """[R]"""
    ends: FloatArray
    """[R]"""
    part: Indices
    """[R]"""
    start_ms: FloatArray
    """[R] free-flow time before the row"""
    end_ms: FloatArray
    """[R]"""
    fix: Indices
    """[M] which fixes they are"""
    first: Indices
    """[parts + 1] the fixes of part p are `fix[first[p]:first[p + 1]]`"""


def course_of(ride: Ride, rows: int, free_ms: FloatArray) -> Course:
    """From the first `rows` rows that the kernel wrote."""
    edge, begins, ends = ride.edge[:rows].copy(), ride.begins[:rows].copy(), ride.ends[:rows].copy()
    begun, part = np.unique(ride.fix[:rows], return_inverse=True)
    takes_ms = np.maximum(ends - begins, 0) * free_ms[edge]
    end_ms = np.cumsum(takes_ms) + _APART_MS * part
    fix = np.flatnonzero(ride.row >= 0)
    return Course(
        edge, begins, ends, part, end_ms - takes_ms, end_ms, fix, np.append(np.searchsorted(fix, begun), len(fix))
    )


def places_ms(course: Course, ride: Ride, free_ms: FloatArray, at_ms: Moments, error_s: FloatArray) -> FloatArray:
    """[M] where each matched fix was, in free-flow time; `error_s` [F] is how uncertain it is."""
    row, when_ms = ride.row[course.fix], at_ms[course.fix].astype(np.float64)
    begins = course.begins[row]
    seen_ms = course.start_ms[row] + (ride.fraction[course.fix] - begins) * free_ms[course.edge[row]]
    place_ms, scratch = np.empty(len(row)), np.empty(len(row))
    error_ms = 1000 * error_s[course.fix]
    for first, last in zip(course.first[:-1], course.first[1:], strict=True):
        steady(when_ms, seen_ms, error_ms, place_ms, first, last)
        level(place_ms, scratch, first, last)
    part = course.part[row]
    last_row = np.append(np.flatnonzero(np.diff(course.part)), len(course.part) - 1)
    first_row = np.append(0, last_row[:-1] + 1)
    return place_ms.clip(course.start_ms[first_row[part]], course.end_ms[last_row[part]])


def located(course: Course, place_ms: FloatArray, free_ms: FloatArray) -> tuple[Indices, FloatArray]:
    """([M] rows, [M] fractions of their edges) of places along the ride."""
    row = np.searchsorted(course.end_ms, place_ms, side="left").clip(0, len(course.edge) - 1)
    fraction = course.begins[row] + (place_ms - course.start_ms[row]) / free_ms[course.edge[row]]
    return row, fraction.clip(course.begins[row], course.ends[row])


def crossed_ms(course: Course, place_ms: FloatArray, at_ms: Moments) -> tuple[Moments, Moments]:
    """([R], [R]) when each row was entered and left; whoever stands at its end has not left it yet."""
    when_ms, part = at_ms[course.fix].astype(np.float64), course.part
    first, last = course.first[:-1][part], course.first[1:][part] - 1
    before = np.searchsorted(place_ms, course.end_ms, side="right") - 1
    before = before.clip(first, np.maximum(last - 1, first))
    after = np.minimum(before + 1, last)
    share = (course.end_ms - place_ms[before]) / np.maximum(place_ms[after] - place_ms[before], 1e-6)
    leave_ms = when_ms[before] + share.clip(0, 1) * (when_ms[after] - when_ms[before])
    begins_part = np.append(True, part[1:] != part[:-1])[: len(part)]
    ends_part = np.append(begins_part[1:], True)[: len(part)]
    leave_ms = np.maximum.accumulate(np.where(ends_part, when_ms[last], leave_ms))
    enter_ms = np.where(begins_part, when_ms[first], np.append(0.0, leave_ms)[: len(part)])
    return np.rint(enter_ms).astype(np.int64), np.rint(leave_ms).astype(np.int64)
