"""Declared shortages: a count found fewer units than orders were promised.

The stock document says so itself (`shortage`, a negative `available`), which blocks new sales at once. The case is
what people and the re-routing of orders work on; it follows from the document and is mended by a sweep.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, NotFound
from shopsmart.inventory import store
from shopsmart.inventory.model import Hold, missing

if TYPE_CHECKING:
    from shopsmart.context import Shop


def open_cases(
    shop: "Shop", store_ids: Sequence[str] | None = None, after: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """Open cases, oldest first: `{_id, store_id, sku, missing, orders: [{order_id, hold_id, quantity}]}`.

    `orders` is the order in which to relieve them: unpaid before paid, the newest first.
    """
    return store.open_cases(shop.db, store_ids, after, limit)


def case(shop: "Shop", case_id: str) -> dict[str, Any]:
    """One case as it stands now, brought up to date first. Raises NotFound."""
    found = store.case(shop.db, case_id)
    if found is None:
        raise NotFound("There is no such case.")
    _follow(shop, found)
    return store.case(shop.db, case_id) or found


def close_case(shop: "Shop", case_id: str, outcome: str) -> bool:
    """Close a case once nothing is missing any more. False when it was closed before.

    Raises NotFound, Conflict `still_short`.
    """
    found = store.case(shop.db, case_id)
    if found is None:
        raise NotFound("There is no such case.")
    stock = store.get(shop.db, found["store_id"], found["sku"])
    if stock and _is_of(stock, case_id) and (missing(stock) or not store.unmark_short(shop.db, stock)):
        raise Conflict("Some of the promised units are still missing.", code="still_short")
    return store.close_case(shop.db, case_id, outcome, shop.now())


def note(shop: "Shop", stock: Mapping[str, Any]) -> None:
    """Open or update the case of a document that is short. Safe to repeat."""
    now = shop.now()
    store.put_case(
        shop.db,
        {
            "_id": stock["shortage"]["case_id"],
            "stock_id": stock["_id"],
            "store_id": stock["store_id"],
            "sku": stock["sku"],
            "state": "open",
            "missing": missing(stock),
            "orders": [
                {"order_id": hold["order_id"], "hold_id": hold["id"], "quantity": hold["quantity"]}
                for hold in relief_order(stock["holds"])
            ],
            "opened_at": stock["shortage"]["at"],
            "updated_at": now,
        },
    )


def relief_order(holds: Sequence[Hold]) -> list[Hold]:
    """Whose units are given up first: reservations before promises, the newest before the oldest."""
    return sorted(holds, key=lambda hold: (hold["until"] is not None, hold["at"]), reverse=True)


def mend(shop: "Shop", limit: int = 200) -> int:
    """Bring cases and documents in step: cases of new shortages, an end to those that are over. How many."""
    looked_at = 0
    for stock in store.short(shop.db, limit):
        if missing(stock):
            note(shop, stock)
        elif store.unmark_short(shop.db, stock):
            store.close_case(shop.db, stock["shortage"]["case_id"], "covered", shop.now())
        looked_at += 1
    for found in store.open_cases(shop.db, None, None, limit):
        _follow(shop, found)
        looked_at += 1
    return looked_at


def _follow(shop: "Shop", found: Mapping[str, Any]) -> None:
    """Bring one case up to its document."""
    if found["state"] != "open":
        return
    stock = store.get(shop.db, found["store_id"], found["sku"])
    if stock is None or not _is_of(stock, found["_id"]):
        store.close_case(shop.db, found["_id"], "covered", shop.now())
    elif missing(stock):
        note(shop, stock)


def _is_of(stock: Mapping[str, Any], case_id: str) -> bool:
    return bool((stock.get("shortage") or {}).get("case_id") == case_id)
