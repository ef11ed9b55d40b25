"""Every read and write of `products`, `categories`, `category_tree`, `listings` and `catalogue_history`.

What changes of a product or a listing is noted in the document by the write that changes it (`changes`), and then
copied to the history: no change can be without its row, and no row without its change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from pymongo import (
    ASCENDING,
    DESCENDING,
    IndexModel,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateMany,
    UpdateOne,
)
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from shopsmart.catalog.model import MOST_DEPTH, Category, Change, Listing, Product, copied
from shopsmart.catalog.words import asked, range_of

PRODUCT_INDEXES = [
    IndexModel([("terms", ASCENDING)], name="terms"),
    IndexModel([("category_path", ASCENDING)], name="category"),
    IndexModel([("stale", ASCENDING)], name="stale", partialFilterExpression={"stale": True}),
    IndexModel([("hidden", ASCENDING), ("_id", ASCENDING)], name="hidden"),
]
# A store's list in each of its orders, each ending in the SKU: a page begins where the last one ended.
_SHOWN = [("store_id", ASCENDING), ("enabled", ASCENDING), ("hidden", ASCENDING)]
LISTING_INDEXES = [
    IndexModel([*_SHOWN, ("name_key", ASCENDING), ("sku", ASCENDING)], name="by_name"),
    IndexModel([*_SHOWN, ("price", ASCENDING), ("sku", ASCENDING)], name="by_price"),
    IndexModel([*_SHOWN, ("discount", DESCENDING), ("sku", ASCENDING)], name="by_discount"),
    IndexModel(
        [*_SHOWN, ("category_path", ASCENDING), ("name_key", ASCENDING), ("sku", ASCENDING)],
        name="by_category",
    ),
    IndexModel([("sku", ASCENDING), ("store_id", ASCENDING)], name="sku"),
    IndexModel([("category_path", ASCENDING)], name="category"),
    IndexModel([("unsaved", ASCENDING)], name="unsaved", partialFilterExpression={"unsaved": True}),
]
HISTORY_INDEXES = [IndexModel([("sku", ASCENDING), ("at", DESCENDING)], name="sku")]
# field and direction of each order
SORTS: Mapping[str, tuple[str, int]] = {
    "name": ("name_key", ASCENDING),
    "price_asc": ("price", ASCENDING),
    "price_desc": ("price", DESCENDING),
    "discount": ("discount", DESCENDING),
}
_FOR_SEARCH = {"terms": 0, "stale": 0, "changes": 0}
_DUPLICATE_KEY = 11_000
_CARD = {
    "name": 1,
    "brand": 1,
    "category_path": 1,
    "pack": 1,
    "mrp": 1,
    "dietary": 1,
    "hidden": 1,
    "images": {"$slice": 1},
}
_BATCH = 2_000


# --- products --------------------------------------------------------------------------------------------------


def product(db: Database, sku: str) -> Product | None:
    return db.products.find_one({"_id": sku})


def products_of(db: Database, skus: Iterable[str]) -> dict[str, Any]:
    """`{sku: product}` of those that exist, hidden ones too; without what only a search needs."""
    return {row["_id"]: row for row in db.products.find({"_id": {"$in": list(skus)}}, _FOR_SEARCH)}


def cards_of(db: Database, skus: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`{sku: product}` with just what a list shows."""
    return {row["_id"]: row for row in db.products.find({"_id": {"$in": list(skus)}}, _CARD)}


def matching(db: Database, q: str, most: int) -> list[dict[str, Any]]:
    """`{_id, name_keys}` of at most `most` shown products of which every word of `q` begins a term."""
    words = asked(q)
    if not words:
        return []
    # The longest word reads the index; it leaves the fewest products for the others to look at.
    wanted = [{"terms": {"$elemMatch": range_of(word)}} for word in sorted(words, key=len, reverse=True)]
    return list(db.products.find({"$and": wanted, "hidden": False}, {"name_keys": 1}).limit(most))


