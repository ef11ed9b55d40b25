"""The copy of all shelves in one process: products in rows, each store's numbers in columns over the same rows.

Nothing here reads a database: `live` fills the copy and keeps it fresh, `pages` answers from it. Whoever reads or
writes it holds `lock`.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import orjson
from numpy.typing import NDArray

from shopsmart.catalog.model import Category, discount_percent
from shopsmart.search.engine import Document, Engine
from shopsmart.search.labels import Labels
from shopsmart.search.model import pack_label
from shopsmart.stores.fences import Fences

_MOST_ANSWERS = 1_000  # of 16 kB at most
_MOST_UNITS = 2**31 - 1
_COLUMNS = ("mrp", "path", "brand", "marks", "pack", "born")


Answer = TypeVar("Answer")


class Values:
    """The few different values of a column, numbered as they first came."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._numbers: dict[Any, int] = {}

    def number(self, value: Any) -> int:
        if (number := self._numbers.get(value)) is None:
            number = self._numbers[value] = len(self.all)
            self.all.append(value)
        return number

    def known(self, values: Iterable[Any]) -> list[int]:
        return [self._numbers[value] for value in values if value in self._numbers]


class Shelf:
    """One store's numbers, by row. `listed` is what is on its list; `left` what may be ordered now."""

    def __init__(self, capacity: int) -> None:
        self.listed = np.zeros(capacity, bool)
        self.price = np.zeros(capacity, np.int32)
        self.discount = np.zeros(capacity, np.int8)
        self.most = np.zeros(capacity, np.int32)  # per order, 0 for no bound
        self.available = np.zeros(capacity, np.int32)
        self.sellable = np.zeros(capacity, bool)
        self.left = np.zeros(capacity, np.int32)
        self.popularity = np.zeros(capacity, np.float32)  # 1 for the most popular
        self.lists = 0  # moves when something comes on the list or leaves it
        self.version = 0  # moves with lists and prices, not with stock
        self.orders: dict[str, tuple[tuple[int, int], Any]] = {}

    def grow(self, capacity: int) -> None:
        for name, column in vars(self).items():
            if isinstance(column, np.ndarray):
                setattr(self, name, _grown(column, capacity))

    def clear(self, row: int) -> None:
        for column in vars(self).values():
            if isinstance(column, np.ndarray):
                column[row] = 0
        self.lists += 1
        self.version += 1


