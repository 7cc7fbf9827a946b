"""Batteries are told in steps, seldom, and without a word about what a fix leaves out."""

from dispatch.application.batteries import EVERY_S, LOOK_EVERY_S, Batteries, step_of
from dispatch.application.ports import Position
from tests.support.zones import NOON_MS


def at(courier_id: str, battery: float | None) -> dict[str, Position]:
    """Where a courier is, and how full their battery."""
    return {courier_id: Position(courier_id, 1, 1, NOON_MS, NOON_MS, 60.1, 24.9, battery=battery)}


def test_a_step_is_five_hundredths() -> None:
    """To the nearest one."""
    assert [step_of(level) for level in (0.0, 0.13, 0.42, 0.99)] == [0.0, 0.15, 0.4, 1.0]


def test_a_battery_is_told_when_its_step_changed() -> None:
    """At once when it is first known, then only when it is clearly on another step, and never within 30 s."""
    batteries, mono_ms = Batteries(), 0.0
    heard = []
    for level in (0.42, 0.39, 0.42, 0.36, None, 0.36):
        heard.append((batteries.look(at("c1", level), mono_ms), batteries.shown.get("c1")))
        mono_ms += EVERY_S * 1000
    assert heard == [(["c1"], 0.4), ([], 0.4), ([], 0.4), (["c1"], 0.35), ([], 0.35), ([], 0.35)]


def test_a_battery_is_not_told_too_often() -> None:
    """Looked for every 5 s, told of one courier at most every 30 s; somebody new is told at the next look."""
    batteries, look_ms = Batteries(), LOOK_EVERY_S * 1000
    assert batteries.look(at("c1", 0.5), 0.0) == ["c1"]
    assert batteries.look(at("c2", 0.5), look_ms - 1) == []
    assert batteries.look(at("c1", 0.2) | at("c2", 0.5), look_ms) == ["c2"]
    assert batteries.look(at("c1", 0.2), EVERY_S * 1000) == ["c1"]


def test_a_phone_that_tells_nothing_is_not_shown() -> None:
    """Many GPS apps do not know their battery."""
    batteries = Batteries()
    assert batteries.look(at("c1", None), 0.0) == [] and batteries.shown == {}
