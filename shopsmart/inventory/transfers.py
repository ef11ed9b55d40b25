"""Units that move from one store's shelf to another's: two guarded writes, out first.

What has left and not arrived stands as `transit` on the shelf it left; a sweep enters it where it belongs.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Invalid, NotFound
from shopsmart.inventory import edits, store
from shopsmart.inventory.model import Edit

if TYPE_CHECKING:
    from shopsmart.context import Shop

PATIENCE = timedelta(seconds=10)


def transfer(
    shop: "Shop", from_store: str, to_store: str, sku: str, units: int, ref: str, actor: str
) -> dict[str, Any]:
    """Move `units`; `ref` names the transfer, safe to repeat. `{from, to}`: both stock documents afterwards.

    Both stores must keep the item. Raises Invalid, NotFound, LessThanPromised (only free units may leave).
    """
    if units <= 0 or from_store == to_store:
        raise Invalid("Units above zero, to another store.", code="bad_transfer")
    if store.get(shop.db, to_store, sku) is None:
        raise NotFound("The other store does not keep the item.", code="unknown_sku", sku=sku)
    out = Edit(sku, f"{ref}:out", "transfer_out", -units, actor, to_store_id=to_store)
    left = edits.make(shop, from_store, out).stock
    arrived = _enter(shop, to_store, sku, f"{ref}:out", units, actor)
    store.arrived(shop.db, left["_id"], out.ref)
    return {"from": dict(left), "to": dict(arrived)}


def finish(shop: "Shop", limit: int = 100) -> int:
    """Enter what a crash left between two shelves. Safe to repeat and to race. How many."""
    finished = 0
    for stock in store.in_transit(shop.db, shop.now() - PATIENCE, limit):
        for moving in stock["transit"]:
            _enter(shop, moving["to_store_id"], stock["sku"], moving["id"], moving["units"], moving["actor"])
            store.arrived(shop.db, stock["_id"], moving["id"])
            finished += 1
    return finished


def _enter(shop: "Shop", to_store: str, sku: str, out_ref: str, units: int, actor: str) -> Mapping[str, Any]:
    return edits.make(shop, to_store, Edit(sku, f"{out_ref}:in", "transfer_in", units, actor)).stock
