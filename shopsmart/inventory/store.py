"""Every read and write of `stock` and `stock_ledger`.

Each command is one guarded write that also leaves its ledger row in the document's `tail`. The filter carries
the guard, so a command that may not happen matches nothing; a repeated one finds its own mark and is harmless.
No transaction ever touches a stock document.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, InsertOne, ReturnDocument, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shopsmart.infra import outbox
from shopsmart.infra.outbox import Event
from shopsmart.inventory.model import Edit, Line, Stock, stock_id, taken_at_pick

# switch_on and switch_off, as a range: partial indexes know no choice of words.
_SWITCHES = {"$gte": "switch_", "$lt": "switch`"}

# On sale, and none left.
_EMPTY = {"sellable": True, "available": {"$lte": 0}}
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
    IndexModel(
        [("shortage.at", ASCENDING)],
        name="short",
        partialFilterExpression={"shortage.at": {"$exists": True}},
    ),
    IndexModel(
        [("transit.at", ASCENDING)],
        name="in_transit",
        partialFilterExpression={"transit.at": {"$exists": True}},
    ),
    IndexModel(
        [("store_id", ASCENDING), ("low_since", ASCENDING), ("sku", ASCENDING)],
        name="low",
        partialFilterExpression={"low_since": {"$exists": True}},
    ),
    IndexModel([("store_id", ASCENDING)], name="empty", partialFilterExpression=_EMPTY),
    IndexModel(
        [("off_until", ASCENDING)], name="off", partialFilterExpression={"off_until": {"$type": "date"}}
    ),
    outbox.PENDING,
]
LEDGER_INDEXES = [
    IndexModel([("stock_id", ASCENDING), ("seq", ASCENDING)], name="stock_seq", unique=True),
    IndexModel([("order_id", ASCENDING)], name="order", sparse=True),
    # The history of an item's switch: few among its many rows.
    IndexModel(
        [("stock_id", ASCENDING), ("at", ASCENDING)],
        name="switches",
        partialFilterExpression={"kind": _SWITCHES},
    ),
    # What changed since the checker last looked.
    IndexModel([("at", ASCENDING)], name="at"),
]
SHORTAGE_INDEXES = [
    IndexModel([("state", ASCENDING), ("store_id", ASCENDING), ("_id", ASCENDING)], name="open"),
]
# Refuses a negative `available` whatever the code does, outside a declared shortage.
VALIDATOR = {
    "$or": [{"available": {"$gte": 0}}, {"shortage.case_id": {"$type": "string"}}],
    "$jsonSchema": {
        "bsonType": "object",
        "required": ["store_id", "sku", "on_hand", "safety", "available", "sellable", "holds", "seq"],
        "properties": {
            "on_hand": {"bsonType": ["int", "long"], "minimum": 0},
            "safety": {"bsonType": ["int", "long"], "minimum": 0},
            "available": {"bsonType": ["int", "long"]},
            "sellable": {"bsonType": "bool"},
        },
    },
}
MOST_HOLDS = 500
_DUPLICATE_KEY = 11_000
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_PICK_TRIES = 20


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
        {"_id": stock_id_, "holds": _the(hold)},
        {
            "$pull": {"holds": {"id": hold["id"]}},
            "$inc": {"available": hold["quantity"], "seq": 1},
            "$push": {"tail": row},
            "$set": {"updated_at": now},
        },
    )
    return bool(result.matched_count)


def shorten(db: Database, stock_id_: str, hold: Mapping[str, Any], to: int, now: datetime) -> bool:
    """Let a hold keep just `to` of its units, at least one. False when it is gone or has been changed."""
    less = hold["quantity"] - to
    row = _row(
        f"{hold['id']}:shorten:{to}",
        "shorten",
        now,
        hold=hold["id"],
        order_id=hold["order_id"],
        held=-less,
        reason="shortage",
    )
    result = db.stock.update_one(
        {"_id": stock_id_, "holds": _the(hold)},
        {
            "$inc": {"holds.$.quantity": -less, "available": less, "seq": 1},
            "$push": {"tail": row},
            "$set": {"updated_at": now},
        },
    )
    return bool(result.matched_count)


def set_until(
    db: Database, holds: Iterable[tuple[str, str]], until: datetime | None, kind: str, now: datetime
) -> int:
    """`commit` (until None) or `extend` holds, named by (stock id, hold id), in one call.

    Returns how many changed: not those that are gone or already so.
    """
    commands = [
        UpdateOne(
            {"_id": stock_id_, "holds": {"$elemMatch": {"id": hold_id, "until": {"$ne": until}}}},
            {
                "$set": {"holds.$.until": until, "updated_at": now},
                "$inc": {"seq": 1},
                "$push": {"tail": _row(f"{hold_id}:{kind}", kind, now, hold=hold_id, until=until)},
            },
        )
        for stock_id_, hold_id in holds
    ]
    return db.stock.bulk_write(commands, ordered=False).matched_count if commands else 0


def pick(
    db: Database, stock_id_: str, hold: Mapping[str, Any], picked: int, now: datetime, actor: str
) -> bool:
    """Take `picked` of the held units off the shelf and write the rest off as not found. False when it is gone.

    Units that the picker did not find do not become available again: the shelf has fewer than was thought.
    """
    whole = {"_id": stock_id_, "shortage": {"$exists": False}, "on_hand": {"$gte": hold["quantity"]}}
    if _pick(db, whole, hold, picked, hold["quantity"], now, actor):
        return True
    # A shelf that was counted short has had some of the missing units written off: that takes a look first.
    for _ in range(_PICK_TRIES):
        stock = db.stock.find_one({"_id": stock_id_, "holds": _the(hold)})
        if stock is None:
            return False
        as_read = {"_id": stock_id_, "seq": stock["seq"]}
        taken = taken_at_pick(stock, hold["quantity"], picked)
        if _pick(db, as_read, hold, picked, taken, now, actor):
            return True
    return False


def _pick(
    db: Database,
    guard: Mapping[str, Any],
    hold: Mapping[str, Any],
    picked: int,
    taken: int,
    now: datetime,
    actor: str,
) -> bool:
    """Drop the hold and lower on_hand by `taken`; what the hold kept beyond that is free again."""
    quantity = hold["quantity"]
    row = _row(
        f"{hold['id']}:pick",
        "pick",
        now,
        hold=hold["id"],
        order_id=hold["order_id"],
        held=-quantity,
        on_hand=-taken,
        not_found=quantity - picked or None,
        found=max(0, picked - taken) or None,
        actor=actor,
    )
    result = db.stock.update_one(
        {**guard, "holds": _the(hold)},
        {
            "$pull": {"holds": {"id": hold["id"]}},
            "$inc": {"on_hand": -taken, "available": quantity - taken, "seq": 1},
            "$push": {"tail": row},
            "$set": {"updated_at": now},
        },
    )
    return bool(result.matched_count)


def _the(hold: Mapping[str, Any]) -> dict[str, Any]:
    return {"$elemMatch": {"id": hold["id"], "quantity": hold["quantity"]}}


# --- the shelf -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Write:
    """An edit that was decided on the document `as_read` and makes it `after`."""

    edit: Edit
    as_read: Mapping[str, Any]
    after: Mapping[str, Any]
    events: Sequence[Event]


def of_ids(db: Database, ids: Iterable[str]) -> dict[str, Stock]:
    return {row["_id"]: row for row in db.stock.find({"_id": {"$in": list(ids)}})}


def copied(db: Database, refs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these `(stock id, ref)` changes the ledger has. The tails tell of those not copied yet."""
    wanted = set(refs)
    rows = db.stock_ledger.find(
        {
            "stock_id": {"$in": sorted({id_ for id_, _ in wanted})},
            "id": {"$in": sorted({ref for _, ref in wanted})},
        },
        {"_id": 0, "stock_id": 1, "id": 1},
    )
    return {(row["stock_id"], row["id"]) for row in rows} & wanted


