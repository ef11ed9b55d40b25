"""Every read and write of `payments`, `payment_quarantine` and `webhook_inbox`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.infra import mongo
from shopsmart.payments.model import OPEN, PaymentEvent, standing

PAYMENT_INDEXES = [
    IndexModel([("order_id", ASCENDING), ("_id", ASCENDING)], name="order"),
    # One open attempt per order and provider, whoever asks and however often.
    IndexModel(
        [("order_id", ASCENDING), ("provider", ASCENDING)],
        name="one_open",
        unique=True,
        partialFilterExpression={"open": True},
    ),
    IndexModel(
        [("provider", ASCENDING), ("intent_id", ASCENDING)],
        name="intent",
        unique=True,
        partialFilterExpression={"intent_id": {"$type": "string"}},
    ),
    # The same money never counts for two payments.
    IndexModel(
        [("provider", ASCENDING), ("payment_ref", ASCENDING)],
        name="payment_ref",
        unique=True,
        partialFilterExpression={"payment_ref": {"$type": "string"}},
    ),
    IndexModel(
        [("unapplied_since", ASCENDING)],
        name="unapplied",
        partialFilterExpression={"unapplied_since": {"$exists": True}},
    ),
    IndexModel(
        [("refund_at", ASCENDING)], name="refunding", partialFilterExpression={"refund_at": {"$exists": True}}
    ),
    IndexModel([("created_at", ASCENDING)], name="still_open", partialFilterExpression={"open": True}),
]
INBOX_INDEXES = [
    IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="due"),
    IndexModel([("received_at", ASCENDING)], name="forget", expireAfterSeconds=90 * 86_400),
]


def get(db: Database, payment_id: str) -> dict[str, Any] | None:
    return db.payments.find_one({"_id": payment_id})


def of_order(db: Database, order_id: str) -> list[dict[str, Any]]:
    """All attempts to pay an order, oldest first."""
    return list(db.payments.find({"order_id": order_id}).sort("_id", ASCENDING))


def by_intent(db: Database, provider: str, intent_id: str) -> dict[str, Any] | None:
    return db.payments.find_one({"provider": provider, "intent_id": intent_id})


def by_intents(db: Database, intents: Iterable[tuple[str, str]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The payments of `(provider, intent_id)` that there are."""
    wanted = [{"provider": provider, "intent_id": intent_id} for provider, intent_id in intents]
    found = db.payments.find({"$or": wanted}) if wanted else ()
    return {(payment["provider"], payment["intent_id"]): payment for payment in found}


def by_ref(db: Database, provider: str, payment_ref: str) -> dict[str, Any] | None:
    return db.payments.find_one({"provider": provider, "payment_ref": payment_ref})


def begin(db: Database, payment: Mapping[str, Any]) -> bool:
    """Write a new payment. False when the order already has an open one with this provider.

    Not awaited: nobody is told of it before its next event, which a majority has, and everything before that one.
    """
    try:
        mongo.quickly(db).payments.insert_one(dict(payment))
        return True
    except DuplicateKeyError:
        return False


