"""Lists, searches and suggestions out of the live copy; what people searched for; what stores sell much of."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from shopsmart.catalog.model import local
from shopsmart.catalog.words import folded
from shopsmart.search import pages, store
from shopsmart.search.columns import Copy
from shopsmart.search.engine import Completion
from shopsmart.search.model import Found, Wanted

if TYPE_CHECKING:
    from shopsmart.context import Shop

HALF_LIFE = timedelta(days=7)  # of a sale in the popularity of what was sold
WINDOW = timedelta(days=28)  # how far back the first count looks
_SETTLED = timedelta(minutes=2)  # an order is written down a little after its id was made
_MOST_AT_ONCE = timedelta(hours=1)
_MOST_ROUNDS = 100
_LANDMARK = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
SoldBetween = Callable[[datetime, datetime], Iterable[tuple[str, str, datetime, int]]]
_MOST_COMPLETED = 20
_SUGGESTED = {"product": 6, "category": 3, "brand": 3}


@dataclass(frozen=True)
class Suggestion:
    """`kind`: product, category, brand or recent; `key` its SKU, slug, name or text."""

    kind: str
    text: str
    key: str


# --- out of the copy -------------------------------------------------------------------------------------------


def page(
    shop: "Shop",
    copy: Copy,
    store_id: str,
    wanted: Wanted,
    sort: str,
    key: Sequence[Any] | None,
    limit: int,
    facets: Sequence[str] = (),
) -> Found:
    """See `pages.page`."""
    now = shop.now().timestamp()
    with copy.lock:
        return pages.page(copy, store_id, wanted, sort, key, limit, facets, now)


def category_counts(copy: Copy, store_id: str) -> dict[str, int]:
    """How many products the store lists in and below each category that has any."""
    with copy.lock:
        return pages.in_categories(copy, np.flatnonzero(copy.shelf(store_id).listed[: len(copy)]))


def suggestions(
    shop: "Shop", copy: Copy, store_id: str | None, q: str, language: str, user_id: str | None = None
) -> list[Suggestion]:
    """What the person who types `q` may mean, best first: own searches, then what the store sells (None: anything)."""
    found = _recent(shop, user_id, q) if user_id else []
    with copy.lock:
        shelf = copy.shelf(store_id) if store_id else None
        listed = shelf.listed[: len(copy)] if shelf else None
        completions = copy.remembered(
            ("complete", store_id or "", q),
            shelf.lists if shelf else 0,
            lambda: copy.engine.complete(q, _MOST_COMPLETED, listed),
        )
        room = dict(_SUGGESTED)
        for one in completions:
            if room.get(one.kind) and (suggestion := _suggestion(copy, one, language)):
                room[one.kind] -= 1
                found.append(suggestion)
    return found


def _suggestion(copy: Copy, one: Completion, language: str) -> Suggestion | None:
    """The completion as the customer reads it; None for a category that has just gone."""
    if one.kind == "product":
        return Suggestion(one.kind, local(copy.product(copy.rows[one.key])["name"], language), one.key)
    if one.kind == "category":
        slug = copy.slug_of(one.key)
        if slug is None:
            return None
        return Suggestion(one.kind, local(copy.categories[slug]["name"], language), slug)
    return Suggestion(one.kind, one.text, one.key)


# --- what people searched for ------------------------------------------------------------------------------------


def _recent(shop: "Shop", user_id: str, q: str) -> list[Suggestion]:
    typed = folded(q)
    mine = [text for text in store.recent_searches(shop.db, user_id) if folded(text).startswith(typed)]
    return [Suggestion("recent", text, text) for text in mine[:3]]


def remember(shop: "Shop", user_id: str, q: str) -> None:
    """Keep `q` among the person's newest searches."""
    store.remember_search(shop.db, user_id, q, shop.now())


def recent(shop: "Shop", user_id: str) -> list[str]:
    """The person's newest searches, newest first."""
    return store.recent_searches(shop.db, user_id)


def forget(shop: "Shop", user_id: str) -> None:
    """Erase what the person searched for. Safe to repeat."""
    store.forget_searches(shop.db, user_id)


# --- what stores sell much of ------------------------------------------------------------------------------------


def count_sales(shop: "Shop", sold_between: SoldBetween) -> int:
    """Add what was sold since the last count to the popularity, each sale once; how many rounds that took.

    `sold_between(since, until)` gives `(store, sku, when, units)`. A sale weighs half as much after each HALF_LIFE:
    newer ones are added with more weight, so that old ones need no touch. Safe to repeat and to race.
    """
    rounds = 0
    while rounds < _MOST_ROUNDS and _count_round(shop, sold_between):
        rounds += 1
    return rounds


def _count_round(shop: "Shop", sold_between: SoldBetween) -> bool:
    run = store.popularity_run(shop.db)
    since = run["until"] if run else shop.now() - WINDOW
    until = min(shop.now() - _SETTLED, since + _MOST_AT_ONCE)
    if until <= since:
        return False
    return store.add_popularity(shop.db, run, until, _weights(sold_between(since, until)))


def _weights(sold: Iterable[tuple[str, str, datetime, int]]) -> list[tuple[str, str, float]]:
    weights: dict[tuple[str, str], float] = {}
    for store_id, sku, when, units in sold:
        weight = units * 2.0 ** ((when - _LANDMARK) / HALF_LIFE)
        weights[store_id, sku] = weights.get((store_id, sku), 0.0) + weight
    return [(store_id, sku, weight) for (store_id, sku), weight in weights.items()]
