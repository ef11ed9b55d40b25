"""How the price and the availability of a product came to be what they are: catalogue and switches, as one list."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import service as catalog
from shopsmart.catalog import store as products
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import stock_id

if TYPE_CHECKING:
    from shopsmart.context import Shop


def history(
    shop: "Shop", sku: str, store_id: str | None, after: Sequence[Any] | None, limit: int
) -> tuple[list[dict[str, Any]], list[Any] | None]:
    """What changed of a product, its listings and its switches, newest first, and the key of the next page.

    Rows `{id, at, who, via, what, why, store_id, before, after}`; with `store_id` that store's and the product's own.
    Raises NotFound `unknown_sku`.
    """
    catalog.product(shop, sku, hidden_too=True)
    until = datetime.fromisoformat(after[0]) if after else None
    skipped = set(after[1]) if after else set[str]()
    most = limit + len(skipped) + 1
    rows = [_of_catalogue(row) for row in products.history(shop.db, sku, store_id, until, most)]
    shelves = [store_id] if store_id is not None else stock.stores_of(shop.db, sku)
    ids = [stock_id(one, sku) for one in shelves]
    rows += [_of_switch(row) for row in stock.switches(shop.db, ids, until, most)]
    rows = sorted(
        (row for row in rows if row["id"] not in skipped),
        key=lambda row: (row["at"], row["id"]),
        reverse=True,
    )
    page, more = rows[:limit], len(rows) > limit
    return page, _key(page, after, until) if more else None


def _key(page: Sequence[dict[str, Any]], after: Sequence[Any] | None, until: datetime | None) -> list[Any]:
    """The moment where the page ends and what of that moment was shown."""
    last = page[-1]["at"]
    shown = [row["id"] for row in page if row["at"] == last]
    if after and last == until:
        shown = [*after[1], *shown]
    return [last.isoformat(), shown]


def _of_catalogue(row: dict[str, Any]) -> dict[str, Any]:
    facts = {name: row[name] for name in ("at", "who", "via", "what", "store_id", "before", "after")}
    return {"id": row["_id"], "why": "", **facts}


def _of_switch(row: dict[str, Any]) -> dict[str, Any]:
    on = row["kind"] == "switch_on"
    after = {"available": on} | ({"off_until": row["until"]} if "until" in row else {})
    return {
        "id": f"stock:{row['stock_id']}:{row['seq']}",
        "at": row["at"],
        "who": row.get("actor", ""),
        "via": "",
        "what": "listing.switched_on" if on else "listing.switched_off",
        "why": row.get("reason", ""),
        "store_id": row["stock_id"].partition(":")[0],
        "before": None,
        "after": after,
    }
