"""The shelf as those who keep it see it: numbers, switch, price, corrections."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import service as catalog
from shopsmart.catalog import store as products
from shopsmart.errors import Conflict, Invalid, NotFound, ShopError
from shopsmart.identity.model import Actor
from shopsmart.infra import audit
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.inventory.edits import Done, make_many
from shopsmart.inventory.model import Edit, held, low

if TYPE_CHECKING:
    from shopsmart.context import Shop

_CSV_COLUMNS = (
    "store_id",
    "sku",
    "name",
    "brand",
    "on_hand",
    "held",
    "available_quantity",
    "available",
    "price",
    "mrp",
    "low",
    "low_stock_at",
    "bin",
    "updated_at",
)
_CSV_PAGE = 500
_FORMULA_STARTS = frozenset("=+-@\t\r")
_NOTED = ("on_hand", "available", "sellable", "off_until", "off_reason", "low_stock_at")


def rows(
    shop: "Shop",
    store_ids: Sequence[str] | None,
    *,
    after: Sequence[str] | None,
    limit: int,
    q: str | None = None,
    low: bool | None = None,
    available: bool | None = None,
    sku: str | None = None,
) -> tuple[list[dict[str, Any]], list[str] | None]:
    """Shelf rows of `store_ids` (None: all stores) by store and SKU, and the key of the next page."""
    query: dict[str, Any] = {}
    if store_ids is not None:
        query["store_id"] = store_ids[0] if len(store_ids) == 1 else {"$in": list(store_ids)}
    if sku is not None:
        query["sku"] = sku
    elif q:
        query["sku"] = {"$in": products.skus_matching(shop.db, q, most=500)}
    if available is not None:
        query["sellable"] = available
    if low:
        query["$expr"] = {"$and": [{"$gt": ["$low_stock_at", 0]}, {"$lte": ["$available", "$low_stock_at"]}]}
    found = stock.list_of_store(shop.db, query, after, limit + 1)
    more = len(found) > limit
    found = found[:limit]
    next_key = [found[-1]["store_id"], found[-1]["sku"]] if more else None
    return _joined(shop, found), next_key


def as_csv(shop: "Shop", store_ids: Sequence[str] | None, **wanted: Any) -> Iterator[bytes]:
    """The same rows as a CSV file in pieces, prices in paise; `wanted` as `rows` takes it."""
    after: Sequence[str] | None = None
    yield _csv([_CSV_COLUMNS])
    while True:
        found, after = rows(shop, store_ids, after=after, limit=_CSV_PAGE, **wanted)
        yield _csv([_csv_cell(value) for value in _csv_values(row)] for row in found)
        if after is None:
            return


def _csv_values(row: Mapping[str, Any]) -> list[Any]:
    return [row["name"]["en"] if name == "name" else row[name] for name in _CSV_COLUMNS]


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    # A spreadsheet would run it.
    return f"'{text}" if isinstance(value, str) and text[:1] in _FORMULA_STARTS else text


def _csv(lines: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()


def change(
    shop: "Shop",
    actor: Actor,
    store_id: str,
    sku: str,
    *,
    available: bool | None = None,
    on_hand: int | None = None,
    price: int | None = None,
    low_stock_at: int | None = None,
    max_per_order: int | None = None,
    off_until: datetime | None = None,
    off_reason: str | None = None,
) -> dict[str, Any]:
    """Change an item of a store; the row as it stands then. Raises NotFound, Invalid.

    `max_per_order` 0 takes the limit away. `off_until` takes the item off the shelf until then.

    A count below what orders were promised is recorded as a shortage.
    A product the store does not keep yet is taken in; that needs a price.
    """
    if off_until is not None and (available or off_until <= shop.now()):
        raise Invalid("An item is off the shelf until some later moment.", code="bad_off_until")
    before = stock.get(shop.db, store_id, sku)
    if before is None:
        _take_in(shop, actor, store_id, sku, price)
    # What can be refused comes first, so that a refusal changes nothing.
    if on_hand is not None:
        inventory.count(shop, store_id, sku, on_hand, actor.user_id, may_be_short=True)
    if price is not None and before is not None:
        catalog.list_product(shop, actor, store_id, sku, price)
    if max_per_order is not None:
        catalog.limit_product(shop, actor, store_id, sku, max_per_order or None)
    if available is not None or off_until is not None:
        on_sale = available is not None and available
        inventory.switch(
            shop,
            store_id,
            sku,
            on_sale,
            actor.user_id,
            until=off_until,
            reason=None if on_sale else off_reason,
        )
    if low_stock_at is not None:
        inventory.set_low_stock_at(shop, store_id, sku, low_stock_at)
    after = stock.get(shop.db, store_id, sku)
    assert after is not None
    audit.record(shop, actor, "inventory.changed", f"{store_id}:{sku}", _facts(before), _facts(after))
    return _joined(shop, [after])[0]


def adjust_many(
    shop: "Shop", actor: Actor, store_id: str, lines: Sequence[Mapping[str, Any]], key: str
) -> list[dict[str, Any]]:
    """Correct quantities by differences; each line answers for itself. `key` makes a repeat harmless."""
    results: list[dict[str, Any]] = []
    wanted: dict[str, int] = {}
    edits: list[Edit] = []
    for number, line in enumerate(lines):
        ref = f"adjust:{actor.user_id}:{key}:{number}"
        results.append({"sku": line["sku"]})
        try:
            edits.append(inventory.adjustment(line["sku"], line["delta"], line["reason"], ref, actor.user_id))
            wanted[ref] = number
        except ShopError as refusal:
            results[number] |= _refused(refusal)
    for ref, outcome in make_many(shop, store_id, edits).items():
        results[wanted[ref]] |= _refused(outcome) if isinstance(outcome, ShopError) else _stands(outcome)
    return results


def _stands(done: Done) -> dict[str, Any]:
    after = done.stock
    numbers = {"on_hand": after["on_hand"], "available_quantity": max(0, after["available"])}
    return {"ok": True, "code": None, "detail": None, **numbers}


def _refused(refusal: ShopError) -> dict[str, Any]:
    facts = {"code": refusal.code, "detail": refusal.detail}
    return {"ok": False, **facts, "on_hand": None, "available_quantity": None}


def transfer(
    shop: "Shop", actor: Actor, key: str, *, from_store_id: str, to_store_id: str, sku: str, units: int
) -> dict[str, Any]:
    """Move units between two stores; `key` makes a repeat harmless. How both shelves stand afterwards.

    Raises NotFound, Invalid, LessThanPromised: only free units may leave.
    """
    ref = f"transfer:{actor.user_id}:{key}"
    moved = inventory.transfer(shop, from_store_id, to_store_id, sku, units, ref, actor.user_id)
    shelves = [
        {
            "store_id": one["store_id"],
            "on_hand": one["on_hand"],
            "available_quantity": max(0, one["available"]),
        }
        for one in (moved["from"], moved["to"])
    ]
    facts = {"to_store_id": to_store_id, "units": units}
    audit.record(shop, actor, "inventory.transferred", f"{from_store_id}:{sku}", None, facts)
    return {"sku": sku, "units": units, "shelves": shelves}


def paise(shop: "Shop", price: Mapping[str, Any]) -> int:
    """A price's amount. Raises Invalid for another currency or a senseless amount."""
    if price["currency"] != shop.settings.currency:
        raise Invalid(f"Prices are in {shop.settings.currency}.", code="wrong_currency")
    amount = price["amount"]
    if not 0 < amount <= 100_000_000:
        raise Invalid("A price is above zero.", code="bad_price", errors={"price": ["Must be above zero."]})
    return int(amount)


