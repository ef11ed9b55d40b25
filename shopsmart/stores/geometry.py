"""Fences: checked here, before MongoDB sees them, with the reason and the place of every fault.

A fence comes as a GeoJSON Polygon or MultiPolygon, or as a circle `{"center": Point, "radius_m": metres}`. It is
kept as a geometry either way, so that one query serves both. Counts are looked at before anything costly, so a
monstrous fence is refused as quickly as a small one. Coordinates are [longitude, latitude] in degrees.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, NoReturn, TypedDict

import orjson
import shapely
import shapely.ops
from shapely import affinity
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from shopsmart.errors import Invalid
from shopsmart.geo import Point, inside

Position = Sequence[float]
Ring = list[list[float]]
Polygon = list[Ring]
Region = tuple[float, float, float, float]

MOST_POLYGONS = 20
MOST_RINGS = 5  # the outer one and four holes
MOST_POSITIONS = 500
MOST_BYTES = 64 * 1024
MOST_KM2 = 2_000.0
LEAST_KM2 = 0.0001  # a hundred square metres
RADII_M = (50, 25_000)
CIRCLE_CORNERS = 64
MOST_REACH_M = 50_000
MOST_FAULTS = 100

_EARTH_M = 6_371_008.8  # mean radius
_METRES_PER_DEGREE = 111_195.0
_DRAWN_DECIMALS = 5  # about a metre
_SAME_PLACE_DEGREES = 1e-9
_LINES_AT_ONCE = 100
# What GEOS calls a fault, and what we do. Told by its first words; what follows is the place.
_GEOS_FAULTS = {
    "Self-intersection": "self_intersection",
    "Ring Self-intersection": "self_intersection",
    "Hole lies outside shell": "hole_outside",
    "Holes are nested": "holes_overlap",
    "Nested shells": "polygons_overlap",
    "Interior is disconnected": "interior_disconnected",
    "Duplicate Rings": "duplicate_ring",
    "Too few points in geometry component": "too_few_positions",
}
_SENTENCES = {
    "bad_type": "A fence is a GeoJSON Polygon or MultiPolygon, or {center, radius_m}.",
    "unknown_member": "A fence has only the members of its kind.",
    "crs_not_allowed": "A fence has no crs; coordinates are WGS 84.",
    "too_many_polygons": f"A fence has at most {MOST_POLYGONS} polygons.",
    "too_many_rings": f"A polygon has at most {MOST_RINGS} rings.",
    "too_many_vertices": f"A ring has at most {MOST_POSITIONS} positions.",
    "too_large": f"A fence has at most {MOST_BYTES} bytes.",
    "too_few_positions": "A ring has at least four positions.",
    "bad_position": "A position is [longitude, latitude], two numbers.",
    "out_of_range": "Longitude lies within -180 and 180, latitude within -90 and 90.",
    "swapped_axes": "Longitude and latitude look swapped; GeoJSON wants [longitude, latitude].",
    "ring_not_closed": "A ring ends where it began.",
    "duplicate_vertex": "A ring visits no position twice.",
    "self_intersection": "The outline crosses or touches itself.",
    "spike": "The outline runs back on itself at a corner.",
    "hole_outside": "A hole lies inside its polygon.",
    "holes_overlap": "Holes do not overlap.",
    "polygons_overlap": "Polygons of one fence do not overlap.",
    "interior_disconnected": "The holes cut the polygon apart.",
    "duplicate_ring": "A polygon has each ring once.",
    "area_zero": "The fence has no area to speak of.",
    "area_too_large": f"A fence covers at most {MOST_KM2:,.0f} km2.",
    "bad_radius": f"A radius is {RADII_M[0]} to {RADII_M[1]:,} metres.",
    "not_valid": "The outline is not a valid one.",
}


class Circle(TypedDict):
    center: Point
    radius_m: float


@dataclass(frozen=True)
class Fence:
    """A checked fence: outer rings counter-clockwise, holes clockwise (RFC 7946)."""

    geometry: dict[str, Any]  # GeoJSON Polygon or MultiPolygon
    circle: Circle | None  # as given, when it was a circle


def fence(value: Any, region: Region) -> Fence:
    """`value` as a fence. Raises Invalid `invalid_geometry` with `reason` and, where known, `at` and `ring`."""
    for fault in _faults(value, region):
        raise fault
    if "center" in value:
        circle = _circle(value, region)
        return Fence({"type": "Polygon", "coordinates": [_corners(circle)]}, circle)
    return Fence(_geometry(value["type"], value["coordinates"]), None)


def faults(value: Any, region: Region) -> list[Invalid]:
    """What `fence` would refuse, as far as it can be seen at once; none for a good fence.

    Looks that build on each other stop at the first one that finds something, with all that this one finds.
    """
    return list(islice(_faults(value, region), MOST_FAULTS))


def _faults(value: Any, region: Region) -> Iterator[Invalid]:
    for look in _looks(value, region):
        found = False
        for fault in look:
            found = True
            yield fault
        if found:
            return


def _looks(value: Any, region: Region) -> Iterator[Iterable[Invalid]]:
    """The looks at a fence in their order; each is only safe when those before it found nothing."""
    if not isinstance(value, Mapping):
        yield [refusal("bad_type")]
        return
    if "center" in value or "radius_m" in value:
        yield _said_by(lambda: _corners(_circle(value, region)))
        return
    yield _said_by(lambda: _polygons(value))
    polygons = _polygons(value)
    yield _count_faults(polygons)
    yield _position_faults(polygons, region)
    yield [refusal("too_large")] if len(orjson.dumps(polygons)) > MOST_BYTES else []
    yield _ring_faults(polygons)
    yield _outline_faults(polygons)
    yield _said_by(lambda: _check_area(area_km2({"type": "MultiPolygon", "coordinates": polygons})))


def _said_by(check: Callable[[], object]) -> Iterator[Invalid]:
    try:
        check()
    except Invalid as fault:
        yield fault


def _geometry(kind: str, coordinates: Any) -> dict[str, Any]:
    polygons = [coordinates] if kind == "Polygon" else coordinates
    turned = [[_turned(ring, outer=not index) for index, ring in enumerate(polygon)] for polygon in polygons]
    return {"type": kind, "coordinates": turned[0] if kind == "Polygon" else turned}


def reach_m(geometry: Mapping[str, Any], location: Point) -> float:
    """Metres from `location` to the farthest corner of a fence."""
    return metres(location["coordinates"], farthest_corner(geometry, location))


def farthest_corner(geometry: Mapping[str, Any], location: Point) -> Position:
    return max(_corners_of(geometry), key=lambda position: metres(location["coordinates"], position))


def check_reach(geometry: Mapping[str, Any], location: Point) -> None:
    """Raises Invalid `fence_far_from_store` for a fence that stretches out of a store's reach."""
    reach = reach_m(geometry, location)
    if reach > MOST_REACH_M:
        raise Invalid(
            f"The fence reaches {reach / 1000:.0f} km from the store; {MOST_REACH_M / 1000:.0f} km is the most.",
            code="fence_far_from_store",
            errors={"geofence": ["Too far from the store."]},
            reach_m=round(reach),
        )


