"""Every read and write of `policies` and `store_load`."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.client_session import ClientSession
from pymongo.database import Database

from shopsmart.infra import mongo

# A version is written once: two administrators at the same moment cannot both write the next one.
POLICY_INDEXES = [IndexModel([("name", ASCENDING), ("version", DESCENDING)], name="version", unique=True)]
LOAD_INDEXES = [IndexModel([("forget_at", ASCENDING)], name="forget", expireAfterSeconds=0)]
MINUTES = 10
_ROUTING = "routing"


# --- policies --------------------------------------------------------------------------------------------------


def policy(db: Database) -> dict[str, Any] | None:
    """The newest version, None while nobody has written one."""
    return db.policies.find_one({"name": _ROUTING}, sort=[("version", DESCENDING)])


def add_policy(db: Database, document: Mapping[str, Any], session: ClientSession) -> None:
    """Write the next version. Raises DuplicateKeyError when somebody else wrote it first."""
    db.policies.insert_one({"name": _ROUTING, **document}, session=session)


# --- how much each store has taken on --------------------------------------------------------------------------


def took_one(db: Database, store_id: str, now: datetime) -> None:
    """Count an order for a store's current minute. A count lost in a crash does no harm."""
    minute = _minute(now)
    mongo.quickly(db).store_load.update_one(
        {"_id": _load_id(store_id, minute)},
        {"$inc": {"orders": 1}, "$setOnInsert": {"forget_at": now + timedelta(minutes=2 * MINUTES)}},
        upsert=True,
    )


def taken_lately(db: Database, store_ids: Iterable[str], now: datetime) -> dict[str, int]:
    """Orders that each of the stores took in the last ten minutes, however many there are in all."""
    last = _minute(now)
    owner = {
        _load_id(store_id, minute): store_id
        for store_id in store_ids
        for minute in range(last - MINUTES + 1, last + 1)
    }
    counts = dict.fromkeys(owner.values(), 0)
    for row in db.store_load.find({"_id": {"$in": list(owner)}}, {"orders": 1}):
        counts[owner[row["_id"]]] += row["orders"]
    return counts


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60


def _load_id(store_id: str, minute: int) -> str:
    return f"{store_id}:{minute}"
