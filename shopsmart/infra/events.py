"""Live streams: what people watch. MongoDB holds them with dense numbers; Redis only says "look now".

A channel is `order:<id>`, `store:<id>`, `rider:<id>` or `admin`. Its rows are numbered 1, 2, 3 … without gaps,
so a reader that kept the last number (`Last-Event-ID`) resumes without loss or repetition. Rows are forgotten after
three days; what number a channel had reached is not (`stream_heads`), or an old number would come to mean something
else.
"""

import json
import logging
import queue
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import redis
from pymongo import ASCENDING, DESCENDING, DeleteMany, IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shopsmart.infra import mongo

log = logging.getLogger(__name__)

INDEXES = [
    IndexModel([("channel", ASCENDING), ("seq", ASCENDING)], name="channel_seq", unique=True),
    IndexModel([("channel", ASCENDING), ("event_id", ASCENDING)], name="once", unique=True),
    IndexModel([("at", ASCENDING), ("channel", ASCENDING), ("seq", ASCENDING)], name="age"),
]
HEAD_INDEXES = [IndexModel([("until", ASCENDING)], name="forget", expireAfterSeconds=0)]
KEPT = timedelta(days=3)
# Nobody looks for news of an order so old; stores, riders and staff go on for ever.
_ORDER_HEAD_KEPT = timedelta(days=400)
_DUPLICATE_KEY = 11_000
LOOK_SECONDS = 2.0
_SHARED_SECONDS = 1.0


def append(db: Database, entries: Iterable[Mapping[str, Any]]) -> None:
    """Number and store `entries` on each of their channels, in the order given. Safe to repeat and to race."""
    by_channel: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for entry in entries:
        for channel in entry["channels"]:
            by_channel[channel].append(entry)
    if not by_channel:
        return
    heads = _last_seqs(db, by_channel)
    rows = [
        row for channel, some in by_channel.items() for row in _numbered(channel, some, heads.get(channel, 0))
    ]
    try:
        # In order, stopping at the first refusal, so that numbers stay dense.
        db.streams.insert_many(rows, ordered=True)
    except BulkWriteError as fault:
        _unless_duplicate(fault)
        # Another relay was there too, or this one died here before: channel by channel, what is still missing.
        for channel, some in by_channel.items():
            _append_missing(db, channel, some)


def _append_missing(db: Database, channel: str, entries: list[Mapping[str, Any]]) -> None:
    while entries:
        ids = [entry["id"] for entry in entries]
        known = {
            row["event_id"]
            for row in db.streams.find({"channel": channel, "event_id": {"$in": ids}}, {"event_id": 1})
        }
        entries = [entry for entry in entries if entry["id"] not in known]
        if not entries:
            return
        try:
            db.streams.insert_many(_numbered(channel, entries, last_seq(db, channel)), ordered=True)
            return
        except BulkWriteError as fault:
            _unless_duplicate(fault)  # another relay took these numbers: look again and take the next ones


def _numbered(channel: str, entries: Iterable[Mapping[str, Any]], after: int) -> list[dict[str, Any]]:
    return [
        {
            "channel": channel,
            "seq": seq,
            "event_id": entry["id"],
            "type": entry["type"],
            "at": entry["at"],
            "data": entry["data"],
        }
        for seq, entry in enumerate(entries, start=after + 1)
    ]


def _unless_duplicate(fault: BulkWriteError) -> None:
    if any(error["code"] != _DUPLICATE_KEY for error in fault.details["writeErrors"]):
        raise fault


def _last_seqs(db: Database, channels: Iterable[str]) -> dict[str, int]:
    """The newest number of each channel that ever had one: one index step a channel."""
    wanted = list(channels)
    rows = db.streams.aggregate(
        [
            {"$match": {"channel": {"$in": wanted}}},
            {"$sort": {"channel": DESCENDING, "seq": DESCENDING}},
            {"$group": {"_id": "$channel", "seq": {"$first": "$seq"}}},
        ]
    )
    found = {row["_id"]: row["seq"] for row in rows}
    # After the rows, for a number is kept before its rows go.
    if empty := [channel for channel in wanted if channel not in found]:
        found |= {row["_id"]: row["seq"] for row in db.stream_heads.find({"_id": {"$in": empty}})}
    return found


