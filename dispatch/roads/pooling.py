"""From single measurements to an estimate for every edge: each group of edges leans on the one above it.

An edge is estimated from its own measurements and from its street's estimate, the street from its own edges and the
area's kind of street, and that from the city's; each by its precision (normal distributions, empirical Bayes, with the
variances below). What no measurement supports is left to whoever knows the habit.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.roads.network import FloatArray, IntArray

EDGE_SIGMA, STREET_SIGMA, AREA_SIGMA, CITY_SIGMA = 0.12, 0.12, 0.15, 0.3
"""How far edges lie from their street, streets from their area, areas from the city and the city from its habit, as
shares of the free-flow time. House figures."""
HUBER = 1.5
"""A measurement further from its group than so many of its standard deviations loses say."""
ROUNDS = 3


@dataclass(frozen=True, eq=False)
class Estimate:
    """For each of 2K edges."""

    value: FloatArray
    """[2K] what the measurements say; 1 where there are none"""
    share: FloatArray
    """[2K] 0 to 1: the say that they should have beside the habit"""
    confidence: FloatArray
    """[2K] 0 to 1: how much of the doubt about the edge they take away"""


def pooled(
    levels: Sequence[tuple[IntArray, float]], edge: IntArray, value: FloatArray, variance: FloatArray, trust: FloatArray
) -> Estimate:
    """The estimate of every edge.

    `levels` are ([2K] group, standard deviation around the level above), from the city down to the edge. Of each of the
    M measurements: [M] edge, value, variance and `trust`, the share of its precision that is left.
    """
    count = len(levels[0][0])
    found, said, doubt = np.ones(count), np.zeros(count), np.zeros(count)
    variances = [sigma**2 for _, sigma in levels]
    for depth, (group, _) in enumerate(levels):
        within, doubt = sum(variances[depth + 1 :]), doubt + variances[depth]
        mean, precision = _group_means(group, edge, value, variance + within, trust)
        share = precision[group] * doubt / (precision[group] * doubt + 1)
        total = share + (1 - share) * said
        found = np.where(
            total > 0, (share * mean[group] + (1 - share) * said * found) / np.maximum(total, 1e-12), found
        )
        said, doubt = total, doubt * (1 - share)
    return Estimate(found, said, 1 - doubt / sum(variances))


def _group_means(
    group: IntArray, edge: IntArray, value: FloatArray, variance: FloatArray, trust: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """([G] Huber's means, [G] their precisions); measurements that disagree make a group less sure."""
    of, precision, groups = group[edge], trust / variance, int(group.max()) + 1
    total = np.bincount(of, precision, groups)
    mean, off = np.ones(groups), np.zeros(len(of))
    for _ in range(ROUNDS):
        say = precision * np.minimum(1.0, HUBER / np.maximum(off, 1e-9))
        mean = np.bincount(of, say * value, groups) / np.maximum(np.bincount(of, say, groups), 1e-12)
        off = np.abs(value - mean[of]) / np.sqrt(variance)
    spread = np.bincount(of, precision * np.minimum(off, 2 * HUBER) ** 2, groups) / np.maximum(total, 1e-12)
    return mean, total / np.maximum(1.0, spread)
