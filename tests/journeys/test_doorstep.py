"""One order, from the map to the doorstep, over HTTP."""

import pytest

from shopsmart.dispatch import service as dispatch
from shopsmart.infra import events
from tests.makers import PATIA, a_customer, a_manager, a_product, a_rider, a_store, an_admin, bearer
from workers.delivering import relay
from workers.subscriptions import HANDLERS

DOOR = {"type": "Point", "coordinates": [85.823, 20.357]}


@pytest.fixture
def town(app, shop, client):
    """A store, two products, and everybody signed in."""
    store = a_store(shop)
    skus = [a_product(shop, store, units=5) for _ in range(2)]
    people = {
        "customer": a_customer(shop),
        "manager": a_manager(shop, store["_id"]),
        "rider": a_rider(shop),
        "admin": an_admin(shop),
    }
    dispatch.register_rider(shop, people["rider"], "scooter", PATIA)
    return store, skus, SignedIn(app, shop, people)


class SignedIn:
    """Headers by name, each time with a token that is fresh on the test's clock."""

    def __init__(self, app, shop, people):
        self.app, self.shop, self.people = app, shop, people

    def __getitem__(self, name):
        return bearer(self.app, self.shop, self.people[name])


def events_go_out(shop, enqueued):
    """What the scheduler and the workers do in the background."""
    from shopsmart.infra import outbox

    for _ in range(5):
        relay(shop)
        jobs, enqueued[:] = list(enqueued), []
        for job in jobs:
            if job[1] == "workers.jobs.deliver":
                for delivery_id in job[2]:
                    outbox.deliver(shop, delivery_id, HANDLERS)
    dispatch.tick(shop)


def place(client, headers, skus, provider="cod", key="key-1"):
    return client.post(
        "/api/v1/orders",
        json={
            "location": DOOR,
            "items": [{"sku": sku, "quantity": 2} for sku in skus],
            "payment": {"provider": provider},
        },
        headers={**headers, "Idempotency-Key": key},
    )


def test_an_order_goes_from_the_map_to_the_door(town, client, shop, enqueued, clock, mailbox):
    store, skus, who = town
    lng, lat = DOOR["coordinates"]

    served = client.get(f"/api/v1/serviceability?lat={lat}&lng={lng}").json
    assert served["store"]["id"] == store["_id"]
    placed = place(client, who["customer"], skus)
    assert placed.status_code == 201, placed.json
    order = placed.json
    assert order["status"] == "placed"
    assert len(order["delivery_code"]) == 4
    events_go_out(shop, enqueued)

    queue = client.get("/api/v1/store/orders", headers=who["manager"]).json["items"]
    assert [row["id"] for row in queue] == [order["id"]]
    base = f"/api/v1/store/orders/{order['id']}"
    assert client.post(f"{base}/accept", headers=who["manager"]).json["status"] == "accepted"
    events_go_out(shop, enqueued)
    for line in order["lines"]:
        picked = client.post(f"{base}/pick", json={"line": line["id"], "picked": 2}, headers=who["manager"])
        assert picked.json["status"] == "picking"
    assert client.post(f"{base}/pack", headers=who["manager"]).json["status"] == "packed"
    slip = client.get(f"{base}/packing-slip", headers=who["manager"])
    assert slip.data.startswith(b"%PDF-")

    client.post("/api/v1/rider/shift", json={"online": True}, headers=who["rider"])
    client.post("/api/v1/rider/locations", json={"location": PATIA}, headers=who["rider"])
    events_go_out(shop, enqueued)
    offer = client.get("/api/v1/rider/offers", headers=who["rider"]).json["items"][0]
    client.post(f"/api/v1/rider/offers/{offer['id']}/accept", headers=who["rider"])
    task = client.get("/api/v1/rider/tasks", headers=who["rider"]).json["items"][0]
    assert "delivery_code" not in str(task)
    left = client.post(f"/api/v1/rider/tasks/{task['id']}/picked-up", headers=who["rider"])
    assert left.status_code == 200, left.json
    wrong = "0000" if order["delivery_code"] != "0000" else "1111"
    refused = client.post(
        f"/api/v1/rider/tasks/{task['id']}/delivered", json={"otp": wrong}, headers=who["rider"]
    )
    assert (refused.status_code, refused.json["code"]) == (422, "wrong_code")
    done = client.post(
        f"/api/v1/rider/tasks/{task['id']}/delivered",
        json={"otp": order["delivery_code"]},
        headers=who["rider"],
    )
    assert done.status_code == 200, done.json
    events_go_out(shop, enqueued)

    seen = client.get(f"/api/v1/orders/{order['id']}", headers=who["customer"]).json
    assert seen["status"] == "delivered"
    assert "delivery_code" not in seen
    assert seen["payment"]["status"] == "cod_collected"
    for_rider = client.get(f"/api/v1/orders/{order['id']}", headers=who["rider"]).json
    assert (for_rider["customer"]["phone"], for_rider["address"]) == (None, None)
    told = [row["type"] for row in events.since(shop.db, f"order:{order['id']}", 0)]
    walked = [name for name in told if name != "order.line_picked"]
    assert walked == [
        "order.placed",
        "order.accepted",
        "order.picking",
        "order.packed",
        "order.rider_assigned",
        "order.out_for_delivery",
        "order.delivered",
    ]
    assert len({mail["Message-ID"] for mail in mailbox.sent}) == len(mailbox.sent) >= 3


