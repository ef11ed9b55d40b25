"""Every read and write of `imports`, `import_errors` and the files that were sent in (GridFS `import_files`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from gridfs import GridFSBucket
from gridfs.errors import NoFile
from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

IMPORT_INDEXES = [
    IndexModel([("key", ASCENDING)], name="key", unique=True),
    IndexModel([("state", ASCENDING), ("hand_out_at", ASCENDING)], name="work"),
    IndexModel([("at", ASCENDING)], name="at"),
]
ERROR_INDEXES = [IndexModel([("import_id", ASCENDING), ("row", ASCENDING)], name="import")]
# As GridFS itself makes them.
FILE_INDEXES = [IndexModel([("filename", ASCENDING), ("uploadDate", ASCENDING)])]
CHUNK_INDEXES = [IndexModel([("files_id", ASCENDING), ("n", ASCENDING)], unique=True)]

_CHUNK = 1024 * 1024
OPEN = ("waiting", "running")


# --- files -----------------------------------------------------------------------------------------------------


def _files(db: Database) -> GridFSBucket:
    return GridFSBucket(db, bucket_name="import_files", chunk_size_bytes=_CHUNK)


def put_file(db: Database, file_id: str, chunks: Iterable[bytes]) -> None:
    """Keep a file, chunk by chunk. What fails in between leaves nothing behind."""
    with _files(db).open_upload_stream_with_id(file_id, file_id) as stream:
        try:
            for chunk in chunks:
                stream.write(chunk)
        except BaseException:
            stream.abort()
            raise


def read_file(db: Database, file_id: str) -> Iterator[bytes]:
    """The file's bytes, piece by piece; nothing at all where it is gone."""
    try:
        with _files(db).open_download_stream(file_id) as stream:
            while piece := stream.readchunk():
                yield piece
    except NoFile:
        return


def remove_file(db: Database, file_id: str) -> None:
    """Safe to repeat."""
    try:
        _files(db).delete(file_id)
    except NoFile:
        return


def old_files(db: Database, before: datetime, limit: int) -> list[str]:
    rows = db.get_collection("import_files.files").find({"uploadDate": {"$lt": before}}, {"_id": 1})
    return [row["_id"] for row in rows.limit(limit)]


# --- imports ---------------------------------------------------------------------------------------------------


def begin(db: Database, document: Mapping[str, Any]) -> dict[str, Any]:
    """The import, or the one that has its key already."""
    try:
        db.imports.insert_one(dict(document))
    except DuplicateKeyError:
        found: dict[str, Any] | None = db.imports.find_one({"key": document["key"]})
        if found is None:
            raise
        return found
    return dict(document)


def get(db: Database, import_id: str) -> dict[str, Any] | None:
    return db.imports.find_one({"_id": import_id})


def open_with(db: Database, by: str, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """Somebody's unfinished import with these facts."""
    return db.imports.find_one({"state": {"$in": OPEN}, "by": by, **facts})


def newest(db: Database, after: str | None, limit: int) -> list[dict[str, Any]]:
    query = {} if after is None else {"_id": {"$lt": after}}
    return list(db.imports.find(query).sort("_id", DESCENDING).limit(limit))


def take(db: Database, import_id: str, token: str, now: datetime, until: datetime) -> dict[str, Any] | None:
    """Work on it, alone until `until`; None when somebody does, or did."""
    return db.imports.find_one_and_update(
        {"_id": import_id, "state": {"$in": OPEN}, "lease_until": {"$not": {"$gt": now}}},
        {
            "$set": {"state": "running", "token": token, "lease_until": until, "hand_out_at": until},
            "$inc": {"tries": 1},
        },
        return_document=ReturnDocument.AFTER,
    )


def note(db: Database, import_id: str, token: str, sets: Mapping[str, Any]) -> bool:
    """Write progress; False when somebody else has taken over."""
    done = db.imports.update_one({"_id": import_id, "token": token, "state": "running"}, {"$set": dict(sets)})
    return done.matched_count == 1


def hand_out(db: Database, now: datetime, again_at: datetime) -> dict[str, Any] | None:
    """One that nobody works on, as far as anybody knows."""
    return db.imports.find_one_and_update(
        {"state": {"$in": OPEN}, "hand_out_at": {"$lte": now}}, {"$set": {"hand_out_at": again_at}}
    )


# --- bad rows --------------------------------------------------------------------------------------------------


def put_errors(db: Database, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep reports of bad rows. Safe to repeat."""
    if rows:
        db.import_errors.bulk_write(
            [ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows], ordered=False
        )


def errors(db: Database, import_id: str) -> Iterator[dict[str, Any]]:
    """By row."""
    return iter(db.import_errors.find({"import_id": import_id}).sort("row", ASCENDING))


def forget(db: Database, before: datetime) -> int:
    """Drop imports from before then, with their reports; returns how many."""
    ids = [
        row["_id"] for row in db.imports.find({"at": {"$lt": before}, "state": {"$nin": OPEN}}, {"_id": 1})
    ]
    if ids:
        db.import_errors.delete_many({"import_id": {"$in": ids}})
        db.imports.delete_many({"_id": {"$in": ids}})
    return len(ids)
