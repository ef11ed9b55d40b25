"""When the parts of the platform that nobody calls were last at work."""

from datetime import datetime
from typing import TYPE_CHECKING

from pymongo.database import Database

from shopsmart.infra import mongo

if TYPE_CHECKING:
    from shopsmart.context import Shop

SCHEDULER = "scheduler"


def beat(shop: "Shop") -> None:
    """Note that the scheduler is at work. Several may; the newest counts."""
    mongo.quickly(shop.db).pulses.update_one({"_id": SCHEDULER}, {"$max": {"at": shop.now()}}, upsert=True)


def last(db: Database) -> datetime | None:
    """When a scheduler was last at work."""
    found = db.pulses.find_one({"_id": SCHEDULER})
    return found["at"] if found else None
