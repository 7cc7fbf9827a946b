"""The audit of the fault tests finds what it is for: each kind of broken promise, planted."""

import pytest

from simulator.faults.audit import FenceWatch, findings


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("I2: order o1 was acknowledged, but never recorded", "lost"),
        ("I2: accept c1:7 was confirmed, but never recorded", "lost"),
        ("I2: request c1:7 took effect again", "double"),
        ("I1: order o1 changed hands without being free in between", "double"),
        ("I3: after event 4 comes 6", "others"),
        ("I4: order o1 went from delivered to assigned", "others"),
    ],
)
def test_each_violation_is_found_and_sorted(sentence: str, kind: str) -> None:
    """What the record shows is lost, double, or something else that must not be."""
    found = findings({"violations": [sentence]}, FenceWatch())
    assert getattr(found, kind) == found.all == [sentence]


def test_a_fence_that_rises_is_well() -> None:
    """A takeover raises it; the same one may be seen many times."""
    watch = FenceWatch()
    for fence, head in ((1, 10), (1, 10), (2, 10), (2, 14)):
        watch.take(fence, head)
    assert findings({"violations": []}, watch).all == [] and watch.fences == [1, 2]


def test_a_fence_or_a_head_that_goes_back_is_found() -> None:
    """Either one is a history that forked."""
    watch = FenceWatch()
    for fence, head in ((2, 10), (1, 11), (3, 9)):
        watch.take(fence, head)
    assert findings({"violations": []}, watch).others == [
        "I3: the fence went back from 2 to 1",
        "I3: the head went back from 11 to 9",
    ]