def write(db: Database, writes: Sequence[Write], now: datetime) -> None:
    """Make edits, each only if its document is as it was read: later edits of one document build on earlier ones.

    Which of them were made is found by looking: the tail and the ledger name them.
    """
    db.stock.bulk_write([_edit(one, now) for one in writes], ordered=True)


def _edit(one: Write, now: datetime) -> UpdateOne:
    edit, before, after = one.edit, one.as_read, one.after
    switches = edit.kind in {"switch", "end_off"}
    kind = edit.kind if not switches else "switch_on" if after["sellable"] else "switch_off"
    row = _row(
        edit.ref,
        kind,
        now,
        on_hand=(after["on_hand"] - before["on_hand"]) or None,
        actor=edit.actor,
        reason=edit.reason,
        order_id=edit.order_id,
        until=edit.until if edit.kind == "switch" else None,
    )
    by = {name: after[name] - before[name] for name in ("on_hand", "available")}
    change: dict[str, Any] = {
        "$set": {"sellable": after["sellable"], "updated_at": now, "outbox_at": now},
        "$inc": {**by, "seq": 1},
        "$push": {"tail": row, "outbox": {"$each": list(one.events)}},
    }
    if switches:
        change["$set"] |= {name: after[name] for name in ("off_until", "off_reason")}
    if edit.kind == "transfer_out":
        change["$push"]["transit"] = {
            "id": edit.ref,
            "to_store_id": edit.to_store_id,
            "units": -edit.value,
            "actor": edit.actor,
            "at": now,
        }
    if after.get("shortage"):
        change["$set"]["shortage"] = after["shortage"]
    elif before.get("shortage"):
        change["$unset"] = {"shortage": ""}
    return UpdateOne({"_id": before["_id"], "seq": before["seq"]}, change)


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
        db.stock.find({"$and": conditions}, {"tail": 0, "outbox": 0})
        .sort([("store_id", ASCENDING), ("sku", ASCENDING)])
        .limit(limit)
    )