class Copy:
    """Products in rows (those of `engine`), and the shelves of all stores over them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.lock = threading.RLock()
        self.rows: dict[str, int] = {}
        self.skus: list[str] = []
        self.cards: list[bytes] = []  # what a list shows of each, as JSON
        self.names: list[str] = []  # folded, as lists are sorted
        self.paths, self.brand_names, self.mark_sets, self.pack_labels = (Values() for _ in range(4))
        self.categories: dict[str, Category] = {}
        self._slugs: dict[str, str] = {}
        self.fences = Fences()
        self.shelves: dict[str, Shelf] = {}
        self._answers: dict[tuple[str, str, str], tuple[tuple[int, int], Any]] = {}
        self.by_name, self.by_sku = Labels(), Labels()
        self.version = 0  # moves with products
        self._capacity = 0
        self._places: dict[tuple[str, int], NDArray[np.bool_]] = {}
        for name in _COLUMNS:
            setattr(self, name, np.zeros(0, np.int32 if name != "born" else np.int64))

    mrp: NDArray[np.int32]
    path: NDArray[np.int32]
    brand: NDArray[np.int32]
    marks: NDArray[np.int32]
    pack: NDArray[np.int32]
    born: NDArray[np.int64]  # seconds since 1970

    def __len__(self) -> int:
        return len(self.skus)

    # --- categories --------------------------------------------------------------------------------------------

    def put_categories(self, categories: Mapping[str, Category]) -> None:
        """Replace the tree. Products below a renamed category are to be put anew."""
        self.categories = dict(categories)
        self._slugs = {
            " > ".join(categories[above]["name"]["en"] for above in one["path"] if above in categories): slug
            for slug, one in categories.items()
        }

    def slug_of(self, names: str) -> str | None:
        """The category that the engine calls by its English names from the top."""
        return self._slugs.get(names)

    # --- products ----------------------------------------------------------------------------------------------

    def fill(self, products: Iterable[Mapping[str, Any]]) -> None:
        """Take in all products of an empty copy; hidden ones are left out. Much faster than one by one."""
        self.engine.build(self._documents(products))
        self._ensure(len(self.skus))
        self._fill_columns()
        self.by_sku.fill((sku, row) for row, sku in enumerate(self.skus))
        self.by_name.fill((self._name_key(row), row) for row in range(len(self.skus)))
        self.version += 1

    def _documents(self, products: Iterable[Mapping[str, Any]]) -> Iterable[Document]:
        """What the engine is told of each; the rest is noted on the way, so that nothing is read twice."""
        self._noted: list[tuple[int, ...]] = []
        for product in products:
            if product["hidden"]:
                continue
            self.rows[product["_id"]] = len(self.skus)
            self.skus.append(product["_id"])
            self.cards.append(_card(product))
            self.names.append(product["name_keys"][0])
            self._noted.append(self._numbers(product))
            yield self._document(product)

    def _fill_columns(self) -> None:
        noted = np.array(self._noted, np.int64).reshape(-1, len(_COLUMNS))
        for place, name in enumerate(_COLUMNS):
            getattr(self, name)[: len(noted)] = noted[:, place]
        self._noted = []

    def put(self, products: Sequence[Mapping[str, Any]]) -> list[str]:
        """Take in changed products; hidden ones go. Returns the SKUs that are new: their shelves are empty yet."""
        shown = [product for product in products if not product["hidden"]]
        self.remove([product["_id"] for product in products if product["hidden"]])
        new = [product["_id"] for product in shown if product["_id"] not in self.rows]
        rows = self.engine.put([self._document(product) for product in shown]) if shown else []
        for product, row in zip(shown, rows, strict=True):
            self._put_row(product, row)
        return new

    def _put_row(self, product: Mapping[str, Any], row: int) -> None:
        sku = product["_id"]
        before = self.rows.get(sku)
        if before is not None and before != row:
            raise RuntimeError("a product keeps its row as long as it is there")
        self._ensure(row + 1)
        if before is None:
            self._clear(row)
            self.rows[sku], self.skus[row] = row, sku
            self.by_sku.add(sku, row)
        else:
            self.by_name.remove(self._name_key(row))
        self.cards[row] = _card(product)
        self.names[row] = product["name_keys"][0]
        self.by_name.add(self._name_key(row), row)
        for name, number in zip(_COLUMNS, self._numbers(product), strict=True):
            getattr(self, name)[row] = number
        for shelf in self.shelves.values():
            shelf.discount[row] = discount_percent(int(shelf.price[row]), product["mrp"])
        self.version += 1

    def remove(self, skus: Iterable[str]) -> None:
        gone = [sku for sku in skus if sku in self.rows]
        for sku in gone:
            row = self.rows.pop(sku)
            self.by_sku.remove(sku)
            self.by_name.remove(self._name_key(row))
            self._clear(row)
        if gone:
            self.engine.remove(gone)
            self.version += 1

    def _clear(self, row: int) -> None:
        self.skus[row], self.cards[row], self.names[row] = "", b"", ""
        for shelf in self.shelves.values():
            shelf.clear(row)

    def _ensure(self, rows: int) -> None:
        while len(self.skus) < rows:
            self.skus.append("")
            self.cards.append(b"")
            self.names.append("")
        if rows <= self._capacity:
            return
        self._capacity = rows + rows // 8 + 64
        for name in _COLUMNS:
            setattr(self, name, _grown(getattr(self, name), self._capacity))
        for labels in (self.by_name, self.by_sku):
            labels.column = _grown(labels.column, self._capacity)
        for shelf in self.shelves.values():
            shelf.grow(self._capacity)

    def _numbers(self, product: Mapping[str, Any]) -> tuple[int, ...]:
        """The row's values in the order of _COLUMNS."""
        born = product.get("created_at")
        return (
            product["mrp"],
            self.paths.number(tuple(product["category_path"])),
            self.brand_names.number(product["brand"] or ""),
            self.mark_sets.number(tuple(sorted(product["dietary"]))),
            self.pack_labels.number(pack_label(product["pack"])),
            int(born.timestamp()) if born else 0,
        )

    def _name_key(self, row: int) -> str:
        return name_key(self.names[row], self.skus[row])

    def _document(self, product: Mapping[str, Any]) -> Document:
        return {
            "sku": product["_id"],
            "names": product["name"],
            "brand": product["brand"],
            "categories": [
                self.categories[slug]["name"] for slug in product["category_path"] if slug in self.categories
            ],
            "pack": product["pack"],
            "barcodes": product["barcodes"],
            "extra": product.get("description", {}).get("en", ""),
        }

    def product(self, row: int) -> dict[str, Any]:
        """What a list shows of the product."""
        card: dict[str, Any] = orjson.loads(self.cards[row])
        return card

    # --- shelves -----------------------------------------------------------------------------------------------

    def shelf(self, store_id: str) -> Shelf:
        if (shelf := self.shelves.get(store_id)) is None:
            shelf = self.shelves[store_id] = Shelf(self._capacity)
        return shelf

    def put_listing(self, store_id: str, sku: str, listing: Mapping[str, Any]) -> None:
        """Take in those of `price`, `enabled` and `max_per_order` that `listing` has."""
        row = self.rows.get(sku)
        if row is None:
            return
        shelf = self.shelf(store_id)
        if "price" in listing:
            shelf.price[row] = listing["price"]
            shelf.discount[row] = discount_percent(listing["price"], int(self.mrp[row]))
        if "enabled" in listing and shelf.listed[row] != listing["enabled"]:
            shelf.listed[row] = listing["enabled"]
            shelf.lists += 1
        if "max_per_order" in listing:
            shelf.most[row] = listing["max_per_order"] or 0
        shelf.version += 1

    def put_stock(self, store_id: str, sku: str, stock: Mapping[str, Any]) -> None:
        """Take in those of `available` and `sellable` that `stock` has."""
        row = self.rows.get(sku)
        if row is None:
            return
        shelf = self.shelf(store_id)
        if "available" in stock:
            shelf.available[row] = min(stock["available"], _MOST_UNITS)
        if "sellable" in stock:
            shelf.sellable[row] = stock["sellable"]
        shelf.left[row] = max(0, shelf.available[row]) if shelf.sellable[row] else 0

    def put_popularity(self, store_id: str, weights: Mapping[str, float]) -> None:
        """Replace a store's popularity by these weights of SKUs, whatever their scale."""
        shelf = self.shelf(store_id)
        shelf.popularity[:] = 0
        most = max(weights.values(), default=0.0)
        for sku, weight in weights.items():
            if (row := self.rows.get(sku)) is not None:
                shelf.popularity[row] = weight / most
        shelf.version += 1

    # --- answers of the engine -----------------------------------------------------------------------------------

    def remembered(self, key: tuple[str, str, str], lists: int, work: Callable[[], Answer]) -> Answer:
        """`work()`'s answer, kept for those who ask the same until a product changes or `lists` moves."""
        version = (self.version, lists)
        kept = self._answers.pop(key, None)
        if kept is None or kept[0] != version:
            kept = (version, work())
            if len(self._answers) >= _MOST_ANSWERS:
                del self._answers[next(iter(self._answers))]  # the one that was longest not asked for
        self._answers[key] = kept
        answer: Answer = kept[1]
        return answer

    # --- lookups of values ---------------------------------------------------------------------------------------

    def below(self, slug: str) -> NDArray[np.bool_]:
        """By number of path: whether it leads through the category."""
        key = (slug, len(self.paths.all))
        if (table := self._places.get(key)) is None:
            if len(self._places) > 2_000:
                self._places.clear()
            table = self._places[key] = np.array([slug in path for path in self.paths.all], bool)
        return table


def name_key(name: str, sku: str) -> str:
    """What rows are sorted by name by: no folded name has a sign below a blank."""
    return f"{name}\0{sku}"


def _card(product: Mapping[str, Any]) -> bytes:
    shown = ("_id", "name", "brand", "category_path", "pack", "mrp", "dietary", "hidden")
    card = orjson.dumps({**{name: product[name] for name in shown}, "images": product["images"][:1]})
    return bytes(memoryview(card))  # orjson's own result keeps kilobytes of room behind its end


def _grown(column: NDArray[Any], capacity: int) -> NDArray[Any]:
    grown = np.zeros(capacity, column.dtype)
    grown[: len(column)] = column
    return grown
