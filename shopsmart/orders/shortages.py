"""A store counted less than it promised: what becomes of the orders that wait for it."""

import logging
from typing import TYPE_CHECKING

from shopsmart.infra.outbox import Event
from shopsmart.inventory import store as stock
from shopsmart.orders import rerouting, store

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)


def stock_event(shop: "Shop", event: Event) -> None:
    """A store counted less than it promised: the least advanced and youngest orders go elsewhere. Safe to repeat."""
    store_id, sku = event["data"]["store_id"], event["data"]["sku"]
    for order in store.holding_at(shop.db, store_id, sku):
        if not _missing(shop, store_id, sku):
            return
        rerouting.leave_short(shop, store_id, sku, order["_id"])
    if missing := _missing(shop, store_id, sku):
        log.warning("shortage stays", extra={"store_id": store_id, "sku": sku, "missing": missing})


def _missing(shop: "Shop", store_id: str, sku: str) -> int:
    kept = stock.get(shop.db, store_id, sku)
    return max(0, -kept["available"]) if kept else 0
