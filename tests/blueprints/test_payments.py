"""Paying and refunding over HTTP, providers' messages at the door, and what bad input gets."""

import dataclasses
import json

import pytest

from shopsmart.orders import service as orders
from shopsmart.payments import service as payments
from shopsmart.payments.gateways import gateways
from tests.makers import a_customer, a_product, a_store, an_admin, bearer, with_settings

DOOR = {"type": "Point", "coordinates": [85.823, 20.357]}


@pytest.fixture
def customer(app, shop):
    return bearer(app, shop, a_customer(shop))


@pytest.fixture
def admin(app, shop):
    return bearer(app, shop, an_admin(shop))


@pytest.fixture
def order(client, shop, customer):
    """An order that waits for its payment."""
    store = a_store(shop)
    sku = a_product(shop, store, units=5)
    body = {
        "location": DOOR,
        "items": [{"sku": sku, "quantity": 2}],
        "payment": {"provider": "sandbox"},
    }
    answer = client.post("/api/v1/orders", json=body, headers={**customer, "Idempotency-Key": "order"})
    assert answer.status_code == 201, answer.json
    return answer.json


def start(client, headers, order, key="pay", **changes):
    return client.post(
        f"/api/v1/orders/{order['id']}/payments",
        json={"provider": "sandbox", **changes},
        headers={**headers, "Idempotency-Key": key},
    )


def pay(client, payment, **changes):
    body = {"client_secret": payment["client_secret"], **changes}
    return client.post(payment["pay_url"], json=body)


def confirm(client, headers, order, payment, result, **changes):
    body = {
        "payment_id": payment["payment_id"],
        "payment_ref": result["payment_ref"],
        "signature": result["signature"],
        **changes,
    }
    return client.post(f"/api/v1/orders/{order['id']}/payments/confirm", json=body, headers=headers)


def paid(client, customer, order):
    payment = start(client, customer, order).json
    answer = confirm(client, customer, order, payment, pay(client, payment).json)
    assert answer.status_code == 200, answer.json
    return answer.json


def refund(client, headers, order, key="back", **body):
    return client.post(
        f"/api/v1/orders/{order['id']}/refunds",
        json={"reason": "goodwill", **body},
        headers={**headers, "Idempotency-Key": key},
    )


def told(client, shop, body, **headers):
    return client.post(
        "/api/v1/webhooks/sandbox",
        data=body,
        headers=headers or shop.gateways["sandbox"].webhook_headers(body),
    )


def status_of(client, headers, order):
    return client.get(f"/api/v1/orders/{order['id']}", headers=headers).json["status"]


# --- paying ----------------------------------------------------------------------------------------------------


def test_a_customer_pays_and_the_order_is_placed(client, customer, order):
    started = start(client, customer, order)

    assert started.status_code == 201
    assert started.json["amount"] == order["totals"]["total"]
    assert started.json["expires_at"] == order["hold_until"]
    result = pay(client, started.json).json
    for _ in range(2):
        answer = confirm(client, customer, order, started.json, result)
        assert answer.status_code == 200
        assert answer.json["status"] == "placed"
        assert answer.json["payment"]["status"] == "captured"
        assert answer.json["payment"]["captured"] == order["totals"]["total"]


def test_the_same_key_and_another_key_give_the_same_open_payment(client, customer, order):
    first = start(client, customer, order)
    replayed = start(client, customer, order)
    again = start(client, customer, order, key="other")

    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert first.json == replayed.json == again.json


def test_a_webhook_alone_places_the_order(client, shop, customer, order, enqueued):
    payment = start(client, customer, order).json
    pay(client, payment)
    payments.tell_of_sandbox(shop)
    assert ("default", "workers.jobs.send_sandbox_webhooks") in enqueued
    body = shop.db.sandbox_webhooks.find_one()["body"].encode()

    answers = [told(client, shop, body) for _ in range(2)]
    payments.process_inbox(shop, lambda money: orders.payment_captured(shop, money))

    assert [(answer.status_code, answer.json) for answer in answers] == [(200, {"received": True})] * 2
    assert ("critical", "workers.jobs.process_webhooks") in enqueued
    assert status_of(client, customer, order) == "placed"


def test_a_failed_payment_leaves_the_order_waiting_for_another(client, shop, customer, order):
    payment = start(client, customer, order).json
    failed = pay(client, payment, outcome="failure")
    assert failed.json["status"] == "failed"
    assert failed.json["signature"] is None
    told(client, shop, shop.db.sandbox_webhooks.find_one()["body"].encode())
    payments.process_inbox(shop, lambda money: orders.payment_captured(shop, money))

    second = start(client, customer, order, key="second")

    assert second.json["payment_id"] != payment["payment_id"]
    assert status_of(client, customer, order) == "payment_pending"


