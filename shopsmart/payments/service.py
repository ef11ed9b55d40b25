"""Use cases of money, told in order: open an attempt, take its result, give up, collect cash, look up.

Refunds are in `refunds.py`, providers' messages in `inbox.py`; callers find all of them here.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.errors import Conflict, Invalid, NotFound
from shopsmart.payments import store
from shopsmart.payments.gateways import AlreadyDone, Refused, TryLater
from shopsmart.payments.gateways.sandbox import Sandbox
from shopsmart.payments.inbox import pending_webhooks, process_inbox, process_webhook, receive_webhook
from shopsmart.payments.model import OPEN, PaymentEvent, refunds, standing
from shopsmart.payments.recording import Mismatch, gateway_of, record, record_captured, refuse, take
from shopsmart.payments.refunds import finish_refunds, given_back, refund, refund_all, refunded_under

if TYPE_CHECKING:
    from shopsmart.context import Shop

__all__ = [
    "Mismatch",
    "at_work",
    "finish_refunds",
    "given_back",
    "mark_applied",
    "pay_in_sandbox",
    "pending_webhooks",
    "process_inbox",
    "process_webhook",
    "receive_webhook",
    "reconcile",
    "record_captured",
    "record_cod_collected",
    "record_cod_due",
    "refund",
    "refund_all",
    "refunded_under",
    "send_sandbox_webhooks",
    "start",
    "summary",
    "tell_of_sandbox",
    "unapplied",
    "verify",
    "void_open",
]

log = logging.getLogger(__name__)

LATE_PAYMENT = "late_payment"  # the reason of giving back money that found no order to pay for
RECONCILE_AFTER = timedelta(minutes=2)


# --- paying ----------------------------------------------------------------------------------------------------


def start(
    shop: "Shop",
    *,
    order_id: str,
    provider: str,
    amount: int,  # paise
    customer_id: str,
    expires_at: datetime | None = None,
) -> dict[str, Any]:
    """An open attempt to pay an order, with what the client needs in `client`. Safe to repeat.

    Repeats get the same attempt while it is unpaid; after a failed one a new one; for paid orders the paid one.
    Raises NotFound `unknown_provider`, Unavailable when the provider does not answer (a repeat goes on).
    """
    gateway = gateway_of(shop, provider)
    payment = _attempt(shop, order_id, provider, amount, customer_id, expires_at)
    if payment["status"] != "created":
        return payment
    intent = gateway.create_intent(
        amount=amount, currency=payment["currency"], receipt=order_id, key=payment["_id"]
    )

    def opened(payment: dict[str, Any]) -> tuple[PaymentEvent, Mapping[str, Any]] | None:
        if payment["status"] != "created":
            return None
        event: PaymentEvent = {
            "key": f"{intent.id}:opened",
            "kind": "intent_opened",
            "at": shop.now(),
            "ref": intent.id,
        }
        client = {"client_secret": intent.client_secret, "pay_url": intent.pay_url}
        return event, {"intent_id": intent.id, "client": client}

    payment = record(shop, payment["_id"], opened, payment)
    if payment["status"] == "voided":
        gateway.cancel(intent.id)
        raise Conflict("This order can no longer be paid.", code="payment_not_open")
    return payment


def _attempt(
    shop: "Shop", order_id: str, provider: str, amount: int, customer_id: str, expires_at: datetime | None
) -> dict[str, Any]:
    """The order's paid or open payment with this provider, or a new one."""
    while True:
        for known in store.of_order(shop.db, order_id):
            if known["provider"] != provider:
                continue
            if known["captured"] > known["refunded"] + known["refund_pending"]:
                return known
            if known["open"]:
                if known["amount"] == amount:
                    return known
                _void(shop, known)
        fresh = _payment(shop, "created", order_id, provider, amount, customer_id, expires_at)
        if store.begin(shop.db, fresh):
            return fresh


def _payment(
    shop: "Shop",
    kind: str,
    order_id: str,
    provider: str,
    amount: int,
    customer_id: str,
    expires_at: datetime | None = None,
) -> dict[str, Any]:
    """A payment as it is first written, by its first event."""
    now = shop.now()
    first: PaymentEvent = {"key": kind, "kind": kind, "at": now}
    stands = standing([first])
    return {
        "_id": shop.new_id(),
        "order_id": order_id,
        "customer_id": customer_id,
        "provider": provider,
        "amount": amount,
        "currency": shop.settings.currency,
        **stands,
        "open": stands["status"] in OPEN,
        "intent_id": None,
        "payment_ref": None,
        "client": {},
        "events": [first],
        "applied_at": None,
        "expires_at": expires_at or now + timedelta(seconds=shop.settings.hold_seconds),
        "created_at": now,
        "version": 1,
    }


