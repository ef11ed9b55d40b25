"""Giving money back: reserved in the payment first, then asked of the provider, then settled. Safe to repeat.

`requested` money counts as gone, so no two refunds can promise the same rupee; the sweep (`finish_refunds`)
repeats requests that the provider did not answer, under the same key.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shopsmart.errors import NotFound
from shopsmart.payments import store
from shopsmart.payments.gateways import Refused, TryLater
from shopsmart.payments.model import PaymentEvent, Refund, amount_to_refund, refundable, refunds
from shopsmart.payments.recording import gateway_of, record

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_PATIENCE = timedelta(seconds=30)


def refund(shop: "Shop", payment_id: str, amount: int | None, reason: str, key: str) -> dict[str, Any]:
    """Give `amount` paise back, or all that is left. The refund; the same `key` gives the same one.

    `{refund_id, payment_id, order_id, amount, currency, reason, state}`, state requested, processed or failed.
    Raises NotFound, Conflict (`nothing_to_refund`, `refund_too_large`), Invalid.
    """
    payment = store.get(shop.db, payment_id)
    if payment is None:
        raise NotFound("There is no such payment.", code="unknown_payment")
    if _by_key(payment, key) is None:
        payment = record(shop, payment_id, lambda found: _requested(shop, found, amount, reason, key))
    made = _by_key(payment, key)
    assert made is not None  # found before, or recorded just now
    payment = _settle(shop, payment, made)
    return _facts(payment, _by_key(payment, key) or made)


def refund_all(shop: "Shop", order_id: str, reason: str) -> list[dict[str, Any]]:
    """Give back whatever the order's payments still hold. Called again it gives nothing twice."""
    made = []
    for payment in store.of_order(shop.db, order_id):
        for waiting in refunds(payment):
            if waiting["state"] == "requested":
                payment = _settle(shop, payment, waiting)
        if refundable(payment):
            # Two calls at once see the same number of refunds and so use the same key.
            key = f"{payment['_id']}:rest:{len(refunds(payment))}"
            made.append(refund(shop, payment["_id"], None, reason, key))
    return made


def given_back(shop: "Shop", order_id: str) -> list[dict[str, Any]]:
    """The refunds of an order's payments, oldest first, each with `at`, when it was asked for."""
    found = []
    for payment in sorted(store.of_order(shop.db, order_id), key=lambda one: str(one["_id"])):
        asked = {
            row["refund_id"]: row["at"] for row in payment["events"] if row["kind"] == "refund_requested"
        }
        found += [{**one, "at": asked[one["id"]]} for one in refunds(payment)]
    return found


def refunded_under(shop: "Shop", payment_id: str, key: str) -> int:
    """Paise given back, or on their way, under `key` and under keys that continue it after a colon."""
    payment = store.get(shop.db, payment_id)
    return sum(
        one["amount"]
        for one in (refunds(payment) if payment else [])
        if one["state"] != "failed" and (one["key"] == key or one["key"].startswith(f"{key}:"))
    )


def finish_refunds(shop: "Shop", announce: Callable[[str], object], limit: int = 100) -> int:
    """Repeat requests that got no answer, and `announce(order_id)` where money went back. How many it saw."""
    waiting = store.refunding(shop.db, shop.now() - _PATIENCE, limit)
    for payment in waiting:
        for one in refunds(payment):
            if one["state"] == "requested":
                payment = _settle(shop, payment, one)
        try:
            announce(payment["order_id"])
        except Exception:
            log.exception("refund not announced", extra={"order_id": payment["order_id"]})
            store.look_again(shop.db, payment, shop.now())
            continue
        store.look_again(shop.db, payment, shop.now() if payment["refund_pending"] else None)
    return len(waiting)


def record_refund_processed(shop: "Shop", payment_id: str, refund_id: str, ref: str) -> dict[str, Any]:
    """The provider has sent the money. The payment; safe to repeat, and nothing for a refund we never asked for."""
    return record(shop, payment_id, lambda found: _settled(shop, found, refund_id, "processed", ref))


def _requested(
    shop: "Shop", payment: Mapping[str, Any], amount: int | None, reason: str, key: str
) -> tuple[PaymentEvent, Mapping[str, Any]] | None:
    if _by_key(payment, key) is not None:
        return None  # a rival with the same key was quicker
    refund_id = f"refund:{payment['_id']}:{len(refunds(payment)) + 1}"
    now = shop.now()
    event: PaymentEvent = {
        "key": f"{refund_id}:requested",
        "kind": "refund_requested",
        "at": now,
        "amount": amount_to_refund(payment, amount),
        "refund_id": refund_id,
        "refund_key": key,
        "reason": reason,
    }
    return event, {"refund_at": now}


def _settle(shop: "Shop", payment: dict[str, Any], wanted: Refund) -> dict[str, Any]:
    """Ask the provider, under the refund's own id as key. No answer leaves it `requested` for the sweep."""
    if wanted["state"] != "requested":
        return payment
    facts = {"refund_id": wanted["id"], "order_id": payment["order_id"]}
    try:
        gateway = gateway_of(shop, payment["provider"])
        ref = gateway.refund(payment_ref=payment["payment_ref"], amount=wanted["amount"], key=wanted["id"])
    except (TryLater, NotFound) as fault:
        log.warning("refund waits for its provider", extra={**facts, "fault": str(fault)})
        return payment
    except Refused as fault:
        log.error("refund refused by its provider", extra={**facts, "fault": str(fault)})
        return record(shop, payment["_id"], lambda found: _settled(shop, found, wanted["id"], "failed", None))
    return record_refund_processed(shop, payment["_id"], wanted["id"], ref)


def _settled(
    shop: "Shop", payment: Mapping[str, Any], refund_id: str, state: str, ref: str | None
) -> tuple[PaymentEvent, Mapping[str, Any]] | None:
    known = next((one for one in refunds(payment) if one["id"] == refund_id), None)
    if known is None or known["state"] != "requested":
        return None
    now = shop.now()
    event: PaymentEvent = {
        "key": f"{refund_id}:{state}",
        "kind": f"refund_{state}",
        "at": now,
        "amount": known["amount"],
        "refund_id": refund_id,
        "ref": ref,
    }
    return event, {"refund_at": now}


def _by_key(payment: Mapping[str, Any], key: str) -> Refund | None:
    return next((one for one in refunds(payment) if one["key"] == key), None)


def _facts(payment: Mapping[str, Any], made: Refund) -> dict[str, Any]:
    return {
        "refund_id": made["id"],
        "payment_id": payment["_id"],
        "order_id": payment["order_id"],
        "amount": made["amount"],
        "currency": payment["currency"],
        "reason": made["reason"],
        "state": made["state"],
    }
