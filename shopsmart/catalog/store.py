"""Every read and write of `products`, `categories`, `category_tree` and `listings`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel, ReplaceOne, ReturnDocument, UpdateMany, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shopsmart.catalog.model import MOST_DEPTH, Category, Listing, Product, copied
from shopsmart.catalog.words import asked, range_of

PRODUCT_INDEXES = [
    IndexModel([("terms", ASCENDING)], name="terms"),
    IndexModel([("category_path", ASCENDING)], name="category"),
    IndexModel([("stale", ASCENDING)], name="stale", partialFilterExpression={"stale": True}),
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
]
# field and direction of each order
SORTS: Mapping[str, tuple[str, int]] = {
    "name": ("name_key", ASCENDING),
    "price_asc": ("price", ASCENDING),
    "price_desc": ("price", DESCENDING),
    "discount": ("discount", DESCENDING),
}
_FOR_SEARCH = {"terms": 0, "stale": 0}
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


def insert_product(db: Database, document: Mapping[str, Any]) -> bool:
    """False when the SKU is taken."""
    try:
        db.products.insert_one(dict(document))
    except DuplicateKeyError:
        return False
    return True


def change_product(
    db: Database, sku: str, version: int, sets: Mapping[str, Any], now: datetime
) -> Product | None:
    """The product after `sets`, which happen only if it still has `version`; None when it has moved on."""
    return db.products.find_one_and_update(
        {"_id": sku, "version": version},
        {"$set": {**sets, "updated_at": now, "stale": True}, "$inc": {"version": 1}},
        return_document=ReturnDocument.AFTER,
    )


def put_products(db: Database, documents: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Insert or overwrite products by SKU, in bulk. Listings are left for `copy_to_listings`."""
    writes = [
        UpdateOne(
            {"_id": document["sku"]},
            {
                "$set": {**document, "updated_at": now, "stale": True},
                "$setOnInsert": {"created_at": now},
                "$inc": {"version": 1},
            },
            upsert=True,
        )
        for document in documents
    ]
    for start in range(0, len(writes), _BATCH):
        db.products.bulk_write(writes[start : start + _BATCH], ordered=False)


def stale_products(db: Database, most: int) -> list[Product]:
    """Products whose listings may not show their newest version yet."""
    return list(db.products.find({"stale": True}).hint("stale").limit(most))


def copy_to_listings(db: Database, products: Sequence[Mapping[str, Any]]) -> None:
    """Let every listing show these products as they are now; no price stays above the MRP. Safe to repeat."""
    if not products:
        return
    db.listings.bulk_write([UpdateMany({"sku": one["_id"]}, _as_now(one)) for one in products], ordered=False)
    # Only the version that was copied counts as copied; a newer one stays marked.
    db.products.bulk_write(
        [
            UpdateOne({"_id": one["_id"], "version": one["version"]}, {"$set": {"stale": False}})
            for one in products
        ],
        ordered=False,
    )


def _as_now(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A pipeline: the listing with the product's facts, its price capped, its discount worked out anew."""
    mrp = one["mrp"]
    facts = {name: {"$literal": value} for name, value in copied(one).items()}
    percent = {"$floor": {"$divide": [{"$multiply": [{"$subtract": [mrp, "$price"]}, 100]}, mrp]}}
    return [
        {"$set": {**facts, "price": {"$min": ["$price", mrp]}}},
        {"$set": {"discount": {"$toInt": percent}}},
    ]


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


def move_products(db: Database, slug: str, path: Sequence[str], now: datetime) -> None:
    """Let every product in or below category `slug` show the category's `path`. Safe to repeat."""
    place = {"$indexOfArray": ["$category_path", slug]}
    tail = {"$slice": ["$category_path", {"$add": [place, 1]}, MOST_DEPTH]}
    moved = {"$concatArrays": [{"$literal": list(path)}, tail]}
    elsewhere = {"category_path": slug, "$expr": {"$ne": ["$category_path", moved]}}
    stamps = {"version": {"$add": ["$version", 1]}, "updated_at": now, "stale": True}
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


def put_listing(
    db: Database, document: Mapping[str, Any], sets: Mapping[str, Any], now: datetime
) -> Listing | None:
    """List `document`'s product in its store, or change what `sets` names. The listing before, None if new."""
    fresh = {name: value for name, value in document.items() if name not in sets}
    return db.listings.find_one_and_update(
        {"_id": document["_id"]},
        {"$set": {**sets, "updated_at": now}, "$setOnInsert": fresh},
        upsert=True,
        return_document=ReturnDocument.BEFORE,
    )


def put_listings(db: Database, documents: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Insert or overwrite whole listings, in bulk."""
    writes = [
        ReplaceOne({"_id": document["_id"]}, {**document, "updated_at": now}, upsert=True)
        for document in documents
    ]
    for start in range(0, len(writes), _BATCH):
        db.listings.bulk_write(writes[start : start + _BATCH], ordered=False)