def test_money_after_the_orders_end_goes_back_by_itself(client, shop, customer, order, clock):
    payment = start(client, customer, order).json
    assert pay(client, payment).json["status"] == "captured"
    clock.forward(seconds=shop.settings.hold_seconds + 1)
    orders.sweep(shop)
    clock.forward(seconds=6)
    orders.sweep(shop)

    assert shop.db.orders.find_one()["status"] == "expired"
    assert shop.db.payments.find_one()["status"] == "refunded"
    (intent,) = shop.db.sandbox_intents.find()
    assert [row["amount"] for row in intent["refunds"]] == [payment["amount"]["amount"]]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"signature": "0" * 64}, 422, "payment_signature_invalid"),
        ({"signature": "é"}, 422, "payment_signature_invalid"),
        ({"payment_ref": "sbp_other"}, 422, "payment_signature_invalid"),
        ({"payment_id": "nobody"}, 404, "unknown_payment"),
        ({"signature": None}, 422, "validation_error"),
        ({"payment_ref": {"$ne": 1}}, 422, "validation_error"),
        ({"amount": 1}, 422, "validation_error"),
    ],
)
def test_a_result_that_is_not_genuine_pays_nothing(client, customer, order, change, status, code):
    payment = start(client, customer, order).json
    result = pay(client, payment).json

    answer = confirm(client, customer, order, payment, result, **change)

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert status_of(client, customer, order) == "payment_pending"


def test_a_strangers_order_cannot_be_paid_confirmed_or_found(app, client, shop, customer, order):
    payment = start(client, customer, order).json
    result = pay(client, payment).json
    stranger = bearer(app, shop, a_customer(shop))

    assert start(client, stranger, order).status_code == 404
    assert start(client, stranger, {"id": "missing"}, key="b").status_code == 404
    assert confirm(client, stranger, order, payment, result).status_code == 404


@pytest.mark.parametrize("provider", ["cod", "gold", None, 7, {"$gt": ""}])
def test_only_prepaid_providers_can_be_chosen(client, customer, order, provider):
    assert start(client, customer, order, provider=provider).status_code == 422


def test_a_paid_order_is_not_paid_again(client, customer, order):
    paid(client, customer, order)

    answer = start(client, customer, order, key="again")

    assert (answer.status_code, answer.json["code"]) == (409, "invalid_transition")


def test_starting_a_payment_needs_a_key(client, customer, order):
    answer = client.post(
        f"/api/v1/orders/{order['id']}/payments", json={"provider": "sandbox"}, headers=customer
    )

    assert (answer.status_code, answer.json["code"]) == (400, "idempotency_key_required")


# --- refunds ---------------------------------------------------------------------------------------------------


def test_staff_give_back_a_part_and_then_the_rest(client, customer, admin, order):
    placed = paid(client, customer, order)
    total = placed["totals"]["total"]["amount"]

    part = refund(client, admin, order, amount={"amount": 1_000, "currency": "INR"})
    replayed = refund(client, admin, order, amount={"amount": 1_000, "currency": "INR"})
    rest = refund(client, admin, order, key="rest")

    assert (part.status_code, part.json["state"]) == (201, "processed")
    assert replayed.json == part.json
    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert rest.json["amount"]["amount"] == total - 1_000
    order_now = client.get(f"/api/v1/orders/{order['id']}", headers=customer).json
    assert order_now["payment"]["refunded"]["amount"] == total
    assert refund(client, admin, order, key="more").json["code"] == "nothing_to_refund"


def test_the_same_key_for_another_refund_is_refused(client, customer, admin, order):
    paid(client, customer, order)
    refund(client, admin, order, amount={"amount": 1_000, "currency": "INR"})

    answer = refund(client, admin, order, amount={"amount": 2_000, "currency": "INR"})

    assert (answer.status_code, answer.json["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"amount": {"amount": 99_999_999, "currency": "INR"}}, 409, "refund_too_large"),
        ({"amount": {"amount": 1_000, "currency": "USD"}}, 422, "wrong_currency"),
        ({"amount": {"amount": 0, "currency": "INR"}}, 422, "validation_error"),
        ({"amount": {"amount": -5, "currency": "INR"}}, 422, "validation_error"),
        ({"amount": {"amount": 1.5, "currency": "INR"}}, 422, "validation_error"),
        ({"amount": {"amount": 2**70, "currency": "INR"}}, 422, "validation_error"),
        ({"amount": {"amount": "1000", "currency": "INR"}}, 422, "validation_error"),
        ({"amount": 1_000}, 422, "validation_error"),
        ({"reason": ""}, 422, "validation_error"),
        ({"reason": None}, 422, "validation_error"),
        ({"to": "me"}, 422, "validation_error"),
    ],
)
def test_a_bad_refund_is_refused_and_gives_nothing_back(
    client, shop, customer, admin, order, body, status, code
):
    paid(client, customer, order)

    # As text: our own JSON writer would not write a number of that size.
    answer = client.post(
        f"/api/v1/orders/{order['id']}/refunds",
        data=json.dumps({"reason": "goodwill", **body}),
        content_type="application/json",
        headers={**admin, "Idempotency-Key": "bad"},
    )

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert shop.db.payments.find_one()["refunded"] == 0


