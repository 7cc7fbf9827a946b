"""How far a phone's clock is off."""

from dispatch.application.device_clock import SAMPLES, DeviceClock


def test_the_fastest_message_is_the_best_sample() -> None:
    """A clock that is 2 s ahead, over a link that takes 40 to 900 ms."""
    clock = DeviceClock()
    assert clock.offset_ms is None
    for n, on_its_way_ms in enumerate((300, 40, 900, 120)):
        clock.sample(10_000 * n + 2_000, 10_000 * n + on_its_way_ms)
    assert clock.offset_ms == 1_960


def test_a_phone_that_does_not_tell_has_no_offset() -> None:
    """0 stands for nothing."""
    clock = DeviceClock()
    clock.sample(0, 1_000)
    assert clock.offset_ms is None


def test_a_clock_that_was_set_is_known_again_after_a_while() -> None:
    """Old samples do not count for ever."""
    clock = DeviceClock()
    clock.sample(60_000, 1_000)
    for n in range(SAMPLES):
        clock.sample(5_000 + n, 5_000 + n)
    assert clock.offset_ms == 0
