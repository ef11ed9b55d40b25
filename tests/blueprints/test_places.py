"""Places by name and what a spot is called, asked over HTTP."""

import pytest

from seeds.places import build_places
from shopsmart.geo import Point, distance_m
from shopsmart.identity.model import SYSTEM
from shopsmart.places import service
from shopsmart.stores import service as stores
from tests.makers import a_store


@pytest.fixture
def city(shop):
    service.add_missing(shop, build_places())
    return shop


def found(client, q, **more):
    answer = client.get("/api/v1/places", query_string={"q": q, **more})
    assert answer.status_code == 200
    return [one["name"] for one in answer.json["items"]]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("patia", "Patia"),
        ("pat", "Patia"),
        ("saheednagar", "Saheed Nagar"),
        ("sahid nagar", "Saheed Nagar"),
        ("shaheed ngr", "Saheed Nagar"),
        ("jaydev vihr", "Jaydev Vihar"),
        ("chandrashekharpur", "Chandrasekharpur"),
        ("chandrasek", "Chandrasekharpur"),
        ("kandagiri", "Khandagiri"),
        ("lingraj tempel", "Lingaraj Temple"),
        ("aims", "AIIMS Bhubaneswar"),
        ("unit 4", "Unit 4"),
        ("पटिया", "Patia"),
        ("ପଟିଆ", "Patia"),
    ],
)
def test_what_people_type_finds_the_place_they_mean(client, city, typed, meant):
    assert found(client, typed)[0] == meant


def test_nonsense_finds_nothing_and_breaks_nothing(client, city):
    assert found(client, "qqqqxxxx") == []
    assert found(client, "!!! ???") == []
    assert found(client, "patia", limit=1) == ["Patia"]


def test_names_come_in_the_language_asked_for(client, city):
    assert found(client, "patia", lang="or")[0] == "ପଟିଆ"
    assert found(client, "ouat", lang="hi")[0] == "OUAT"


def test_without_a_word_the_best_known_come_or_the_nearest(client, city):
    assert {"Patia", "Saheed Nagar"} < set(found(client, "", limit=12))
    assert found(client, "", lat=20.2583, lng=85.7857, limit=3)[0] == "Khandagiri"
    assert client.get("/api/v1/places?lat=20.3").status_code == 422


def test_a_place_says_whether_a_store_delivers_there(client, city, shop):
    store = a_store(shop)

    served = client.get("/api/v1/places?q=patia").json["items"][0]
    not_served = client.get("/api/v1/places?q=dhauli").json["items"][0]

    assert (served["serviceable"], not_served["serviceable"]) == (True, False)
    stores.close_store(shop, SYSTEM, store["_id"])
    shop.memory.forget("served areas")
    assert not client.get("/api/v1/places?q=patia").json["items"][0]["serviceable"]


def test_a_spot_is_named_by_its_locality(client, city):
    named = client.get("/api/v1/places/nearest?lat=20.3540&lng=85.8190").json["place"]

    assert named["label"] == "Patia, Bhubaneswar"
    assert named["kind"] == "locality"
    assert client.get("/api/v1/places/nearest?lat=21.5&lng=84.0").json == {"place": None}


def test_outside_every_fence_the_next_served_area_is_named(client, city, shop):
    a_store(shop)

    nearest = client.get("/api/v1/serviceability?lat=20.30&lng=85.8190").json["nearest"]

    # The fence is a circle of 2 km around a spot 6 km to the north.
    assert 3_900 < nearest["distance_m"] < 4_100
    assert nearest["name"] == "Niladri Vihar"
    point = Point(type="Point", coordinates=[85.8190, 20.30])
    assert abs(distance_m(point, nearest["location"]) - nearest["distance_m"]) <= 1


def test_without_any_store_there_is_no_nearest_area(client, city):
    assert client.get("/api/v1/serviceability?lat=20.30&lng=85.8190").json["nearest"] is None


def test_the_served_area_can_be_drawn_and_is_sent_once(client, shop):
    store = a_store(shop)

    first = client.get("/api/v1/service-area")
    again = client.get("/api/v1/service-area", headers={"If-None-Match": first.headers["ETag"]})

    area = first.json["features"][0]
    assert area["properties"] == {"store_id": store["_id"], "name": "Patia", "open": True}
    assert area["geometry"]["type"] == "Polygon"
    assert "max-age=60" in first.headers["Cache-Control"]
    assert (again.status_code, again.data) == (304, b"")


def test_every_place_has_its_own_id_and_lies_in_the_city(shop):
    places = build_places()

    assert len({place["_id"] for place in places}) == len(places) >= 100
    for place in places:
        lng, lat = place["location"]["coordinates"]
        assert 85.72 < lng < 85.92, place
        assert 20.18 < lat < 20.42, place
