"""What a store's people should look at: promised units that are missing, and items that run low."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import store as products
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock

if TYPE_CHECKING:
    from shopsmart.context import Shop

SHORTAGE, LOW = "shortage", "low_stock"


def alerts(
    shop: "Shop", store_id: str, after: Sequence[str] | None, limit: int
) -> tuple[list[dict[str, Any]], list[str] | None]:
    """A page of alerts, shortages before low stock, and the key of the next one.

    `{kind, sku, name, available_quantity, low_stock_at, missing, case_id, since}`
    """
    kind, key = (after[0], after[1]) if after else (SHORTAGE, None)
    found: list[dict[str, Any]] = []
    if kind == SHORTAGE:
        cases = inventory.open_cases(shop, [store_id], key, limit + 1)
        found = [_shortage(case) for case in cases]
        key = None
    if len(found) <= limit:
        last = (store_id, key) if key else None
        rows = stock.low_of_stores(shop.db, [store_id], last, limit + 1 - len(found))
        found += [_low(row) for row in rows]
    more, found = len(found) > limit, found[:limit]
    names = products.products_of(shop.db, {row["sku"] for row in found})
    for row in found:
        row["name"] = names[row["sku"]]["name"] if row["sku"] in names else {"en": row["sku"]}
    return found, [found[-1]["kind"], found[-1].pop("key")] if more else None


def _shortage(case: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": SHORTAGE,
        "key": case["_id"],
        "sku": case["sku"],
        "available_quantity": 0,
        "low_stock_at": None,
        "missing": case["missing"],
        "case_id": case["_id"],
        "since": case["opened_at"],
    }


def _low(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "kind": LOW,
        "key": row["sku"],
        "sku": row["sku"],
        "available_quantity": max(0, row["available"]),
        "low_stock_at": row["low_stock_at"],
        "missing": 0,
        "case_id": None,
        "since": row["low_since"],
    }