def skus_matching(db: Database, q: str, most: int) -> list[str]:
    """SKUs of at most `most` shown products that `q` finds; a SKU's own beginning finds it as well."""
    return [row["_id"] for row in matching(db, q, most)]


def change_product(
    db: Database, sku: str, version: int, sets: Mapping[str, Any], change: Change, now: datetime
) -> Product | None:
    """The product after `sets`, which happen only if it still has `version`; None when it has moved on."""
    return db.products.find_one_and_update(
        {"_id": sku, "version": version},
        {
            "$set": {**sets, "updated_at": now, "stale": True},
            "$inc": {"version": 1},
            "$push": {"changes": {**change, "version": version + 1}},
        },
        return_document=ReturnDocument.AFTER,
    )


def put_products(db: Database, writes: Sequence[tuple[Mapping[str, Any], int, Change]], now: datetime) -> int:
    """`(product, version, change)` each: insert it for version 0, else change it only if it still has that version.

    How many came about. Listings and history are left for `copy_to_listings`.
    """
    return _written(db.products, [_put_product(*one, now) for one in writes])


def _put_product(
    document: Mapping[str, Any], version: int, change: Change, now: datetime
) -> InsertOne | UpdateOne:
    noted = {**change, "version": version + 1}
    if version == 0:
        new = {"_id": document["sku"], **document, "version": 1, "created_at": now, "updated_at": now}
        return InsertOne({**new, "stale": True, "changes": [noted]})
    return UpdateOne(
        {"_id": document["sku"], "version": version},
        {
            "$set": {**document, "updated_at": now, "stale": True},
            "$inc": {"version": 1},
            "$push": {"changes": noted},
        },
    )


def _written(rows: Collection, writes: Sequence[Any]) -> int:
    done = 0
    for start in range(0, len(writes), _BATCH):
        try:
            result: Mapping[str, Any] = rows.bulk_write(
                writes[start : start + _BATCH], ordered=False
            ).bulk_api_result
        except BulkWriteError as fault:
            if any(error["code"] != _DUPLICATE_KEY for error in fault.details["writeErrors"]):
                raise
            result = cast(Mapping[str, Any], fault.details)
        done += result["nInserted"] + result["nMatched"]
    return done


def stale_products(db: Database, most: int) -> list[Product]:
    """Products whose listings may not show their newest version yet."""
    return list(db.products.find({"stale": True}).hint("stale").limit(most))


def copy_to_listings(db: Database, products: Sequence[Mapping[str, Any]]) -> None:
    """Let every listing show these products as they are now; no price stays above the MRP. Safe to repeat.

    What changed of them goes to the history.
    """
    if not products:
        return
    _keep(
        db,
        [
            _row(f"product:{one['sku']}", one["sku"], None, change)
            for one in products
            for change in _changes(one)
        ],
    )
    # A product of version 1 was on nobody's list when it was made, and listings made since have copied it.
    spread = [UpdateMany({"sku": one["_id"]}, _as_now(one)) for one in products if one["version"] > 1]
    if spread:
        db.listings.bulk_write(spread, ordered=False)
        _save_changes(db, {"sku": {"$in": [one["_id"] for one in products]}, "unsaved": True})
    # Only the version that was copied counts as copied; a newer one stays marked.
    db.products.bulk_write(
        [
            UpdateOne(
                {"_id": one["_id"], "version": one["version"]}, {"$set": {"stale": False, "changes": []}}
            )
            for one in products
        ],
        ordered=False,
    )


