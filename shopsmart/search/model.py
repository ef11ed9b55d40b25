"""What somebody wants to see of a shelf, and what a search and its facets answer. Plain values only."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SORTS = ("relevance", "name", "price_asc", "price_desc", "discount", "popularity", "newest")
FACETS = ("category", "brand", "price", "dietary", "in_stock", "discount", "pack")
# Prices of a facet, in paise: each bucket begins at its bound.
PRICE_BOUNDS = (0, 2_500, 5_000, 10_000, 20_000, 50_000, 100_000)
DISCOUNT_BOUNDS = (10, 20, 30, 40, 50)
MOST_VALUES = 50  # of one facet
MOST_REMEMBERED = 10  # searches of one person

_PACK = re.compile(r"(\d{1,7}(?:\.\d{1,3})?) ?(kg|g|l|ml|piece|pc)")
_IN_BASE_UNIT = {"kg": ("g", 1_000), "l": ("ml", 1_000), "pc": ("piece", 1)}


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see of a store's shelf. Prices in paise; `dietary`: all of these marks.

    Of `brands` and `packs` any will do. Packs are as `pack_label` writes them.
    """

    q: str | None = None
    category: str | None = None  # a slug of any level
    brands: Sequence[str] = ()
    min_price: int | None = None
    max_price: int | None = None
    dietary: Sequence[str] = ()
    in_stock: bool = False
    discount: int | None = None  # percent at least
    packs: Sequence[str] = ()

    def filter(self) -> dict[str, Any]:
        """The filter that listings answer by themselves: all but packs and stock."""
        where: dict[str, Any] = {}
        if self.category is not None:
            where["category_path"] = self.category
        if self.brands:
            where["brand"] = {"$in": list(self.brands)}
        if self.dietary:
            where["dietary"] = {"$all": list(self.dietary)}
        if self.discount is not None:
            where["discount"] = {"$gte": self.discount}
        bounds = {"$gte": self.min_price, "$lte": self.max_price}
        if price := {bound: amount for bound, amount in bounds.items() if amount is not None}:
            where["price"] = price
        return where


@dataclass(frozen=True)
class Found:
    """A page out of the copy: rows in their order, the key of the next page, and what else was asked.

    `facets`: `{facet: [(value, count), …]}`, the most frequent first (prices, discounts and stock in their order).
    """

    rows: Sequence[int]
    next_key: list[Any] | None = None
    facets: Mapping[str, Sequence[tuple[Any, int]]] = field(default_factory=dict)
    did_you_mean: str | None = None


def pack_label(pack: Mapping[str, Any] | None) -> str:
    """ "500 g", "6 piece"; "" for an unknown size."""
    return f"{pack['value']} {pack['unit']}" if pack else ""


def checked_pack(text: str) -> str | None:
    """The label of a size as people write it ("1kg", "1.5 l", "6 pc"); None where it is none."""
    found = _PACK.fullmatch(" ".join(text.casefold().split()))
    if found is None:
        return None
    unit, factor = _IN_BASE_UNIT.get(found[2], (found[2], 1))
    value = round(float(found[1]) * factor, 3)
    return pack_label({"value": int(value), "unit": unit}) if value == int(value) and value else None