def test_a_customer_who_pays_in_time_is_served_and_one_who_does_not_gives_the_stock_back(
    town, client, shop, clock, enqueued
):
    from shopsmart.orders import service as orders

    _, skus, who = town
    first = place(client, who["customer"], skus[:1], "sandbox", "first").json
    second = place(client, who["customer"], skus[:1], "sandbox", "second").json
    assert first["status"] == second["status"] == "payment_pending"
    opened = client.post(
        f"/api/v1/orders/{first['id']}/payments",
        json={"provider": "sandbox"},
        headers={**who["customer"], "Idempotency-Key": "p"},
    ).json
    signed = client.post(
        f"/api/v1/sandbox/intents/{opened['intent_id']}/pay", json={"client_secret": opened["client_secret"]}
    ).json
    paid = client.post(
        f"/api/v1/orders/{first['id']}/payments/confirm",
        json={
            "payment_id": opened["payment_id"],
            "payment_ref": signed["payment_ref"],
            "signature": signed["signature"],
        },
        headers=who["customer"],
    )
    assert paid.json["status"] == "placed", paid.json

    clock.forward(minutes=11)
    orders.sweep(shop)

    statuses = {
        order["id"]: order["status"]
        for order in client.get("/api/v1/orders", headers=who["customer"]).json["items"]
    }
    assert statuses == {first["id"]: "placed", second["id"]: "expired"}
    left = client.get(f"/api/v1/admin/inventory?sku={skus[0]}", headers=who["admin"]).json["items"][0]
    assert (left["available_quantity"], left["held"]) == (3, 2)


def test_a_cancelled_order_gives_stock_and_money_back(town, client, shop, enqueued):
    _, skus, who = town
    order = place(client, who["customer"], skus, "cod").json

    cancelled = client.post(
        f"/api/v1/orders/{order['id']}/cancel", json={"reason": "changed my mind"}, headers=who["customer"]
    )
    again = client.post(f"/api/v1/orders/{order['id']}/cancel", json={}, headers=who["customer"])

    assert cancelled.json["status"] == again.json["status"] == "cancelled"
    rows = client.get("/api/v1/admin/inventory", headers=who["admin"]).json["items"]
    assert [row["available_quantity"] for row in rows] == [5, 5]


def test_an_item_marked_out_of_stock_is_gone_from_the_catalogue_at_once(town, client):
    _, skus, who = town
    lng, lat = DOOR["coordinates"]

    def on_sale():
        listed = client.get(f"/api/v1/products?lat={lat}&lng={lng}&in_stock=true").json["items"]
        return {item["sku"] for item in listed}

    assert on_sale() == set(skus)
    client.patch(f"/api/v1/store/inventory/{skus[0]}", json={"available": False}, headers=who["manager"])

    assert on_sale() == {skus[1]}
    refused = place(client, who["customer"], skus)
    assert (refused.status_code, refused.json["code"]) == (409, "out_of_stock")
    assert [(short["sku"], short["available"]) for short in refused.json["shortages"]] == [(skus[0], 0)]


def test_the_same_key_gives_the_same_answer_and_one_order(town, client):
    _, skus, who = town

    first = place(client, who["customer"], skus)
    again = place(client, who["customer"], skus)
    other = place(client, who["customer"], skus[:1])

    assert first.status_code == again.status_code == 201
    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")
    assert len(client.get("/api/v1/orders", headers=who["customer"]).json["items"]) == 1


def test_a_short_pick_is_charged_for_what_was_found(town, client, shop):
    _, skus, who = town
    order = place(client, who["customer"], skus).json
    base = f"/api/v1/store/orders/{order['id']}"
    client.post(f"{base}/accept", headers=who["manager"])
    early = client.post(f"{base}/pack", headers=who["manager"])
    for line, picked in zip(order["lines"], (2, 1), strict=True):
        client.post(f"{base}/pick", json={"line": line["id"], "picked": picked}, headers=who["manager"])
    open_lines = client.post(f"{base}/pick", json={"line": "l2", "picked": 2}, headers=who["manager"])

    packed = client.post(f"{base}/pack", headers=who["manager"]).json

    assert early.json["code"] == "invalid_transition"
    assert open_lines.json["code"] == "line_already_picked"
    assert packed["totals"]["items"]["amount"] == 3 * 4_900
    rows = client.get("/api/v1/admin/inventory", headers=who["admin"]).json["items"]
    assert [(row["on_hand"], row["available_quantity"], row["held"]) for row in rows] == [
        (3, 3, 0),
        (3, 3, 0),
    ]