def verify(
    shop: "Shop", *, order_id: str, payment_id: str, payment_ref: str, signature: str
) -> dict[str, Any]:
    """Take the signed result that a browser brings; the captured payment. Safe to repeat.

    The browser is believed only that something happened: amount, currency and order come from the provider.
    Raises NotFound, Invalid (`payment_signature_invalid`, `payment_mismatch`), Conflict `payment_not_captured`.
    """
    payment = store.get(shop.db, payment_id)
    if payment is None or payment["order_id"] != order_id or not payment["intent_id"]:
        raise NotFound("There is no such payment.", code="unknown_payment")
    gateway = gateway_of(shop, payment["provider"])
    if not gateway.result_is_genuine(payment["intent_id"], payment_ref, signature):
        refuse(shop, payment_id, {"order_id": order_id, "payment_ref": payment_ref}, "bad_signature")
        raise Invalid("The payment's signature is not valid.", code="payment_signature_invalid")
    intent = gateway.fetch(payment["intent_id"])
    if intent.status != "captured":
        raise Conflict("The provider has not captured this payment.", code="payment_not_captured")
    if intent.payment_ref != payment_ref:
        raise refuse(shop, payment_id, {"order_id": order_id, "payment_ref": payment_ref}, "wrong_ref")
    return take(shop, payment["provider"], intent, "browser", payment)


def void_open(shop: "Shop", order_id: str) -> None:
    """Make the order's open attempts unpayable. Money that was quicker is recorded, not lost. Safe to repeat.

    Raises Unavailable when a provider does not answer: call again.
    """
    for payment in store.of_order(shop.db, order_id):
        if payment["open"]:
            _void(shop, payment)


def _void(shop: "Shop", payment: Mapping[str, Any]) -> None:
    if payment["intent_id"]:
        try:
            gateway_of(shop, payment["provider"]).cancel(payment["intent_id"])
        except AlreadyDone as done:
            take(shop, payment["provider"], done.intent, "void")
            return
    _close(shop, payment["_id"], "voided")


def _close(shop: "Shop", payment_id: str, kind: str) -> dict[str, Any]:
    def closed(payment: dict[str, Any]) -> tuple[PaymentEvent, Mapping[str, Any]] | None:
        if not payment["open"]:
            return None
        return {"key": kind, "kind": kind, "at": shop.now()}, {}

    return record(shop, payment_id, closed)


# --- cash ------------------------------------------------------------------------------------------------------


def record_cod_due(shop: "Shop", *, order_id: str, amount: int, customer_id: str) -> dict[str, Any]:
    """Note that `amount` paise are to be collected at the door; the order's cash payment. Safe to repeat."""
    payment = _payment(shop, "cod_due", order_id, "cod", amount, customer_id)
    # One cash payment per order, so its name can be the order's and a race ends in one document.
    payment |= {"_id": f"cod:{order_id}", "applied_at": shop.now()}
    store.begin(shop.db, payment)
    known = store.get(shop.db, payment["_id"])
    assert known is not None  # written just now, by us or by a rival; payments are never deleted
    return known


def record_cod_collected(
    shop: "Shop", *, order_id: str, amount: int, currency: str, customer_id: str
) -> dict[str, Any]:
    """Note that `amount` paise were collected at the door; the cash payment. Safe to repeat."""
    if currency != shop.settings.currency:
        raise Mismatch(f"Cash is counted in {shop.settings.currency}.")
    due = record_cod_due(shop, order_id=order_id, amount=amount, customer_id=customer_id)

    def collected(_: dict[str, Any]) -> tuple[PaymentEvent, Mapping[str, Any]]:
        now = shop.now()
        ref = f"cash:{order_id}"
        event: PaymentEvent = {
            "key": f"{ref}:collected",
            "kind": "cod_collected",
            "at": now,
            "amount": amount,
            "ref": ref,
        }
        # The bill may have shrunk at packing: what was collected is what was owed.
        return event, {"payment_ref": ref, "captured_at": now, "amount": amount}

    return record(shop, due["_id"], collected)


