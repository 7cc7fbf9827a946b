"""The habits of a city's streets, learnt from rides: by the hour and the kind of day, by kind of street, area and edge.

The usual factor of an edge is the hour's factor of its kind of street, times what is lasting about its area, times what
is lasting about the edge itself. Each is a mean of what was measured, shrunk towards the one above by its variance, and
halved in weight every few weeks. Where nothing was measured, streets are as empty as ever.
"""

from io import BytesIO

import numpy as np
import numpy.typing as npt

from dispatch.domain.errors import InvalidInput
from dispatch.domain.vehicle import Profile
from dispatch.roads.kinship import KINDS, Kinship
from dispatch.roads.network import FloatArray, IntArray, Network
from dispatch.roads.observations import Observations

SLOT_MS, SLOTS = 1_800_000, 48
"""Half hours of the day."""
DAY_KINDS = 3
"""Working days, Saturdays, Sundays."""
HALF_LIFE_MS = 4 * 7 * 86_400_000
"""Four weeks; a house figure: holidays are forgotten, roadworks are learnt."""
GROUPS = (
    frozenset({Profile.CAR, Profile.VAN}),
    frozenset({Profile.MOTORBIKE}),
    frozenset({Profile.BIKE, Profile.EBIKE}),
)
"""Profiles that have their habits in common; nothing is learnt of those on foot."""
HOUR_SIGMA, AREA_SIGMA, EDGE_SIGMA = 0.3, 0.2, 0.12
"""How far kinds of street lie from empty ones, areas from their kind, edges from their area. House figures."""
BESIDE, OTHER_DAYS = 0.15, 0.05
"""What a measurement says about the half hours beside its own, and about its own on other kinds of day."""
MOST_PRECISION = 400.0
"""A mean is never surer than 5 %: the rides of a day have more in common than their streets."""
_DAY_MS = 86_400_000
_FORMAT = 1


