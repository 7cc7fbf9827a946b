"""What goes with goods on paper: the delivery note that is signed, and the label on the parcel. Pure.

Who draws them (`PaperMaker`) knows neither orders nor languages.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Protocol

from dispatch.domain.depot import Depot
from dispatch.domain.fulfilment import Mode
from dispatch.domain.order import Direction, Order, ProofKind

_WORDS: Final = {
    "en": {
        "note": "Delivery note",
        "return": "Return note",
        "order": "Order",
        "from": "From",
        "to": "To",
        "by": "Deliver by",
        "window": "Deliver",
        "code": "Code",
        "what": "Goods",
        "quantity": "Quantity",
        "pieces": "{n} pieces, {kg} kg",
        "received": "Received complete and undamaged",
        "date": "Date",
        "name": "Name",
        "signature": "Signature",
        "fragile": "FRAGILE",
        "age": "ADULTS ONLY: CHECK AGE",
        "pin": "PIN",
        "signed": "SIGNATURE",
        "point": "COLLECTED AT THE POINT",
        "self_pickup": "COLLECTED HERE",
        "carrier": "BY CARRIER",
        "page": "Page {n}",
    },
    "zh": {
        "note": "送货单",
        "return": "退货单",
        "order": "订单号",
        "from": "发货",
        "to": "收货",
        "by": "最晚送达",
        "window": "送达时间",
        "code": "编码",
        "what": "品名",
        "quantity": "数量",
        "pieces": "共 {n} 件，{kg} 公斤",
        "received": "货物完好、数量无误",
        "date": "日期",
        "name": "姓名",
        "signature": "签字",
        "fragile": "易碎",
        "age": "仅限成年人：核验年龄",
        "pin": "凭收货码",
        "signed": "需签字",
        "point": "自提",
        "self_pickup": "到店自提",
        "carrier": "快递",
        "page": "第 {n} 页",
    },
}


@dataclass(frozen=True, slots=True)
class Party:
    """An end of the way: a title (From, To), a name, and further lines."""

    title: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DeliveryNote:
    """What is signed at the door: `rows` are (code, goods, quantity), `blanks` are filled in by hand."""

    title: str
    number: str
    facts: tuple[str, ...]
    parties: tuple[Party, ...]
    headings: tuple[str, str, str]
    rows: tuple[tuple[str, str, str], ...]
    total: str
    marks: tuple[str, ...]
    statement: str
    blanks: tuple[str, ...]
    page_words: str
    barcode: str


@dataclass(frozen=True, slots=True)
class Label:
    """What sticks on a parcel; `barcode` is what the courier's scanner reads."""

    number: str
    barcode: str
    parties: tuple[Party, ...]
    marks: tuple[str, ...]
    facts: tuple[str, ...]


class PaperMaker(Protocol):
    """Draws papers as PDF."""

    def delivery_notes(self, notes: Sequence[DeliveryNote]) -> bytes:
        """One after the other, each on a page of its own."""
        ...

    def labels(self, labels: Sequence[Label]) -> bytes:
        """One a page, 100 mm by 150 mm, as label printers take them."""
        ...


def delivery_note(order: Order, depot: Depot, lang: str, place: tzinfo) -> DeliveryNote:
    """The order's note in `en` or `zh`, its times by the clocks of `place`."""
    words = _WORDS[lang]
    back = order.direction is Direction.RETURN
    parties = (_depot(depot, words), _customer(order, words))
    return DeliveryNote(
        title=words["return" if back else "note"],
        number=number_of(order),
        facts=(f"{words['order']} {order.id}", _when(order, words, place)),
        parties=_relabelled(parties[::-1] if back else parties, words),
        headings=(words["code"], words["what"], words["quantity"]),
        rows=tuple((line.code or line.sku, line.name, str(line.quantity)) for line in order.lines),
        total=_total(order, words),
        marks=_marks(order, words),
        statement=words["received"],
        blanks=(words["date"], words["name"], words["signature"]),
        page_words=words["page"],
        barcode=barcode_of(order),
    )


def label(order: Order, depot: Depot, lang: str, place: tzinfo) -> Label:
    """The label of the order's parcel. A number's last digits are enough to tell two customers apart."""
    words = _WORDS[lang]
    name = " ".join(filter(None, (order.dropoff.name, order.dropoff.phone[-4:])))
    to = Party(words["to"], name, tuple(filter(None, (order.dropoff.address, order.dropoff.note))))
    return Label(
        number=number_of(order),
        barcode=barcode_of(order),
        parties=(to, Party(words["from"], depot.name, ())),
        marks=_marks(order, words),
        facts=(_when(order, words, place), _total(order, words)),
    )


def number_of(order: Order) -> str:
    """What people call the order: the shop's number, else the end of ours."""
    return order.ref or order.id[-8:].upper()


def barcode_of(order: Order) -> str:
    """What a scanner must read at the door (`proofs`): the parcel's code, else the shop's number, else ours."""
    return order.barcode or order.ref or order.id


def _depot(depot: Depot, words: dict[str, str]) -> Party:
    return Party(words["from"], depot.name, tuple(filter(None, (depot.address,))))


def _customer(order: Order, words: dict[str, str]) -> Party:
    to = order.dropoff
    return Party(words["to"], to.name, tuple(filter(None, (to.address, to.phone, to.note))))


def _relabelled(parties: tuple[Party, ...], words: dict[str, str]) -> tuple[Party, ...]:
    """A return comes from the customer."""
    first, second = parties
    return (Party(words["from"], first.name, first.lines), Party(words["to"], second.name, second.lines))


def _when(order: Order, words: dict[str, str], place: tzinfo) -> str:
    by = _clock(order.promise_at_ms, place)
    if order.earliest_at_ms:
        return f"{words['window']} {_clock(order.earliest_at_ms, place)} – {by}"
    return f"{words['by']} {by}"


def _clock(at_ms: int, place: tzinfo) -> str:
    return datetime.fromtimestamp(at_ms / 1000, place).strftime("%Y-%m-%d %H:%M")


def _total(order: Order, words: dict[str, str]) -> str:
    pieces = sum(line.quantity for line in order.lines) or order.load.items
    return words["pieces"].format(n=pieces, kg=f"{order.load.weight_g / 1000:.1f}")


def _marks(order: Order, words: dict[str, str]) -> tuple[str, ...]:
    asked = {ProofKind.AGE: "age", ProofKind.PIN: "pin", ProofKind.SIGNATURE: "signed"}
    marks = ["fragile"] if order.fragile else []
    marks += [asked[kind] for kind in order.requires if kind in asked]
    marks += ["point"] if order.collection else []
    marks += [order.mode.value] if order.mode is not Mode.DELIVERY else []
    return tuple(words[mark] for mark in marks)
