"""Opening, changing and closing stores over HTTP."""

import pytest

from shopsmart.geo import Point
from tests.makers import a_customer, a_manager, a_rider, a_store, a_super_admin, an_admin, bearer

PATIA: Point = {"type": "Point", "coordinates": [85.8190, 20.3540]}
NEARBY: Point = {"type": "Point", "coordinates": [85.8290, 20.3540]}
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[85.80, 20.34], [85.84, 20.34], [85.84, 20.37], [85.80, 20.37], [85.80, 20.34]]],
}
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[85.80, 20.34], [85.84, 20.37], [85.84, 20.34], [85.80, 20.37], [85.80, 20.34]]],
}


@pytest.fixture
def staff(app, shop):
    return bearer(app, shop, an_admin(shop))


def wish(**fields):
    return {"name": "Patia", "address": "Plot 12, Patia", "location": PATIA, "geofence": SQUARE} | fields


def create(client, staff, **fields):
    return client.post("/api/v1/admin/stores", json=wish(**fields), headers=staff)


def test_a_new_store_serves_its_polygon_at_once(client, staff):
    created = create(client, staff, pickers_on_duty=4, capacity_per_10_min=20)

    assert created.status_code == 201
    assert created.headers["ETag"] == '"1"'
    assert created.json["geofence"] == created.json["served_area"] == SQUARE
    assert (created.json["zone_version"], created.json["warnings"], created.json["open"]) == (1, [], True)
    found = client.get("/api/v1/serviceability?lat=20.36&lng=85.81").json
    assert found["store"]["id"] == created.json["id"]


def test_a_radius_is_kept_as_given_with_the_polygon_that_serves(client, staff):
    circle = {"center": PATIA, "radius_m": 1_500}

    created = create(client, staff, geofence=circle)

    assert created.json["geofence"] == circle
    assert len(created.json["served_area"]["coordinates"][0]) == 65


def test_a_super_admin_may_too_and_others_may_not(app, client, shop):
    assert create(client, bearer(app, shop, a_super_admin(shop))).status_code == 201
    for user in (a_customer(shop), a_rider(shop), a_manager(shop)):
        assert create(client, bearer(app, shop, user)).status_code == 403
    assert create(client, {}).status_code == 401


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"geofence": BOW_TIE}, "invalid_geometry"),
        ({"geofence": {"type": "Point", "coordinates": [85.8, 20.3]}}, "invalid_geometry"),
        ({"geofence": {**SQUARE, "crs": {}}}, "invalid_geometry"),
        ({"geofence": "everywhere"}, "invalid_geometry"),
        ({"geofence": {"$where": "1"}}, "invalid_geometry"),
        ({"geofence": {"center": PATIA, "radius_m": "2000"}}, "invalid_geometry"),
        ({"geofence": None}, "validation_error"),
        ({"location": {"type": "Point", "coordinates": [86.9, 20.35]}}, "fence_far_from_store"),
        ({"location": {"type": "Point", "coordinates": [20.35, 85.8]}}, "coordinates_swapped"),
        ({"hours": [[["06:00", "23:00"]]] * 6}, "validation_error"),
        ({"hours": [[["six", "seven"]]] * 7}, "validation_error"),
        ({"hours": [[["06:00", "29:00"]]] * 7}, "validation_error"),
        ({"timezone": "Mars/Olympus"}, "validation_error"),
        ({"pickers_on_duty": -1}, "validation_error"),
        ({"capacity_per_10_min": 10**9}, "validation_error"),
        ({"closures": [{"from": "2026-12-02T00:00:00Z", "to": "2026-12-01T00:00:00Z"}]}, "validation_error"),
        (
            {"closures": [{"from": "0001-01-01T00:00:00+14:00", "to": "2026-12-01T00:00:00Z"}]},
            "validation_error",
        ),
        ({"name": ""}, "validation_error"),
        ({"status": "closed"}, "validation_error"),
        ({"_id": "mine"}, "validation_error"),
    ],
)
def test_a_store_that_cannot_be_is_refused_and_nothing_is_written(client, db, staff, fields, code):
    answer = create(client, staff, **fields)

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert db.stores.count_documents({}) == db.zones.count_documents({}) == 0


def test_a_bad_fence_is_refused_with_the_reason_and_the_place(client, staff):
    answer = create(client, staff, geofence=BOW_TIE)

    assert answer.json["reason"] == "self_intersection"
    assert answer.json["at"] == pytest.approx([85.82, 20.355])
    assert "geofence" in answer.json["errors"]


def test_a_new_geofence_is_a_new_version_with_a_history(client, shop, staff):
    store = a_store(shop)
    path = f"/api/v1/admin/stores/{store['_id']}"

    changed = client.patch(path, json={"geofence": SQUARE}, headers=staff)

    assert (changed.status_code, changed.json["zone_version"]) == (200, 2)
    first = client.get(f"{path}/zones?limit=1", headers=staff).json
    second = client.get(f"{path}/zones?limit=1&cursor={first['next']}", headers=staff).json
    assert [(row["version"], row["status"]) for row in first["items"] + second["items"]] == [
        (2, "published"),
        (1, "retired"),
    ]
    assert second["next"] is None


