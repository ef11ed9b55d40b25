"""Draw the city's fences from the municipal wards, once: the result is committed as `fences.geojson`.

    python -m seeds.draw_fences <wards.geojson>

Takes the ward boundaries of Bhubaneswar by DataMeet (Municipal Spatial Data, CC BY), joins the wards of each
store, lets them reach a little over into the neighbours' and simplifies them. See `seeds/ATTRIBUTION.md`.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

from shapely import affinity, set_precision
from shapely.geometry import MultiPolygon, Point, Polygon, mapping, shape
from shapely.geometry.polygon import orient
from shapely.ops import unary_union

from seeds.city import AIRFIELD, ALONE_WITHIN_M, DEMO_DOOR, FENCES, STORES, DarkStore

ATTRIBUTION = "Ward boundaries: DataMeet, Municipal Spatial Data, CC BY; joined, widened and simplified"
_METRES_PER_DEGREE = 111_195.0
_MIDDLE_LATITUDE = 20.29
_TOLERANCE_M = 12
_MOST_VERTICES = 500
_DECIMALS = 6
# A little more than promised: simplifying and rounding must not eat into it.
_ALONE_M = ALONE_WITHIN_M + 60


def main(wards_file: Path, out: Path = FENCES) -> None:
    """Write the fences of all stores that have wards."""
    collection = json.loads(wards_file.read_text(encoding="utf-8"))
    wards = {
        feature["properties"]["wardno"]: _to_metres(shape(feature["geometry"]))
        for feature in collection["features"]
    }
    alone = _to_metres(Point(DEMO_DOOR)).buffer(_ALONE_M)
    features = [_feature(store, _fence(store, wards, alone)) for store in STORES if store.wards]
    drawn = {"type": "FeatureCollection", "attribution": ATTRIBUTION, "features": features}
    out.write_text(json.dumps(drawn, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")


def _fence(store: DarkStore, wards: dict[str, Polygon], alone: Polygon) -> Polygon:
    joined = unary_union([wards[name].buffer(0) for name in store.wards]).buffer(store.reach_m)
    joined = joined.union(alone.buffer(20)) if _within(store, alone) else joined.difference(alone)
    if store.code == "old-town":
        joined = joined.difference(_to_metres(Polygon(AIRFIELD)))
    fence = _to_degrees(_largest(joined.simplify(_TOLERANCE_M)))
    fence = orient(_largest(set_precision(fence, 10**-_DECIMALS)))
    if (
        not fence.is_valid
        or max(len(ring.coords) for ring in [fence.exterior, *fence.interiors]) > _MOST_VERTICES
    ):
        raise ValueError(f"the fence of {store.code} came out wrong")
    return fence


def _within(store: DarkStore, alone: Polygon) -> bool:
    return bool(alone.contains(_to_metres(Point(store.at))))


def _largest(drawn: Polygon | MultiPolygon) -> Polygon:
    """The main part, with those of its holes that are more than a gap between wards."""
    polygon = max(drawn.geoms, key=lambda part: part.area) if isinstance(drawn, MultiPolygon) else drawn
    least = polygon.area / 500
    return Polygon(polygon.exterior, [hole for hole in polygon.interiors if Polygon(hole).area > least])


def _feature(store: DarkStore, fence: Polygon) -> dict[str, Any]:
    geometry = mapping(fence)
    rings = [
        [[round(x, _DECIMALS), round(y, _DECIMALS)] for x, y in ring] for ring in geometry["coordinates"]
    ]
    return {
        "type": "Feature",
        "properties": {"store": store.code, "wards": list(store.wards)},
        "geometry": {"type": "Polygon", "coordinates": rings},
    }


def _to_metres(drawn: Any) -> Any:
    """Flat metres are right to a few metres over one city."""
    across = _METRES_PER_DEGREE * math.cos(math.radians(_MIDDLE_LATITUDE))
    return affinity.scale(drawn, across, _METRES_PER_DEGREE, origin=(0, 0))


def _to_degrees(drawn: Any) -> Any:
    across = _METRES_PER_DEGREE * math.cos(math.radians(_MIDDLE_LATITUDE))
    return affinity.scale(drawn, 1 / across, 1 / _METRES_PER_DEGREE, origin=(0, 0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
