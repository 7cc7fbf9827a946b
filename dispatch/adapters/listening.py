"""Ports to listen on: one for this process alone, or one that several processes share.

Sockets of one user with SO_REUSEPORT may be bound to one port. Linux deals connections out among those that listen, by
a hash of both ends' addresses; macOS and the BSDs know the option, too, but give nearly all to one of them.
"""

import socket
import sys

from dispatch.domain.errors import InvalidInput

_REUSE_PORT = getattr(socket, "SO_REUSEPORT", None)


def check_sharing(platform: str = sys.platform) -> None:
    """Raises `InvalidInput("cannot_share_ports")` where the system does not deal connections out."""
    if platform != "linux" or _REUSE_PORT is None:
        sentence = "Several workers on one port need Linux; elsewhere start one, or several servers behind a proxy."
        raise InvalidInput("cannot_share_ports", sentence)


def check_port(host: str, port: int, option: str = "--port") -> None:
    """Raises `InvalidInput("port_taken")` when somebody has the port already; `option` is the one that names it."""
    own_socket(host, port, option).close()


def own_socket(host: str, port: int, option: str = "--port") -> socket.socket:
    """A bound socket that does not listen yet. Raises `InvalidInput("port_taken")`."""
    return _bound(host, port, socket.SO_REUSEADDR, option)  # a server that is started again need not wait


def shared_socket(host: str, port: int) -> socket.socket:
    """As `own_socket`, but other processes of this user may bind theirs beside it; port 0 takes any free one.

    Until it listens no connection is dealt to it, yet it keeps the port from everybody else.
    """
    check_sharing()
    return _bound(host, port, socket.SO_REUSEPORT, "--port")


def _bound(host: str, port: int, reuse: int, option: str) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, reuse, 1)
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as event loops listen
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise InvalidInput("port_taken", f"Port {port} on {host} is taken; choose another with {option}.") from None
    return bound
