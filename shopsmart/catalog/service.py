"""Use cases of the catalogue: products and categories are written, stores put products on their list."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import model, store
from shopsmart.catalog.model import Category, Change, Listing, Product
from shopsmart.errors import Conflict, Invalid, NotFound, PreconditionFailed
from shopsmart.identity.model import SYSTEM, Actor
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


def products_for_staff(
    shop: "Shop", q: str | None, hidden: bool | None, category: str | None, after: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of products in order of SKU, hidden ones too, and the SKU behind which the next page begins."""
    found = store.products_for_staff(shop.db, q, hidden, category, after, limit + 1)
    return found[:limit], found[limit - 1]["_id"] if len(found) > limit else None


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
    change = _change(shop, actor, "product.added", None, _facts(checked))
    if not store.put_products(shop.db, [(checked, 0, change)], shop.now()):
        raise Conflict("There is a product with this SKU.", code="sku_taken", sku=checked["sku"])
    store.copy_to_listings(shop.db, [product(shop, checked["sku"], hidden_too=True)])
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
        change = _change(shop, actor, "product.changed", _facts(before), _facts(checked))
        after = store.change_product(shop.db, sku, before["version"], checked, change, shop.now())
        if after is not None:
            _spread(shop, actor, "product.changed", before, after)
            return product(shop, sku, hidden_too=True)
    raise _busy()


def hide_product(shop: "Shop", actor: Actor, sku: str) -> None:
    """Take a product off every shelf; orders of the past keep it. Safe to repeat. Raises NotFound."""
    _set_hidden(shop, actor, sku, True)


def restore_product(shop: "Shop", actor: Actor, sku: str) -> Product:
    """Show a hidden product again, on the lists it was on. Safe to repeat. Raises NotFound."""
    _set_hidden(shop, actor, sku, False)
    return product(shop, sku)


def _set_hidden(shop: "Shop", actor: Actor, sku: str, hidden: bool) -> None:
    for _ in range(_TRIES):
        before = product(shop, sku, hidden_too=True)
        if before["hidden"] == hidden:
            store.copy_to_listings(shop.db, [before])  # a crash may have cut the first call short
            return
        what = "product.hidden" if hidden else "product.restored"
        change = _change(shop, actor, what, {"hidden": not hidden}, {"hidden": hidden})
        sets = {"hidden": hidden}
        after = store.change_product(shop.db, sku, before["version"], sets, change, shop.now())
        if after is not None:
            _spread(shop, actor, what, before, after)
            return
    raise _busy()


def _change(
    shop: "Shop",
    actor: Actor,
    what: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
    via: str = "",
) -> Change:
    """For the history: of both sides just what differs."""
    changed = [name for name in after if before is None or before.get(name) != after[name]]
    return {
        "at": shop.now(),
        "who": actor.user_id,
        "roles": sorted(actor.roles),
        "via": via,
        "what": what,
        "before": None if before is None else {name: before.get(name) for name in changed},
        "after": {name: after[name] for name in changed},
    }


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
    store.save_changes(shop.db, _MENDED_AT_ONCE)
    return len(behind)


# --- many products ---------------------------------------------------------------------------------------------


def put_products(
    shop: "Shop", products: Iterable[Mapping[str, Any]], actor: Actor = SYSTEM, *, via: str = ""
) -> int:
    """Insert or replace products by SKU, money in paise; returns how many differed. Safe to repeat.

    Raises Invalid for the first bad one, before anything is written. `via` names the batch in the history.
    """
    categories = store.categories(shop.db)
    checked = [model.checked_product(one) for one in products]
    for one in checked:
        model.check_path(one["category_path"], categories)
    return len(put_checked(shop, actor, checked, via))


def put_checked(
    shop: "Shop", actor: Actor, checked: Sequence[Mapping[str, Any]], via: str = ""
) -> dict[str, str]:
    """Insert or replace products as `model.checked_product` makes them; `{sku: "created" or "changed"}` of these."""
    outcome: dict[str, str] = {}
    for _ in range(_TRIES):
        known = store.products_of(shop.db, [one["sku"] for one in checked])
        left = [one for one in checked if differs(known.get(one["sku"]), one)]
        for one in left:
            outcome.setdefault(one["sku"], "changed" if one["sku"] in known else "created")
        if put_known(shop, actor, left, known, via):
            return outcome
    raise _busy()


