"""Every read and write of `orders`, `quotes` and `invoices`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.infra import ids, mongo, outbox
from shopsmart.infra.outbox import Event
from shopsmart.orders.model import ENDED, LOST, PROGRESS, VISIBLE, Move

ORDER_INDEXES = [
    # One order per customer and idempotency key; an abandoned order gives its key up.
    IndexModel(
        [("key", ASCENDING)], name="key", unique=True, partialFilterExpression={"key": {"$exists": True}}
    ),
    IndexModel([("number", ASCENDING)], name="number", unique=True),
    IndexModel([("customer_id", ASCENDING), ("_id", DESCENDING)], name="customer"),
    IndexModel(
        [("fulfilments.store_id", ASCENDING), ("fulfilments.state", ASCENDING), ("_id", ASCENDING)],
        name="store_queue",
    ),
    IndexModel([("status", ASCENDING), ("_id", DESCENDING)], name="status"),
    IndexModel(
        [("deadline", ASCENDING)], name="deadline", partialFilterExpression={"deadline": {"$exists": True}}
    ),
    IndexModel(
        [("answer_by", ASCENDING)],
        name="answer_by",
        partialFilterExpression={"answer_by": {"$type": "date"}},
    ),
    IndexModel(
        [("effects_at", ASCENDING)],
        name="effects",
        partialFilterExpression={"effects.0": {"$exists": True}},
    ),
    # What the last minutes brought, however long the history is.
    *(
        IndexModel(
            [(f"milestones.{name}", ASCENDING)],
            name=name,
            partialFilterExpression={f"milestones.{name}": {"$exists": True}},
        )
        for name in ("placed_at", "delivered_at", "cancelled_at")
    ),
    outbox.PENDING,
]
INVOICE_INDEXES = [
    # The next number is the last one and one more; two who take the same one at once: one of them tries again.
    IndexModel(
        [("store_id", ASCENDING), ("year", ASCENDING), ("number", DESCENDING)], name="series", unique=True
    ),
    IndexModel([("order_id", ASCENDING)], name="order"),
    IndexModel([("customer_id", ASCENDING)], name="customer"),
]
QUOTE_INDEXES = [IndexModel([("expires_at", ASCENDING)], name="forget", expireAfterSeconds=3_600)]


def get(db: Database, order_id: str) -> dict[str, Any] | None:
    return db.orders.find_one({"_id": order_id})


def some(db: Database, order_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The orders with these ids that there are, by id."""
    return {order["_id"]: order for order in db.orders.find({"_id": {"$in": list(order_ids)}})}


def by_key(db: Database, key: str) -> dict[str, Any] | None:
    return db.orders.find_one({"key": key})


def begin(db: Database, order: Mapping[str, Any]) -> None:
    """Write a new order. Raises DuplicateKeyError for its key or its number."""
    db.orders.insert_one(dict(order))


def apply(db: Database, move: Move, event: Event | None) -> dict[str, Any] | None:
    """Make the move if the order still is as it was read. None when somebody else moved it first."""
    push: dict[str, Any] = {"history": move.history}
    if event:
        push["outbox"] = event
    change: dict[str, Any] = {"$set": dict(move.sets), "$inc": {"version": 1}, "$push": push}
    if move.unsets:
        change["$unset"] = dict.fromkeys(move.unsets, "")
    return db.orders.find_one_and_update(
        {"_id": move.order["_id"], "version": move.order["version"]},
        change,
        return_document=ReturnDocument.AFTER,
    )


def note(
    db: Database, order: Mapping[str, Any], sets: Mapping[str, Any], event: Event | None
) -> dict[str, Any] | None:
    """Change facts of an order without moving it. None when it is no longer as it was read."""
    change: dict[str, Any] = {"$set": dict(sets), "$inc": {"version": 1}}
    if event:
        change["$push"] = {"outbox": event}
    return db.orders.find_one_and_update(
        {"_id": order["_id"], "version": order["version"]}, change, return_document=ReturnDocument.AFTER
    )


