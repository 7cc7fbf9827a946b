"""How long to wait before a message is tried again, and when to give up. Pure: chance is given.

Webhooks wait as *Standard Webhooks 1.0* recommends (three days in all); what a person is to read is old by then.
"""

from typing import Final

from dispatch.application.messaging.table import Channel

WEBHOOK_DELAYS_S: Final = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0)
FIRST_DELAY_S: Final = 5.0
FACTOR: Final = 4.0
MAX_TRIES: Final = 6
"""Of what a person reads: after 5 s, 20 s, 80 s, 5 min and 21 min it is given up."""
JITTER: Final = 0.25
"""A delay is made up to so much shorter or longer, so that those who failed together do not come back together."""


def next_try_s(channel: Channel, tries: int, chance: float, wait_s: float = 0.0) -> float | None:
    """Real seconds until the next try after `tries` of them; None to give up.

    `chance` is in [0, 1); `wait_s` is what the other side asked for.
    """
    delays = WEBHOOK_DELAYS_S if channel is Channel.WEBHOOK else _PERSONS_DELAYS_S
    if tries > len(delays):
        return None
    return max(wait_s, delays[tries - 1] * (1 - JITTER + 2 * JITTER * chance))


_PERSONS_DELAYS_S: Final = tuple(FIRST_DELAY_S * FACTOR**n for n in range(MAX_TRIES - 1))
