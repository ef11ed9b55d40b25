"""Every read and write of `affinities` and `affinity_runs`, and what is read of the orders for them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.infra import ids, mongo
from shopsmart.orders.model import VISIBLE
from shopsmart.recommendations.model import Affinity, Baskets, Counts, Neighbour

INDEXES = [
    IndexModel([("dirty", ASCENDING)], name="dirty", partialFilterExpression={"dirty": True}),
    IndexModel([("n", DESCENDING)], name="popular"),
]
MOST_COUNTED = 1_000  # neighbours of a thing
_NEWEST = "newest"
# An order that came to nothing says nothing about what people want.
BOUGHT = tuple(
    state for state in VISIBLE if state not in {"payment_pending", "expired", "cancelled", "returned"}
)
_LINES = {"created_at": 1, "lines.sku": 1}


# --- orders ----------------------------------------------------------------------------------------------------


def baskets_after(db: Database, after: str, before: datetime, limit: int) -> list[dict[str, Any]]:
    """`{_id, status, lines: [{sku}]}` of the next orders behind id `after`, made before `before`, oldest first.

    Those that came to nothing are among them: they are read past, not over.
    """
    made = {"$gt": after, "$lt": ids.first_of(before)}
    return list(db.orders.find({"_id": made}, {**_LINES, "status": 1}).sort("_id", ASCENDING).limit(limit))


def bought_by(db: Database, customer_id: str, limit: int) -> list[dict[str, Any]]:
    """`{_id, created_at, lines: [{sku}]}` of a customer's newest orders."""
    query = {"customer_id": customer_id, "status": {"$in": list(BOUGHT)}}
    return list(db.orders.find(query, _LINES).sort("_id", DESCENDING).limit(limit))


def bought_at(db: Database, store_id: str, since: datetime, limit: int) -> list[dict[str, Any]]:
    """The same of a store's newest orders since then."""
    part = {"$elemMatch": {"store_id": store_id, "state": {"$in": list(BOUGHT)}}}
    query = {"fulfilments": part, "_id": {"$gte": ids.first_of(since)}}
    # The planner would rather go through everybody's orders by their id, which is long where a store sells little.
    return list(db.orders.find(query, _LINES).hint("store_queue").sort("_id", DESCENDING).limit(limit))


# --- what is counted -------------------------------------------------------------------------------------------


def run(db: Database) -> dict[str, Any] | None:
    """How far the counting has come: `{after, baskets, halved_at}`."""
    return db.affinity_runs.find_one({"_id": _NEWEST})


def add(db: Database, before: Mapping[str, Any] | None, after: str, counts: Counts, now: datetime) -> bool:
    """Add counts of baskets up to order `after`; once, whoever else tries. False when another one was faster."""
    writes = [_counted(sku, count, counts.pairs.get(sku, {})) for sku, count in counts.things.items()]

    def work(session: ClientSession) -> bool:
        if before is None:
            db.affinity_runs.insert_one(
                {"_id": _NEWEST, "after": after, "baskets": counts.baskets, "halved_at": now}, session=session
            )
        else:
            turn = {"_id": _NEWEST, "after": before["after"]}
            step = {"$set": {"after": after}, "$inc": {"baskets": counts.baskets}}
            if not db.affinity_runs.update_one(turn, step, session=session).matched_count:
                return False
        if writes:
            db.affinities.bulk_write(writes, ordered=False, session=session)
        return True

    try:
        return mongo.all_or_nothing(db, work)
    except DuplicateKeyError:
        return False


def _counted(sku: str, count: int, together: Mapping[str, int]) -> UpdateOne:
    pairs = {f"with.{_field(other)}": times for other, times in together.items()}
    return UpdateOne({"_id": sku}, {"$inc": {"n": count, **pairs}, "$set": {"dirty": True}}, upsert=True)


def halve(db: Database, due: datetime, now: datetime) -> bool:
    """Let all that was counted count half, if that was done last before `due`. What was counted once is forgotten.

    A crash in the middle leaves some counts whole: they lead for a while, and are halved with the others next time.
    """
    turn = db.affinity_runs.update_one(
        {"_id": _NEWEST, "halved_at": {"$lt": due}},
        [{"$set": {"halved_at": now, "baskets": {"$toInt": {"$floor": {"$divide": ["$baskets", 2]}}}}}],
    )
    if not turn.matched_count:
        return False
    half = {"$toInt": {"$floor": {"$divide": ["$$pair.v", 2]}}}
    pairs = {"$objectToArray": {"$ifNull": ["$with", {}]}}
    halved = {"$map": {"input": pairs, "as": "pair", "in": {"k": "$$pair.k", "v": half}}}
    kept = {"$filter": {"input": halved, "as": "pair", "cond": {"$gt": ["$$pair.v", 0]}}}
    db.affinities.update_many(
        {},
        [
            {
                "$set": {
                    "n": {"$toInt": {"$floor": {"$divide": ["$n", 2]}}},
                    "with": {"$arrayToObject": kept},
                    "dirty": True,
                }
            }
        ],
    )
    db.affinities.delete_many({"n": {"$lte": 0}})
    return True


# --- what is known ---------------------------------------------------------------------------------------------


def dirty(db: Database, limit: int) -> list[tuple[str, int, dict[str, int]]]:
    """`(sku, baskets, {other: together})` of things counted since their neighbours were chosen."""
    rows = db.affinities.find({"dirty": True}, {"n": 1, "with": 1}).limit(limit)
    return [(row["_id"], row["n"], _pairs(row)) for row in rows]


def baskets_of(db: Database, skus: Iterable[str]) -> dict[str, int]:
    return {row["_id"]: row["n"] for row in db.affinities.find({"_id": {"$in": list(skus)}}, {"n": 1})}


def put_neighbours(
    db: Database, chosen: Sequence[tuple[str, int, Sequence[Neighbour], Mapping[str, int] | None]]
) -> None:
    """Keep each thing's neighbours, unless it was counted again meanwhile; with the pairs to go on with, if given."""
    writes = []
    for sku, baskets, near, pairs in chosen:
        sets: dict[str, Any] = {
            "near": [[one.sku, one.together, one.baskets] for one in near],
            "dirty": False,
        }
        if pairs is not None:
            sets["with"] = {_field(other): times for other, times in pairs.items()}
        writes.append(UpdateOne({"_id": sku, "n": baskets}, {"$set": sets}))
    if writes:
        mongo.quickly(db).affinities.bulk_write(writes, ordered=False)


def affinities(db: Database, skus: Iterable[str]) -> dict[str, Affinity]:
    rows = db.affinities.find({"_id": {"$in": list(skus)}}, {"n": 1, "near": 1})
    return {
        row["_id"]: Affinity(row["n"], [Neighbour(*near) for near in row.get("near", ())]) for row in rows
    }


def all_baskets(db: Database, most: int) -> Baskets:
    known = run(db)
    if known is None:
        return Baskets()
    rows = db.affinities.find({}, {"n": 1}).sort("n", DESCENDING).limit(most)
    return Baskets(known["baskets"], [(row["_id"], row["n"]) for row in rows])


def _pairs(row: Mapping[str, Any]) -> dict[str, int]:
    return {field.replace("~", "."): times for field, times in row.get("with", {}).items()}


def _field(sku: str) -> str:
    """A SKU as a field's name: no dots, and no SKU has a tilde."""
    return sku.replace(".", "~")
