"""Ports to listen on: one for this process alone, or one that several processes share.

Sockets of one user with SO_REUSEPORT may be bound to one port. Linux deals connections out among those that listen, by
a hash of both ends' addresses; macOS and the BSDs know the option, too, but give nearly all to one of them.
"""

import logging
import resource
import socket
import sys
from typing import Final

from dispatch.domain.errors import InvalidInput

log = logging.getLogger(__name__)
SPARE_FILES: Final = 256
"""Beside its connections a process has files, databases and children."""


def room_for(connections: int) -> int:
    """How many connections of those that are wanted the system lets this process have; its limit is raised first."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_FILES
    ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < ceiling:
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
    if ceiling < wanted:
        log.warning("this process may have %d files open, so it takes fewer connections than %d", ceiling, connections)
    return max(1, min(connections, ceiling - SPARE_FILES))


def check_sharing(platform: str = sys.platform) -> None:
    """Raises `InvalidInput("cannot_share_ports")` where the system does not deal connections out."""
    if platform != "linux" or not hasattr(socket, "SO_REUSEPORT"):
        sentence = "Several workers on one port need Linux; elsewhere start one, or several servers behind a proxy."
        raise InvalidInput("cannot_share_ports", sentence)


def check_port(host: str, port: int, option: str = "--port") -> None:
    """Raises `InvalidInput("port_taken")` when somebody has the port already; `option` is the one that names it."""
    own_socket(host, port, option).close()


def own_socket(host: str, port: int, option: str = "--port") -> socket.socket:
    """A bound socket that does not listen yet. Raises `InvalidInput("port_taken")`."""
    return _bound(host, port, option)


def shared_socket(host: str, port: int) -> socket.socket:
    """As `own_socket`, but other processes of this user may bind sockets of this kind beside it."""
    check_sharing()
    return _bound(host, port, "--port", shared=True)


def held_port(host: str, port: int) -> socket.socket:
    """As `shared_socket`, and it keeps the port from everybody else, listening or not; port 0 takes any free one.

    Connections are dealt to those who listen only.
    """
    held = shared_socket(host, port)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)  # with it others may bind where nobody listens yet
    return held


def _bound(host: str, port: int, option: str, *, shared: bool = False) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    # The connections of the server before this one are remembered for a minute; it may be started again at once.
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if bound.family == socket.AF_INET6:
        bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as event loops listen
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise InvalidInput("port_taken", f"Port {port} on {host} is taken; choose another with {option}.") from None
    return bound
