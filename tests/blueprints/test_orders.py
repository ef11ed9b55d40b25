"""Bad input to orders and quotes: a clear 4xx with a stable code, and nothing changed."""

import json

import pytest

from tests.makers import a_customer, a_product, a_store, an_admin, bearer

DOOR = {"type": "Point", "coordinates": [85.823, 20.357]}


@pytest.fixture
def town(app, shop):
    store = a_store(shop)
    sku = a_product(shop, store, units=5)
    customer = a_customer(shop)
    return store, sku, {**bearer(app, shop, customer), "Idempotency-Key": "k"}


def a_body(sku, **changes):
    return {
        "location": DOOR,
        "items": [{"sku": sku, "quantity": 1}],
        "payment": {"provider": "cod"},
    } | changes


def units(shop):
    return [(row["on_hand"], row["available"]) for row in shop.db.stock.find()]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"items": [{"sku": "NOPE", "quantity": 1}]}, 422, "unknown_sku"),
        ({"items": []}, 422, "validation_error"),
        ({"items": "many"}, 422, "validation_error"),
        ({"location": None}, 422, "validation_error"),
        ({"location": {"type": "Point", "coordinates": [200, 20]}}, 422, "invalid_location"),
        ({"location": {"type": "Point", "coordinates": [20.357, 85.823]}}, 422, "coordinates_swapped"),
        ({"location": {"type": "Point", "coordinates": [85.8]}}, 422, "validation_error"),
        ({"location": {"type": "Point", "coordinates": [72.8, 19.0]}}, 409, "not_serviceable"),
        ({"payment": {"provider": "gold"}}, 422, "validation_error"),
        ({"payment": {"provider": {"$ne": "cod"}}}, 422, "validation_error"),
        ({"mode": "teleport"}, 422, "validation_error"),
        ({"mode": "slot"}, 422, "slot_unavailable"),
        ({"coupon": "FREE"}, 422, "unknown_coupon"),
        ({"quote_id": "nope"}, 404, "unknown_quote"),
        ({"address_id": "nope"}, 404, "unknown_address"),
        ({"price": 1}, 422, "validation_error"),
        ({"customer_id": "somebody"}, 422, "validation_error"),
        ({"tip": -5}, 422, "validation_error"),
        ({"note": "x" * 301}, 422, "validation_error"),
        ({"note": "a\u202eb"}, 422, "validation_error"),
        ({"note": "a\u0000b"}, 422, "validation_error"),
    ],
)
def test_a_bad_order_is_refused_and_changes_nothing(town, client, shop, change, status, code):
    _, sku, headers = town
    before = units(shop)

    answer = client.post("/api/v1/orders", json=a_body(sku, **change), headers=headers)

    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json
    assert answer.content_type == "application/problem+json"
    assert units(shop) == before
    assert shop.db.orders.count_documents({}) == 0


@pytest.mark.parametrize("quantity", [-1, 0, 1.5, "1", True, None, 2**63, 1_001, [1], {"$gt": 0}])
def test_only_sane_quantities_are_taken(town, client, shop, quantity):
    _, sku, headers = town
    body = a_body(sku, items=[{"sku": sku, "quantity": quantity}])

    answer = client.post("/api/v1/orders", json=body, headers=headers)

    assert answer.status_code == 422, answer.json
    assert shop.db.orders.count_documents({}) == 0


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        ('{"tip": NaN}', 400, "malformed_json"),
        ("{", 400, "malformed_json"),
        ("[" * 5_000, 400, "malformed_json"),
        ("[]", 422, "validation_error"),
        ('"text"', 422, "validation_error"),
        ('{"tip": 1e999}', 400, "malformed_json"),
        ('{"note": "\\ud800"}', 400, "malformed_json"),
        ("", 422, "validation_error"),
    ],
)
def test_a_body_that_is_no_order(town, client, raw, status, code):
    headers = town[2]

    answer = client.post("/api/v1/orders", data=raw, headers=headers, content_type="application/json")

    assert (answer.status_code, answer.json["code"]) == (status, code), answer.json


def test_a_body_of_another_kind_or_size_is_refused(town, client):
    headers = town[2]

    form = client.post("/api/v1/orders", data={"a": "b"}, headers=headers)
    large = client.post(
        "/api/v1/orders",
        data=json.dumps({"note": "x" * 300_000}),
        headers=headers,
        content_type="application/json",
    )

    assert (form.status_code, form.json["code"]) == (415, "unsupported_media_type")
    assert (large.status_code, large.json["code"]) == (413, "body_too_large")


def test_a_missing_or_monstrous_key_is_refused(town, client):
    _, sku, headers = town
    signed_in = {"Authorization": headers["Authorization"]}

    missing = client.post("/api/v1/orders", json=a_body(sku), headers=signed_in)
    monstrous = client.post(
        "/api/v1/orders", json=a_body(sku), headers={**signed_in, "Idempotency-Key": "k" * 300}
    )

    assert (missing.status_code, missing.json["code"]) == (400, "idempotency_key_required")
    assert monstrous.status_code == 422


