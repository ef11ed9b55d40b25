"""Every read and write of `stock` and `stock_ledger`.

Each command is one guarded write that also leaves its ledger row in the document's `tail`. The filter carries
the guard, so a command that may not happen matches nothing; a repeated one finds its own mark and is harmless.
No transaction ever touches a stock document.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel, InsertOne, ReturnDocument, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shopsmart.inventory.model import Line, Stock, stock_id

STOCK_INDEXES = [
    IndexModel([("store_id", ASCENDING), ("sku", ASCENDING)], name="store_sku", unique=True),
    # Covers the question "what of these can this store sell", which routing asks of several stores at once.
    IndexModel(
        [("store_id", ASCENDING), ("sku", ASCENDING), ("available", ASCENDING), ("sellable", ASCENDING)],
        name="for_sale",
    ),
    IndexModel([("sku", ASCENDING), ("store_id", ASCENDING)], name="sku"),
    IndexModel(
        [("holds.order_id", ASCENDING)],
        name="holds_order",
        partialFilterExpression={"holds.order_id": {"$exists": True}},
    ),
    IndexModel([("tail.at", ASCENDING)], name="tail", partialFilterExpression={"tail.at": {"$exists": True}}),
]
LEDGER_INDEXES = [
    IndexModel([("stock_id", ASCENDING), ("seq", ASCENDING)], name="stock_seq", unique=True),
    IndexModel([("order_id", ASCENDING)], name="order", sparse=True),
]
# Refuses a negative `available` whatever the code does. (`on_hand` is bounded by commands on their own.)
VALIDATOR = {
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["store_id", "sku", "on_hand", "safety", "available", "sellable", "holds", "seq"],
        "properties": {
            "on_hand": {"bsonType": ["int", "long"], "minimum": 0},
            "safety": {"bsonType": ["int", "long"], "minimum": 0},
            "available": {"bsonType": ["int", "long"], "minimum": 0},
            "sellable": {"bsonType": "bool"},
        },
    }
}
MOST_HOLDS = 500
_DUPLICATE_KEY = 11_000
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_LINGER = timedelta(seconds=20)
_NAMED_BY_CALLER = {"receive", "adjust", "count", "put_back", "transfer_in", "transfer_out"}


def get(db: Database, store_id: str, sku: str) -> Stock | None:
    return db.stock.find_one({"_id": stock_id(store_id, sku)})


def available_of(db: Database, store_id: str, skus: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`{sku: {"available": int, "sellable": bool}}` for those SKUs that the store keeps. A covered read."""
    rows = db.stock.find(
        {"store_id": store_id, "sku": {"$in": list(skus)}},
        {"_id": 0, "sku": 1, "available": 1, "sellable": 1},
    ).hint("for_sale")
    return {row["sku"]: {"available": row["available"], "sellable": row["sellable"]} for row in rows}


def available_in(
    db: Database, store_ids: Iterable[str], skus: Iterable[str]
) -> dict[str, dict[str, dict[str, Any]]]:
    """The same for several stores at once: `{store_id: {sku: {...}}}`."""
    found: dict[str, dict[str, dict[str, Any]]] = {store_id: {} for store_id in store_ids}
    rows = db.stock.find(
        {"store_id": {"$in": list(found)}, "sku": {"$in": list(skus)}},
        {"_id": 0, "store_id": 1, "sku": 1, "available": 1, "sellable": 1},
    ).hint("for_sale")
    for row in rows:
        found[row["store_id"]][row["sku"]] = {"available": row["available"], "sellable": row["sellable"]}
    return found


def bins_of(db: Database, store_id: str, skus: Iterable[str]) -> dict[str, str]:
    """Where each of the SKUs lies in the store, "" where nobody said."""
    rows = db.stock.find({"_id": {"$in": [stock_id(store_id, sku) for sku in skus]}}, {"sku": 1, "bin": 1})
    return {row["sku"]: row.get("bin", "") for row in rows}


