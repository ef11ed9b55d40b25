"""An inverted index in numpy arrays: which rows have a term, and how much it says about each. Knows no languages."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]
Weights = NDArray[np.float32]
Posting = tuple[Rows, Weights]

_NONE: Posting = (np.zeros(0, np.int32), np.zeros(0, np.float32))


class Postings:
    """Built at once into three arrays; changes after that replace the lists of the terms they touch."""

    def __init__(self) -> None:
        self._starts = np.zeros(1, np.int64)
        self._rows, self._weights = _NONE
        self._changed: dict[int, Posting] = {}
        self._terms_of: dict[int, Sequence[int]] = {}  # of rows that came or changed after the build
        self._first = np.zeros(1, np.int64)
        self._forward = np.zeros(0, np.int32)

    def build(
        self, terms: Sequence[int], counts: Sequence[int], weights: Sequence[float], known: int
    ) -> None:
        """Row after row: row n has `counts[n]` of the `terms`, each once in a row. Terms are below `known`."""
        forward = np.array(terms, np.int32)
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), np.array(counts, np.int64))
        order = np.argsort(forward, kind="stable")
        self._rows = rows[order]
        self._weights = np.array(weights, np.float32)[order]
        self._starts = np.concatenate(([0], np.cumsum(np.bincount(forward, minlength=known)))).astype(
            np.int64
        )
        self._first = np.concatenate(([0], np.cumsum(np.array(counts, np.int64)))).astype(np.int64)
        self._forward = forward
        self._changed, self._terms_of = {}, {}

    def of(self, term: int) -> Posting:
        """Its rows, ascending or not, each once, and what it weighs there."""
        if (changed := self._changed.get(term)) is not None:
            return changed
        if term + 1 >= len(self._starts):
            return _NONE
        part = slice(int(self._starts[term]), int(self._starts[term + 1]))
        return self._rows[part], self._weights[part]

    def count(self, term: int) -> int:
        if (changed := self._changed.get(term)) is not None:
            return len(changed[0])
        return int(self._starts[term + 1] - self._starts[term]) if term + 1 < len(self._starts) else 0

    def terms_of(self, row: int) -> Sequence[int]:
        if (changed := self._terms_of.get(row)) is not None:
            return changed
        if row + 1 >= len(self._first):
            return ()
        terms: list[int] = self._forward[int(self._first[row]) : int(self._first[row + 1])].tolist()
        return terms

    def replace(self, changes: Mapping[int, Mapping[int, float]]) -> None:
        """{row: {term: weight}}: what these rows have from now on. Empty for a row that is gone."""
        gone: dict[int, list[int]] = {}
        come: dict[int, list[tuple[int, float]]] = {}
        for row, terms in changes.items():
            for term in self.terms_of(row):
                gone.setdefault(term, []).append(row)
            for term, weight in terms.items():
                come.setdefault(term, []).append((row, weight))
            self._terms_of[row] = tuple(terms)
        for term in gone.keys() | come.keys():
            self._changed[term] = _exchanged(self.of(term), gone.get(term, ()), come.get(term, ()))


def _exchanged(posting: Posting, gone: Sequence[int], come: Iterable[tuple[int, float]]) -> Posting:
    rows, weights = posting
    if gone:
        keep = np.isin(rows, np.array(gone, np.int32), invert=True)
        rows, weights = rows[keep], weights[keep]
    new = list(come)
    if new:
        rows = np.concatenate((rows, np.array([row for row, _ in new], np.int32)))
        weights = np.concatenate((weights, np.array([weight for _, weight in new], np.float32)))
    return rows, weights
