"""Idempotency keys: the same key and body get the same answer, whatever happened in between.

A record `{_id: scope, fingerprint, state, owner, answer, lease_until}` is inserted before the work; only a success
is kept (48 hours), a refusal frees the key. A lease that ran out belongs to a process that died: the next caller
with the same body takes over, so the work itself must be safe to repeat. Work that broke off (the database went
away, say) may have had its effect: its key stays bound to its body, and the lease ends at once.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from pymongo import ASCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from shopsmart.errors import Conflict, Invalid, ShopError
from shopsmart.infra import mongo

if TYPE_CHECKING:
    from shopsmart.context import Shop

KEEP_SECONDS = 48 * 3_600
# Longer than a request may take, and so short that whoever retries after a crash, and after a second one, has a
# definite answer within 30 s.
LEASE_SECONDS = 12
INDEXES = [IndexModel([("at", ASCENDING)], name="forget", expireAfterSeconds=KEEP_SECONDS)]


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used with another body"


class InProgress(Conflict):
    code = "idempotency_in_progress"
    title = "The first request with this Idempotency-Key is still running"
    retry_after = 1


def fingerprint(body: Any) -> str:
    """A digest of `body`, the same for any order of its members."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


def once(shop: "Shop", scope: str, key: str, body: Any, work: Callable[[], Any]) -> tuple[Any, bool]:
    """`work()`'s answer and whether it is a replay. `scope` names user and route. Raises KeyReused, InProgress."""
    # Whoever takes over becomes the owner: from then on the late first one changes nothing.
    ours = {"_id": f"{scope}|{key}", "state": "running", "owner": shop.new_id()}
    stored = _claim(shop, ours, fingerprint(body))
    if stored is not None:
        return orjson.loads(stored), True
    try:
        answer = work()
    except ShopError:
        shop.db.idempotency.delete_one(ours)
        raise
    except BaseException:
        _end_lease(shop, ours)
        raise
    # A lost answer is made again: the work is safe to repeat.
    done = {"state": "done", "answer": orjson.dumps(answer).decode()}
    mongo.quickly(shop.db).idempotency.update_one(ours, {"$set": done})
    return answer, False


def _end_lease(shop: "Shop", ours: Mapping[str, Any]) -> None:
    try:
        shop.db.idempotency.update_one(ours, {"$set": {"lease_until": shop.now()}})
    except PyMongoError:
        pass  # what broke the work breaks this too; the lease runs out by itself


def keep_answer(shop: "Shop", scope: str, answer: bytes) -> None:
    """Keep the answer of work that guards its key by itself (an order does). Losing it loses only exactness."""
    mongo.quickly(shop.db).idempotency.update_one(
        {"_id": scope}, {"$setOnInsert": {"state": "done", "answer": answer, "at": shop.now()}}, upsert=True
    )


def kept_answer(shop: "Shop", scope: str) -> bytes | None:
    record = shop.db.idempotency.find_one({"_id": scope}, {"answer": 1})
    return bytes(record["answer"]) if record else None


def _claim(shop: "Shop", ours: Mapping[str, Any], digest: str) -> str | None:
    """None when the caller may work; the stored answer when the work was done."""
    now = shop.now()
    lease = now + timedelta(seconds=LEASE_SECONDS)
    try:
        shop.db.idempotency.insert_one({**ours, "fingerprint": digest, "lease_until": lease, "at": now})
        return None
    except DuplicateKeyError:
        pass
    record = shop.db.idempotency.find_one({"_id": ours["_id"]})
    if record is None:
        raise InProgress()  # the first request was refused just now and freed the key: the next try has it
    if record["fingerprint"] != digest:
        raise KeyReused()
    if record["state"] == "done":
        return str(record["answer"])
    taken = shop.db.idempotency.update_one(
        {"_id": ours["_id"], "state": "running", "lease_until": {"$lte": now}},
        {"$set": {"owner": ours["owner"], "lease_until": lease}},
    )
    if not taken.matched_count:
        raise InProgress()
    return None


def forget(db: Database, scope: str) -> None:
    """Drop the kept answers whose scope begins so, such as those to one user."""
    db.idempotency.delete_many({"_id": {"$gte": scope, "$lt": scope + "\U0010ffff"}})
