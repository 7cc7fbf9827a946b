"""The bodies of calls over HTTP."""

from typing import Literal

from dispatch.web.bodies import Body, Shown


class CallBody(Body):
    """Whom to call about the order."""

    to: Literal["customer", "courier"]


class CallShown(Shown):
    """The number to dial, which is nobody's own, and for how many seconds it joins the two."""

    number: str
    good_for_s: int
