"""Every read and write of `users`, `sessions`, `login_attempts` and `sign_in_codes`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import BulkWriteError, DuplicateKeyError

from shopsmart.identity.model import MOST_ADDRESSES, Address

USER_INDEXES = [
    # Who signs in by phone need not have an e-mail, and the other way round.
    IndexModel(
        [("email_key", ASCENDING)],
        name="sign_in_email",
        unique=True,
        partialFilterExpression={"email_key": {"$exists": True}},
    ),
    IndexModel(
        [("phone_key", ASCENDING)],
        name="sign_in_phone",
        unique=True,
        partialFilterExpression={"phone_key": {"$exists": True}},
    ),
    IndexModel([("search_keys", ASCENDING), ("_id", ASCENDING)], name="search"),
    IndexModel([("roles", ASCENDING), ("_id", ASCENDING)], name="roles"),
    IndexModel([("phone", ASCENDING)], name="phone", partialFilterExpression={"phone": {"$exists": True}}),
    IndexModel([("erased_at", ASCENDING)], name="erasing", partialFilterExpression={"erasing": True}),
    IndexModel([("demo", ASCENDING)], name="demo", partialFilterExpression={"demo": True}),
]
SESSION_INDEXES = [
    IndexModel([("user_id", ASCENDING)], name="user"),
    IndexModel([("ends_at", ASCENDING)], name="forget", expireAfterSeconds=86_400),
]
CODE_INDEXES = [IndexModel([("expires_at", ASCENDING)], name="forget", expireAfterSeconds=60)]
ATTEMPT_INDEXES = [IndexModel([("window_ends", ASCENDING)], name="forget", expireAfterSeconds=60)]

_DUPLICATE_KEY = 11_000
_LOGINS_ALONE = {"password_hash": 0, "search_keys": 0}
_RIGHTS = {"user_id": 1, "status": 1, "roles": 1, "store_ids": 1, "idle_until": 1, "ends_at": 1}
_AFTER_ANY_TEXT = "\U0010ffff"


# Users


def add(db: Database, user: Mapping[str, Any], session: ClientSession) -> None:
    """Raises DuplicateKeyError for an e-mail or id that is taken."""
    db.users.insert_one(dict(user), session=session)


def add_missing(db: Database, users: Sequence[Mapping[str, Any]]) -> None:
    """Insert those whose e-mail and id are free; leave the others as they are. Safe to repeat."""
    if not users:
        return
    try:
        db.users.insert_many([dict(user) for user in users], ordered=False)
    except BulkWriteError as fault:
        if any(error["code"] != _DUPLICATE_KEY for error in fault.details["writeErrors"]):
            raise


def get(db: Database, user_id: str, session: ClientSession | None = None) -> dict[str, Any] | None:
    """A user without the password's hash, as all functions here but `for_login` return them."""
    return db.users.find_one({"_id": user_id}, _LOGINS_ALONE, session=session)


