"""The catalogue over HTTP: what a place's store sells, upkeep by admins, and what bad input gets."""

from typing import Any

import pytest

from shopsmart.catalog import service as catalog
from tests.makers import a_manager, a_product, a_store, a_super_admin, an_admin, bearer

API = "/api/v1"
AT_PATIA = "lat=20.354&lng=85.819"
MONEY = {"amount": 5_000, "currency": "INR"}
ATTA = {"sku": "ATTA-1", "name": {"en": "Atta", "hi": "आटा"}, "mrp": MONEY}
FACTS = {name: value for name, value in ATTA.items() if name != "sku"}


@pytest.fixture
def admin(app, shop):
    return bearer(app, shop, an_admin(shop))


def get(client, path, status=200, **headers):
    answer = client.get(f"{API}{path}", headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json


# --- reading ---------------------------------------------------------------------------------------------------


def test_a_place_sees_its_stores_prices_and_what_is_left(shop, client):
    store = a_store(shop)
    sku = a_product(shop, store, units=3, price=4_500)

    page = get(client, f"/products?{AT_PATIA}")

    assert page["store"]["id"] == store["_id"] and page["store"]["open"]
    assert page["next"] is None
    [item] = page["items"]
    assert item["sku"] == sku
    assert item["price"] == {"amount": 4_500, "currency": "INR"}
    assert item["discount_percent"] == 10
    assert item["unit_price"] == {"amount": 900, "currency": "INR", "per": "100 ml"}
    assert (item["available"], item["available_quantity"]) == (True, 3)


def test_more_than_a_few_left_is_nobodys_business(shop, client):
    store = a_store(shop)
    a_product(shop, store, units=11)

    assert get(client, f"/products?{AT_PATIA}")["items"][0]["available_quantity"] is None


def test_pages_follow_their_cursor_to_the_end(shop, client):
    store = a_store(shop)
    skus = [a_product(shop, store, sku=f"P-{number}") for number in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = get(client, f"/products?{AT_PATIA}&limit=2&sort=price_asc{cursor and '&cursor=' + cursor}")
        seen += [item["sku"] for item in page["items"]]
        cursor = page["next"]

    assert seen == skus


def test_an_item_marked_out_of_stock_is_gone_with_the_answer(app, shop, client):
    store = a_store(shop)
    sku = a_product(shop, store)
    manager = bearer(app, shop, a_manager(shop, store["_id"]))

    answer = client.patch(f"{API}/store/inventory/{sku}", headers=manager, json={"available": False})
    assert answer.status_code == 200, answer.text

    assert get(client, f"/products?{AT_PATIA}&in_stock=true")["items"] == []
    assert get(client, f"/products?{AT_PATIA}")["items"][0]["available"] is False
    assert get(client, f"/products/{sku}?{AT_PATIA}")["available"] is False


def test_a_manager_puts_a_product_on_his_list_by_giving_it_a_price(app, shop, client):
    store = a_store(shop)
    sku = a_product(shop)
    manager = bearer(app, shop, a_manager(shop, store["_id"]))
    body = {"price": {"amount": 4_000, "currency": "INR"}, "on_hand": 2}

    assert client.patch(f"{API}/store/inventory/{sku}", headers=manager, json=body).status_code == 200

    [item] = get(client, f"/products?store_id={store['_id']}&in_stock=1")["items"]
    assert (item["sku"], item["price"]["amount"], item["available_quantity"]) == (sku, 4_000, 2)


@pytest.mark.parametrize(
    ("asked", "header", "expected"),
    [
        ("", "hi", "दूध"),
        ("?lang=or", "hi", "କ୍ଷୀର"),
        ("?lang=vi", "", "Milk"),
        ("", "fr, or;q=0.5", "କ୍ଷୀର"),
        ("", "", "Milk"),
    ],
)
def test_names_come_in_the_language_that_is_asked_for_else_english(shop, client, asked, header, expected):
    sku = a_product(shop, name={"en": "Milk", "hi": "दूध", "or": "କ୍ଷୀର"})

    assert get(client, f"/products/{sku}{asked}", **{"Accept-Language": header})["name"] == expected


def test_who_has_a_product_already_is_told_so_until_it_changes(shop, client):
    store = a_store(shop)
    sku = a_product(shop, store, units=5)
    path = f"{API}/products/{sku}?{AT_PATIA}"
    tag = client.get(path).headers["ETag"]

    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": tag, "Accept-Language": "hi"}).status_code == 304

    shop.db.stock.update_one({"sku": sku}, {"$set": {"sellable": False}})
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


def test_another_language_is_another_answer(shop, client):
    sku = a_product(shop, name={"en": "Milk", "hi": "दूध"})
    tag = client.get(f"{API}/products/{sku}").headers["ETag"]

    answer = client.get(f"{API}/products/{sku}", headers={"If-None-Match": tag, "Accept-Language": "hi"})

    assert (answer.status_code, answer.json["name"]) == (200, "दूध")


def test_categories_are_a_tree_in_the_language_asked_for(shop, client):
    rows: list[dict[str, Any]] = [
        {"slug": "staples", "name": {"en": "Staples", "hi": "राशन"}, "parent": None, "position": 1},
        {"slug": "rice", "name": {"en": "Rice"}, "parent": "staples", "position": 0},
        {"slug": "dairy", "name": {"en": "Dairy"}, "parent": None, "position": 0},
    ]
    catalog.put_categories(shop, rows)

    items = get(client, "/categories?lang=hi")["items"]

    assert [one["name"] for one in items] == ["Dairy", "राशन"]
    assert [one["path"] for one in items[1]["children"]] == [["staples", "rice"]]
    tag = client.get(f"{API}/categories").headers["ETag"]
    assert client.get(f"{API}/categories", headers={"If-None-Match": tag}).status_code == 304


# --- bad questions ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 422, "location_required"),
        ("lat=20.354", 422, "validation_error"),
        ("lat=91&lng=0", 422, "invalid_location"),
        ("lat=85.819&lng=20.354", 422, "coordinates_swapped"),
        ("lat=nan&lng=1", 422, "validation_error"),
        ("lat=20.354&lng=inf", 422, "validation_error"),
        ("lat=10&lng=80", 409, "not_serviceable"),
        ("store_id=nowhere", 404, "not_found"),
        ("store_id[$ne]=x", 422, "validation_error"),
        (f"{AT_PATIA}&sort=cheapest", 422, "validation_error"),
        (f"{AT_PATIA}&limit=0", 422, "validation_error"),
        (f"{AT_PATIA}&limit=101", 422, "validation_error"),
        (f"{AT_PATIA}&min_price=-1", 422, "validation_error"),
        (f"{AT_PATIA}&max_price=1e9", 422, "validation_error"),
        (f"{AT_PATIA}&in_stock=maybe", 422, "validation_error"),
        (f"{AT_PATIA}&dietary=veg,,jain", 422, "validation_error"),
        (f"{AT_PATIA}&cursor=abc", 422, "invalid_cursor"),
        (f"{AT_PATIA}&page=2", 422, "validation_error"),
        (f"{AT_PATIA}&q=%00", 422, "validation_error"),
        (f"{AT_PATIA}&q={'x' * 10_000}", 422, "validation_error"),
        (f"{AT_PATIA}&lang=xx", 422, "validation_error"),
    ],
)
def test_a_senseless_question_is_answered_with_what_is_wrong(shop, client, query, status, code):
    a_store(shop)

    answer = client.get(f"{API}/products?{query}")

    assert (answer.status_code, answer.json["code"]) == (status, code)


