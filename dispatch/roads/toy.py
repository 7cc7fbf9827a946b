"""Compile the matching kernel before anybody waits for it, by matching on a toy street.

The first time takes some seconds; what was compiled is kept on disk, and later starts load it in a fraction of one.
"""

from dispatch.domain.vehicle import Profile
from dispatch.roads.build import Street, build_network
from dispatch.roads.matching import Matcher

_KMH = (5.0, 15.0, 18.0, 36.0, 36.0, 32.0)
_PLACES = {1: (0.0, 0.0), 2: (0.0, 0.01), 3: (0.01, 0.01)}


def warm_matching() -> None:
    """Match two fixes on two streets."""
    streets = [Street((1, 2), "", _KMH, _KMH), Street((2, 3), "", _KMH, _KMH)]
    Matcher(build_network(streets, _PLACES), Profile.CAR).warm()
