"""Catalogues in CSV, as documents of the text engine.

Columns that are read: `sku`, `name` or `name_<language>`, `brand`, `category`, `sub_category` (also with a language
behind), `pack` or `unit`, `barcodes` or `barcode`. Whatever else a file has stays unread: a column that was used to
judge must not be known to what is judged.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shopsmart.search.engine import Document

LANGUAGES = ("en", "hi", "or", "vi")
_SIZE = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(kg|g|gm|gms|grams?|l|lt|ltr|litres?|ml|pcs?|pieces?|nos?|units?)\b", re.IGNORECASE
)
_BASE = {"kg": ("g", 1000), "g": ("g", 1), "l": ("ml", 1000), "m": ("ml", 1)}


def documents(path: Path) -> Iterator[Document]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield _document(row)


def _document(row: Mapping[str, str]) -> Document:
    categories = [_by_language(row, level) for level in ("category", "sub_category")]
    return {
        "sku": row["sku"],
        "names": _by_language(row, "name"),
        "brand": row.get("brand") or None,
        "categories": [names for names in categories if names],
        "pack": _pack(row.get("pack") or row.get("unit") or ""),
        "barcodes": (row.get("barcodes") or row.get("barcode") or "").split("|"),
        "extra": "",
    }


def _by_language(row: Mapping[str, str], column: str) -> dict[str, str]:
    """`name` is English; `name_hi` Hindi, and so on."""
    names = {language: row.get(f"{column}_{language}") or "" for language in LANGUAGES}
    names["en"] = names["en"] or row.get(column) or ""
    return {language: name for language, name in names.items() if name}


def _pack(text: str) -> Mapping[str, Any] | None:
    if (found := _SIZE.search(text)) is None:
        return None
    number, word = float(found[1].replace(",", ".")), found[2].casefold()
    short = "kg" if word == "kg" else word[0] if word != "ml" else "m"
    unit, factor = _BASE.get(short, ("piece", 1))
    return {"value": round(number * factor), "unit": unit}
