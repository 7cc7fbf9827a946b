"""Papers as PDF, by ReportLab. Chinese is set in a font that PDF readers have or stand in for; none is embedded."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.graphics.barcode import code128
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from dispatch.application.papers import DeliveryNote, Label, Party

FONT: Final = "STSong-Light"
LABEL_SIZE: Final = (100 * mm, 150 * mm)
_MARGIN: Final = 18 * mm
_LABEL_MARGIN: Final = 6 * mm
_BARCODE_MM: Final = 14
_WIDEST_BAR: Final = 0.45 * mm
_Style = tuple[str, tuple[int, int], tuple[int, int], *tuple[Any, ...]]
_AT_TOP: Final[list[_Style]] = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 0)]
_GRID: Final[list[_Style]] = [
    ("FONTNAME", (0, 0), (-1, -1), FONT),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
    ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.grey),
    ("ALIGN", (2, 0), (2, -1), "RIGHT"),
    *_AT_TOP,
]


class PdfPapers:
    """See `PaperMaker`."""

    def __init__(self) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))

    def delivery_notes(self, notes: Sequence[DeliveryNote]) -> bytes:
        """See `PaperMaker`. A long note goes on over pages, each with its number and the order's."""
        papers, story = BytesIO(), list[Flowable]()
        document = BaseDocTemplate(papers, pagesize=A4, title=notes[0].title if notes else "")
        for n, note in enumerate(notes):
            document.addPageTemplates(_page(f"note {n}", note))
            story += [NextPageTemplate(f"note {n}"), PageBreak()] if n else []
            story += _note(note, A4[0] - 2 * _MARGIN)
        document.build(story)
        return papers.getvalue()

    def labels(self, labels: Sequence[Label]) -> bytes:
        """See `PaperMaker`. What does not fit is left out at the end, never the barcode."""
        papers, story = BytesIO(), list[Flowable]()
        width, height = (side - 2 * _LABEL_MARGIN for side in LABEL_SIZE)
        frame = Frame(_LABEL_MARGIN, _LABEL_MARGIN, width, height, 0, 0, 0, 0)
        document = BaseDocTemplate(papers, pagesize=LABEL_SIZE)
        document.addPageTemplates(PageTemplate("label", [frame]))
        for n, each in enumerate(labels):
            story += [PageBreak()] if n else []
            story.append(_Fitted(_label(each, width), width, height))
        document.build(story)
        return papers.getvalue()


class _Fitted(Flowable):
    """Flowables one below the other in a box of this size; what would stand out of it is not drawn."""

    def __init__(self, parts: Sequence[Flowable], width: float, height: float) -> None:
        super().__init__()
        self._parts = parts
        self.width, self.height = width, height

    def wrap(self, available_width: float, available_height: float) -> tuple[float, float]:
        """The whole box."""
        del available_width, available_height
        return self.width, self.height

    def draw(self) -> None:
        """From the top on."""
        left = self.height
        for part in self._parts:
            _, needed = part.wrapOn(self.canv, self.width, left)
            if needed > left:
                return
            part.drawOn(self.canv, 0, left - needed)
            left -= needed


def _style(size: float, **more: Any) -> ParagraphStyle:
    return ParagraphStyle(f"{size}", fontName=FONT, fontSize=size, leading=size * 1.35, wordWrap="CJK", **more)


_TEXT, _SMALL, _LARGE, _HUGE = _style(10), _style(8.5), _style(18), _style(26)


def _words(text: str, style: ParagraphStyle = _TEXT) -> Paragraph:
    return Paragraph(escape(text), style)


def _page(name: str, note: DeliveryNote) -> PageTemplate:
    first = list[int]()

    def footer(canvas: Any, _document: Any) -> None:
        first.append(canvas.getPageNumber())
        canvas.setFont(FONT, 8)
        words = f"{note.number} · {note.page_words.format(n=canvas.getPageNumber() - first[0] + 1)}"
        canvas.drawRightString(A4[0] - _MARGIN, _MARGIN / 2, words)

    frame = Frame(_MARGIN, _MARGIN, A4[0] - 2 * _MARGIN, A4[1] - 2 * _MARGIN, 0, 0, 0, 0)
    return PageTemplate(name, [frame], onPage=footer)


def _note(note: DeliveryNote, width: float) -> list[Flowable]:
    head: list[list[Any]] = [
        [_words(note.title, _LARGE), _words(note.number, _LARGE)],
        ["", _barcode(note.barcode, width / 2)],
    ]
    goods = [
        [_words(cell, _SMALL) for cell in note.headings],
        *([_words(code), _words(goods), _words(quantity)] for code, goods, quantity in note.rows),
    ]
    columns = [width * share for share in (0.22, 0.64, 0.14)]
    blanks = Table([[_words(each, _SMALL) for each in note.blanks]], [width / 3] * 3, [18 * mm], style=_signed())
    return [
        Table(head, [width / 2] * 2, style=[*_AT_TOP, ("SPAN", (0, 0), (0, 1))]),
        *(_words(fact) for fact in note.facts),
        Spacer(1, 6 * mm),
        Table([[_party(party) for party in note.parties]], [width / 2] * 2, style=_AT_TOP),
        Spacer(1, 4 * mm),
        *(_words(mark, _LARGE) for mark in note.marks),
        Spacer(1, 4 * mm),
        *([Table(goods, columns, repeatRows=1, style=_GRID)] if note.rows else []),
        Spacer(1, 2 * mm),
        _words(note.total),
        KeepTogether([Spacer(1, 10 * mm), _words(note.statement), blanks]),
    ]


def _signed() -> list[_Style]:
    return [("LINEABOVE", (0, 0), (-1, -1), 0.6, colors.black), *_AT_TOP]


def _party(party: Party) -> list[Flowable]:
    return [_words(party.title, _SMALL), _words(party.name, _style(13)), *(_words(line) for line in party.lines)]


def _label(label: Label, width: float) -> list[Flowable]:
    """The barcode first: whatever is long below it, a scanner reads it."""
    to, sender = label.parties
    return [
        _words(label.number, _HUGE),
        Spacer(1, 2 * mm),
        _barcode(label.barcode, width),
        _words(label.barcode, _SMALL),
        Spacer(1, 4 * mm),
        *(_words(mark, _LARGE) for mark in label.marks),
        _words(to.title, _SMALL),
        _words(to.name, _style(16)),
        *(_words(line, _style(13)) for line in to.lines),
        Spacer(1, 4 * mm),
        *(_words(fact) for fact in label.facts),
        _words(f"{sender.title} {sender.name}", _SMALL),
    ]


def _barcode(text: str, width: float) -> Flowable:
    """Code 128 as wide as there is room for. Characters that it does not have are left out, as a scanner would."""
    plain = "".join(each for each in text if " " <= each <= "~") or "-"
    modules = 11 * (len(plain) + 3) + 2
    bar = min(_WIDEST_BAR, width / modules)
    return code128.Code128(plain, barHeight=_BARCODE_MM * mm, barWidth=bar, quiet=False)
