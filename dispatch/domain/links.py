"""Decisions about the link that shows an order to its customer."""

from dataclasses import replace

from dispatch.domain import commands as c
from dispatch.domain import events as e
from dispatch.domain.errors import Conflict
from dispatch.domain.zone import Draft

LINK_CHANGED = "link"
"""What an `OrderChanged` calls it."""


def replace_link(draft: Draft, command: c.ReplaceLink) -> None:
    """The order's link opens nothing any more; another one does, or none. It may be done after the order's end.

    Raises `Conflict` when somebody else has replaced the link meanwhile.
    """
    order = draft.order(command.order_id)
    if order.link_number + 1 != command.number:
        raise Conflict("link_changed", "The order's link has just been replaced by somebody else; look again.")
    draft.emit(e.OrderChanged(replace(order, track_hash=command.track_hash, link_number=command.number), LINK_CHANGED))