def some(db: Database, user_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The users with these ids that there are, by id."""
    return {user["_id"]: user for user in db.users.find({"_id": {"$in": list(user_ids)}}, _LOGINS_ALONE)}


def for_login(db: Database, email_key: str) -> dict[str, Any] | None:
    """What checking a password takes, hash included."""
    return db.users.find_one({"email_key": email_key}, {"password_hash": 1, "demo": 1})


def by_phone(db: Database, phone: str) -> dict[str, Any] | None:
    """The user who has proved by a code that this number is theirs."""
    return db.users.find_one({"phone_key": phone}, _LOGINS_ALONE)


def by_emails(db: Database, email_keys: Sequence[str]) -> list[dict[str, Any]]:
    return list(db.users.find({"email_key": {"$in": list(email_keys)}}, _LOGINS_ALONE))


def search(
    db: Database,
    prefix: str | None,
    role: str | None,
    after: str | None,
    limit: int,
    phone: str | None = None,
) -> list[dict[str, Any]]:
    """Users by id whose e-mail, name or a word of it begins with `prefix`, or who have `phone`; no addresses."""
    query: dict[str, Any] = {}
    if phone:
        query["phone"] = phone
    if prefix:
        query["search_keys"] = {"$elemMatch": {"$gte": prefix, "$lt": prefix + _AFTER_ANY_TEXT}}
    if role:
        query["roles"] = role
    if after:
        query["_id"] = {"$gt": after}
    found = db.users.find(query, {**_LOGINS_ALONE, "addresses": 0})
    return list(found.sort("_id", ASCENDING).limit(limit))


def change(
    db: Database,
    user_id: str,
    sets: Mapping[str, Any],
    *,
    version: int | None = None,
    session: ClientSession | None = None,
) -> dict[str, Any] | None:
    """Set facts of a user; a None removes one. None when the user is gone, or is no longer at `version`."""
    guard: dict[str, Any] = {"_id": user_id}
    if version is not None:
        guard["version"] = version
    changed: dict[str, Any] = {"$inc": {"version": 1}}
    if kept := {name: value for name, value in sets.items() if value is not None}:
        changed["$set"] = kept
    if dropped := [name for name, value in sets.items() if value is None]:
        changed["$unset"] = dict.fromkeys(dropped, "")
    return db.users.find_one_and_update(
        guard, changed, projection=_LOGINS_ALONE, return_document=ReturnDocument.AFTER, session=session
    )


def keep_hash(db: Database, user_id: str, old: str, new: str) -> None:
    """Replace a password's hash by a stronger one of the same password."""
    db.users.update_one({"_id": user_id, "password_hash": old}, {"$set": {"password_hash": new}})


def has_demo_accounts(db: Database) -> bool:
    return db.users.find_one({"demo": True}, {"_id": 1}) is not None


# Addresses


def add_address(db: Database, user_id: str, address: Address) -> bool:
    """False when the user has as many as one may have."""
    added = db.users.update_one(
        {"_id": user_id, f"addresses.{MOST_ADDRESSES - 1}": {"$exists": False}},
        {"$push": {"addresses": dict(address)}, "$inc": {"version": 1}},
    )
    return bool(added.matched_count)


def put_address(db: Database, user_id: str, address: Address) -> bool:
    """False when the user has no such address."""
    put = db.users.update_one(
        {"_id": user_id, "addresses.id": address["id"]},
        {"$set": {"addresses.$": dict(address)}, "$inc": {"version": 1}},
    )
    return bool(put.matched_count)


def change_address(
    db: Database, user_id: str, address_id: str, sets: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The address with some facts set (None removes one). None when the user has no such address."""
    changed: dict[str, Any] = {"$inc": {"version": 1}}
    if kept := {f"addresses.$.{name}": value for name, value in sets.items() if value is not None}:
        changed["$set"] = kept
    if dropped := [f"addresses.$.{name}" for name, value in sets.items() if value is None]:
        changed["$unset"] = dict.fromkeys(dropped, "")
    user = db.users.find_one_and_update(
        {"_id": user_id, "addresses.id": address_id},
        changed,
        projection={"addresses": 1},
        return_document=ReturnDocument.AFTER,
    )
    return next((one for one in user["addresses"] if one["id"] == address_id), None) if user else None


def remove_address(db: Database, user_id: str, address_id: str) -> bool:
    removed = db.users.update_one(
        {"_id": user_id, "addresses.id": address_id},
        {"$pull": {"addresses": {"id": address_id}}, "$inc": {"version": 1}},
    )
    return bool(removed.matched_count)


def address_places(db: Database, most_users: int) -> list[list[float]]:
    """`[longitude, latitude]` of the addresses of the newest accounts, without whose they are."""
    found = db.users.find({}, {"_id": 0, "places": "$addresses.location.coordinates"}, batch_size=most_users)
    newest = found.sort("_id", DESCENDING).limit(most_users)
    return [place for user in newest for place in user.get("places", ())]


# Sessions


def touch_for_sign_in(
    db: Database, user_id: str, now: datetime, session: ClientSession
) -> dict[str, Any] | None:
    """The active user, written to, so that a change of rights at the same moment comes either before or after.

    The count makes it a write even when two people sign in within one millisecond: only writes are in each
    other's way.
    """
    return db.users.find_one_and_update(
        {"_id": user_id, "status": "active"},
        {"$set": {"signed_in_at": now}, "$inc": {"sign_ins": 1}},
        projection=_LOGINS_ALONE,
        return_document=ReturnDocument.AFTER,
        session=session,
    )


def open_session(db: Database, row: Mapping[str, Any], session: ClientSession) -> None:
    db.sessions.insert_one(dict(row), session=session)


def rights(db: Database, session_id: str) -> dict[str, Any] | None:
    """What a request needs to know of its session: the only read of the hot path."""
    return db.sessions.find_one({"_id": session_id}, _RIGHTS)


def session_row(db: Database, session_id: str) -> dict[str, Any] | None:
    return db.sessions.find_one({"_id": session_id})


def rotate(
    db: Database, session_id: str, user_id: str, token_id: str, now: datetime, sets: Mapping[str, Any]
) -> dict[str, Any] | None:
    """Give a live session its next token, if `token_id` is its present one. None otherwise."""
    return db.sessions.find_one_and_update(
        {
            "_id": session_id,
            "user_id": user_id,
            "token_id": token_id,
            "status": "active",
            "idle_until": {"$gt": now},
            "ends_at": {"$gt": now},
        },
        {"$set": dict(sets)},
        return_document=ReturnDocument.AFTER,
    )


def end_session(db: Database, session_id: str, user_id: str, now: datetime, reason: str) -> bool:
    """False when it had ended before."""
    ended = db.sessions.update_one(
        {"_id": session_id, "user_id": user_id, "status": "active"}, {"$set": _ended(now, reason)}
    )
    return bool(ended.matched_count)


def end_sessions_of(db: Database, user_id: str, now: datetime, reason: str, session: ClientSession) -> None:
    db.sessions.update_many(
        {"user_id": user_id, "status": "active"}, {"$set": _ended(now, reason)}, session=session
    )


def set_rights_of(
    db: Database, user_id: str, roles: Sequence[str], store_ids: Sequence[str], session: ClientSession
) -> None:
    db.sessions.update_many(
        {"user_id": user_id, "status": "active"},
        {"$set": {"roles": list(roles), "store_ids": list(store_ids)}},
        session=session,
    )


def _ended(now: datetime, reason: str) -> dict[str, Any]:
    return {"status": "ended", "ended_at": now, "ended_reason": reason}


# Failed logins


def count_attempt(db: Database, attempt_id: str, window_ends: datetime) -> int:
    """Count one attempt; returns how many there were, this one included."""
    row = db.login_attempts.find_one_and_update(
        {"_id": attempt_id},
        {"$inc": {"count": 1}, "$setOnInsert": {"window_ends": window_ends}},
        upsert=True,
        return_document=ReturnDocument.AFTER,
    )
    return int(row["count"]) if row else 1


def forget_attempts(db: Database, attempt_id: str) -> None:
    db.login_attempts.delete_one({"_id": attempt_id})


# One-time codes


def put_code(db: Database, phone: str, code: Mapping[str, Any], not_after: datetime) -> bool:
    """Keep the newest code of a phone, instead of the one before. False when that was sent after `not_after`."""
    try:
        db.sign_in_codes.replace_one({"_id": phone, "sent_at": {"$lte": not_after}}, dict(code), upsert=True)
    except DuplicateKeyError:
        return False
    return True


def try_code(db: Database, phone: str, now: datetime, most: int) -> dict[str, Any] | None:
    """Take one of the tries at a phone's code: the code, None when it has none or no try is left."""
    return db.sign_in_codes.find_one_and_update(
        {"_id": phone, "expires_at": {"$gt": now}, "tries": {"$lt": most}},
        {"$inc": {"tries": 1}},
        return_document=ReturnDocument.AFTER,
    )


def give_try_back(db: Database, phone: str, digest: str) -> None:
    db.sign_in_codes.update_one({"_id": phone, "digest": digest}, {"$inc": {"tries": -1}})


def spend_code(db: Database, phone: str, digest: str) -> bool:
    """Each code is good once: False when somebody else was faster."""
    return bool(db.sign_in_codes.delete_one({"_id": phone, "digest": digest}).deleted_count)


def forget_code(db: Database, phone: str) -> None:
    db.sign_in_codes.delete_one({"_id": phone})


# Erasure


def sessions_of(db: Database, user_id: str) -> list[dict[str, Any]]:
    """`{created_at, status, ends_at}` of a user's sessions, newest first."""
    shown = {"_id": 0, "created_at": 1, "status": 1, "ends_at": 1}
    return list(db.sessions.find({"user_id": user_id}, shown).sort("created_at", -1))


def erase(db: Database, user_id: str, now: datetime, session: ClientSession) -> bool:
    """Make an account nobody's; what is left only says that there was one. False when it was one of staff."""
    erased = db.users.replace_one(
        {"_id": user_id, "roles": ["customer"]},
        {
            "name": "",
            "roles": ["customer"],
            "store_ids": [],
            "status": "erased",
            "locale": "en",
            "addresses": [],
            "search_keys": [],
            "demo": False,
            "created_at": now,
            "erased_at": now,
            "erasing": True,
            "version": 1,
        },
        session=session,
    )
    return bool(erased.matched_count)


def being_erased(db: Database, before: datetime, limit: int) -> list[str]:
    """Those erased before `before` whose traces may not all be gone."""
    rows = db.users.find({"erasing": True, "erased_at": {"$lte": before}}, {"_id": 1}).limit(limit)
    return [row["_id"] for row in rows]


def erased(db: Database, user_id: str) -> None:
    db.users.update_one({"_id": user_id, "status": "erased"}, {"$unset": {"erasing": ""}})
