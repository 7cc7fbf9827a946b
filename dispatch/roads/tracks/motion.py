"""Where along its ride a courier was at each fix: steadied by what is known of motion, and never backwards."""

from dispatch.roads.tracks.compiled import compiled, inlined
from dispatch.roads.tracks.layout import Floats, Scalar

PACE_CHANGE = 0.35
"""Standard deviation by which the pace, as a share of the free flow, changes from one fix to the next; a house figure
that counts stops at signals in."""
SWEEPS = 12
"""Of Gauss and Seidel; a fix hardly moves by those after."""


@compiled
def steady(at_ms: Floats, seen: Floats, error: Floats, place: Floats, first: int, last: int) -> None:
    """Least squares of fixes [first, last) of one part: near where they were seen, at a pace that changes little.

    `seen` and `error` (standard deviation) are free-flow milliseconds along the ride; the answer is left in `place`.
    """
    for k in range(first, last):
        place[k] = seen[k]
    for _ in range(SWEEPS):
        for k in range(first, last):
            weight = 1.0 / (error[k] * error[k])
            pull = weight * seen[k]
            for middle in range(max(first + 1, k - 1), min(last - 1, k + 2)):
                share, rest = _change(at_ms, place, middle, k)
                weight += share * share / (PACE_CHANGE * PACE_CHANGE)
                pull -= share * rest / (PACE_CHANGE * PACE_CHANGE)
            place[k] = pull / weight


@inlined
def _change(at_ms: Floats, place: Floats, middle: int, k: int) -> tuple[Scalar, Scalar]:
    """The change of pace at a fix is share * place[k] + rest: (share, rest)."""
    before = 1.0 / max(at_ms[middle] - at_ms[middle - 1], 1.0)
    after = 1.0 / max(at_ms[middle + 1] - at_ms[middle], 1.0)
    change = (place[middle + 1] - place[middle]) * after - (place[middle] - place[middle - 1]) * before
    share = before if k < middle else after if k > middle else -before - after
    return share, change - share * place[k]


@compiled
def level(value: Scalar, weight: Scalar, first: int, last: int) -> None:
    """Make `value[first:last]` rise, changing it by the least squares (pool adjacent violators); scratch in `weight`.

    `weight[k]` counts the values that ended up in the block that begins at k.
    """
    blocks = first
    for k in range(first, last):
        value[blocks], weight[blocks] = value[k], 1.0
        while blocks > first and value[blocks - 1] >= value[blocks]:
            total = weight[blocks - 1] + weight[blocks]
            value[blocks - 1] = (value[blocks - 1] * weight[blocks - 1] + value[blocks] * weight[blocks]) / total
            weight[blocks - 1] = total
            blocks -= 1
        blocks += 1
    at = last
    for block in range(blocks - 1, first - 1, -1):
        mean = value[block]
        for _ in range(int(weight[block])):
            at -= 1
            value[at] = mean
