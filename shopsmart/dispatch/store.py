"""Every read and write of `riders`, `shifts`, `positions`, `delivery_jobs` and `offers`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, GEOSPHERE, IndexModel, ReturnDocument
from pymongo.database import Database

from shopsmart.dispatch.model import ACTIVE, Move
from shopsmart.geo import Point
from shopsmart.infra import mongo, outbox
from shopsmart.infra.outbox import Event

RIDER_INDEXES = [
    IndexModel([("position", GEOSPHERE), ("duty", ASCENDING)], name="near"),
    IndexModel([("duty", ASCENDING), ("heard_at", ASCENDING)], name="silent"),
]
SHIFT_INDEXES = [IndexModel([("rider_id", ASCENDING), ("started_at", DESCENDING)], name="rider")]
# Raw pings are forgotten by themselves.
POSITION_INDEXES = [
    IndexModel([("forget_at", ASCENDING)], name="forget", expireAfterSeconds=0),
    IndexModel([("rider_id", ASCENDING), ("at", DESCENDING)], name="rider"),
]
JOB_INDEXES = [
    # Whatever races: a rider never has two jobs on his hands.
    IndexModel(
        [("active_rider", ASCENDING)],
        name="one_job_per_rider",
        unique=True,
        partialFilterExpression={"active_rider": {"$exists": True}},
    ),
    IndexModel([("look_at", ASCENDING)], name="look", partialFilterExpression={"look_at": {"$exists": True}}),
    IndexModel([("rider_id", ASCENDING), ("_id", DESCENDING)], name="rider"),
    IndexModel([("rider_id", ASCENDING), ("milestones.done_at", ASCENDING)], name="earned"),
    outbox.PENDING,
]
OFFER_INDEXES = [
    IndexModel(
        [("rider_id", ASCENDING)],
        name="one_per_rider",
        unique=True,
        partialFilterExpression={"open": True},
    ),
    IndexModel(
        [("job_id", ASCENDING)], name="one_per_job", unique=True, partialFilterExpression={"open": True}
    ),
    IndexModel([("deadline", ASCENDING)], name="deadline", partialFilterExpression={"open": True}),
    IndexModel([("closed_at", ASCENDING)], name="forget", expireAfterSeconds=90 * 86_400),
]


# --- riders ------------------------------------------------------------------------------------------------------


def rider(db: Database, rider_id: str) -> dict[str, Any] | None:
    return db.riders.find_one({"_id": rider_id})


def register(db: Database, rider_: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Write a rider, or only his `facts` when he is known."""
    found: Any = db.riders.find_one_and_update(
        {"_id": rider_["_id"]},
        {"$set": dict(facts), "$setOnInsert": {k: v for k, v in rider_.items() if k not in {"_id", *facts}}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return dict(found)


def change_rider(db: Database, before: Mapping[str, Any], sets: Mapping[str, Any]) -> dict[str, Any] | None:
    """Change a rider's duty or account. None when he changed since he was read."""
    return db.riders.find_one_and_update(
        {"_id": before["_id"], "version": before["version"]},
        {"$set": dict(sets), "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )


def moved_to(db: Database, before: Mapping[str, Any], sets: Mapping[str, Any]) -> dict[str, Any] | None:
    """Note a rider's newest position. None when a newer one, or the end of his shift, came in between."""
    return mongo.quickly(db).riders.find_one_and_update(
        {
            "_id": before["_id"],
            "shift_id": before["shift_id"],
            "duty": "on_duty",
            "position_at": before["position_at"],
        },
        {"$set": dict(sets)},
        return_document=ReturnDocument.AFTER,
    )


def offered_to(db: Database, rider_id: str, now: datetime) -> None:
    mongo.quickly(db).riders.update_one({"_id": rider_id}, {"$set": {"last_offered_at": now}})


def near(
    db: Database, point: Point, within_m: int, fresh_from: datetime, but: Collection[str], limit: int = 50
) -> list[dict[str, Any]]:
    """Riders on duty with a fresh fix, nearest first."""
    return list(
        db.riders.find(
            {
                "position": {"$nearSphere": {"$geometry": point, "$maxDistance": within_m}},
                "duty": "on_duty",
                "account": "active",
                "position_at": {"$gte": fresh_from},
                "_id": {"$nin": list(but)},
            },
            {"name": 1, "phone": 1, "vehicle": 1, "position": 1, "last_offered_at": 1},
        ).limit(limit)
    )


def silent(db: Database, before: datetime, limit: int) -> list[dict[str, Any]]:
    """Riders on duty of whom nothing was heard since `before`, longest silence first."""
    return list(
        db.riders.find({"duty": "on_duty", "heard_at": {"$lte": before}})
        .sort("heard_at", ASCENDING)
        .limit(limit)
    )


def on_duty(db: Database) -> list[str]:
    """The ids of all riders on duty."""
    return [row["_id"] for row in db.riders.find({"duty": "on_duty"}, {"_id": 1})]


def count_riding(db: Database, rider_ids: Collection[str]) -> int:
    """How many of them have a delivery on their hands."""
    return db.delivery_jobs.count_documents({"active_rider": {"$in": list(rider_ids)}})


def count_searching(db: Database) -> int:
    """How many deliveries have no rider yet."""
    return db.delivery_jobs.count_documents({"look_at": {"$exists": True}, "state": "searching"})


def all_riders(db: Database, query: Mapping[str, Any], after: str | None, limit: int) -> list[dict[str, Any]]:
    conditions = dict(query)
    if after:
        conditions["_id"] = {"$gt": after}
    return list(db.riders.find(conditions).sort("_id", ASCENDING).limit(limit))


def riders_near(
    db: Database, point: Point, within_m: int, query: Mapping[str, Any], limit: int
) -> list[dict[str, Any]]:
    """Riders whose position is known, nearest first."""
    place = {"position": {"$nearSphere": {"$geometry": point, "$maxDistance": within_m}}}
    return list(db.riders.find({**query, **place}).limit(limit))


def keep_fixes(db: Database, rows: Sequence[Mapping[str, Any]]) -> None:
    mongo.quickly(db).positions.insert_many([dict(row) for row in rows])


def open_shift(db: Database, shift_id: str, rider_id: str, started_at: datetime) -> None:
    db.shifts.insert_one({"_id": shift_id, "rider_id": rider_id, "started_at": started_at, "ended_at": None})


def drop_shift(db: Database, shift_id: str) -> None:
    """Take back the row of a shift that did not begin after all."""
    db.shifts.delete_one({"_id": shift_id})


def close_shifts(db: Database, rider_id: str, ended_at: datetime) -> None:
    """End the rider's open shifts; also one that a crash left open."""
    db.shifts.update_many({"rider_id": rider_id, "ended_at": None}, {"$set": {"ended_at": ended_at}})


# --- jobs --------------------------------------------------------------------------------------------------------


def job(db: Database, id_: str) -> dict[str, Any] | None:
    return db.delivery_jobs.find_one({"_id": id_})


def begin(db: Database, job_: Mapping[str, Any]) -> None:
    """Write a new job. Raises DuplicateKeyError when the fulfilment has one."""
    db.delivery_jobs.insert_one(dict(job_))


def apply(db: Database, move: Move, event: Event) -> dict[str, Any] | None:
    """Make the move if the job still is as it was read; None when somebody moved it first.

    Raises DuplicateKeyError when it would be a rider's second job.
    """
    change: dict[str, Any] = {
        "$set": dict(move.sets),
        "$inc": {"version": 1},
        "$push": {"history": move.history, "outbox": event},
    }
    if move.unsets:
        change["$unset"] = dict.fromkeys(move.unsets, "")
    return db.delivery_jobs.find_one_and_update(
        _as_read(move.job), change, return_document=ReturnDocument.AFTER
    )


def note(
    db: Database, job_: Mapping[str, Any], sets: Mapping[str, Any], event: Event | None = None
) -> dict[str, Any] | None:
    """Change facts of a job without moving it. None when it is no longer as it was read."""
    change: dict[str, Any] = {"$inc": {"version": 1}}
    if sets:
        change["$set"] = dict(sets)
    if event:
        change["$push"] = {"outbox": event}
    return db.delivery_jobs.find_one_and_update(_as_read(job_), change, return_document=ReturnDocument.AFTER)


def set_proof(db: Database, id_: str, proof: Mapping[str, Any]) -> None:
    """What shows that the bag was handed over; its order's move counts, so the job's version stays."""
    db.delivery_jobs.update_one({"_id": id_}, {"$set": {"proof": dict(proof)}})


def jobs_of_order(db: Database, order_id: str) -> list[dict[str, Any]]:
    """All jobs there ever were for an order: their ids begin with the order's."""
    return list(
        db.delivery_jobs.find({"_id": {"$gte": f"{order_id}.", "$lt": f"{order_id}/"}}).sort("_id", ASCENDING)
    )


def forget_door(db: Database, order_id: str) -> None:
    """Forget where the jobs of an order went; they count as begun and ended at the store. Safe to repeat."""
    db.delivery_jobs.update_many(
        {"_id": {"$gte": f"{order_id}.", "$lt": f"{order_id}/"}},
        [{"$set": {"drop": {"location": "$pickup.location", "address": None}}}],
    )


def look_again(db: Database, job_: Mapping[str, Any], at: datetime) -> None:
    """When to attend to an open job next, unless it moves before. Lost without harm."""
    mongo.quickly(db).delivery_jobs.update_one(
        {**_as_read(job_), "look_at": {"$exists": True}}, {"$set": {"look_at": at}}
    )


def put_aside(db: Database, id_: str, until: datetime) -> None:
    """Leave an open job alone for a while, whatever its version."""
    db.delivery_jobs.update_one({"_id": id_, "look_at": {"$exists": True}}, {"$set": {"look_at": until}})


def owes_no_more(db: Database, job_: Mapping[str, Any]) -> bool:
    """Strike what followed from the job's last move. False when the job moved again meanwhile."""
    struck = db.delivery_jobs.update_one(_as_read(job_), {"$set": {"owes": []}})
    return bool(struck.matched_count)


def _as_read(job_: Mapping[str, Any]) -> dict[str, Any]:
    return {"_id": job_["_id"], "version": job_["version"]}


def count_code_try(db: Database, id_: str, rider_id: str, most: int) -> dict[str, Any] | None:
    """Take one of the tries at the delivery code, before it is looked at. None when none is left."""
    return db.delivery_jobs.find_one_and_update(
        {"_id": id_, "state": "loaded", "rider_id": rider_id, "code_tries": {"$lt": most}},
        {"$inc": {"code_tries": 1}},
        return_document=ReturnDocument.AFTER,
    )


def give_code_tries_back(db: Database, order_id: str, ids: Sequence[str]) -> None:
    db.delivery_jobs.update_many(
        {"_id": {"$in": list(ids)}, "order_id": order_id}, {"$set": {"code_tries": 0}}
    )


def due(db: Database, now: datetime, limit: int) -> list[str]:
    """Ids of open jobs that want attention, longest waiting first."""
    rows = db.delivery_jobs.find({"look_at": {"$lte": now}}, {"_id": 1}).sort("look_at", ASCENDING)
    return [row["_id"] for row in rows.limit(limit)]


def active_job(db: Database, rider_id: str) -> dict[str, Any] | None:
    """The job that a rider has on his hands."""
    return db.delivery_jobs.find_one({"active_rider": rider_id})


def active_jobs_of(db: Database, rider_ids: Sequence[str]) -> dict[str, str]:
    """The ids of the jobs that riders have on their hands, by rider."""
    found = db.delivery_jobs.find({"active_rider": {"$in": list(rider_ids)}}, {"active_rider": 1})
    return {row["active_rider"]: row["_id"] for row in found}


def busy_among(db: Database, rider_ids: Sequence[str]) -> set[str]:
    """Those of the riders who have a job on their hands or an offer before them."""
    asked = db.offers.find({"rider_id": {"$in": list(rider_ids)}, "open": True}, {"_id": 0, "rider_id": 1})
    return set(active_jobs_of(db, rider_ids)) | {row["rider_id"] for row in asked}


def past_jobs(db: Database, rider_id: str, after: str | None, limit: int) -> list[dict[str, Any]]:
    """A rider's finished jobs, newest first."""
    query: dict[str, Any] = {"rider_id": rider_id, "state": {"$nin": [*ACTIVE, "searching"]}}
    if after:
        query["_id"] = {"$lt": after}
    return list(db.delivery_jobs.find(query).sort("_id", DESCENDING).limit(limit))


def earned(db: Database, rider_id: str, since: datetime, until: datetime) -> dict[str, int]:
    """Sums in paise over a rider's deliveries done in [since, until)."""
    rows = list(
        db.delivery_jobs.aggregate(
            [
                {"$match": {"rider_id": rider_id, "milestones.done_at": {"$gte": since, "$lt": until}}},
                {
                    "$group": {
                        "_id": None,
                        "deliveries": {"$sum": 1},
                        "pay": {"$sum": "$pay"},
                        "tips": {"$sum": "$tip"},
                        "cash": {"$sum": "$cash"},
                    }
                },
            ]
        )
    )
    names = ("deliveries", "pay", "tips", "cash")
    return {name: rows[0][name] if rows else 0 for name in names}


# --- offers ------------------------------------------------------------------------------------------------------


def offer(db: Database, offer_id: str) -> dict[str, Any] | None:
    return db.offers.find_one({"_id": offer_id})


def open_offer(db: Database, offer_: Mapping[str, Any]) -> None:
    """Write an offer. Raises DuplicateKeyError when the rider or the job has one open."""
    db.offers.insert_one(dict(offer_))


def close_offer(db: Database, offer_id: str, state: str, now: datetime, reason: str | None = None) -> None:
    """Give an open offer its end. Safe to repeat: the first end stays."""
    db.offers.update_one(
        {"_id": offer_id, "open": True},
        {"$set": {"state": state, "reason": reason, "closed_at": now}, "$unset": {"open": ""}},
    )


def open_offers_of(db: Database, job_ids: Iterable[str]) -> list[dict[str, Any]]:
    return list(db.offers.find({"job_id": {"$in": list(job_ids)}, "open": True}))


def open_offers_for(db: Database, rider_id: str) -> list[dict[str, Any]]:
    return list(db.offers.find({"rider_id": rider_id, "open": True}))


def overdue_offers(db: Database, now: datetime, limit: int) -> list[dict[str, Any]]:
    return list(
        db.offers.find({"open": True, "deadline": {"$lte": now}}).sort("deadline", ASCENDING).limit(limit)
    )
