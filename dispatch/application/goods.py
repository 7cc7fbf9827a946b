"""What the goods of an order say about it: what it weighs, how it is handled, and which depots have all of it.

This looks at a replica, to choose well; the zone looks again and promises.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dispatch.domain.allotment import missing_at, needs
from dispatch.domain.order import HoldState, Line, Order, ProofKind
from dispatch.domain.shelf import Shelf, Sku, shelf_id
from dispatch.domain.vehicle import Load


@dataclass(frozen=True, slots=True)
class Handling:
    """How an order's goods are handled."""

    load: Load
    requires: tuple[ProofKind, ...]
    fragile: bool


@dataclass(frozen=True, slots=True)
class Goods:
    """What a zone knows of goods: each by its id, and what lies where."""

    skus: Mapping[str, Sku] = field(default_factory=dict)
    shelves: Mapping[str, Shelf] = field(default_factory=dict)

    def handling(self, lines: Iterable[Line], stated: Handling) -> Handling:
        """How these lines are handled, beside what the shop has stated. A weight or volume that it states counts."""
        known = [(self.skus[line.sku], line.quantity) for line in lines if line.sku in self.skus]
        load = stated.load
        if known and not load.weight_g and not load.volume_ml:
            load = sum((_times(sku.unit, pieces) for sku, pieces in known), replace(load, items=0))
        requires = stated.requires
        if any(sku.age_restricted for sku, _ in known) and ProofKind.AGE not in requires:
            requires = (*requires, ProofKind.AGE)
        return Handling(load, requires, stated.fragile or any(sku.fragile for sku, _ in known))

    def has(self, wanted: Mapping[str, int], depot_id: str, now_ms: int) -> bool:
        """Whether the depot has all of it."""
        return not missing_at(wanted, depot_id, self._shelf, now_ms)

    def without(self, order: Order) -> "Goods":
        """The same as if the order had nothing promised: what it holds can be had, by it."""
        if order.stock is None or order.stock.state is not HoldState.RESERVED:
            return self
        depot_id = order.stock.depot_id
        held = ((self._shelf(depot_id, sku), pieces) for sku, pieces in needs(order).items())
        back = {shelf_id(depot_id, shelf.sku): shelf.promised(-pieces) for shelf, pieces in held}
        return replace(self, shelves={**self.shelves, **back})

    def _shelf(self, depot_id: str, sku: str) -> Shelf:
        return self.shelves.get(shelf_id(depot_id, sku)) or Shelf(depot_id, sku)


NO_GOODS = Goods()


def _times(unit: Load, pieces: int) -> Load:
    return Load(unit.weight_g * pieces, unit.volume_ml * pieces, max(1, unit.items) * pieces)
