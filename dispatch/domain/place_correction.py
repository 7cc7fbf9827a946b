"""Is a door's pin where its door is? Judged by where couriers really stood when they served it.

The theory. A courier who hands something over stands at the door, or as near as they can come. One visit says little:
the phone may be off by a street, the tap may come late. But visits by different people that end at one place, far from
the pin, say that the pin is wrong. In mainland China they often say why as well: map services show places by GCJ-02,
some hundreds of metres off in a direction that the formula knows (`gcj02`), and a pin that went through the formula
once too often, or not at all, is off by exactly that. So an exact fit needs fewer witnesses than a pin that is just
somewhere else.

The rules, all in metres:

- the place of the visits is their geometric median; `SPREAD_M` is the most that half of them may differ from it, and at
  least `MOST_AGREE` of them lie within `AGREE_M` of it;
- `moved`: at least `ENOUGH_VISITS` visits, and the place lies more than `OFF_M` beyond the noise of the phones from the
  pin. Couriers who all stop at a gate 60 m off so propose nothing;
- a GCJ-02 pattern: at least one visit, and every visit that agrees within `FIT_M` of where the formula says;
- a gate or a car park farther off looks like a wrong pin. What gives it away is that doors with other pins are served
  from there, too: from `GATE_DOORS` such doors on, and where a single courier is the only witness, a proposal is of low
  confidence (at most `DOUBTED`), and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import cos, hypot, radians
from statistics import median
from typing import Final

from dispatch.domain.gcj02 import in_mainland, shifted, unshifted
from dispatch.domain.geo import METRES_PER_DEGREE, Point, distance_m

OFF_M: Final = 80.0
NOISE_M: Final = 15.0
"""Of a phone between houses at least: three times the 4.9 m under an open sky that GPS.gov names (house figure)."""
WORST_NOISE_M: Final = 50.0
SPREAD_M: Final = 40.0
AGREE_M: Final = 60.0
MOST_AGREE: Final = 2 / 3
FIT_M: Final = 30.0
ENOUGH_VISITS: Final = 3
GATE_M: Final = 40.0
GATE_DOORS: Final = 2
DOUBTED: Final = 0.4
AT_REST_MPS: Final = 2.5
WORST_ACCURACY_M: Final = 60.0
BEFORE_ARRIVAL_MS: Final = 30_000
"""A phone at a stop is silent until it has moved 20 m (`reporting`), so its last fix may be from just before it."""
BEFORE_END_MS: Final = 60_000
"""Where nobody said to have arrived, an older fix may be of the stop before."""
_STAY_M: Final = 40.0


class Pattern(StrEnum):
    """How a pin is wrong.

    `shifted`: it is the true place as GCJ-02 shows it, and was never shifted back. `unshifted`: it was true, and was
    shifted back all the same. `double_shifted`: it went through GCJ-02 twice. `moved`: somewhere else.
    """

    SHIFTED = "shifted"
    UNSHIFTED = "unshifted"
    DOUBLE_SHIFTED = "double_shifted"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a phone was at a moment (epoch ms); what it does not know is None."""

    at_ms: int
    place: Point
    accuracy_m: float | None = None
    speed_mps: float | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """Where one visit ended. `courier` tells couriers apart; `accuracy_m` is the phone's own idea of its error."""

    visit_id: str
    courier: str
    at_ms: int
    place: Point
    accuracy_m: float = NOISE_M


@dataclass(frozen=True, slots=True)
class Finding:
    """A pin is wrong: where the door is, how that was seen, how sure it is (0-1), and why, in one sentence.

    `visits` are those that agree, of all that were looked at.
    """

    place: Point
    pattern: Pattern
    visits: int
    distance_m: float
    spread_m: float
    confidence: float
    reason_en: str
    reason_zh: str


def last_stay(fixes: Sequence[Fix], arrived_at_ms: int, done_at_ms: int) -> tuple[Point, float] | None:
    """(place, accuracy in metres) where the courier stood when the visit was done; None where the phone does not tell.

    `arrived_at_ms` is 0 when nobody said. `fixes` are in the order of time. Only the end of the visit counts: with a
    wrong pin its beginning is the search.
    """
    since_ms = seen_since_ms(arrived_at_ms, done_at_ms)
    sound = [fix for fix in fixes if since_ms <= fix.at_ms <= done_at_ms and _is_sound(fix)]
    if not sound:
        return None
    last, stay = sound[-1], [sound[-1]]
    if (last.speed_mps or 0.0) > AT_REST_MPS:
        return None
    for fix in reversed(sound[:-1]):
        if distance_m(fix.place, last.place) > _STAY_M:
            break
        stay.append(fix)
    return geometric_median([fix.place for fix in stay]), median(_accuracy_m(fix) for fix in stay)


def seen_since_ms(arrived_at_ms: int, done_at_ms: int) -> int:
    """From when on a visit's fixes tell where it was."""
    return arrived_at_ms - BEFORE_ARRIVAL_MS if arrived_at_ms else done_at_ms - BEFORE_END_MS


def _is_sound(fix: Fix) -> bool:
    return _accuracy_m(fix) <= WORST_ACCURACY_M


def _accuracy_m(fix: Fix) -> float:
    return NOISE_M if fix.accuracy_m is None else fix.accuracy_m


