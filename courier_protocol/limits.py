"""What one session may cost: every limit of the server side as a number, and the bucket that bounds a rate."""

import msgspec

from courier_protocol.messages import MAX_OPEN_ACTIONS, MAX_UNACKED_PUSHES


class SessionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of a session on the server. Durations are real seconds, rates per real second.

    The defaults let a phone that was offline for hours flush 4,096 fixes at once, and bound what it may send for ever
    after. `features` are the names that a hello may require.
    """

    hello_timeout_s: float = 5.0
    heartbeat_s: float = 8.0
    missed_heartbeats: int = 2
    messages_burst: int = 512
    messages_per_s: float = 100.0
    fixes_burst: int = 4_096
    fixes_per_s: float = 50.0
    single_fixes_per_ack: int = 10
    max_unacked_pushes: int = MAX_UNACKED_PUSHES
    max_waiting_pushes: int = 256
    max_open_actions: int = MAX_OPEN_ACTIONS
    max_refusals: int = 16
    features: frozenset[str] = frozenset()

    @property
    def max_replayed_pushes(self) -> int:
        """A phone that missed more gets a snapshot instead: the replay alone would make it a slow consumer."""
        return self.max_waiting_pushes


def silence_limit_ms(heartbeat_s: float, missed_heartbeats: int) -> int:
    """How long a peer may be silent: the heartbeats that it may miss, and half of one more for the road."""
    return round((missed_heartbeats + 0.5) * heartbeat_s * 1000)


class TokenBucket:
    """Allows `burst` at once and `per_s` for ever after."""

    __slots__ = ("_burst", "_filled_mono_ms", "_per_ms", "_tokens")

    def __init__(self, burst: int, per_s: float, mono_ms: int) -> None:
        self._burst = float(burst)
        self._per_ms = per_s / 1000
        self._tokens = float(burst)
        self._filled_mono_ms = mono_ms

    def take(self, wanted: int, mono_ms: int) -> int:
        """Take up to `wanted` tokens; returns how many were there."""
        tokens = self._tokens
        if mono_ms > self._filled_mono_ms:
            tokens += (mono_ms - self._filled_mono_ms) * self._per_ms
            tokens = min(tokens, self._burst)
            self._filled_mono_ms = mono_ms
        taken = wanted if wanted <= tokens else int(tokens)
        self._tokens = tokens - taken
        return taken
