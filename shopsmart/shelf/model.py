"""An offer: a product as one store sells it now. Plain values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shopsmart.catalog.words import match_class


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


@dataclass(frozen=True)
class Shown:
    """A page of a shelf: offers, the key of the next page, and what else was asked (see search.model.Found)."""

    offers: Sequence[Offer]
    next_key: list[Any] | None = None
    facets: Mapping[str, Sequence[tuple[Any, int]]] = field(default_factory=dict)
    did_you_mean: str | None = None
    stale: bool = False  # MongoDB does not answer: this is how things were a little while ago


Rank = tuple[int, int, str, str]


def rank(name_keys: Sequence[str], words: list[str], left: int, sku: str) -> Rank:
    """Where an offer stands among the answers to a search, smallest first: fit, in stock, name, SKU."""
    return match_class(name_keys, words), int(left <= 0), name_keys[0], sku
