"""Every read and write of `image_uploads` and `images`, and the question which images products show."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database

from shopsmart.images.model import Upload

UPLOAD_INDEXES = [
    IndexModel([("sku", ASCENDING), ("_id", ASCENDING)], name="product"),
    IndexModel([("state", ASCENDING), ("hand_out_at", ASCENDING)], name="work"),
    IndexModel([("state", ASCENDING), ("at", ASCENDING)], name="abandoned"),
    IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=30 * 86_400),
]
IMAGE_INDEXES = [IndexModel([("touched_at", ASCENDING)], name="touched")]


# --- uploads ---------------------------------------------------------------------------------------------------


def begin(db: Database, upload: Upload) -> None:
    db.image_uploads.insert_one(dict(upload))


def upload(db: Database, upload_id: str) -> Upload | None:
    return db.image_uploads.find_one({"_id": upload_id})


def uploads_of(db: Database, sku: str, states: Sequence[str], limit: int = 100) -> list[Upload]:
    """Newest first."""
    query = {"sku": sku, "state": {"$in": list(states)}}
    return list(db.image_uploads.find(query).sort("_id", -1).limit(limit))


def move(db: Database, upload_id: str, state: str, sets: Mapping[str, Any]) -> Upload | None:
    """The upload after `sets`, which happen only while it is in `state`."""
    return db.image_uploads.find_one_and_update(
        {"_id": upload_id, "state": state}, {"$set": dict(sets)}, return_document=ReturnDocument.AFTER
    )


def take(db: Database, upload_id: str, now: datetime, until: datetime) -> Upload | None:
    """Begin to encode it, alone until `until`; None when somebody does, or did."""
    return db.image_uploads.find_one_and_update(
        {"_id": upload_id, "state": "checked", "lease_until": {"$not": {"$gt": now}}},
        {"$set": {"lease_until": until, "hand_out_at": until}, "$inc": {"tries": 1}},
        return_document=ReturnDocument.AFTER,
    )


def hand_out(db: Database, now: datetime, again_at: datetime) -> Upload | None:
    """One that waits to be encoded and that no job carries, as far as anybody knows."""
    return db.image_uploads.find_one_and_update(
        {"state": "checked", "hand_out_at": {"$lte": now}}, {"$set": {"hand_out_at": again_at}}
    )


def abandoned(db: Database, before: datetime, limit: int) -> list[Upload]:
    """Uploads begun before `before` whose file nobody needs any more."""
    query = {"state": {"$in": ["waiting", "refused", "failed", "ready"]}, "at": {"$lt": before}}
    return list(db.image_uploads.find({**query, "swept": {"$ne": True}}).sort("at", ASCENDING).limit(limit))


def swept(db: Database, upload: Upload) -> None:
    """Its file is gone. One that was never finished is forgotten."""
    if upload["state"] == "waiting":
        db.image_uploads.delete_one({"_id": upload["_id"], "state": "waiting"})
    else:
        db.image_uploads.update_one({"_id": upload["_id"]}, {"$set": {"swept": True}})


# --- images ----------------------------------------------------------------------------------------------------


def touch(db: Database, image_id: str, now: datetime) -> None:
    """The image is in use, or about to be."""
    db.images.update_one({"_id": image_id}, {"$set": {"touched_at": now}}, upsert=True)


def untouched(db: Database, before: datetime, limit: int) -> list[str]:
    """Images that nobody has looked after since `before`, longest first."""
    rows = db.images.find({"touched_at": {"$lt": before}}, {"_id": 1})
    return [row["_id"] for row in rows.sort("touched_at", ASCENDING).limit(limit)]


def forget(db: Database, image_id: str, before: datetime) -> bool:
    """False when it was touched meanwhile."""
    gone = db.images.delete_one({"_id": image_id, "touched_at": {"$lt": before}})
    return gone.deleted_count == 1


def still_used(db: Database, urls: Sequence[str]) -> set[str]:
    """Those of `urls` that a product shows."""
    rows = db.products.find({"images": {"$in": list(urls)}}, {"images": 1})
    return {url for row in rows for url in row["images"]} & set(urls)