def judge_pin(pin: Point, stays: Sequence[Stay], other_pins: Sequence[Point] = ()) -> Finding | None:
    """What the visits say of the pin; None when it stands, or when they do not agree or are too few.

    `other_pins` are those of other doors whose couriers stood at the same place (within `GATE_M`).
    """
    if not stays:
        return None
    centre = geometric_median([stay.place for stay in stays])
    agreeing = [stay for stay in stays if distance_m(stay.place, centre) <= AGREE_M]
    if len(agreeing) < MOST_AGREE * len(stays):
        return None
    spread_m = median(distance_m(stay.place, centre) for stay in agreeing)
    noise_m = min(WORST_NOISE_M, max(NOISE_M, median(stay.accuracy_m for stay in agreeing)))
    if spread_m > SPREAD_M or distance_m(pin, centre) <= OFF_M + noise_m:
        return None
    seen = _Seen(pin, centre, agreeing, len(agreeing) / len(stays), spread_m)
    found = _by_formula(seen)
    if found is None and len(agreeing) >= ENOUGH_VISITS:
        found = (Pattern.MOVED, centre)
    return _finding(seen, *found, _gate_doors(pin, other_pins)) if found else None


@dataclass(frozen=True, slots=True)
class _Seen:
    pin: Point
    centre: Point
    agreeing: Sequence[Stay]
    share: float
    spread_m: float


def _by_formula(seen: _Seen) -> tuple[Pattern, Point] | None:
    """The pattern that explains every visit, and the true place by it; the nearest where several do."""
    if not (in_mainland(seen.pin) and in_mainland(seen.centre)):
        return None
    pin = seen.pin
    meant = {
        Pattern.SHIFTED: unshifted(pin),
        Pattern.UNSHIFTED: shifted(pin),
        Pattern.DOUBLE_SHIFTED: unshifted(unshifted(pin)),
    }
    pattern, place = min(meant.items(), key=lambda item: distance_m(item[1], seen.centre))
    fits = distance_m(place, seen.centre) <= FIT_M and (
        len(seen.agreeing) >= ENOUGH_VISITS or all(distance_m(place, stay.place) <= FIT_M for stay in seen.agreeing)
    )
    return (pattern, place) if fits else None


def _gate_doors(pin: Point, other_pins: Sequence[Point]) -> int:
    """How many doors with pins of their own are served from there."""
    apart: list[Point] = [pin]
    for other in other_pins:
        if all(distance_m(other, known) > OFF_M for known in apart):
            apart.append(other)
    return len(apart) - 1


def _finding(seen: _Seen, pattern: Pattern, place: Point, gate_doors: int) -> Finding:
    visits, away_m = len(seen.agreeing), distance_m(seen.pin, place)
    by_formula = pattern is not Pattern.MOVED
    confidence = (1 - 0.3 / visits if by_formula else 1 - 1 / visits) * seen.share
    gate = gate_doors >= GATE_DOORS and not by_formula
    alone = len({stay.courier for stay in seen.agreeing}) == 1 and not by_formula
    if gate or alone:
        confidence = min(DOUBTED, confidence)
    english, chinese = _why(pattern, visits, away_m, gate=gate, alone=alone)
    return Finding(place, pattern, visits, away_m, seen.spread_m, round(confidence, 2), english, chinese)


_HOW_EN: Final = {
    Pattern.SHIFTED: "exactly where it belongs if GCJ-02 coordinates were taken for WGS-84",
    Pattern.UNSHIFTED: "exactly where it belongs if WGS-84 coordinates were shifted back as if they were GCJ-02",
    Pattern.DOUBLE_SHIFTED: "exactly where it belongs if the coordinates were shifted to GCJ-02 twice",
    Pattern.MOVED: "always at the same place",
}
_HOW_ZH: Final = {
    Pattern.SHIFTED: "与“把 GCJ-02 坐标当成 WGS-84”的偏移完全吻合",
    Pattern.UNSHIFTED: "与“把 WGS-84 坐标当成 GCJ-02 又纠偏一次”的偏移完全吻合",
    Pattern.DOUBLE_SHIFTED: "与“坐标被重复加偏两次”的偏移完全吻合",
    Pattern.MOVED: "每次都在同一处",
}


def _why(pattern: Pattern, visits: int, away_m: float, *, gate: bool, alone: bool) -> tuple[str, str]:
    """The sentence in English and in Chinese."""
    ended = "One visit" if visits == 1 else f"{visits} visits"
    doubt_en = doubt_zh = ""
    if gate:
        doubt_en, doubt_zh = (
            ", but other doors are served from there too: perhaps a gate",
            "，但其他门牌也在那里交付，可能是小区大门",
        )
    elif alone:
        doubt_en, doubt_zh = ", but by one courier only: perhaps where they park", "，但都是同一位骑手，可能是其停车处"
    return (
        f"{ended} ended {away_m:.0f} m from the pin, {_HOW_EN[pattern]}{doubt_en}.",
        f"{visits} 次送达的实际位置距标注点 {away_m:.0f} 米，{_HOW_ZH[pattern]}{doubt_zh}。",
    )


def geometric_median(places: Sequence[Point]) -> Point:
    """The place with the least sum of distances: up to half of the places may be anywhere (E. Weiszfeld, "Sur le point
    pour lequel la somme des distances de n points donnés est minimum", Tôhoku Math. J. 43, 1937). One place at least.
    """
    origin = places[0]
    east_m = METRES_PER_DEGREE * cos(radians(origin.lat))
    flat = [((p.lon - origin.lon) * east_m, (p.lat - origin.lat) * METRES_PER_DEGREE) for p in places]
    x, y = median(point[0] for point in flat), median(point[1] for point in flat)
    for _ in range(50):
        weights = [1.0 / max(0.1, hypot(px - x, py - y)) for px, py in flat]
        total = sum(weights)
        x = sum(w * px for w, (px, _) in zip(weights, flat, strict=True)) / total
        y = sum(w * py for w, (_, py) in zip(weights, flat, strict=True)) / total
    return Point(origin.lat + y / METRES_PER_DEGREE, origin.lon + x / east_m)
