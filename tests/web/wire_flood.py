"""A flooder in a process of its own, so that it takes nothing from the server's event loop but what it sends.

`python -m tests.web.wire_flood HOST:PORT SECONDS reads|deaf`, and on standard input three lines in hex: the handshake,
the hello, and what is sent again and again. It connects again as soon as it is cut off and prints how often it was.
"""

import socket
import sys
import time
from contextlib import suppress


def main(address: str, seconds: float, *, reads: bool) -> None:
    """Flood for this long."""
    host, _, port = address.rpartition(":")
    handshake, hello, repeated = (bytes.fromhex(line) for line in sys.stdin.read().split())
    until_s, cut_off = time.monotonic() + seconds, 0
    while time.monotonic() < until_s:
        with socket.socket() as peer, suppress(OSError):
            if not reads:
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)  # keeps the server's kernel from helping
            peer.connect((host, int(port)))
            peer.sendall(handshake)
            while b"\r\n\r\n" not in peer.recv(65_536, socket.MSG_PEEK):
                time.sleep(0.001)
            peer.sendall(hello)
            peer.setblocking(False)
            cut_off += _flood(peer, repeated, until_s, reads=reads)
    print(cut_off)  # noqa: T201


def _flood(peer: socket.socket, repeated: bytes, until_s: float, *, reads: bool) -> bool:
    """Whether the server ended it before the time was over."""
    left = memoryview(repeated)
    while time.monotonic() < until_s:
        try:
            left = left[peer.send(left) :] or memoryview(repeated)
        except BlockingIOError:
            time.sleep(0.0005)
        except OSError:
            return True
        if reads and _hung_up(peer):
            return True
    return False


def _hung_up(peer: socket.socket) -> bool:
    try:
        return not peer.recv(1 << 20)
    except BlockingIOError:
        return False
    except OSError:
        return True


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), reads=sys.argv[3] == "reads")