def _take_in(shop: "Shop", actor: Actor, store_id: str, sku: str, price: int | None) -> None:
    if sku not in products.products_of(shop.db, [sku]):
        raise NotFound("There is no such product.", code="unknown_sku", sku=sku)
    if price is None:
        raise Conflict("This store does not keep the item yet; give it a price.", code="price_required")
    catalog.list_product(shop, actor, store_id, sku, price)
    stock.open_shelf(shop.db, [{"store_id": store_id, "sku": sku}], shop.now())


def _joined(shop: "Shop", found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stock documents with their products' names and their stores' prices."""
    known = products.products_of(shop.db, {row["sku"] for row in found})
    listed = products.listings_in(shop.db, {row["store_id"] for row in found}, {row["sku"] for row in found})
    joined = []
    for row in found:
        product = known.get(row["sku"])
        listing = listed.get(row["store_id"], {}).get(row["sku"])
        joined.append(
            {
                "sku": row["sku"],
                "store_id": row["store_id"],
                "name": product["name"] if product else {"en": row["sku"]},
                "brand": product.get("brand") if product else None,
                "mrp": product["mrp"] if product else 0,
                "price": listing["price"] if listing else None,
                "on_hand": row["on_hand"],
                "held": held(row),
                "available_quantity": max(0, row["available"]),
                "available": row["sellable"],
                "off_until": row.get("off_until"),
                "off_reason": row.get("off_reason"),
                "max_per_order": listing["max_per_order"] if listing else None,
                "low": low(row),
                "low_stock_at": row.get("low_stock_at", 0),
                "bin": row.get("bin", ""),
                "updated_at": row["updated_at"],
            }
        )
    return joined


def _facts(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {name: row[name] for name in _NOTED if name in row} if row else None
