"""Keyed requests over the app, sent many times at once: one effect, one answer."""

import threading
import time

import pytest

from shopsmart.inventory import store as stock
from tests.makers import a_customer, a_manager, a_product, a_store, bearer

AT_ONCE = 8


def all_at_once(app, *requests):
    """Each `(path, json, headers)` sent by a thread of its own, again while the first one is running; the answers."""
    ready, answers = threading.Barrier(len(requests)), []

    def send(path, json, headers):
        client = app.test_client()
        client.environ_base["wsgi.url_scheme"] = "https"
        ready.wait()
        while True:
            answer = client.post(path, json=json, headers=headers)
            if answer.status_code != 409 or answer.json["code"] != "idempotency_in_progress":
                answers.append(answer)
                return
            assert answer.headers["Retry-After"] == "1"
            time.sleep(0.02)

    threads = [threading.Thread(target=send, args=request) for request in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.fixture
def two_stores(shop):
    stores = [a_store(shop), a_store(shop)]
    return stores, a_product(shop, *stores, units=5)


def on_hand(shop, store, sku):
    kept = stock.get(shop.db, store["_id"], sku)
    assert kept is not None
    return kept["on_hand"]


def test_an_order_sent_many_times_at_once_is_one_order(app, shop, two_stores):
    (store, _), sku = two_stores
    headers = {**bearer(app, shop, a_customer(shop)), "Idempotency-Key": "k"}
    body = {
        "location": store["location"],
        "items": [{"sku": sku, "quantity": 2}],
        "payment": {"provider": "cod"},
    }

    answers = all_at_once(app, *[("/api/v1/orders", body, headers)] * AT_ONCE)

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert shop.db.orders.count_documents({"status": "placed"}) == 1
    other = app.test_client().post(
        "/api/v1/orders", json={**body, "items": [{"sku": sku, "quantity": 1}]}, headers=headers
    )
    assert (other.status_code, other.json["code"]) == (422, "idempotency_key_reused")


def test_a_correction_of_stock_counts_once_per_store(app, shop, two_stores):
    stores, sku = two_stores
    manager = a_manager(shop, *(store["_id"] for store in stores))
    headers = {**bearer(app, shop, manager), "Idempotency-Key": "k"}
    body = {"lines": [{"sku": sku, "delta": 3, "reason": "received"}]}

    answers = all_at_once(
        app,
        *[
            (f"/api/v1/store/inventory/adjustments?store_id={store['_id']}", body, headers)
            for store in stores
            for _ in range(AT_ONCE // 2)
        ],
    )

    assert {answer.status_code for answer in answers} == {200}
    assert [on_hand(shop, store, sku) for store in stores] == [8, 8]
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 2