def count_code_try(db: Database, order_id: str, part_id: str, most: int) -> dict[str, Any] | None:
    """Take one of the tries at the code of a part that waits at the counter. The order; None when none is left."""
    waits = {"id": part_id, "state": "ready_for_collection", "code_tries": {"$not": {"$gte": most}}}
    return db.orders.find_one_and_update(
        {"_id": order_id, "fulfilments": {"$elemMatch": waits}},
        {"$inc": {"fulfilments.$.code_tries": 1}},
        return_document=ReturnDocument.AFTER,
    )


def set_deadline(db: Database, order: Mapping[str, Any], deadline: datetime | None) -> None:
    """When the sweep is to look next, None for never; nothing when the order is no longer as it was read."""
    change = {"$set": {"deadline": deadline}} if deadline else {"$unset": {"deadline": ""}}
    db.orders.update_one({"_id": order["_id"], "version": order["version"]}, change)


def effects_done(db: Database, order_id: str, effects: Sequence[str]) -> None:
    mongo.quickly(db).orders.update_one({"_id": order_id}, {"$pullAll": {"effects": list(effects)}})


def owing_effects(db: Database, before: datetime, limit: int) -> list[dict[str, Any]]:
    """Orders whose effects should have been finished before `before`."""
    return list(
        db.orders.find({"effects.0": {"$exists": True}, "effects_at": {"$lte": before}})
        .sort("effects_at", ASCENDING)
        .limit(limit)
    )