# --- what the order wants to know ------------------------------------------------------------------------------


def summary(shop: "Shop", order_id: str) -> dict[str, Any] | None:
    """`{payment_id, status, captured, refunded}` of the payment that pays the order; None while there is none.

    Late or second money, which went back by itself, is no part of it.
    """
    paid = [
        payment
        for payment in store.of_order(shop.db, order_id)
        if payment["captured"] and all(back["reason"] != LATE_PAYMENT for back in refunds(payment))
    ]
    if not paid:
        return None
    first = min(paid, key=lambda payment: payment["captured_at"])
    return {
        "payment_id": first["_id"],
        "status": first["status"],
        "captured": first["captured"],
        "refunded": first["refunded"],
    }


def unapplied(shop: "Shop", older_than: datetime, limit: int = 100) -> list[dict[str, Any]]:
    """Payments captured before `older_than` that their order was not told of yet."""
    return store.unapplied(shop.db, older_than, limit)


def mark_applied(shop: "Shop", payment_id: str) -> None:
    """The order knows of this money now. Safe to repeat."""
    store.mark_applied(shop.db, payment_id, shop.now())


def at_work(shop: "Shop", order_id: str) -> bool:
    """Whether a provider still works on money for the order: the payer has done their part.

    A provider that does not answer counts as working: what it knows may be money.
    """
    for payment in store.of_order(shop.db, order_id):
        if not payment["open"] or not payment["intent_id"]:
            continue
        try:
            if gateway_of(shop, payment["provider"]).fetch(payment["intent_id"]).status == "processing":
                return True
        except TryLater:
            return True
        except Refused as fault:
            log.warning("payment unknown", extra={"payment_id": payment["_id"], "fault": str(fault)})
    return False


def reconcile(shop: "Shop", apply: Callable[[dict[str, Any]], object], limit: int = 100) -> int:
    """Ask the providers about attempts that hang; `apply` gets captured ones. How many were decided.

    This finds what neither browser nor webhook brought home. Safe to repeat.
    """
    decided = 0
    for payment in store.still_open(shop.db, shop.now() - RECONCILE_AFTER, limit):
        if not payment["intent_id"]:
            continue
        try:
            decided += _reconcile(shop, payment, apply)
        except (TryLater, Refused, Mismatch) as fault:
            log.warning("payment not reconciled", extra={"payment_id": payment["_id"], "fault": str(fault)})
    return decided


def _reconcile(shop: "Shop", payment: Mapping[str, Any], apply: Callable[[dict[str, Any]], object]) -> bool:
    intent = gateway_of(shop, payment["provider"]).fetch(payment["intent_id"])
    if intent.status in {"open", "processing"}:
        return False
    if intent.status == "captured":
        apply(take(shop, payment["provider"], intent, "reconciler"))
    else:
        _close(shop, payment["_id"], "failed" if intent.status == "failed" else "voided")
    return True


# --- the stand-in's browser page and messages ------------------------------------------------------------------


def pay_in_sandbox(shop: "Shop", intent_id: str, client_secret: str, outcome: str) -> dict[str, Any]:
    """What the stand-in's page does. `{intent_id, payment_ref, signature, status}`. Raises NotFound, Conflict."""
    sandbox = shop.gateways.get("sandbox")
    if not isinstance(sandbox, Sandbox):
        raise NotFound("There is no sandbox here.")
    return sandbox.pay(intent_id, client_secret, outcome)


def tell_of_sandbox(shop: "Shop") -> None:
    """Have the stand-in's due messages sent, a moment after what they tell of, as a real provider's come."""
    sandbox = shop.gateways.get("sandbox")
    if not isinstance(sandbox, Sandbox) or not sandbox.has_webhooks():
        return
    if not shop.enqueue("default", "workers.jobs.send_sandbox_webhooks"):
        send_sandbox_webhooks(shop)


def send_sandbox_webhooks(shop: "Shop") -> int:
    """Let the stand-in tell what happened, over HTTP as a real provider would. How many messages it tried."""
    sandbox = shop.gateways.get("sandbox")
    return sandbox.send_webhooks(shop.settings.webhook_url) if isinstance(sandbox, Sandbox) else 0
