"""Places by name, what a spot is called, and where we deliver."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shopsmart import geo
from shopsmart.geo import Point
from shopsmart.places import model, store
from shopsmart.places.model import Known, Place
from shopsmart.stores import geometry
from shopsmart.stores import service as stores
from shopsmart.stores.model import Store

if TYPE_CHECKING:
    from shopsmart.context import Shop

# Both change some times a year; a customer who types does not wait for the database at each letter.
_PLACES_SECONDS = 60.0
_FENCES_SECONDS = 5.0


@dataclass(frozen=True)
class Found:
    """A place and whether some store delivers there (open now or not)."""

    place: Place
    serviceable: bool


def find(shop: "Shop", q: str, near: Point | None = None, limit: int = 10) -> list[Found]:
    """What `q` may mean, best first. Without `q` the nearest to `near`, or else the best known places."""
    if q.strip():
        found = model.search(_known(shop), q, limit)
    elif near:
        found = store.near(shop.db, near, limit)
    else:
        best_known = sorted(_known(shop), key=lambda one: (-one.place["weight"], one.place["name"]["en"]))
        found = [one.place for one in best_known[:limit]]
    return [_with_service(shop, place) for place in found]


def naming(shop: "Shop", point: Point) -> Found | None:
    """The locality that a spot lies in or beside; None out in the country."""
    place = store.nearest(shop.db, point, model.NAMES_WITHIN_M, "locality")
    return _with_service(shop, place) if place else None


def add_missing(shop: "Shop", places: Sequence[Place]) -> None:
    """Add the places whose ids are new; leave the others as they are. Safe to repeat."""
    store.add_missing(shop.db, places)
    shop.memory.forget("places")


def serviceable(shop: "Shop", point: Point) -> dict[str, Any]:
    """As `stores.serviceable`; outside every fence also `nearest`: the served area next to `point`.

    `nearest`: {name, distance_m, location}, its `location` the fence's spot next to `point`; None with no store.
    """
    answer = stores.serviceable(shop, point)
    if answer.get("reason") != "outside_all_zones":
        return answer
    return {**answer, "nearest": _nearest_area(shop, point)}


def _nearest_area(shop: "Shop", point: Point) -> dict[str, Any] | None:
    areas = _areas(shop)
    if not areas:
        return None
    spots = [(geometry.nearest_in(area, point), facts, area) for facts, area in areas]
    spot, facts, area = min(spots, key=lambda one: geo.distance_m(point, one[0]))
    inside = [one.place for one in _known(shop) if geometry.holds(area, one.place["location"])]
    # Named as people there would name it: by the place next to the spot, and only else by the store.
    next_to_it = min(inside, key=lambda place: geo.distance_m(spot, place["location"]), default=None)
    return {
        "name": dict(next_to_it["name"]) if next_to_it else {"en": facts["name"]},
        "distance_m": geo.distance_m(point, spot),
        "location": spot,
    }


def _with_service(shop: "Shop", place: Place) -> Found:
    served = any(geometry.holds(area, place["location"]) for _, area in _areas(shop))
    return Found(place, served)


def _known(shop: "Shop") -> list[Known]:
    return shop.memory.recall(
        "places", _PLACES_SECONDS, lambda: [model.known(place) for place in store.everything(shop.db)]
    )


def _areas(shop: "Shop") -> list[tuple[Store, dict[str, Any]]]:
    return shop.memory.recall("served areas", _FENCES_SECONDS, lambda: stores.serving(shop))