def holds(geometry: Mapping[str, Any], point: Point) -> bool:
    """Whether a fence holds `point`, its outline included."""
    return bool(shape(geometry).covers(shapely.Point(point["coordinates"])))


def nearest_in(geometry: Mapping[str, Any], point: Point) -> Point:
    """The spot of a fence next to `point`."""
    # A degree of longitude is shorter than one of latitude: compared as they are, the wrong edge would win.
    squeeze = math.cos(math.radians(point["coordinates"][1]))
    flat = affinity.scale(shape(geometry), squeeze, 1.0, origin=(0, 0))
    x, y = point["coordinates"][0] * squeeze, point["coordinates"][1]
    spot, _ = shapely.ops.nearest_points(flat, shapely.Point(x, y))
    return {"type": "Point", "coordinates": [round(spot.x / squeeze, 6), round(spot.y, 6)]}


def simplified(geometry: Mapping[str, Any], tolerance_m: float) -> dict[str, Any]:
    """A fence with fewer corners, none of them farther than `tolerance_m` from where it was: for drawing only."""
    thin = shape(geometry).simplify(tolerance_m / _METRES_PER_DEGREE)
    return mapping_of(shapely.set_precision(thin, 10**-_DRAWN_DECIMALS))


def area_km2(geometry: Mapping[str, Any]) -> float:
    """The area on the globe of a Polygon or MultiPolygon, holes taken out."""
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    square_metres = sum(
        abs(_signed_area(polygon[0])) - sum(abs(_signed_area(hole)) for hole in polygon[1:])
        for polygon in polygons
    )
    return square_metres / 1e6


