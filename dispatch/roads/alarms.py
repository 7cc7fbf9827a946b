"""Which edges became so slow that something must have happened: believed at once, where a mean would take many rides.

A ride raises an alarm over edges in a row that together took a multiple of what the city expects and cost it a lot of
time. A red light does that on a single edge, so where one waits more is asked for. The newest ride over an edge
decides: once somebody gets through about as usual, the alarm is over. Without alarms a slow-down to a third was not
known after ten minutes in the benchmark `roads_probes`; with them, within half a minute to a minute and a half.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dispatch.roads.conditions import HALF_LIFE_MS
from dispatch.roads.controls import Control
from dispatch.roads.network import FloatArray, IntArray, Network
from dispatch.roads.passages import Passages

ALARMING = 2.5
"""Times what the city expects."""
JOINING = 1.8
"""An edge beside an alarming one belongs to it when it took so many times as long as expected."""
LEAST_LOSS_S = 20.0
"""What a ride has to lose; noise and traffic cost less."""
LIGHT_LOSS_S = 90.0
"""What it has to lose on one edge where it may have waited for a light: more than a cycle (Highway Capacity Manual)."""
ONE_RIDE, MORE_RIDES, BESIDE = 0.7, 0.9, 0.35
"""How far an alarm of one ride, of several, and of the neighbourhood is believed."""
LASTS_MS = 2 * HALF_LIFE_MS
BESIDE_SHARE = 0.6
"""Of the excess, on edges that meet an alarming one and over which nobody has ridden lately."""


@dataclass(frozen=True, eq=False)
class Alarm:
    """For each of 2K edges."""

    ratio: FloatArray
    """[2K] times what the city expects"""
    weight: FloatArray
    """[2K] 0 where there is no alarm"""


def alarming(network: Network, edge: IntArray, took_s: FloatArray, expected_s: FloatArray) -> FloatArray:
    """[M] how many times as long as expected the row of slow edges took that each edge belongs to; 0: no alarm.

    The edges are those of one ride, in its order.
    """
    slow = took_s >= JOINING * expected_s
    begins = slow & ~np.append(False, slow[:-1])
    run = np.where(slow, np.cumsum(begins), 0)
    took, expected, many = (np.bincount(run, weights) for weights in (took_s, expected_s, np.ones(len(run))))
    light = np.bincount(run, network.control[edge] == Control.SIGNALS) > 0
    asked_s = np.where((many == 1) & light, LIGHT_LOSS_S, LEAST_LOSS_S)
    raised = (took >= ALARMING * expected) & (took - expected >= asked_s)
    raised[0] = False
    return np.where(raised, took / np.maximum(expected, 1e-3), 0.0)[run]


def standing_alarms(network: Network, passages: Passages, now_ms: int) -> Alarm:
    """What holds now, from the passages of the last while."""
    edges = 2 * network.segment_count
    recent = passages[(passages.at_ms > now_ms - LASTS_MS) & (passages.at_ms <= now_ms)]
    edge, ride, at_ms, raised = recent.edge, recent.ride, recent.at_ms, recent.raised
    newest_ms = np.full(edges, -1, dtype=np.int64)
    np.maximum.at(newest_ms, edge, at_ms)
    newest = at_ms == newest_ms[edge]
    calm = np.zeros(edges, dtype=np.bool_)
    calm[edge[newest & (raised == 0) & (recent.factor < JOINING * recent.expected)]] = True
    counts = (raised > 0) & ~calm[edge]
    edge, ride, raised = edge[counts], ride[counts], raised[counts]
    of_ride = np.unique(np.stack([edge, ride], axis=1), axis=0)[:, 0]
    rides, many = np.bincount(of_ride, minlength=edges), np.bincount(edge, minlength=edges)
    ratio = np.bincount(edge, raised, edges) / np.maximum(many, 1)
    fresh = 0.5 ** (np.maximum(0, now_ms - newest_ms) / HALF_LIFE_MS)
    weight = np.where(rides > 0, np.where(rides > 1, MORE_RIDES, ONE_RIDE) * fresh, 0.0)
    return _spread(network, Alarm(ratio, weight), newest_ms >= 0)


def _spread(network: Network, alarm: Alarm, ridden: npt.NDArray[np.bool_]) -> Alarm:
    """The alarm reaches the edges that meet it, unless somebody has ridden there."""
    sure, ratio = np.zeros(network.node_count), np.zeros(network.node_count)
    on = np.flatnonzero(alarm.weight)
    for node in (network.tail[on], network.head[on]):
        np.maximum.at(sure, node, alarm.weight[on])
        np.maximum.at(ratio, node, alarm.ratio[on])
    ends = np.stack([network.tail, network.head])
    beside = ~ridden & (alarm.weight == 0)
    near = 1 + BESIDE_SHARE * np.maximum(0, ratio[ends].max(axis=0) - 1)
    return Alarm(
        np.where(beside, near, alarm.ratio),
        np.where(beside, BESIDE / MORE_RIDES * sure[ends].max(axis=0), alarm.weight),
    )
