"""The cart over HTTP: a guest's cookie, an app's header, a customer's own."""

import pytest

from tests.makers import PASSWORD, a_customer, a_manager, a_product, a_store, bearer

API = "/api/v1"
AT_PATIA = "lat=20.354&lng=85.819"


def put(client, sku, quantity=1, query="", **options):
    return client.put(f"{API}/cart/items/{sku}{query}", json={"quantity": quantity}, **options)


def lines(answer):
    return {line["sku"]: line["quantity"] for line in answer.json["lines"]}


def test_a_guests_browser_finds_its_cart_again(shop, client):
    sku = a_product(shop)
    assert client.get(f"{API}/cart").json["id"] is None

    answer = put(client, sku, 2)

    cookie = answer.headers["Set-Cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Secure", "Max-Age=2592000", "Path=/"))
    assert lines(client.get(f"{API}/cart")) == {sku: 2}
    assert client.get(f"{API}/cart").json["id"] == answer.json["id"]


def test_an_app_names_its_cart_by_header(app, shop):
    sku = a_product(shop)
    cart_id = put(app.test_client(), sku, 2).json["id"]

    answer = app.test_client().get(f"{API}/cart", headers={"X-Cart-ID": cart_id})

    assert lines(answer) == {sku: 2}
    assert lines(app.test_client().get(f"{API}/cart", headers={"X-Cart-ID": cart_id[:-1] + "x"})) == {}


def test_nobody_reads_a_users_cart_by_its_id(app, shop):
    sku = a_product(shop)
    customer = a_customer(shop)
    put(app.test_client(), sku, headers=bearer(app, shop, customer))

    answer = app.test_client().get(f"{API}/cart", headers={"X-Cart-ID": customer["_id"]})

    assert (answer.json["id"], answer.json["lines"]) == (None, [])


def test_the_guests_cart_becomes_the_customers_at_sign_in(shop, client):
    milk, bread = a_product(shop), a_product(shop)
    customer = a_customer(shop)
    put(client, milk, 2)
    put(client, bread, 1)

    body = {"email": customer["email"], "password": PASSWORD, "token_mode": "cookie"}
    assert client.post(f"{API}/auth/login", json=body).status_code == 200
    answer = client.get(f"{API}/cart")

    assert answer.json["id"] == customer["_id"]
    assert lines(answer) == {milk: 2, bread: 1}


def test_at_a_place_the_cart_has_prices_and_says_what_cannot_come(shop, client):
    store = a_store(shop)
    good, short = a_product(shop, store, units=5, price=4_000), a_product(shop, store, units=1)
    put(client, good, 2)

    cart = put(client, short, 2, f"?{AT_PATIA}").json

    assert cart["store"]["id"] == store["_id"] and cart["serviceable"]
    assert [line["problem"] for line in cart["lines"]] == [None, "not_enough"]
    assert cart["lines"][0]["line_total"] == {"amount": 8_000, "currency": "INR"}
    assert cart["lines"][1]["available_quantity"] == 1
    assert cart["subtotal"] == {"amount": 8_000, "currency": "INR"}
    assert cart["item_count"] == 4


def test_a_cart_can_be_read_outside_every_fence(shop, client):
    put(client, a_product(shop))

    cart = client.get(f"{API}/cart?lat=10&lng=80").json

    assert (cart["serviceable"], cart["store"], cart["subtotal"]) == (False, None, None)


def test_items_and_carts_may_be_removed_twice(shop, client):
    milk, bread = a_product(shop), a_product(shop)
    put(client, milk)
    put(client, bread)

    for _ in range(2):
        assert lines(client.delete(f"{API}/cart/items/{milk}")) == {bread: 1}
    for _ in range(2):
        assert client.delete(f"{API}/cart").status_code == 204
    assert lines(client.get(f"{API}/cart")) == {}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "validation_error"),
        ({"quantity": 0}, "validation_error"),
        ({"quantity": -1}, "validation_error"),
        ({"quantity": 51}, "quantity_too_large"),
        ({"quantity": 10**18}, "validation_error"),
        ({"quantity": "2"}, "validation_error"),
        ({"quantity": 1.5}, "validation_error"),
        ({"quantity": True}, "validation_error"),
        ({"quantity": {"$gt": 0}}, "validation_error"),
        ({"quantity": 1, "price": 1}, "validation_error"),
        ({"quantity": 1, "substitution": {"policy": "surprise"}}, "validation_error"),
        ({"quantity": 1, "substitution": None}, "validation_error"),
    ],
)
def test_a_bad_wish_is_refused_and_the_cart_stays(shop, client, body, code):
    sku = a_product(shop)
    put(client, sku, 3)

    answer = client.put(f"{API}/cart/items/{sku}", json=body)

    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert lines(client.get(f"{API}/cart")) == {sku: 3}


def test_an_unknown_item_makes_no_cart(shop, client):
    answer = put(client, "NOPE")

    assert (answer.status_code, answer.json["code"]) == (404, "unknown_sku")
    assert "Set-Cookie" not in answer.headers
    assert shop.db.carts.count_documents({}) == 0


def test_staff_have_no_cart(app, shop, client):
    manager = bearer(app, shop, a_manager(shop, a_store(shop)["_id"]))

    assert client.get(f"{API}/cart", headers=manager).status_code == 403
    assert put(client, a_product(shop), headers=manager).status_code == 403
