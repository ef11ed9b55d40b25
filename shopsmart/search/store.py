"""What the copy is made of, read in bulk; and every read and write of `popularity`, `searches` and `copy_marks`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from bson import Timestamp
from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.change_stream import ChangeStream
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.catalog.model import Category
from shopsmart.infra import mongo
from shopsmart.search.model import MOST_REMEMBERED
from shopsmart.stores.model import Store

POPULARITY_INDEXES = [IndexModel([("store_id", ASCENDING)], name="store")]
# One row a process that keeps a copy; those of processes that are gone are forgotten.
MARK_INDEXES = [IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=86_400)]

_PRODUCT = {
    "name": 1,
    "name_keys": {"$slice": 1},
    "brand": 1,
    "category_path": 1,
    "barcodes": 1,
    "pack": 1,
    "mrp": 1,
    "dietary": 1,
    "hidden": 1,
    "images": {"$slice": 1},
    "description.en": 1,
    "created_at": 1,
}
_LISTING = {"price": 1, "enabled": 1, "max_per_order": 1}
_STOCK = {"available": 1, "sellable": 1}
_BATCH = 5_000


# --- all of it -------------------------------------------------------------------------------------------------


def products(db: Database) -> Iterator[dict[str, Any]]:
    """Every product, with what the copy keeps of it, in order of SKU."""
    return iter(db.products.find({}, _PRODUCT, batch_size=1_000).sort("_id", ASCENDING))


def listings(db: Database) -> Iterator[dict[str, Any]]:
    return iter(db.listings.find({}, _LISTING, batch_size=_BATCH))


def stock(db: Database) -> Iterator[dict[str, Any]]:
    return iter(db.stock.find({}, _STOCK, batch_size=_BATCH))


def categories(db: Database) -> dict[str, Category]:
    return {row["_id"]: row for row in db.categories.find({})}


def stores(db: Database, store_ids: Sequence[str] | None = None) -> list[tuple[Store, Any]]:
    """These stores (None: all), each with the geometry of the fence that serves."""
    where = {} if store_ids is None else {"_id": {"$in": list(store_ids)}}
    found: list[Store] = list(db.stores.find(where, {"outbox": 0}))
    zones = db.zones.find({"_id": {"$in": [one["zone_id"] for one in found]}}, {"geometry": 1})
    fences = {zone["_id"]: zone["geometry"] for zone in zones}
    return [(one, fences.get(one["zone_id"])) for one in found]


# --- what changed ----------------------------------------------------------------------------------------------


def products_of(db: Database, skus: Iterable[str]) -> list[dict[str, Any]]:
    return list(db.products.find({"_id": {"$in": list(skus)}}, _PRODUCT))


def skus_below(db: Database, slugs: Iterable[str]) -> list[str]:
    """SKUs of the products in or below any of these categories."""
    return [row["_id"] for row in db.products.find({"category_path": {"$in": list(slugs)}}, {"_id": 1})]


def listings_of(db: Database, skus: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The listings of these products in all stores."""
    return iter(db.listings.find({"sku": {"$in": list(skus)}}, _LISTING))


def stock_of(db: Database, skus: Sequence[str]) -> Iterator[dict[str, Any]]:
    return iter(db.stock.find({"sku": {"$in": list(skus)}}, _STOCK))


def time_of(db: Database) -> Timestamp:
    """The newest moment of the database's own log: changes from then on come through `changes`."""
    moment: Timestamp = db.client.admin.command("hello")["operationTime"]
    return moment


