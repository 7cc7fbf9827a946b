"""The part of `bootstrap` that wires what guards the doors: limits for callers, and erasing what is kept of people."""

from typing import TypedDict

from dispatch.application.api_keys import ApiKeys
from dispatch.application.call_rates import CallRates
from dispatch.application.erasure import Erasure
from dispatch.application.link_limits import LinkLimits
from dispatch.application.socket_tickets import SocketTickets
from dispatch.application.uploads import Uploads
from dispatch.bootstrap_parts import Parts


class Guards(TypedDict):
    """The part of `Services` that is made here."""

    link_limits: LinkLimits
    call_rates: CallRates
    erasure: Erasure
    api_keys: ApiKeys
    socket_tickets: SocketTickets
    trusted_proxies: tuple[str, ...]


def guards(parts: Parts, uploads: Uploads) -> Guards:
    """Limits for callers, and erasing."""
    call_rates = parts.settings.call_rates(parts.ticker)
    erasure = Erasure(parts.store, parts.eraser, parts.copies, uploads, parts.devices)
    api_keys = ApiKeys(parts.keys, parts.ticker)
    parts.loops["keys in use"] = api_keys.run
    socket_tickets = SocketTickets(parts.tickets)
    parts.counters.append(lambda: socket_tickets.counters)
    parts.counters += [lambda: call_rates.counters, lambda: erasure.counters, lambda: api_keys.counters]
    return {
        "link_limits": LinkLimits(parts.tickets),
        "call_rates": call_rates,
        "erasure": erasure,
        "api_keys": api_keys,
        "socket_tickets": socket_tickets,
        "trusted_proxies": parts.settings.trusted_proxies,
    }
