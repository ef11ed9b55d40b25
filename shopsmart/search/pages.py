"""Pages, searches and facets of one store's shelf, answered from the copy alone. No page costs more than the first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shopsmart.search import engine
from shopsmart.search.columns import Copy, Shelf, name_key
from shopsmart.search.model import (
    DISCOUNT_BOUNDS,
    FACETS,
    MOST_VALUES,
    PRICE_BOUNDS,
    Found,
    Wanted,
)

Rows = NDArray[np.integer[Any]]
Mask = NDArray[np.bool_]

MOST_FOUND = 2_000
BEST = "best"  # the name of the copy's order by relevance in cursors
_CHUNK = 512
# What a search weighs besides the words: goods that are there, that this store sells much of, that are new.
SOLD_OUT, POPULAR, NEW = 0.6, 0.15, 0.05
_NEW_SECONDS = 30 * 86_400
_SCALE = 10_000  # relevance in cursors is a whole number


def page(
    copy: Copy,
    store_id: str,
    wanted: Wanted,
    sort: str,
    key: Sequence[Any] | None,
    limit: int,
    facets: Sequence[str],
    now: float,
) -> Found:
    """Up to `limit` rows behind `key` (of a page before, without the name of its order), and facets of all.

    `sort`: one of model.SORTS but relevance, or BEST for a search. `now` in seconds since 1970.
    """
    shelf = copy.shelf(store_id)
    if wanted.q is None:
        filters = _filters(copy, shelf, wanted, slice(len(copy)))
        fits = _all(shelf.listed[: len(copy)], filters.values())
        shown, next_key = _walk(copy, shelf, fits, sort, key, limit)
        counted = _facets(copy, shelf, np.flatnonzero(shelf.listed[: len(copy)]), wanted, facets)
        return Found(shown, next_key, counted)
    found = _found(copy, store_id, shelf, wanted.q)
    rows = found.rows.astype(np.int64)
    fits = _all(np.ones(len(rows), bool), _filters(copy, shelf, wanted, rows).values())
    order = _order_of_found(copy, shelf, sort, rows[fits], found.scores[fits], now)
    start = 0 if key is None else order.behind(key)
    more = start + limit < len(order.rows)
    return Found(
        order.rows[start : start + limit].tolist(),
        [sort, *order.key(start + limit - 1)] if more else None,
        _facets(copy, shelf, rows, wanted, facets),
        found.corrected,
    )


def _found(copy: Copy, store_id: str, shelf: Shelf, q: str) -> engine.Found:
    """What the words find of what the store lists. Stock is no part of it: that is looked at anew each time."""
    listed = shelf.listed[: len(copy)]
    return copy.remembered(
        ("search", store_id, q), shelf.lists, lambda: copy.engine.search(q, MOST_FOUND, listed)
    )


# --- filters ---------------------------------------------------------------------------------------------------


def _filters(copy: Copy, shelf: Shelf, wanted: Wanted, rows: "Rows | slice") -> dict[str, Mask]:
    """`{facet: which of rows fit what was asked of it}` for all that was asked."""
    fits: dict[str, Mask] = {}
    if wanted.category is not None:
        fits["category"] = copy.below(wanted.category)[copy.path[rows]]
    if wanted.brands:
        fits["brand"] = _among(copy.brand_names.known(wanted.brands), len(copy.brand_names.all))[
            copy.brand[rows]
        ]
    if wanted.packs:
        fits["pack"] = _among(copy.pack_labels.known(wanted.packs), len(copy.pack_labels.all))[
            copy.pack[rows]
        ]
    if wanted.dietary:
        asked = set(wanted.dietary)
        fits["dietary"] = np.array([asked <= set(one) for one in copy.mark_sets.all], bool)[copy.marks[rows]]
    if wanted.min_price is not None or wanted.max_price is not None:
        price = shelf.price[rows]
        least = 0 if wanted.min_price is None else wanted.min_price
        fits["price"] = price >= least
        if wanted.max_price is not None:
            fits["price"] &= price <= wanted.max_price
    if wanted.discount is not None:
        fits["discount"] = shelf.discount[rows] >= wanted.discount
    if wanted.in_stock:
        fits["in_stock"] = shelf.left[rows] > 0
    return fits


def _among(numbers: Sequence[int], count: int) -> Mask:
    table = np.zeros(count, bool)
    table[list(numbers)] = True
    return table


def _all(start: Mask, masks: Any) -> Mask:
    fits = start.copy()
    for mask in masks:
        fits &= mask
    return fits


# --- orders ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Order:
    """Rows in an order: by `values`, equal ones by their ties. Both ascend, or both descend when `down`.

    `key(place)` is what a cursor keeps of a row, `of(key)` the pair that it compares by. Shelves keep their orders,
    so they are small: what tells equal rows apart is looked up when it is needed.
    """

    rows: Rows
    values: NDArray[np.integer[Any]]
    ties: Callable[[Rows], NDArray[np.int64]]
    down: bool
    key: Callable[[int], list[Any]]
    of: Callable[[Sequence[Any]], tuple[int, int]]

    def behind(self, key: Sequence[Any]) -> int:
        """The first place behind `key`, whether or not its row is still there."""
        sign = -1 if self.down else 1
        value, tie = self.of(key)
        values = self.values if not self.down else -self.values
        low = int(np.searchsorted(values, sign * value, "left"))
        high = int(np.searchsorted(values, sign * value, "right"))
        ties = sign * self.ties(self.rows[low:high])
        return low + int(np.searchsorted(ties, sign * tie, "right"))


def _order(copy: Copy, shelf: Shelf, sort: str, rows: Rows) -> Order:
    """`rows` in the order `sort`."""
    if sort == "name":
        return _by_name(copy, rows)
    values: NDArray[np.int64]
    down = sort == "price_desc"  # its SKUs descend as well: it is price_asc read backwards
    if sort in {"price_asc", "price_desc"}:
        values = shelf.price[rows].astype(np.int64)
    elif sort == "discount":
        values = -shelf.discount[rows].astype(np.int64)
    elif sort == "popularity":
        values = -np.rint(shelf.popularity[rows] * 1_000_000).astype(np.int64)
    else:
        values = -copy.born[rows]
    return _ordered(copy, rows, values, down, negative=sort not in {"price_asc", "price_desc"})


def _by_name(copy: Copy, rows: Rows) -> Order:
    labels = copy.by_name.column[rows]
    places = np.argsort(labels)
    rows, labels = rows[places], labels[places]
    return Order(
        rows,
        labels,
        lambda equal: np.zeros(len(equal), np.int64),
        False,
        key=lambda place: [copy.names[rows[place]], copy.skus[rows[place]]],
        of=lambda key: (copy.by_name.place(name_key(str(key[0]), str(key[1]))), 0),
    )


def _ordered(copy: Copy, rows: Rows, values: NDArray[np.integer[Any]], down: bool, negative: bool) -> Order:
    """Cursors keep the value as it is shown: `negative` ones are turned back."""
    ties = copy.by_sku.column[rows]
    places = np.lexsort((ties, values))
    if down:
        places = places[::-1]
    rows, values = rows[places], values[places]
    if len(values) and max(abs(int(values[0])), abs(int(values[-1]))) < 2**31:
        values = values.astype(np.int32)
    sign = -1 if negative else 1
    return Order(
        rows,
        values,
        lambda equal: copy.by_sku.column[equal],
        down,
        key=lambda place: [sign * int(values[place]), copy.skus[rows[place]]],
        of=lambda key: (sign * int(key[0]), copy.by_sku.place(str(key[1]))),
    )


def _order_of_found(
    copy: Copy, shelf: Shelf, sort: str, rows: Rows, scores: NDArray[np.float32], now: float
) -> Order:
    if sort != BEST:
        return _order(copy, shelf, sort, rows)
    age = (now - copy.born[rows]) / _NEW_SECONDS
    weighed = (
        scores
        * np.where(shelf.left[rows] > 0, 1.0, SOLD_OUT)
        * (1 + POPULAR * shelf.popularity[rows] + NEW * np.clip(1 - age, 0, 1))
    )
    return _ordered(copy, rows, -np.rint(weighed * _SCALE).astype(np.int64), False, negative=True)


def _walk(
    copy: Copy, shelf: Shelf, fits: Mask, sort: str, key: Sequence[Any] | None, limit: int
) -> tuple[list[int], list[Any] | None]:
    """Go through the whole shelf in its order from `key` on, until `limit` rows that fit are found."""
    order = _kept_order(copy, shelf, sort)
    start = 0 if key is None else order.behind(key)
    places: list[int] = []
    chunk = _CHUNK
    while start < len(order.rows) and len(places) <= limit:
        hits = np.flatnonzero(fits[order.rows[start : start + chunk]])
        places += (hits[: limit + 1 - len(places)] + start).tolist()
        start += chunk
        chunk *= 4
    rows: list[int] = order.rows[places[:limit]].tolist() if places else []
    return rows, [sort, *order.key(places[limit - 1])] if len(places) > limit else None


def _kept_order(copy: Copy, shelf: Shelf, sort: str) -> Order:
    """The order of all that the store lists, kept until a product or a price changes."""
    version = (copy.version, shelf.version)
    kept = shelf.orders.get(sort)
    if kept is None or kept[0] != version:
        listed = np.flatnonzero(shelf.listed[: len(copy)]).astype(np.int32)
        kept = shelf.orders[sort] = (version, _order(copy, shelf, sort, listed))
    order: Order = kept[1]
    return order


# --- facets ----------------------------------------------------------------------------------------------------


def _facets(
    copy: Copy, shelf: Shelf, rows: Rows, wanted: Wanted, names: Sequence[str]
) -> Mapping[str, Sequence[tuple[Any, int]]]:
    """Of each facet how many of `rows` have which value, all filters but its own applied."""
    if not names:
        return {}
    filters = _filters(copy, shelf, wanted, rows)
    counted = {}
    for name in FACETS:
        if name in names:
            others = [mask for facet, mask in filters.items() if facet != name]
            counted[name] = _counted(copy, shelf, name, rows[_all(np.ones(len(rows), bool), others)])
    return counted


def _counted(copy: Copy, shelf: Shelf, name: str, rows: Rows) -> Sequence[tuple[Any, int]]:
    if name == "category":
        return _most(in_categories(copy, rows))
    if name == "dietary":
        return _most(_spread(copy.mark_sets.all, copy.marks[rows]))
    if name == "brand":
        return _most(_plain(copy.brand_names.all, copy.brand[rows]))
    if name == "pack":
        return _most(_plain(copy.pack_labels.all, copy.pack[rows]))
    if name == "price":
        places = np.searchsorted(np.array(PRICE_BOUNDS), shelf.price[rows], "right") - 1
        counts = np.bincount(places, minlength=len(PRICE_BOUNDS)).tolist()
        return [pair for pair in zip(PRICE_BOUNDS, counts, strict=True) if pair[1]]
    if name == "discount":
        discounts = shelf.discount[rows]
        pairs = [(bound, int(np.count_nonzero(discounts >= bound))) for bound in DISCOUNT_BOUNDS]
        return [pair for pair in pairs if pair[1]]
    there = int(np.count_nonzero(shelf.left[rows]))
    return [(True, there), (False, len(rows) - there)]


def in_categories(copy: Copy, rows: Rows) -> dict[str, int]:
    """How many of `rows` stand in or below each category that has any."""
    return _spread(copy.paths.all, copy.path[rows])


def _plain(values: Sequence[Any], numbers: NDArray[np.int32]) -> dict[Any, int]:
    counts = np.bincount(numbers, minlength=len(values))
    return {values[place]: int(counts[place]) for place in np.flatnonzero(counts).tolist() if values[place]}


def _spread(values: Sequence[Sequence[str]], numbers: NDArray[np.int32]) -> dict[str, int]:
    """The same where a value is several: each counts."""
    counted: dict[str, int] = {}
    counts = np.bincount(numbers, minlength=len(values))
    for place in np.flatnonzero(counts).tolist():
        for one in values[place]:
            counted[one] = counted.get(one, 0) + int(counts[place])
    return counted


def _most(counted: Mapping[Any, int]) -> list[tuple[Any, int]]:
    return sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_VALUES]
