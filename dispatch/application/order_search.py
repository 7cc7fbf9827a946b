"""Finding orders of an account by what people remember of them. Pure.

Numbers, the address and the name are looked for anywhere in them, a phone number by its end, as people read it out.
"""

import unicodedata
from dataclasses import dataclass

from dispatch.domain.order import Order

LEAST_DIGITS = 4
"""Of the end of a number: fewer fit half of all orders."""


@dataclass(frozen=True, slots=True)
class OrderSearch:
    """What is looked for: words that all have to be found (empty: anything), and where the order stands (empty:
    anywhere), as people are shown it.
    """

    text: str = ""
    statuses: frozenset[str] = frozenset()

    def finds(self, order: Order, status: str) -> bool:
        """Whether it is one of them; `status` is what it is shown as."""
        if self.statuses and status not in self.statuses:
            return False
        to = order.dropoff
        known = [_folded(each) for each in (order.ref, order.drop_of, order.id, to.address, to.name)]
        return all(any(word in each for each in known) or _ends(to.phone, word) for word in _folded(self.text).split())


def _ends(phone: str, word: str) -> bool:
    return word.isdecimal() and len(word) >= LEAST_DIGITS and phone.endswith(word)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
