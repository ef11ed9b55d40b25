"""What becomes of a batch of rows: looked at together, written together, each answered for itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopsmart.bulk import formats
from shopsmart.bulk.formats import Facts
from shopsmart.bulk.records import Record
from shopsmart.catalog import model as rules
from shopsmart.catalog import service as catalog
from shopsmart.catalog import store as products
from shopsmart.errors import Conflict, Invalid, ShopError
from shopsmart.identity.model import Actor
from shopsmart.inventory import edits
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import Edit, stock_id
from shopsmart.stores import store as store_documents

if TYPE_CHECKING:
    from shopsmart.context import Shop

_TRIES = 10


@dataclass(frozen=True)
class Outcome:
    """What became of a row: created, changed, unchanged or refused."""

    row: int
    line: int
    sku: str
    what: str
    code: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Row:
    """A row as it was read; `refusal` says what is wrong with it in itself."""

    record: Record
    facts: Facts
    refusal: tuple[str, str] | None

    @staticmethod
    def of(record: Record, kind: str, format_: str, currency: str, seen: dict[str, int]) -> "Row":
        """`seen`: which thing stood in which row; the row's own is added."""
        if record.code:
            return Row(record, {}, (record.code, record.detail))
        try:
            facts = formats.facts_of(kind, format_, record.cells, currency)
        except Invalid as fault:
            return Row(record, {"sku": _told(record.cells.get("sku"))}, (fault.code, fault.detail))
        name = facts["sku"] if kind == "products" else f"{facts['store_id']}:{facts['sku']}"
        if (first := seen.setdefault(name, record.row)) != record.row:
            return Row(record, facts, ("duplicate_row", f"It stood in row {first} already."))
        return Row(record, facts, None)

    @property
    def sku(self) -> str:
        return str(self.facts.get("sku", ""))

    def became(self, what: str) -> Outcome:
        return Outcome(self.record.row, self.record.line, self.sku, what)

    def refused(self, code: str, detail: str) -> Outcome:
        return Outcome(self.record.row, self.record.line, self.sku, "refused", code, detail[:500])


def _told(sku: Any) -> str:
    return sku[:40] if isinstance(sku, str) else ""


def of_kind(shop: "Shop", found: Mapping[str, Any]) -> Callable[[Sequence[Row]], list[Outcome]]:
    """How the rows of an import are worked off, batch by batch."""
    actor = Actor(found["by"], frozenset(found["roles"]))
    work = _products if found["kind"] == "products" else _listings
    via = f"import:{found['_id']}"

    def batch(read: Sequence[Row]) -> list[Outcome]:
        good = [row for row in read if row.refusal is None]
        outcomes = work(shop, actor, good, via, dry_run=found["dry_run"])
        refused = (row.refused(*row.refusal) for row in read if row.refusal is not None)
        return sorted([*outcomes, *refused], key=lambda outcome: outcome.row)

    return batch


# --- products --------------------------------------------------------------------------------------------------


def _products(
    shop: "Shop", actor: Actor, read: Sequence[Row], via: str, *, dry_run: bool
) -> Iterator[Outcome]:
    became: dict[str, str] = {}
    for _ in range(_TRIES):
        known = products.products_of(shop.db, [row.sku for row in read])
        wanted, refusals = _made(shop, read, known)
        differing = [one for one in wanted if catalog.differs(known.get(one["sku"]), one)]
        for one in differing:
            became.setdefault(one["sku"], "changed" if one["sku"] in known else "created")
        # Somebody else changed one of them between reading and writing: what the rows leave open is read again.
        if dry_run or catalog.put_known(shop, actor, differing, known, via):
            break
    else:
        raise Conflict("Many are changing these products; try again.", code="busy")
    for row in read:
        if row.sku in refusals:
            yield row.refused(refusals[row.sku].code, refusals[row.sku].detail)
        else:
            yield row.became(became.get(row.sku, "unchanged"))


