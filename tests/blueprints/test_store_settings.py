"""A manager opens, pauses and sets up a store over HTTP."""

import pytest

from tests.makers import a_customer, a_manager, a_store, a_super_admin, an_admin, bearer


@pytest.fixture
def store(shop):
    return a_store(shop)


@pytest.fixture
def manager(app, shop, store):
    return bearer(app, shop, a_manager(shop, store["_id"]))


def serviceable(client):
    return client.get("/api/v1/serviceability?lat=20.354&lng=85.819").json["serviceable"]


def test_a_manager_sees_the_own_store_without_naming_it(client, store, manager):
    answer = client.get("/api/v1/store", headers=manager)

    assert answer.status_code == 200
    assert (answer.json["id"], answer.json["mode"], answer.json["open"]) == (store["_id"], "open", True)
    assert answer.headers["ETag"] == '"1"'


def test_a_paused_store_takes_no_orders_until_it_opens_again(client, clock, manager):
    paused = client.patch("/api/v1/store", json={"mode": "paused", "mode_reason": "flood"}, headers=manager)

    assert paused.status_code == 200
    assert (paused.json["open"], paused.json["open_reason"]) == (False, "paused")
    assert paused.json["mode_until"] == paused.json["opens_at"] == "2026-11-20T06:30:00.000Z"
    assert not serviceable(client)

    opened = client.patch("/api/v1/store", json={"mode": "open"}, headers=manager)
    assert (opened.json["open"], opened.json["mode_until"]) == (True, None)
    assert serviceable(client)


def test_a_pause_that_ran_out_is_no_longer_shown(client, clock, manager):
    until = "2026-11-20T04:35:00Z"
    client.patch("/api/v1/store", json={"mode": "paused", "mode_until": until}, headers=manager)

    clock.forward(minutes=5)

    answer = client.get("/api/v1/store", headers=manager).json
    assert (answer["mode"], answer["mode_until"], answer["open"]) == ("open", None, True)


def test_hours_closures_pickers_and_capacity_are_set_together(client, manager):
    body = {
        "hours": [[["06:00", "12:00"], ["16:00", "01:00"]]] * 7,
        "closures": [
            {"from": "2026-12-25T00:00:00+05:30", "to": "2026-12-26T00:00:00+05:30", "reason": "Christmas"}
        ],
        "pickers_on_duty": 6,
        "capacity_per_10_min": 25,
    }

    answer = client.patch("/api/v1/store", json=body, headers=manager)

    assert answer.status_code == 200
    assert answer.json["hours"] == body["hours"]
    assert answer.json["closures"][0]["from"] == "2026-12-24T18:30:00.000Z"
    assert (answer.json["pickers_on_duty"], answer.json["capacity_per_10_min"]) == (6, 25)
    assert client.get("/api/v1/store", headers=manager).json == answer.json


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "asleep"},
        {"mode": "paused", "mode_until": "2026-11-20T04:30:00Z"},
        {"mode": "paused", "mode_until": "2026-11-22T04:30:00Z"},
        {"mode": "paused", "mode_until": "2026-11-20T05:30:00"},
        {"mode": "paused", "mode_until": "0001-01-01T00:00:00+14:00"},
        {"mode": "paused", "mode_until": "9999-12-31T23:59:59-12:00"},
        {"mode_until": "2026-11-20T05:30:00Z"},
        {"mode_reason": "flood"},
        {"hours": None},
        {"hours": "always"},
        {"hours": [[["06:00", "06:00"]]] * 7},
        {"hours": [[["06:00", {"$gt": ""}]]] * 7},
        {"pickers_on_duty": "4"},
        {"pickers_on_duty": 2.5},
        {"capacity_per_10_min": 0},
        {"geofence": {"center": {"type": "Point", "coordinates": [85.8, 20.3]}, "radius_m": 500}},
        {"name": "Mine"},
        {"status": "closed"},
    ],
)
def test_what_a_manager_may_not_set_is_refused_and_changes_nothing(client, manager, store, db, body):
    answer = client.patch("/api/v1/store", json=body, headers=manager)

    assert (answer.status_code, answer.json["code"]) == (422, "validation_error")
    assert db.stores.find_one({}) == store


def test_a_setting_meant_for_an_older_version_is_refused(client, manager):
    headers = {**manager, "If-Match": '"1"'}

    assert client.patch("/api/v1/store", json={"pickers_on_duty": 3}, headers=headers).status_code == 200
    assert client.patch("/api/v1/store", json={"pickers_on_duty": 4}, headers=headers).status_code == 412


def test_another_managers_store_is_not_there(app, client, shop, store):
    stranger = bearer(app, shop, a_manager(shop, a_store(shop)["_id"]))

    for path in (f"/api/v1/store?store_id={store['_id']}", "/api/v1/store?store_id=missing"):
        assert client.get(path, headers=stranger).status_code == 404
        assert client.patch(path, json={"mode": "paused"}, headers=stranger).status_code == 404
    assert shop.db.stores.find_one({"_id": store["_id"]}) == store


def test_who_has_several_or_all_stores_says_which(app, client, shop, store):
    several = bearer(app, shop, a_manager(shop, store["_id"], a_store(shop)["_id"]))
    super_admin = bearer(app, shop, a_super_admin(shop))

    for headers in (several, super_admin):
        vague = client.get("/api/v1/store", headers=headers)
        assert (vague.status_code, vague.json["code"]) == (422, "store_id_required")
        assert client.get(f"/api/v1/store?store_id={store['_id']}", headers=headers).status_code == 200


def test_others_have_no_store(app, client, shop, store):
    for user in (a_customer(shop), an_admin(shop)):
        headers = bearer(app, shop, user)
        assert client.get(f"/api/v1/store?store_id={store['_id']}", headers=headers).status_code == 403
    assert client.get("/api/v1/store").status_code == 401