def past_deadline(db: Database, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Orders whose time is up: still holding, unpaid, not accepted, or half moved to another store."""
    return list(db.orders.find({"deadline": {"$lte": now}}).sort("deadline", ASCENDING).limit(limit))


def past_answer(db: Database, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Orders with a question that nobody answered until `now`."""
    return list(db.orders.find({"answer_by": {"$lte": now}}).sort("answer_by", ASCENDING).limit(limit))


def of_customer(
    db: Database, customer_id: str, after: str | None, limit: int, statuses: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """A customer's orders, newest first."""
    query: dict[str, Any] = {"customer_id": customer_id, "status": {"$in": list(statuses or VISIBLE)}}
    query["end_reason"] = {"$ne": "not_held"}
    if after:
        query["_id"] = {"$lt": after}
    return list(db.orders.find(query, _LIST).sort("_id", DESCENDING).limit(limit))


def of_store(
    db: Database, store_id: str, states: Sequence[str], after: str | None, limit: int
) -> list[dict[str, Any]]:
    """A store's orders with a fulfilment of it in `states`, oldest first."""
    query: dict[str, Any] = {
        "fulfilments": {"$elemMatch": {"store_id": store_id, "state": {"$in": list(states)}}}
    }
    if after:
        query["_id"] = {"$gt": after}
    return list(db.orders.find(query, _LIST).sort("_id", ASCENDING).limit(limit))


def holding_at(
    db: Database, store_id: str, sku: str, states: Sequence[str] = ("placed", "accepted"), limit: int = 200
) -> list[dict[str, Any]]:
    """`{_id, flags, substitution}` of orders that wait for an item at a store: state after state, youngest first."""
    found = []
    for state in states:
        query = {"fulfilments": {"$elemMatch": {"store_id": store_id, "state": state}}, "lines.sku": sku}
        found += list(
            db.orders.find(query, {"flags": 1, "substitution": 1}).sort("_id", DESCENDING).limit(limit)
        )
    return found


def of_all(db: Database, query: Mapping[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    """All orders matching `query`, newest first."""
    conditions = {"status": {"$in": list(VISIBLE)}, "end_reason": {"$ne": "not_held"}, **query}
    if after:
        conditions["_id"] = {"$lt": after}
    return list(db.orders.find(conditions, _LIST).sort("_id", DESCENDING).limit(limit))


def places(db: Database, since: datetime, limit: int) -> list[tuple[list[float], str]]:
    """`([longitude, latitude], id)` of deliveries ordered from `since` on, the newest `limit`; nobody's name."""
    query = {"_id": {"$gte": ids.first_of(since)}, "status": {"$in": list(VISIBLE)}, "mode": "instant"}
    found = db.orders.find(query, {"place": "$location.coordinates"}, batch_size=limit)
    return [(order["place"], order["_id"]) for order in found.sort("_id", DESCENDING).limit(limit)]


def placed_since(db: Database, since: datetime) -> list[dict[str, Any]]:
    """`{status, totals.total, milestones.placed_at}` of orders placed from `since` on."""
    shown = {"status": 1, "totals.total": 1, "milestones.placed_at": 1}
    return list(db.orders.find({"milestones.placed_at": {"$gte": since}}, shown))


def reached_since(db: Database, milestone: str, since: datetime) -> list[dict[str, Any]]:
    """`{milestones, promise.at}` of orders that were delivered or cancelled from `since` on."""
    return list(
        db.orders.find({f"milestones.{milestone}": {"$gte": since}}, {"milestones": 1, "promise.at": 1})
    )


def count_open(db: Database) -> int:
    return db.orders.count_documents({"status": {"$in": list(PROGRESS)}})


def queues(db: Database, states: Sequence[str]) -> list[dict[str, Any]]:
    """`{store_id, state, count, oldest}` of the parts in `states`; `oldest`: when the first of them was placed."""
    in_state = {"fulfilments.state": {"$in": list(states)}}
    pipeline: list[dict[str, Any]] = [
        {"$match": {"status": {"$in": list(states)}}},
        {"$project": {"fulfilments.store_id": 1, "fulfilments.state": 1, "milestones.placed_at": 1}},
        {"$unwind": "$fulfilments"},
        {"$match": in_state},
        {
            "$group": {
                "_id": {"store_id": "$fulfilments.store_id", "state": "$fulfilments.state"},
                "count": {"$sum": 1},
                "oldest": {"$min": "$milestones.placed_at"},
            }
        },
    ]
    found = db.orders.aggregate(pipeline)
    return [{**row["_id"], "count": row["count"], "oldest": row["oldest"]} for row in found]


def sales(
    db: Database, begin: datetime, end: datetime, timezone: str, store_id: str | None
) -> list[dict[str, Any]]:
    """`{_id: "2026-11-20", orders, items, revenue, cancelled, refunds}` by day, money in paise.

    Orders that were placed; what came to nothing brings no revenue and no items.
    """
    wanted: dict[str, Any] = {
        "_id": {"$gte": ids.first_of(begin), "$lt": ids.first_of(end)},
        "milestones.placed_at": {"$exists": True},
    }
    if store_id is not None:
        wanted["fulfilments.store_id"] = store_id
    lost = {"$in": ["$status", sorted(LOST)]}
    units = {"$sum": {"$map": {"input": "$lines", "in": {"$ifNull": ["$$this.picked", "$$this.quantity"]}}}}
    day = {"$dateToString": {"date": "$created_at", "format": "%Y-%m-%d", "timezone": timezone}}
    pipeline: list[dict[str, Any]] = [
        {"$match": wanted},
        {
            "$group": {
                "_id": day,
                "orders": {"$sum": 1},
                "items": {"$sum": {"$cond": [lost, 0, units]}},
                "revenue": {"$sum": {"$cond": [lost, 0, "$totals.total"]}},
                "cancelled": {"$sum": {"$cond": [lost, 1, 0]}},
                "refunds": {"$sum": "$payment.refunded"},
            }
        },
    ]
    return list(db.orders.aggregate(pipeline, hint="_id_"))


def put_quote(db: Database, quote: Mapping[str, Any]) -> None:
    mongo.quickly(db).quotes.insert_one(dict(quote))


def quote(db: Database, quote_id: str) -> dict[str, Any] | None:
    return db.quotes.find_one({"_id": quote_id})


_LIST = {"outbox": 0, "routing": 0, "routing_before": 0, "fingerprint": 0, "key": 0}


def sold_between(db: Database, since: datetime, until: datetime) -> Iterator[tuple[str, str, datetime, int]]:
    """`(store, sku, when, units)` of every line that was ordered from `since` on and before `until`.

    Orders that came to nothing are left out.
    """
    made = {"$gte": ids.first_of(since), "$lt": ids.first_of(until)}
    kept = {"$nin": ["holding", "expired", "cancelled"]}
    shown = {"created_at": 1, "lines.sku": 1, "lines.quantity": 1, "lines.fulfilment_id": 1}
    for order in db.orders.find(
        {"_id": made, "status": kept}, {**shown, "fulfilments.id": 1, "fulfilments.store_id": 1}
    ):
        store_of = {part["id"]: part["store_id"] for part in order["fulfilments"]}
        for line in order["lines"]:
            if store_id := store_of.get(line["fulfilment_id"]):
                yield store_id, line["sku"], order["created_at"], line["quantity"]


# Invoices


def invoices_of(db: Database, order_id: str) -> list[dict[str, Any]]:
    """An order's invoices, in the order of its parts."""
    return list(db.invoices.find({"order_id": order_id}).sort("_id", ASCENDING))


def add_invoice(
    db: Database, invoice: Mapping[str, Any], label: Callable[[str, str, int], str]
) -> dict[str, Any]:
    """Insert an invoice under its store's next number of the year. Safe to repeat: the first one stays."""
    series = {"store_id": invoice["store_id"], "year": invoice["year"]}
    while True:
        last = db.invoices.find_one(series, {"number": 1}, sort=[("number", DESCENDING)])
        number = last["number"] + 1 if last else 1
        text = label(invoice["store_id"], invoice["year"], number)
        try:
            db.invoices.insert_one(document := {**invoice, "number": number, "label": text})
        except DuplicateKeyError:
            if (issued := db.invoices.find_one({"_id": invoice["_id"]})) is not None:
                return issued
            continue  # somebody else took this number at the same moment
        return document


# The person behind an order

OVER = tuple(sorted(ENDED))


def any_open(db: Database, customer_id: str) -> bool:
    """Whether an order of the customer is neither ended nor given up."""
    query = {"customer_id": customer_id, "status": {"$nin": list(OVER)}}
    return db.orders.find_one(query, {"_id": 1}) is not None


def invoices_to(db: Database, customer_id: str) -> list[dict[str, Any]]:
    return list(db.invoices.find({"customer_id": customer_id}).sort("_id", ASCENDING))


def forget_person(db: Database, customer_id: str) -> None:
    """Take name, phone, address and position out of a customer's ended orders and invoices. Safe to repeat.

    What was bought, paid and taxed stays; the position becomes the store's. The version stays: nothing of the order's
    own life has changed.
    """
    said_by_him = {
        "$map": {
            "input": "$history",
            "as": "row",
            "in": {
                "$cond": [
                    {"$eq": ["$$row.by", customer_id]},
                    {"$mergeObjects": ["$$row", {"reason": None}]},
                    "$$row",
                ]
            },
        }
    }
    without_comment = {
        "$cond": [
            {"$eq": [{"$type": "$rating"}, "object"]},
            {"$mergeObjects": ["$rating", {"comment": ""}]},
            None,
        ]
    }
    db.orders.update_many(
        {"customer_id": customer_id, "status": {"$in": list(OVER)}},
        [
            {
                "$set": {
                    "customer": {"name": "", "phone": None},
                    "address": None,
                    "note": "",
                    "location": {"$first": "$fulfilments.store.location"},
                    "rating": without_comment,
                    "history": said_by_him,
                }
            }
        ],
    )
    db.invoices.update_many({"customer_id": customer_id}, {"$set": {"buyer": {"name": "", "address": ""}}})