def test_unpaid_and_missing_orders_have_nothing_to_refund(client, admin, order):
    assert refund(client, admin, order).json["code"] == "nothing_to_refund"
    assert refund(client, admin, {"id": "missing"}, key="b").status_code == 404


def test_customers_and_guests_give_no_refunds(client, customer, order):
    paid(client, customer, order)

    assert refund(client, customer, order).status_code == 403
    assert refund(client, {}, order).status_code == 401


# --- providers' messages ---------------------------------------------------------------------------------------


def a_message(shop, **changes):
    return json.dumps({"id": "e1", "type": "payment.captured", "data": {}, **changes}).encode()


def test_a_message_without_a_good_signature_is_refused_and_not_kept(client, shop):
    body = a_message(shop)

    for signature in ({"X-Other": "1"}, {"X-Sandbox-Signature": "t=1,v1=" + "0" * 64}):
        answer = told(client, shop, body, **signature)
        assert (answer.status_code, answer.json["code"]) == (401, "webhook_signature_invalid")

    assert shop.db.webhook_inbox.count_documents({}) == 0


def test_a_signature_given_twice_is_refused(client, shop):
    body = a_message(shop)
    good = shop.gateways["sandbox"].webhook_headers(body)["X-Sandbox-Signature"]

    answer = client.post(
        "/api/v1/webhooks/sandbox",
        data=body,
        headers=[("X-Sandbox-Signature", good), ("X-Sandbox-Signature", good)],
    )

    assert answer.status_code == 401


def test_unknown_providers_get_no_messages(client):
    for provider in ("nobody", "cod", "razorpay"):
        answer = client.post(f"/api/v1/webhooks/{provider}", data=b"{}")
        assert (answer.status_code, answer.json["code"]) == (404, "unknown_provider")


def test_a_message_that_is_too_large_is_refused(client, shop):
    body = b" " * (256 * 1024 + 1)

    assert told(client, shop, body).status_code == 413


def test_a_signed_message_that_cannot_be_read_is_refused(client, shop):
    answer = told(client, shop, b"not json")

    assert (answer.status_code, answer.json["code"]) == (422, "webhook_unreadable")


# --- the stand-in's page ---------------------------------------------------------------------------------------


def test_the_page_needs_the_secret_of_the_intent(client, customer, order):
    payment = start(client, customer, order).json

    wrong = pay(client, payment, client_secret="guess")
    missing = client.post("/api/v1/sandbox/intents/sbi_none/pay", json={"client_secret": "guess"})

    assert (wrong.status_code, wrong.json["code"]) == (404, "unknown_intent")
    assert (missing.status_code, missing.json["code"]) == (404, "unknown_intent")


@pytest.mark.parametrize("change", [{"outcome": "maybe"}, {"client_secret": {"$ne": ""}}, {"amount": 1}])
def test_the_page_takes_only_what_it_knows(client, customer, order, change):
    payment = start(client, customer, order).json

    assert pay(client, payment, **change).status_code == 422


def test_paying_twice_is_paying_once_and_a_paid_intent_cannot_fail(client, customer, order):
    payment = start(client, customer, order).json

    assert pay(client, payment).json == pay(client, payment).json
    refused = pay(client, payment, outcome="failure")
    assert (refused.status_code, refused.json["code"]) == (409, "intent_not_payable")


def test_production_has_no_stand_in(app, client, shop, customer, order):
    payment = start(client, customer, order).json
    live = with_settings(shop, env="production")
    own = gateways(live.settings, live.db, live.now, live.new_id)
    app.extensions["shopsmart"] = dataclasses.replace(shop, gateways=own)

    assert set(own) == {"cod"}
    assert pay(client, payment).status_code == 404
    assert told(client, shop, a_message(shop)).status_code == 404