def last_seq(db: Database, channel: str) -> int:
    """The number that the channel has reached, 0 for a new one."""
    return _last_seqs(db, [channel]).get(channel, 0)


def forget(db: Database, now: datetime, limit: int = 2_000) -> int:
    """Drop rows that are over three days old, keeping what number their channels had reached. How many channels.

    Safe to repeat, to race and to die in.
    """
    old = db.streams.find({"at": {"$lt": now - KEPT}}, {"_id": 0, "channel": 1, "seq": 1, "at": 1})
    reached: dict[str, int] = {}
    for row in old.sort("at", ASCENDING).limit(limit):
        reached[row["channel"]] = max(row["seq"], reached.get(row["channel"], 0))
    if not reached:
        return 0
    db.stream_heads.bulk_write([_head(channel, seq, now) for channel, seq in reached.items()], ordered=False)
    db.streams.bulk_write(
        [DeleteMany({"channel": channel, "seq": {"$lte": seq}}) for channel, seq in reached.items()],
        ordered=False,
    )
    return len(reached)


def _head(channel: str, seq: int, now: datetime) -> UpdateOne:
    change: dict[str, Any] = {"$max": {"seq": seq}}
    if channel.startswith("order:"):
        change["$set"] = {"until": now + _ORDER_HEAD_KEPT}
    return UpdateOne({"_id": channel}, change, upsert=True)


def since(db: Database, channel: str, seq: int, limit: int = 200) -> list[dict[str, Any]]:
    """Rows of `channel` after number `seq`, oldest first: `{seq, type, at, data}`.

    Only what a majority has: a number that a failover takes back would come again with something else.
    """
    found = mongo.certain(db).streams.find(
        {"channel": channel, "seq": {"$gt": seq}}, {"_id": 0, "seq": 1, "type": 1, "at": 1, "data": 1}
    )
    return list(found.sort("seq", ASCENDING).limit(limit))


def replay_from(db: Database, channel: str, seq: int, most: int) -> tuple[int, bool]:
    """Where a reader who has number `seq` goes on: (after which number, whether that leaves a gap).

    There is a gap behind `most` newer rows, behind rows that were forgotten, and for a number that was never given.
    """
    newest = last_seq(db, channel)
    if seq == newest or (seq == 0 and newest <= most):
        return seq, False
    oldest = next(iter(since(db, channel, max(0, newest - most), 1)), None)
    if oldest is None:  # all of it forgotten, or nothing that a majority has yet
        head = db.stream_heads.find_one({"_id": channel}) or {"seq": 0}
        return (head["seq"], True) if seq < head["seq"] else (min(seq, newest), seq > newest)
    gap = seq > newest or seq < oldest["seq"] - 1
    return (oldest["seq"] - 1, True) if gap else (seq, False)


def publisher(client: redis.Redis) -> Any:
    """`publish(channel, message)`: wake the channel's readers; a dict rides along as a passing message.

    Several channels are told by one call, with blanks between their names.
    """

    def publish(channel: str, message: Mapping[str, Any] | None) -> None:
        try:
            client.publish(f"ev:{channel}", b"" if message is None else json.dumps(message))
        except redis.RedisError:
            pass  # readers poll MongoDB; passing messages are only the newest of something that repeats

    return publish


@dataclass
class _Tail:
    """What the readers of a channel were given last: the rows behind number `after`."""

    lock: threading.Lock
    wake: int = 0  # how often there was news
    read_at_wake: int = -1
    read_at: float = 0.0
    after: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)


