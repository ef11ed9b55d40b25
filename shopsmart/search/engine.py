"""What searching asks of a text engine. Which engine stands behind it is `new_engine`'s secret."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypedDict

import numpy as np
from numpy.typing import NDArray


class Document(TypedDict):
    """What the engine is told of a product: never stock or prices, which are the store's."""

    sku: str
    names: Mapping[str, str]  # by language
    brand: str | None
    categories: Sequence[Mapping[str, str]]  # names by language, from the top
    pack: Mapping[str, Any] | None  # {"value": int, "unit": "g" | "ml" | "piece"}
    barcodes: Sequence[str]
    extra: str  # a few describing words, may be empty


class Found(NamedTuple):
    """`scores` compare within one answer: the best is near 1. `corrected`: the query as understood, if a typo
    was forgiven."""

    rows: NDArray[np.int32]  # best first
    scores: NDArray[np.float32]
    corrected: str | None


class Completion(NamedTuple):
    """A whole thing that somebody may be typing. `key` of a product is its SKU, of a category its English names
    from the top joined by " > ", of a brand its name."""

    kind: str  # product | brand | category
    text: str
    key: str
    score: float


class Engine(Protocol):
    """Rows are small numbers that stay with their SKU until it is removed; a later SKU may get the row again."""

    def build(self, documents: Iterable[Document]) -> None:
        """Replace everything; row n is the nth document."""
        ...

    def put(self, documents: Sequence[Document]) -> list[int]:
        """Add or replace by SKU, seen by the next search. Returns the rows, in the order of `documents`."""
        ...

    def remove(self, skus: Sequence[str]) -> None:
        """Forget these; unknown ones are no fault."""
        ...

    def search(self, text: str, most: int = 1_000, among: NDArray[np.bool_] | None = None) -> Found:
        """The rows that answer `text`, of those that `among` marks. Never raises for any text."""
        ...

    def complete(self, text: str, most: int = 10, among: NDArray[np.bool_] | None = None) -> list[Completion]:
        """What somebody who has typed `text` so far may want, best first. Never raises for any text."""
        ...

    def row_of(self, sku: str) -> int | None: ...

    def sku_of(self, row: int) -> str: ...

    def __len__(self) -> int:
        """How many rows there are, those of removed products included."""
        ...


def new_engine() -> Engine:
    """An empty engine of the kind ShopSmart uses."""
    from shopsmart.search.text_engine import TextEngine  # its parts import the shapes above

    return TextEngine()
