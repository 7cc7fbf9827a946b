"""Forbidden turns, from OpenStreetMap's restriction relations to pairs of edges.

Read as the wiki's "Relation:restriction" says. A restriction that holds at some hours only is taken to hold always: a
courier never rides where the sign might forbid it. A way as `via` (a dozen in a large city, nearly all against turning
round on dual carriageways) is left out. Whoever walks may turn as they like.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.domain.vehicle import Profile
from dispatch.roads.network import PROFILES, IntArray

Tags = Mapping[str, str]

_FAMILIES: dict[str, frozenset[Profile]] = {
    "bicycle": frozenset({Profile.BIKE, Profile.EBIKE}),
    "motorcycle": frozenset({Profile.MOTORBIKE}),
    "motorcar": frozenset({Profile.CAR}),
    "goods": frozenset({Profile.VAN}),
    "motor_vehicle": frozenset({Profile.MOTORBIKE, Profile.CAR, Profile.VAN}),
    "vehicle": frozenset(PROFILES) - {Profile.FOOT},
    "foot": frozenset({Profile.FOOT}),
}
_NO = ("no_left_turn", "no_right_turn", "no_straight_on", "no_u_turn", "no_entry", "no_exit")
_ONLY = ("only_left_turn", "only_right_turn", "only_straight_on", "only_u_turn")


@dataclass(frozen=True, slots=True)
class Restriction:
    """From a way over a node into a way: that turn only (`only`), or any but that one."""

    from_way: int
    via_node: int
    to_way: int
    only: bool
    bans: int
    """Whom it concerns: a bit for each of `PROFILES`, the first lowest."""


def read_restriction(tags: Tags, members: Iterable[tuple[str, str, int]]) -> Iterable[Restriction]:
    """The restrictions that a relation states; members are (role, type "n" or "w", id). None when it is of no use."""
    told = _value_and_profiles(tags)
    by_role: dict[str, list[int]] = {}
    for role, kind, ref in members:
        by_role.setdefault(f"{role} {kind}", []).append(ref)
    vias = by_role.get("via n", [])
    if told is None or len(vias) != 1:
        return ()
    value, bans = told
    ways = [(a, b) for a in by_role.get("from w", ()) for b in by_role.get("to w", ())]
    return [Restriction(a, vias[0], b, value in _ONLY, bans) for a, b in ways]


def _value_and_profiles(tags: Tags) -> tuple[str, int] | None:
    for key, text in tags.items():
        parts = key.split(":")
        if parts[0] != "restriction":
            continue
        families = [part for part in parts[1:] if part != "conditional"]
        value = text.split("@")[0].strip()
        if value in _NO + _ONLY and all(family in _FAMILIES for family in families):
            concerned = _FAMILIES[families[0] if families else "vehicle"]
            excepted = [_FAMILIES.get(name.strip(), frozenset()) for name in tags.get("except", "").split(";")]
            left = concerned.difference(*excepted)
            if left:
                return value, sum(1 << PROFILES.index(profile) for profile in left)
    return None


@dataclass(frozen=True, eq=False)
class Bans:
    """B forbidden turns by the edges that they join, and whom they are forbidden to."""

    come: IntArray
    go: IntArray
    bits: IntArray

    def __len__(self) -> int:
        return len(self.come)


def bans_of(restrictions: Sequence[Restriction], way: Sequence[int], nodes: Sequence[tuple[int, int]]) -> Bans:
    """The turns between edges; `way` [K] names each segment's way, `nodes` [K] the ids of its ends as drawn.

    A restriction whose ways do not meet at its node, or meet there more than once, is left out.
    """
    into, out = _by_node(nodes)
    found: dict[tuple[int, int], int] = {}
    for each in restrictions:
        come = [edge for edge in into.get(each.via_node, ()) if way[edge // 2] == each.from_way]
        go = [edge for edge in out.get(each.via_node, ()) if way[edge // 2] == each.to_way]
        if len(come) != 1 or len(go) != 1:
            continue
        others = [edge for edge in out[each.via_node] if edge != go[0]]
        for edge in others if each.only else go:
            found[come[0], edge] = found.get((come[0], edge), 0) | each.bans
    pairs = np.array(sorted(found), dtype=np.int32).reshape(-1, 2)
    bits = np.array([found[come, go] for come, go in pairs.tolist()], dtype=np.int32)
    return Bans(pairs[:, 0].copy(), pairs[:, 1].copy(), bits)


def _by_node(nodes: Sequence[tuple[int, int]]) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """The edges into and out of each node."""
    into: dict[int, list[int]] = {}
    out: dict[int, list[int]] = {}
    for segment, (start, end) in enumerate(nodes):
        out.setdefault(start, []).append(2 * segment)
        into.setdefault(end, []).append(2 * segment)
        out.setdefault(end, []).append(2 * segment + 1)
        into.setdefault(start, []).append(2 * segment + 1)
    return into, out
