"""Writing what happened into a payment, once, whoever reports it and however often."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.payments import store
from shopsmart.payments.gateways import Gateway, Intent
from shopsmart.payments.model import PaymentEvent

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_TRIES = 10


class Mismatch(Invalid):
    """Money or a message that does not belong where it says; kept in quarantine for a human."""

    code = "payment_mismatch"
    title = "The payment is not the one that was asked for"


def gateway_of(shop: "Shop", provider: str) -> Gateway:
    """Raises NotFound `unknown_provider`."""
    gateway = shop.gateways.get(provider)
    if gateway is None:
        raise NotFound("There is no such payment provider.", code="unknown_provider")
    return gateway


def record(
    shop: "Shop",
    payment_id: str,
    event_of: Callable[[dict[str, Any]], tuple[PaymentEvent, Mapping[str, Any]] | None],
    as_read: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Add an event to a payment, looking again when it changed meanwhile. The payment; safe to repeat.

    `event_of` sees the payment as read (just now by the caller, if `as_read` is given); it returns the event and
    further facts to set, or None for no change, and refuses by raising.
    """
    for attempt in range(_TRIES):
        payment = as_read if as_read and not attempt else store.get(shop.db, payment_id)
        if payment is None:
            raise NotFound("There is no such payment.", code="unknown_payment")
        wanted = event_of(payment)
        if wanted is None or any(known["key"] == wanted[0]["key"] for known in payment["events"]):
            return payment
        if (changed := store.append(shop.db, payment, *wanted)) is not None:
            log.info(
                "payment recorded",
                extra={
                    "payment_id": payment_id,
                    "order_id": payment["order_id"],
                    "event": wanted[0]["kind"],
                    "status": changed["status"],
                },
            )
            return changed
    raise Conflict("Too many are changing this payment at once; try again.", code="busy")


def record_captured(
    shop: "Shop",
    provider: str,
    intent_id: str,
    payment_ref: str,
    amount: int,
    currency: str,
    source: str,
    receipt: str | None = None,
    as_read: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Money came in for an intent. The payment; safe to repeat. `source`: browser, webhook, reconciler, void.

    Raises Mismatch, leaving a row in quarantine, when intent, order, amount or currency are not as asked for.
    """
    facts = {
        "provider": provider,
        "intent_id": intent_id,
        "payment_ref": payment_ref,
        "amount": amount,
        "currency": currency,
        "receipt": receipt,
        "source": source,
    }
    payment = as_read or store.by_intent(shop.db, provider, intent_id)
    if payment is None:
        raise refuse(shop, f"{provider}:{intent_id}", facts, "unknown_intent")
    if (amount, currency) != (payment["amount"], payment["currency"]):
        raise refuse(shop, payment["_id"], facts, "wrong_amount")
    if receipt is not None and receipt != payment["order_id"]:
        raise refuse(shop, payment["_id"], facts, "wrong_order")

    def captured(payment: dict[str, Any]) -> tuple[PaymentEvent, Mapping[str, Any]] | None:
        if payment["captured"]:
            if payment["payment_ref"] != payment_ref:
                raise refuse(shop, payment["_id"], facts, "captured_twice")
            return None
        now = shop.now()
        event: PaymentEvent = {
            "key": f"{payment_ref}:captured",
            "kind": "captured",
            "at": now,
            "amount": amount,
            "ref": payment_ref,
            "source": source,
        }
        return event, {"payment_ref": payment_ref, "captured_at": now, "unapplied_since": now}

    try:
        return record(shop, payment["_id"], captured, payment)
    except DuplicateKeyError:
        raise refuse(shop, payment["_id"], facts, "money_of_another_payment") from None


def take(
    shop: "Shop", provider: str, intent: Intent, source: str, as_read: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Record the capture that the gateway itself reports, for the intent's payment. Raises Mismatch."""
    return record_captured(
        shop,
        provider,
        intent.id,
        intent.payment_ref or "",
        intent.amount,
        intent.currency,
        source,
        receipt=intent.receipt,
        as_read=as_read,
    )


def refuse(shop: "Shop", subject: str, facts: Mapping[str, Any], fault: str) -> Mismatch:
    """Put it in quarantine, and return the refusal to raise."""
    store.quarantine(shop.db, subject, fault, facts, shop.now())
    log.error("payment quarantined", extra={"subject": subject, "fault": fault})
    return Mismatch()