def open_shelf(db: Database, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Make empty stock documents where there are none: rows `{store_id, sku, low_stock_at?, bin?, sellable?}`."""
    inserts = [
        InsertOne(
            {
                "_id": stock_id(row["store_id"], row["sku"]),
                "store_id": row["store_id"],
                "sku": row["sku"],
                "on_hand": 0,
                "safety": 0,
                "available": 0,
                "sellable": row.get("sellable", True),
                "holds": [],
                "tail": [],
                "seq": 0,
                "low_stock_at": row.get("low_stock_at", 0),
                "bin": row.get("bin", ""),
                "updated_at": now,
            }
        )
        for row in rows
    ]
    if not inserts:
        return
    try:
        db.stock.bulk_write(inserts, ordered=False)
    except BulkWriteError as fault:
        if any(error["code"] != _DUPLICATE_KEY for error in fault.details["writeErrors"]):
            raise


# --- holds -----------------------------------------------------------------------------------------------------


def hold_command(
    store_id: str, line: Line, hold_id: str, order_id: str, until: datetime | None, now: datetime
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Filter and update that set `line.quantity` aside. Matches nothing when short, switched off or held already."""
    guard = {
        "_id": stock_id(store_id, line.sku),
        "sellable": True,
        "available": {"$gte": line.quantity},
        "holds.id": {"$ne": hold_id},
        f"holds.{MOST_HOLDS}": {"$exists": False},
    }
    row = _row(f"{hold_id}:hold", "hold", now, hold=hold_id, order_id=order_id, held=line.quantity)
    change = {
        "$inc": {"available": -line.quantity, "seq": 1},
        "$push": {
            "holds": {
                "id": hold_id,
                "order_id": order_id,
                "quantity": line.quantity,
                "until": until,
                "at": now,
            },
            "tail": row,
        },
        "$set": {"updated_at": now},
    }
    return guard, change


def hold(
    db: Database,
    store_id: str,
    line: Line,
    hold_id: str,
    order_id: str,
    until: datetime | None,
    now: datetime,
) -> bool:
    """Hold one line. False when nothing matched. One winner for the last unit: the filter is the guard."""
    guard, change = hold_command(store_id, line, hold_id, order_id, until, now)
    return db.stock.find_one_and_update(guard, change, projection={"_id": 1}) is not None


def hold_many(
    db: Database,
    store_id: str,
    lines: Sequence[Line],
    hold_id: str,
    order_id: str,
    until: datetime | None,
    now: datetime,
) -> bool:
    """The same guarded updates in one ordered bulk: one journal wait for the basket. False if any was refused."""
    commands = [hold_command(store_id, line, hold_id, order_id, until, now) for line in lines]
    result = db.stock.bulk_write([UpdateOne(guard, change) for guard, change in commands], ordered=True)
    return bool(result.matched_count == len(lines))


def held_by(db: Database, hold_id: str, order_id: str) -> list[dict[str, Any]]:
    """The stock documents with this hold: `{_id, store_id, sku, holds: [the hold]}`."""
    return list(
        db.stock.find(
            {"holds.order_id": order_id, "holds.id": hold_id},
            {"store_id": 1, "sku": 1, "holds": {"$elemMatch": {"id": hold_id}}},
        )
    )


def holds_of_order(db: Database, order_id: str) -> list[dict[str, Any]]:
    """The stock documents that hold anything for the order: `{_id, store_id, sku, holds: [one of its holds]}`."""
    return list(
        db.stock.find(
            {"holds.order_id": order_id},
            {"store_id": 1, "sku": 1, "holds": {"$elemMatch": {"order_id": order_id}}},
        )
    )


def with_holds(db: Database, before: datetime, after: str | None, limit: int) -> list[dict[str, Any]]:
    """Documents with a hold made before `before`, in id order after `after`: `{_id, holds}`."""
    query: dict[str, Any] = {"holds.order_id": {"$gt": ""}, "holds.at": {"$lte": before}}
    if after:
        query["_id"] = {"$gt": after}
    return list(db.stock.find(query, {"holds": 1}).sort("_id", ASCENDING).limit(limit))


def release(db: Database, stock_id_: str, hold: Mapping[str, Any], now: datetime, reason: str) -> bool:
    """Give a hold back to the shelf. False when it is gone already."""
    row = _row(
        f"{hold['id']}:release",
        "release",
        now,
        hold=hold["id"],
        order_id=hold["order_id"],
        held=-hold["quantity"],
        reason=reason,
    )
    result = db.stock.update_one(
        {"_id": stock_id_, "holds": {"$elemMatch": {"id": hold["id"], "quantity": hold["quantity"]}}},
        {
            "$pull": {"holds": {"id": hold["id"]}},
            "$inc": {"available": hold["quantity"], "seq": 1},
            "$push": {"tail": row},
            "$set": {"updated_at": now},
        },
    )
    return bool(result.matched_count)


def set_until(
    db: Database, stock_id_: str, hold_id: str, until: datetime | None, kind: str, now: datetime
) -> bool:
    """`commit` (until None) or `extend` a hold. False when it is gone or already so."""
    result = db.stock.update_one(
        {"_id": stock_id_, "holds": {"$elemMatch": {"id": hold_id, "until": {"$ne": until}}}},
        {
            "$set": {"holds.$.until": until, "updated_at": now},
            "$inc": {"seq": 1},
            "$push": {"tail": _row(f"{hold_id}:{kind}", kind, now, hold=hold_id)},
        },
    )
    return bool(result.matched_count)


def pick(
    db: Database, stock_id_: str, hold: Mapping[str, Any], picked: int, now: datetime, actor: str
) -> bool:
    """Take `picked` of the held units off the shelf and write the rest off as not found. False when it is gone.

    Units that the picker did not find do not become available again: the shelf has fewer than was thought.
    """
    quantity = hold["quantity"]
    row = _row(
        f"{hold['id']}:pick",
        "pick",
        now,
        hold=hold["id"],
        order_id=hold["order_id"],
        held=-quantity,
        on_hand=-quantity,
        not_found=quantity - picked or None,
        actor=actor,
    )
    result = db.stock.update_one(
        {
            "_id": stock_id_,
            "on_hand": {"$gte": quantity},
            "holds": {"$elemMatch": {"id": hold["id"], "quantity": quantity}},
        },
        {
            "$pull": {"holds": {"id": hold["id"]}},
            "$inc": {"on_hand": -quantity, "seq": 1},
            "$push": {"tail": row},
            "$set": {"updated_at": now},
        },
    )
    return bool(result.matched_count)


# --- the shelf -------------------------------------------------------------------------------------------------


def change_on_hand(
    db: Database,
    stock_id_: str,
    delta: int,
    kind: str,
    ref: str,
    now: datetime,
    *,
    actor: str | None = None,
    reason: str | None = None,
    order_id: str | None = None,
) -> Stock | None:
    """Add or take units. `ref` names the change: a repeat within the tail or the ledger is the caller's to exclude.

    None when the item does not exist, the change stands in the tail already, or too few are free to take.
    """
    row = _row(ref, kind, now, on_hand=delta, actor=actor, reason=reason, order_id=order_id)
    guard: dict[str, Any] = {"_id": stock_id_, "tail.id": {"$ne": ref}}
    if delta < 0:
        guard |= {"available": {"$gte": -delta}, "on_hand": {"$gte": -delta}}
    return db.stock.find_one_and_update(
        guard,
        {
            "$inc": {"on_hand": delta, "available": delta, "seq": 1},
            "$push": {"tail": row},
            "$set": {"updated_at": now},
        },
        return_document=ReturnDocument.AFTER,
    )


def receive_many(
    db: Database, rows: Iterable[tuple[str, int, str]], now: datetime, actor: str, reason: str
) -> int:
    """Open or refill many shelves at once: `(stock id, units, ref)`. Rows whose ref stands already are skipped."""
    commands = [
        UpdateOne(
            {"_id": id_, "tail.id": {"$ne": ref}, "seq": 0},
            {
                "$inc": {"on_hand": units, "available": units, "seq": 1},
                "$push": {"tail": _row(ref, "receive", now, on_hand=units, actor=actor, reason=reason)},
                "$set": {"updated_at": now},
            },
        )
        for id_, units, ref in rows
    ]
    return db.stock.bulk_write(commands, ordered=False).modified_count if commands else 0


def set_count(
    db: Database, stock: Stock, counted: int, ref: str, now: datetime, actor: str, reason: str
) -> Stock | None:
    """Set on_hand to what was counted, if nothing moved since `stock` was read and holds still fit. Else None."""
    delta = counted - stock["on_hand"]
    row = _row(ref, "count", now, on_hand=delta, actor=actor, reason=reason)
    return db.stock.find_one_and_update(
        {"_id": stock["_id"], "seq": stock["seq"], "available": {"$gte": -delta}},
        {
            "$inc": {"on_hand": delta, "available": delta, "seq": 1},
            "$push": {"tail": row},
            "$set": {"updated_at": now},
        },
        return_document=ReturnDocument.AFTER,
    )


def switch(db: Database, stock_id_: str, sellable: bool, ref: str, now: datetime, actor: str) -> Stock | None:
    """Turn the manager's switch. The same position again changes nothing."""
    kind = "switch_on" if sellable else "switch_off"
    changed = db.stock.find_one_and_update(
        {"_id": stock_id_, "sellable": {"$ne": sellable}},
        {
            "$set": {"sellable": sellable, "updated_at": now},
            "$inc": {"seq": 1},
            "$push": {"tail": _row(ref, kind, now, actor=actor)},
        },
        return_document=ReturnDocument.AFTER,
    )
    return changed or db.stock.find_one({"_id": stock_id_})


def set_facts(db: Database, stock_id_: str, facts: Mapping[str, Any], now: datetime) -> None:
    """Set `low_stock_at` or `bin`, which no rule of stock depends on."""
    db.stock.update_one({"_id": stock_id_}, {"$set": {**facts, "updated_at": now}})


def list_of_store(
    db: Database, query: Mapping[str, Any], after: Sequence[str] | None, limit: int
) -> list[dict[str, Any]]:
    """Stock rows matching `query`, ordered by store and SKU, after `(store_id, sku)`; without tail."""
    conditions: list[Mapping[str, Any]] = [query]
    if after:
        conditions.append(
            {"$or": [{"store_id": {"$gt": after[0]}}, {"store_id": after[0], "sku": {"$gt": after[1]}}]}
        )
    return list(
        db.stock.find({"$and": conditions}, {"tail": 0})
        .sort([("store_id", ASCENDING), ("sku", ASCENDING)])
        .limit(limit)
    )


# --- the ledger ------------------------------------------------------------------------------------------------


def with_tail(db: Database, limit: int, after: str | None = None) -> list[dict[str, Any]]:
    """Documents with rows to copy, `{_id, seq, tail}`, in id order after `after`."""
    query: dict[str, Any] = {"tail.at": {"$gt": _LONG_AGO}}
    if after:
        query["_id"] = {"$gt": after}
    return list(db.stock.find(query, {"seq": 1, "tail": 1}).sort("_id", ASCENDING).limit(limit))


def ripe(document: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """`document` with only those first rows of its tail that may leave it now.

    A change named by its caller (a delivery received, a count) stays a while: the guard against its repetition
    looks into the tail, and a slow repeat must not slip between the look into the ledger and its own write.
    """
    leaving: list[Any] = []
    for row in document["tail"]:
        if row["kind"] in _NAMED_BY_CALLER and row["at"] > now - _LINGER:
            break
        leaving.append(row)
    return {**document, "tail": leaving, "seq": document["seq"] - (len(document["tail"]) - len(leaving))}


def copy_to_ledger(db: Database, documents: Sequence[Mapping[str, Any]]) -> int:
    """Copy the tails of `documents` (see `ripe`) to the ledger, then trim them. Safe to repeat."""
    documents = [document for document in documents if document["tail"]]
    rows = [row for document in documents for row in numbered_tail(document)]
    if rows:
        try:
            db.stock_ledger.insert_many(rows, ordered=False)
        except BulkWriteError as fault:
            if any(error["code"] != _DUPLICATE_KEY for error in fault.details["writeErrors"]):
                raise
    trims = [
        UpdateOne(
            {"_id": document["_id"]},
            {"$pull": {"tail": {"id": {"$in": [row["id"] for row in document["tail"]]}}}},
        )
        for document in documents
    ]
    if trims:
        db.stock.bulk_write(trims, ordered=False)
    return len(rows)


def numbered_tail(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tail's rows as ledger rows. `seq` counts all rows ever, the tail holds the newest of them."""
    first = document["seq"] - len(document["tail"]) + 1
    store_id, sku = document["_id"].split(":", 1)
    return [
        {**row, "_id": f"{document['_id']}:{first + offset}", "stock_id": document["_id"]}
        | {"store_id": store_id, "sku": sku, "seq": first + offset}
        for offset, row in enumerate(document["tail"])
    ]


def in_tail(db: Database, stock_id_: str, ref: str) -> bool:
    return db.stock.find_one({"_id": stock_id_, "tail.id": ref}, {"_id": 1}) is not None


def in_ledger(db: Database, stock_id_: str, ref: str) -> bool:
    """Whether a change named `ref` was copied already (the tail's guard sees only what was not)."""
    return db.stock_ledger.find_one({"stock_id": stock_id_, "id": ref}, {"_id": 1}) is not None


def _row(ref: str, kind: str, now: datetime, **facts: Any) -> dict[str, Any]:
    return {"id": ref, "kind": kind, "at": now} | {
        name: value for name, value in facts.items() if value is not None
    }


def recompute_available(db: Database, stock_id_: str) -> None:
    """Set `available` to what the rest of the document says. For repairs only."""
    db.stock.update_one(
        {"_id": stock_id_},
        [
            {
                "$set": {
                    "available": {
                        "$subtract": ["$on_hand", {"$add": ["$safety", {"$sum": "$holds.quantity"}]}]
                    }
                }
            }
        ],
    )
