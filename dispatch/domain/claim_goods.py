"""What becomes of goods that come back: they lie in stock again, or are written off. The ledger names the claim."""

from typing import Final

from dispatch.domain.claim import Claim, ClaimKind, ReceivedLine
from dispatch.domain.errors import InvalidInput
from dispatch.domain.stock import receive_stock, write_off_stock
from dispatch.domain.stock_commands import ReceiveStock, StockLine, WriteOffStock
from dispatch.domain.zone import Draft

RETURNS_LOT: Final = "returns"
"""The lot of what comes back, where nobody names another."""


def put_away(draft: Draft, claim: Claim, lines: tuple[ReceivedLine, ...], note: str) -> None:
    """Let the shelves of the claim's depot change by what came. Raises `InvalidInput` for what the claim is not about.

    What is written off comes in first, so that the ledger has both. Goods that nobody counts stand in the claim only.
    """
    if claim.kind is ClaimKind.REPAIR and lines:
        raise InvalidInput("not_for_repairs", "Goods to be repaired stay their customer's; receive them without lines.")
    claimed = {line.line: line for line in claim.lines}
    if len({line.line for line in lines}) < len(lines) or not all(line.line in claimed for line in lines):
        raise InvalidInput("bad_lines", "Name the lines that the claim is about, each once.")
    told = f"{claim.id} {note}".strip()
    came, gone = [], []
    for line in lines:
        wanted = claimed[line.line]
        pieces = line.restocked + line.written_off
        if min(line.restocked, line.written_off) < 0 or pieces > wanted.quantity:
            raise InvalidInput(
                "bad_quantity", f"At most {wanted.quantity} pieces of line {line.line} can have come back."
            )
        lot_id = line.lot_id or RETURNS_LOT
        if pieces and wanted.sku in draft.base.skus:
            came.append(StockLine(wanted.sku, pieces, lot_id, line.expires_at_ms))
        if line.written_off and wanted.sku in draft.base.skus:
            gone.append(StockLine(wanted.sku, line.written_off, lot_id))
    receive_stock(draft, ReceiveStock(claim.depot_id, tuple(came), told), was_ordered=False)
    write_off_stock(draft, WriteOffStock(claim.depot_id, tuple(gone), told))
