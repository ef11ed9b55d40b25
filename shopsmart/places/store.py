"""Every read and write of `places`."""

from collections.abc import Sequence
from typing import Any

from pymongo import GEOSPHERE, IndexModel, UpdateOne
from pymongo.database import Database

from shopsmart.geo import Point
from shopsmart.places.model import Place

INDEXES = [IndexModel([("location", GEOSPHERE)], name="location")]


def everything(db: Database) -> list[Place]:
    """All places; a city has some hundreds."""
    return list(db.places.find().sort("_id", 1))


def add_missing(db: Database, places: Sequence[Place]) -> None:
    """Insert those whose ids are new. Safe to repeat."""
    if places:
        db.places.bulk_write(
            [UpdateOne({"_id": one["_id"]}, {"$setOnInsert": dict(one)}, upsert=True) for one in places]
        )


def nearest(db: Database, point: Point, within_m: float, kind: str | None = None) -> Place | None:
    where: dict[str, Any] = {"location": {"$nearSphere": {"$geometry": point, "$maxDistance": within_m}}}
    if kind:
        where["kind"] = kind
    return db.places.find_one(where)


def near(db: Database, point: Point, limit: int) -> list[Place]:
    """The places around `point`, nearest first."""
    return list(db.places.find({"location": {"$nearSphere": {"$geometry": point}}}).limit(limit))
