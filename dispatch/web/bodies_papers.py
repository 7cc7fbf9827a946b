"""The bodies of papers over HTTP."""

from typing import Annotated, Final, Literal

from msgspec import Meta

from dispatch.web.bodies import Body, Id

MOST_PAPERS: Final = 200


class PapersBody(Body):
    """Of which orders, in this order, and what."""

    kind: Literal["labels", "delivery_notes"]
    order_ids: Annotated[list[Id], Meta(min_length=1, max_length=MOST_PAPERS)]
