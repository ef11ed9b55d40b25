"""A fence while it is being drawn: what a save would say to it, what it shares with others, and how to mend it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import shapely
from shapely.geometry import shape

from shopsmart import geo
from shopsmart.errors import Invalid
from shopsmart.geo import Point
from shopsmart.stores import geometry, service
from shopsmart.stores import store as stores
from shopsmart.stores.geometry import Region

if TYPE_CHECKING:
    from shopsmart.context import Shop

OUTSIDE_FENCE, OUTSIDE_REGION = "store_outside_fence", "outside_region"


def check(
    shop: "Shop", geofence: Any, *, store_id: str | None = None, location: Point | None = None
) -> dict[str, Any]:
    """What saving `geofence` would say, and nothing is saved.

    `{valid, faults, area_km2, vertices, overlaps, served_area, warnings, fixed}`. For the store `store_id`, or one
    that is to stand at `location`, which goes before where it stands now. Raises NotFound, Invalid for a location
    that cannot be.
    """
    region = shop.settings.region
    if location is None and store_id is not None:
        location = service.get(shop, store_id)["location"]
    elif location is not None:
        lng, lat = location["coordinates"]
        location = geo.point(lng, lat, region)
    faults = geometry.faults(geofence, region)
    answer: dict[str, Any] = {
        "valid": False,
        "faults": [_told(fault, geofence) for fault in faults],
        "area_km2": 0.0,
        "vertices": _vertices(geofence),
        "overlaps": [],
        "served_area": None,
        "warnings": [],
        "fixed": _mended(geofence, region) if faults else None,
    }
    return answer if faults else answer | _of_good_fence(shop, geofence, store_id, location)


def _of_good_fence(
    shop: "Shop", geofence: Any, store_id: str | None, location: Point | None
) -> dict[str, Any]:
    fence = geometry.fence(geofence, shop.settings.region).geometry
    faults, warnings = [], []
    if location is not None:
        try:
            geometry.check_reach(fence, location)
        except Invalid as fault:
            farthest = {"type": "Point", "coordinates": geometry.farthest_corner(fence, location)}
            faults = [{"code": fault.code, "detail": fault.detail, "location": farthest, "path": None}]
        if not geometry.holds(fence, location):
            warnings.append(OUTSIDE_FENCE)
    if not shapely.box(*shop.settings.region).covers(shape(fence)):
        warnings.append(OUTSIDE_REGION)
    return {
        "valid": not faults,
        "faults": faults,
        "area_km2": round(geometry.area_km2(fence), 4),
        "overlaps": _overlaps(shop, fence, store_id),
        "served_area": geometry.multi_polygon(shape(fence)),
        "warnings": warnings,
    }


def _overlaps(shop: "Shop", fence: Mapping[str, Any], but: str | None) -> list[dict[str, Any]]:
    """What the fence shares with those of other active stores, the largest first."""
    drawn, shared = shape(fence), []
    shapely.prepare(drawn)
    for store_id, name, other in stores.serving(shop.db):
        if store_id == but or not drawn.intersects(theirs := shape(other)):
            continue
        common = drawn.intersection(theirs)
        if (km2 := geometry.shape_km2(common)) >= geometry.LEAST_KM2:
            place = geometry.multi_polygon(common)
            shared.append({"store_id": store_id, "name": name, "area_km2": round(km2, 4), "geometry": place})
    return sorted(shared, key=lambda one: (-one["area_km2"], one["store_id"]))


def _told(fault: Invalid, geofence: Any) -> dict[str, Any]:
    facts = fault.facts
    path = [facts[name] for name in ("polygon", "ring", "vertex") if name in facts]
    at = facts.get("at")
    return {
        "code": facts["reason"],
        "detail": fault.detail,
        "location": {"type": "Point", "coordinates": at} if _on_a_map(at) else None,
        "path": path if len(path) == 3 else None,
    }


def _on_a_map(at: Any) -> bool:
    return bool(at) and -180 <= at[0] <= 180 and -90 <= at[1] <= 90


def _vertices(geofence: Any) -> int:
    """How many corners were drawn; a ring's last position, which repeats its first, is none. 0 for a circle."""
    return sum(
        len(ring) - (len(ring) > 1 and ring[0] == ring[-1])
        for polygon in _drawn(geofence)
        for ring in (polygon if isinstance(polygon, list) else [])
        if isinstance(ring, list)
    )


def _drawn(geofence: Any) -> list[Any]:
    if not isinstance(geofence, Mapping) or not isinstance(geofence.get("coordinates"), list):
        return []
    coordinates: list[Any] = geofence["coordinates"]
    return [coordinates] if geofence.get("type") == "Polygon" else coordinates


def _mended(geofence: Any, region: Region) -> dict[str, Any] | None:
    """The fence as it was probably meant, which a save would take; None where that is anybody's guess."""
    try:
        polygons = [[_ring(ring, region) for ring in polygon] for polygon in _drawn(geofence)]
        if sum(map(len, polygons)) > geometry.MOST_POLYGONS * geometry.MOST_RINGS:
            return None
        whole = shapely.union_all([shapely.make_valid(shapely.Polygon(*_split(rings))) for rings in polygons])
        meant = geometry.multi_polygon(whole)
        if meant is None:
            return None
        single = len(meant["coordinates"]) == 1
        kind, coordinates = (
            ("Polygon", meant["coordinates"][0]) if single else (meant["type"], meant["coordinates"])
        )
        return geometry.fence({"type": kind, "coordinates": coordinates}, region).geometry
    except (Invalid, TypeError, ValueError, IndexError, OverflowError, shapely.GEOSException):
        return None  # not even positions, or still not good


def _split(rings: list[Any]) -> tuple[Any, list[Any]]:
    return rings[0], rings[1:]


def _ring(ring: Any, region: Region) -> list[list[float]]:
    """The ring closed, its axes the right way round, no position twice in a row."""
    if len(ring) > geometry.MOST_POSITIONS:
        raise ValueError
    kept: list[list[float]] = []
    for lng, lat in ring:
        if not geo.inside(lng, lat, region) and geo.inside(lat, lng, region):
            lng, lat = lat, lng
        if not (-180 <= lng <= 180 and -90 <= lat <= 90):
            raise ValueError
        if not kept or kept[-1] != [lng, lat]:
            kept.append([float(lng), float(lat)])
    return kept if kept[0] == kept[-1] else [*kept, kept[0]]
