"""Every read and write of `notifications`: one row per message that somebody should get."""

from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.infra import mongo

INDEXES = [IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=90 * 86_400)]


def begin(db: Database, row_id: str, order_id: str, now: datetime, certainly: bool = True) -> bool:
    """Note that a message is about to be sent. False when it was begun before.

    `certainly`: no failover takes the note back.
    """
    db = db if certainly else mongo.quickly(db)
    try:
        db.notifications.insert_one({"_id": row_id, "order_id": order_id, "state": "sending", "at": now})
        return True
    except DuplicateKeyError:
        return False


def get(db: Database, row_id: str) -> dict[str, Any] | None:
    return db.notifications.find_one({"_id": row_id})


def settle(db: Database, row_id: str, state: str, now: datetime, error: str | None = None) -> None:
    """`sending` becomes sent, skipped, refused or uncertain, and stays that."""
    mongo.quickly(db).notifications.update_one(
        {"_id": row_id, "state": "sending"}, {"$set": {"state": state, "at": now, "error": error}}
    )


def take_back(db: Database, row_id: str) -> None:
    """It was surely not sent: let the next try begin anew."""
    db.notifications.delete_one({"_id": row_id, "state": "sending"})
