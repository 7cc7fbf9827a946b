"""Finding orders of an account by what people remember of them. Pure.

The shop's numbers, the address and the name are looked for anywhere in them; our own number of the order and the
phone number by their ends, as people read them out.
"""

import unicodedata
from dataclasses import dataclass

from dispatch.domain.order import Order

LEAST_OF_AN_END = 4
"""Characters: fewer fit half of all orders."""


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
        known = [_folded(each) for each in (order.ref, order.drop_of, to.address, to.name)]
        ends = (to.phone, order.id.casefold())
        return all(any(word in each for each in known) or _ends(ends, word) for word in _folded(self.text).split())


def _ends(numbers: tuple[str, ...], word: str) -> bool:
    return len(word) >= LEAST_OF_AN_END and any(number.endswith(word) for number in numbers)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
