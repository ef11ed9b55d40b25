"""The packing slip: what the picker holds in the hand. Plain values in, PDF bytes out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from fpdf.enums import XPos, YPos

from shopsmart.documents.paper import Paper

MARGIN = 9.0
_QUANTITY, _BIN, _BOX = 14.0, 20.0, 12.0
_GREY, _BLACK = 110, 0
_SECOND_NAMES = ("or", "hi")
POLICIES = {
    "refund": "Missing item: leave it out, it is refunded.",
    "best_match": "Missing item: send the best match.",
    "ask_me": "Missing item: ask the customer first.",
}


class _Slip(Paper):
    """A5, the order's number on top of every page."""

    def __init__(self, number: str, store: str, made_at: datetime):
        super().__init__((148, 210))
        self.number = number
        self.store = store
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.set_auto_page_break(True, margin=14)
        self.set_title(f"Packing slip {number}")
        self.set_creator("ShopSmart")
        self.set_creation_date(made_at)
        self.alias_nb_pages("{pages}")

    def header(self) -> None:
        top = self.get_y()
        self.set_font("noto", "B", 26)
        self.cell(w=70, h=12, text=self.number, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font("noto", "", 9)
        self.cell(w=70, h=5, text=self.printable(self.store), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        # Code 39 knows capitals, digits and the dash: just what an order's number is made of.
        self.code39(f"*{self.number}*", x=self.w - MARGIN - 51, y=top + 1, w=0.85, h=12)
        self.ln(2)
        self.line(MARGIN, self.get_y(), self.w - MARGIN, self.get_y())
        self.ln(2)

    def footer(self) -> None:
        self.set_y(-11)
        self.set_font("noto", "", 7)
        self.set_text_color(_GREY)
        self.cell(w=0, h=4, text=f"{self.number}   {self.page_no()} / {{pages}}", align="R")
        self.set_text_color(_BLACK)


def packing_slip(
    order: Mapping[str, Any], part: Mapping[str, Any], store: Mapping[str, Any], timezone: str
) -> bytes:
    """The slip of one fulfilment (`part`) of `order` at `store`; times are shown in `timezone`."""
    zone = ZoneInfo(timezone)
    paper = _Slip(order["number"], store["name"], order["created_at"])
    paper.add_page()
    lines = sorted(
        (line for line in order["lines"] if line["fulfilment_id"] == part["id"]),
        key=lambda line: (not line["bin"], line["bin"], line["sku"]),
    )
    _facts(paper, order, zone)
    _table(paper, lines)
    _foot(paper, order, lines)
    return bytes(paper.output())


def _facts(paper: Paper, order: Mapping[str, Any], zone: ZoneInfo) -> None:
    promise = order["promise"]["at"].astimezone(zone)
    words = "Ready for collection by" if order["mode"] == "pickup" else "At the door by"
    paper.set_font("noto", "B", 13)
    paper.cell(w=0, h=7, text=f"{words} {promise:%H:%M}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    first_name = (paper.printable(order["customer"]["name"]).split() or ["-"])[0]
    placed = order["created_at"].astimezone(zone)
    paper.set_font("noto", "", 10)
    _text(paper, f"For {first_name}   ·   ordered {placed:%d %b %Y, %H:%M}")
    policy = POLICIES.get(order["substitution"]["policy"])
    if policy:
        _text(paper, policy)
    if note := paper.printable(order["note"]):
        paper.ln(1)
        _text(paper, f"Note: {note}", border=1, padding=1)
    paper.ln(2)


def _text(paper: Paper, text: str, border: Literal[0, 1] = 0, padding: int = 0) -> None:
    paper.multi_cell(
        w=0,
        h=5.5,
        text=text,
        align="L",
        border=border,
        padding=padding,
        new_x=XPos.LMARGIN,
        new_y=YPos.NEXT,
    )


def _table(paper: Paper, lines: Sequence[Mapping[str, Any]]) -> None:
    _row_border(paper)
    for line in lines:
        _line(paper, line)


def _line(paper: Paper, line: Mapping[str, Any]) -> None:
    """Bin, how many, what, and a box to tick; a line is never cut by the page's end."""
    width = paper.epw - _BIN - _QUANTITY - _BOX
    name, second = _names(paper, line)
    paper.set_font("noto", "", 11)
    height = 5.5 * paper.rows(name, width)
    paper.set_font("noto", "", 8.5)
    height = max(9.0, height + 4.5 * paper.rows(second, width) + 1.5)
    if paper.will_page_break(height):
        paper.add_page()
        _row_border(paper)
    top = paper.get_y() + 0.8
    paper.set_xy(MARGIN, top)
    paper.set_font("noto", "", 10)
    paper.cell(w=_BIN, h=6, text=paper.printable(line["bin"]) or "-")
    paper.set_font("noto", "B", 14)
    paper.cell(w=_QUANTITY, h=6, text=f"{line['quantity']}×")
    left = paper.get_x()
    paper.set_font("noto", "", 11)
    paper.multi_cell(w=width, h=5.5, text=name, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
    if second:
        paper.set_text_color(_GREY)
        paper.set_font("noto", "", 8.5)
        paper.multi_cell(w=width, h=4.5, text=second, align="L", new_x=XPos.LEFT, new_y=YPos.NEXT)
        paper.set_text_color(_BLACK)
    _tick_box(paper, left + width + 3, top, line["picked"])
    paper.set_xy(MARGIN, top + height)
    _row_border(paper)


def _tick_box(paper: Paper, x: float, y: float, picked: int | None) -> None:
    paper.rect(x, y, 8, 7)
    if picked is not None:
        paper.set_xy(x, y)
        paper.set_font("noto", "B", 10)
        paper.cell(w=8, h=7, text=str(picked), align="C")


def _pack(pack: Mapping[str, Any] | None) -> str:
    return f"{pack['value']} {pack['unit']}" if pack else ""


def _names(paper: Paper, line: Mapping[str, Any]) -> tuple[str, str]:
    """The English name with the pack size, and the name on the shelf's own label, where there is one."""
    names = line["name"]
    name = paper.printable(" ".join(filter(None, [names["en"], _pack(line.get("pack"))])))
    second = next((names[lang] for lang in _SECOND_NAMES if names.get(lang)), "")
    return name, paper.printable(" · ".join(filter(None, [second, line["sku"]])))


def _foot(paper: Paper, order: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    pieces = sum(line["quantity"] for line in lines)
    if paper.will_page_break(16):
        paper.add_page()
    paper.ln(3)
    paper.set_font("noto", "B", 11)
    top = paper.get_y()
    paper.cell(w=paper.epw - 44, h=9, text=f"{len(lines)} lines, {pieces} pieces")
    paper.cell(w=18, h=9, text="Bags", align="R")
    paper.rect(paper.w - MARGIN - 24, top, 24, 9)
    paper.set_xy(MARGIN, top + 10)
    if order["payment"]["provider"] == "cod":
        paper.set_font("noto", "", 9)
        paper.cell(w=0, h=5, text="Cash is collected at the door.", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _row_border(paper: Paper) -> None:
    paper.set_draw_color(170)
    paper.line(MARGIN, paper.get_y(), paper.w - MARGIN, paper.get_y())
    paper.set_draw_color(_BLACK)
