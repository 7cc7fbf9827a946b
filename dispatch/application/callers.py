"""What an address tells: who a caller is, and whether it belongs to the internet at large."""

import ipaddress
from typing import Final

_INSIDE: Final = tuple(
    map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0:0/96", "fec0::/10"))
)
"""IPv6 that carries IPv4 inside or never leaves a site, and that Python does not call private everywhere."""


def network_of(address: str) -> str:
    """One caller: an IPv4 address, or an IPv6 /64, which every household has of its own."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet at large, also in what it carries inside (mapped, 6to4, NAT64)."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return is_public(str(parsed.ipv4_mapped))
        if parsed.sixtofour or parsed.teredo or any(parsed in inside for inside in _INSIDE):
            return False
    return parsed.is_global and not parsed.is_multicast
