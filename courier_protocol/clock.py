"""The server's business clock, as a client knows it.

The theory (Cristian 1989; NTP keeps the best sample likewise). A question sent at `sent` and answered at `got`, both on
the client's monotonic clock, met a server clock of `business_ms` somewhere in between. The middle is the best guess and
half the round trip bounds its error (times `rate`). A later sample is better when its bound is smaller than the old
one's has grown by drift; so one quick pong beats many slow ones, and a stale one fades.
"""

from courier_protocol.errors import LocalProtocolError

DRIFT_PER_MS = 100e-6
"""Crystals of phones keep within 100 ppm."""


class BusinessClock:
    """Business time by the best sample so far. Business time runs `rate` times as fast as real time."""

    def __init__(self) -> None:
        self._business_ms = 0
        self._mono_ms = 0.0
        self._rate = 0.0
        self._error_ms = 0.0

    @property
    def round_trip_ms(self) -> float:
        """The round trip of the sample in use, in real milliseconds."""
        return 2 * self._error_ms

    def start(self, sent_mono_ms: int, got_mono_ms: int, business_ms: int, rate: float) -> None:
        """Begin with the sample of a welcome; forgets what another server said."""
        self._rate = rate
        self._use(sent_mono_ms, got_mono_ms, business_ms)

    def sample(self, sent_mono_ms: int, got_mono_ms: int, business_ms: int) -> None:
        """Offer the sample of a pong."""
        grown_ms = self._error_ms + (got_mono_ms - self._mono_ms) * DRIFT_PER_MS
        if (got_mono_ms - sent_mono_ms) / 2 <= grown_ms:
            self._use(sent_mono_ms, got_mono_ms, business_ms)

    def _use(self, sent_mono_ms: int, got_mono_ms: int, business_ms: int) -> None:
        self._business_ms = business_ms
        self._mono_ms = (sent_mono_ms + got_mono_ms) / 2
        self._error_ms = (got_mono_ms - sent_mono_ms) / 2

    def now_ms(self, mono_ms: int) -> int:
        """Business time at `mono_ms`; LocalProtocolError before the first sample."""
        if not self._rate:
            raise LocalProtocolError("Business time is not known before the first welcome.")
        return round(self._business_ms + (mono_ms - self._mono_ms) * self._rate)