def put_known(
    shop: "Shop",
    actor: Actor,
    checked: Sequence[Mapping[str, Any]],
    known: Mapping[str, Mapping[str, Any]],
    via: str = "",
) -> bool:
    """Insert or replace products, each only if it still is as `known` has it; False when one is not any more."""
    writes = []
    for one in checked:
        before = known.get(one["sku"])
        what = "product.changed" if before else "product.added"
        change = _change(shop, actor, what, _facts(before) if before else None, _facts(one), via)
        writes.append((one, before["version"] if before else 0, change))
    done = store.put_products(shop.db, writes, shop.now())
    if writes:
        _spread_all(shop)
    return done == len(writes)


def _spread_all(shop: "Shop") -> None:
    while mend_listings(shop):
        pass


def differs(before: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> bool:
    """Whether a product (None: there is none) has other facts than a checked one."""
    return before is None or _facts(before) != _facts(wanted)


def _facts(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one.get(name, model.DEFAULTS.get(name)) for name in model.FACTS}


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
    _move_products(shop, SYSTEM, changed)
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
    _move_products(shop, actor, placed)
    after = placed[0]
    if before != after:
        audit.record(shop, actor, "category.put", f"category:{slug}", before, after)
    return after


def delete_category(shop: "Shop", actor: Actor, slug: str) -> None:
    """Take an empty category out of the tree.

    Raises NotFound `unknown_category`, Conflict `category_in_use` while something stands in or below it.
    """
    before: Category | None = None

    def work(known: dict[str, Category]) -> str:
        nonlocal before
        before = known.get(slug)
        if before is None:
            raise NotFound("There is no such category.", code="unknown_category")
        if any(one["parent"] == slug for one in known.values()) or store.categories_in_use(shop.db, slug):
            raise Conflict("Products or categories stand in it.", code="category_in_use")
        return slug

    store.remove_category(shop.db, work)
    audit.record(shop, actor, "category.deleted", f"category:{slug}", before, None)


def _placed(
    known: Mapping[str, Category], slug: str, name: Mapping[str, str], parent: str | None, position: int
) -> list[Category]:
    if set(name) - set(model.LANGUAGES) or "en" not in name:
        raise Invalid("An English name is required.", errors={"name": ["An English name is required."]})
    return model.placed(known, model.checked_slug(slug), name, parent, position)


def _move_products(shop: "Shop", actor: Actor, moved: Sequence[Category]) -> None:
    by = {"who": actor.user_id, "roles": sorted(actor.roles), "via": ""}
    for one in sorted(moved, key=lambda category: len(category["path"])):
        store.move_products(shop.db, one["_id"], one["path"], by, shop.now())
    _spread_all(shop)


# --- a store's list --------------------------------------------------------------------------------------------


def list_product(
    shop: "Shop", actor: Actor, store_id: str, sku: str, price: int, *, max_per_order: int | None = None
) -> None:
    """Put a product on a store's list at `price` paise, or change its price there. Safe to repeat.

    Raises NotFound `unknown_sku`, Invalid `bad_price`, `price_above_mrp`.
    """
    known = product(shop, sku)
    row: dict[str, Any] = {"sku": sku, "price": price, "enabled": True}
    if max_per_order is not None:
        row["max_per_order"] = max_per_order
    model.check_price(price, known)
    changes = put_checked_listings(shop, actor, {sku: known}, [(store_id, row)])
    if (now := product(shop, sku, hidden_too=True))["version"] != known["version"]:
        store.copy_to_listings(shop.db, [now])  # it changed meanwhile, perhaps before there was a listing
    for change in changes.values():
        if "price" in change["after"]:
            before, after = _price_in(change["before"]), _price_in(change["after"])
            audit.record(shop, actor, "listing.priced", f"{store_id}:{sku}", before, after)


def _price_in(side: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if side is None else {"price": side["price"]}


def limit_product(shop: "Shop", actor: Actor, store_id: str, sku: str, max_per_order: int | None) -> None:
    """How many of a listed product one order may take; None for any number. Raises NotFound `unknown_listing`."""
    before = listing(shop, store_id, sku)
    change_listing(shop, actor, store_id, sku, {"price": before["price"], "max_per_order": max_per_order})


def listing(shop: "Shop", store_id: str, sku: str) -> Listing:
    """The listing whatever its state. Raises NotFound `unknown_listing`."""
    found = store.listing(shop.db, store_id, sku)
    if found is None:
        raise NotFound("This store does not list the product.", code="unknown_listing")
    return found


def change_listing(shop: "Shop", actor: Actor, store_id: str, sku: str, facts: Mapping[str, Any]) -> Listing:
    """List a product with these facts (`price`, perhaps `max_per_order`, `enabled`); what is not named stays.

    Safe to repeat. Raises NotFound `unknown_sku`, Invalid `bad_price`, `price_above_mrp`.
    """
    known = product(shop, sku, hidden_too=True)
    model.check_price(facts["price"], known)
    row = {"sku": sku, **facts}
    for change in put_checked_listings(shop, actor, {sku: known}, [(store_id, row)]).values():
        audit.record(shop, actor, "listing.changed", f"{store_id}:{sku}", change["before"], change["after"])
    return listing(shop, store_id, sku)


def put_listings(
    shop: "Shop", store_id: str, rows: Iterable[Mapping[str, Any]], actor: Actor = SYSTEM, *, via: str = ""
) -> int:
    """Put many products on a store's list: rows `{sku, price, max_per_order?, enabled?}`. How many differed.

    Safe to repeat; what a row does not name is as of a new listing. Raises Invalid for the first bad row, before
    anything is written.
    """
    given = [{"enabled": True, "max_per_order": None, **row} for row in rows]
    known = store.products_of(shop.db, [row["sku"] for row in given])
    for row in given:
        if row["sku"] not in known:
            raise Invalid("There is no such product.", code="unknown_sku", sku=row["sku"])
        model.check_price(row["price"], known[row["sku"]])
    return len(put_checked_listings(shop, actor, known, [(store_id, row) for row in given], via))


def put_checked_listings(
    shop: "Shop",
    actor: Actor,
    products: Mapping[str, Mapping[str, Any]],
    rows: Iterable[tuple[str, Mapping[str, Any]]],
    via: str = "",
) -> dict[str, Change]:
    """`(store, {sku, price, max_per_order?, enabled?})` each, of known `products`; what is not named stays.

    `{listing id: change}` of those that differed.
    """
    done: dict[str, Change] = {}
    left = {store.listing_id(store_id, row["sku"]): (store_id, row) for store_id, row in rows}
    for _ in range(_TRIES):
        present = store.listings_by_id(shop.db, left)
        writes = []
        for key, (store_id, row) in left.items():
            before = present.get(key)
            wanted = _listing(products[row["sku"]], store_id, row, before)
            if _same(before, wanted):
                continue
            change = _change(
                shop,
                actor,
                "listing.changed" if before else "listing.added",
                _offered(before) if before else None,
                _offered(wanted),
                via,
            )
            writes.append((wanted, before.get("version", 0) if before else None, change))
            done.setdefault(key, change)
        if not writes or store.put_listings(shop.db, writes, shop.now()) == len(writes):
            return done
    raise _busy()


def differing_listings(
    rows: Mapping[str, tuple[str, Mapping[str, Any]]], present: Mapping[str, Mapping[str, Any]]
) -> set[str]:
    """Which of `{listing id: (store, row)}` are not `present` as their rows want them."""
    return {
        key
        for key, (_, row) in rows.items()
        if key not in present or any(present[key][name] != value for name, value in row.items())
    }


def _offered(one: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one[name] for name in ("price", "enabled", "max_per_order")}


def _listing(
    known: Mapping[str, Any], store_id: str, row: Mapping[str, Any], before: Mapping[str, Any] | None
) -> dict[str, Any]:
    present = before or {"enabled": True, "max_per_order": None}
    return {
        "_id": store.listing_id(store_id, known["sku"]),
        "store_id": store_id,
        "sku": known["sku"],
        "price": row["price"],
        "enabled": row.get("enabled", present["enabled"]),
        "max_per_order": row.get("max_per_order", present["max_per_order"]),
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
