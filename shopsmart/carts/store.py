"""Every read and write of `carts`. Lines change one by one, so two devices do not undo each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, IndexModel, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.carts.model import Cart, CartLine, Substitution

INDEXES = [
    IndexModel([("expires_at", ASCENDING)], name="forget_guests", expireAfterSeconds=0),
]


def get(db: Database, cart_id: str) -> Cart | None:
    return db.carts.find_one({"_id": cart_id})


def set_quantity(
    db: Database,
    cart_id: str,
    sku: str,
    quantity: int,
    substitution: Substitution | None,
    stamps: Mapping[str, datetime],
) -> Cart | None:
    """Change a line that is there; None when it is not. Without a `substitution` the line keeps its own."""
    sets: dict[str, Any] = {"lines.$.quantity": quantity, **stamps}
    if substitution is not None:
        sets["lines.$.substitution"] = substitution
    return db.carts.find_one_and_update(
        {"_id": cart_id, "lines.sku": sku},
        {"$set": sets, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )


def add_line(
    db: Database, cart_id: str, line: CartLine, most_lines: int, stamps: Mapping[str, datetime]
) -> Cart | None:
    """Add a line, making the cart if need be; None when the cart is full or has the item already."""
    room = {"_id": cart_id, "lines.sku": {"$ne": line["sku"]}, f"lines.{most_lines - 1}": {"$exists": False}}
    try:
        return db.carts.find_one_and_update(
            room,
            {"$push": {"lines": line}, "$set": dict(stamps), "$inc": {"version": 1}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
    except DuplicateKeyError:  # the cart is there and does not fit the filter
        return None


def remove(db: Database, cart_id: str, wheres: Sequence[Mapping[str, Any]], now: datetime) -> Cart | None:
    """Remove the lines that fit any of `wheres`; the cart afterwards. None when there is no cart."""
    return db.carts.find_one_and_update(
        {"_id": cart_id},
        {"$pull": {"lines": {"$or": list(wheres)}}, "$set": {"updated_at": now}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )


def replace_lines(db: Database, cart_id: str, version: int, lines: Sequence[CartLine], now: datetime) -> bool:
    """Write all lines at once if the cart still has `version` (0: there is none yet). False if it has moved on."""
    try:
        result = db.carts.update_one(
            {"_id": cart_id, "version": version}
            if version
            else {"_id": cart_id, "version": {"$exists": False}},
            {"$set": {"lines": list(lines), "updated_at": now}, "$inc": {"version": 1}},
            upsert=not version,
        )
    except DuplicateKeyError:
        return False
    return bool(result.matched_count or result.upserted_id)


def delete(db: Database, cart_id: str, version: int | None = None) -> bool:
    """Delete the cart, if it still has `version` when one is given."""
    where: dict[str, Any] = {"_id": cart_id}
    if version is not None:
        where["version"] = version
    return bool(db.carts.delete_one(where).deleted_count)
