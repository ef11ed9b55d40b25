"""The outbox: what happened is written into the document that changed, and brought on from there.

A service pushes `event(...)` entries into the `outbox` array of the document it changes, in the same guarded
write, so no event can be lost or invented. The relay (`relay`) moves entries on: into the live streams
(`infra/events.py`) and into one row of `deliveries` per subscriber, then drops them from the document.
A delivery is a leased unit of work; a job queue only carries its id faster. Every step may be repeated, and by
several processes at once.

A delivery is tried at most `max_receives` times, with growing waits; then it is a dead letter, which an operator
sees and replays. One subscriber gets the events of one aggregate in their order: what waits for its turn spends no
try, and a dead letter does not hold up those behind it.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from pymongo import ASCENDING, IndexModel, ReturnDocument, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shopsmart.infra import audit, events, metrics, mongo

if TYPE_CHECKING:
    from shopsmart.context import Shop
    from shopsmart.identity.model import Actor

log = logging.getLogger(__name__)

INDEXES = [
    IndexModel([("state", ASCENDING), ("due_at", ASCENDING)], name="due"),
    IndexModel([("subscriber", ASCENDING), ("aggregate", ASCENDING), ("seq", ASCENDING)], name="order"),
    IndexModel([("done_at", ASCENDING)], name="forget", expireAfterSeconds=3_600),
    IndexModel(
        [("state", ASCENDING), ("_id", ASCENDING)], name="dead", partialFilterExpression={"state": "dead"}
    ),
]

# Every collection whose documents carry an outbox declares this index.
PENDING = IndexModel(
    [("outbox.at", ASCENDING)],
    name="outbox_pending",
    partialFilterExpression={"outbox.at": {"$exists": True}},
)
MOST_ROUNDS = 20
MOST_COUNTED = 10_000
_TURN_SECONDS = 2.0
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


class Backlog(TypedDict):
    """Work that waits. Counts stop at MOST_COUNTED."""

    outbox_oldest_seconds: float  # age of the oldest event that no relay has brought on
    deliveries_late_seconds: float  # how long ago the most overdue delivery was due
    deliveries_due: int
    deliveries_dead: int


Handler = Callable[["Shop", Event], None]
# For a subscriber that would ask the same of the database for each event: asks once, and returns the handler to use.
Readier = Callable[["Shop", Sequence[Event]], Handler]
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
    """Bring on what lies in the outboxes of `collections`, `limit` documents a time.

    Returns delivery ids by queue, for a job queue to carry. Safe to repeat, to race and to die in.
    """
    by_queue: dict[str, list[str]] = defaultdict(list)
    for name in collections:
        for _ in range(MOST_ROUNDS):
            waiting = _waiting(shop.db, name, limit)
            if waiting:
                _bring_on(shop, name, waiting, subscriptions, by_queue)
            if len(waiting) < limit:
                break
    return by_queue


def _waiting(db: Database, name: str, limit: int) -> list[dict[str, Any]]:
    # Only what a majority has: an event that a failover takes back must not have been told to anybody.
    waiting = mongo.certain(db)[name].find({"outbox.at": {"$gt": _LONG_AGO}}, {"outbox": 1})
    return list(waiting.sort("outbox.at", ASCENDING).limit(limit))


def _bring_on(
    shop: "Shop",
    name: str,
    waiting: Iterable[Mapping[str, Any]],
    subscriptions: Subscriptions,
    by_queue: dict[str, list[str]],
) -> None:
    entries = [entry for document in waiting for entry in document["outbox"]]
    # One wait for the majority, at the end: rows that were lost before it leave their entries where they are.
    events.append(mongo.quickly(shop.db), entries)
    for row in _deliver_later(shop, entries, subscriptions):
        by_queue[row["queue"]].append(row["_id"])
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
    if channels := sorted({channel for entry in entries for channel in entry["channels"]}):
        shop.publish(" ".join(channels), None)


def _deliver_later(
    shop: "Shop", entries: Iterable[Event], subscriptions: Subscriptions
) -> list[dict[str, Any]]:
    now = shop.now()
    rows: list[dict[str, Any]] = [
        {
            "_id": f"{entry['id']}:{subscriber}",
            "subscriber": subscriber,
            "queue": queue,
            "aggregate": entry["aggregate"],
            "seq": entry["seq"],
            "event": entry,
            "state": "due",
            "receives": 0,  # tries begun
            "hand_outs": 1,  # times given to the job queue
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
    return rows


def _insert_new(db: Database, rows: list[dict[str, Any]]) -> None:
    try:
        mongo.quickly(db).deliveries.insert_many(rows, ordered=False)
    except BulkWriteError as fault:
        # A relay that died half-way, or races with us, wrote some of these rows: they are already on their way.
        if any(error["code"] != _DUPLICATE_KEY for error in fault.details["writeErrors"]):
            raise


def overdue(shop: "Shop", limit: int = 200) -> dict[str, list[str]]:
    """Hand out again what was not done in time; returns ids by queue. Spent tries make a dead letter."""
    now = shop.now()
    by_queue: dict[str, list[str]] = defaultdict(list)
    found = shop.db.deliveries.find({"state": "due", "due_at": {"$lte": now}, **_free(now)})
    for row in list(found.sort("due_at", ASCENDING).limit(limit)):
        if row["receives"] >= shop.settings.max_receives:
            _give_up(shop, row, row["error"] or "never came to its end")
            continue
        claimed = shop.db.deliveries.update_one(
            {"_id": row["_id"], "state": "due", "due_at": row["due_at"], **_free(now)},
            {
                "$set": {"due_at": now + _lease(shop) + backoff(shop, row["hand_outs"])},
                "$inc": {"hand_outs": 1},
            },
        )
        if claimed.matched_count:
            by_queue[row["queue"]].append(row["_id"])
    return by_queue


def backoff(shop: "Shop", tries: int) -> timedelta:
    """5 s, 10 s, 20 s … at most 5 minutes, with jitter so that a crowd does not return at once."""
    wait = min(300.0, 5.0 * 2 ** min(tries - 1, 10))
    return timedelta(seconds=wait * shop.rng.uniform(0.8, 1.2))


def deliver(
    shop: "Shop", delivery_id: str, handlers: Mapping[str, Handler], carried_again_after: float = 0.0
) -> bool:
    """Run one delivery's handler. False if it was done, is running elsewhere, failed, or must wait its turn.

    A carrier that brings a failed delivery again by itself says after how many seconds; the sweep leaves it so
    much longer.
    """
    row = _claim(shop, delivery_id)
    if row is None:
        return False
    spare = timedelta(seconds=carried_again_after)
    if _owed_before(shop.db, [row]):
        _wait_for_turn(shop, row, spare)
        return False
    if not _run(shop, row, handlers[row["subscriber"]], spare):
        return False
    _mark_done(shop, [row])
    return True


def deliver_all(
    shop: "Shop",
    delivery_ids: Sequence[str],
    handlers: Mapping[str, Handler],
    readiers: Mapping[str, Readier] | None = None,
) -> int:
    """Run many deliveries, as `deliver` does each, with few calls for all of them. Returns how many were done.

    Only those never tried before are leased together: what kills its worker costs its neighbours one try at most.
    When half the lease is used up, those not begun yet are given back.
    """
    waiting = handed_out(shop.db, delivery_ids)
    done = _deliver_fresh(shop, [row for row in waiting if not row["receives"]], handlers, readiers or {})
    return done + sum(deliver(shop, row["_id"], handlers) for row in waiting if row["receives"])


def _deliver_fresh(
    shop: "Shop",
    rows: Sequence[dict[str, Any]],
    handlers: Mapping[str, Handler],
    readiers: Mapping[str, Readier],
) -> int:
    began = shop.now()
    ours = sorted(_claim_fresh(shop, rows, began), key=lambda row: row["seq"])
    if not ours:
        return 0
    handlers = {**handlers, **_made_ready(shop, ours, readiers)}
    owed = _owed_before(shop.db, ours)
    done: list[dict[str, Any]] = []
    try:
        for number, row in enumerate(ours):
            if number and shop.now() > began + _lease(shop) / 2:
                _give_back(shop, ours[number:])
                break
            if owed.get(_turn(row), row["seq"]) < row["seq"]:
                _wait_for_turn(shop, row)
            elif _run(shop, row, handlers[row["subscriber"]]):
                done.append(row)
            else:
                owed.setdefault(_turn(row), row["seq"])
    finally:
        _mark_done(shop, done)
    return len(done)


def _claim_fresh(shop: "Shop", rows: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    lease = {"busy_until": now + _lease(shop)}
    taken = mongo.take_many(
        mongo.quickly(shop.db).deliveries,
        rows,
        {"state": "due", "receives": 0, **_free(now)},
        {"$set": lease, "$inc": {"receives": 1}},
        shop.new_id(),
    )
    return [{**row, **lease, "receives": 1} for row in taken]


def _made_ready(
    shop: "Shop", rows: Iterable[Mapping[str, Any]], readiers: Mapping[str, Readier]
) -> dict[str, Handler]:
    events_of: dict[str, list[Event]] = defaultdict(list)
    for row in rows:
        if row["subscriber"] in readiers:
            events_of[row["subscriber"]].append(row["event"])
    ready = {}
    for subscriber, some in events_of.items():
        try:
            ready[subscriber] = readiers[subscriber](shop, some)
        except Exception:
            # One odd event among them: each for itself, then.
            log.exception("events not made ready", extra={"subscriber": subscriber})
    return ready


def _run(shop: "Shop", row: Mapping[str, Any], handler: Handler, spare: timedelta = timedelta(0)) -> bool:
    try:
        handler(shop, row["event"])
    except Exception as fault:
        log.exception("event handler failed", extra={"delivery": row["_id"]})
        metrics.DELIVERIES.labels(row["subscriber"], "failed").inc()
        error = f"{type(fault).__name__}: {fault}"[:500]
        if row["receives"] >= shop.settings.max_receives:
            _give_up(shop, row, error)
        else:
            _put_off(shop, row, backoff(shop, row["receives"]) + spare, error)
        return False
    metrics.DELIVERIES.labels(row["subscriber"], "done").inc()
    return True


def _mark_done(shop: "Shop", rows: Sequence[Mapping[str, Any]]) -> None:
    """Not fenced by the lease: the effect is there, whoever else has begun again meanwhile."""
    if rows:
        mongo.quickly(shop.db).deliveries.update_many(
            {"_id": {"$in": [row["_id"] for row in rows]}},
            {"$set": {"state": "done", "done_at": shop.now(), "busy_until": None}, "$unset": {"dead_at": ""}},
        )


def _give_back(shop: "Shop", rows: Iterable[Mapping[str, Any]]) -> None:
    for row in rows:
        _put_off(shop, row, timedelta(0), "waits for those before it", tried=False)


def is_done(db: Database, delivery_id: str) -> bool:
    """Whether a delivery had its effect: it is done, or was done so long ago that it is forgotten."""
    open_ = {"_id": delivery_id, "state": {"$in": ["due", "dead"]}}
    return db.deliveries.find_one(open_, {"_id": 1}) is None


def handed_out(db: Database, delivery_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The deliveries with these ids that still wait, in the order of the ids."""
    rows = {
        row["_id"]: row for row in db.deliveries.find({"_id": {"$in": list(delivery_ids)}, "state": "due"})
    }
    return [rows[id_] for id_ in delivery_ids if id_ in rows]


