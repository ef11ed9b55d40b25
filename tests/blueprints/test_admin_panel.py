"""What the office looks for, it finds; what moves, it sees."""

import csv
import dataclasses
import io
from datetime import timedelta

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from shopsmart.dispatch import riders
from shopsmart.dispatch import service as dispatch
from shopsmart.dispatch.model import Fix
from shopsmart.infra import pulse
from tests.makers import PATIA, a_customer, a_product, a_rider, a_store, actor, an_admin, bearer

DOOR = {"type": "Point", "coordinates": [85.823, 20.357]}


@pytest.fixture
def staff(app, shop):
    return bearer(app, shop, an_admin(shop))


def get(client, staff, path):
    answer = client.get(f"/api/v1/admin/{path}", headers=staff)
    assert answer.status_code == 200, answer.json
    return answer


def test_the_work_in_the_background_is_seen(client, shop, clock, staff):
    queue = Queue("critical", connection=shop.redis, serializer=JSONSerializer)
    queue.enqueue("workers.jobs.deliver", ["d1"])
    pulse.beat(shop)

    found = get(client, staff, "jobs").json

    assert [row["name"] for row in found["queues"]] == ["critical", "default", "bulk"]
    assert [row["waiting"] for row in found["queues"]] == [1, 0, 0]
    assert found["queues"][0]["oldest_age_s"] >= 0
    assert (found["redis"], found["workers"]) == (True, [])
    assert found["scheduler"]["last_tick"].startswith("2026-11-20T04:30")
    assert found["deliveries"] == {"waiting": 0, "oldest_age_s": 0, "dead": 0}


def test_an_order_is_found_by_number_mail_and_phone(app, client, shop, staff):
    sku = a_product(shop, a_store(shop), units=9)
    numbers = []
    for phone in ("+919876543210", "+919876543211"):
        customer = a_customer(shop, phone=phone)
        placed = client.post(
            "/api/v1/orders",
            json={"location": DOOR, "items": [{"sku": sku, "quantity": 1}], "payment": {"provider": "cod"}},
            headers={**bearer(app, shop, customer), "Idempotency-Key": phone},
        )
        numbers.append(placed.json["number"])

    for q in (numbers[1].lower(), customer["email"].upper(), "98765 43211", "%2B919876543211"):
        items = get(client, staff, f"orders?q={q}").json["items"]
        assert [row["number"] for row in items] == [numbers[1]], q
    assert get(client, staff, "orders?q=nobody@example.in").json["items"] == []
    assert get(client, staff, f"orders?q={numbers[0]}&status=delivered").json["items"] == []


def test_a_user_is_found_by_phone(client, shop, staff):
    customer = a_customer(shop, phone="+919876543210")
    a_customer(shop)

    items = get(client, staff, "users?q=9876543210").json["items"]

    assert [row["id"] for row in items] == [customer["_id"]]


def test_the_stock_of_all_stores_comes_as_a_file(client, shop, staff):
    stores = [a_store(shop), a_store(shop)]
    a_product(shop, *stores, name={"en": "=Bread, sliced"}, sku="BREAD", units=3)
    a_product(shop, stores[0], name={"en": "Salt"}, sku="SALT", units=2)

    answer = get(client, staff, "exports/inventory")
    bread = get(client, staff, f"exports/inventory?q=bread&store_id={stores[1]['_id']}")

    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.mimetype == "text/csv"
    assert sorted((row["sku"], row["on_hand"]) for row in rows) == [
        ("BREAD", "3"),
        ("BREAD", "3"),
        ("SALT", "2"),
    ]
    [only] = csv.DictReader(io.StringIO(bread.text))
    assert (only["store_id"], only["name"], only["available"]) == (
        stores[1]["_id"],
        "'=Bread, sliced",
        "true",
    )


def test_the_office_sees_riders_move_but_not_at_every_step(shop, clock):
    told = []
    shop = dataclasses.replace(shop, publish=lambda channel, message: told.append((channel, message)))
    user = a_rider(shop)
    dispatch.register_rider(shop, user, "scooter", PATIA)
    riders.set_shift(shop, actor(user), True)
    for _ in range(6):
        clock.forward(seconds=1)
        riders.report(shop, actor(user), [Fix(PATIA, clock.now())], lone=True)

    positions = [message["data"] for channel, message in told if channel == "admin"]
    assert len(positions) == 2
    assert positions[0]["rider_id"] == user["_id"]
    assert positions[0]["location"] == PATIA


def test_a_store_paused_by_hand_is_an_event_for_the_office(app, client, shop, db, clock):
    store = a_store(shop)
    boss = bearer(app, shop, an_admin(shop))
    from shopsmart.stores import service

    service.store_settings(
        shop, actor(an_admin(shop)), store["_id"], mode="paused", mode_until=clock.now() + timedelta(hours=1)
    )

    [event] = db.stores.find_one({"_id": store["_id"]})["outbox"]
    assert (event["type"], event["data"]["mode"], event["data"]["was"]) == ("store.mode", "paused", "open")
    assert "admin" in event["channels"]
    shown = get(client, boss, f"stores/{store['_id']}").json
    assert "outbox" not in shown