# --- the ledger ------------------------------------------------------------------------------------------------


def with_tail(db: Database, limit: int, after: str | None = None) -> list[dict[str, Any]]:
    """Documents with rows to copy, in id order after `after`: those that changed of late, without their holds."""
    query: dict[str, Any] = {"tail.at": {"$gt": _LONG_AGO}}
    if after:
        query["_id"] = {"$gt": after}
    return list(db.stock.find(query, {"holds": 0, "outbox": 0}).sort("_id", ASCENDING).limit(limit))


def switches(
    db: Database, stock_ids: Sequence[str], until: datetime | None, limit: int
) -> list[dict[str, Any]]:
    """When items were switched on and off, newest first, up to `until`: ledger rows, those in the tails too."""
    rows: dict[tuple[str, int], dict[str, Any]] = {}
    for document in db.stock.find({"_id": {"$in": list(stock_ids)}}):
        for row in numbered_tail(document):
            if row["kind"].startswith("switch_") and (until is None or row["at"] <= until):
                rows[row["stock_id"], row["seq"]] = row
    at = {} if until is None else {"at": {"$lte": until}}
    query = {"stock_id": {"$in": list(stock_ids)}, "kind": _SWITCHES, **at}
    for row in db.stock_ledger.find(query).sort([("at", DESCENDING), ("seq", DESCENDING)]).limit(limit):
        rows[row["stock_id"], row["seq"]] = row
    return sorted(rows.values(), key=lambda row: (row["at"], row["seq"]), reverse=True)[:limit]


def stores_of(db: Database, sku: str) -> list[str]:
    """Which stores keep the item."""
    return [row["store_id"] for row in db.stock.find({"sku": sku}, {"store_id": 1})]


