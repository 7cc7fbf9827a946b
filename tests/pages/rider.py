"""A courier's phone for the tests of the pages: the real protocol, word by word, in a thread that need not be one.

Playwright's synchronous interface holds the event loop of its thread, so this speaks through a blocking socket.
"""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

ANSWER_WITHIN_S = 20


@dataclass(frozen=True)
class Phone:
    """One session: what was said on it is answered before the next word."""

    socket: ClientConnection
    business_now_ms: int

    def act(self, **action: Any) -> dict[str, Any]:
        """The committed reply to an action. It happened now, unless `at_ms` says when."""
        action = {"id": str(uuid.uuid4()), "at_ms": self.business_now_ms, **action}
        self.socket.send(json.dumps(action))
        return hear(self.socket, lambda message: message["t"] == "reply" and message["id"] == action["id"])

    def report(self, order_id: str, kind: str, at_ms: int, action: str = "completed", **more: Any) -> dict[str, Any]:
        """What happened to an order at a stop of its own, by the phone's clock."""
        stop_id = f"{kind[:2]}-{order_id}-offline"
        return self.act(
            t="progress", stop_id=stop_id, action=action, kind=kind, order_ids=[order_id], at_ms=at_ms, **more
        )


@contextmanager
def online(url: str, token: str) -> Iterator[Phone]:
    """A session of the courier of this token; over when the block is."""
    address = f"{url.replace('http', 'ws', 1)}/v1/courier"
    with connect(address, subprotocols=[Subprotocol("courier.v1.json")]) as socket:
        socket.send(json.dumps({"t": "hello", "v": 1, "token": token, "device_id": "test-phone"}))
        welcome = hear(socket, lambda message: message["t"] == "welcome")
        yield Phone(socket, welcome["business_now_ms"])


def hear(socket: ClientConnection, wanted: Any) -> dict[str, Any]:
    """The first message that is wanted. Raises TimeoutError when it does not come."""
    deadline_s = time.monotonic() + ANSWER_WITHIN_S
    while (left_s := deadline_s - time.monotonic()) > 0:
        frame = json.loads(socket.recv(timeout=left_s))
        for message in frame if isinstance(frame, list) else [frame]:
            if wanted(message):
                return dict(message)
    raise TimeoutError("The server did not answer.")