def append(
    db: Database, payment: Mapping[str, Any], event: PaymentEvent, sets: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Add `event` and what follows from it, if the payment still is as it was read; else None.

    Raises DuplicateKeyError for a `payment_ref` or `intent_id` that another payment has.
    """
    stands = standing([*payment["events"], event])
    return db.payments.find_one_and_update(
        {"_id": payment["_id"], "version": payment["version"]},
        {
            "$set": {**sets, **stands, "open": stands["status"] in OPEN},
            "$push": {"events": event},
            "$inc": {"version": 1},
        },
        return_document=ReturnDocument.AFTER,
    )


def mark_applied(db: Database, payment_id: str, now: datetime) -> None:
    mongo.quickly(db).payments.update_one(
        {"_id": payment_id, "applied_at": None},
        {"$set": {"applied_at": now}, "$unset": {"unapplied_since": ""}},
    )


def unapplied(db: Database, before: datetime, limit: int) -> list[dict[str, Any]]:
    """Captured money that its order has not been told of, oldest first."""
    return list(
        db.payments.find({"unapplied_since": {"$lte": before}})
        .sort("unapplied_since", ASCENDING)
        .limit(limit)
    )


def refunding(db: Database, before: datetime, limit: int) -> list[dict[str, Any]]:
    """Payments with a refund on its way, or arrived but not yet announced, longest waiting first."""
    return list(db.payments.find({"refund_at": {"$lte": before}}).sort("refund_at", ASCENDING).limit(limit))


def look_again(db: Database, payment: Mapping[str, Any], at: datetime | None) -> None:
    """When to look at the payment's refunds again; None: all are settled, unless it changed meanwhile."""
    change: dict[str, Any] = {"$set": {"refund_at": at}} if at else {"$unset": {"refund_at": ""}}
    db.payments.update_one({"_id": payment["_id"], "version": payment["version"]}, change)


def still_open(db: Database, before: datetime, limit: int) -> list[dict[str, Any]]:
    """Attempts begun before `before` that are neither paid nor given up, oldest first."""
    query = {"open": True, "created_at": {"$lte": before}}
    return list(db.payments.find(query).sort("created_at", ASCENDING).limit(limit))


def quarantine(db: Database, subject: str, fault: str, facts: Mapping[str, Any], now: datetime) -> None:
    """Keep what does not add up for a human: one row per subject and fault, counting repeats."""
    db.payment_quarantine.update_one(
        {"_id": f"{subject}:{fault}"},
        {
            "$setOnInsert": {"first_at": now},
            "$set": {"facts": dict(facts), "fault": fault, "at": now},
            "$inc": {"times": 1},
        },
        upsert=True,
    )


def receive(db: Database, row: Mapping[str, Any]) -> bool:
    """Keep a webhook. False when it had arrived before."""
    try:
        db.webhook_inbox.insert_one(dict(row))
        return True
    except DuplicateKeyError:
        return False


def waiting(db: Database) -> int:
    """How many webhooks wait to be acted on."""
    return int(db.webhook_inbox.count_documents({"state": "received"}))


def claim_received(
    db: Database, now: datetime, lease_until: datetime, token: str, limit: int
) -> tuple[list[dict[str, Any]], bool]:
    """Webhooks to act on, longest due first, leased so that another worker leaves them alone; whether more wait.

    Several only of those never tried before: what kills its worker costs its neighbours one try at most.
    """
    due = {"state": "received", "due_at": {"$lte": now}}
    read = list(db.webhook_inbox.find(due).sort("due_at", ASCENDING).limit(limit))
    wanted = read[:1] if read and read[0]["tries"] else [row for row in read if not row["tries"]]
    lease = {"$set": {"due_at": lease_until}, "$inc": {"tries": 1}}
    taken = mongo.take_many(mongo.quickly(db).webhook_inbox, wanted, due, lease, token)
    return [{**row, "tries": row["tries"] + 1} for row in taken], len(read) == limit or len(taken) < len(read)


def settle_received(
    db: Database, row_ids: Sequence[str], state: str, now: datetime, error: str | None = None
) -> None:
    if row_ids:
        mongo.quickly(db).webhook_inbox.update_many(
            {"_id": {"$in": list(row_ids)}, "state": "received"},
            {"$set": {"state": state, "settled_at": now, "error": error}},
        )


def give_back_received(db: Database, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """They were leased and not begun: no try is spent."""
    mongo.quickly(db).webhook_inbox.update_many(
        {"_id": {"$in": [row["_id"] for row in rows]}, "state": "received"},
        {"$set": {"due_at": now}, "$inc": {"tries": -1}},
    )


def put_off_received(db: Database, row_id: str, due_at: datetime, error: str) -> None:
    mongo.quickly(db).webhook_inbox.update_one(
        {"_id": row_id, "state": "received"}, {"$set": {"due_at": due_at, "error": error}}
    )
