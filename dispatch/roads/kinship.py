"""Which edges are likely to be alike: those of one street and heading, of one kind nearby, of one kind in the city."""

import numpy as np

from dispatch.domain.geo import METRES_PER_DEGREE
from dispatch.domain.vehicle import Profile
from dispatch.roads.network import PROFILES, FloatArray, IntArray, Network, RoadClass

CELL_M = 500.0
QUIET_KMH, FAST_KMH = 30.0, 50.0
"""Streets slower than the first, between both and from the second on are of different kinds; what cars may drive, and
where no car may, what bicycles do."""
KINDS = 3 * len(RoadClass)


class Kinship:
    """For each edge the number of its group at each level, the closest first."""

    def __init__(self, network: Network) -> None:
        kind, cell = _kinds(network), _cells(network)
        heading = _quadrants(network)
        street = np.repeat(network.name, 2).astype(np.int64)
        of_street = np.where(street > 0, street + KINDS, kind)
        self.street = _numbered(np.stack([of_street, cell, heading], axis=1))
        """[2K] name, place and heading; kind instead of the name where it has none"""
        self.area = _numbered(np.stack([kind, cell], axis=1))
        """[2K] kind and place"""
        self.kind = kind.astype(np.int32)
        """[2K] road class and how fast it is, below `KINDS`"""


def _kinds(network: Network) -> IntArray:
    car, bike = (network.speed_kmh[PROFILES.index(profile)] for profile in (Profile.CAR, Profile.BIKE))
    kmh = np.where(car > 0, car, bike)
    band = (kmh >= QUIET_KMH).astype(np.int32) + (kmh >= FAST_KMH)
    kinds: IntArray = 3 * np.repeat(network.road_class, 2).astype(np.int32) + band
    return kinds


def _cells(network: Network) -> IntArray:
    """[2K] the square in which the segment's middle lies."""
    lat = (network.node_lat[network.start] + network.node_lat[network.end]) / 2
    lon = (network.node_lon[network.start] + network.node_lon[network.end]) / 2
    east, north = (lon - lon.min()) * np.cos(np.radians(lat.mean())), lat - lat.min()
    column, row = (_floor(degrees * METRES_PER_DEGREE / CELL_M) for degrees in (east, north))
    return np.repeat(row * (int(column.max()) + 1) + column, 2)


def _quadrants(network: Network) -> IntArray:
    """[2K] to the north, east, south or west, from one end of the segment to the other."""
    north = network.node_lat[network.head] - network.node_lat[network.tail]
    east = network.node_lon[network.head] - network.node_lon[network.tail]
    east = east * np.cos(np.radians(network.node_lat.mean()))
    return _floor(np.degrees(np.arctan2(east, north)) / 90 + 0.5) % 4


def _floor(values: FloatArray) -> IntArray:
    return np.floor(values).astype(np.int32)


def _numbered(keys: IntArray) -> IntArray:
    """[2K] numbers from 0 for equal rows."""
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int32)
