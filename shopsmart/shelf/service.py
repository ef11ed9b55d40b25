"""Reading a store's shelf: pages of it, searches in it, suggestions, single products.

Lists come out of the process's live copy (see `search.live`). While there is none, or none that is fresh, MongoDB
answers what its indexes can.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import service as catalog
from shopsmart.catalog import store as products
from shopsmart.catalog.words import asked
from shopsmart.errors import Conflict, Invalid, NotFound, Unavailable
from shopsmart.geo import Point
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import for_sale
from shopsmart.search import service as search
from shopsmart.search.columns import Copy
from shopsmart.search.model import Wanted
from shopsmart.search.pages import BEST
from shopsmart.search.service import Suggestion
from shopsmart.shelf.model import Offer, Rank, Shown, rank
from shopsmart.stores import model as opening
from shopsmart.stores import service as stores
from shopsmart.stores import store as store_documents
from shopsmart.stores.model import Candidate

if TYPE_CHECKING:
    from shopsmart.context import Shop

MOST_FOUND = 3_000
_MOST_SCANNED = 600
_SCAN_BATCH = 100


# --- which store's shelf ---------------------------------------------------------------------------------------


def store_at(shop: "Shop", point: Point) -> dict[str, Any]:
    """The store whose shelf is shown at `point`: the nearest open one, else the nearest.

    `{id, name, open, opens_at, distance_m, eta_s}`. Raises Conflict `not_serviceable` outside every fence.
    """
    candidates = _candidates(shop, point)
    nearest = next(candidates, None)
    if nearest is None:
        raise Conflict("No store delivers to this place.", code="not_serviceable", reason="outside_all_zones")
    chosen = nearest if nearest.open else next((one for one in candidates if one.open), nearest)
    return {
        "id": chosen.store["_id"],
        "name": chosen.store["name"],
        "open": chosen.open,
        "opens_at": chosen.opens_at,
        "distance_m": chosen.distance_m,
        "eta_s": chosen.eta_s,
    }


def _candidates(shop: "Shop", point: Point) -> Iterator[Candidate]:
    """Nearest first; those out of the copy are looked at one by one, as mostly the first will do."""
    copy = shop.live.view()
    if copy is None:
        return iter(stores.candidates(shop, point))
    return (stores.as_candidate(shop, store, point) for store in copy.fences.at(point))


def store_named(shop: "Shop", store_id: str) -> dict[str, Any]:
    """The same for a store that was named, without a distance. Raises NotFound."""
    copy = shop.live.view()
    found = store_documents.get(shop.db, store_id) if copy is None else copy.fences.get(store_id)
    if found is None or found["status"] != "active":
        raise NotFound("There is no such store.")
    opened, _, opens_at = opening.is_open(found, shop.now())
    return {
        "id": found["_id"],
        "name": found["name"],
        "open": opened,
        "opens_at": opens_at,
        "distance_m": None,
        "eta_s": None,
    }


# --- pages -----------------------------------------------------------------------------------------------------


def shown_at(
    shop: "Shop",
    store_id: str,
    wanted: Wanted,
    sort: str,
    after: Sequence[Any] | None,
    limit: int,
    facets: Sequence[str] = (),
) -> Shown:
    """A page of what the store sells, behind the key `after` of an earlier page; `sort` is one of search's SORTS.

    Raises Invalid for a cursor of another order, Unavailable `catalogue_loading` for what only the copy knows
    while there is none.
    """
    if sort == "relevance" and wanted.q is None:
        sort = "name"
    copy = shop.live.view()
    # A search that MongoDB began is ended by MongoDB: its order by relevance is another one.
    if copy is None or (sort == "relevance" and after and after[0] == sort):
        return _out_of_mongodb(shop, store_id, wanted, sort, after, limit, facets)
    if sort == "relevance":
        sort = BEST
    found = search.page(shop, copy, store_id, wanted, sort, _key_for(sort, after), limit, facets)
    offers = _copied_offers(copy, store_id, found.rows)
    return Shown(offers, found.next_key, found.facets, found.did_you_mean, shop.live.stale)


def _copied_offers(copy: Copy, store_id: str, rows: Sequence[int]) -> list[Offer]:
    with copy.lock:
        shelf = copy.shelf(store_id)
        return [
            Offer(
                copy.product(row),
                store_id,
                {"price": int(shelf.price[row]), "max_per_order": int(shelf.most[row]) or None},
                int(shelf.left[row]),
            )
            for row in rows
        ]


def category_counts(shop: "Shop", store_id: str) -> Mapping[str, int] | None:
    """How many products the store lists in and below each category; None while there is no copy to count in."""
    copy = shop.live.view()
    return None if copy is None else search.category_counts(copy, store_id)


def category_name(shop: "Shop", slug: str) -> Mapping[str, str]:
    """A category's name by language, as the copy knows it; empty for an unknown one."""
    copy = shop.live.view()
    known = copy.categories.get(slug) if copy else None
    return known["name"] if known else {}


def suggestions(
    shop: "Shop", store_id: str | None, q: str, language: str, user_id: str | None = None
) -> list[Suggestion]:
    """What somebody who types `q` may mean; none while there is no copy to ask. Never raises for odd text."""
    copy = shop.live.view()
    return [] if copy is None else search.suggestions(shop, copy, store_id, q, language, user_id)