def _claim(shop: "Shop", delivery_id: str) -> dict[str, Any] | None:
    """The row, its try counted and leased to the caller. `receives` is the lease's token from here on."""
    now = shop.now()
    row: dict[str, Any] | None = mongo.quickly(shop.db).deliveries.find_one_and_update(
        {"_id": delivery_id, "state": "due", "receives": {"$lt": shop.settings.max_receives}, **_free(now)},
        {"$set": {"busy_until": now + _lease(shop)}, "$inc": {"receives": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return row


def _free(now: datetime) -> dict[str, Any]:
    return {"$or": [{"busy_until": None}, {"busy_until": {"$lte": now}}]}


def _lease(shop: "Shop") -> timedelta:
    return timedelta(seconds=shop.settings.lease_seconds)


def _turn(row: Mapping[str, Any]) -> tuple[str, str]:
    """Within these events come one after another."""
    return row["subscriber"], row["aggregate"]


def _owed_before(db: Database, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], int]:
    """By turn the first event that its subscriber still owes, of those before `rows` and none of them itself.

    Dead ones do not block.
    """
    last: dict[tuple[str, str], int] = {}
    for row in rows:
        last[_turn(row)] = max(row["seq"], last.get(_turn(row), row["seq"]))
    found = db.deliveries.find(
        {
            "$or": [
                {"subscriber": subscriber, "aggregate": aggregate, "seq": {"$lt": seq}, "state": "due"}
                for (subscriber, aggregate), seq in last.items()
            ]
        },
        {"subscriber": 1, "aggregate": 1, "seq": 1},
    )
    ours = {row["_id"] for row in rows}
    owed: dict[tuple[str, str], int] = {}
    for row in found:
        if row["_id"] not in ours:
            owed[_turn(row)] = min(row["seq"], owed.get(_turn(row), row["seq"]))
    return owed


def _wait_for_turn(shop: "Shop", row: Mapping[str, Any], spare: timedelta = timedelta(0)) -> None:
    wait = timedelta(seconds=_TURN_SECONDS) + spare
    _put_off(shop, row, wait, "waits for an earlier event of the same thing", tried=False)


def _put_off(shop: "Shop", row: Mapping[str, Any], wait: timedelta, error: str, tried: bool = True) -> None:
    change: dict[str, Any] = {"$set": {"busy_until": None, "due_at": shop.now() + wait, "error": error}}
    if not tried:
        change["$inc"] = {"receives": -1}
    mongo.quickly(shop.db).deliveries.update_one(_still_ours(row), change)


def _give_up(shop: "Shop", row: Mapping[str, Any], error: str) -> None:
    given_up = shop.db.deliveries.update_one(
        _still_ours(row),
        {"$set": {"state": "dead", "dead_at": shop.now(), "busy_until": None, "error": error}},
    )
    if given_up.matched_count:
        log.error("event given up", extra={"delivery": row["_id"], "error": error})
        metrics.DELIVERIES.labels(row["subscriber"], "dead").inc()


def _still_ours(row: Mapping[str, Any]) -> dict[str, Any]:
    """Whoever claimed it after our lease ran out has counted a further try and set another lease."""
    return {
        "_id": row["_id"],
        "state": "due",
        "receives": row["receives"],
        "busy_until": row["busy_until"],
    }


def backlog(db: Database, collections: Iterable[str], now: datetime) -> Backlog:
    """How much work waits, and for how long. A handful of short index reads: cheap enough for every scrape."""
    events_at = [
        min(entry["at"] for entry in oldest["outbox"])
        for name in collections
        if (oldest := _oldest(db, name, {"outbox.at": {"$gt": _LONG_AGO}}, "outbox.at")) is not None
    ]
    late = _oldest(db, "deliveries", {"state": "due", "due_at": {"$lte": now}}, "due_at")
    return {
        "outbox_oldest_seconds": _age(min(events_at, default=now), now),
        "deliveries_late_seconds": _age(late["due_at"] if late else now, now),
        "deliveries_due": db.deliveries.count_documents({"state": "due"}, limit=MOST_COUNTED),
        "deliveries_dead": db.deliveries.count_documents({"state": "dead"}, limit=MOST_COUNTED),
    }


def _oldest(db: Database, name: str, wanted: Mapping[str, Any], by: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = db[name].find_one(wanted, {by: 1}, sort=[(by, ASCENDING)])
    return found


def _age(at: datetime, now: datetime) -> float:
    return max(0.0, (now - at).total_seconds())


def dead_letters(
    db: Database,
    type_: str | None = None,
    subscriber: str | None = None,
    after: str | None = None,
    limit: int = 100,
) -> list[dict[str, Any]]:
    """Deliveries given up, oldest event first, from behind the delivery id `after`."""
    wanted = _dead(type_, subscriber)
    if after is not None:
        wanted["_id"] = {"$gt": after}
    return list(db.deliveries.find(wanted).sort("_id", ASCENDING).limit(limit))


def replay(shop: "Shop", actor: "Actor", delivery_id: str) -> bool:
    """Give a dead letter its tries back; the sweep hands it out. False when there is none. Safe to repeat."""
    if shop.db.deliveries.find_one({"_id": delivery_id, "state": "dead"}, {"_id": 1}) is None:
        return False
    audit.record(shop, actor, "dead_letter.replay", f"delivery:{delivery_id}", None, None)
    revived = shop.db.deliveries.update_one({"_id": delivery_id, "state": "dead"}, _revived(shop))
    return bool(revived.matched_count)


def replay_all(shop: "Shop", actor: "Actor", type_: str | None = None, subscriber: str | None = None) -> int:
    """Give all dead letters (of one event type, of one subscriber) their tries back; how many there were."""
    wanted = _dead(type_, subscriber)
    count = shop.db.deliveries.count_documents(wanted)
    if count:
        asked = {"type": type_, "subscriber": subscriber, "count": count}
        audit.record(shop, actor, "dead_letter.replay_all", "deliveries", None, asked)
        count = shop.db.deliveries.update_many(wanted, _revived(shop)).modified_count
    return count


def _dead(type_: str | None, subscriber: str | None) -> dict[str, Any]:
    wanted: dict[str, Any] = {"state": "dead"}
    if type_ is not None:
        wanted["event.type"] = type_
    if subscriber is not None:
        wanted["subscriber"] = subscriber
    return wanted


def _revived(shop: "Shop") -> dict[str, Any]:
    return {
        "$set": {"state": "due", "receives": 0, "due_at": shop.now(), "busy_until": None},
        "$unset": {"dead_at": ""},
    }
