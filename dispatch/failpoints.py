"""Named places where a test may make this process fail, to see what survives. Off unless the environment asks.

    DISPATCH_FAILPOINTS="commit.before=kill@3 lease.renew=delay:6"

At the third passage of `commit.before` the process kills itself, as the kernel would: nothing is flushed, no handler
runs. `stop` freezes it until SIGCONT; `delay:S` blocks it for S seconds, as a stalled machine does. Without `@` the
first passage counts; each place fails once. Off, a place costs the call of an empty function.
"""

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

VARIABLE: Final = "DISPATCH_FAILPOINTS"
PLACES: Final = frozenset(
    {
        "inbox.submitted",  # gateway: the request is durable, nobody was told
        "answer.ready",  # gateway: the zone has decided, the caller does not know
        "welcome.sent",  # gateway: a phone was welcomed
        "zone.claimed",  # planner: the zone is this one's, and not loaded
        "commit.before",  # planner: all is written, nothing committed
        "commit.after",  # planner: committed, nobody was told
        "lease.renew",  # planner: about to keep the zone
        "relay.before_append",
        "relay.after_append",  # relay: events are copied, which is not remembered
        "message.claimed",  # planner: a message is this process's to send, and not handed over
        "message.sent",  # planner: it was handed over, which is not noted
    }
)


class Plan:
    """What is to happen where, as `VARIABLE` says it. Raises `ValueError` for what cannot be meant."""

    def __init__(self, said: str) -> None:
        self._passages: Counter[str] = Counter()
        self._acts: dict[str, tuple[int, Callable[[], None]]] = {}
        for entry in said.split():
            place, _, what = entry.partition("=")
            act, _, passage = what.partition("@")
            if place not in PLACES:
                raise ValueError(f"There is no failpoint {place}.")
            self._acts[place] = (int(passage or 1), _act(act))

    def passed(self, place: str) -> None:
        """The process is at this place; it may go no further."""
        self._passages[place] += 1
        passage, act = self._acts.get(place, (0, _nothing))
        if self._passages[place] == passage:
            act()


def _act(said: str) -> Callable[[], None]:
    kind, _, seconds = said.partition(":")
    match kind:
        case "kill":
            return lambda: os.kill(os.getpid(), signal.SIGKILL)
        case "stop":
            return lambda: os.kill(os.getpid(), signal.SIGSTOP)
        case "delay":
            delay_s = float(seconds)
            return lambda: time.sleep(delay_s)
    raise ValueError(f"A failpoint can kill, stop or delay:S, not {said}.")


def _nothing() -> None:
    """Nothing happens here."""


def _pass_by(place: str) -> None:
    """No failpoints were asked for."""


failpoint: Final[Callable[[str], None]] = Plan(os.environ[VARIABLE]).passed if VARIABLE in os.environ else _pass_by
"""Call it at a place, by its name."""