def _made(
    shop: "Shop", read: Sequence[Row], known: Mapping[str, Mapping[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, Invalid]]:
    categories = products.categories(shop.db)
    wanted, refusals = [], {}
    for row in read:
        try:
            product = formats.product_of(row.facts, known.get(row.sku))
            rules.check_path(product["category_path"], categories)
            wanted.append(product)
        except Invalid as fault:
            refusals[row.sku] = fault
    return wanted, refusals


# --- listings --------------------------------------------------------------------------------------------------


def _listings(
    shop: "Shop", actor: Actor, read: Sequence[Row], via: str, *, dry_run: bool
) -> Iterator[Outcome]:
    known = products.products_of(shop.db, {row.sku for row in read})
    named = {row.facts["store_id"] for row in read}
    places = {one["_id"] for one in store_documents.several(shop.db, named)}
    present = products.listings_by_id(shop.db, [_id(row) for row in read])
    good, refusals = {}, {}
    for row in read:
        try:
            good[_id(row)] = (row.facts["store_id"], _listing(row, known, places, present.get(_id(row))))
        except ShopError as fault:
            refusals[row.record.row] = fault
    differing = catalog.differing_listings(good, present)
    if not dry_run:
        catalog.put_checked_listings(shop, actor, known, good.values(), via)
    counted, short = _counted(shop, actor, [row for row in read if _id(row) in good], via, dry_run=dry_run)
    for row in read:
        refusal = refusals.get(row.record.row) or short.get(_id(row))
        if refusal is not None:
            yield row.refused(refusal.code, refusal.detail)
        elif _id(row) not in present:
            yield row.became("created")
        else:
            yield row.became("changed" if _id(row) in differing or _id(row) in counted else "unchanged")


def _id(row: Row) -> str:
    return stock_id(row.facts["store_id"], row.sku)


def _listing(
    row: Row,
    known: Mapping[str, Mapping[str, Any]],
    places: set[str],
    before: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The listing's own facts as the row wants them. Raises Invalid."""
    if row.facts["store_id"] not in places:
        raise Invalid("There is no such store.", code="unknown_store")
    if row.sku not in known:
        raise Invalid("There is no such product.", code="unknown_sku")
    price = row.facts.get("price", before["price"] if before else None)
    if price is None:
        raise Invalid("A new listing needs a price.", code="price_required")
    rules.check_price(price, known[row.sku])
    given = {str(name): row.facts[name] for name in ("max_per_order", "enabled") if name in row.facts}
    return {"sku": row.sku, "price": price, **given}


def _counted(
    shop: "Shop", actor: Actor, read: Sequence[Row], via: str, *, dry_run: bool
) -> tuple[set[str], dict[str, ShopError]]:
    """Open shelves where there are none and count those the rows count: which changed, which were refused."""
    shelves = stock.of_ids(shop.db, {_id(row) for row in read})
    changed: set[str] = set()
    refused: dict[str, ShopError] = {}
    for store_id in sorted({row.facts["store_id"] for row in read}):
        mine = [row for row in read if row.facts["store_id"] == store_id]
        if not dry_run and (new := [row for row in mine if _id(row) not in shelves]):
            inventory.open_shelves(
                shop, store_id, [{"sku": row.sku, "units": 0} for row in new], actor.user_id
            )
        counts = {
            f"{via}:{row.record.row}": row
            for row in mine
            if row.facts.get("on_hand", _units(shelves, row)) != _units(shelves, row)
        }
        if dry_run:
            counts = {ref: row for ref, row in counts.items() if _id(row) in shelves}
        wanted = [
            Edit(row.sku, ref, "count", row.facts["on_hand"], actor.user_id, "counted")
            for ref, row in counts.items()
        ]
        outcomes = (
            edits.foresee(shop, store_id, wanted) if dry_run else edits.make_many(shop, store_id, wanted)
        )
        for ref, outcome in outcomes.items():
            if isinstance(outcome, ShopError):
                refused[_id(counts[ref])] = outcome
            else:
                changed.add(_id(counts[ref]))
    return changed, refused


def _units(shelves: Mapping[str, Mapping[str, Any]], row: Row) -> int:
    shelf = shelves.get(_id(row))
    return shelf["on_hand"] if shelf else 0
