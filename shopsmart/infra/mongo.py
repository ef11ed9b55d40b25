"""MongoDB: one client per process, majority writes, bounded waits."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

TIMEOUT_MS = 8_000

Result = TypeVar("Result")


def connect(uri: str, name: str) -> Database:
    """The database `name`. Connects lazily, so it may be called before a server or a fork is there.

    Writes are acknowledged by a majority, journaled; times come back aware, in UTC.
    """
    client: MongoClient = MongoClient(
        uri,
        tz_aware=True,
        retryWrites=True,
        serverSelectionTimeoutMS=TIMEOUT_MS,
        connectTimeoutMS=2_000,
        timeoutMS=TIMEOUT_MS,
        maxPoolSize=64,
        appname="shopsmart",
    )
    return client.get_database(
        name,
        write_concern=WriteConcern(w="majority", j=True),
        read_concern=ReadConcern("local"),
    )


def quickly(db: Database) -> Database:
    """The same database with w:1 writes, which wait for no journal and no other member.

    For what may be lost without harm (positions, quotes, answers) and for bookkeeping that is merely done again when
    it is lost (leases, done marks). A failover or a crash takes back the newest writes only, all behind some point:
    whatever was read and built upon stands or falls together with what was built. Nothing that somebody outside was
    told of may be written like this.
    """
    return db.with_options(write_concern=WriteConcern(w=1))


def take_many(
    rows: Collection,
    read: Sequence[dict[str, Any]],
    free: Mapping[str, Any],
    change: Mapping[str, Any],
    token: str,
) -> list[dict[str, Any]]:
    """Lease many rows of work by one write: those of `read` that were still `free`, as they were read.

    `change` is what the lease sets and counts; `token` is this taker's own, and is written with it.
    """
    if not read:
        return []
    these = {"_id": {"$in": [row["_id"] for row in read]}}
    change = {**change, "$set": {**change["$set"], "taken": token}}
    taken = rows.update_many({**these, **free}, change)
    if taken.modified_count == len(read):
        return list(read)
    ours = {row["_id"] for row in rows.find({**these, "taken": token}, {"_id": 1})}
    return [row for row in read if row["_id"] in ours]


def all_or_nothing(db: Database, work: Callable[[ClientSession], Result]) -> Result:
    """`work` in one transaction, begun again when another one was in its way. Never for stock documents."""
    with db.client.start_session() as session:
        return session.with_transaction(
            work, read_concern=ReadConcern("snapshot"), write_concern=WriteConcern("majority", j=True)
        )


def certain(db: Database) -> Database:
    """The same database reading only what a majority has: what no failover can take back."""
    return db.with_options(read_concern=ReadConcern("majority"))
