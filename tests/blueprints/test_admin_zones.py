"""Drawing a fence: judged before it is saved, weighed against who orders where, and taken back again."""

from datetime import timedelta

import pytest

from shopsmart.geo import Point
from shopsmart.infra import ids
from tests.makers import PATIA, a_customer, a_store, an_admin, bearer

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[85.80, 20.34], [85.84, 20.34], [85.84, 20.37], [85.80, 20.37], [85.80, 20.34]]],
}
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[85.80, 20.34], [85.84, 20.37], [85.84, 20.34], [85.80, 20.37], [85.80, 20.34]]],
}
TWO_CROSSINGS = {
    "type": "Polygon",
    "coordinates": [
        [[85.80, 20.34], [85.84, 20.34], [85.84, 20.36], [85.83, 20.33], [85.82, 20.36], [85.80, 20.34]]
    ],
}
SPIKE = {
    "type": "Polygon",
    "coordinates": [
        [[85.80, 20.34], [85.84, 20.34], [85.84, 20.37], [85.84, 20.36], [85.80, 20.36], [85.80, 20.34]]
    ],
}


@pytest.fixture
def staff(app, shop):
    return bearer(app, shop, an_admin(shop))


def check(client, staff, geofence, **more):
    body = {"geofence": geofence, **more}
    answer = client.post("/api/v1/admin/stores/geofence-check", json=body, headers=staff)
    assert answer.status_code == 200, answer.json
    return answer.json


def test_a_good_fence_is_weighed_and_nothing_is_written(client, db, shop, staff):
    store = a_store(shop)
    other = a_store(shop, name="Next door")
    zones = db.zones.count_documents({})

    found = check(client, staff, SQUARE, store_id=store["_id"])

    assert (found["valid"], found["faults"], found["fixed"], found["warnings"]) == (True, [], None, [])
    assert found["vertices"] == 4
    assert found["area_km2"] == pytest.approx(13.9, abs=0.2)
    assert found["served_area"]["type"] == "MultiPolygon"
    assert [row["store_id"] for row in found["overlaps"]] == [other["_id"]]
    assert 0 < found["overlaps"][0]["area_km2"] <= found["area_km2"]
    assert db.zones.count_documents({}) == zones


def test_every_crossing_is_shown_where_it_is(client, staff):
    found = check(client, staff, TWO_CROSSINGS)

    assert {fault["code"] for fault in found["faults"]} == {"self_intersection"}
    places = sorted(fault["location"]["coordinates"] for fault in found["faults"])
    assert len(places) == 2
    assert [place[1] for place in places] == pytest.approx([20.34, 20.34])
    assert all(len(fault["path"]) == 3 for fault in found["faults"])