class Hub:
    """One Redis subscription a process, fanned out to bounded queues, one per open stream.

    Redis only makes it faster: every two seconds one query asks how far all channels have come. Readers of one channel
    who are woken together share what the first of them reads.
    """

    def __init__(self, client: redis.Redis, db: Database, size: int = 64):
        self._client = client
        self._db = db
        self._size = size
        self._readers: dict[str, set[queue.Queue[str]]] = defaultdict(set)
        self._tails: dict[str, _Tail] = {}
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def enter(self, user_id: str, most: int) -> bool:
        """Count one more stream of this user in this process; False when there are `most` already."""
        with self._lock:
            if self._open[user_id] >= most:
                return False
            self._open[user_id] += 1
            return True

    def exit(self, user_id: str) -> None:
        with self._lock:
            self._open[user_id] -= 1
            if self._open[user_id] <= 0:
                del self._open[user_id]

    def listen(self, channel: str) -> "queue.Queue[str]":
        """A queue that gets "" for "look now" or a JSON text for a passing message."""
        mailbox: queue.Queue[str] = queue.Queue(self._size)
        with self._lock:
            self._readers[channel].add(mailbox)
            self._tails.setdefault(channel, _Tail(threading.Lock()))
            if not self._threads:
                for work in (self._run, self._look_around):
                    self._threads.append(threading.Thread(target=work, name="event-hub", daemon=True))
                    self._threads[-1].start()
        return mailbox

    def leave(self, channel: str, mailbox: "queue.Queue[str]") -> None:
        with self._lock:
            self._readers[channel].discard(mailbox)
            if not self._readers[channel]:
                del self._readers[channel]
                self._tails.pop(channel, None)

    def since(self, channel: str, seq: int, limit: int) -> list[dict[str, Any]]:
        """As `since`, for a reader who listens. The rows are shared: do not change them."""
        with self._lock:
            tail = self._tails.get(channel)
            wake = tail.wake if tail else 0
        if tail is None:
            return since(self._db, channel, seq, limit)
        with tail.lock:
            fresh = tail.read_at_wake >= wake and time.monotonic() < tail.read_at + _SHARED_SECONDS
            if not fresh or seq < tail.after:
                rows = since(self._db, channel, seq, limit)
                if len(rows) == limit:
                    return rows
                tail.read_at_wake, tail.read_at, tail.after, tail.rows = wake, time.monotonic(), seq, rows
            return [row for row in tail.rows if row["seq"] > seq]

    def _look_around(self) -> None:
        """Wake whoever missed something."""
        known: dict[str, int] = {}
        while True:
            time.sleep(LOOK_SECONDS)
            with self._lock:
                channels = list(self._readers)
            try:
                # What only one member has yet would wake readers who cannot read it, and not again.
                reached = _last_seqs(mongo.certain(self._db), channels) if channels else {}
            except Exception as fault:  # whatever comes from the database: without this thread nobody looks
                log.warning("event hub lost mongodb", extra={"fault": str(fault)[:200]})
                continue
            for channel in channels:
                if reached.get(channel, 0) > known.get(channel, 0):
                    self._fan_out(channel, "")
            known = reached

    def _run(self) -> None:
        while True:
            try:
                subscription = self._client.pubsub(ignore_subscribe_messages=True)
                subscription.psubscribe("ev:*")
                while True:
                    message = subscription.get_message(timeout=5.0)
                    if message and message["type"] == "pmessage":
                        for channel in message["channel"].decode()[3:].split(" "):
                            self._fan_out(channel, message["data"].decode())
            except (
                Exception
            ) as fault:  # whatever comes through Redis: without this thread all streams are slow
                log.warning("event hub lost redis", extra={"fault": str(fault)})
                time.sleep(1.0)

    def _fan_out(self, channel: str, text: str) -> None:
        with self._lock:
            mailboxes = list(self._readers.get(channel, ()))
            if not text and channel in self._tails:
                self._tails[channel].wake += 1
        for mailbox in mailboxes:
            try:
                mailbox.put_nowait(text)
            except queue.Full:
                pass  # a slow reader has enough wake-ups waiting; MongoDB has what it missed
