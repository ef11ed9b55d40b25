"""What a payment is: events that happened to it, and what follows from them. Plain values only.

A payment's status and sums are never set by hand: `standing` reads them from its events.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from shopsmart.errors import Conflict, Invalid

OPEN = frozenset({"created", "requires_action"})  # may still be paid; one per order and provider
MOST_REFUNDS = 50  # of one payment: its document stays small


class PaymentEvent(TypedDict):
    """`key` says what happened to what; the same key happens once, however often it is reported."""

    key: str
    kind: str
    at: datetime
    amount: NotRequired[int]  # paise
    ref: NotRequired[str | None]
    refund_id: NotRequired[str]
    refund_key: NotRequired[str]
    reason: NotRequired[str]
    source: NotRequired[str]


class Standing(TypedDict):
    """What the events add up to. Always: refunded + refund_pending <= captured."""

    status: str
    captured: int  # paise
    refunded: int
    refund_pending: int


class Refund(TypedDict):
    id: str
    key: str
    amount: int  # paise
    reason: str
    state: str  # requested, processed, failed
    ref: str | None


_STATUS_AFTER = {
    "created": "created",
    "intent_opened": "requires_action",
    "failed": "failed",
    "voided": "voided",
    "captured": "captured",
    "cod_due": "cod_due",
    "cod_collected": "cod_collected",
}


def standing(events: Iterable[PaymentEvent]) -> Standing:
    """Status and sums after `events`, in the order they were written."""
    status, captured, refunded, pending = "created", 0, 0, 0
    for event in events:
        status = _STATUS_AFTER.get(event["kind"], status)
        amount = event.get("amount", 0)
        if event["kind"] in {"captured", "cod_collected"}:
            captured += amount
        elif event["kind"] == "refund_requested":
            pending += amount
        elif event["kind"] == "refund_processed":
            pending, refunded = pending - amount, refunded + amount
        elif event["kind"] == "refund_failed":
            pending -= amount
    if refunded:
        status = "refunded" if refunded == captured else "partially_refunded"
    return {"status": status, "captured": captured, "refunded": refunded, "refund_pending": pending}


def refunds(payment: Mapping[str, Any]) -> list[Refund]:
    """The payment's refunds, oldest first."""
    found: dict[str, Refund] = {}
    for event in payment["events"]:
        if event["kind"] == "refund_requested":
            found[event["refund_id"]] = {
                "id": event["refund_id"],
                "key": event["refund_key"],
                "amount": event["amount"],
                "reason": event["reason"],
                "state": "requested",
                "ref": None,
            }
        elif event["kind"] in {"refund_processed", "refund_failed"}:
            found[event["refund_id"]]["state"] = event["kind"].removeprefix("refund_")
            found[event["refund_id"]]["ref"] = event.get("ref")
    return list(found.values())


def refundable(payment: Mapping[str, Any]) -> int:
    """Paise that came in and are neither back nor on their way back."""
    return int(payment["captured"] - payment["refunded"] - payment["refund_pending"])


def amount_to_refund(payment: Mapping[str, Any], wanted: int | None) -> int:
    """`wanted` paise, or all that is left. Raises Conflict `nothing_to_refund`, `refund_too_large`; Invalid."""
    left = refundable(payment)
    if wanted is not None and wanted <= 0:
        raise Invalid("A refund is more than nothing.", code="refund_not_positive")
    if not left:
        raise Conflict("Nothing is left to give back.", code="nothing_to_refund")
    if wanted is not None and wanted > left:
        raise Conflict("That is more than is left to give back.", code="refund_too_large", refundable=left)
    if len(refunds(payment)) >= MOST_REFUNDS:
        raise Conflict("This payment has had too many refunds.", code="too_many_refunds")
    return left if wanted is None else wanted
