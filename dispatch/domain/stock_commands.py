"""What may be asked of a zone about its stock; see `commands`."""

from dataclasses import dataclass

from dispatch.domain.shelf import Sku


@dataclass(frozen=True, slots=True)
class StockLine:
    """So many pieces of a good, of a lot. `expires_at_ms` counts where the lot is new."""

    sku: str
    quantity: int
    lot_id: str = ""
    expires_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class RegisterSkus:
    """Make goods known, or change them."""

    skus: tuple[Sku, ...]


@dataclass(frozen=True, slots=True)
class ReceiveStock:
    """Pieces have come to a depot."""

    depot_id: str
    lines: tuple[StockLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class ComingLine:
    """So many pieces of a good are expected until `due_ms`, the end of a day (epoch ms); 0: none any more."""

    sku: str
    quantity: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class AnnounceStock:
    """What was ordered for a depot. A day's pieces are said anew, not added."""

    depot_id: str
    lines: tuple[ComingLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class CountStock:
    """So many pieces of these lots lie at a depot, as somebody has counted."""

    depot_id: str
    lines: tuple[StockLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class WriteOffStock:
    """These pieces are no good any more; of any lot where none is named, the ones that expire first."""

    depot_id: str
    lines: tuple[StockLine, ...]
    note: str


@dataclass(frozen=True, slots=True)
class TransferStock:
    """Pieces go from one depot to another."""

    from_depot_id: str
    to_depot_id: str
    lines: tuple[StockLine, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """So many pieces of a delivery for a depot."""

    depot_id: str
    quantity: int


@dataclass(frozen=True, slots=True)
class AllocateStock:
    """A delivery has come, and was split between depots: all of them receive their part, or none."""

    sku: str
    parts: tuple[Part, ...]
    lot_id: str = ""
    expires_at_ms: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class SetLowAt:
    """From so few free pieces on a depot's stock of a good is low; below 0: as the good says."""

    depot_id: str
    sku: str
    low_at: int


StockCommand = (
    RegisterSkus | ReceiveStock | AnnounceStock | CountStock | WriteOffStock | TransferStock | SetLowAt | AllocateStock
)
