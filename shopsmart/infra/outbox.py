"""The outbox: what happened is written into the document that changed, and brought on from there.

A service pushes `event(...)` entries into the `outbox` array of the document it changes, in the same guarded
write, so no event can be lost or invented. The relay (`relay`) moves entries on: into the live streams
(`infra/events.py`) and into one row of `deliveries` per subscriber, then drops them from the document.
A delivery is a leased unit of work; a job queue only carries its id faster. Every step may be repeated.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from pymongo import ASCENDING, IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shopsmart.infra import events, metrics

if TYPE_CHECKING:
    from shopsmart.context import Shop

log = logging.getLogger(__name__)

INDEXES = [
    IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="due"),
    IndexModel([("subscriber", ASCENDING), ("aggregate", ASCENDING), ("seq", ASCENDING)], name="order"),
    IndexModel([("done_at", ASCENDING)], name="forget", expireAfterSeconds=3_600),
]

# Every collection whose documents carry an outbox declares this index.
PENDING = IndexModel(
    [("outbox.at", ASCENDING)],
    name="outbox_pending",
    partialFilterExpression={"outbox.at": {"$exists": True}},
)
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_DUPLICATE_KEY = 11_000


class Event(TypedDict):
    """One thing that happened. `channels` are the live streams that show `data` to people."""

    id: str
    type: str  # "order.placed"
    aggregate: str  # "order:01k…"
    seq: int  # the aggregate's version after the change
    at: datetime
    channels: list[str]
    data: dict[str, Any]


Handler = Callable[["Shop", Event], None]
Subscriptions = Mapping[str, Sequence[tuple[str, str]]]  # event type -> (subscriber, queue)


def event(
    shop: "Shop", type_: str, aggregate: str, seq: int, channels: Iterable[str] = (), **data: Any
) -> Event:
    """An outbox entry, to be pushed into the changed document by the same write."""
    return {
        "id": shop.new_id(),
        "type": type_,
        "aggregate": aggregate,
        "seq": seq,
        "at": shop.now(),
        "channels": list(channels),
        "data": data,
    }


def relay(
    shop: "Shop", collections: Iterable[str], subscriptions: Subscriptions, limit: int = 200
) -> dict[str, list[str]]:
    """Bring on up to `limit` documents' entries per collection; returns new delivery ids by queue."""
    by_queue: dict[str, list[str]] = {}
    for name in collections:
        waiting = list(
            shop.db[name]
            .find({"outbox.at": {"$gt": _LONG_AGO}}, {"outbox": 1})
            .sort("outbox.at", ASCENDING)
            .limit(limit)
        )
        if not waiting:
            continue
        entries = [entry for document in waiting for entry in document["outbox"]]
        events.append(shop.db, entries)
        for queue, ids in _deliver_later(shop, entries, subscriptions).items():
            by_queue.setdefault(queue, []).extend(ids)
        shop.db[name].bulk_write(
            [
                UpdateOne(
                    {"_id": document["_id"]},
                    {"$pull": {"outbox": {"id": {"$in": [entry["id"] for entry in document["outbox"]]}}}},
                )
                for document in waiting
            ],
            ordered=False,
        )
        for channel in sorted({channel for entry in entries for channel in entry["channels"]}):
            shop.publish(channel, None)
    return by_queue


def _deliver_later(
    shop: "Shop", entries: Iterable[Event], subscriptions: Subscriptions
) -> dict[str, list[str]]:
    now = shop.now()
    rows = [
        {
            "_id": f"{entry['id']}:{subscriber}",
            "subscriber": subscriber,
            "queue": queue,
            "aggregate": entry["aggregate"],
            "seq": entry["seq"],
            "event": entry,
            "state": "due",
            "receives": 1,
            # Leased to the job that is about to be queued; the sweep takes it up when that job got lost.
            "due_at": now + timedelta(seconds=shop.settings.lease_seconds),
            "busy_until": None,
            "error": None,
        }
        for entry in entries
        for subscriber, queue in subscriptions.get(entry["type"], ())
    ]
    if rows:
        _insert_new(shop.db, rows)
    by_queue: dict[str, list[str]] = {}
    for row in rows:
        by_queue.setdefault(str(row["queue"]), []).append(str(row["_id"]))
    return by_queue