@contextmanager
def changes(
    db: Database, reader: str, since: Timestamp | None, resume: Mapping[str, Any] | None, wait_ms: int
) -> Iterator[ChangeStream[Any]]:
    """The stream of changes that concern a copy, from `since` or behind `resume`; `reader` sees its own marks.

    Most writes to stock move holds between states and most to products copy what is known: they are not sent.
    """
    pipeline: list[dict[str, Any]] = [
        {
            "$match": {
                "$or": [
                    {"ns.coll": {"$in": ["categories", "stores"]}},
                    {"ns.coll": "products", **_set_or_whole("version")},
                    {"ns.coll": "listings", **_set_or_whole(*_LISTING)},
                    {"ns.coll": "stock", **_set_or_whole(*_STOCK)},
                    {"ns.coll": "popularity_runs"},
                    {"ns.coll": "copy_marks", "documentKey._id": reader},
                ]
            }
        },
        {
            "$project": {
                "operationType": 1,
                "ns.coll": 1,
                "documentKey": 1,
                "wallTime": 1,
                **{f"updateDescription.updatedFields.{name}": 1 for name in {**_LISTING, **_STOCK, "n": 1}},
                "updateDescription.removedFields": 1,
                **{f"fullDocument.{name}": 1 for name in {**_LISTING, **_STOCK, "n": 1}},
            }
        },
    ]
    start: dict[str, Any] = {"resume_after": resume} if resume else {"start_at_operation_time": since}
    with mongo.certain(db).watch(pipeline, max_await_time_ms=wait_ms, batch_size=1_000, **start) as stream:
        yield stream


def _set_or_whole(*names: str) -> dict[str, Any]:
    """Changes that set or remove one of the fields, or that concern the whole document."""
    return {
        "$or": [
            {"operationType": {"$ne": "update"}},
            *({f"updateDescription.updatedFields.{name}": {"$exists": True}} for name in names),
            {"updateDescription.removedFields": {"$in": list(names)}},
        ]
    }


def mark(db: Database, reader: str, number: int, now: datetime) -> None:
    """Leave a mark in the log: who reads it has read all that was written before."""
    db.copy_marks.update_one({"_id": reader}, {"$set": {"n": number, "at": now}}, upsert=True)


# --- popularity ------------------------------------------------------------------------------------------------


def popularity(db: Database) -> dict[str, dict[str, float]]:
    """`{store: {sku: weight}}`."""
    weights: dict[str, dict[str, float]] = {}
    for row in db.popularity.find({}, {"store_id": 1, "sku": 1, "weight": 1}):
        weights.setdefault(row["store_id"], {})[row["sku"]] = row["weight"]
    return weights


def popularity_run(db: Database) -> dict[str, Any] | None:
    return db.popularity_runs.find_one({"_id": "newest"})


def add_popularity(
    db: Database,
    before: Mapping[str, Any] | None,
    until: datetime,
    sold: Iterable[tuple[str, str, float]],
) -> bool:
    """Add weights `(store, sku, weight)` and note that all until `until` is counted; once, whoever else tries.

    False when another run was faster: then nothing is added.
    """
    writes = [
        UpdateOne(
            {"_id": f"{store_id}:{sku}"},
            {"$inc": {"weight": weight}, "$setOnInsert": {"store_id": store_id, "sku": sku}},
            upsert=True,
        )
        for store_id, sku, weight in sold
    ]

    def work(session: Any) -> bool:
        if before is None:
            db.popularity_runs.insert_one({"_id": "newest", "until": until}, session=session)
        else:
            turn = {"_id": "newest", "until": before["until"]}
            if not db.popularity_runs.update_one(
                turn, {"$set": {"until": until}}, session=session
            ).matched_count:
                return False
        if writes:
            db.popularity.bulk_write(writes, ordered=False, session=session)
        return True

    try:
        return mongo.all_or_nothing(db, work)
    except DuplicateKeyError:
        return False


# --- what people searched for ------------------------------------------------------------------------------------


def remember_search(db: Database, user_id: str, q: str, now: datetime) -> None:
    """Put `q` in front of the person's newest searches, instead of those that it begins with: it was typed further."""
    begins = {"$eq": [{"$indexOfCP": [{"$literal": q}, "$$this"]}, 0]}
    kept = {"$filter": {"input": {"$ifNull": ["$recent", []]}, "cond": {"$not": [begins]}}}
    newest = {"$slice": [{"$concatArrays": [[{"$literal": q}], kept]}, MOST_REMEMBERED]}
    mongo.quickly(db).searches.update_one(
        {"_id": user_id}, [{"$set": {"recent": newest, "updated_at": now}}], upsert=True
    )


def recent_searches(db: Database, user_id: str) -> list[str]:
    row = db.searches.find_one({"_id": user_id})
    return list(row["recent"]) if row else []


def forget_searches(db: Database, user_id: str) -> None:
    db.searches.delete_one({"_id": user_id})
