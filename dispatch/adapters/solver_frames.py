"""Messages between `solver_pool` and its processes, apart from both: the server need not import what the solvers do."""

import pickle
from typing import Any, BinaryIO

READY = "ready"


def frame(message: Any) -> bytes:
    """A message with its length in front (4 bytes, big-endian)."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return len(body).to_bytes(4) + body


def write(stream: BinaryIO, message: Any) -> None:
    """Send a message."""
    stream.write(frame(message))
    stream.flush()


def read(stream: BinaryIO) -> Any:
    """The next message; None when the stream has ended."""
    head = stream.read(4)
    return pickle.loads(stream.read(int.from_bytes(head))) if len(head) == 4 else None  # noqa: S301 - from our parent
