"""Fences are refused with the reason and the place, quickly; good ones are kept the way RFC 7946 wants them."""

import math
import time

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from shopsmart.errors import Invalid
from shopsmart.stores import geometry

REGION = (68.0, 6.0, 98.0, 38.0)
SQUARE = [[85.80, 20.30], [85.82, 20.30], [85.82, 20.32], [85.80, 20.32], [85.80, 20.30]]
HOLE = [[85.805, 20.305], [85.805, 20.310], [85.810, 20.310], [85.810, 20.305], [85.805, 20.305]]


def moved(ring, lng=0.0, lat=0.0):
    return [[position[0] + lng, position[1] + lat] for position in ring]


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def star(corners, center=(85.8, 20.3), radius=0.02):
    ring = [
        [
            center[0] + radius * math.cos(2 * math.pi * step / corners),
            center[1] + radius * math.sin(2 * math.pi * step / corners),
        ]
        for step in range(corners)
    ]
    return [*ring, ring[0]]


def refusal(value):
    with pytest.raises(Invalid) as refused:
        geometry.fence(value, REGION)
    assert refused.value.code == "invalid_geometry"
    return refused.value.facts


def test_outer_rings_are_turned_counter_clockwise_and_holes_clockwise():
    fence = geometry.fence(polygon(SQUARE[::-1], HOLE[::-1]), REGION)

    outer, hole = fence.geometry["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(hole).is_ccw
    assert sorted(outer) == sorted(SQUARE)
    assert fence.circle is None


def test_a_multipolygon_stays_one():
    fence = geometry.fence({"type": "MultiPolygon", "coordinates": [[SQUARE], [moved(SQUARE, 0.1)]]}, REGION)

    assert fence.geometry["type"] == "MultiPolygon"
    assert len(fence.geometry["coordinates"]) == 2


def test_the_area_is_the_one_on_the_globe():
    # 0.02 degrees by 0.02 degrees at latitude 20.31: 2.224 km by 2.086 km.
    assert geometry.area_km2(polygon(SQUARE)) == pytest.approx(4.639, rel=0.002)
    assert geometry.area_km2(polygon(SQUARE, HOLE)) == pytest.approx(4.639 * (1 - 1 / 16), rel=0.002)


BOW_TIE = [[85.80, 20.30], [85.82, 20.32], [85.82, 20.30], [85.80, 20.32], [85.80, 20.30]]
REFUSED = {
    "bow-tie": (polygon(BOW_TIE), "self_intersection"),
    "open ring": (polygon(SQUARE[:-1]), "ring_not_closed"),
    "three positions": (polygon([*SQUARE[:2], SQUARE[0]]), "too_few_positions"),
    "no rings": (polygon(), "too_few_positions"),
    "no polygons": ({"type": "MultiPolygon", "coordinates": []}, "too_few_positions"),
    "25,000 vertices": (polygon(star(25_000)), "too_many_vertices"),
    "six rings": (polygon(SQUARE, *[HOLE] * 5), "too_many_rings"),
    "21 polygons": ({"type": "MultiPolygon", "coordinates": [[SQUARE]] * 21}, "too_many_polygons"),
    "too many bytes": (
        {
            "type": "MultiPolygon",
            "coordinates": [[star(499, (85.8 + 0.1 * n, 20.3))] for n in range(20)],
        },
        "too_large",
    ),
    "181 degrees": (polygon(moved(SQUARE, 181 - 85.8)), "out_of_range"),
    "not a number": (polygon([[math.nan, 20.3], *SQUARE[1:]]), "bad_position"),
    "infinite": (polygon([[math.inf, 20.3], *SQUARE[1:]]), "bad_position"),
    "text": (polygon([["85.8", 20.3], *SQUARE[1:]]), "bad_position"),
    "true": (polygon([[True, 20.3], *SQUARE[1:]]), "bad_position"),
    "heights": (polygon([[*position, 3.0] for position in SQUARE]), "bad_position"),
    "swapped": (polygon([position[::-1] for position in SQUARE]), "swapped_axes"),
    "swapped in the east": (polygon(moved([p[::-1] for p in SQUARE], lat=9)), "swapped_axes"),
    "visited twice": (polygon([*SQUARE[:2], SQUARE[1], *SQUARE[2:]]), "duplicate_vertex"),
    "hole outside": (polygon(SQUARE, moved(HOLE, 0.1)), "hole_outside"),
    "hole across": (polygon(SQUARE, moved(HOLE, 0.013)), "self_intersection"),
    "hole in hole": (
        polygon(SQUARE, HOLE, [[85.806, 20.306], [85.807, 20.306], [85.807, 20.307], [85.806, 20.306]]),
        "holes_overlap",
    ),
    "polygon in polygon": (
        {"type": "MultiPolygon", "coordinates": [[SQUARE], [HOLE]]},
        "polygons_overlap",
    ),
    "line": (polygon([[85.80, 20.30], [85.81, 20.30], [85.82, 20.30], [85.80, 20.30]]), None),
    "speck": (
        polygon([[85.80, 20.30], [85.80001, 20.30], [85.80001, 20.30001], [85.80, 20.30]]),
        "area_zero",
    ),
    "a state": (polygon([[84, 19], [86, 19], [86, 21], [84, 21], [84, 19]]), "area_too_large"),
    "a hemisphere": (polygon([[-90, -90], [90, -90], [90, 90], [-90, 90], [-90, -90]]), "area_too_large"),
    "crs": ({**polygon(SQUARE), "crs": {"type": "name"}}, "crs_not_allowed"),
    "bbox": ({**polygon(SQUARE), "bbox": [1, 2, 3, 4]}, "unknown_member"),
    "point": ({"type": "Point", "coordinates": [85.8, 20.3]}, "bad_type"),
    "collection": ({"type": "GeometryCollection", "geometries": [polygon(SQUARE)]}, "bad_type"),
    "feature": ({"type": "Feature", "geometry": polygon(SQUARE), "properties": {}}, "bad_type"),
    "operator": ({"$where": "1"}, "bad_type"),
    "list": ([SQUARE], "bad_type"),
    "nothing": (None, "bad_type"),
    "coordinates of text": ({"type": "Polygon", "coordinates": "85.8"}, "bad_type"),
    "ring of text": (polygon("85.8 20.3"), "bad_type"),
    "unhashable type": ({"type": "Point", "coordinates": [], "radius_m": []}, "unknown_member"),
    "radius 0": ({"center": {"type": "Point", "coordinates": [85.8, 20.3]}, "radius_m": 0}, "bad_radius"),
    "radius 30 km": (
        {"center": {"type": "Point", "coordinates": [85.8, 20.3]}, "radius_m": 30_000},
        "bad_radius",
    ),
    "radius true": (
        {"center": {"type": "Point", "coordinates": [85.8, 20.3]}, "radius_m": True},
        "bad_radius",
    ),
    "center swapped": (
        {"center": {"type": "Point", "coordinates": [20.3, 85.8]}, "radius_m": 900},
        "swapped_axes",
    ),
    "center a list": ({"center": [85.8, 20.3], "radius_m": 900}, "bad_type"),
    "pole": ({"center": {"type": "Point", "coordinates": [85.8, 89.99]}, "radius_m": 9_000}, "out_of_range"),
    "date line": (
        {"center": {"type": "Point", "coordinates": [179.99, 20]}, "radius_m": 9_000},
        "out_of_range",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_fence_that_cannot_be_is_refused_within_a_tenth_of_a_second(case):
    value, reason = REFUSED[case]

    began = time.process_time()
    facts = refusal(value)

    assert time.process_time() - began < 0.1
    assert facts["reason"] == reason or reason is None


def test_a_deeply_nested_fence_is_refused():
    nested: list = []
    for _ in range(900):
        nested = [nested]

    assert refusal({"type": "Polygon", "coordinates": nested})["reason"] == "too_few_positions"
    assert refusal(polygon([nested] * 4))["reason"] == "bad_position"


NUMBERS = st.one_of(
    st.integers(), st.floats(), st.booleans(), st.none(), st.text(max_size=2), st.just(10**400)
)
POSITIONS = st.one_of(
    st.tuples(st.floats(85, 86), st.floats(20, 21)).map(list), st.lists(NUMBERS, max_size=3), NUMBERS
)
RINGS = st.lists(POSITIONS, max_size=7).flatmap(lambda ring: st.sampled_from([ring, ring + ring[:1]]))
POLYGONS = st.lists(st.one_of(RINGS, NUMBERS), max_size=3)
ODD: st.SearchStrategy = st.sampled_from([[], {}, None, 1])
FENCES = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.one_of(st.sampled_from(["Polygon", "MultiPolygon"]), ODD),
            "coordinates": st.one_of(POLYGONS, st.lists(POLYGONS, max_size=2), NUMBERS),
        }
    ),
    st.fixed_dictionaries(
        {
            "center": st.one_of(
                st.fixed_dictionaries({"type": st.one_of(st.just("Point"), ODD), "coordinates": POSITIONS}),
                ODD,
            ),
            "radius_m": NUMBERS,
        }
    ),
    st.dictionaries(st.text(max_size=8), NUMBERS),
    ODD,
)


