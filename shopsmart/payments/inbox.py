"""Providers' messages: kept before anything else, acted on afterwards, in any order, any number of times."""

import hashlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from shopsmart.errors import Invalid
from shopsmart.payments import store
from shopsmart.payments.gateways import Refused
from shopsmart.payments.model import PaymentEvent
from shopsmart.payments.recording import gateway_of, record, refuse, take
from shopsmart.payments.refunds import record_refund_processed

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

_MOST_TRIES = 12
_MOST_AT_ONCE = 20
_MOST_WAIT_SECONDS = 300


def receive_webhook(shop: "Shop", provider: str, headers: Mapping[str, str], body: bytes) -> None:
    """Check and keep one message; acting on it is for later. The same event again is no news.

    Raises NotFound `unknown_provider`, Unauthenticated `webhook_signature_invalid`, Invalid.
    """
    event = gateway_of(shop, provider).read_webhook(headers, body)
    now = shop.now()
    fresh = store.receive(
        shop.db,
        {
            "_id": f"{provider}:{event.id}",
            "provider": provider,
            "type": event.type,
            "body": body.decode(),
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "state": "received",
            "received_at": now,
            "due_at": now,
            "tries": 0,
            "error": None,
        },
    )
    if fresh:
        shop.enqueue("critical", "workers.jobs.process_webhooks")


def pending_webhooks(shop: "Shop") -> int:
    """How many messages wait to be acted on."""
    return store.waiting(shop.db)


def process_inbox(shop: "Shop", apply: Callable[[dict[str, Any]], object], limit: int = 200) -> int:
    """Act on the messages that wait; `apply` gets each captured payment. How many were settled.

    One that fails is tried again later; one that does not add up goes to quarantine. Safe to repeat and to race.
    """
    settled, seen, more = 0, 0, True
    while more and seen < limit:
        now = shop.now()
        lease = timedelta(seconds=shop.settings.lease_seconds)
        rows, more = store.claim_received(
            shop.db, now, now + lease, shop.new_id(), min(_MOST_AT_ONCE, limit - seen)
        )
        seen += max(1, len(rows))
        settled += _act_on_all(shop, rows, apply, now + lease / 2)
    return settled


def _act_on_all(
    shop: "Shop",
    rows: Sequence[Mapping[str, Any]],
    apply: Callable[[dict[str, Any]], object],
    until: datetime,
) -> int:
    """Act on leased messages; those not begun by `until` are given back."""
    known = store.by_intents(shop.db, filter(None, map(_intent_of, rows)))
    settled: dict[str, list[str]] = {"done": [], "ignored": []}
    count = 0
    try:
        for number, row in enumerate(rows):
            if number and shop.now() > until:
                store.give_back_received(shop.db, rows[number:], shop.now())
                break
            if row["type"] not in _ACTIONS:
                settled["ignored"].append(row["_id"])
            elif _is_no_news(row, known) or (state := _act_on(shop, row, apply)) == "done":
                settled["done"].append(row["_id"])
            elif state == "again":
                continue
            count += 1
    finally:
        for state, ids in settled.items():
            store.settle_received(shop.db, ids, state, shop.now())
    return count


def _intent_of(row: Mapping[str, Any]) -> tuple[str, str] | None:
    """`(provider, intent_id)` of a message about money that came in, if it is readable."""
    if row["type"] != "payment.captured":
        return None
    intent_id = _data(row).get("intent_id")
    return (row["provider"], intent_id) if isinstance(intent_id, str) else None


def _is_no_news(row: Mapping[str, Any], known: Mapping[tuple[str, str], Mapping[str, Any]]) -> bool:
    """Whether all that a message says was recorded before, by the provider's own word, and the order knows it."""
    intent = _intent_of(row)
    payment = known.get(intent) if intent else None
    if payment is None or not payment["captured"] or payment["applied_at"] is None:
        return False
    data = _data(row)
    said = tuple(data.get(name) for name in ("payment_ref", "amount", "currency", "receipt"))
    known_to_be = (payment["payment_ref"], payment["amount"], payment["currency"], payment["order_id"])
    return said == known_to_be and type(data["amount"]) is int


