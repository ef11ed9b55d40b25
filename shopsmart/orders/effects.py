"""What must follow a move: stock, money, cart. Recorded with the move, done right away, finished by the sweep.

Every effect looks again and may run twice.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.carts import service as carts
from shopsmart.inventory import service as inventory
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import stock_id
from shopsmart.orders import invoicing, store
from shopsmart.orders.model import ENDED, LOST, hold_id, lines_of
from shopsmart.orders.notes import sync_payment
from shopsmart.payments import service as payments

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=5)


def perform(shop: "Shop", order: dict[str, Any]) -> dict[str, Any]:
    """Do the order's outstanding effects; one that fails stays for the sweep. Returns the order."""
    done = []
    for effect in order["effects"]:
        try:
            EFFECTS[effect](shop, order)
        except Exception:
            log.exception("effect failed", extra={"order_id": order["_id"], "effect": effect})
            break
        done.append(effect)
    if not done:
        return order
    store.effects_done(shop.db, order["_id"], done)
    return {**order, "effects": [effect for effect in order["effects"] if effect not in done]}


def finish_owing(shop: "Shop", limit: int = 200) -> int:
    """Do the effects that a crash or a fault left undone. Returns how many orders were looked at."""
    owing = store.owing_effects(shop.db, shop.now() - PATIENCE, limit)
    for order in owing:
        perform(shop, order)
    return len(owing)


def _commit_stock(shop: "Shop", order: Mapping[str, Any]) -> None:
    inventory.commit_holds(
        shop,
        {
            (stock_id(part["store_id"], line["sku"]), hold_id(order["_id"], part["id"]))
            for part in order["fulfilments"]
            for line in lines_of(order, part["id"])
        },
    )


def _release_stock(shop: "Shop", order: Mapping[str, Any]) -> None:
    reason = order["end_reason"] or order["status"]
    if order["status"] in ENDED:
        inventory.release_order(shop, order["_id"], reason)
        return
    for part in order["fulfilments"]:
        if part["state"] in LOST:
            inventory.release_hold(shop, hold_id(order["_id"], part["id"]), order["_id"], reason)


def _release_left(shop: "Shop", order: Mapping[str, Any]) -> None:
    """What was held at the stores that the order has left."""
    for part in order["fulfilments"]:
        for former in part.get("former", ()):
            inventory.release_hold(shop, hold_id(order["_id"], former), order["_id"], "rerouted")


def _shorten_holds(shop: "Shop", order: Mapping[str, Any]) -> None:
    """What lines were shortened by is no longer held for them."""
    for part in order["fulfilments"]:
        for line in lines_of(order, part["id"]):
            if "ordered" in line:
                kept = hold_id(order["_id"], part["id"])
                inventory.shorten_hold(shop, kept, order["_id"], line["sku"], line["quantity"])


def _take_off_shelf(shop: "Shop", order: Mapping[str, Any]) -> None:
    """Finish picks that a crash cut short between the order and the shelf."""
    for part in order["fulfilments"]:
        kept = hold_id(order["_id"], part["id"])
        still_held = {row["sku"] for row in stock.held_by(shop.db, kept, order["_id"])}
        for line in lines_of(order, part["id"]):
            if line["quantity"] and line["picked"] is not None and line["sku"] in still_held:
                inventory.pick(shop, kept, order["_id"], line["sku"], line["picked"], "system")


def _put_back(shop: "Shop", order: Mapping[str, Any]) -> None:
    """Goods that were picked for what came to nothing go back on the shelf."""
    store_of = {part["id"]: part["store_id"] for part in order["fulfilments"] if part["state"] in LOST}
    for line in order["lines"]:
        if line["picked"] and line["fulfilment_id"] in store_of:
            inventory.put_back(
                shop,
                store_of[line["fulfilment_id"]],
                line["sku"],
                line["picked"],
                order["_id"],
                ref=f"{order['_id']}.{line['id']}:put_back",
                actor="system",
            )


def _void_payment(shop: "Shop", order: Mapping[str, Any]) -> None:
    if order["payment"]["provider"] != "cod":
        payments.void_open(shop, order["_id"])


def _refund(shop: "Shop", order: Mapping[str, Any]) -> None:
    if order["payment"]["captured"]:
        payments.refund_all(shop, order["_id"], order["end_reason"] or order["status"])
        sync_payment(shop, order["_id"])


def _refund_difference(shop: "Shop", order: Mapping[str, Any]) -> None:
    """What was paid above the bill of what was really picked, less what was given back for that before."""
    if not order["payment"]["payment_id"]:
        return
    key = f"{order['_id']}:difference"
    given = payments.refunded_under(shop, order["payment"]["payment_id"], key)
    surplus = order["payment"]["captured"] - order["totals"]["total"] - given
    if surplus > 0:
        # Two who do this at once see the same sum given and so use the same key.
        own_key = f"{key}:{given}" if given else key
        payments.refund(shop, order["payment"]["payment_id"], surplus, "short_pick", key=own_key)
        sync_payment(shop, order["_id"])


def _collect_cash(shop: "Shop", order: Mapping[str, Any]) -> None:
    if order["payment"]["provider"] == "cod":
        payments.record_cod_collected(
            shop,
            order_id=order["_id"],
            amount=order["totals"]["total"],
            currency=order["currency"],
            customer_id=order["customer_id"],
        )
        sync_payment(shop, order["_id"])


def _issue_invoice(shop: "Shop", order: Mapping[str, Any]) -> None:
    invoicing.issue(shop, order)


def _empty_cart(shop: "Shop", order: Mapping[str, Any]) -> None:
    if order["from_cart"]:
        carts.remove_lines(
            shop, order["customer_id"], {line["sku"]: line["quantity"] for line in order["lines"]}
        )


EFFECTS: dict[str, Callable[["Shop", Mapping[str, Any]], None]] = {
    "commit_stock": _commit_stock,
    "release_stock": _release_stock,
    "release_left": _release_left,
    "shorten_holds": _shorten_holds,
    "take_off_shelf": _take_off_shelf,
    "put_back": _put_back,
    "void_payment": _void_payment,
    "refund": _refund,
    "refund_difference": _refund_difference,
    "collect_cash": _collect_cash,
    "issue_invoice": _issue_invoice,
    "empty_cart": _empty_cart,
}