@pytest.mark.parametrize("q", ["%F0%9F%A5%AD", ".*", "(((", "$where", "%E2%80%8F", "a%20b%20c"])
def test_no_search_text_breaks_anything(shop, client, q):
    store = a_store(shop)
    a_product(shop, store)

    assert get(client, f"/products?{AT_PATIA}&q={q}")["items"] == []


def test_a_cursor_does_not_fit_another_order(shop, client):
    store = a_store(shop)
    for _ in range(2):
        a_product(shop, store)
    cursor = get(client, f"/products?{AT_PATIA}&limit=1")["next"]

    assert get(client, f"/products?{AT_PATIA}&sort=discount&cursor={cursor}", 422)["code"] == "invalid_cursor"


# --- upkeep ----------------------------------------------------------------------------------------------------


def test_a_product_is_added_changed_and_hidden(shop, client, admin):
    added = client.post(f"{API}/products", headers=admin, json=ATTA)
    assert (added.status_code, added.json["names"]) == (201, {"en": "Atta", "hi": "आटा"})

    changed = client.put(
        f"{API}/products/ATTA-1",
        headers={**admin, "If-Match": added.headers["ETag"]},
        json={**FACTS, "brand": "Mill"},
    )
    assert (changed.status_code, changed.json["brand"], changed.json["version"]) == (200, "Mill", 2)

    for _ in range(2):
        assert client.delete(f"{API}/products/ATTA-1", headers=admin).status_code == 204
    assert get(client, "/products/ATTA-1", 404)["code"] == "unknown_sku"


