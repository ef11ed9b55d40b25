"""The routing policy over HTTP: bounded, versioned, audited; and why an order got its store."""

import pytest

from shopsmart.geo import Point
from tests.makers import PATIA, a_customer, a_product, a_store, a_super_admin, an_admin, bearer

URL = "/api/v1/admin/policies/routing"
NEXT: Point = {"type": "Point", "coordinates": [85.8250, 20.3560]}
DOOR: Point = {"type": "Point", "coordinates": [85.8200, 20.3540]}


@pytest.fixture
def owner(app, shop):
    return bearer(app, shop, a_super_admin(shop))


def test_a_fresh_city_runs_on_safe_defaults(client, owner):
    policy = client.get(URL, headers=owner)

    assert (policy.status_code, policy.json["version"], policy.json["by"]) == (200, 0, None)
    assert policy.headers["ETag"] == '"0"'
    for tunable in policy.json["tunables"]:
        assert tunable["least"] <= tunable["value"] == tunable["default"] <= tunable["most"]


def test_a_change_is_a_new_version_with_its_reason_and_its_audit_entry(client, owner, shop):
    changed = client.put(URL, json={"values": {"accept_seconds": 90}, "why": "festival"}, headers=owner)
    same = client.put(URL, json={"values": {"accept_seconds": 90}, "why": "again"}, headers=owner)
    back = client.put(URL, json={"values": {}, "why": "over"}, headers=owner)

    assert (changed.json["version"], changed.json["values"]["accept_seconds"]) == (1, 90)
    assert (same.json["version"], same.json["why"]) == (1, "festival")
    assert (back.json["version"], back.json["values"]["accept_seconds"]) == (2, 120)
    entries = list(shop.db.audit_log.find({"subject": "policy:routing"}).sort("_id", 1))
    assert [(entry["before"], entry["after"], entry["why"]) for entry in entries] == [
        ({"accept_seconds": 120}, {"accept_seconds": 90}, "festival"),
        ({"accept_seconds": 90}, {"accept_seconds": 120}, "over"),
    ]
    assert [row["version"] for row in shop.db.policies.find().sort("version", 1)] == [1, 2]


def test_who_read_an_older_version_cannot_overwrite_a_newer_one(client, owner):
    client.put(URL, json={"values": {"max_hops": 1}, "why": "first"}, headers=owner)

    late = client.put(
        URL, json={"values": {"max_hops": 3}, "why": "late"}, headers={**owner, "If-Match": '"0"'}
    )

    assert (late.status_code, late.json["code"]) == (412, "precondition_failed")
    assert client.get(URL, headers=owner).json["values"]["max_hops"] == 1


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"accept_seconds": -1}, "accept_seconds"),
        ({"accept_seconds": 1.5}, "accept_seconds"),
        ({"accept_seconds": "90"}, "accept_seconds"),
        ({"accept_seconds": True}, "accept_seconds"),
        ({"accept_seconds": None}, "accept_seconds"),
        ({"max_hops": 10**9}, "max_hops"),
        ({"calm_load": {"$gt": 0}}, "calm_load"),
        ({"gravity": 9.81}, "gravity"),
        ({"$where": 1}, "$where"),
        ({"busy_at": 0.5, "calm_at": 0.5}, "calm_at"),
        ({"pause_at": 0.5}, "pause_at"),
        ({"give_up_seconds": 60}, "give_up_seconds"),
    ],
)
def test_a_value_out_of_bounds_is_named_and_nothing_changes(client, owner, shop, values, field):
    answer = client.put(URL, json={"values": values, "why": "test"}, headers=owner)

    assert answer.status_code == 422, answer.json
    assert list(answer.json["errors"]) == [field]
    assert shop.db.policies.count_documents({}) == 0


def test_only_the_owner_changes_it_and_staff_may_look(app, client, shop):
    staff = bearer(app, shop, an_admin(shop))

    assert client.get(URL, headers=staff).status_code == 200
    assert client.put(URL, json={"values": {}, "why": "x"}, headers=staff).status_code == 403


def test_staff_and_customer_read_the_same_trace_each_in_his_words(app, client, shop):
    near, following = a_store(shop, name="Near"), a_store(shop, at=NEXT, name="Next")
    sku = a_product(shop, following, units=5)
    customer = {**bearer(app, shop, a_customer(shop)), "Idempotency-Key": "k"}
    staff = bearer(app, shop, an_admin(shop))
    body = {"location": DOOR, "items": [{"sku": sku, "quantity": 1}], "payment": {"provider": "cod"}}
    order = client.post("/api/v1/orders", json=body, headers=customer).json

    told = client.get(f"/api/v1/admin/orders/{order['id']}/routing", headers=staff).json
    why = client.get(f"/api/v1/orders/{order['id']}/routing", headers=customer).json
    foreign = client.get(f"/api/v1/orders/{order['id']}/routing", headers=bearer(app, shop, a_customer(shop)))

    assert [(row["store_id"], row["verdict"]) for row in told["candidates"]] == [
        (near["_id"], "out_of_stock"),
        (following["_id"], "chosen"),
    ]
    assert told["candidates"][0]["short"] == [{"sku": sku, "available": 0, "reason": "not_listed"}]
    parts = told["candidates"][1]["score"]
    assert parts["total"] == pytest.approx(sum(parts[name] for name in ("fill", "promise", "load", "cost")))
    assert (why["store"]["id"], why["reason"]) == (following["_id"], "next_nearest")
    assert [(row["name"], row["reason"]) for row in why["passed_over"]] == [("Near", "not_everything")]
    assert "load" not in str(why)
    assert foreign.status_code == 404


def test_staff_move_an_order_over_http(app, client, shop):
    stores = [a_store(shop, at=PATIA), a_store(shop, at=NEXT)]
    sku = a_product(shop, *stores)
    customer = {**bearer(app, shop, a_customer(shop)), "Idempotency-Key": "k"}
    staff = bearer(app, shop, an_admin(shop))
    body = {"location": DOOR, "items": [{"sku": sku, "quantity": 1}], "payment": {"provider": "cod"}}
    order = client.post("/api/v1/orders", json=body, headers=customer).json
    url = f"/api/v1/admin/orders/{order['id']}/reroute"

    moved = client.post(url, json={"reason": "power cut"}, headers=staff)
    again = client.post(url, json={"reason": "again"}, headers=staff)
    missing = client.post("/api/v1/admin/orders/nope/reroute", json={"reason": "x"}, headers=staff)
    told = client.get(f"/api/v1/admin/orders/{order['id']}/routing", headers=staff).json

    assert (moved.status_code, moved.json["store"]["id"]) == (200, stores[1]["_id"])
    assert (again.status_code, again.json["code"]) == (409, "no_other_store")
    assert missing.status_code == 404
    assert [(row["store_id"], row["left_for"]) for row in told["before"]] == [(stores[0]["_id"], "power cut")]
