"""Every index of the shop, by collection. Built by `shopsmart indexes`, never at import."""

import logging

from pymongo import IndexModel
from pymongo.database import Database

from shopsmart.infra import events, outbox

log = logging.getLogger(__name__)

INDEXES: dict[str, list[IndexModel]] = {
    "deliveries": outbox.INDEXES,
    "streams": events.INDEXES,
}


def ensure_all(db: Database) -> None:
    """Create every declared index and collection. Safe to repeat."""
    existing = set(db.list_collection_names())
    for name, indexes in INDEXES.items():
        if name not in existing:
            db.create_collection(name)
        if indexes:
            db[name].create_indexes(indexes)
    log.info("indexes ready", extra={"collections": len(INDEXES)})
