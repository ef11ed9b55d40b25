"""Use cases of the catalogue: products and categories are written, stores put products on their list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import model, store
from shopsmart.catalog.model import Category, Listing, Product
from shopsmart.errors import Conflict, Invalid, NotFound, PreconditionFailed
from shopsmart.identity.model import Actor
from shopsmart.infra import audit

if TYPE_CHECKING:
    from shopsmart.context import Shop

_TRIES = 10
_MENDED_AT_ONCE = 500


# --- reading ---------------------------------------------------------------------------------------------------


def product(shop: "Shop", sku: str, *, hidden_too: bool = False) -> Product:
    """Raises NotFound `unknown_sku`."""
    found = store.product(shop.db, sku)
    if found is None or (found["hidden"] and not hidden_too):
        raise NotFound("There is no such product.", code="unknown_sku", sku=sku)
    return found


def tree(shop: "Shop") -> list[Category]:
    """All categories, each after its parent, brothers by their position and slug."""
    by_slug = store.categories(shop.db)

    def place(one: Category) -> list[tuple[int, str]]:
        return [(by_slug[slug]["position"], slug) for slug in one["path"] if slug in by_slug]

    return sorted(by_slug.values(), key=place)


# --- one product -----------------------------------------------------------------------------------------------


def add_product(shop: "Shop", actor: Actor, facts: Mapping[str, Any]) -> Product:
    """A new product out of `sku` and model.FACTS, money in paise. Raises Invalid, Conflict `sku_taken`."""
    checked = model.checked_product(facts)
    model.check_path(checked["category_path"], store.categories(shop.db))
    now = shop.now()
    document = {
        "_id": checked["sku"],
        **checked,
        "version": 1,
        "created_at": now,
        "updated_at": now,
        "stale": False,  # a new product is on nobody's list
    }
    if not store.insert_product(shop.db, document):
        raise Conflict("There is a product with this SKU.", code="sku_taken", sku=checked["sku"])
    audit.record(shop, actor, "product.added", f"product:{checked['sku']}", None, _facts(checked))
    return product(shop, checked["sku"], hidden_too=True)


def replace_product(
    shop: "Shop", actor: Actor, sku: str, facts: Mapping[str, Any], if_version: int | None = None
) -> Product:
    """The product with these facts instead of its own; `hidden` stays unless it is given.

    A store's price above the new MRP falls to it. Raises NotFound, Invalid, PreconditionFailed.
    """
    for _ in range(_TRIES):
        before = product(shop, sku, hidden_too=True)
        _check_version(before, if_version)
        checked = model.checked_product({"hidden": before["hidden"], **facts, "sku": sku})
        model.check_path(checked["category_path"], store.categories(shop.db))
        after = store.change_product(shop.db, sku, before["version"], checked, shop.now())
        if after is not None:
            _spread(shop, actor, "product.changed", before, after)
            return product(shop, sku, hidden_too=True)
    raise _busy()


def hide_product(shop: "Shop", actor: Actor, sku: str) -> None:
    """Take a product off every shelf; orders of the past keep it. Safe to repeat. Raises NotFound."""
    for _ in range(_TRIES):
        before = product(shop, sku, hidden_too=True)
        if before["hidden"]:
            store.copy_to_listings(shop.db, [before])  # a crash may have cut the first call short
            return
        after = store.change_product(shop.db, sku, before["version"], {"hidden": True}, shop.now())
        if after is not None:
            _spread(shop, actor, "product.hidden", before, after)
            return
    raise _busy()


def _spread(shop: "Shop", actor: Actor, what: str, before: Product, after: Product) -> None:
    store.copy_to_listings(shop.db, [after])
    old, new = _facts(before), _facts(after)
    changed = [name for name in new if old.get(name) != new[name]]
    audit.record(
        shop,
        actor,
        what,
        f"product:{after['sku']}",
        {name: old.get(name) for name in changed},
        {name: new[name] for name in changed},
    )


def mend_listings(shop: "Shop") -> int:
    """Bring listings up to date that a crash left behind their product; returns how many products. Repeatable."""
    behind = store.stale_products(shop.db, _MENDED_AT_ONCE)
    store.copy_to_listings(shop.db, behind)
    return len(behind)


# --- many products ---------------------------------------------------------------------------------------------


def put_products(shop: "Shop", products: Iterable[Mapping[str, Any]]) -> int:
    """Insert or replace products by SKU, money in paise; returns how many differed. Safe to repeat.

    Raises Invalid for the first bad one, before anything is written.
    """
    categories = store.categories(shop.db)
    checked = [model.checked_product(one) for one in products]
    for one in checked:
        model.check_path(one["category_path"], categories)
    known = store.products_of(shop.db, [one["sku"] for one in checked])
    changed = [one for one in checked if one["sku"] not in known or _facts(known[one["sku"]]) != _facts(one)]
    store.put_products(shop.db, changed, shop.now())
    while mend_listings(shop):
        pass
    return len(changed)


def _facts(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in model.FACTS}


# --- categories ------------------------------------------------------------------------------------------------


def put_categories(shop: "Shop", categories: Iterable[Mapping[str, Any]]) -> int:
    """Insert or replace `{slug, name, parent, position}` rows, parents first; how many differed. Safe to repeat.

    Raises Invalid before anything is written.
    """
    rows = list(categories)

    def work(known: dict[str, Category]) -> list[Category]:
        changed: dict[str, Category] = {}
        for row in rows:
            for one in _placed(known, row["slug"], row["name"], row.get("parent"), row.get("position", 0)):
                if known.get(one["_id"]) != one:
                    known[one["_id"]] = changed[one["_id"]] = one
        return list(changed.values())

    changed = store.change_tree(shop.db, work)
    _move_products(shop, changed)
    return len(changed)


def put_category(
    shop: "Shop", actor: Actor, slug: str, name: Mapping[str, str], parent: str | None, position: int
) -> Category:
    """Make, rename or move a category; what lies below moves along. Safe to repeat.

    Raises Invalid `invalid_slug`, `unknown_category`, `category_cycle`, `category_too_deep`.
    """
    before: Category | None = None

    def work(known: dict[str, Category]) -> list[Category]:
        nonlocal before
        before = known.get(slug)
        return _placed(known, slug, name, parent, position)

    placed = store.change_tree(shop.db, work)
    _move_products(shop, placed)
    after = placed[0]
    if before != after:
        audit.record(shop, actor, "category.put", f"category:{slug}", before, after)
    return after


def _placed(
    known: Mapping[str, Category], slug: str, name: Mapping[str, str], parent: str | None, position: int
) -> list[Category]:
    if set(name) - set(model.LANGUAGES) or "en" not in name:
        raise Invalid("An English name is required.", errors={"name": ["An English name is required."]})
    return model.placed(known, model.checked_slug(slug), name, parent, position)


def _move_products(shop: "Shop", moved: Sequence[Category]) -> None:
    for one in sorted(moved, key=lambda category: len(category["path"])):
        store.move_products(shop.db, one["_id"], one["path"], shop.now())
    while mend_listings(shop):
        pass


# --- a store's list --------------------------------------------------------------------------------------------


def list_product(
    shop: "Shop", actor: Actor, store_id: str, sku: str, price: int, *, max_per_order: int | None = None
) -> None:
    """Put a product on a store's list at `price` paise, or change its price there. Safe to repeat.

    Raises NotFound `unknown_sku`, Invalid `bad_price`, `price_above_mrp`.
    """
    known = product(shop, sku)
    model.check_price(price, known)
    document = _listing(known, store_id, {"price": price, "max_per_order": max_per_order})
    sets = {"price": price, "enabled": True, "discount": document["discount"]}
    if max_per_order is not None:
        sets["max_per_order"] = max_per_order
    before = store.put_listing(shop.db, document, sets, shop.now())
    if (now := product(shop, sku, hidden_too=True))["version"] != known["version"]:
        store.copy_to_listings(shop.db, [now])  # it changed meanwhile, perhaps before there was a listing
    if before is None or before["price"] != price:
        audit.record(
            shop,
            actor,
            "listing.priced",
            f"{store_id}:{sku}",
            {"price": before["price"]} if before else None,
            {"price": price},
        )


def put_listings(shop: "Shop", store_id: str, rows: Iterable[Mapping[str, Any]]) -> int:
    """Put many products on a store's list: rows `{sku, price, max_per_order?, enabled?}`. How many differed.

    Safe to repeat; what the rows do not name stays. Raises Invalid for the first bad row, before anything is
    written.
    """
    given = list(rows)
    known = store.products_of(shop.db, [row["sku"] for row in given])
    documents = []
    for row in given:
        if row["sku"] not in known:
            raise Invalid("There is no such product.", code="unknown_sku", sku=row["sku"])
        model.check_price(row["price"], known[row["sku"]])
        documents.append(_listing(known[row["sku"]], store_id, row))
    present = store.all_listings(shop.db, store_id)
    changed = [one for one in documents if not _same(present.get(one["sku"]), one)]
    store.put_listings(shop.db, changed, shop.now())
    return len(changed)


def _listing(known: Mapping[str, Any], store_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "_id": store.listing_id(store_id, known["sku"]),
        "store_id": store_id,
        "sku": known["sku"],
        "price": row["price"],
        "enabled": row.get("enabled", True),
        "max_per_order": row.get("max_per_order"),
        "discount": model.discount_percent(row["price"], known["mrp"]),
        **model.copied(known),
    }


def _same(present: Listing | None, wanted: Mapping[str, Any]) -> bool:
    return present is not None and all(present.get(name) == value for name, value in wanted.items())


def _check_version(before: Product, if_version: int | None) -> None:
    if if_version not in {None, before["version"]}:
        raise PreconditionFailed("The product was changed meanwhile; read it again.")


def _busy() -> Conflict:
    return Conflict("Many are changing this product; try again.", code="busy")
