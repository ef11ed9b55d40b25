"""What staff do is on record, with who, before, after and why; what is refused is not."""

import pytest

from shopsmart.orders import service as orders
from tests.makers import a_customer, a_product, a_store, actor, an_admin, bearer

DOOR = {"type": "Point", "coordinates": [85.823, 20.357]}


@pytest.fixture
def admin(shop):
    return an_admin(shop)


@pytest.fixture
def staff(app, shop, admin):
    return bearer(app, shop, admin)


def read(client, staff, query=""):
    answer = client.get(f"/api/v1/admin/audit?{query}", headers=staff)
    assert answer.status_code == 200, answer.json
    return answer.json


def an_order(client, app, shop):
    sku = a_product(shop, a_store(shop))
    body = {"location": DOOR, "items": [{"sku": sku, "quantity": 1}], "payment": {"provider": "cod"}}
    headers = {**bearer(app, shop, a_customer(shop)), "Idempotency-Key": "k"}
    placed = client.post("/api/v1/orders", json=body, headers=headers)
    assert placed.status_code == 201, placed.json
    return placed.json


def test_a_change_of_a_store_is_found_by_who_what_which_and_when(client, clock, shop, admin, staff):
    store = a_store(shop)
    clock.forward(minutes=5)
    since = clock.now().isoformat().replace("+00:00", "Z")
    path = f"/api/v1/admin/stores/{store['_id']}"
    client.patch(path, json={"name": "Patia North"}, headers=staff)

    found = [
        read(client, staff, query)["items"]
        for query in (
            f"actor={admin['_id']}",
            "action=store.changed",
            f"subject=store:{store['_id']}&from={since}",
            f"action=store&from={since}",
        )
    ]

    assert [len(rows) for rows in found] == [1, 1, 1, 1]
    [row] = found[0]
    assert (row["actor_name"], row["action"]) == (admin["name"], "store.changed")
    assert (row["before"], row["after"]) == ({"name": "Patia"}, {"name": "Patia North"})
    assert read(client, staff, f"to={since}&action=store.changed")["items"] == []
    assert read(client, staff, "action=stor")["items"] == []


def test_staff_who_move_an_order_are_on_record_and_refusals_are_not(app, client, shop, admin, staff):
    order = an_order(client, app, shop)
    path = f"/api/v1/orders/{order['id']}"

    refused = client.patch(f"{path}/status", json={"status": "delivered"}, headers=staff)
    for _ in range(2):
        client.patch(f"{path}/status", json={"status": "accepted", "reason": "by phone"}, headers=staff)
    client.post(f"{path}/cancel", json={"reason": "flooded"}, headers=staff)

    rows = read(client, staff, f"subject=order:{order['id']}")["items"]
    assert refused.status_code == 409
    assert [(row["action"], row["before"], row["after"], row["reason"]) for row in rows] == [
        ("order.cancelled", {"status": "accepted"}, {"status": "cancelled"}, "flooded"),
        ("order.status", {"status": "placed"}, {"status": "accepted"}, "by phone"),
    ]


def test_a_customer_who_cancels_is_no_matter_for_the_audit(app, client, db, shop):
    order = an_order(client, app, shop)
    customer = shop.db.users.find_one({"_id": db.orders.find_one({})["customer_id"]})

    orders.cancel(shop, actor(customer), order["id"], "changed my mind")

    assert db.audit_log.count_documents({"subject": f"order:{order['id']}"}) == 0


def test_pages_of_the_audit_neither_repeat_nor_leave_out(client, shop, staff):
    for _ in range(5):
        a_store(shop)

    first = read(client, staff, "limit=3&action=store.created")
    second = read(client, staff, f"limit=3&action=store.created&cursor={first['next']}")

    seen = [row["id"] for row in first["items"] + second["items"]]
    assert len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    assert second["next"] is None