def _as_now(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A pipeline: the listing with the product's facts, its price capped and that noted, its discount anew."""
    mrp, at = one["mrp"], one["updated_at"]
    facts = {name: {"$literal": value} for name, value in copied(one).items()}
    percent = {"$floor": {"$divide": [{"$multiply": [{"$subtract": [mrp, "$price"]}, 100]}, mrp]}}
    version = {"$ifNull": ["$version", 1]}
    by = _changes(one)[-1] if _changes(one) else {"who": "system", "roles": [], "via": ""}
    capped = {
        "at": at,
        **{name: {"$literal": by[name]} for name in ("who", "roles", "via")},
        "what": "listing.capped",
        "before": {"price": "$price"},
        "after": {"price": mrp},
        "version": {"$add": [version, 1]},
    }
    too_dear = {"$gt": ["$price", mrp]}
    changes = {"$ifNull": ["$changes", []]}
    return [
        {
            "$set": {
                **facts,
                "updated_at": at,
                "changes": {"$cond": [too_dear, {"$concatArrays": [changes, [capped]]}, changes]},
                "unsaved": {"$or": [too_dear, {"$eq": ["$unsaved", True]}]},
                "version": {"$cond": [too_dear, {"$add": [version, 1]}, version]},
                "price": {"$min": ["$price", mrp]},
            }
        },
        {"$set": {"discount": {"$toInt": percent}}},
    ]


# --- the history -----------------------------------------------------------------------------------------------


def _changes(document: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    noted: Sequence[Mapping[str, Any]] = document.get("changes") or ()
    return noted


def _row(about: str, sku: str, store_id: str | None, change: Mapping[str, Any]) -> dict[str, Any]:
    return {"_id": f"{about}:{change['version']}", "sku": sku, "store_id": store_id, **change}


def _keep(db: Database, rows: Sequence[Mapping[str, Any]]) -> None:
    """Append to the history. Safe to repeat: a row is named by what it is about and its version."""
    if rows:
        _written(db.catalogue_history, [InsertOne(dict(row)) for row in rows])


def save_changes(db: Database, most: int) -> int:
    """Copy to the history what listings have noted; returns how many listings. Safe to repeat."""
    return _save_changes(db, {"unsaved": True}, most)


def _save_changes(db: Database, query: Mapping[str, Any], most: int = 0) -> int:
    shape = {"store_id": 1, "sku": 1, "changes": 1, "version": 1}
    found = list(db.listings.find(query, shape).limit(most))
    _keep(
        db,
        [
            _row(f"listing:{one['_id']}", one["sku"], one["store_id"], change)
            for one in found
            for change in _changes(one)
        ],
    )
    trims = [
        UpdateOne(
            {"_id": one["_id"], "version": one["version"]},
            {"$set": {"changes": []}, "$unset": {"unsaved": ""}},
        )
        for one in found
    ]
    if trims:
        db.listings.bulk_write(trims, ordered=False)
    return len(found)


def history(
    db: Database, sku: str, store_id: str | None, until: datetime | None, limit: int
) -> list[dict[str, Any]]:
    """What changed of a product and its listings, newest first, up to `until`; just of one store's for `store_id`."""
    query: dict[str, Any] = {"sku": sku}
    if store_id is not None:
        query["store_id"] = {"$in": [store_id, None]}
    if until is not None:
        query["at"] = {"$lte": until}
    return list(db.catalogue_history.find(query).sort([("at", DESCENDING), ("_id", DESCENDING)]).limit(limit))


# --- categories ------------------------------------------------------------------------------------------------


def categories(db: Database, session: ClientSession | None = None) -> dict[str, Category]:
    """The whole tree by slug."""
    return {row["_id"]: row for row in db.categories.find({}, session=session)}


def change_tree(
    db: Database, work: Callable[[dict[str, Category]], Sequence[Category]]
) -> Sequence[Category]:
    """Write what `work` makes of the tree, all or nothing; two changes follow each other. `work` may run again.

    Every change writes the one document of `category_tree`, so rivals conflict there and the later one sees the
    tree that the earlier one left: two moves that are each lawful cannot make a circle together.
    """

    def change(session: ClientSession) -> Sequence[Category]:
        db.category_tree.update_one({"_id": "tree"}, {"$inc": {"version": 1}}, upsert=True, session=session)
        changed = work(categories(db, session))
        if changed:
            db.categories.bulk_write(
                [ReplaceOne({"_id": one["_id"]}, one, upsert=True) for one in changed], session=session
            )
        return changed

    with db.client.start_session() as session:
        return session.with_transaction(change)


def remove_category(db: Database, choose: Callable[[dict[str, Category]], str]) -> None:
    """Take the category out that `choose` names, looking at the tree; ordered among the changes of `change_tree`."""

    def change(session: ClientSession) -> None:
        db.category_tree.update_one({"_id": "tree"}, {"$inc": {"version": 1}}, upsert=True, session=session)
        db.categories.delete_one({"_id": choose(categories(db, session))}, session=session)

    with db.client.start_session() as session:
        session.with_transaction(change)


def move_products(db: Database, slug: str, path: Sequence[str], by: Mapping[str, Any], now: datetime) -> None:
    """Let every product in or below category `slug` show the category's `path`. Safe to repeat."""
    place = {"$indexOfArray": ["$category_path", slug]}
    tail = {"$slice": ["$category_path", {"$add": [place, 1]}, MOST_DEPTH]}
    moved = {"$concatArrays": [{"$literal": list(path)}, tail]}
    elsewhere = {"category_path": slug, "$expr": {"$ne": ["$category_path", moved]}}
    version = {"$add": ["$version", 1]}
    change = {
        "at": now,
        **{name: {"$literal": by[name]} for name in ("who", "roles", "via")},
        "what": "product.moved",
        "before": {"category_path": "$category_path"},
        "after": {"category_path": moved},
        "version": version,
    }
    changes = {"$concatArrays": [{"$ifNull": ["$changes", []]}, [change]]}
    stamps = {"version": version, "updated_at": now, "stale": True, "changes": changes}
    db.products.update_many(elsewhere, [{"$set": {"category_path": moved, **stamps}}])


# --- listings --------------------------------------------------------------------------------------------------


def listing_id(store_id: str, sku: str) -> str:
    return f"{store_id}:{sku}"


def listing(db: Database, store_id: str, sku: str) -> Listing | None:
    """The listing whatever its state."""
    return db.listings.find_one({"_id": listing_id(store_id, sku)})


def listings_of(db: Database, store_id: str, skus: Iterable[str]) -> dict[str, Listing]:
    """`{sku: listing}` of what the store sells of these."""
    return listings_in(db, [store_id], skus)[store_id]


def listings_in(db: Database, store_ids: Iterable[str], skus: Iterable[str]) -> dict[str, dict[str, Listing]]:
    """`{store_id: {sku: listing}}` of what each of the stores sells of these."""
    found: dict[str, dict[str, Listing]] = {store_id: {} for store_id in store_ids}
    wanted = list(skus)
    ids = [listing_id(store_id, sku) for store_id in found for sku in wanted]
    for row in db.listings.find({"_id": {"$in": ids}, "enabled": True, "hidden": False}):
        found[row["store_id"]][row["sku"]] = row
    return found


def all_listings(db: Database, store_id: str) -> dict[str, Listing]:
    """`{sku: listing}` of everything on the store's list, on sale or not."""
    return {row["sku"]: row for row in db.listings.find({"store_id": store_id})}


def shown(
    db: Database,
    store_id: str,
    where: Mapping[str, Any],
    sort: str,
    after: tuple[Any, str] | None,
    limit: int,
) -> list[Listing]:
    """Up to `limit` listings on sale that fit `where`, in order `sort` (of SORTS), behind the key `after`."""
    field, direction = SORTS[sort]
    query: dict[str, Any] = {"store_id": store_id, "enabled": True, "hidden": False, **where}
    if after is not None:
        query = {"$and": [query, _behind(field, direction, after)]}
    return list(
        db.listings.find(query).sort([(field, direction), ("sku", _sku_direction(sort))]).limit(limit)
    )


def listed(db: Database, store_id: str, skus: Sequence[str], where: Mapping[str, Any]) -> list[Listing]:
    """The listings on sale of these SKUs that fit `where`."""
    ids = [listing_id(store_id, sku) for sku in skus]
    return list(db.listings.find({"_id": {"$in": ids}, "enabled": True, "hidden": False, **where}))


def _sku_direction(sort: str) -> int:
    # price_desc reads the index of price_asc backwards, SKUs and all.
    return DESCENDING if sort == "price_desc" else ASCENDING


def _behind(field: str, direction: int, after: tuple[Any, str]) -> dict[str, Any]:
    value, sku = after
    further = "$gt" if direction == ASCENDING else "$lt"
    next_sku = "$lt" if field == "price" and direction == DESCENDING else "$gt"
    # The first bound lets the index begin at the key; the rest only tells equal keys apart.
    return {
        field: {f"{further}e": value},
        "$or": [{field: {further: value}}, {field: value, "sku": {next_sku: sku}}],
    }


def put_listings(
    db: Database, writes: Sequence[tuple[Mapping[str, Any], int | None, Change]], now: datetime
) -> int:
    """`(listing, version, change)` each: a new one for version None, else a change only if it still has that version.

    A listing of before there were versions counts as version 0. How many came about; they are in the history then.
    """
    done = _written(db.listings, [_put_listing(*one, now) for one in writes])
    for start in range(0, len(writes), _BATCH):
        ids = [document["_id"] for document, _, _ in writes[start : start + _BATCH]]
        _save_changes(db, {"_id": {"$in": ids}, "unsaved": True})
    return done


def _put_listing(
    document: Mapping[str, Any], version: int | None, change: Change, now: datetime
) -> InsertOne | UpdateOne:
    noted = {**change, "version": (version or 0) + 1}
    facts = {**document, "updated_at": now, "unsaved": True, "version": (version or 0) + 1}
    if version is None:
        return InsertOne({**facts, "changes": [noted]})
    return UpdateOne(
        {"_id": document["_id"], "version": version or None}, {"$set": facts, "$push": {"changes": noted}}
    )


def categories_in_use(db: Database, slug: str) -> bool:
    """Whether a product, hidden or not, stands in or below the category."""
    return db.products.find_one({"category_path": slug}, {"_id": 1}) is not None


def products_for_staff(
    db: Database, q: str | None, hidden: bool | None, category: str | None, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """Products in order of SKU behind `after`, hidden ones too; words of `q` begin terms, or the SKU begins with it."""
    query: dict[str, Any] = {}
    if hidden is not None:
        query["hidden"] = hidden
    if category is not None:
        query["category_path"] = category
    if q and (words := asked(q)):
        every = [{"terms": {"$elemMatch": range_of(word)}} for word in sorted(words, key=len, reverse=True)]
        query["$or"] = [{"$and": every}, {"_id": q.strip()}]
    if after is not None:
        query["_id"] = {"$gt": after}
    return list(db.products.find(query, _FOR_SEARCH).sort("_id", ASCENDING).limit(limit))


def every_product(db: Database) -> Iterator[dict[str, Any]]:
    """All products in order of SKU."""
    return iter(db.products.find({}, _FOR_SEARCH, batch_size=_BATCH).sort("_id", ASCENDING))


def every_listing(db: Database, store_id: str | None) -> Iterator[dict[str, Any]]:
    """All listings, or those of a store, on sale or not, in order of store and SKU."""
    query = {} if store_id is None else {"store_id": store_id}
    shape = {"store_id": 1, "sku": 1, "price": 1, "max_per_order": 1, "enabled": 1}
    return iter(db.listings.find(query, shape, batch_size=_BATCH).sort("_id", ASCENDING))


def listings_by_id(db: Database, ids: Iterable[str]) -> dict[str, Listing]:
    """`{listing id: listing}` of those that exist, on sale or not."""
    return {row["_id"]: row for row in db.listings.find({"_id": {"$in": list(ids)}})}
