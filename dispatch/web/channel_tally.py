"""What the WebSocket channels counted in this process: how sessions ended, what was refused, what became of actions.

Only words of ours become labels (close codes, error codes, kinds of messages), never anything that a peer sent.
"""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily

from courier_protocol.close_codes import CloseCode
from courier_protocol.codec import INVALID_MESSAGE
from dispatch.web.door import REASONS

LOST = "link_lost"
"""The transport is gone and neither side had said why."""
KINDS = ("malformed_frame", "frame_too_big", INVALID_MESSAGE, "bad_ack", "bad_handshake", "watched_enough", *REASONS)
WEBSOCKET_ERRORS = {1002: "websocket_rules", 1007: "websocket_text", 1009: "websocket_size"}
"""How a peer broke the rules of RFC 6455, by the close code that it was told."""


class ChannelTally:
    """Counters by what they count; each only ever rises."""

    def __init__(self) -> None:
        ways = (*(code.name.lower() for code in CloseCode), *WEBSOCKET_ERRORS.values(), LOST)
        self.sessions_ended: Counter[str] = Counter(dict.fromkeys(ways, 0))
        self.refused: Counter[str] = Counter(dict.fromkeys((*KINDS, *WEBSOCKET_ERRORS.values()), 0))
        self.fixes: Counter[str] = Counter(duplicate=0, shed=0)
        self.actions: Counter[tuple[str, str]] = Counter()

    def session_ended(self, code: CloseCode | int | None) -> None:
        """A socket is gone; `code` is what this side closed it with, ours or one of RFC 6455; None: it did not."""
        if code is None:
            self.sessions_ended[LOST] += 1
        else:
            self.sessions_ended[code.name.lower() if isinstance(code, CloseCode) else _broken(code)] += 1

    def refuse(self, code: str) -> None:
        """A frame or a message was refused under this error code."""
        self.refused[code] += 1

    def break_rules(self, code: int) -> None:
        """A peer broke the rules of WebSockets and was closed with this code of RFC 6455."""
        self.refuse(_broken(code))

    def settle(self, kind: str, outcome: str) -> None:
        """An action of this kind got its reply: `ok`, or the code of its refusal."""
        self.actions[kind, outcome] += 1

    def metrics(self) -> Iterator[CounterMetricFamily]:
        """All of it, for Prometheus."""
        yield _family("sessions_ended", "Sessions by the way they ended.", self.sessions_ended)
        yield _family("refused", "Frames and messages refused, by error code.", self.refused)
        yield _family("fixes", "Fixes received and not handed on, by why.", self.fixes)
        actions = CounterMetricFamily(
            "dispatch_channel_actions", "Actions of couriers by kind and outcome.", labels=("what", "outcome")
        )
        for labels, number in sorted(self.actions.items()):
            actions.add_metric(labels, number)
        yield actions


def _broken(code: int) -> str:
    return WEBSOCKET_ERRORS.get(code, WEBSOCKET_ERRORS[1002])


def _family(name: str, meaning: str, counted: Counter[str]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"dispatch_channel_{name}", meaning, labels=("what",))
    for what, number in sorted(counted.items()):
        family.add_metric((what,), number)
    return family