def test_a_foreign_order_looks_like_a_missing_one(app, town, client, shop):
    _, sku, headers = town
    order = client.post("/api/v1/orders", json=a_body(sku), headers=headers).json
    stranger = {**bearer(app, shop, a_customer(shop)), "Idempotency-Key": "x"}

    def answers(order_id):
        base = f"/api/v1/orders/{order_id}"
        return [
            client.get(base, headers=stranger),
            client.post(f"{base}/cancel", json={}, headers=stranger),
            client.get(f"{base}/events", headers=stranger),
            client.post(f"{base}/payments", json={"provider": "sandbox"}, headers=stranger),
            client.post(f"{base}/rating", json={"store": 5}, headers=stranger),
        ]

    for foreign, missing in zip(answers(order["id"]), answers("0" * 26), strict=True):
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json["detail"] == missing.json["detail"]
    assert shop.db.orders.find_one()["status"] == "placed"


def test_a_quote_holds_its_price_until_it_expires(town, client, shop, clock):
    from shopsmart.catalog import service as catalog

    store, sku, headers = town
    asked = {"location": DOOR, "items": [{"sku": sku, "quantity": 2}]}
    quote = client.post("/api/v1/cart/quote", json=asked, headers=headers).json
    late = client.post("/api/v1/cart/quote", json=asked, headers=headers).json
    catalog.put_listings(shop, store["_id"], [{"sku": sku, "price": 5_000}])

    order = client.post(
        "/api/v1/orders",
        json={"quote_id": quote["quote_id"], "payment": {"provider": "cod"}},
        headers=headers,
    )
    clock.forward(minutes=11)
    headers_late = {**headers, "Idempotency-Key": "late", **_again(client, shop, headers)}
    expired = client.post(
        "/api/v1/orders",
        json={"quote_id": late["quote_id"], "payment": {"provider": "cod"}},
        headers=headers_late,
    )

    assert order.status_code == 201, order.json
    assert order.json["totals"]["items"]["amount"] == 2 * 4_900
    assert order.json["totals"] == quote["options"][0]["totals"]
    assert (expired.status_code, expired.json["code"]) == (409, "quote_expired")


def _again(client, shop, headers):
    """The access token ran out with the quote: sign in anew."""
    from tests.makers import PASSWORD

    user = shop.db.users.find_one({"roles": "customer"})
    signed = client.post(
        "/api/v1/auth/login",
        json={"email": user["email"], "password": PASSWORD, "token_mode": "bearer"},
    ).json
    return {"Authorization": f"Bearer {signed['access_token']}"}


def test_ordering_quoted_items_leaves_the_cart_alone_unless_the_cart_was_quoted(town, client):
    _, sku, headers = town
    client.put(f"/api/v1/cart/items/{sku}", json={"quantity": 1}, headers=headers)

    def order(asked, key):
        quote = client.post("/api/v1/cart/quote", json={"location": DOOR, **asked}, headers=headers).json
        body = {"quote_id": quote["quote_id"], "payment": {"provider": "cod"}}
        placed = client.post("/api/v1/orders", json=body, headers={**headers, "Idempotency-Key": key})
        assert placed.status_code == 201, placed.json
        return client.get("/api/v1/cart", headers=headers).json["item_count"]

    assert order({"items": [{"sku": sku, "quantity": 2}]}, "bought at once") == 1
    assert order({}, "the cart") == 0


def test_somebody_elses_quote_is_no_quote(app, town, client, shop):
    _, sku, headers = town
    quote = client.post(
        "/api/v1/cart/quote", json={"location": DOOR, "items": [{"sku": sku, "quantity": 1}]}, headers=headers
    ).json
    stranger = {**bearer(app, shop, a_customer(shop)), "Idempotency-Key": "x"}

    answer = client.post(
        "/api/v1/orders",
        json={"quote_id": quote["quote_id"], "payment": {"provider": "cod"}},
        headers=stranger,
    )

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_quote")


def test_staff_take_only_lawful_transitions(app, town, client, shop):
    _, sku, headers = town
    order = client.post("/api/v1/orders", json=a_body(sku), headers=headers).json
    admin = bearer(app, shop, an_admin(shop))
    url = f"/api/v1/orders/{order['id']}/status"

    jump = client.patch(url, json={"status": "delivered", "reason": "test"}, headers=admin)
    step = client.patch(url, json={"status": "accepted", "reason": "test"}, headers=admin)
    end = client.patch(url, json={"status": "cancelled", "reason": "test"}, headers=admin)
    revive = client.patch(url, json={"status": "placed", "reason": "test"}, headers=admin)

    assert (jump.status_code, jump.json["code"]) == (409, "invalid_transition")
    assert step.json["status"] == "accepted"
    assert end.json["status"] == "cancelled"
    assert revive.status_code == 409
    assert units(shop) == [(5, 5)]


def test_every_answer_carries_a_request_id_and_no_caching(client, town):
    answer = client.get("/api/v1/orders", headers={**town[2], "X-Request-ID": "abcdef-123456"})
    forged = client.get("/api/v1/orders", headers={**town[2], "X-Request-ID": "a b\tc"})

    assert answer.headers["X-Request-ID"] == "abcdef-123456"
    assert answer.headers["Cache-Control"] == "no-store"
    assert forged.headers["X-Request-ID"] != "a b\tc"
