"""The shortest ways from the end of an edge to the edges around it: Dijkstra over edges, within a bound."""

from dispatch.roads.tracks.compiled import compiled, inlined
from dispatch.roads.tracks.layout import HEAP, Lattice, Scalar, Scratch


@compiled
def search(g: Lattice, w: Scratch, source: Scalar, bound_m: Scalar, wanted_stamp: Scalar, wanted: Scalar) -> None:
    """Label the edges that begin within `bound_m` of the head of `source`, until the wanted ones are all reached.

    An edge is wanted when its `w.wanted` is the stamp; `wanted` says how many are. Turns cost what they cost.
    """
    w.stamp[0] += 1
    size = _spread(g, w, source, 0.0, bound_m, 0, -1)
    while size > 0:
        label_m, edge = w.heap_m[0], w.heap_edge[0]
        size = _pop(w, size)
        if label_m > w.label_m[edge]:
            continue
        if w.wanted[edge] == wanted_stamp:
            wanted -= 1
            if wanted == 0:
                return
        size = _spread(g, w, edge, label_m + g.length_m[edge >> 1], bound_m, size, edge)


@inlined
def reached(w: Scratch, edge: int) -> bool:
    """Whether the last search came to the edge."""
    return bool(w.seen[edge] == w.stamp[0])


@inlined
def _spread(g: Lattice, w: Scratch, edge: Scalar, head_m: Scalar, bound_m: float, size: int, parent: Scalar) -> int:
    """Label what follows an edge whose head is `head_m` away."""
    for at in range(g.next_first[edge], g.next_first[edge + 1]):
        then, then_m = g.next_edge[at], head_m + g.next_m[at]
        if then_m > bound_m or (reached(w, then) and w.label_m[then] <= then_m) or size >= HEAP:
            continue
        w.seen[then], w.label_m[then], w.parent[then] = w.stamp[0], then_m, parent
        size = _push(w, size, then_m, then)
    return size


@inlined
def _push(w: Scratch, size: int, key: Scalar, edge: Scalar) -> int:
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if w.heap_m[up] <= key:
            break
        w.heap_m[at], w.heap_edge[at] = w.heap_m[up], w.heap_edge[up]
        at = up
    w.heap_m[at], w.heap_edge[at] = key, edge
    return size + 1


@inlined
def _pop(w: Scratch, size: int) -> int:
    size -= 1
    key, edge = w.heap_m[size], w.heap_edge[size]
    at = 0
    while 2 * at + 1 < size:
        down = 2 * at + 1
        if down + 1 < size and w.heap_m[down + 1] < w.heap_m[down]:
            down += 1
        if w.heap_m[down] >= key:
            break
        w.heap_m[at], w.heap_edge[at] = w.heap_m[down], w.heap_edge[down]
        at = down
    w.heap_m[at], w.heap_edge[at] = key, edge
    return size
