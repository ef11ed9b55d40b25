"""One's own profile and addresses over HTTP, and nobody else's."""

import pytest

from tests.makers import a_customer, bearer

ME, ADDRESSES = "/api/v1/me", "/api/v1/me/addresses"
HOME = {
    "label": "Home",
    "text": "Plot 5, Patia, Bhubaneswar",
    "location": {"type": "Point", "coordinates": [85.819, 20.354]},
}


@pytest.fixture
def me(app, client, shop):
    """A client in which a customer is signed in."""
    return signed_in(app, shop, a_customer(shop))


def signed_in(app, shop, user):
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = bearer(app, shop, user)["Authorization"]
    return client


def test_a_profile_shows_what_is_ones_own_and_no_secret(app, shop):
    user = a_customer(shop, name="Asha Das", phone="9437012345", locale="or")

    profile = signed_in(app, shop, user).get(ME)

    assert profile.json == {
        "id": user["_id"],
        "name": "Asha Das",
        "email": user["email"],
        "phone": "+919437012345",
        "roles": ["customer"],
        "store_ids": [],
        "locale": "or",
        "created_at": "2026-11-20T04:30:00.000Z",
    }
    assert profile.headers["Cache-Control"] == "no-store"


def test_a_guest_has_no_profile(client):
    refused = client.get(ME)

    assert (refused.status_code, refused.json["code"]) == (401, "unauthenticated")


def test_a_change_made_for_an_older_version_is_refused(me):
    tag = me.get(ME).headers["ETag"]

    changed = me.patch(ME, json={"name": "Asha D.", "phone": None}, headers={"If-Match": tag})
    refused = me.patch(ME, json={"name": "Other"}, headers={"If-Match": tag})

    assert changed.status_code == 200 and changed.headers["ETag"] != tag
    assert (refused.status_code, refused.json["code"]) == (412, "precondition_failed")
    assert me.get(ME).json["name"] == "Asha D."


@pytest.mark.parametrize(
    "change",
    [
        {"roles": ["admin"]},
        {"email": "other@example.in"},
        {"status": "active"},
        {"version": 7},
        {"_id": "other"},
        {"name": None},
        {"name": "   "},
        {"name": {"$ne": ""}},
        {"locale": "english"},
        {"phone": "1"},
        {"a.b": 1},
    ],
)
def test_a_bad_change_is_refused_by_field_and_changes_nothing(me, change):
    before = me.get(ME)

    refused = me.patch(ME, json=change)

    assert refused.status_code == 422
    assert set(refused.json["errors"]) == set(change)
    after = me.get(ME)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


def test_an_address_goes_through_its_life(me):
    created = me.post(ADDRESSES, json={**HOME, "unit": "2B", "door_note": "Ring twice 🔔\nMind the dog"})
    assert created.status_code == 201
    path = f"{ADDRESSES}/{created.json['id']}"

    assert me.get(ADDRESSES).json == {"items": [created.json], "next": None}
    assert me.get(path).json == created.json
    assert me.patch(path, json={"unit": None}).json == {**created.json, "unit": None}
    assert me.put(path, json={**HOME, "label": "Flat"}).json == {
        **HOME,
        "id": created.json["id"],
        "label": "Flat",
        "unit": None,
        "door_note": None,
    }
    assert me.delete(path).status_code == 204
    assert me.get(ADDRESSES).json["items"] == []
    assert me.delete(path).status_code == 404


def test_somebody_elses_address_is_as_missing_as_one_that_never_was(app, shop, me):
    other = signed_in(app, shop, a_customer(shop))
    foreign = other.post(ADDRESSES, json=HOME).json

    for address_id in (foreign["id"], "never-was", "$where"):
        path = f"{ADDRESSES}/{address_id}"
        for answer in (
            me.get(path),
            me.put(path, json=HOME),
            me.patch(path, json={"label": "Mine"}),
            me.patch(path, json={}),
            me.delete(path),
        ):
            assert (answer.status_code, answer.json["code"]) == (404, "unknown_address")
    assert other.get(ADDRESSES).json["items"] == [foreign]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"location": {"type": "Point", "coordinates": [20.354, 85.819]}}, "coordinates_swapped"),
        ({"location": {"type": "Point", "coordinates": [200, 20]}}, "invalid_location"),
        ({"location": {"type": "Point", "coordinates": [85.8]}}, "validation_error"),
        ({"location": {"type": "Point", "coordinates": ["85.8", "20.3"]}}, "validation_error"),
        ({"location": {"type": "Polygon", "coordinates": [85.8, 20.3]}}, "validation_error"),
        ({"location": {"$near": 1}}, "validation_error"),
        ({"location": None}, "validation_error"),
        ({"label": ""}, "validation_error"),
        ({"text": "x" * 301}, "validation_error"),
        ({"text": "‮evil"}, "validation_error"),
        ({"id": "chosen"}, "validation_error"),
    ],
)
def test_a_bad_address_is_refused_and_nothing_is_kept(me, change, code):
    refused = me.post(ADDRESSES, json={**HOME, **change})

    assert (refused.status_code, refused.json["code"]) == (422, code)
    assert set(refused.json["errors"]) == set(change)
    assert me.get(ADDRESSES).json["items"] == []


def test_the_twenty_first_address_is_refused(me):
    for _ in range(20):
        assert me.post(ADDRESSES, json=HOME).status_code == 201

    refused = me.post(ADDRESSES, json=HOME)

    assert (refused.status_code, refused.json["code"]) == (409, "too_many_addresses")