class LearntHabits:
    """A `SpeedHistory`. Hours are local ones: `utc_offset_ms` is added to every moment."""

    def __init__(self, network: Network, utc_offset_ms: int = 0) -> None:
        self._kinship = Kinship(network)
        self._edges = 2 * network.segment_count
        self._utc_offset_ms = utc_offset_ms
        self._areas = int(self._kinship.area.max()) + 1
        self._hour = np.zeros((2, len(GROUPS), DAY_KINDS, SLOTS, KINDS))
        self._area = np.zeros((2, len(GROUPS), self._areas))
        self._edge = np.zeros((2, len(GROUPS), self._edges))
        self._learnt_ms = 0

    def learn(self, seen: Observations) -> None:
        """Remember what was measured; best some minutes' rides of one profile at once, each passage only once."""
        group = _group_of(seen.profile)
        if group is None or not len(seen):
            return
        self._forget(int(seen.at_ms.max()))
        day, slot, _ = self._moment(seen.at_ms)
        kind, area, precision = self._kinship.kind[seen.edge], self._kinship.area[seen.edge], 1 / seen.variance
        wide = 1 / (seen.variance + AREA_SIGMA**2 + EDGE_SIGMA**2)
        for row, weight in enumerate((wide, wide * seen.factor)):
            np.add.at(self._hour[row, group], (day, slot, kind), weight)
        rest = seen.factor / self._by_hour(group, seen.at_ms)[np.arange(len(seen)), kind]
        wide = 1 / (seen.variance + EDGE_SIGMA**2)
        for row, weight in enumerate((wide, wide * rest)):
            np.add.at(self._area[row, group], area, weight)
        rest = rest / _mean(self._area[:, group], AREA_SIGMA)[area]
        for row, weight in enumerate((precision, precision * rest)):
            np.add.at(self._edge[row, group], seen.edge, weight)

    def factors(self, profile: Profile, at_ms: int) -> npt.NDArray[np.float32]:
        """See `SpeedHistory`."""
        group = _group_of(profile)
        if group is None:
            return np.ones(self._edges, dtype=np.float32)
        by_hour = self._by_hour(group, np.array([at_ms]))[0]
        of_area = _mean(self._area[:, group], AREA_SIGMA)
        of_edge = _mean(self._edge[:, group], EDGE_SIGMA)
        usual: FloatArray = by_hour[self._kinship.kind] * of_area[self._kinship.area] * of_edge
        return usual.astype(np.float32)

    def to_bytes(self) -> bytes:
        """Everything that was learnt, small enough for a row of a table; to be read with the same network only."""
        known = np.flatnonzero(self._edge[0].any(axis=0)).astype(np.int32)
        file = BytesIO()
        np.savez_compressed(
            file,
            about=np.array([_FORMAT, self._edges, self._areas, self._learnt_ms], dtype=np.int64),
            hour=self._hour.astype(np.float32),
            area=self._area.astype(np.float32),
            known=known,
            edge=self._edge[:, :, known].astype(np.float32),
        )
        return file.getvalue()

    @classmethod
    def from_bytes(cls, network: Network, stored: bytes, utc_offset_ms: int = 0) -> "LearntHabits":
        """The inverse. Raises `InvalidInput("bad_history")` for another network or format."""
        habits = cls(network, utc_offset_ms)
        with np.load(BytesIO(stored), allow_pickle=False) as arrays:
            version, edges, areas, learnt_ms = arrays["about"].tolist()
            if (version, edges, areas) != (_FORMAT, habits._edges, habits._areas):
                raise InvalidInput("bad_history", "These habits were learnt on another network.")
            habits._hour[:], habits._area[:] = arrays["hour"], arrays["area"]
            habits._edge[:, :, arrays["known"]] = arrays["edge"]
            habits._learnt_ms = learnt_ms
        return habits

    def _forget(self, now_ms: int) -> None:
        if self._learnt_ms:
            left = 0.5 ** (max(0, now_ms - self._learnt_ms) / HALF_LIFE_MS)
            self._hour *= left
            self._area *= left
            self._edge *= left
        self._learnt_ms = max(self._learnt_ms, now_ms)

    def _moment(self, at_ms: npt.NDArray[np.int64]) -> tuple[IntArray, IntArray, FloatArray]:
        """[M] kind of day, half hour, and how far into it."""
        days, into_ms = np.divmod(at_ms + self._utc_offset_ms, _DAY_MS)
        weekday = (days + 3) % 7  # 1 January 1970 was a Thursday
        slot, into = np.divmod(into_ms / SLOT_MS, 1)
        return np.maximum(0, weekday - 4).astype(np.int32), slot.astype(np.int32), into

    def _by_hour(self, group: int, at_ms: npt.NDArray[np.int64]) -> FloatArray:
        """[M, KINDS] straight between the middles of half hours."""
        slots = self._slots(group)
        day, slot, into = self._moment(at_ms)
        other = np.where(into < 0.5, slot - 1, slot + 1) % SLOTS
        share = np.abs(into - 0.5)[:, None]
        found: FloatArray = (1 - share) * slots[day, slot] + share * slots[day, other]
        return found

    def _slots(self, group: int) -> FloatArray:
        """[DAY_KINDS, SLOTS, KINDS] each leaning on its neighbours, and on the same half hour of other days."""
        own = self._hour[:, group]
        near = own + BESIDE * (np.roll(own, 1, axis=2) + np.roll(own, -1, axis=2))
        near = near + OTHER_DAYS * (near.sum(axis=1, keepdims=True) - near)
        return _mean(near, HOUR_SIGMA)


def _group_of(profile: Profile) -> int | None:
    return next((index for index, group in enumerate(GROUPS) if profile in group), None)


def _mean(sums: FloatArray, sigma: float) -> FloatArray:
    """Weighted means, shrunk towards 1; `sums` are those of the weights and of the weighted values."""
    weight, total = sums
    sure = np.minimum(weight, MOST_PRECISION) / np.maximum(weight, 1e-12)
    found: FloatArray = (sure * total + 1 / sigma**2) / (sure * weight + 1 / sigma**2)
    return found