def _out_of_mongodb(
    shop: "Shop",
    store_id: str,
    wanted: Wanted,
    sort: str,
    after: Sequence[Any] | None,
    limit: int,
    facets: Sequence[str],
) -> Shown:
    """The same without the copy. Where many items in a row are sold out, a page of an `in_stock` list may be
    short, even empty, and still have a next one: the work for a page is bounded."""
    known = sort == "relevance" or sort in products.SORTS
    if facets or wanted.packs or not known or (after and after[0] == BEST):
        raise Unavailable("The catalogue is being read; try again in a moment.", code="catalogue_loading")
    key = _key_for(sort, after)
    look = _browse if wanted.q is None else _search
    offers, next_key = look(shop, store_id, wanted, sort, key, limit)
    return Shown(offers, next_key)


def _key_for(sort: str, after: Sequence[Any] | None) -> list[Any] | None:
    """The key without the name of its order. Raises Invalid for a cursor of another order."""
    if after is None:
        return None
    if not after or after[0] != sort:
        raise Invalid("This cursor belongs to another order of the list.", code="invalid_cursor")
    return list(after[1:])


def _browse(
    shop: "Shop", store_id: str, wanted: Wanted, sort: str, key: list[Any] | None, limit: int
) -> tuple[list[Offer], list[Any] | None]:
    field = products.SORTS[sort][0]
    found: list[tuple[Mapping[str, Any], int]] = []
    scanned = 0
    while len(found) <= limit:
        size = limit + 1 if not wanted.in_stock else max(limit + 1, _SCAN_BATCH)
        rows = products.shown(
            shop.db, store_id, wanted.filter(), sort, (key[0], key[1]) if key else None, size
        )
        left = _left(shop, store_id, [row["sku"] for row in rows])
        found += [(row, left[row["sku"]]) for row in rows if left[row["sku"]] or not wanted.in_stock]
        if rows:
            key = [rows[-1][field], rows[-1]["sku"]]  # type: ignore[literal-required]
        scanned += len(rows)
        if len(rows) < size:
            key = None
            break
        if scanned >= _MOST_SCANNED:
            break
    if len(found) > limit:
        found = found[:limit]
        key = [found[-1][0][field], found[-1][0]["sku"]]
    return _offers(shop, store_id, found), None if key is None else [sort, *key]


def _search(
    shop: "Shop", store_id: str, wanted: Wanted, sort: str, key: list[Any] | None, limit: int
) -> tuple[list[Offer], list[Any] | None]:
    """All that the words find is ranked at once, at most MOST_FOUND: each page costs the same."""
    assert wanted.q is not None
    words = asked(wanted.q)
    names = {row["_id"]: row["name_keys"] for row in products.matching(shop.db, wanted.q, MOST_FOUND)}
    rows = products.listed(shop.db, store_id, list(names), wanted.filter())
    left = _left(shop, store_id, [row["sku"] for row in rows])
    ranked: list[tuple[Any, Mapping[str, Any]]] = sorted(
        (
            (_place(sort, row, rank(names[row["sku"]], words, left[row["sku"]], row["sku"])), row)
            for row in rows
            if left[row["sku"]] or not wanted.in_stock
        ),
        key=lambda pair: pair[0],
    )
    if key is not None:
        ranked = [pair for pair in ranked if list(pair[0]) > key]
    page = [(row, left[row["sku"]]) for _, row in ranked[:limit]]
    more = len(ranked) > limit
    return _offers(shop, store_id, page), [sort, *ranked[limit - 1][0]] if more else None


def _place(sort: str, row: Mapping[str, Any], relevance: Rank) -> tuple[Any, ...]:
    if sort == "relevance":
        return relevance
    field, direction = products.SORTS[sort]
    value = row[field] if sort == "name" else row[field] * direction
    return value, row["sku"]


def _offers(shop: "Shop", store_id: str, rows: Sequence[tuple[Mapping[str, Any], int]]) -> list[Offer]:
    cards = products.cards_of(shop.db, [row["sku"] for row, _ in rows])
    return [Offer(cards[row["sku"]], store_id, row, left) for row, left in rows if row["sku"] in cards]


def _left(shop: "Shop", store_id: str, skus: Sequence[str]) -> dict[str, int]:
    """What may be ordered of each."""
    kept = stock.available_of(shop.db, store_id, skus) if skus else {}
    return {sku: for_sale(kept.get(sku)) for sku in skus}


# --- single products -------------------------------------------------------------------------------------------


def product_at(shop: "Shop", store_id: str | None, sku: str, *, hidden_too: bool = False) -> Offer:
    """One product with all its facts, as the store sells it (None: nobody's price). Raises NotFound."""
    product = catalog.product(shop, sku, hidden_too=hidden_too)
    if store_id is None:
        return Offer(product)
    listing = products.listings_of(shop.db, store_id, [sku]).get(sku)
    return Offer(product, store_id, listing, _left(shop, store_id, [sku])[sku])


def offers_of(shop: "Shop", store_id: str | None, skus: Sequence[str]) -> dict[str, Offer]:
    """`{sku: offer}` of the products that exist, hidden ones too."""
    cards = products.cards_of(shop.db, skus)
    if store_id is None:
        return {sku: Offer(card) for sku, card in cards.items()}
    listings = products.listings_of(shop.db, store_id, skus)
    left = _left(shop, store_id, list(skus))
    return {sku: Offer(card, store_id, listings.get(sku), left[sku]) for sku, card in cards.items()}
