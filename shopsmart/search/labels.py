"""Numbers that stand in the order of their keys, so that numpy sorts and searches what it cannot compare."""

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_GAP = 1 << 40
_STEP = 1 << 20  # left free between two keys that follow each other: keys often arrive in their order


class Labels:
    """Unique text keys, one a row, and `column[row]`: an even number that compares as its key does."""

    def __init__(self, capacity: int = 0) -> None:
        self.column: NDArray[np.int64] = np.zeros(capacity, np.int64)
        self._keys: list[str] = []
        self._rows: list[int] = []

    def fill(self, pairs: Iterable[tuple[str, int]]) -> None:
        """Replace everything by these (key, row)."""
        ordered = sorted(pairs)
        self._keys = [key for key, _ in ordered]
        self._rows = [row for _, row in ordered]
        self._renumber()

    def add(self, key: str, row: int) -> None:
        """Give `row` the key, which no other row has."""
        place = bisect_left(self._keys, key)
        before = self._number(place - 1) if place else 0
        after = self._number(place) if place < len(self._keys) else before + 2 * _GAP
        self._keys.insert(place, key)
        self._rows.insert(place, row)
        number = before + min(_STEP, (after - before) // 4 * 2)
        if before < number:
            self.column[row] = number
        else:
            self._renumber()

    def remove(self, key: str) -> None:
        place = bisect_left(self._keys, key)
        if place < len(self._keys) and self._keys[place] == key:
            del self._keys[place], self._rows[place]

    def place(self, key: str) -> int:
        """The number of `key`; for an unknown one an odd number between those of its neighbours."""
        place = bisect_left(self._keys, key)
        if place < len(self._keys) and self._keys[place] == key:
            return self._number(place)
        return self._number(place - 1) + 1 if place else 1

    def _number(self, place: int) -> int:
        return int(self.column[self._rows[place]])

    def _renumber(self) -> None:
        self.column[self._rows] = np.arange(1, len(self._rows) + 1, dtype=np.int64) * _GAP