def metres(a: Position, b: Position) -> float:
    """Great-circle metres between two positions."""
    lng_a, lat_a, lng_b, lat_b = map(math.radians, (a[0], a[1], b[0], b[1]))
    half = (
        math.sin((lat_b - lat_a) / 2) ** 2
        + math.cos(lat_a) * math.cos(lat_b) * math.sin((lng_b - lng_a) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


# --- coverage --------------------------------------------------------------------------------------------------


def overlaps(fences: Sequence[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, str, float]]:
    """Pairs of names whose fences share ground, with the shared km2, largest first."""
    if not fences:
        return []
    shapes = [shape(geometry) for _, geometry in fences]
    tree = shapely.STRtree(shapes)
    pairs = []
    for first, second in zip(*tree.query(shapes, predicate="intersects"), strict=True):
        if first < second:
            shared = shape_km2(shapes[first].intersection(shapes[second]))
            if shared >= LEAST_KM2:
                pairs.append((fences[first][0], fences[second][0], shared))
    return sorted(pairs, key=lambda pair: (-pair[2], pair[0], pair[1]))


@dataclass(frozen=True)
class Gaps:
    """What the fences leave out of an area. Each piece is `(GeoJSON Polygon, km2)`, largest first."""

    area: dict[str, Any]
    area_km2: float
    served_km2: float
    pieces: list[tuple[dict[str, Any], float]]


def gaps(geometries: Iterable[Mapping[str, Any]], bounds: Region | None = None) -> Gaps | None:
    """The ground that no fence holds, within `bounds` or else the hull around all fences. None without either."""
    served = shapely.union_all([shape(geometry) for geometry in geometries])
    area = shapely.box(*bounds) if bounds else served.convex_hull
    if area.is_empty:
        return None
    pieces = [(mapping_of(piece), shape_km2(piece)) for piece in _polygons_in(area.difference(served))]
    pieces = [piece for piece in pieces if piece[1] >= LEAST_KM2]
    return Gaps(
        area=mapping_of(area),
        area_km2=shape_km2(area),
        served_km2=shape_km2(area.intersection(served)),
        pieces=sorted(pieces, key=lambda piece: -piece[1]),
    )


def shape_km2(geometry: BaseGeometry) -> float:
    return sum(area_km2(mapping_of(piece)) for piece in _polygons_in(geometry))


def mapping_of(geometry: BaseGeometry) -> dict[str, Any]:
    """GeoJSON with plain lists."""
    plain: dict[str, Any] = orjson.loads(orjson.dumps(mapping(geometry)))
    return plain


def multi_polygon(geometry: BaseGeometry) -> dict[str, Any] | None:
    """The ground that a geometry covers as a GeoJSON MultiPolygon; None when it covers none to speak of."""
    pieces = [piece for piece in _polygons_in(geometry) if shape_km2(piece) >= LEAST_KM2]
    return mapping_of(shapely.MultiPolygon(pieces)) if pieces else None


def _polygons_in(geometry: BaseGeometry) -> list[BaseGeometry]:
    parts = getattr(geometry, "geoms", [geometry])
    return [part for part in parts if part.geom_type == "Polygon" and not part.is_empty]


# --- circles ---------------------------------------------------------------------------------------------------


def _circle(value: Mapping[str, Any], region: Region) -> Circle:
    if set(value) != {"center", "radius_m"}:
        _refuse("unknown_member", member=next(iter(set(value) ^ {"center", "radius_m"})))
    center, radius = value["center"], value["radius_m"]
    if not isinstance(center, Mapping) or set(center) != {"type", "coordinates"} or center["type"] != "Point":
        _refuse("bad_type")
    if fault := _position_fault(center["coordinates"], region):
        raise fault
    if not _number(radius) or not RADII_M[0] <= radius <= RADII_M[1]:
        _refuse("bad_radius")
    return {"center": {"type": "Point", "coordinates": list(center["coordinates"])}, "radius_m": radius}


def _corners(circle: Circle) -> Ring:
    """A counter-clockwise ring of corners on the circle; what lies between them is never outside of it."""
    lng, lat = map(math.radians, circle["center"]["coordinates"])
    angle = circle["radius_m"] / _EARTH_M
    ring = []
    for step in range(CIRCLE_CORNERS):
        bearing = -2 * math.pi * step / CIRCLE_CORNERS
        to_lat = math.asin(
            math.sin(lat) * math.cos(angle) + math.cos(lat) * math.sin(angle) * math.cos(bearing)
        )
        to_lng = lng + math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(lat),
            math.cos(angle) - math.sin(lat) * math.sin(to_lat),
        )
        ring.append([round(math.degrees(to_lng), 7), round(math.degrees(to_lat), 7)])
    if any(not -180 <= corner[0] <= 180 for corner in ring) or abs(lat) + angle >= math.pi / 2:
        _refuse("out_of_range", at=list(circle["center"]["coordinates"]))
    return [*ring, list(ring[0])]


# --- polygons --------------------------------------------------------------------------------------------------


def _polygons(value: Mapping[str, Any]) -> list[Polygon]:
    if "crs" in value:
        _refuse("crs_not_allowed")
    if value.get("type") not in ("Polygon", "MultiPolygon") or not isinstance(value.get("coordinates"), list):
        _refuse("bad_type")
    if extra := set(value) - {"type", "coordinates"}:
        _refuse("unknown_member", member=min(extra, key=str))
    return [value["coordinates"]] if value["type"] == "Polygon" else value["coordinates"]


def _count_faults(polygons: list[Any]) -> Iterator[Invalid]:
    if not polygons:
        yield refusal("too_few_positions")
    if len(polygons) > MOST_POLYGONS:
        yield refusal("too_many_polygons")
        return
    for index, polygon in enumerate(polygons):
        if not isinstance(polygon, list):
            yield refusal("bad_type", polygon=index)
        elif not polygon:
            yield refusal("too_few_positions", polygon=index)
        elif len(polygon) > MOST_RINGS:
            yield refusal("too_many_rings", polygon=index)
        else:
            for ring_index, ring in enumerate(polygon):
                where = {"polygon": index, "ring": ring_index}
                if not isinstance(ring, list):
                    yield refusal("bad_type", **where)
                elif len(ring) > MOST_POSITIONS:
                    yield refusal("too_many_vertices", **where, vertices=len(ring))
                elif len(ring) < 4:
                    yield refusal("too_few_positions", **where)


def _position_faults(polygons: list[Polygon], region: Region) -> Iterator[Invalid]:
    for index, ring_index, ring in _rings(polygons):
        for vertex, position in enumerate(ring):
            where = {"polygon": index, "ring": ring_index, "vertex": vertex}
            if fault := _position_fault(position, region, **where):
                yield fault


def _position_fault(position: Any, region: Region, **where: int) -> Invalid | None:
    if not isinstance(position, list) or len(position) != 2 or not all(map(_number, position)):
        return refusal("bad_position", **where)
    lng, lat = position
    if not (-180 <= lng <= 180 and -90 <= lat <= 90):
        # Beyond the poles by latitude alone: the commonest way to swap the axes in the far east of the region.
        return refusal("swapped_axes" if inside(lat, lng, region) else "out_of_range", at=position, **where)
    if not inside(lng, lat, region) and inside(lat, lng, region):
        return refusal("swapped_axes", at=position, **where)
    return None


def _ring_faults(polygons: list[Polygon]) -> Iterator[Invalid]:
    for index, ring_index, ring in _rings(polygons):
        where = {"polygon": index, "ring": ring_index}
        if ring[0] != ring[-1]:
            yield refusal("ring_not_closed", at=ring[-1], **where, vertex=len(ring) - 1)
        seen: set[tuple[float, ...]] = set()
        for vertex, position in enumerate(ring[:-1]):
            if tuple(position) in seen:
                yield refusal("duplicate_vertex", at=position, **where, vertex=vertex)
            seen.add(tuple(position))


def _outline_faults(polygons: list[Polygon]) -> Iterator[Invalid]:
    """What GEOS refuses first, which is what counts; then the other places where the lines cross."""
    verdict = shapely.is_valid_reason(shape({"type": "MultiPolygon", "coordinates": polygons}))
    if verdict == "Valid Geometry":
        return
    words, _, place = verdict.partition("[")
    reason = _GEOS_FAULTS.get(words.strip(), "not_valid")
    at = [float(number) for number in place.rstrip("]").split()[:2]]
    lines = _Lines(polygons)
    if reason == "self_intersection" and (spikes := list(lines.spikes())):
        yield from spikes
    else:
        yield refusal(reason, **({"at": at, **lines.nearest(at)} if at else {}))
    for crossing in lines.crossings():
        if math.dist(crossing.facts["at"], at or (0, 0)) > _SAME_PLACE_DEGREES:
            yield crossing


class _Lines:
    """The straight lines of a bad outline, each from vertex `place[2]` of ring `place[1]` of polygon `place[0]`."""

    def __init__(self, polygons: list[Polygon]):
        self._places: list[tuple[int, int, int]] = []
        self._ends: list[tuple[Position, Position]] = []
        self._lasts: dict[tuple[int, int], int] = {}
        for index, ring_index, ring in _rings(polygons):
            for vertex, ends in enumerate(pairwise(ring)):
                self._places.append((index, ring_index, vertex))
                self._ends.append(ends)
            self._lasts[index, ring_index] = len(ring) - 2
        self._lines = shapely.linestrings(self._ends)
        self._tree = shapely.STRtree(self._lines)

    def nearest(self, at: Position) -> dict[str, int]:
        """`{polygon, ring, vertex}` of the line nearest to a position."""
        return self._where(int(self._tree.nearest(shapely.Point(at))))

    def spikes(self) -> Iterator[Invalid]:
        """Corners from which the outline runs back on itself."""
        for number, place in enumerate(self._places):
            before = number - 1 if place[2] else number + self._lasts[place[:2]]
            if not self._lines[number].intersection(self._lines[before]).length:
                continue
            yield refusal("spike", at=list(self._ends[number][0]), **self._where(number))

    def crossings(self) -> Iterator[Invalid]:
        """Where two lines meet that should not, in the order in which the outline was drawn."""
        for first in range(0, len(self._lines), _LINES_AT_ONCE):
            some = self._lines[first : first + _LINES_AT_ONCE]
            pairs = self._tree.query(some, predicate="intersects").T.tolist()
            for number, other in sorted((first + one, other) for one, other in pairs):
                if number < other and self._may_not_meet(number, other):
                    meeting = self._lines[number].intersection(self._lines[other])
                    at = list(meeting.representative_point().coords[0])
                    yield refusal("self_intersection", at=at, **self._where(number))

    def _may_not_meet(self, number: int, other: int) -> bool:
        one, two = self._places[number], self._places[other]
        if one[:2] != two[:2]:
            return bool(self._lines[number].crosses(self._lines[other]))  # rings may touch in a point
        return two[2] - one[2] not in {1, self._lasts[one[:2]]}

    def _where(self, number: int) -> dict[str, int]:
        return dict(zip(("polygon", "ring", "vertex"), self._places[number], strict=True))


def _check_area(km2: float) -> None:
    if km2 < LEAST_KM2:
        _refuse("area_zero")
    if km2 > MOST_KM2:
        _refuse("area_too_large", area_km2=round(km2, 1))


def _rings(polygons: list[Polygon]) -> Iterator[tuple[int, int, Ring]]:
    for index, polygon in enumerate(polygons):
        for ring_index, ring in enumerate(polygon):
            yield index, ring_index, ring


def _turned(ring: Ring, *, outer: bool) -> Ring:
    counter_clockwise = _signed_area(ring) > 0
    return [list(position) for position in (ring if counter_clockwise == outer else reversed(ring))]


def _signed_area(ring: Iterable[Position]) -> float:
    """Square metres on the globe, positive when the ring runs counter-clockwise."""
    total = 0.0
    for (lng_a, lat_a), (lng_b, lat_b) in pairwise(ring):
        total += math.radians(lng_b - lng_a) * (
            2 + math.sin(math.radians(lat_a)) + math.sin(math.radians(lat_b))
        )
    return -total * _EARTH_M**2 / 2


def _corners_of(geometry: Mapping[str, Any]) -> Iterator[Position]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    for polygon in polygons:
        yield from polygon[0]


def _number(value: Any) -> bool:
    # Compared rather than asked for isfinite, which fails on whole numbers that no float can hold.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < math.inf


def _refuse(reason: str, **facts: Any) -> NoReturn:
    raise refusal(reason, **facts)


def refusal(reason: str, **facts: Any) -> Invalid:
    """The refusal of a fence for one of the reasons above."""
    sentence = _SENTENCES[reason]
    return Invalid(sentence, code="invalid_geometry", errors={"geofence": [sentence]}, reason=reason, **facts)
