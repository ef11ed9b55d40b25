"""Every read and write of `stores` and `zones`.

A fence is a version in `zones` and is never changed. Which version serves is said by one field of one document,
the store's `zone_id`: publishing is one guarded write there, so at every moment exactly one fence serves,
wherever a crash falls. A zone's `status` only says that it may be looked at in a search by place; a reader takes
it for serving when its store names it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, GEOSPHERE, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, WriteError

from shopsmart.geo import Point
from shopsmart.infra import outbox
from shopsmart.infra.outbox import Event
from shopsmart.stores.geometry import MOST_REACH_M, refusal
from shopsmart.stores.model import Automatic, Store

STORE_INDEXES = [
    IndexModel([("location", GEOSPHERE)], name="location"),
    outbox.PENDING,
]
ZONE_INDEXES = [
    # Retired versions stay out of it: the search by place costs the same however long the history is.
    IndexModel([("geometry", GEOSPHERE)], name="serving", partialFilterExpression={"status": "published"}),
    IndexModel([("store_id", ASCENDING), ("version", DESCENDING)], name="store_version", unique=True),
]
_CANNOT_INDEX_GEOMETRY = 16755


def get(db: Database, store_id: str) -> Store | None:
    return db.stores.find_one({"_id": store_id})


def several(db: Database, store_ids: Iterable[str]) -> list[Store]:
    return list(db.stores.find({"_id": {"$in": list(store_ids)}}).sort("_id", ASCENDING))


def page(db: Database, after: str | None, limit: int, status: str | None = None) -> list[Store]:
    """Up to `limit` stores in order of id, behind `after`."""
    where: dict[str, Any] = {"_id": {"$gt": after}} if after else {}
    if status:
        where["status"] = status
    return list(db.stores.find(where).sort("_id", ASCENDING).limit(limit))


def active(db: Database) -> list[Store]:
    """All stores that are not closed for good."""
    return list(db.stores.find({"status": "active"}).sort("_id", ASCENDING))


def insert(db: Database, store: Store, session: ClientSession | None = None) -> None:
    """Raises DuplicateKeyError when there is a store with this id."""
    db.stores.insert_one(dict(store), session=session)


def change(
    db: Database,
    store_id: str,
    version: int,
    sets: Mapping[str, Any],
    session: ClientSession | None = None,
    event: Event | None = None,
) -> Store | None:
    """The store after `sets`, which happen only if it still has `version`; None when it has moved on."""
    change: dict[str, Any] = {"$set": dict(sets), "$inc": {"version": 1}}
    if event:
        change["$push"] = {"outbox": event}
    return db.stores.find_one_and_update(
        {"_id": store_id, "version": version},
        change,
        return_document=ReturnDocument.AFTER,
        session=session,
    )


def set_auto(
    db: Database, store_id: str, was: Automatic | None, auto: Automatic | None, event: Event | None = None
) -> bool:
    """Set or end the governor's mode if it still is as it was read. It leaves the version to people's changes."""
    change: dict[str, Any] = {"$set": {"auto": auto}}
    if event:
        change["$push"] = {"outbox": event}
    return bool(db.stores.update_one({"_id": store_id, "auto": was}, change).modified_count)


# --- by place --------------------------------------------------------------------------------------------------


def zones_at(db: Database, point: Point) -> list[dict[str, Any]]:
    """`{_id, store_id, version}` of the published fences that hold `point`."""
    return list(
        db.zones.find(
            {"status": "published", "geometry": {"$geoIntersects": {"$geometry": point}}},
            {"store_id": 1, "version": 1},
        )
    )


def near(db: Database, point: Point, store_ids: Iterable[str]) -> list[Store]:
    """Those of the stores that are active and in reach of `point`, nearest first."""
    return list(
        db.stores.find(
            {
                "location": {"$nearSphere": {"$geometry": point, "$maxDistance": MOST_REACH_M}},
                "_id": {"$in": list(store_ids)},
                "status": "active",
            }
        )
    )


def holding(db: Database, point: Point, zone_ids: Iterable[str]) -> set[str]:
    """Those of the fences that hold `point`."""
    rows = db.zones.find(
        {"_id": {"$in": list(zone_ids)}, "geometry": {"$geoIntersects": {"$geometry": point}}}, {"_id": 1}
    )
    return {row["_id"] for row in rows}


# --- fences ----------------------------------------------------------------------------------------------------


def add_zone(db: Database, zone: Mapping[str, Any]) -> dict[str, Any]:
    """Insert a fence as its store's next version; the returned document has the `version`.

    Raises Invalid for a geometry that MongoDB, against our own checks, cannot index.
    """
    while True:
        version = _last_version(db, zone["store_id"]) + 1
        try:
            db.zones.insert_one(document := {**zone, "version": version})
        except DuplicateKeyError:
            continue  # somebody else drew a fence for this store at the same moment
        except WriteError as fault:
            if fault.code == _CANNOT_INDEX_GEOMETRY:
                raise refusal("not_valid") from fault
            raise
        return document


def _last_version(db: Database, store_id: str) -> int:
    last = db.zones.find_one({"store_id": store_id}, {"version": 1}, sort=[("version", DESCENDING)])
    return last["version"] if last else 0


def retire_older(db: Database, store_id: str, version: int, now: datetime) -> None:
    """Take a store's fences before `version` out of the search. Safe to repeat."""
    db.zones.update_many(
        {"store_id": store_id, "version": {"$lt": version}, "status": "published"},
        {"$set": {"status": "retired", "retired_at": now}},
    )


def retire(db: Database, zone_id: str, now: datetime) -> None:
    """Take one fence out that did not come to serve. Safe to repeat."""
    db.zones.update_one(
        {"_id": zone_id, "status": "published"}, {"$set": {"status": "retired", "retired_at": now}}
    )


def zones_by_id(db: Database, zone_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {zone["_id"]: zone for zone in db.zones.find({"_id": {"$in": list(zone_ids)}})}


def history(db: Database, store_id: str, below: int | None, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` fences of a store, newest first, under version `below`."""
    where: dict[str, Any] = {"store_id": store_id}
    if below is not None:
        where["version"] = {"$lt": below}
    return list(db.zones.find(where).sort("version", DESCENDING).limit(limit))


def serving(db: Database) -> list[tuple[str, str, Mapping[str, Any]]]:
    """`(store id, name, geometry)` of every active store, in order of id."""
    stores: Sequence[Mapping[str, Any]] = list(
        db.stores.find({"status": "active"}, {"name": 1, "zone_id": 1}).sort("_id", ASCENDING)
    )
    zones = {
        zone["_id"]: zone["geometry"]
        for zone in db.zones.find({"_id": {"$in": [store["zone_id"] for store in stores]}}, {"geometry": 1})
    }
    return [(store["_id"], store["name"], zones[store["zone_id"]]) for store in stores]
