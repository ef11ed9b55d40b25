"""Money meets its order: from the browser, a webhook or the reconciler, in time, late or twice."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, Invalid, InvalidTransition, NotFound
from shopsmart.identity.model import Actor
from shopsmart.money import money
from shopsmart.orders import moves, store
from shopsmart.orders.looking import own
from shopsmart.orders.model import (
    SYSTEM,
    accept_times,
)
from shopsmart.orders.notes import note, order_event, sync_payment
from shopsmart.payments import service as payments
from shopsmart.routing import service as routing

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

PREPAID = ("sandbox",)


def start_payment(shop: "Shop", actor: Actor, order_id: str, provider: str) -> dict[str, Any]:
    """Open a payment for the customer's unpaid order; the payment. Repeats give the same one while it is open."""
    order = own(shop, actor, order_id)
    if order["status"] != "payment_pending":
        raise InvalidTransition("This order is not waiting for a payment.", status_now=order["status"])
    if provider not in PREPAID:
        raise Invalid(f"Choose one of: {', '.join(PREPAID)}.", code="unknown_provider")
    return payments.start(
        shop,
        order_id=order_id,
        provider=provider,
        amount=order["totals"]["total"],
        customer_id=order["customer_id"],
        expires_at=order["hold_until"],
    )


def confirm_payment(
    shop: "Shop", actor: Actor, order_id: str, payment_id: str, payment_ref: str, signature: str
) -> dict[str, Any]:
    """Take the signed result that the customer's browser brings. The order; safe to repeat.

    Raises NotFound, Invalid (`payment_signature_invalid`, `payment_mismatch`).
    """
    order = own(shop, actor, order_id)
    payment = payments.verify(
        shop, order_id=order_id, payment_id=payment_id, payment_ref=payment_ref, signature=signature
    )
    return payment_captured(shop, payment, order)


def payment_captured(
    shop: "Shop", payment: Mapping[str, Any], as_read: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The one place where captured money meets its order; browser, webhook and reconciler all end here.

    An order that waits is placed. Money for one that is over, or a second payment, goes back by itself.
    `as_read` is the order, where the caller has just read it.
    """
    order = as_read or store.get(shop.db, payment["order_id"])
    if order is None:
        raise NotFound("There is no such order.")
    if order["status"] == "payment_pending":
        order = _pay(shop, order, payment)
    if order["payment"]["payment_id"] != payment["_id"]:
        log.warning("money came late", extra={"order_id": order["_id"], "payment_id": payment["_id"]})
        payments.refund(
            shop, payment["_id"], payment["captured"], "late_payment", key=f"{payment['_id']}:late"
        )
        order = note(shop, order["_id"], lambda found: _late_money(shop, found, payment))
    payments.mark_applied(shop, payment["_id"])
    return order


def _pay(shop: "Shop", order: dict[str, Any], payment: Mapping[str, Any]) -> dict[str, Any]:
    """Place an order that waits for this money; the order as it stands then, which may be over already."""
    patience = routing.policy_now(shop)["accept_seconds"]
    paid = {
        "payment.status": "captured",
        "payment.payment_id": payment["_id"],
        "payment.captured": payment["captured"],
    }
    try:
        return moves.act(
            shop,
            order["_id"],
            "pay",
            roles=[SYSTEM],
            actor_id=f"payment:{payment['_id']}",
            prepare=lambda found: {**paid, **accept_times(found, shop.now(), patience)},
            as_read=order,
        )
    except InvalidTransition:
        return store.get(shop.db, order["_id"]) or order  # it expired or was cancelled just now


def _late_money(shop: "Shop", order: dict[str, Any], payment: Mapping[str, Any]) -> Any:
    mark = f"late_payment:{payment['_id']}"
    if mark in order["flags"]:
        return None
    event = order_event(
        shop,
        order,
        "order.refunded",
        status=order["status"],
        refunded=money(payment["captured"], order["currency"]),
    )
    return {"flags": [*order["flags"], mark]}, event


def refund(
    shop: "Shop", actor: Actor, order_id: str, amount: int | None, reason: str, key: str
) -> dict[str, Any]:
    """Give captured money back, all that is left or `amount` paise. The refund. Raises NotFound, Conflict."""
    order = store.get(shop.db, order_id)
    if order is None or order["status"] == "holding":
        raise NotFound("There is no such order.")
    if not order["payment"]["payment_id"]:
        raise Conflict("Nothing was paid for this order.", code="nothing_to_refund")
    made = payments.refund(
        shop, order["payment"]["payment_id"], amount, reason, key=f"{order_id}:{actor.user_id}:{key}"
    )
    sync_payment(shop, order_id)
    return made
