"""The stores stand where they should and their fences are ones that the shop takes."""

import json
import math

import pytest
from shapely.geometry import Point, Polygon, shape

from seeds.city import AIRFIELD, ALONE_WITHIN_M, DEMO_DOOR, FENCES, STORES, geofence
from shopsmart.settings import Settings
from shopsmart.stores import geometry, model

METRES_PER_DEGREE = 111_195
WITH_WARDS = [store for store in STORES if store.wards]


# As the shop would draw them, the circle too.
DRAWN = {store.code: shape(geometry.fence(geofence(store), Settings.region).geometry) for store in STORES}


def around(lng, lat, metres, spokes=36):
    across = METRES_PER_DEGREE * math.cos(math.radians(lat))
    return [
        (lng + metres * math.cos(turn) / across, lat + metres * math.sin(turn) / METRES_PER_DEGREE)
        for turn in (2 * math.pi * spoke / spokes for spoke in range(spokes))
    ]


def test_at_least_twelve_stores_have_their_own_name_and_place():
    assert len(STORES) >= 12
    assert len({store.id for store in STORES}) == len({store.name for store in STORES}) == len(STORES)
    assert len({store.at for store in STORES}) == len(STORES)


@pytest.mark.parametrize("store", WITH_WARDS, ids=lambda store: store.code)
def test_a_drawn_fence_is_valid_counter_clockwise_and_small(store):
    fence = geofence(store)
    polygon = shape(fence)
    points = [point for ring in fence["coordinates"] for point in ring]

    assert polygon.is_valid
    assert polygon.exterior.is_ccw
    assert not any(hole.is_ccw for hole in polygon.interiors)
    assert all(len(ring) <= 500 for ring in fence["coordinates"])
    assert all(number == round(number, 6) for point in points for number in point)


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.code)
def test_every_store_stands_within_its_own_fence(store):
    assert DRAWN[store.code].contains(Point(store.at))


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.code)
def test_opening_hours_are_ones_that_the_shop_takes(store):
    assert model.checked_hours(store.hours)


def test_patia_never_closes_and_neither_do_eight_stores_in_all():
    never = {store.code for store in STORES if store.hours == [[["00:00", "24:00"]]] * 7}

    assert "patia" in never
    assert len(never) >= 8


def test_one_fence_has_a_hole_and_nobody_delivers_on_the_runway():
    runway = Polygon(AIRFIELD).centroid

    assert [store.code for store in STORES if list(DRAWN[store.code].interiors)] == ["old-town"]
    assert not any(DRAWN[store.code].contains(runway) for store in STORES)


def test_one_fence_is_clearly_concave_and_one_is_a_circle():
    fullness = {store.code: DRAWN[store.code].area / DRAWN[store.code].convex_hull.area for store in STORES}

    assert min(fullness.values()) < 0.8
    assert [store.code for store in STORES if store.radius_m] == ["rasulgarh"]


def test_fences_overlap_their_neighbours():
    fences = list(DRAWN.values())
    pairs = sum(
        one.intersection(other).area > 0.02 * one.area
        for place, one in enumerate(fences)
        for other in fences[place + 1 :]
    )

    assert pairs >= 10


def test_around_the_demo_door_patia_delivers_alone():
    places = [point for metres in (0, 300, 600, 900, ALONE_WITHIN_M) for point in around(*DEMO_DOOR, metres)]

    for place in places:
        assert [store.code for store in STORES if DRAWN[store.code].covers(Point(place))] == ["patia"], place


def test_south_of_there_the_overlap_begins():
    both = DRAWN["patia"].intersection(DRAWN["chandrasekharpur"])

    assert both.area * METRES_PER_DEGREE**2 > 500_000
    assert both.centroid.y < DEMO_DOOR[1]


def test_the_wards_are_attributed_in_the_file_itself():
    assert "DataMeet" in json.loads(FENCES.read_text(encoding="utf-8"))["attribution"]
