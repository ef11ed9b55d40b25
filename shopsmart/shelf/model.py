"""An offer: a product as one store sells it now. Plain values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shopsmart.catalog.words import match_class

SORTS = ("relevance", "name", "price_asc", "price_desc", "discount")


@dataclass(frozen=True)
class Wanted:
    """What somebody wants to see of a store's shelf. Prices in paise; `dietary`: all of these marks."""

    q: str | None = None
    category: str | None = None  # a slug of any level
    brand: str | None = None
    min_price: int | None = None
    max_price: int | None = None
    dietary: Sequence[str] = ()
    in_stock: bool = False

    def filter(self) -> dict[str, Any]:
        """The filter that listings answer by themselves."""
        where: dict[str, Any] = {}
        if self.category is not None:
            where["category_path"] = self.category
        if self.brand is not None:
            where["brand"] = self.brand
        if self.dietary:
            where["dietary"] = {"$all": list(self.dietary)}
        bounds = {"$gte": self.min_price, "$lte": self.max_price}
        if price := {bound: amount for bound, amount in bounds.items() if amount is not None}:
            where["price"] = price
        return where


@dataclass(frozen=True)
class Offer:
    """A product, and how `store_id` sells it: `listing` None if it does not, `left` units that may be ordered."""

    product: Mapping[str, Any]
    store_id: str | None = None
    listing: Mapping[str, Any] | None = None
    left: int = 0

    @property
    def available(self) -> bool:
        return self.listing is not None and self.left > 0


Rank = tuple[int, int, str, str]


def rank(name_keys: Sequence[str], words: list[str], left: int, sku: str) -> Rank:
    """Where an offer stands among the answers to a search, smallest first: fit, in stock, name, SKU."""
    return match_class(name_keys, words), int(left <= 0), name_keys[0], sku
