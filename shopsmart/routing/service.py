"""Pick the nearest open store whose fence holds the point and whose shelf holds the basket."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from shopsmart.catalog import store as catalog
from shopsmart.geo import Point
from shopsmart.inventory import store as stock
from shopsmart.inventory.model import Line
from shopsmart.routing.model import CHOSEN, SHORT, Decision, short_lines
from shopsmart.stores import service as stores

if TYPE_CHECKING:
    from shopsmart.context import Shop


def choose(shop: "Shop", point: Point, lines: Sequence[Line], *, only_store: str | None = None) -> Decision:
    """The store for `lines` (merged) at `point`, with the trace of every candidate looked at.

    When no open store has it all, the nearest open one is named with what it is short of. `only_store` keeps to
    a store that was promised (by a quote). Nothing is taken.
    """
    candidates = stores.candidates(shop, point)
    if only_store is not None:
        candidates = [candidate for candidate in candidates if candidate.store["_id"] == only_store]
    if not candidates:
        return Decision(None, reason="outside_all_zones")
    opened = [candidate for candidate in candidates if candidate.open]
    if not opened:
        return Decision(None, reason="all_closed", trace=[_row(one, one.reason) for one in candidates])
    skus = [line.sku for line in lines]
    ids = [candidate.store["_id"] for candidate in opened]
    available = stock.available_in(shop.db, ids, skus)
    listed = catalog.listings_in(shop.db, ids, skus)
    shortages = {id_: short_lines(lines, available[id_], listed[id_]) for id_ in ids}
    chosen = next((one for one in opened if not shortages[one.store["_id"]]), opened[0])
    return Decision(
        store=chosen.store,
        distance_m=chosen.distance_m,
        eta_s=chosen.eta_s,
        zone_id=chosen.zone_id,
        zone_version=chosen.zone_version,
        reason=SHORT if shortages[chosen.store["_id"]] else CHOSEN,
        shortages=shortages[chosen.store["_id"]],
        trace=[_verdict(one, chosen, shortages) for one in candidates],
    )


def _verdict(one: Any, chosen: Any, shortages: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    if not one.open:
        return _row(one, one.reason)
    short = shortages[one.store["_id"]]
    if short:
        row = _row(one, SHORT)
        row["short"] = [{"sku": line.sku, "available": line.available} for line in short]
        return row
    return _row(one, CHOSEN if one is chosen else "farther")


def _row(one: Any, verdict: str) -> dict[str, Any]:
    return {
        "store_id": one.store["_id"],
        "name": one.store["name"],
        "distance_m": one.distance_m,
        "eta_s": one.eta_s,
        "verdict": verdict,
    }
