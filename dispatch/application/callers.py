"""Who a caller is, as far as an address tells."""

import ipaddress


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
