"""A page that prints every script our customers write: Latin, Devanagari and Odia, shaped as readers expect."""

from pathlib import Path

from fpdf import FPDF

FONTS = Path(__file__).parent / "fonts"
_UNPRINTABLE = "?"


class Paper(FPDF):
    """An empty document of `format` (width and height in millimetres) with our fonts loaded."""

    def __init__(self, format: tuple[float, float]):
        super().__init__(orientation="portrait", unit="mm", format=format)
        self.add_font("noto", "", FONTS / "NotoSans-Regular.ttf")
        self.add_font("noto", "B", FONTS / "NotoSans-Bold.ttf")
        self.add_font("devanagari", "", FONTS / "NotoSansDevanagari-Regular.ttf")
        self.add_font("odia", "", FONTS / "NotoSansOriya-Regular.ttf")
        # Indic letters change shape and place with their neighbours; without shaping names come out wrong.
        self.set_text_shaping(True)
        self.set_fallback_fonts(["devanagari", "odia"], exact_match=False)
        self._known: set[int] = set()
        for font in self.fonts.values():
            self._known |= set(getattr(font, "cmap", ()))

    def printable(self, text: str) -> str:
        """`text` with what none of our fonts can draw (an emoji, say) replaced, and line breaks made spaces."""
        plain = " ".join(text.split())
        return "".join(char if ord(char) in self._known else _UNPRINTABLE for char in plain)

    def rows(self, text: str, width: float) -> int:
        """How many rows `text` takes in `width` millimetres, in the font that is set."""
        lines = self.multi_cell(w=width, h=1, text=text, align="L", dry_run=True, output="LINES")
        return len(lines) if isinstance(lines, list) else 0