def test_a_tax_class_is_that_of_the_rate_unless_the_goods_are_exempt(client, admin):
    def added(**facts):
        body = {**FACTS, "sku": f"TAX-{len(seen)}", **facts}
        seen.append(client.post("/api/v1/products", json=body, headers=admin))
        return seen[-1]

    seen: list = []
    assert added(tax_rate=18).json["tax_class"] == "gst_18"
    assert added(tax_rate=0, tax_class="exempt").json["tax_class"] == "exempt"
    refused = added(tax_rate=5, tax_class="gst_18")
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["tax_class"])
    changed = client.put(
        "/api/v1/products/TAX-1", json={**FACTS, "tax_rate": 5, "tax_class": None}, headers=admin
    )
    assert changed.json["tax_class"] == "gst_5"


def test_an_old_version_does_not_overwrite_a_new_one(client, admin):
    tag = client.post(f"{API}/products", headers=admin, json=ATTA).headers["ETag"]
    client.put(f"{API}/products/ATTA-1", headers=admin, json={**FACTS, "brand": "First"})

    late = client.put(
        f"{API}/products/ATTA-1", headers={**admin, "If-Match": tag}, json={**FACTS, "brand": "Second"}
    )

    assert (late.status_code, late.json["code"]) == (412, "precondition_failed")
    assert get(client, "/products/ATTA-1")["brand"] == "First"


@pytest.mark.parametrize(
    ("facts", "status", "code"),
    [
        ({"sku": "a:b"}, 422, "validation_error"),
        ({"sku": {"$ne": ""}}, 422, "validation_error"),
        ({"name": "Atta"}, 422, "validation_error"),
        ({"name": {"hi": "आटा"}}, 422, "validation_error"),
        ({"name": {"en": "A\u202etta"}}, 422, "validation_error"),
        ({"mrp": 5_000}, 422, "validation_error"),
        ({"mrp": {"amount": 50.5, "currency": "INR"}}, 422, "validation_error"),
        ({"mrp": {"amount": "5000", "currency": "INR"}}, 422, "validation_error"),
        ({"mrp": {"amount": 0, "currency": "INR"}}, 422, "bad_price"),
        ({"mrp": {"amount": -1, "currency": "INR"}}, 422, "bad_price"),
        ({"mrp": {"amount": 10**15, "currency": "INR"}}, 422, "validation_error"),
        ({"mrp": {"amount": 5_000, "currency": "USD"}}, 422, "wrong_currency"),
        ({"price": MONEY}, 422, "validation_error"),
        ({"pack": {"value": -1, "unit": "g"}}, 422, "validation_error"),
        ({"barcodes": ["1234567890123"]}, 422, "validation_error"),
        ({"images": ["javascript:alert(1)"]}, 422, "validation_error"),
        ({"category_path": ["Not A Slug"]}, 422, "invalid_slug"),
        ({"sku": "TAKEN"}, 409, "sku_taken"),
    ],
)
def test_a_bad_product_is_refused_and_nothing_is_written(shop, client, admin, facts, status, code):
    a_product(shop, sku="TAKEN")

    answer = client.post(f"{API}/products", headers=admin, json={**ATTA, **facts})

    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert shop.db.products.count_documents({}) == 1


@pytest.mark.parametrize("if_match", ['"x"', "1 2", '"²"', "-1"])
def test_a_senseless_if_match_is_refused(client, admin, if_match):
    client.post(f"{API}/products", headers=admin, json=ATTA)

    answer = client.put(
        f"{API}/products/ATTA-1",
        headers={**admin, "If-Match": if_match.encode().decode("latin-1")},
        json=FACTS,
    )

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_if_match")


def test_categories_are_put_by_admins_and_make_no_circle(app, shop, client):
    staff = bearer(app, shop, a_super_admin(shop))

    def put(slug, parent):
        body = {"name": {"en": slug}, "parent": parent}
        return client.put(f"{API}/admin/categories/{slug}", headers=staff, json=body)

    assert put("food", None).json["path"] == ["food"]
    assert put("rice", "food").json["path"] == ["food", "rice"]
    assert (put("food", "rice").status_code, put("food", "rice").json["code"]) == (422, "category_cycle")
    assert put("Not%20a%20slug", None).json["code"] == "invalid_slug"


def test_only_admins_write(app, shop, client):
    store = a_store(shop)
    manager = bearer(app, shop, a_manager(shop, store["_id"]))
    calls = [
        ("post", "/products", ATTA),
        ("put", "/products/ATTA-1", FACTS),
        ("delete", "/products/ATTA-1", None),
        ("put", "/admin/categories/food", {"name": {"en": "Food"}}),
    ]
    for method, path, body in calls:
        send = getattr(client, method)

        assert send(f"{API}{path}", json=body).status_code == 401
        assert send(f"{API}{path}", headers=manager, json=body).status_code == 403
