"""Planted breaches of the invariants are found in the recorded history; a sound one is left alone."""

from typing import Any

import pytest

from simulator.history import checked


def record(seq: int, order_id: str, status: str, courier_id: str = "") -> dict[str, Any]:
    order = {"id": order_id, "status": status, "courier_id": courier_id}
    return {"seq": seq, "type": "OrderChanged", "body": {"order": order}}


def test_a_sound_history_is_left_alone() -> None:
    """Offered, taken back, offered to another, delivered."""
    history = checked(
        [
            record(1, "A", "dispatchable"),
            record(2, "A", "offered", "ann"),
            record(3, "A", "dispatchable"),
            {"seq": 4, "type": "PlanAdopted", "body": {"version": 3, "engines": ["insertion"]}},
            record(5, "A", "offered", "bo"),
            record(6, "A", "assigned", "bo"),
            record(7, "A", "picked_up", "bo"),
            record(8, "A", "delivered", "bo"),
            {"seq": 9, "type": "PlanAdopted", "body": {"version": 4, "engines": ["search", "ortools-assignment"]}},
        ]
    )
    assert history.violations == []
    assert (history.seq, history.status["A"]) == (9, "delivered")
    assert (history.plans_adopted, history.plans_with_ortools) == (2, 1)


def test_who_is_asked_among_several_does_not_have_it() -> None:
    """Offered to several, nobody has the order; one of them accepts."""
    steps = [("dispatchable", ""), ("offered", ""), ("offered", ""), ("assigned", "bo"), ("picked_up", "bo")]
    assert checked([record(n, "A", status, who) for n, (status, who) in enumerate(steps, 1)]).violations == []


def test_a_request_takes_effect_once() -> None:
    """All that it changes at once counts as one; the same request later is a breach."""
    events = [{"seq": seq, "type": "Note", "body": {}, "request_id": name} for seq, name in enumerate("aab", 1)]
    sound = checked([*events, {"seq": 4, "type": "Note", "body": {}, "request_id": ""}])
    assert (sound.effects, sound.violations) == ({"a": 1, "b": 1}, [])
    again = checked([*events, {"seq": 4, "type": "Note", "body": {}, "request_id": "a"}])
    assert again.violations == ["I2: request a took effect again"]


@pytest.mark.parametrize(
    ("records", "invariant"),
    [
        ([record(1, "A", "dispatchable"), record(3, "A", "canceled")], "I3"),
        ([record(1, "A", "dispatchable"), record(1, "A", "canceled")], "I3"),
        ([record(1, "A", "dispatchable"), record(2, "A", "delivered", "ann")], "I4"),
        ([record(1, "A", "assigned", "ann"), record(2, "A", "assigned", "bo")], "I1"),
        ([record(1, "A", "assigned")], "I1"),
        ([record(1, "A", "offered", "ann"), record(2, "A", "offered")], "I1"),
    ],
)
def test_each_breach_is_found(records: list[dict[str, Any]], invariant: str) -> None:
    """A hole or a repetition in the sequence, a forbidden step, two couriers, nobody at all."""
    violations = checked(records).violations
    assert len(violations) == 1
    assert violations[0].startswith(invariant)