def _insert_new(db: Database, rows: list[dict[str, Any]]) -> None:
    try:
        db.deliveries.insert_many(rows, ordered=False)
    except BulkWriteError as fault:
        # A relay that died half-way left some of these rows: they are already on their way.
        if any(error["code"] != _DUPLICATE_KEY for error in fault.details["writeErrors"]):
            raise


def overdue(shop: "Shop", limit: int = 200) -> dict[str, list[str]]:
    """Lease again what was not done in time; returns ids by queue. Too many tries make a dead letter."""
    now = shop.now()
    by_queue: dict[str, list[str]] = {}
    for row in list(shop.db.deliveries.find({"state": "due", "due_at": {"$lte": now}}).limit(limit)):
        dead = row["receives"] >= shop.settings.max_receives
        change = (
            {"state": "dead", "dead_at": now}
            if dead
            else {"due_at": now + backoff(shop, row["receives"]), "receives": row["receives"] + 1}
        )
        claimed = shop.db.deliveries.update_one(
            {"_id": row["_id"], "state": "due", "receives": row["receives"], "due_at": row["due_at"]},
            {"$set": change},
        )
        if not claimed.matched_count:
            continue
        if dead:
            log.error("event given up", extra={"delivery": row["_id"], "error": row["error"]})
            metrics.DELIVERIES.labels(row["subscriber"], "dead").inc()
        else:
            by_queue.setdefault(row["queue"], []).append(row["_id"])
    return by_queue


def backoff(shop: "Shop", receives: int) -> timedelta:
    """Lease plus 5 s, 10 s, 20 s … at most 5 minutes, with jitter so that a crowd does not return at once."""
    wait = min(300.0, 5.0 * 2 ** (receives - 1)) * shop.rng.uniform(0.8, 1.2)
    return timedelta(seconds=shop.settings.lease_seconds + wait)


def deliver(shop: "Shop", delivery_id: str, handlers: Mapping[str, Handler]) -> bool:
    """Run one delivery's handler. False if it was done, is running elsewhere, failed, or must wait its turn."""
    now = shop.now()
    row = shop.db.deliveries.find_one_and_update(
        {
            "_id": delivery_id,
            "state": "due",
            "$or": [{"busy_until": None}, {"busy_until": {"$lte": now}}],
        },
        {"$set": {"busy_until": now + timedelta(seconds=shop.settings.lease_seconds)}},
    )
    if row is None:
        return False
    if _earlier_waits(shop.db, row):
        _put_off(shop, row, timedelta(seconds=2), "waits for an earlier event of the same thing")
        return False
    try:
        handlers[row["subscriber"]](shop, row["event"])
    except Exception as fault:
        log.exception("event handler failed", extra={"delivery": delivery_id})
        metrics.DELIVERIES.labels(row["subscriber"], "failed").inc()
        wait = backoff(shop, row["receives"]) - timedelta(seconds=shop.settings.lease_seconds)
        _put_off(shop, row, wait, f"{type(fault).__name__}: {fault}"[:500])
        return False
    shop.db.deliveries.update_one(
        {"_id": delivery_id}, {"$set": {"state": "done", "done_at": shop.now(), "busy_until": None}}
    )
    metrics.DELIVERIES.labels(row["subscriber"], "done").inc()
    return True


def _earlier_waits(db: Database, row: Mapping[str, Any]) -> bool:
    """Whether the same subscriber still owes an earlier event of the same aggregate (dead ones do not block)."""
    return (
        db.deliveries.find_one(
            {
                "subscriber": row["subscriber"],
                "aggregate": row["aggregate"],
                "seq": {"$lt": row["seq"]},
                "state": "due",
            },
            {"_id": 1},
        )
        is not None
    )


def _put_off(shop: "Shop", row: Mapping[str, Any], wait: timedelta, error: str) -> None:
    shop.db.deliveries.update_one(
        {"_id": row["_id"], "state": "due"},
        {"$set": {"busy_until": None, "due_at": shop.now() + wait, "error": error}},
    )


def dead_letters(db: Database, limit: int = 100) -> list[dict[str, Any]]:
    """Deliveries given up, oldest first."""
    return list(db.deliveries.find({"state": "dead"}).sort("dead_at", ASCENDING).limit(limit))


def replay(shop: "Shop", delivery_id: str) -> bool:
    """Give a dead letter its tries back."""
    revived = shop.db.deliveries.update_one(
        {"_id": delivery_id, "state": "dead"},
        {"$set": {"state": "due", "receives": 1, "due_at": shop.now(), "busy_until": None}},
    )
    return bool(revived.matched_count)
