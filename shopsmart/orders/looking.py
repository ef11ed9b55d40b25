"""Reading an order, by those whom it concerns."""

import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.errors import NotFound
from shopsmart.identity.model import Actor
from shopsmart.orders import store
from shopsmart.orders.model import (
    STAFF,
)

if TYPE_CHECKING:
    from shopsmart.context import Shop


def seen_by(shop: "Shop", actor: Actor, order_id: str) -> dict[str, Any]:
    """The order, if `actor` may see it: its customer, its store's manager, its rider, staff. Raises NotFound."""
    order = store.get(shop.db, order_id)
    if order is None or order["status"] == "holding" or not _concerns(order, actor):
        raise NotFound("There is no such order.")
    return order


def _concerns(order: Mapping[str, Any], actor: Actor) -> bool:
    if actor.roles & STAFF or order["customer_id"] == actor.user_id:
        return True
    if "store_manager" in actor.roles and any(
        part["store_id"] in actor.store_ids for part in order["fulfilments"]
    ):
        return order["status"] != "payment_pending"
    return "rider" in actor.roles and any(
        (part["rider"] or {}).get("id") == actor.user_id for part in order["fulfilments"]
    )


def own(shop: "Shop", actor: Actor, order_id: str) -> dict[str, Any]:
    """The customer's own order. Raises NotFound for anybody else's."""
    order = store.get(shop.db, order_id)
    if order is None or order["customer_id"] != actor.user_id or order["status"] == "holding":
        raise NotFound("There is no such order.")
    return order


def part_at(shop: "Shop", store_id: str, order_id: str) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """An order and its fulfilment at a store. Raises NotFound when the store has no part in it."""
    order = store.get(shop.db, order_id)
    if order is None or order["status"] in {"holding", "payment_pending"}:
        raise NotFound("There is no such order.")
    part = next((one for one in order["fulfilments"] if one["store_id"] == store_id), None)
    if part is None or order["end_reason"] in {"not_held", "not_paid"}:
        raise NotFound("There is no such order.")
    return order, part


def same_code(order: Mapping[str, Any], code: str) -> bool:
    """Whether `code` is the order's one-time code, compared in constant time."""
    return hmac.compare_digest(order["delivery_code"].encode(), code.strip().encode())