def test_a_change_meant_for_an_older_version_is_refused(client, shop, staff):
    path = f"/api/v1/admin/stores/{a_store(shop)['_id']}"
    read = client.get(path, headers=staff).headers["ETag"]

    first = client.patch(path, json={"name": "One"}, headers={**staff, "If-Match": read})
    late = client.patch(path, json={"name": "Two"}, headers={**staff, "If-Match": read})
    odd = client.patch(path, json={"name": "Two"}, headers={**staff, "If-Match": "yesterday's"})

    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert (late.status_code, late.json["code"]) == (412, "precondition_failed")
    assert (odd.status_code, odd.json["code"]) == (422, "invalid_if_match")
    assert client.get(path, headers=staff).json["name"] == "One"


def test_a_store_outside_its_own_fence_is_allowed_and_told(client, staff):
    answer = create(client, staff, location={"type": "Point", "coordinates": [85.90, 20.35]})

    assert (answer.status_code, answer.json["warnings"]) == (201, ["store_outside_fence"])


def test_deletion_closes_the_store_and_keeps_it(client, shop, staff):
    path = f"/api/v1/admin/stores/{a_store(shop)['_id']}"

    assert client.delete(path, headers=staff).status_code == 204
    assert client.delete(path, headers=staff).status_code == 204
    assert client.get(path, headers=staff).json["status"] == "closed"
    assert client.get("/api/v1/serviceability?lat=20.354&lng=85.819").json["serviceable"] is False
    reopened = client.patch(path, json={"status": "active"}, headers=staff)
    assert reopened.json["open"] is True


def test_stores_come_in_pages_with_their_fences(client, shop, staff):
    for number in range(3):
        a_store(shop, store_id=f"s{number}")

    first = client.get("/api/v1/admin/stores?limit=2", headers=staff).json
    rest = client.get(f"/api/v1/admin/stores?limit=2&cursor={first['next']}", headers=staff).json

    assert [store["id"] for store in first["items"] + rest["items"]] == ["s0", "s1", "s2"]
    assert all(store["served_area"]["type"] == "Polygon" for store in first["items"])
    assert rest["next"] is None


def test_a_cursor_of_another_list_is_refused(client, shop, staff):
    a_store(shop, store_id="a")
    a_store(shop, store_id="b")
    cursor = client.get("/api/v1/admin/stores?limit=1", headers=staff).json["next"]

    answer = client.get(f"/api/v1/admin/stores/a/zones?cursor={cursor}", headers=staff)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_a_missing_store_is_a_404(client, staff, method):
    options = {"json": {"name": "New"}} if method == "patch" else {}

    answer = getattr(client, method)("/api/v1/admin/stores/missing", headers=staff, **options)

    assert answer.status_code == 404
    assert client.get("/api/v1/admin/stores/missing/zones", headers=staff).status_code == 404


def test_coverage_names_overlaps_and_gaps(client, shop, staff):
    a_store(shop, store_id="a")
    a_store(shop, store_id="b", at=NEARBY)

    answer = client.get("/api/v1/admin/stores/coverage?bounds=85.79,20.33,85.85,20.38", headers=staff)

    assert answer.status_code == 200
    assert answer.json["overlaps"][0]["stores"] == ["a", "b"]
    assert 0 < answer.json["overlaps"][0]["area_km2"] < 12.57
    assert answer.json["overlaps_total"] == 1
    assert answer.json["gaps_total"] == len(answer.json["gaps"]) > 0
    assert answer.json["served_km2"] + sum(gap["area_km2"] for gap in answer.json["gaps"]) == pytest.approx(
        answer.json["area_km2"], rel=0.001
    )


def test_coverage_of_no_store_is_empty(client, staff):
    answer = client.get("/api/v1/admin/stores/coverage", headers=staff)

    assert (answer.json["area"], answer.json["overlaps"], answer.json["gaps"]) == (None, [], [])


@pytest.mark.parametrize("bounds", ["1,2,3", "a,b,c,d", "3,2,1,4", "nan,1,2,3", "0,0,181,1", "inf,0,1,1"])
def test_bounds_that_are_none_are_refused(client, staff, bounds):
    assert client.get(f"/api/v1/admin/stores/coverage?bounds={bounds}", headers=staff).status_code == 422


def test_the_document_describes_the_three_shapes_of_a_fence(client):
    schemas = client.get("/api/v1/openapi.json").json["components"]["schemas"]

    shapes = schemas["NewStore"]["properties"]["geofence"]["oneOf"]
    assert [shape["title"] for shape in shapes] == ["Polygon", "MultiPolygon", "Circle"]
