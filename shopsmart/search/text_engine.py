"""The engine in memory: whole words of names, brands and categories."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from shopsmart.catalog.words import asked, tokens
from shopsmart.search.engine import Completion, Document, Found


class TextEngine:
    def __init__(self) -> None:
        self._rows: dict[str, int] = {}
        self._skus: list[str] = []
        self._free: list[int] = []
        self._words: dict[str, set[int]] = {}
        self._documents: dict[int, tuple[str, set[str]]] = {}

    def build(self, documents: Iterable[Document]) -> None:
        self.__init__()  # type: ignore[misc]
        self.put(list(documents))

    def put(self, documents: Sequence[Document]) -> list[int]:
        return [self._put(document) for document in documents]

    def _put(self, document: Document) -> int:
        self.remove([document["sku"]])
        if self._free:
            row = self._free.pop()
            self._skus[row] = document["sku"]
        else:
            row = len(self._skus)
            self._skus.append(document["sku"])
        self._rows[document["sku"]] = row
        texts = [*document["names"].values(), document["brand"] or "", document["sku"], *document["barcodes"]]
        texts += [name for category in document["categories"] for name in category.values()]
        words = {word for text in texts for word in tokens(text)}
        for word in words:
            self._words.setdefault(word, set()).add(row)
        self._documents[row] = (document["names"]["en"], words)
        return row

    def remove(self, skus: Sequence[str]) -> None:
        for sku in skus:
            if (row := self._rows.pop(sku, None)) is not None:
                for word in self._documents.pop(row)[1]:
                    self._words[word].discard(row)
                self._free.append(row)

    def search(self, text: str, most: int = 1_000, among: NDArray[np.bool_] | None = None) -> Found:
        counted: dict[int, int] = {}
        for word in (words := asked(text[:200])):
            for row in self._words.get(word, ()):
                if among is None or among[row]:
                    counted[row] = counted.get(row, 0) + 1
        rows = sorted(counted, key=lambda row: (-counted[row], len(self._documents[row][0]), row))[:most]
        scores = [counted[row] / max(1, len(words)) for row in rows]
        return Found(np.array(rows, np.int32), np.array(scores, np.float32), None)

    def complete(self, text: str, most: int = 10, among: NDArray[np.bool_] | None = None) -> list[Completion]:
        found = self.search(text, most, among)
        return [
            Completion("product", self._documents[row][0], self._skus[row], score)
            for row, score in zip(found.rows.tolist(), found.scores.tolist(), strict=True)
        ]

    def row_of(self, sku: str) -> int | None:
        return self._rows.get(sku)

    def sku_of(self, row: int) -> str:
        return self._skus[row]

    def __len__(self) -> int:
        return len(self._skus)
