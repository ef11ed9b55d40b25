"""Points on the globe: what is a sane one, and how far apart two are."""

import math
from typing import Any, TypedDict

from geopy.distance import great_circle

from shopsmart.errors import Invalid


class Point(TypedDict):
    type: str  # "Point"
    coordinates: list[float]  # [longitude, latitude]


def point(lng: float, lat: float, region: tuple[float, float, float, float]) -> Point:
    """A GeoJSON point. Raises Invalid for one off the globe or, by `region` (W, S, E, N), with its axes swapped."""
    if not (_finite(lng) and _finite(lat) and -180 <= lng <= 180 and -90 <= lat <= 90):
        raise Invalid(
            "Longitude lies within -180 and 180, latitude within -90 and 90.",
            code="invalid_location",
            errors={"location": ["Not a point on the globe."]},
        )
    # A mistake that every map library invites: inside the region only when read the other way round.
    if not inside(lng, lat, region) and inside(lat, lng, region):
        raise Invalid(
            "Longitude and latitude look swapped; GeoJSON wants [longitude, latitude].",
            code="coordinates_swapped",
            errors={"location": ["Longitude and latitude look swapped."]},
        )
    return {"type": "Point", "coordinates": [lng, lat]}


def inside(lng: float, lat: float, region: tuple[float, float, float, float]) -> bool:
    west, south, east, north = region
    return west <= lng <= east and south <= lat <= north


def distance_m(a: Point, b: Point) -> int:
    """Metres between two points along a great circle, rounded."""
    (lng_a, lat_a), (lng_b, lat_b) = a["coordinates"], b["coordinates"]
    return round(great_circle((lat_a, lng_a), (lat_b, lng_b)).meters)


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