def _data(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a message is about; nothing where a stranger's structure stands instead."""
    data = orjson.loads(row["body"])["data"]
    return data if isinstance(data, dict) else {}


def _act_on(shop: "Shop", row: Mapping[str, Any], apply: Callable[[dict[str, Any]], object]) -> str:
    """`done`; `again` for one to be tried later; `odd` for one in quarantine."""
    try:
        for payment in process_webhook(shop, row):
            if payment["applied_at"] is None:
                apply(payment)
    except Invalid as fault:
        store.settle_received(shop.db, [row["_id"]], "quarantined", shop.now(), str(fault))
        return "odd"
    except Exception as fault:
        log.exception("webhook failed", extra={"webhook": row["_id"]})
        _try_again(shop, row, f"{type(fault).__name__}: {fault}"[:500])
        return "again"
    return "done"


def _try_again(shop: "Shop", row: Mapping[str, Any], error: str) -> None:
    if row["tries"] >= _MOST_TRIES:
        store.settle_received(shop.db, [row["_id"]], "failed", shop.now(), error)
        log.error("webhook given up", extra={"webhook": row["_id"]})
        return
    wait = min(_MOST_WAIT_SECONDS, 2 ** row["tries"])
    store.put_off_received(shop.db, row["_id"], shop.now() + timedelta(seconds=wait), error)


def process_webhook(shop: "Shop", row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Record what a kept message says; the payments it captured. Safe to repeat. Raises Mismatch."""
    data = _data(row)
    names = ("intent_id", "payment_ref", "currency", "receipt")
    if not all(isinstance(data.get(name), str) for name in names) or type(data.get("amount")) is not int:
        raise refuse(shop, row["_id"], {"said": row["body"]}, "unreadable")
    return _ACTIONS[row["type"]](shop, row["provider"], data)


def _captured(shop: "Shop", provider: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The message only says where to look: the provider's own record is what counts."""
    try:
        intent = gateway_of(shop, provider).fetch(data["intent_id"])
    except Refused:
        raise refuse(shop, f"{provider}:{data['intent_id']}", _said(data), "unknown_intent") from None
    said = (data["payment_ref"], data["amount"], data["currency"], data["receipt"])
    truth = (intent.payment_ref, intent.amount, intent.currency, intent.receipt)
    if intent.status != "captured" or said != truth:
        raise refuse(shop, f"{provider}:{data['intent_id']}", _said(data), "not_as_the_provider_says")
    return [take(shop, provider, intent, "webhook")]


def _failed(shop: "Shop", provider: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    payment = store.by_intent(shop.db, provider, data["intent_id"])
    if payment is None:
        raise refuse(shop, f"{provider}:{data['intent_id']}", _said(data), "unknown_intent")

    def failed(payment: dict[str, Any]) -> tuple[PaymentEvent, Mapping[str, Any]] | None:
        if not payment["open"]:
            return None  # older news than what we know
        event: PaymentEvent = {
            "key": f"{data['payment_ref']}:failed",
            "kind": "failed",
            "at": shop.now(),
            "ref": data["payment_ref"],
            "source": "webhook",
        }
        return event, {}

    record(shop, payment["_id"], failed)
    return []


def _refunded(shop: "Shop", provider: str, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    payment = store.by_ref(shop.db, provider, data["payment_ref"])
    if payment is None or not isinstance(data.get("refund_key"), str):
        raise refuse(shop, f"{provider}:{data['payment_ref']}", _said(data), "unknown_refund")
    record_refund_processed(shop, payment["_id"], data["refund_key"], str(data.get("refund_ref")))
    return []


def _said(data: Mapping[str, Any]) -> dict[str, str]:
    """A message's own words, as text: a stranger's structure may hold what a database does not take."""
    return {"said": orjson.dumps(data).decode()}


_ACTIONS: dict[str, Callable[["Shop", str, Mapping[str, Any]], list[dict[str, Any]]]] = {
    "payment.captured": _captured,
    "payment.failed": _failed,
    "refund.processed": _refunded,
}
