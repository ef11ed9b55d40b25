"""Where one can shop, asked over HTTP by somebody who is not signed in."""

import pytest

from shopsmart.geo import Point
from shopsmart.identity.model import SYSTEM
from shopsmart.stores import service
from tests.makers import a_store

NEARBY: Point = {"type": "Point", "coordinates": [85.8290, 20.3540]}


def ask(client, lat=20.3540, lng=85.8190):
    return client.get(f"/api/v1/serviceability?lat={lat}&lng={lng}")


def test_the_nearest_open_store_is_named_with_its_promise(client, shop):
    near = a_store(shop, name="Patia")
    far = a_store(shop, name="Chandrasekharpur", at=NEARBY)

    answer = ask(client)

    assert answer.status_code == 200
    assert answer.json["serviceable"] is True
    assert answer.json["store"] == {"id": near["_id"], "name": "Patia", "distance_m": 0, "eta_s": 180}
    assert [store["id"] for store in answer.json["alternatives"]] == [far["_id"]]


def test_outside_every_fence_is_a_clear_answer_and_no_error(client, shop):
    a_store(shop)

    answer = ask(client, lat=20.60)

    assert answer.status_code == 200
    said = dict(answer.json)
    nearest = said.pop("nearest")
    assert nearest["name"] == "Patia"
    assert 25_000 < nearest["distance_m"] < 26_000
    assert said == {
        "serviceable": False,
        "store": None,
        "alternatives": [],
        "reason": "outside_all_zones",
    }


def test_when_all_are_closed_it_says_when_the_first_opens(client, shop):
    store = a_store(shop, hours=[[["18:00", "23:00"]]] * 7)

    answer = ask(client)

    assert (answer.json["serviceable"], answer.json["reason"]) == (False, "all_closed")
    assert answer.json["opens_at"] == "2026-11-20T12:30:00.000Z"  # 18:00 in Bhubaneswar
    service.close_store(shop, SYSTEM, store["_id"])
    assert ask(client).json["reason"] == "outside_all_zones"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "validation_error"),
        ("lat=20.35", "validation_error"),
        ("lat=20.35&lng=x", "validation_error"),
        ("lat=nan&lng=85.8", "validation_error"),
        ("lat=inf&lng=85.8", "validation_error"),
        ("lat=20.35&lng=85.8&radius=5", "validation_error"),
        ("lat=20.35&lng=185", "invalid_location"),
        ("lat=85.8&lng=20.35", "coordinates_swapped"),
        ("lat[$gt]=20&lng=85.8", "validation_error"),
    ],
)
def test_a_point_that_is_none_is_refused(client, query, code):
    answer = client.get(f"/api/v1/serviceability?{query}")

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert answer.content_type == "application/problem+json"
