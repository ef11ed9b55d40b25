"""Who would gain and who would lose by another fence: past orders and saved addresses, served before and after.

A place is served by the nearest active store whose fence holds it, as in `stores.service.candidates`; whether that
store was open is left out. Nothing of a person leaves this module: places are cut to about a hundred metres.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.geometry import shape

from shopsmart.identity import store as users
from shopsmart.infra import ids
from shopsmart.orders import store as orders
from shopsmart.stores import geometry
from shopsmart.stores import service as stores
from shopsmart.stores import store as fences

if TYPE_CHECKING:
    from shopsmart.context import Shop

REPLAYED, COUNTED = timedelta(days=90), timedelta(days=30)
MOST_ORDERS = MOST_ACCOUNTS = 20_000
MOST_SAMPLES = 500
_CELL_DECIMALS = 3  # of a degree: about a hundred metres
_NOBODY = -1


@dataclass(frozen=True)
class _Server:
    store_id: str
    name: str
    location: Sequence[float]
    fence: Any  # shapely


def preview(shop: "Shop", store_id: str, geofence: Any) -> dict[str, Any]:
    """What publishing `geofence` for a store would change; nothing is saved.

    `{addresses, orders_30d, sample, added, removed, area_km2}`. Orders of the last 90 days, the newest 20,000 at
    most. Raises NotFound, Invalid as a save would.
    """
    store = stores.get(shop, store_id)
    drawn = geometry.fence(geofence, shop.settings.region)
    geometry.check_reach(drawn.geometry, store["location"])
    [(_, zone)] = stores.with_fences(shop, [store])
    before, after = shape(zone["geometry"]), shape(drawn.geometry)
    now = shop.now()
    ordered = orders.places(shop.db, now - REPLAYED, MOST_ORDERS)
    saved = users.address_places(shop.db, MOST_ACCOUNTS)
    places = np.array([place for place, _ in ordered] + saved, dtype=float).reshape(-1, 2)
    own = _Server(store_id, store["name"], store["location"]["coordinates"], None)
    servers = [own, *_others(shop, store_id)]
    held = _held(shapely.union(before, after), places)
    was, becomes = np.full(len(places), _NOBODY), np.full(len(places), _NOBODY)
    # Who serves the others is nothing to this store, and the same before and after.
    was[held], becomes[held] = (_served_by(servers, own_, places[held]) for own_ in (before, after))
    changes = _changes(was, becomes)
    counted_from = ids.first_of(now - COUNTED)
    lately = np.array([order_id >= counted_from for _, order_id in ordered], dtype=bool)
    return {
        "addresses": _counted(changes[len(ordered) :]),
        "orders_30d": _counted(changes[: len(ordered)][lately]),
        "sample": _sample(servers, places, was, becomes, len(ordered)),
        "added": geometry.multi_polygon(after.difference(before)),
        "removed": geometry.multi_polygon(before.difference(after)),
        "area_km2": {
            "before": round(geometry.area_km2(zone["geometry"]), 4),
            "after": round(geometry.area_km2(drawn.geometry), 4),
        },
    }


def _others(shop: "Shop", store_id: str) -> list[_Server]:
    serving = [one for one in fences.serving(shop.db) if one[0] != store_id]
    places = {one["_id"]: one["location"] for one in fences.several(shop.db, [one[0] for one in serving])}
    return [_Server(id_, name, places[id_]["coordinates"], shape(fence)) for id_, name, fence in serving]


def _served_by(servers: Sequence[_Server], own_fence: Any, places: Any) -> Any:
    """Which of `servers` serves each place, by number; the first one has `own_fence`."""
    served = np.full(len(places), _NOBODY)
    if not len(places):
        return served
    tree = shapely.STRtree([own_fence, *(server.fence for server in servers[1:])])
    place, server = tree.query(shapely.points(places), predicate="intersects")
    away = _metres(places[place], np.array([one.location for one in servers])[server])
    order = np.lexsort((server, away, place))
    held, first = np.unique(place[order], return_index=True)
    served[held] = server[order][first]
    return served


def _held(ground: Any, places: Any) -> Any:
    shapely.prepare(ground)
    return shapely.intersects_xy(ground, places[:, 0], places[:, 1])


def _metres(some: Any, others: Any) -> Any:
    (lng, lat), (lng_b, lat_b) = np.radians(some).T, np.radians(others).T
    half = np.sin((lat_b - lat) / 2) ** 2 + np.cos(lat) * np.cos(lat_b) * np.sin((lng_b - lng) / 2) ** 2
    return 2 * 6_371_008.8 * np.arcsin(np.minimum(1.0, np.sqrt(half)))


def _changes(was: Any, becomes: Any) -> Any:
    """What the new fence means for each place, "" where this store has nothing to do with it. The store is number 0."""
    return np.select(
        [
            (was == 0) & (becomes == 0),
            (was == _NOBODY) & (becomes == 0),
            (was == 0) & (becomes == _NOBODY),
            was != becomes,
        ],
        ["keep", "gain", "lose", "served_by_other"],
        default="",
    )


def _counted(changes: Any) -> dict[str, int]:
    """`served_by_other`: those who go from this store to another one, or come from another one to this."""
    return {name: int((changes == name).sum()) for name in ("gain", "lose", "keep", "served_by_other")}


def _sample(
    servers: Sequence[_Server], places: Any, was: Any, becomes: Any, ordered: int
) -> list[dict[str, Any]]:
    """Cells of about a hundred metres for which something changes, those with the most orders first."""
    cells: Counter[tuple[float, float, int, int]] = Counter()
    for number in np.flatnonzero(was != becomes).tolist():
        lng, lat = np.round(places[number], _CELL_DECIMALS).tolist()
        cells[lng, lat, int(was[number]), int(becomes[number])] += int(number < ordered)
    chosen = sorted(cells.items(), key=lambda cell: (-cell[1], cell[0]))[:MOST_SAMPLES]
    return [
        {
            "location": {"type": "Point", "coordinates": [lng, lat]},
            "change": "gains" if before == _NOBODY else "loses" if after == _NOBODY else "moves",
            "from_store": None if before == _NOBODY else servers[before].store_id,
            "to_store": None if after == _NOBODY else servers[after].store_id,
            "orders": count,
        }
        for (lng, lat, before, after), count in chosen
    ]