def off_over(db: Database, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Items whose time off the shelf is over."""
    return list(db.stock.find({"off_until": {"$lte": now}}).sort("off_until", ASCENDING).limit(limit))


def copy_to_ledger(db: Database, documents: Sequence[Mapping[str, Any]]) -> int:
    """Copy the tails of `documents`, as read, to the ledger, then trim them. Safe to repeat and to race."""
    documents = [document for document in documents if document["tail"]]
    rows = [row for document in documents for row in numbered_tail(document)]
    if rows:
        try:
            db.stock_ledger.insert_many(rows, ordered=False)
        except BulkWriteError as fault:
            if any(error["code"] != _DUPLICATE_KEY for error in fault.details["writeErrors"]):
                raise
    trims = [UpdateOne({"_id": document["_id"]}, _keep_after(document["seq"])) for document in documents]
    if trims:
        db.stock.bulk_write(trims, ordered=False)
    return len(rows)


def _keep_after(seq: int) -> list[dict[str, Any]]:
    """Trim a tail to the rows numbered above `seq`: by number, since one change may bear another's name."""
    newer = {"$subtract": ["$seq", seq]}
    kept = {"$slice": ["$tail", {"$multiply": [-1, newer]}]}
    return [{"$set": {"tail": {"$cond": [{"$gt": [newer, 0]}, kept, []]}}}]


def numbered_tail(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tail's rows as ledger rows. `seq` counts all rows ever, the tail holds the newest of them."""
    first = document["seq"] - len(document["tail"]) + 1
    store_id, sku = document["_id"].split(":", 1)
    return [
        {**row, "_id": f"{document['_id']}:{first + offset}", "stock_id": document["_id"]}
        | {"store_id": store_id, "sku": sku, "seq": first + offset}
        for offset, row in enumerate(document["tail"])
    ]


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


# --- imports ---------------------------------------------------------------------------------------------------


def begin_import(db: Database, batch: Mapping[str, Any]) -> dict[str, Any]:
    """The import of this `_id`, begun now or before: a repeat goes on under the names of the first."""
    facts = {name: value for name, value in batch.items() if name != "_id"}
    found = db.stock_imports.find_one_and_update(
        {"_id": batch["_id"]}, {"$setOnInsert": facts}, upsert=True, return_document=ReturnDocument.AFTER
    )
    assert found is not None  # written just now, by us or by a repeat
    return found


def end_import(db: Database, batch_id: str, outcome: Mapping[str, Any]) -> None:
    db.stock_imports.update_one({"_id": batch_id}, {"$set": dict(outcome)})


def import_undone(db: Database, batch: Mapping[str, Any]) -> None:
    """What this attempt did is taken back: the next one with the same key has new names."""
    db.stock_imports.update_one(
        {"_id": batch["_id"], "attempt": batch["attempt"]},
        {"$inc": {"attempt": 1}, "$set": {"state": "undone"}},
    )


def units_of(db: Database, refs: Sequence[tuple[str, str]]) -> dict[str, int]:
    """By how much each of these `(stock id, ref)` changes moved on_hand, for those that were made."""
    ids, names = sorted({id_ for id_, _ in refs}), {ref for _, ref in refs}
    moved: dict[str, int] = {}
    for stock in db.stock.find({"_id": {"$in": ids}}, {"tail": 1}):
        moved |= {row["id"]: row.get("on_hand", 0) for row in stock["tail"] if row["id"] in names}
    # The ledger after the tails: rows go there from them.
    for row in db.stock_ledger.find({"stock_id": {"$in": ids}, "id": {"$in": sorted(names)}}):
        moved[row["id"]] = row.get("on_hand", 0)
    return moved


# --- shortages, transfers, low stock ---------------------------------------------------------------------------


def short(db: Database, limit: int) -> list[Stock]:
    """Documents that carry a shortage mark, longest first."""
    return list(
        db.stock.find({"shortage.at": {"$gt": _LONG_AGO}}).sort("shortage.at", ASCENDING).limit(limit)
    )


def unmark_short(db: Database, stock: Mapping[str, Any]) -> bool:
    """Take the mark off a document that has all it promised again."""
    result = db.stock.update_one(
        {"_id": stock["_id"], "shortage.case_id": stock["shortage"]["case_id"], "available": {"$gte": 0}},
        {"$unset": {"shortage": ""}},
    )
    return bool(result.matched_count)


def put_case(db: Database, case: Mapping[str, Any]) -> None:
    """Open a shortage case, or bring an open one up to what is missing now. A closed one stays closed."""
    now_so = {name: case[name] for name in ("missing", "orders", "updated_at")}
    once = {name: value for name, value in case.items() if name not in {*now_so, "_id", "state"}}
    try:
        db.shortage_cases.update_one(
            {"_id": case["_id"], "state": "open"}, {"$set": now_so, "$setOnInsert": once}, upsert=True
        )
    except DuplicateKeyError:
        pass


def case(db: Database, case_id: str) -> dict[str, Any] | None:
    return db.shortage_cases.find_one({"_id": case_id})


def open_cases(
    db: Database, store_ids: Sequence[str] | None, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """Open cases of `store_ids` (None: all stores), oldest first, after the id `after`."""
    query: dict[str, Any] = {"state": "open"}
    if store_ids is not None:
        query["store_id"] = {"$in": list(store_ids)}
    if after:
        query["_id"] = {"$gt": after}
    return list(db.shortage_cases.find(query).sort("_id", ASCENDING).limit(limit))


def close_case(db: Database, case_id: str, outcome: str, now: datetime) -> bool:
    result = db.shortage_cases.update_one(
        {"_id": case_id, "state": "open"},
        {"$set": {"state": "closed", "outcome": outcome, "missing": 0, "closed_at": now, "updated_at": now}},
    )
    return bool(result.matched_count)


def in_transit(db: Database, before: datetime, limit: int) -> list[Stock]:
    """Documents with units that left before `before` and were not entered elsewhere yet."""
    return list(
        db.stock.find({"transit.at": {"$lte": before}}, {"store_id": 1, "sku": 1, "transit": 1}).limit(limit)
    )


def arrived(db: Database, stock_id_: str, ref: str) -> None:
    db.stock.update_one({"_id": stock_id_}, {"$pull": {"transit": {"id": ref}}})


def mark_low(db: Database, stock: Mapping[str, Any], since: datetime | None, event: Event | None) -> bool:
    """Note that the item ran down to its threshold, or (None) that it recovered. True for who was first."""
    changes: dict[str, Any] = {"$set": {"low_since": since}} if since else {"$unset": {"low_since": ""}}
    if event:
        changes["$push"] = {"outbox": event}
        changes.setdefault("$set", {})["outbox_at"] = event["at"]
    result = db.stock.update_one({"_id": stock["_id"], "low_since": {"$exists": since is None}}, changes)
    return bool(result.modified_count)


def empty_by_store(db: Database) -> list[dict[str, Any]]:
    """`{store_id, count}`: how many items on sale have run out, the worst store first."""
    pipeline: list[dict[str, Any]] = [
        {"$match": _EMPTY},
        {"$group": {"_id": "$store_id", "count": {"$sum": 1}}},
        {"$sort": {"count": -1, "_id": 1}},
    ]
    found = db.stock.aggregate(pipeline, hint="empty")
    return [{"store_id": row["_id"], "count": row["count"]} for row in found]


def low_of_stores(
    db: Database, store_ids: Sequence[str], after: tuple[str, str] | None, limit: int
) -> list[dict[str, Any]]:
    """Items of these stores that stand at or below their threshold, by store and SKU."""
    query: dict[str, Any] = {"store_id": {"$in": list(store_ids)}, "low_since": {"$gt": _LONG_AGO}}
    conditions: list[Mapping[str, Any]] = [query]
    if after:
        conditions.append(
            {"$or": [{"store_id": {"$gt": after[0]}}, {"store_id": after[0], "sku": {"$gt": after[1]}}]}
        )
    return list(
        db.stock.find({"$and": conditions}, {"tail": 0, "outbox": 0})
        .sort([("store_id", ASCENDING), ("sku", ASCENDING)])
        .limit(limit)
    )