@settings(max_examples=500, deadline=None)
@given(FENCES)
def test_whatever_is_sent_is_a_fence_or_is_refused(value):
    try:
        fence = geometry.fence(value, REGION)
    except Invalid as refused:
        assert refused.code == "invalid_geometry" and refused.facts["reason"]
    else:
        assert shape(fence.geometry).is_valid and geometry.area_km2(fence.geometry) > 0


def test_a_refusal_names_the_vertex():
    crossed = refusal(polygon(BOW_TIE))
    swapped = refusal(polygon([*SQUARE[:2], [20.32, 85.82], *SQUARE[3:]]))

    assert crossed["at"] == pytest.approx([85.81, 20.31])
    assert swapped == {"reason": "swapped_axes", "at": [20.32, 85.82], "polygon": 0, "ring": 0, "vertex": 2}


def test_a_circle_keeps_its_center_and_gains_a_polygon_of_64_corners_on_it():
    value = {"center": {"type": "Point", "coordinates": [85.8190, 20.3540]}, "radius_m": 2_500}

    fence = geometry.fence(value, REGION)

    ring = fence.geometry["coordinates"][0]
    center = (85.8190, 20.3540)
    assert fence.circle == value
    assert len(ring) == 65 and ring[0] == ring[-1]
    assert shapely.LinearRing(ring).is_ccw and shape(fence.geometry).is_valid
    assert all(geometry.metres(center, corner) == pytest.approx(2_500, abs=0.1) for corner in ring)


