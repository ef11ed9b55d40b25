"""The tax invoice. Plain values in, PDF bytes out; the same values give the same bytes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fpdf.enums import XPos, YPos

from shopsmart.documents.paper import Paper

MARGIN = 14.0
_GREY, _BLACK, _RULE = 110, 0, 170
# What, HSN, how many, price, rate, taxable, CGST, SGST, amount: millimetres; the first takes what is left.
_WIDTHS = (0.0, 16.0, 10.0, 18.0, 11.0, 20.0, 17.0, 17.0, 21.0)
_HEADS = ("Item", "HSN", "Qty", "Price", "GST", "Taxable", "CGST", "SGST", "Amount")
_FEES = (("delivery_fee", "Delivery"), ("handling_fee", "Handling"), ("tip", "Tip for the rider"))


class _Page(Paper):
    """A4."""

    def __init__(self, title: str, made_at: datetime):
        super().__init__((210, 297))
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=16)
        self.set_title(title)
        self.set_creator("ShopSmart")
        self.set_creation_date(made_at)
        self.alias_nb_pages("{pages}")

    def footer(self) -> None:
        self.set_y(-12)
        self.set_font("noto", "", 7)
        self.set_text_color(_GREY)
        self.cell(w=0, h=4, text=f"{self.page_no()} / {{pages}}", align="R")
        self.set_text_color(_BLACK)

    def rule(self) -> None:
        self.set_draw_color(_RULE)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
        self.set_draw_color(_BLACK)

    def say(self, text: str, size: float = 9, style: str = "", height: float = 4.6, align: str = "L") -> None:
        self.set_font("noto", style, size)
        printable = self.printable(text)
        self.multi_cell(w=0, h=height, text=printable, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def invoices(
    issued: Sequence[Mapping[str, Any]], credits: Sequence[Mapping[str, Any]], timezone: str
) -> bytes:
    """The invoices of one order, each from a page of its own, and the credit notes to the first of them."""
    zone = ZoneInfo(timezone)
    paper = _Page(f"Tax invoice {issued[0]['label']}", issued[0]["issued_at"])
    for number, invoice in enumerate(issued):
        paper.add_page()
        _heading(paper, invoice, zone)
        _table(paper, invoice)
        _sums(paper, invoice)
        if credits and not number:
            _credits(paper, credits, zone)
    return bytes(paper.output())


def _heading(paper: _Page, invoice: Mapping[str, Any], zone: ZoneInfo) -> None:
    paper.say("Tax invoice", 18, "B", 9)
    paper.say(f"No. {invoice['label']}", 11, "B", 6)
    paper.say(f"Issued {invoice['issued_at'].astimezone(zone):%d %b %Y}")
    ordered = invoice["ordered_at"].astimezone(zone)
    paper.say(f"Order {invoice['order_number']} of {ordered:%d %b %Y, %H:%M}")
    paper.ln(2)
    seller, buyer = invoice["seller"], invoice["buyer"]
    paper.say("Sold by", 8, "B")
    paper.say(", ".join(filter(None, [seller["name"], seller["address"]])))
    if seller["tax_id"]:
        paper.say(f"GSTIN {seller['tax_id']}")
    paper.ln(1)
    paper.say("Sold to", 8, "B")
    paper.say(", ".join(filter(None, [buyer["name"], buyer["address"]])) or "-")
    paper.ln(3)


def _table(paper: _Page, invoice: Mapping[str, Any]) -> None:
    _row(paper, _HEADS, "B")
    paper.rule()
    for line in invoice["lines"]:
        cells = (
            paper.printable(line["name"]["en"]),
            line["hsn"],
            str(line["quantity"]),
            _plain(line["unit_price"]),
            f"{line['rate']}%",
            _plain(line["taxable"]),
            _plain(line["cgst"]),
            _plain(line["sgst"]),
            _plain(line["amount"]),
        )
        _row(paper, cells)
    paper.rule()
    paper.ln(2)


def _row(paper: _Page, cells: Sequence[str], style: str = "") -> None:
    """One row, as high as its first cell needs; never cut by the page's end."""
    paper.set_font("noto", style, 8)
    first = paper.epw - sum(_WIDTHS)
    height = 4.4 * max(1, paper.rows(cells[0], first)) + 1
    if paper.will_page_break(height):
        paper.add_page()
        paper.set_font("noto", style, 8)
    top = paper.get_y()
    paper.multi_cell(w=first, h=4.4, text=cells[0], align="L", new_x=XPos.RIGHT, new_y=YPos.TOP)
    paper.set_xy(MARGIN + first, top)
    for width, text in zip(_WIDTHS[1:], cells[1:], strict=True):
        paper.cell(w=width, h=4.4, text=text, align="R")
    paper.set_xy(MARGIN, top + height)


def _sums(paper: _Page, invoice: Mapping[str, Any]) -> None:
    if paper.will_page_break(50):
        paper.add_page()
    for rate, taxable, cgst, sgst in by_rate(invoice["lines"]):
        half = f"{rate / 2:g}%"
        paper.say(
            f"GST {rate}% on {_plain(taxable)}: CGST {half} {_plain(cgst)}, SGST {half} {_plain(sgst)}",
            8,
            align="R",
        )
    paper.ln(1)
    _sum(paper, "Goods, tax included", sum(line["amount"] for line in invoice["lines"]))
    for name, words in _FEES:
        if invoice["fees"][name]:
            _sum(paper, words, invoice["fees"][name])
    _sum(paper, f"Total {invoice['currency']}", invoice["total"], "B")
    _sum(paper, "of which tax", invoice["tax"])


def by_rate(lines: Sequence[Mapping[str, Any]]) -> list[tuple[int, int, int, int]]:
    """`(rate, taxable, cgst, sgst)` of each rate there is, lowest first."""
    rates = sorted({line["rate"] for line in lines})
    return [
        (
            rate,
            sum(line["taxable"] for line in lines if line["rate"] == rate),
            sum(line["cgst"] for line in lines if line["rate"] == rate),
            sum(line["sgst"] for line in lines if line["rate"] == rate),
        )
        for rate in rates
    ]


def _sum(paper: _Page, words: str, amount: int, style: str = "") -> None:
    paper.set_font("noto", style, 10)
    paper.cell(w=paper.epw - 30, h=5.4, text=words, align="R")
    paper.cell(w=30, h=5.4, text=_plain(amount), align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _credits(paper: _Page, credits: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> None:
    paper.ln(5)
    if paper.will_page_break(12 + 6 * len(credits)):
        paper.add_page()
    paper.say("Credit notes", 11, "B", 6)
    paper.rule()
    for credit in credits:
        words = f"No. {credit['number']} of {credit['at'].astimezone(zone):%d %b %Y}, money back"
        _sum(paper, paper.printable(words), -credit["amount"])


def _plain(paise: int) -> str:
    """`1,234.50`, with a minus before what goes back."""
    sign = "-" if paise < 0 else ""
    return f"{sign}{abs(paise) // 100:,}.{abs(paise) % 100:02d}"