@pytest.mark.parametrize(
    ("geofence", "code", "location", "path"),
    [
        (BOW_TIE, "self_intersection", [85.82, 20.355], [0, 0, 0]),
        (SPIKE, "spike", [85.84, 20.37], [0, 0, 2]),
        (
            {"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][:-1]]},
            "ring_not_closed",
            None,
            [0, 0, 3],
        ),
        ({"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][:3]]}, "too_few_positions", None, None),
        ({"center": PATIA, "radius_m": 3}, "bad_radius", None, None),
        ("everywhere", "bad_type", None, None),
    ],
)
def test_a_fault_has_a_code_a_place_and_a_vertex(client, staff, geofence, code, location, path):
    found = check(client, staff, geofence)

    fault = found["faults"][0]
    assert (found["valid"], found["area_km2"], found["served_area"]) == (False, 0, None)
    assert (fault["code"], fault["path"]) == (code, path)
    if location:
        assert fault["location"]["coordinates"] == pytest.approx(location)


@pytest.mark.parametrize(
    "geofence",
    [
        BOW_TIE,
        SPIKE,
        {"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][:-1]]},
        {"type": "Polygon", "coordinates": [[position[::-1] for position in SQUARE["coordinates"][0]]]},
    ],
)
def test_a_fence_that_can_be_mended_comes_with_one_that_a_save_takes(client, staff, geofence):
    fixed = check(client, staff, geofence)["fixed"]

    assert check(client, staff, fixed)["valid"]


def test_a_fence_out_of_the_stores_reach_is_no_good(client, staff):
    far = {"type": "Point", "coordinates": [87.0, 20.35]}

    found = check(client, staff, SQUARE, location=far)

    assert [fault["code"] for fault in found["faults"]] == ["fence_far_from_store"]
    assert found["warnings"] == ["store_outside_fence"]
    assert not found["valid"]


def test_an_earlier_fence_serves_again_as_a_new_version(client, shop, db, staff):
    store = a_store(shop)
    path = f"/api/v1/admin/stores/{store['_id']}"
    circle = client.get(path, headers=staff).json
    client.patch(path, json={"geofence": SQUARE}, headers=staff)
    old = f"{path}/zones/{store['zone_id']}/restore"

    stale = client.post(old, json={}, headers={**staff, "If-Match": circle_tag(circle)})
    restored = client.post(old, json={"reason": "Too few riders"}, headers=staff)

    assert (stale.status_code, restored.status_code) == (412, 200)
    assert (restored.json["zone_version"], restored.json["geofence"]) == (3, circle["geofence"])
    rows = client.get(f"{path}/zones", headers=staff).json["items"]
    assert [(row["version"], row["status"]) for row in rows] == [
        (3, "published"),
        (2, "retired"),
        (1, "retired"),
    ]
    assert db.audit_log.find_one(sort=[("_id", -1)])["why"] == "Too few riders"


def circle_tag(store):
    return f'"{store["version"]}"'


def test_another_stores_fence_is_not_found(client, shop, staff):
    mine, theirs = a_store(shop), a_store(shop)

    answer = client.post(
        f"/api/v1/admin/stores/{mine['_id']}/zones/{theirs['zone_id']}/restore", json={}, headers=staff
    )

    assert answer.status_code == 404


def circle_at(lng, lat, radius_m):
    return {"center": {"type": "Point", "coordinates": [lng, lat]}, "radius_m": radius_m}


def ordered_at(db, clock, number, lng, lat, days=1, status="delivered"):
    at = clock.now() - timedelta(days=days)
    db.orders.insert_one(
        {
            "_id": ids.first_of(at)[:-4] + f"{number:04d}",
            "number": f"N-{number}",
            "status": status,
            "mode": "instant",
            "customer": {"name": "Asha Das", "phone": "+919999999999"},
            "location": {"type": "Point", "coordinates": [lng, lat]},
            "created_at": at,
        }
    )


def test_a_preview_tells_who_gains_loses_and_moves_and_names_nobody(client, db, clock, shop, staff):
    lng, lat = PATIA["coordinates"]
    mine = a_store(shop, radius_m=1_000)
    east: Point = {"type": "Point", "coordinates": [lng + 0.03, lat]}
    other = a_store(shop, at=east, radius_m=1_500, name="East")
    ordered_at(db, clock, 1, lng + 0.001, lat)  # in the middle: kept
    ordered_at(db, clock, 2, lng, lat + 0.008)  # in the old fence's north: lost
    ordered_at(db, clock, 3, lng, lat - 0.0123456)  # in the new one's south: won
    ordered_at(db, clock, 4, lng, lat - 0.0123456, days=60)  # too, but longer ago than is counted
    ordered_at(db, clock, 5, lng, lat - 0.0123456, days=100)  # forgotten
    ordered_at(db, clock, 6, *east["coordinates"])  # another store's, and stays
    a_customer(shop, addresses=[an_address(lng, lat - 0.0123456)])
    south = circle_at(lng, lat - 0.006, 1_000)

    answer = client.post(
        f"/api/v1/admin/stores/{mine['_id']}/zone-preview", json={"geofence": south}, headers=staff
    )

    found = answer.json
    assert answer.status_code == 200, found
    assert found["orders_30d"] == {"gain": 1, "lose": 1, "keep": 1, "served_by_other": 0}
    assert found["addresses"] == {"gain": 1, "lose": 0, "keep": 0, "served_by_other": 0}
    gains = next(row for row in found["sample"] if row["change"] == "gains")
    assert (gains["from_store"], gains["to_store"], gains["orders"]) == (None, mine["_id"], 2)
    assert gains["location"]["coordinates"] == [round(lng, 3), round(lat - 0.0123456, 3)]
    assert {found["added"]["type"], found["removed"]["type"]} == {"MultiPolygon"}
    assert found["area_km2"]["before"] == pytest.approx(found["area_km2"]["after"], rel=0.01)
    assert "Asha" not in answer.text
    assert other["_id"] not in {row["from_store"] for row in found["sample"]}


def test_those_whom_a_nearer_store_takes_over_move(client, db, clock, shop, staff):
    lng, lat = PATIA["coordinates"]
    far = a_store(shop, at={"type": "Point", "coordinates": [lng + 0.02, lat]}, radius_m=3_000)
    mine = a_store(shop, radius_m=100)
    ordered_at(db, clock, 1, lng + 0.005, lat)

    found = client.post(
        f"/api/v1/admin/stores/{mine['_id']}/zone-preview",
        json={"geofence": circle_at(lng, lat, 1_000)},
        headers=staff,
    ).json

    assert found["orders_30d"]["served_by_other"] == 1
    [row] = found["sample"]
    assert (row["change"], row["from_store"], row["to_store"]) == ("moves", far["_id"], mine["_id"])


def test_a_preview_of_a_bad_fence_is_refused_as_a_save_would(client, shop, staff):
    path = f"/api/v1/admin/stores/{a_store(shop)['_id']}/zone-preview"

    answer = client.post(path, json={"geofence": BOW_TIE}, headers=staff)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_geometry")


def an_address(lng, lat):
    place = {"type": "Point", "coordinates": [lng, lat]}
    return {"id": "home", "label": "Home", "text": "Plot 1", "location": place}