def test_a_fence_out_of_the_stores_reach_is_refused():
    fence = geometry.fence(polygon(SQUARE), REGION)

    geometry.check_reach(fence.geometry, {"type": "Point", "coordinates": [85.40, 20.30]})
    with pytest.raises(Invalid) as refused:
        geometry.check_reach(fence.geometry, {"type": "Point", "coordinates": [85.20, 20.30]})

    assert refused.value.code == "fence_far_from_store"


def test_overlaps_are_pairs_with_the_ground_they_share():
    fences = [
        ("a", polygon(SQUARE)),
        ("b", polygon(moved(SQUARE, 0.01))),
        ("far", polygon(moved(SQUARE, 1.0))),
        ("beside", polygon(moved(SQUARE, 0.0, 0.02))),  # shares an edge, but no ground
    ]

    pairs = geometry.overlaps(fences)

    assert [(first, second) for first, second, _ in pairs] == [("a", "b")]
    assert pairs[0][2] == pytest.approx(4.639 / 2, rel=0.002)


def test_gaps_are_what_the_hull_or_the_bounds_hold_beyond_the_fences():
    apart = [polygon(SQUARE), polygon(moved(SQUARE, 0.04))]

    by_hull = geometry.gaps(apart)
    by_bounds = geometry.gaps(apart, (85.80, 20.30, 85.88, 20.32))

    assert by_hull and by_bounds
    assert by_hull.area_km2 == pytest.approx(3 * 4.639, rel=0.002)
    assert [km2 for _, km2 in by_hull.pieces] == pytest.approx([4.639], rel=0.002)
    assert by_bounds.served_km2 == pytest.approx(2 * 4.639, rel=0.002)
    assert len(by_bounds.pieces) == 2
    assert geometry.gaps([]) is None
