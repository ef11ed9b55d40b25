"""Use cases: counting baskets by a job, and the sections that somebody is shown at a store.

Nothing here knows more of a person than their own orders, read when they ask.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shopsmart.catalog import service as catalog
from shopsmart.catalog import store as products
from shopsmart.recommendations import model, store
from shopsmart.recommendations.model import Affinity, Baskets, Counts
from shopsmart.search.model import Wanted
from shopsmart.shelf import service as shelf
from shopsmart.shelf.model import Offer

if TYPE_CHECKING:
    from shopsmart.context import Shop

SETTLED = timedelta(minutes=30)  # until then an order may wait for its payment
HALVED_AFTER = timedelta(days=56)
NOW = timedelta(days=7)
_ORDERS_AT_ONCE = 500
_DIRTY_AT_ONCE = 200
_MOST_ORDERS = 60  # of a customer
_MOST_SALES = 2_000  # of a store
_REMEMBERED_SECONDS = 60
_SHELF = 100  # looked through for something to show
_SPARE = 4  # times as many are ranked as are shown: some are sold out here

Orders = list[tuple[datetime, list[str]]]


@dataclass(frozen=True)
class Section:
    """`basis` is one of model.BASES: why these."""

    name: str
    basis: str
    offers: Sequence[Offer]


# --- learning --------------------------------------------------------------------------------------------------


def learn_by_schedule(shop: "Shop") -> bool:
    """Queue the counting of new baskets."""
    return shop.enqueue("bulk", "workers.jobs.learn_baskets")


def learn(shop: "Shop") -> int:
    """Count the baskets of new orders, each once, and choose neighbours anew; how many were counted. Safe to race."""
    counted = 0
    while (more := _count_some(shop)) is not None:
        counted += more
    store.halve(shop.db, shop.now() - HALVED_AFTER, shop.now())
    while _choose_some(shop):
        pass
    return counted


def _count_some(shop: "Shop") -> int | None:
    """How many were counted; None when there are none left, or somebody else counts."""
    before = store.run(shop.db)
    after = before["after"] if before else ""
    orders = store.baskets_after(shop.db, after, shop.now() - SETTLED, _ORDERS_AT_ONCE)
    if not orders:
        return None
    counts = Counts()
    for order in orders:
        if order["status"] in store.BOUGHT:
            counts.add(line["sku"] for line in order["lines"])
    added = store.add(shop.db, before, orders[-1]["_id"], counts, shop.now())
    return counts.baskets if added else None


def _choose_some(shop: "Shop") -> bool:
    """Choose the neighbours of some things that were counted. False when there were none."""
    rows = store.dirty(shop.db, _DIRTY_AT_ONCE)
    if not rows:
        return False
    all_baskets = (store.run(shop.db) or {}).get("baskets", 0)
    things = store.baskets_of(shop.db, {other for _, _, pairs in rows for other in pairs})
    chosen = []
    for sku, baskets, pairs in rows:
        near = model.closest(pairs, baskets, things, all_baskets)
        crowded = len(pairs) > store.MOST_COUNTED
        kept = dict(Counter(pairs).most_common(store.MOST_COUNTED // 2)) if crowded else None
        chosen.append((sku, baskets, near, kept))
    store.put_neighbours(shop.db, chosen)
    return len(rows) == _DIRTY_AT_ONCE


# --- a page for somebody ---------------------------------------------------------------------------------------


def for_shopper(
    shop: "Shop", store_id: str, customer_id: str | None, cart: Sequence[str], limit: int
) -> list[Section]:
    """What this store has that somebody may want, up to `limit` a section; no section is empty.

    `for_you`, `buy_again` (signed in), `goes_well_with` (the cart's SKUs, newest last), `popular`.
    """
    orders = _orders_of(shop, customer_id) if customer_id else []
    known = store.affinities(shop.db, cart[-model.MOST_OF_CART :]) if cart else {}
    everybody = _everybody(shop)
    sections = [
        _for_you(shop, store_id, cart, known, everybody, orders, limit),
        _buy_again(shop, store_id, cart, orders, limit),
        _goes_well(shop, store_id, cart, known, everybody, limit),
        _popular(shop, store_id, cart, limit),
    ]
    return [section for section in sections if section is not None and section.offers]


def _for_you(
    shop: "Shop",
    store_id: str,
    cart: Sequence[str],
    known: dict[str, Affinity],
    everybody: Baskets,
    orders: Orders,
    limit: int,
) -> Section | None:
    if not everybody.count or not (orders or any(one.neighbours for one in known.values())):
        return None  # it would be what is bought again, or what everybody buys
    ranked = model.for_somebody(cart, known, everybody, orders, shop.now(), limit * _SPARE)
    basis = "orders_and_baskets" if orders else "baskets"
    return Section("for_you", basis, _available(shop, store_id, [sku for sku, _ in ranked], cart, limit))


def _buy_again(
    shop: "Shop", store_id: str, cart: Sequence[str], orders: Orders, limit: int
) -> Section | None:
    ranked = model.again(orders, shop.now(), model.MOST_HABITS)
    return Section(
        "buy_again", "your_orders", _available(shop, store_id, [sku for sku, _ in ranked], cart, limit)
    )


def _goes_well(
    shop: "Shop",
    store_id: str,
    cart: Sequence[str],
    known: dict[str, Affinity],
    everybody: Baskets,
    limit: int,
) -> Section | None:
    if not cart:
        return None
    ranked = model.goes_with(cart, known, everybody, limit * _SPARE)
    offers = _available(shop, store_id, [sku for sku, _ in ranked], cart, limit)
    if offers:
        return Section("goes_well_with", "baskets", offers)
    paths = [card["category_path"] for card in products.cards_of(shop.db, cart).values()]
    return Section("goes_well_with", "category", _beside(shop, store_id, paths, cart, limit))


def _popular(shop: "Shop", store_id: str, cart: Sequence[str], limit: int) -> Section:
    ranked = shop.memory.recall(("popular", store_id), _REMEMBERED_SECONDS, lambda: _sold_now(shop, store_id))
    offers = _available(shop, store_id, ranked, cart, limit)
    if len(offers) >= limit:
        return Section("popular", "sales", offers)
    shown = {offer.product["_id"] for offer in offers} | set(cart)
    rest = _spread(_on_shelf(shop, store_id, None), shown, limit - len(offers))
    if not offers:
        return Section("popular", "range", rest)
    return Section("popular", "sales_and_range" if rest else "sales", [*offers, *rest])


def _sold_now(shop: "Shop", store_id: str) -> list[str]:
    """What sells at the store, the last hours first of all."""
    orders = _baskets(store.bought_at(shop.db, store_id, shop.now() - NOW, _MOST_SALES))
    return [sku for sku, _ in model.again(orders, shop.now(), model.MOST_POPULAR, model.NOW_HALF_LIFE)]


def _orders_of(shop: "Shop", customer_id: str) -> Orders:
    return _baskets(store.bought_by(shop.db, customer_id, _MOST_ORDERS))


def _baskets(orders: Iterable[dict[str, object]]) -> Orders:
    return [
        (order["created_at"], [line["sku"] for line in order["lines"]])  # type: ignore[attr-defined, misc]
        for order in orders
    ]


def _everybody(shop: "Shop") -> Baskets:
    return shop.memory.recall(
        "all_baskets", _REMEMBERED_SECONDS, lambda: store.all_baskets(shop.db, model.MOST_POPULAR)
    )


# --- beside one product ----------------------------------------------------------------------------------------


def related(shop: "Shop", store_id: str, sku: str, limit: int) -> list[Section]:
    """`goes_well_with` a product, and `similar` ones that may stand in for it. Raises NotFound `unknown_sku`."""
    product = catalog.product(shop, sku)
    known = store.affinities(shop.db, [sku])
    sections = [
        _goes_well(shop, store_id, [sku], known, _everybody(shop), limit),
        Section("similar", "similar", _similar(shop, store_id, product, limit)),
    ]
    return [section for section in sections if section is not None and section.offers]


def _similar(shop: "Shop", store_id: str, product: "catalog.Product", limit: int) -> list[Offer]:
    """Of the same shelf, or of the aisle when that has little: first what counts as the same, then by its price."""
    found: dict[str, Offer] = {}
    for slug in reversed(product["category_path"][1:] or product["category_path"]):
        for offer in _on_shelf(shop, store_id, slug):
            found.setdefault(offer.product["_id"], offer)
        if len(found) > limit:
            break
    found.pop(product["_id"], None)
    facts = products.products_of(shop.db, found)

    def distance(sku: str) -> tuple[bool, int, float, str]:
        other = facts.get(sku, product)
        group = product["substitute_group"]
        same = group is not None and other["substitute_group"] == group
        depth = sum(a == b for a, b in zip(product["category_path"], other["category_path"], strict=False))
        return not same, -depth, abs(math.log(_worth(other) / _worth(product))), sku

    return [found[sku] for sku in sorted(found, key=distance)[:limit]]


def _worth(product: "catalog.Product") -> float:
    """Paise of one unit of its content, as far as that is known."""
    pack = product["pack"]
    return product["mrp"] / (pack["value"] if pack else 1)


# --- what the store has ----------------------------------------------------------------------------------------


def _available(
    shop: "Shop", store_id: str, skus: Sequence[str], without: Iterable[str], limit: int
) -> list[Offer]:
    """The first `limit` of `skus` that may be ordered here now, in their order."""
    hidden = set(without)
    found: list[Offer] = []
    wanted = [sku for sku in skus if sku not in hidden]
    for start in range(0, len(wanted), 4 * limit):
        some = wanted[start : start + 4 * limit]
        offers = shelf.offers_of(shop, store_id, some)
        found += [offers[sku] for sku in some if sku in offers and offers[sku].available]
        if len(found) >= limit:
            break
    return found[:limit]


def _on_shelf(shop: "Shop", store_id: str, category: str | None) -> Sequence[Offer]:
    """Some of what may be ordered here now, of a category or of all: the best prices first."""
    wanted = Wanted(category=category, in_stock=True)
    return shelf.shown_at(shop, store_id, wanted, "discount", None, _SHELF).offers


def _beside(
    shop: "Shop", store_id: str, paths: Sequence[Sequence[str]], cart: Sequence[str], limit: int
) -> list[Offer]:
    """Of the departments of the cart, but from other shelves: beside milk rather bread than more milk."""
    shelves = {path[-1] for path in paths if path}
    found = [
        offer
        for department in dict.fromkeys(path[0] for path in paths if path)
        for offer in _on_shelf(shop, store_id, department)
        if offer.product["category_path"][-1] not in shelves
    ]
    return _spread(found, set(cart), limit)


def _spread(offers: Iterable[Offer], without: set[str], limit: int) -> list[Offer]:
    """Up to `limit`, one of each shelf before a second one of any."""
    turns: Counter[str] = Counter()
    placed: list[tuple[int, int, Offer]] = []
    for number, offer in enumerate(offers):
        if offer.product["_id"] not in without:
            path = offer.product["category_path"]
            shelf_of = path[-1] if path else ""
            placed.append((turns[shelf_of], number, offer))
            turns[shelf_of] += 1
    return [offer for _, _, offer in sorted(placed, key=lambda one: one[:2])[:limit]]
